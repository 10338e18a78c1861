"""Many cameras while everybody votes: is a packet lost, a picture torn, a second missing?

    python tests/bench/ten_cameras.py [--cameras 10] [--desks 1000] [--seconds 50] [--udp] [--bit-rate 4000000]

Cameras (1080p25, cameras.py), one recorder for all of them with its posters and live sockets, the hall with its
console, PostgreSQL and the terminals, all on this machine. Every three seconds all desks press in the same instant,
between those each once in ten seconds at a moment of its own. Then the recorder is ended, and the index is asked: for
each camera how many packets never came, how many pictures are torn, how many runs there were, and how many pictures
there are against the time they span. Also told: the time to the last receipt of each burst, p50 and p99 of the single
presses, and what the recorder used. Run on demand; nothing here is a test.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from children import furnished, run, voting_hall
from recording import FPS, RECORDING, child, filmed, memory, used
from terminals import Terminals

from sql.database import Database
from sql.embedded import Embedded

WARM_UP_S = 8.0
PACE_S, RATE = 3.0, 0.1
LOST = """
select r.camera_id, count(distinct r.id) as runs, sum(s.packets_lost) as packets, sum(s.frames_damaged) as torn,
       sum(s.frames) as frames, extract(epoch from max(s.started_at + s.duration_ms * interval '1 millisecond')
                                                   - min(s.started_at)) as seconds
  from run r join segment s on s.run_id = r.id group by r.camera_id order by r.camera_id
"""


async def vote(server: Embedded, options: argparse.Namespace) -> tuple[list[float], list[float]]:
    """ms: to the last receipt of each burst; of each single press."""
    names = [f"hall-{k}" for k in range(1, options.cameras + 1)]
    bursts, presses = list[float](), list[float]()
    async with voting_hall(server, options.desks, *names) as (port, _):
        with Terminals(port, options.desks) as desks:
            await desks.ready()
            until = time.monotonic() + options.seconds
            while time.monotonic() < until:
                bursts.append(await desks.burst())
                presses += await desks.pace(PACE_S, RATE)
    return bursts, presses


async def lost(database_url: str) -> bool:
    connection = await Database(database_url, "public").connect()
    rows = await connection.fetch(LOST)
    await connection.close()
    for row in rows:
        missing = round(float(row["seconds"]) * FPS) - row["frames"]
        print(f"  {row['camera_id']}: {row['frames']} pictures in {row['seconds']:.1f} s, {missing} missing, "
              f"{row['packets']} packets lost, {row['torn']} torn, {row['runs']} run")  # fmt: skip
    return all(row["runs"] == 1 and not row["packets"] and not row["torn"] for row in rows)


def measure(folder: Path, server: Embedded, options: argparse.Namespace) -> None:
    asyncio.run(furnished(server, options.desks))
    transport = "udp" if options.udp else "tcp"
    with filmed(options.cameras, options.bit_rate) as urls:
        with child(RECORDING, "--record", folder / "recordings", server.url("record"), transport, *urls) as recorder:
            time.sleep(WARM_UP_S)
            before, began = sum(used(recorder.pid)), time.monotonic()
            bursts, presses = asyncio.run(vote(server, options))
            share, size = (sum(used(recorder.pid)) - before) / (time.monotonic() - began), memory(recorder.pid)
        whole = asyncio.run(lost(server.url("public")))
    found = "nothing lost" if whole else "LOST"
    print(f"{options.cameras} cameras by {transport}, {options.desks} desks: {found}; recorder "
          f"{share:.2f} of a core, {size:.0f} MB")  # fmt: skip
    cuts = statistics.quantiles(presses, n=100)
    print(f"{len(bursts)} bursts, last receipt after {statistics.median(bursts):.0f} ms (median), "
          f"{max(bursts):.0f} ms at most; {len(presses)} single presses, "
          f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=10)
    parser.add_argument("--desks", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=50.0)
    parser.add_argument("--bit-rate", type=int, default=4_000_000)
    parser.add_argument("--udp", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hlasno-bench-") as name, Embedded(Path(name) / "pg") as server:
        measure(Path(name), server, options)


if __name__ == "__main__":
    run(main)
