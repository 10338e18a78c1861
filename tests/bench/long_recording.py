"""A long recording: how soon its playlist is made, and how soon the site answers a link into it.

    python tests/bench/long_recording.py [--hours 8] [--cameras 10] [--tries 40]

The index holds what so many cameras recorded of a sitting that still goes on, in segments of 2 s and runs of two hours;
there are no files behind it. The site (public_site/) is a process of its own. Between two tries a segment is added and
more than a second passes, so that no answer is one that was kept. Told: the time from request to the last byte, by a
client on the same machine, of the whole playlist (asked for: made in 20 ms), of the last ten segments, of the manifest,
of the player's page at a moment at random (asked for: 50 ms), and of where a segment's file lies; the first of each, by
a process that has just begun, and the median and the worst of the others. Beside it how long the site computed for each
playlist, by its own CPU. Run on demand; nothing here is a test.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx2
from children import free_port, listening, process_cpu, run
from live_latency import Installed, module

from sql.embedded import Embedded
from sql.migrate import migrate

SITE = Path(__file__).with_name("live_latency.py")
PAUSE_S = 1.1  # the site makes a playlist at most once a second
VOTES = 40
RUN_S = 7200
SEGMENT_S = 2

RUNS = """
insert into run (id, camera_id, started_at, clock, codec, width, height, timescale, init_path, init_bytes, init_sha256,
                 ended_at, end_reason)
select format('%s-%sZ', c, to_char(at, 'YYYYMMDD"T"HH24MISSMS')), c, at, 'sender_report', 'avc1.64001f', 1920, 1080,
       90000, c || '/' || k || '/init.mp4', 800, repeat('0', 64),
       case when k < $3 then at + $4 * interval '1 second' end, case when k < $3 then 'dropped' end
  from unnest($1::text[]) c, generate_series(1, $3) k,
       lateral (select $2::timestamptz + (k - 1) * ($4 + 1) * interval '1 second' as at) began
"""
SEGMENTS = """
insert into segment (run_id, n, start_ticks, duration_ticks, started_at, duration_ms, path, bytes, sha256, frames,
                     poster_path)
select id, n, n * 180000, 180000, started_at + n * 2.00002 * interval '1 second', 2000, format('%s/%s.m4s', id, n),
       1000000, encode(sha256(format('%s/%s', id, n)::bytea), 'hex'), 50, format('%s/%s.jpg', id, n)
  from run, generate_series(0, $1 / 2 - 1) n
 where started_at + n * 2 * interval '1 second' < now()
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
       format('%s/%s.m4s', run_id, n + 1), bytes, sha256, 50, format('%s/%s.jpg', run_id, n + 1)
  from (select distinct on (run_id) * from segment where started_at > now() - interval '20 minutes'
         order by run_id, n desc) last
"""

Try = Callable[[], Awaitable[int]]


async def fill(owner: asyncpg.Connection, cameras: list[str], begun: datetime, hours: float) -> int:
    runs = max(1, round(hours * 3600 / RUN_S))
    await owner.execute(RUNS, cameras, begun, runs, RUN_S)
    await owner.execute("alter table segment disable trigger user")  # one by one they would be told for a minute
    await owner.execute(SEGMENTS, RUN_S)
    await owner.execute("alter table segment enable trigger user")
    await owner.execute(STRETCHES)
    await owner.execute("analyze")
    return int(await owner.fetchval("select count(*) from segment"))


async def timed(name: str, one: Try, tries: int, owner: asyncpg.Connection, site: int) -> None:
    """One of its kind after the other; the first is told by itself."""
    times, sizes, used = [], [], []
    for _ in range(tries):
        await owner.execute(ONE_MORE)
        await asyncio.sleep(PAUSE_S)
        cpu, began = process_cpu(site), time.perf_counter()
        sizes.append(await one())
        times.append(1000 * (time.perf_counter() - began))
        used.append(1000 * (process_cpu(site) - cpu))
    rest = times[1:]
    print(f"{name}: first {times[0]:.1f} ms; then median {statistics.median(rest):.1f} ms, worst {max(rest):.1f} ms; "
          f"{sizes[-1] / 1000:.0f} kB; the site's CPU {statistics.mean(used[1:]):.0f} ms each", flush=True)  # fmt: skip


async def measure(folder: Path, server: Embedded, options: argparse.Namespace) -> None:
    installed = Installed(server)
    await migrate(installed.database())
    town = await module("site_town").furnish(installed)
    begun = datetime.now(UTC) - timedelta(hours=options.hours)
    town.now = begun + timedelta(seconds=10)
    await town.open_sitting()
    await town.arrive_all()
    for n in range(1, min(VOTES, len(town.script)) + 1):
        await town.hold(n)
        town.now += timedelta(hours=options.hours) / VOTES - timedelta(minutes=2)
    cameras = [f"hall-{k + 1}" for k in range(options.cameras)]
    owner = await installed.database().connect()
    count = await fill(owner, cameras, begun, options.hours)
    print(f"{options.hours:g} hours by {options.cameras} cameras: {count} segments", flush=True)
    port = free_port()
    chance = random.Random(7)
    base = f"/sittings/{town.plan.id}/video"
    where = [SITE, "--site", folder / "recordings", folder / "live", server.url("public"), port]
    (folder / "recordings").mkdir()
    async with (
        listening(*where, port=port) as site,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):

        async def get(address: str, status: int = 200) -> int:
            answer = await client.get(address)
            assert answer.status_code == status, (address, answer.status_code)
            return len(answer.content)

        def moment() -> str:
            at = begun + timedelta(seconds=chance.uniform(10, options.hours * 3600 - 60))
            return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

        async def segment() -> int:
            """Where it lies is looked up; that there is none is the answer here."""
            row = await owner.fetchrow("select run_id, n from segment tablesample system (1) limit 1")
            return await get(f"/video/{row['run_id']}/{row['n']}.m4s", 404)

        await get("/healthz")  # the pool stands
        for name, one in (
            ("playlist", lambda: get(f"{base}/{chance.choice(cameras[:1])}.m3u8")),
            ("last ten segments", lambda: get(f"{base}/{cameras[0]}.m3u8?last=10")),
            ("manifest", lambda: get(f"{base}.json?camera={cameras[0]}")),
            ("the player's page at a moment", lambda: get(f"{base}?at={moment()}")),
            ("chapters", lambda: get(f"{base}/chapters.json")),
            ("a segment", segment),
        ):
            await timed(name, one, options.tries, owner, site.pid)
    await owner.close()
    await town.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--cameras", type=int, default=10)
    parser.add_argument("--tries", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hlasno-bench-") as name, Embedded(Path(name) / "pg") as server:
        asyncio.run(measure(Path(name), server, options))


if __name__ == "__main__":
    run(main)
