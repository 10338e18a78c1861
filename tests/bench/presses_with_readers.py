"""Presses while thousands read: does the hall feel the public site?

    python tests/bench/presses_with_readers.py [--presses 450] [--readers 2000] [--turns 6] [--bursts 5]

The hall, the public site, PostgreSQL, the terminals and the readers each run in a process of their own on 127.0.0.1.
All press in the same instant, again and again; by turns nobody and 2,000 readers hold `/live` open. Figure: time to the
last receipt, the median with readers against the median without (asked for: at most 1.5).

It is measured twice. Alone: the page is told of a burst a tenth of a second after it. While others press: five more
desks press on all the while, so that the page has something new as often as it is ever told, in mid-burst too.
Run on demand; nothing here is a test.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from children import free_port, furnished, house, listening, process_cpu, run, voting_hall
from readers import Readers
from terminals import Terminals

from council.commands import web
from public_site.app import PublicSettings, build
from public_site.hub import TransportProtocol
from sql.database import Database
from sql.embedded import Embedded

OTHERS = 5
OTHERS_RATE = 3.0  # presses a second and desk: together more than the page is told, ten states a second at most
PAUSE_S = (0.35, 0.55)  # between bursts; longer than the tenths of a second after which the page is told


def serve_public(url: str, port: int) -> None:
    """The public site as `council public` serves it."""
    settings = PublicSettings(Database(url, "public"), Path("no-recordings"), house.SIGNER.origin, house.SIGNER.vkey)
    web.run(web.serve(build(settings), "127.0.0.1", port, http=TransportProtocol))


@dataclass
class Heard:
    """Of one kind of turn: ms to the last receipt of each burst, and what the public process did meanwhile."""

    times: list[float] = field(default_factory=list)
    public_cpu: float = 0.0
    seconds: float = 0.0
    deliveries: int = 0

    @property
    def last_receipt(self) -> float:
        return statistics.median(self.times)


@dataclass
class Bench:
    terminals: Terminals
    others: Terminals
    readers: Readers
    public_pid: int
    crowd: int
    bursts: int

    async def turn(self, heard: Heard, *, read: bool, others: bool) -> None:
        if read:
            await self.readers.join(self.crowd)
        await asyncio.sleep(0.5)
        await self.readers.count()
        length = self.bursts * (sum(PAUSE_S) / 2 + 0.1) + 1
        pressing = asyncio.create_task(self.others.pace(length, OTHERS_RATE)) if others else None
        cpu, start = process_cpu(self.public_pid), time.monotonic()
        await self.terminals.burst()  # the first of a turn warms up
        for _ in range(self.bursts):
            await asyncio.sleep(random.uniform(*PAUSE_S))
            heard.times.append(await self.terminals.burst())
        if pressing is not None:
            await pressing
        heard.public_cpu += process_cpu(self.public_pid) - cpu
        heard.seconds += time.monotonic() - start
        heard.deliveries += (await self.readers.count())[1]
        await self.readers.leave()

    async def compare(self, name: str, turns: int, *, others: bool) -> None:
        without, with_ = Heard(), Heard()
        for turn in range(turns):
            for read in (False, True) if turn % 2 == 0 else (True, False):
                await self.turn(with_ if read else without, read=read, others=others)
        rate = with_.deliveries / self.crowd / with_.seconds
        print(
            f"{name:>19}: last receipt {without.last_receipt:5.1f} ms without readers, {with_.last_receipt:5.1f} ms "
            f"with; ratio {with_.last_receipt / without.last_receipt:4.2f} (asked for: at most 1.50) | {rate:.1f} "
            f"deliveries a second to each reader, public site {with_.public_cpu / with_.seconds:.2f} of a core",
            flush=True,
        )


async def measure(server: Embedded, presses: int, crowd: int, turns: int, bursts: int) -> None:
    await furnished(server, presses + OTHERS)
    port = free_port()
    async with (
        voting_hall(server, presses + OTHERS) as (hall_port, _),
        listening(__file__, "--serve", server.url("public"), port, port=port) as public,
    ):
        with (
            Terminals(hall_port, presses) as terminals,
            Terminals(hall_port, OTHERS, first=presses + 1) as others,
            Readers(port, f"/live?sitting={house.SITTING}") as readers,
        ):
            await terminals.ready()
            await others.ready()
            bench = Bench(terminals, others, readers, public.pid, crowd, bursts)
            print(f"{presses} presses in the same instant, {crowd} readers of /live, {turns} turns of {bursts} bursts")
            await bench.compare("alone", turns, others=False)
            await bench.compare("while others press", turns, others=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--presses", type=int, default=450)
    options.add_argument("--readers", type=int, default=2000)
    options.add_argument("--turns", type=int, default=6)
    options.add_argument("--bursts", type=int, default=5)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="hlasno-bench-") as folder, Embedded(Path(folder) / "pg") as server:
        asyncio.run(measure(server, chosen.presses, chosen.readers, chosen.turns, chosen.bursts))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve_public(sys.argv[2], int(sys.argv[3]))
    else:
        run(main)
