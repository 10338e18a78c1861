"""Archives: written once, read back, shown from; a folder, and object storage that nobody here wrote."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streaming.archive import MARK, Archive, Place
from streaming.errors import Altered, ArchiveAway, ArchiveRefused, BadFootage, NotArchived, Occupied
from tests.object_store import SECRET, ObjectStore, running

NAME = "hall-1/hall-1-20171122T100000000Z/000000.m4s"
OTHER = "hall-1/hall-1-20171122T100000000Z/000001.m4s"
DATA = bytes(range(256)) * 9000  # more than one block


@pytest.fixture(scope="module")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with running(tmp_path_factory.mktemp("objects")) as store:
        yield store


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        folder = tmp_path / "архів № 2"
        folder.mkdir()
        return Place("near", folder.as_uri(), "rada.example")
    bucket = "b" + hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]
    return request.getfixturevalue("object_store").place(bucket)


async def test_archive_writes_a_name_once_and_reads_it_back(place: Place) -> None:
    archive = Archive(place)
    await archive.open(used=False)
    await archive.open(used=True)
    assert await archive.put(NAME, DATA) is True
    assert await Archive(place).hash(NAME, len(DATA)) == hashlib.sha256(DATA).hexdigest()
    assert await archive.put(NAME, DATA) is False
    with pytest.raises(Occupied):
        await archive.put(NAME, DATA[::-1])
    with pytest.raises(Occupied):
        await archive.put(NAME, b"short")
    blocks: list[bytes] = []
    assert await archive.fetch(NAME, len(DATA), blocks.append) == hashlib.sha256(DATA).hexdigest()
    assert b"".join(blocks) == DATA and len(blocks) > 1
    await archive.put(OTHER, b"1")
    assert await archive.sizes() == {NAME: len(DATA), OTHER: 1}
    assert await archive.sizes("hall-1/hall-1-20171122T1000000") == {}
    await archive.remove([NAME, "hall-1/hall-1-20171122T100000000Z/000009.m4s"])
    assert await archive.sizes("hall-1") == {OTHER: 1}


async def test_archive_tells_what_is_not_there_from_what_is_altered_and_from_another_installations(
    place: Place,
) -> None:
    archive = Archive(place)
    with pytest.raises(ArchiveAway, match=MARK):
        await archive.open(used=True)  # the index says that there is one: this is not it
    with pytest.raises(ArchiveAway, match=MARK):
        await archive.fetch(NAME, 1)
    await archive.open(used=False)
    with pytest.raises(NotArchived):
        await archive.fetch(NAME, 1)
    await archive.put(NAME, DATA)
    with pytest.raises(Altered):
        await archive.fetch(NAME, len(DATA) + 1)
    assert await archive.hash(NAME, len(DATA) - 1) == ""
    stranger = Archive(
        Place(**{name: getattr(place, name) for name in Place.__slots__} | {"installation": "b.example"})
    )
    with pytest.raises(ArchiveRefused, match="another installation's"):
        await stranger.open(used=False)
    for bad in ("../../etc/passwd", "/etc/passwd", "hall-1/../../x.m4s", NAME + "/..", ""):
        with pytest.raises(BadFootage):
            await archive.put(bad, b"")


async def test_archive_of_wrong_keys_or_none_at_all_says_so_without_its_secret(object_store: ObjectStore) -> None:
    place = object_store.place("keys", secret="another-secret-of-ours")
    assert SECRET not in repr(object_store.place("keys")) and "another-secret" not in repr(place)
    with pytest.raises(ArchiveRefused) as refused:
        await Archive(place).open(used=False)
    with pytest.raises(ArchiveAway) as away:
        await Archive(object_store.place("keys", endpoint="http://127.0.0.1:9")).open(used=False)
    assert str(away.value).startswith("archive far does not answer: ")
    assert not any("another-secret" in str(error) or SECRET in str(error) for error in (refused.value, away.value))


async def test_archive_in_a_folder_that_is_not_there_or_was_changed_for_another_is_away(tmp_path: Path) -> None:
    folder = tmp_path / "mounted"
    place = Place("near", folder.as_uri(), "rada.example")
    with pytest.raises(ArchiveAway, match="not mounted"):
        await Archive(place).open(used=False)
    folder.mkdir()
    archive = Archive(place)
    await archive.open(used=False)
    folder.rename(tmp_path / "pulled")
    folder.mkdir()
    with pytest.raises(ArchiveAway, match="another disk"):
        await archive.put(NAME, DATA)
    with pytest.raises(ArchiveAway, match="mounted"):
        await Archive(place).remove([NAME])


async def test_what_is_no_name_of_a_recording_is_not_removed_whoever_wrote_it_into_the_index(tmp_path: Path) -> None:
    (secret := tmp_path / "ledger.key").write_bytes(b"seed")
    (folder := tmp_path / "archive").mkdir()
    archive = Archive(Place("near", folder.as_uri(), "rada.example"))
    await archive.open(used=False)
    await archive.put(NAME, DATA)
    await archive.remove(["../ledger.key", str(secret), MARK, f"hall-1/../../{secret.name}", NAME])
    assert secret.exists() and (folder / MARK).exists() and not (folder / NAME).exists()


async def test_put_to_a_folder_takes_away_what_a_killed_put_left(tmp_path: Path) -> None:
    archive = Archive(Place("near", tmp_path.as_uri(), "rada.example"))
    await archive.open(used=False)
    torn = tmp_path / (NAME + "#1")
    torn.parent.mkdir(parents=True)
    torn.write_bytes(DATA[:100])
    assert await archive.put(NAME, DATA)
    assert not torn.exists() and (tmp_path / NAME).read_bytes() == DATA


async def test_store_that_writes_a_name_twice_is_refused(free_port: int) -> None:
    """A server that knows nothing of conditions answers every upload with 200."""

    async def careless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with_body = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in with_body.lower().split(b"\r\n") if b"content-length" in line
        )
        await reader.readexactly(length)
        writer.write(b'HTTP/1.1 200 OK\r\netag: "1"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
        writer.close()

    server = await asyncio.start_server(careless, "127.0.0.1", free_port)
    made: dict[str, Any] = {"endpoint": f"http://127.0.0.1:{free_port}", "key": "k", "secret": "s"}
    with pytest.raises(ArchiveRefused, match="writes names twice"):
        await Archive(Place("far", "s3://bucket", "rada.example", **made)).open(used=False)
    server.close()
