"""Files of recordings for whoever reads them, wherever they lie: on the disk, or in an archive.

What lies in an archive is fetched whole and held against its SHA-256 before anybody gets a byte of it; then it is kept
on the disk for a while, named by that hash. The folder has an end: what nobody asked for longest goes first. Any number
of processes may share it: a file that has lost its `.part` is whole. Few are fetched at once, each once for all who
wait.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from streaming.archive import Archive
from streaming.errors import Altered, ArchiveAway, ArchiveRefused, BadFootage, NotArchived
from streaming.index import Piece

log = logging.getLogger(__name__)

AT_ONCE = 8  # files fetched
WAITING = 400  # files asked for and not here yet
PAUSE_S = 3.0  # after an archive did not answer, before it is asked again
BAD_S = 60.0  # a file that is not what was recorded is not fetched again so soon
STALE_S = 3600.0
LOOK_S = 0.5  # so often a thread that waits looks whether it is to end
BEING_READ_S = 20.0  # so long after it was asked for a file is left where it is
FREE_BYTES = 3 * 10**9  # of the disk, which are the recorder's: with less the folder holds less


T = TypeVar("T")


def awaited(loop: asyncio.AbstractEventLoop, asked: Coroutine[Any, Any, T], told: Callable[[float], None]) -> T:
    """For a thread: what `loop` makes of it. told: called with 0 before, and each LOOK_S while it takes; what it raises
    ends the waiting, so that no thread outlives the process for the sake of an archive that does not answer."""
    answer = asyncio.run_coroutine_threadsafe(asked, loop)
    try:
        while True:
            told(0.0)
            done, _ = concurrent.futures.wait([answer], LOOK_S)
            if done:
                return answer.result()
            if loop.is_closed():
                raise ArchiveAway("the process ends")
    finally:
        answer.cancel()


class Cache:
    """A folder of files named by their SHA-256. most_bytes: what it may hold; each process that fills it may pass that
    by a twentieth, and by what is being read."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder, self._most = folder, most_bytes
        self._room = 0  # bytes that may be added before the folder is looked through again

    def path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.m4s"

    def find(self, sha256: str, size: int) -> Path | None:
        path = self.path(sha256)
        with suppress(OSError):
            seen = path.stat()
            if seen.st_size == size:
                os.utime(path, (time.time(), seen.st_mtime))  # asked for: goes last
                return path
        return None

    def begin(self, size: int) -> Path:
        """Make room; a file to write into."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._room < size:
            self._room = self._tidy(max(size, self._most // 20))
        self._room -= size
        fd, name = tempfile.mkstemp(".part", dir=self.folder)
        os.close(fd)
        return Path(name)

    def keep(self, part: Path, sha256: str) -> Path:
        return part.rename(self.path(sha256))

    def give_room(self) -> None:
        """While the disk is short of it: what nobody asked for longest goes, before footage has to."""
        if self.folder.is_dir():
            self._tidy(0)

    def forget(self, hashes: Iterable[str]) -> None:
        """Their footage was deleted."""
        for sha256 in hashes:
            self.path(sha256).unlink(missing_ok=True)

    def _tidy(self, room: int) -> int:
        """Leave so much room, and what is being read; says how much there is. What a killed process left goes too."""
        now, kept = time.time(), []
        for entry in os.scandir(self.folder):
            with suppress(OSError):
                seen = entry.stat(follow_symlinks=False)
                if entry.name.endswith(".m4s"):
                    kept.append((seen.st_atime, seen.st_size, entry.path))
                elif now - seen.st_mtime > STALE_S:
                    shutil.rmtree(entry.path) if entry.is_dir() else Path(entry.path).unlink()
        used = sum(size for _, size, _ in kept)
        most = min(self._most, used + shutil.disk_usage(self.folder).free - FREE_BYTES)
        for asked_at, size, path in sorted(kept):
            if used + room <= most or now - asked_at < BEING_READ_S:
                break
            Path(path).unlink(missing_ok=True)
            used -= size
        return room


class Shelf:
    """One process's; only its event loop calls `file`."""

    def __init__(
        self, recordings: Path, archives: Mapping[str, Archive] | None = None, cache: Cache | None = None
    ) -> None:
        """cache: needed where there are archives."""
        self.recordings = recordings.resolve()
        self._archives, self._cache = dict(archives or {}), cache
        self._fetching: dict[str, asyncio.Task[Path]] = {}
        self._few = asyncio.Semaphore(AT_ONCE)
        self._away: dict[str, tuple[float, str]] = {}
        self._bad: dict[str, tuple[float, BadFootage]] = {}

    def on_disk(self, name: str) -> Path:
        """Of the recordings folder; no path leads out of it. Raises BadFootage."""
        path = (self.recordings / name).resolve()
        if not path.is_relative_to(self.recordings) or not path.is_file():
            raise BadFootage(f"{name} is not on the disk")
        return path

    def give_room(self) -> None:
        """What was fetched, as far as the disk is short of room. Some milliseconds."""
        if self._cache is not None:
            self._cache.give_room()

    async def file(self, piece: Piece) -> Path:
        """Where it can be read. Raises BadFootage where it is nowhere, Altered, ArchiveAway: later it may be there."""
        if piece.archive is None:
            return self.on_disk(piece.path)
        if self._cache is None or piece.archive not in self._archives:
            raise ArchiveAway(f"this program does not know archive {piece.archive}")
        if (found := self._cache.find(piece.sha256, piece.bytes)) is not None:
            return found
        return await asyncio.shield(self._fetched(piece, self._archives[piece.archive], self._cache))

    @contextmanager
    def borrow(
        self, loop: asyncio.AbstractEventLoop, pieces: Sequence[Piece], told: Callable[[float], None] = lambda _: None
    ) -> Iterator[dict[str, Path]]:
        """For a thread: path -> file of those that lie in an archive, for as long as the block lasts, whatever goes
        meanwhile. loop: the one of `file`. told: as of `awaited`. Raises as `file` does."""
        archived = [piece for piece in pieces if piece.archive is not None]
        if not archived or self._cache is None:
            yield {}
            return
        self._cache.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._cache.folder) as folder:
            kept = {}
            for piece in archived:
                found = awaited(loop, self.file(piece), told)
                kept[piece.path] = Path(folder) / found.name
                with suppress(FileExistsError):  # two segments with the same bytes
                    kept[piece.path].hardlink_to(found)
            yield kept

    def _fetched(self, piece: Piece, archive: Archive, cache: Cache) -> asyncio.Task[Path]:
        """One fetch for all who wait for it."""
        self._ask_not_too_soon(archive)
        not_before, bad = self._bad.get(piece.sha256, (0.0, None))
        if bad is not None and time.monotonic() < not_before:
            raise type(bad)(str(bad))  # the same one would gather the traces of all who asked
        task = self._fetching.get(piece.sha256)
        if task is None:
            if len(self._fetching) >= WAITING:
                raise ArchiveAway(f"too much is asked of archive {archive.id} at once")
            task = self._fetching[piece.sha256] = asyncio.create_task(self._fetch(piece, archive, cache))
            task.add_done_callback(lambda done: self._over(piece, done))
        return task

    def _ask_not_too_soon(self, archive: Archive) -> None:
        until, words = self._away.get(archive.id, (0.0, ""))
        if time.monotonic() < until:
            raise ArchiveAway(words)

    def _over(self, piece: Piece, done: asyncio.Task[Path]) -> None:
        del self._fetching[piece.sha256]
        if not done.cancelled():
            done.exception()  # told to who waits, if anybody does still

    async def _fetch(self, piece: Piece, archive: Archive, cache: Cache) -> Path:
        async with self._few:
            self._ask_not_too_soon(archive)  # it may have fallen silent while this waited
            part: Path | None = None
            try:
                part = await asyncio.to_thread(cache.begin, piece.bytes)
                with part.open("wb") as file:
                    sha256 = await archive.fetch(piece.path, piece.bytes, file.write)
                if sha256 != piece.sha256:
                    raise Altered(f"{piece.path} in archive {archive.id} is not what was recorded")
                return cache.keep(part, sha256)
            except (ArchiveAway, ArchiveRefused) as error:
                self._away[archive.id] = time.monotonic() + PAUSE_S, str(error)
                raise ArchiveAway(str(error)) from error
            except OSError as error:
                raise ArchiveAway(f"there is no room for what lies in archive {archive.id}") from error
            except (Altered, NotArchived) as error:
                log.error("archive_bad archive=%s name=%s error=%s", archive.id, piece.path, error)
                self._bad = {name: bad for name, bad in self._bad.items() if bad[0] > time.monotonic()}
                self._bad[piece.sha256] = time.monotonic() + BAD_S, error
                raise
            finally:
                if part is not None:
                    part.unlink(missing_ok=True)
