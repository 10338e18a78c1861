"""Segments moved to an archive: broken off at every step nothing is lost, and the next move goes on."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from streaming import fetching, index, moving
from streaming.archive import Archive, Place
from streaming.errors import ArchiveAway
from streaming.moving import JOURNAL, Mover, Moving, Progress
from streaming.routes import IMMUTABLE, routes
from streaming.segments import Segment
from streaming.shelf import Cache, Shelf

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Killed(BaseException):
    """As kill -9: nobody catches it, nothing is tidied up."""


class House:
    """A sitting's footage on disk and in the index, an archive in a folder, and whoever reads."""

    def __init__(self, archive: Any, db: Any, tmp_path: Path) -> None:
        self.footage, self.db = archive, db
        self.recordings: Path = archive.recordings
        self.far, self.fetched = tmp_path / "far", tmp_path / "fetched"
        self.far.mkdir()
        self.archive = self.open()
        self.segments: list[Segment] = []

    def open(self) -> Archive:
        return Archive(Place("far", self.far.as_uri(), "rada.example"))

    def shelf(self, most_bytes: int = 10**9) -> Shelf:
        return Shelf(self.recordings, {"far": self.archive}, Cache(self.fetched, most_bytes))

    async def film(self, after_s: float = 0) -> None:
        told = await self.footage.film(after_s, count=100, gop=25)
        self.segments += [one for one in told if isinstance(one, Segment)]

    async def move(self) -> Progress:
        """By a command of its own, as far as it comes."""
        conn = await self.db.database("hall").connect()
        try:
            await moving.begin(conn)
            await moving.clear(conn, self.recordings, {"far": self.archive}, Cache(self.fetched, 10**9))
            rows = {row["path"]: row for row in [*await moving.under_way(conn), *await moving.movable(conn, NOW)]}
            return await Mover(conn, self.recordings, self.open()).move(list(rows.values()), lambda _: None)
        finally:
            await conn.close()

    async def whole(self) -> set[str | None]:
        """Every segment is read where the index says, by somebody who starts now. Where they lie."""
        pieces = await index.pieces(self.footage.conn, self.segments)
        shelf = self.shelf()
        for piece in pieces:
            assert hashlib.sha256((await shelf.file(piece)).read_bytes()).hexdigest() == piece.sha256
        return {piece.archive for piece in pieces}

    def on_disk(self) -> int:
        return len(list(self.recordings.rglob("*.m4s")))


@pytest.fixture
async def house(archive: Any, db: Any, tmp_path_factory: pytest.TempPathFactory) -> House:
    made = House(archive, db, tmp_path_factory.mktemp("moved"))
    await made.film()
    return made


@pytest.fixture
async def client(house: House, db: Any) -> AsyncIterator[Callable[[Shelf], httpx2.AsyncClient]]:
    pool = await db.database("public").pool(1, 2)

    def made(shelf: Shelf) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=Starlette(routes=routes(pool, shelf)))
        return httpx2.AsyncClient(transport=transport, base_url="http://test")

    yield made
    await pool.close()


async def test_move_leaves_what_is_small_and_says_where_the_rest_is(house: House) -> None:
    run, first = house.segments[0].run_id, house.segments[0]
    folder = (house.recordings / first.path).parent
    (folder / "000000.jpg").write_bytes(b"a picture")
    kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".m4s"}
    films = {path.name: path.read_bytes() for path in folder.glob("*.m4s")}
    progress = await house.move()
    assert (progress.done, progress.faults) == (len(house.segments), [])
    assert progress.done_bytes == progress.bytes == sum(one.bytes for one in house.segments)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept
    notes = kept["journal.jsonl"]
    there = {path.name: path.read_bytes() for path in (house.far / "hall-1" / run).iterdir()}
    assert there == films | {"init.mp4": kept["init.mp4"], JOURNAL.format(len(notes)): notes}
    assert await house.whole() == {"far"}
    assert (await house.move()).segments == 0


class Steps:
    """Every write counts twice, before it and after it; at step `fatal` the process is killed."""

    def __init__(self) -> None:
        self.count, self.fatal = 0, 0

    def _step(self) -> None:
        self.count += 1
        if self.count == self.fatal:
            raise Killed

    def around(self, write: Any) -> Any:
        @wraps(write)
        async def step(*args: Any, **fields: Any) -> Any:
            self._step()
            done = await write(*args, **fields)
            self._step()
            return done

        return step

    def around_at_once(self, write: Any) -> Any:
        def step(*args: Any, **fields: Any) -> Any:
            self._step()
            done = write(*args, **fields)
            self._step()
            return done

        return step


async def test_move_killed_at_any_step_loses_nothing_and_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before and after every write, wherever it goes."""
    steps, queries = Steps(), moving._queries()
    monkeypatch.setattr(moving, "AT_ONCE", 1)
    monkeypatch.setattr(Archive, "put", steps.around(Archive.put))
    monkeypatch.setattr(Path, "unlink", steps.around_at_once(Path.unlink))
    for name in ("send", "arrive"):
        monkeypatch.setattr(queries, name, steps.around(getattr(queries, name)))
    was_killed, fatal = True, 0
    while was_killed:
        fatal += 1
        house.segments.clear()
        await house.film(60 * fatal)
        steps.count, steps.fatal = 0, fatal
        try:
            await house.move()
            was_killed = False
        except Killed:
            assert await house.whole() <= {"far", None}
            steps.fatal = 0
            assert (await house.move()).faults == []
        assert await house.whole() == {"far"}
        assert house.on_disk() == 0 and not list(house.far.rglob("*#*"))
    assert fatal > 2 * (2 + 1 + 2 * 3), "the run's two files, `send`, and of each segment put, arrive and unlink"


async def test_move_of_an_altered_or_missing_file_or_to_a_taken_name_says_so_and_moves_the_rest(house: House) -> None:
    await house.film(60)
    altered, missing, taken, _ = house.segments
    path = house.recordings / altered.path
    path.write_bytes(path.read_bytes()[:-1] + b"\1")
    (house.recordings / missing.path).unlink()
    (house.far / taken.path).parent.mkdir(parents=True)
    (house.far / taken.path).write_bytes(b"another's")
    progress = await house.move()
    assert progress.done == len(house.segments) - 3 == 1
    assert sorted(progress.faults) == sorted(
        [
            f"{altered.path} is not what was recorded",
            f"{missing.path} cannot be read",
            f"archive far has other bytes under the name {taken.path}",
        ]
    )
    assert path.exists() and (house.recordings / taken.path).exists()
    assert (house.far / taken.path).read_bytes() == b"another's"


async def test_disk_that_is_full_ends_a_fetch_at_once_and_leaves_nothing_half_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.move()
    conn = house.footage.conn
    rows = await fetching.archived(conn, house.segments[0].started_at, house.segments[-1].ended_at)

    def full(fd: int, data: bytes) -> None:
        os.write(fd, data[:1000])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("streaming.journal.write_all", full)
        progress = await fetching.fetch(conn, house.recordings, {"far": house.archive}, rows, lambda _: None)
    assert (len(rows), progress.done, progress.faults) == (2, 0, ["[Errno 28] No space left on device"])
    assert not list(house.recordings.rglob("*.part")) and await house.whole() == {"far"}


async def test_two_moves_at_once_are_one_and_a_refusal(house: House, db: Any) -> None:
    conn = await db.database("hall").connect()
    await moving.begin(conn)
    with pytest.raises(Moving):
        await house.move()
    await conn.close()
    assert (await house.move()).done == 2


async def test_footage_deleted_while_it_moves_leaves_no_object(house: House) -> None:
    """The hall needs room just then; its act is in the index before the segment arrives."""
    doomed = house.segments[0]
    mark = "update segment set deleted_at = now() where run_id = $1 and n = $2"
    conn = await house.db.database("hall").connect()
    rows = await moving.movable(conn, NOW)
    await house.footage.conn.execute(mark, doomed.run_id, doomed.n)
    await moving._queries().send(conn, run_id=doomed.run_id, numbers=[0, 1], archive="far")
    await house.archive.open(used=False)
    mover = Mover(conn, house.recordings, house.archive)
    await house.footage.conn.execute("update segment set archive = 'far' where n = 0")  # deleted just after `send`
    for row in rows:
        await mover._move(row)
    assert (house.far / doomed.path).exists()
    cache = Cache(house.fetched, 10**9)
    assert await moving.clear(conn, house.recordings, {}, cache) == (
        0,
        ["1 deleted segments lie in archive far, which council.toml does not name"],
    )
    assert await moving.clear(conn, house.recordings, {"far": house.archive}, cache) == (1, [])
    assert not (house.far / doomed.path).exists()
    left = await house.footage.conn.fetch("select n, archive from segment order by n")
    assert [tuple(row) for row in left] == [(0, None), (1, "far")]
    await conn.close()


# --- reading -------------------------------------------------------------------------------------------------------


async def test_moved_segment_is_served_as_before_and_fetched_once(house: House, client: Any) -> None:
    first = house.segments[0]
    address = f"/video/{first.run_id}/{first.n}.m4s"
    async with client(house.shelf()) as site:
        before = await site.get(address)
        await house.move()
        first_byte = {"range": "bytes=0-0"}
        after = await site.get(address)
        part = await site.get(f"/video/{first.run_id}/0.1.m4s")
        byte = await site.get(address, headers=first_byte)
        head = await site.head(address)
    assert (after.status_code, after.content) == (200, before.content)
    same = ("content-type", "content-length", "cache-control", "etag", "accept-ranges", "x-content-type-options")
    assert {name: after.headers[name] for name in same} == {name: before.headers[name] for name in same}
    assert after.headers["cache-control"] == IMMUTABLE
    assert part.status_code == 200 and part.content in before.content
    assert (byte.status_code, byte.content) == (206, before.content[:1])
    assert head.headers["content-length"] == str(first.bytes)
    [kept] = house.fetched.iterdir()
    assert kept.name == f"{first.sha256}.m4s"


async def test_archive_that_is_away_is_503_until_it_is_back(
    house: House, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streaming.shelf.PAUSE_S", 0.2)
    await house.move()
    address = f"/video/{house.segments[0].run_id}/0.m4s"
    async with client(house.shelf()) as site:
        house.far.rename(house.far.with_name("pulled"))
        away = await site.get(address)
        assert (away.status_code, away.headers["retry-after"]) == (503, "5")
        house.far.mkdir()  # a folder that is not mounted
        assert (await site.get(address)).status_code == 503
        house.far.rmdir()
        house.far.with_name("pulled").rename(house.far)
        async with asyncio.timeout(15):
            while (await site.get(address)).status_code == 503:
                await asyncio.sleep(0.05)
        assert (await site.get(address)).status_code == 200


async def test_altered_and_lost_objects_are_not_shown(house: House, client: Any) -> None:
    await house.move()
    altered, lost = house.segments
    path = house.far / altered.path
    path.write_bytes(path.read_bytes()[:-1] + b"\1")
    (house.far / lost.path).unlink()
    async with client(house.shelf()) as site:
        for segment in (altered, lost, altered):
            assert (await site.get(f"/video/{segment.run_id}/{segment.n}.m4s")).status_code == 404
    assert list(house.fetched.iterdir()) == []


async def test_many_readers_of_a_segment_share_one_fetch_and_few_are_fetched_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.move()
    [piece, _] = await index.pieces(house.footage.conn, house.segments)
    at_once, most, fetches = 0, 0, 0
    fetch = Archive.fetch

    async def counted(self: Archive, name: str, size: int, write: Callable[[bytes], object] = len) -> str:
        nonlocal at_once, most, fetches
        at_once, fetches = at_once + 1, fetches + 1
        most = max(most, at_once)
        await asyncio.sleep(0.05)
        try:
            return await fetch(self, name, size, write)
        finally:
            at_once -= 1

    monkeypatch.setattr(Archive, "fetch", counted)
    shelf = house.shelf()
    assert len({await path for path in asyncio.as_completed([shelf.file(piece) for _ in range(50)])}) == 1
    assert fetches == 1
    await house.archive.open(used=True)
    data = (house.far / piece.path).read_bytes()
    others = []
    for n in range(30):  # the same film under other names
        name = piece.path.replace("000000", f"{100 + n:06}")
        changed = data + bytes([n])
        await house.archive.put(name, changed)
        others.append(index.Piece(name, len(changed), hashlib.sha256(changed).hexdigest(), "far"))
    paths = await asyncio.gather(*(shelf.file(one) for one in others))
    assert (len(set(paths)), most) == (30, 8)


async def test_store_that_answers_nothing_is_asked_few_times_and_holds_nobody_long(
    house: House, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes every connection and is silent; a hundred readers want as many segments."""
    monkeypatch.setattr("streaming.archive.SILENT_S", 0.2)
    asked = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(writer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", free_port)
    endpoint = f"http://127.0.0.1:{free_port}"
    far = Archive(Place("far", "s3://bucket", "rada.example", endpoint=endpoint, key="key", secret="secret"))
    shelf = Shelf(house.recordings, {"far": far}, Cache(house.fetched, 10**9))
    pieces = [index.Piece(house.segments[0].path, 1, f"{n:064x}", "far") for n in range(100)]
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*(shelf.file(piece) for piece in pieces), return_exceptions=True)
    assert {type(answer) for answer in answers} == {ArchiveAway}
    assert 0 < len(asked) <= 8 * 3, "each of the first eight tries thrice"
    assert list(house.fetched.iterdir()) == []
    server.close()


async def test_cache_keeps_to_its_size_and_lets_go_of_what_was_asked_for_longest_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streaming.shelf.BEING_READ_S", -1.0)
    cache = Cache(tmp_path / "fetched", 1000)
    for n in range(30):
        part = cache.begin(100)
        part.write_bytes(bytes(100))
        cache.keep(part, f"{n:064}")
        assert cache.find(f"{0:064}", 100), "asked for again and again, it stays"
        assert sum(path.stat().st_size for path in cache.folder.iterdir()) <= 1000
    names = sorted(int(path.stem) for path in cache.folder.iterdir())
    assert names[0] == 0 and names[1:] == list(range(30 - len(names) + 1, 30)) and len(names) >= 8
    assert cache.find(f"{29:064}", 99) is None and cache.find(f"{1:064}", 100) is None
    cache.forget([f"{29:064}"])
    assert cache.find(f"{29:064}", 100) is None
    Shelf(tmp_path, {}, cache).give_room()
    assert len(list(cache.folder.glob("*.m4s"))) == len(names) - 1
    monkeypatch.setattr("streaming.shelf.FREE_BYTES", 10**18)  # the recorder needs the room
    Shelf(tmp_path, {}, cache).give_room()
    assert list(cache.folder.glob("*.m4s")) == []
    Shelf(tmp_path, {}, Cache(tmp_path / "none", 1000)).give_room()
