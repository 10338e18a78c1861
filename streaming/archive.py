"""An archive: a place beside the recordings' disk where segments are kept for years. Object storage that speaks S3, or
a folder of another disk. Written once: a name that is there is never written again, whoever asks.

Names are the index's paths ('hall-1/hall-1-20171122T102623140Z/000017.m4s'). In each archive lies a mark that says
whose it is: a folder that is not mounted has none, and is not taken for an empty archive. Nothing here decides what is
moved. Source of the conditional writes: RFC 9110, 13.1.2 (`If-None-Match: *`).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from streaming.errors import Altered, ArchiveAway, ArchiveRefused, BadFootage, NotArchived, Occupied
from streaming.journal import sync_folder
from streaming.segments import CAMERA_ID, RUN_ID

if TYPE_CHECKING:
    from obstore.store import ClientConfig, LocalStore, S3Credential, S3Store

log = logging.getLogger(__name__)

MARK = "hlasno.json"
NAME = re.compile(rf"{CAMERA_ID.pattern}/{RUN_ID.pattern}/[0-9a-z-]+\.[0-9a-z]+|{re.escape(MARK)}")
BLOCK = 2**20
AT_ONCE = 1000  # names deleted by one request
CONNECT_S, SILENT_S = 5.0, 20.0  # so long an answer is waited for, and each block of it
WHOLE_S = 600.0  # a segment may be some hundred MB


@dataclass(frozen=True, slots=True)
class Place:
    """Where an archive is. url: `s3://BUCKET/PREFIX` or `file:///FOLDER`. `installation`: who writes there.
    `authority`: certificates in PEM that are trusted as well. What is secret is in no `repr`."""

    id: str
    url: str
    installation: str
    endpoint: str = ""
    region: str = "us-east-1"
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    token: str | None = field(default=None, repr=False)
    authority: str = field(default="", repr=False)

    @property
    def folder(self) -> Path | None:
        """None: object storage."""
        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None


class Archive:
    """Every call may be repeated. Raises ArchiveAway, ArchiveRefused."""

    def __init__(self, place: Place) -> None:
        self.place, self.id = place, place.id
        self._made: S3Store | LocalStore | None = None
        self._disk: tuple[int, int] | None = None  # of a folder, as it was when it was opened

    # --- whose it is ---

    async def open(self, *, used: bool) -> None:
        """Before anything is written. used: the index says that segments lie there. Sees that it is ours, and that it
        refuses to write a name twice; puts the mark into a new one."""
        content = json.dumps({"v": 1, "installation": self.place.installation}).encode() + b"\n"
        if used:
            await self.look()
        if self.place.folder is not None:
            self._store()
            self._disk = await asyncio.to_thread(_device, self.place.folder)
        try:
            new = await self.put(MARK, content)
        except Occupied as error:
            raise ArchiveRefused(f"archive {self.id} is another installation's: {MARK} in {self.place.url}") from error
        if new and await self.put(MARK, content):
            raise ArchiveRefused(f"archive {self.id} writes names twice: it does not know `If-None-Match`")

    async def look(self) -> None:
        """Raises ArchiveAway: there is a folder or a bucket, but not our archive in it."""
        try:
            async with self._asked(MARK) as store:
                await store.head_async(MARK)
        except NotArchived:
            text = f"archive {self.id} has no {MARK}: {self.place.url} is not its place, or not mounted"
            raise ArchiveAway(text) from None

    # --- writing ---

    async def put(self, name: str, data: bytes) -> bool:
        """False: it was there, with these bytes. Raises Occupied where there are others. On disk when it returns, in a
        folder; in object storage its answer says so."""
        try:
            async with self._asked(name) as store:
                await store.put_async(name, data, mode="create", use_multipart=False)
            new = True
        except FileExistsError:
            new = False
            if await self.hash(name, len(data)) != hashlib.sha256(data).hexdigest():
                raise Occupied(f"archive {self.id} has other bytes under the name {name}") from None
        if (folder := self.place.folder) is not None:
            try:
                disk = await asyncio.to_thread(_sync, folder, folder / name)
            except OSError as error:
                raise ArchiveAway(f"archive {self.id} does not keep {name}: {error.strerror}") from error
            if disk != self._disk:
                raise ArchiveAway(f"archive {self.id}: {folder} is another disk than it was")
        return new

    async def remove(self, names: Sequence[str]) -> None:
        """Those that are there. What is no name of a recording's file stays: who writes the index removes no others."""
        for name in names:
            if name == MARK or not NAME.fullmatch(name):
                log.error("not_removed archive=%s name=%r", self.id, name)
        names = [name for name in names if name != MARK and NAME.fullmatch(name)]
        folder = self.place.folder
        if folder is not None:
            await self.look()
            await asyncio.to_thread(_unlink, folder, names)
            return
        for at in range(0, len(names), AT_ONCE):
            async with self._asked(names[at]) as store:
                await store.delete_async(names[at : at + AT_ONCE])

    # --- reading ---

    async def fetch(self, name: str, size: int, write: Callable[[bytes], object] = len) -> str:
        """Give its bytes to `write`, in a thread, block by block; answers with their SHA-256. Raises NotArchived, and
        Altered for another size."""
        taken, got = hashlib.sha256(), 0

        def take(block: bytes) -> None:
            taken.update(block)
            write(block)

        try:
            async with aclosing(self._blocks(name, size)) as blocks:
                async for block in blocks:
                    got += len(block)
                    await asyncio.to_thread(take, block)
        except NotArchived:
            await self.look()  # the whole archive may be what is not there
            raise
        if got != size:
            raise ArchiveAway(f"archive {self.id} broke off {name}")
        return taken.hexdigest()

    async def _blocks(self, name: str, size: int) -> AsyncGenerator[bytes, None]:
        async with self._asked(name) as store:
            answer = await store.get_async(name)
            if answer.meta["size"] != size:
                raise Altered(f"{name} in archive {self.id} has {answer.meta['size']} bytes, {size} were recorded")
            async for block in answer.stream(BLOCK):
                yield bytes(block)

    async def read(self, name: str) -> bytes:
        """A small file whole."""
        async with self._asked(name) as store:
            answer = await store.get_async(name)
            return bytes(await answer.bytes_async())

    async def hash(self, name: str, size: int) -> str:
        """SHA-256 of what is there, all of it read back; of another size: ''."""
        try:
            return await self.fetch(name, size)
        except Altered:
            return ""

    async def sizes(self, folder: str = "") -> dict[str, int]:
        """Name -> bytes of all that is there, below a folder or at all."""
        await self.look()
        found: dict[str, int] = {}
        async with self._asked(MARK) as store:
            async for page in store.list(folder or None, chunk_size=AT_ONCE):
                found |= {one["path"]: one["size"] for one in page}
        found.pop(MARK, None)
        return found

    # --- the client ---

    def _store(self) -> S3Store | LocalStore:
        if self._made is None:
            self._made = _client(self.place)
        return self._made

    @asynccontextmanager
    async def _asked(self, name: str) -> AsyncIterator[S3Store | LocalStore]:
        """The library's errors as ours. Its texts are long and name hosts: they are for the log."""
        from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError

        if not NAME.fullmatch(name):
            raise BadFootage(f"{name} is no name of a file of recordings")
        try:
            yield self._store()
        except AlreadyExistsError as error:
            raise FileExistsError(name) from error
        except FileNotFoundError as error:
            raise NotArchived(f"{name} is not in archive {self.id}") from error
        except (PermissionDeniedError, UnauthenticatedError, PermissionError) as error:
            log.warning("archive_refuses archive=%s name=%s", self.id, name)
            raise ArchiveRefused(
                f"archive {self.id} refuses: {self.place.url} is not open to these keys, or not for this"
            ) from error
        except (BaseError, OSError) as error:
            words = _first_line(error)
            log.warning("archive_away archive=%s name=%s error=%s", self.id, name, words)
            what = "does not answer" if self.place.folder is None else "cannot be used"
            raise ArchiveAway(f"archive {self.id} {what}: {words}") from error


def _client(place: Place) -> S3Store | LocalStore:
    """Nothing is taken from the environment that the configuration does not name. Raises ArchiveRefused."""
    from obstore.exceptions import BaseError
    from obstore.store import LocalStore, S3Store

    if place.folder is not None:
        if not place.folder.is_dir():
            raise ArchiveAway(f"archive {place.id}: there is no folder {place.folder}, or it is not mounted")
        return LocalStore(place.folder)
    parts = urlsplit(place.url)
    endpoint = place.endpoint or f"https://s3.{place.region}.amazonaws.com"
    options: ClientConfig = {
        "allow_http": endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=CONNECT_S),
        "read_timeout": timedelta(seconds=SILENT_S),
        "timeout": timedelta(seconds=WHOLE_S),
    }
    if place.authority:
        options["root_certificate"] = place.authority

    def keys() -> S3Credential:
        return {"access_key_id": place.key, "secret_access_key": place.secret, "token": place.token, "expires_at": None}

    backoff = timedelta(milliseconds=200), timedelta(seconds=2)
    try:
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            endpoint=endpoint,
            aws_endpoint_url_s3=endpoint,
            region=place.region,
            virtual_hosted_style_request=False,
            conditional_put="etag",
            skip_signature=False,
            credential_provider=keys,
            client_options=options,
            retry_config={
                "max_retries": 2,
                "retry_timeout": timedelta(seconds=SILENT_S),
                "backoff": {"init_backoff": backoff[0], "max_backoff": backoff[1], "base": 2},
            },
        )
    except (BaseError, ValueError, TypeError) as error:
        raise ArchiveRefused(f"archive {place.id} cannot be used: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0].strip()[:300]


def _device(folder: Path) -> tuple[int, int]:
    seen = folder.stat()
    return seen.st_dev, seen.st_ino


def _sync(folder: Path, path: Path) -> tuple[int, int]:
    """The library leaves a folder's files to the kernel: a power cut would take what the disk here no longer has.
    Answers with the folder's device."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
    for above in path.relative_to(folder).parents:
        sync_folder(folder / above)
    for torn in path.parent.glob(f"{path.name}#*"):  # of a put that was killed; there is one writer
        torn.unlink(missing_ok=True)
    return _device(folder)


def _unlink(folder: Path, names: Sequence[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
