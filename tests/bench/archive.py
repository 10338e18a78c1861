"""What an archive costs beside its bare client: `python -m tests.bench.archive`. SeaweedFS on this machine, segments of
1.5 MB (2 s at 6 Mbit/s). Written once, read back and hashed against a bare put; fetched for a reader, hashed and kept
against a bare get; asked for again against a read from the disk."""

from __future__ import annotations

import asyncio
import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from streaming import archive
from streaming.archive import Archive
from streaming.index import Piece
from streaming.shelf import Cache, Shelf
from tests.object_store import ObjectStore, running

COUNT, SIZE = 150, 1_500_000


async def each(act: Callable[[int], Awaitable[object]]) -> float:
    """Median, in ms, one after the other."""
    took = []
    for n in range(COUNT):
        began = time.perf_counter()
        await act(n)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def name(run: str, n: int) -> str:
    return f"hall-1/hall-1-{run}T100000000Z/{n:06}.m4s"


async def measured(store: ObjectStore, folder: Path) -> None:
    place = store.place("bench")
    far, bare = Archive(place), archive._client(place)
    await far.open(used=False)
    films = [os.urandom(SIZE) for _ in range(COUNT)]
    hashes = [hashlib.sha256(film).hexdigest() for film in films]

    async def moved(n: int) -> None:
        assert await far.put(name("20171122", n), films[n])
        assert await far.hash(name("20171122", n), SIZE) == hashes[n]

    async def got(n: int) -> None:
        answer = await bare.get_async(name("20171123", n))
        await answer.bytes_async()

    shelf = Shelf(folder, {"far": far}, Cache(folder / "fetched", 10**10))
    pieces = [Piece(name("20171122", n), SIZE, hashes[n], "far") for n in range(COUNT)]

    async def read(n: int) -> None:
        (await shelf.file(pieces[n])).read_bytes()

    put = await each(lambda n: bare.put_async(name("20171123", n), films[n]))
    written, plain, first, again = await each(moved), await each(got), await each(read), await each(read)
    disk = [folder / "fetched" / f"{one}.m4s" for one in hashes]
    local = await each(lambda n: asyncio.to_thread(disk[n].read_bytes))
    print(f"written and read back  {written:6.2f} ms   {written / put:5.2f} of a bare put ({put:.2f} ms)")
    print(f"fetched for a reader   {first:6.2f} ms   {first / plain:5.2f} of a bare get ({plain:.2f} ms)")
    print(f"asked for again        {again:6.2f} ms   {again / local:5.2f} of a read from the disk ({local:.2f} ms)")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "objects").mkdir()
        with running(Path(folder) / "objects") as store:
            asyncio.run(measured(store, Path(folder)))


if __name__ == "__main__":
    main()
