"""A long recording: how soon its playlist is made, and how soon the site answers a link into it.

    python tests/bench/long_recording.py [--hours 8] [--cameras 10] [--tries 10] [--firsts 8] [--closed]

The index holds what so many cameras recorded of a sitting that still goes on, in segments of 2 s and runs of two hours,
written by turns as they are recorded; there are no files behind it. The site (public_site/) is a process of its own.
Told is the time from request to the last byte, as a client on the same machine takes them from its socket.

The first: so often is the site begun anew for the whole playlist of a camera (asked for: 20 ms), and for the player's
page at a moment at random (asked for: 50 ms): it is asked for nothing else, and as soon as it listens. Those that gave
a page are then asked for playlists of several cameras, each for the first time. The site makes nothing of any sitting
beforehand, so the first of an old one is that of the newest; the database runs and has its pages in memory.

From then on: between two tries a segment is added and more than a second passes, so that no answer is one that was
kept. Of the whole playlist, the last ten segments, the manifest, the page, the chapters and of where a segment's file
lies the first, and of the others the median and the worst; beside it how long the site computed for each, by its own
CPU. --closed: half an hour in the middle is a closed part. Run on demand; nothing here is a test.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
from children import free_port, listening, process_cpu, run
from live_latency import Installed, module

from sql.embedded import Embedded
from sql.migrate import migrate

SITE = Path(__file__).with_name("live_latency.py")
PAUSE_S = 1.1  # the site makes a playlist at most once a second
LONG = "2017-04-06.json"  # 47 votes
RUN_S = 7200
SEGMENT_S = 2

RUNS = """
insert into run (id, camera_id, started_at, clock, codec, width, height, timescale, init_path, init_bytes, init_sha256,
                 ended_at, end_reason)
select name, c, at, 'sender_report', 'avc1.64001f', 1920, 1080, 90000, format('%s/%s/init.mp4', c, name), 800,
       repeat('0', 64), case when k < $3 then at + $4 * interval '1 second' end, case when k < $3 then 'dropped' end
  from unnest($1::text[]) c, generate_series(1, $3) k,
       lateral (select $2::timestamptz + (k - 1) * ($4 + 1) * interval '1 second' as at) began,
       lateral (select format('%s-%sZ', c, to_char(at, 'YYYYMMDD"T"HH24MISSMS')) as name) named
"""
CLOSED = """
insert into closed_part (seq, sitting_id, body_id, since_at, paused_at, ended_at, reason)
select 1000000, sitting_id, body_id, at, at, at + interval '30 minutes', 'x'
  from sitting_summary, lateral (select opened_at + $2::interval / 2 as at) middle
 where sitting_id = $1
"""
SEGMENTS = """
insert into segment (run_id, n, start_ticks, duration_ticks, started_at, duration_ms, path, bytes, sha256, frames,
                     poster_path)
select id, n, n * 180000, 180000, started_at + n * 2.00002 * interval '1 second', 2000,
       format('%s/%s/%s.m4s', camera_id, id, lpad(n::text, 6, '0')), 1000000,
       encode(sha256(format('%s/%s', id, n)::bytea), 'hex'), 50,
       format('%s/%s/%s.jpg', camera_id, id, lpad(n::text, 6, '0'))
  from run, generate_series(0, $1 / 2 - 1) n
 where started_at + n * 2 * interval '1 second' < now()
 order by started_at + n * 2 * interval '1 second'
"""
STRETCHES = """
insert into stretch
select run_id, min(n), max(n), min(start_ticks), max(start_ticks) + 180000, min(started_at),
       max(started_at) + interval '2 seconds'
  from segment
 group by run_id
"""
ONE_MORE = """
insert into segment (run_id, n, start_ticks, duration_ticks, started_at, duration_ms, path, bytes, sha256, frames,
                     poster_path)
select run_id, n + 1, start_ticks + 180000, 180000, started_at + interval '2.00002 seconds', 2000,
       format('%s/%s/%s.m4s', left(run_id, -20), run_id, lpad((n + 1)::text, 6, '0')), bytes, sha256, 50,
       format('%s/%s/%s.jpg', left(run_id, -20), run_id, lpad((n + 1)::text, 6, '0'))
  from (select distinct on (run_id) * from segment where started_at > now() - interval '20 minutes'
         order by run_id, n desc) last
"""

Site = AbstractAsyncContextManager[tuple["Reader", int]]


class Reader:
    """A client that costs next to nothing: of one that unpacks and decodes it would be told how slow it is itself."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def took(self, address: str, status: int = 200) -> tuple[float, int]:
        """In ms; and how many bytes came, packed."""
        began = time.perf_counter()
        self._connection.request("GET", address, headers={"accept-encoding": "gzip"})
        answer = self._connection.getresponse()
        data = answer.read()
        took = time.perf_counter() - began
        assert answer.status == status and data, (address, answer.status)
        return 1000 * took, len(data)


async def fill(owner: asyncpg.Connection, cameras: list[str], begun: datetime, hours: float) -> int:
    runs = max(1, round(hours * 3600 / RUN_S))
    await owner.execute(RUNS, cameras, begun, runs, RUN_S)
    await owner.execute("alter table segment disable trigger user")  # one by one they would be told for a minute
    await owner.execute(SEGMENTS, RUN_S)
    await owner.execute("alter table segment enable trigger user")
    await owner.execute(STRETCHES)
    await owner.execute("vacuum analyze")  # as the server does by itself after each 10,000 segments
    return int(await owner.fetchval("select count(*) from segment"))


async def timed(
    name: str, one: Callable[[], tuple[float, int]], tries: int, owner: asyncpg.Connection, pid: int
) -> None:
    """One of its kind after the other; the first, for which more may be read, is told by itself."""
    times, used = [], []
    for _ in range(tries):
        await owner.execute(ONE_MORE)
        await asyncio.sleep(PAUSE_S)
        cpu = process_cpu(pid)
        took, size = one()
        times.append(took)
        used.append(1000 * (process_cpu(pid) - cpu))
    rest = times[1:]
    told = f"first {times[0]:.1f} ms; then median {statistics.median(rest):.1f} ms, worst {max(rest):.1f} ms"
    cpu_ms = statistics.mean(used[1:])
    print(f"{name}: {told}; {size / 1000:.0f} kB packed; the site's CPU {cpu_ms:.0f} ms each", flush=True)


async def firsts(begin: Callable[[], Site], base: str, cameras: list[str], moment: Callable[[], str], n: int) -> None:
    """Of sites that have just begun, and of recordings for which nobody has asked one that runs."""
    playlists, pages, others = list[float](), list[float](), list[float]()
    for k in range(n):
        async with begin() as (reader, _):
            playlists.append(reader.took(f"{base}/{cameras[k % len(cameras)]}.m3u8")[0])
        async with begin() as (reader, _):
            pages.append(reader.took(f"{base}?at={moment()}")[0])
            others += [reader.took(f"{base}/{camera}.m3u8")[0] for camera in cameras[k % 2 :: 2]]
    for name, times, asked in (
        ("playlist", playlists, 20),
        ("page at a moment", pages, 50),
        ("of a camera, the site runs", others, 20),
    ):
        median, worst, met = statistics.median(times), max(times), sum(took < asked for took in times)
        told = f"median {median:.1f} ms, worst {worst:.1f} ms; {met} of {len(times)} under {asked} ms"
        print(f"first {name}: {told}", flush=True)


async def measure(folder: Path, server: Embedded, options: argparse.Namespace) -> None:
    installed = Installed(server)
    await migrate(installed.database())
    town = await module("site_town").furnish(installed, LONG)
    begun = datetime.now(UTC) - timedelta(hours=options.hours)
    town.now = begun + timedelta(seconds=10)
    await town.open_sitting()
    await town.arrive(town.members)
    for n in range(1, len(town.script) + 1):
        town.now = max(town.now, begun + timedelta(hours=options.hours) * (n - 0.5) / len(town.script))
        await town.hold(n)
    cameras = [f"hall-{k + 1}" for k in range(options.cameras)]
    owner = await installed.database().connect()
    count = await fill(owner, cameras, begun, options.hours)
    if options.closed:
        await owner.execute(CLOSED, town.plan.id, timedelta(hours=options.hours))
    print(f"{options.hours:g} hours by {options.cameras} cameras: {count} segments", flush=True)
    chance = random.Random(7)
    base = f"/sittings/{town.plan.id}/video"
    (folder / "recordings").mkdir()

    @asynccontextmanager
    async def begin() -> AsyncIterator[tuple[Reader, int]]:
        port = free_port()
        where = [SITE, "--site", folder / "recordings", folder / "live", server.url("public"), port]
        async with listening(*where, port=port) as site:
            yield Reader(port), site.pid

    def moment() -> str:
        at = begun + timedelta(seconds=chance.uniform(10, options.hours * 3600 - 60))
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    if options.firsts:
        await firsts(begin, base, cameras, moment, options.firsts)
    if options.tries > 1:
        async with begin() as (reader, pid):
            await later(reader, pid, base, cameras[0], moment, owner, options.tries)
    await owner.close()
    await town.close()


async def later(
    reader: Reader,
    pid: int,
    base: str,
    camera: str,
    moment: Callable[[], str],
    owner: asyncpg.Connection,
    tries: int,
) -> None:
    rows = await owner.fetch("select run_id || '/' || n from segment order by random() limit $1", tries)
    pieces = iter([row[0] for row in rows])
    for name, one in (
        ("playlist", lambda: reader.took(f"{base}/{camera}.m3u8")),
        ("last ten segments", lambda: reader.took(f"{base}/{camera}.m3u8?last=10")),
        ("manifest", lambda: reader.took(f"{base}.json?camera={camera}")),
        ("the player's page at a moment", lambda: reader.took(f"{base}?at={moment()}")),
        ("chapters", lambda: reader.took(f"{base}/chapters.json")),
        ("where a segment lies; there is no file", lambda: reader.took(f"/video/{next(pieces)}.m4s", 404)),
    ):
        await timed(name, one, tries, owner, pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--cameras", type=int, default=10)
    parser.add_argument("--tries", type=int, default=10)
    parser.add_argument("--firsts", type=int, default=8)
    parser.add_argument("--closed", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hlasno-bench-") as name, Embedded(Path(name) / "pg") as server:
        asyncio.run(measure(Path(name), server, options))


if __name__ == "__main__":
    run(main)
