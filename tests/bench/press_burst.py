"""The press burst: N terminals press in the same instant; each press is on disk before its receipt.

Run on demand: `python tests/bench/press_burst.py [N …]` (default 37 450 1000). Compared in one run, with the same
clients: the hall; the same server echoing a receipt without a database; one INSERT and one COMMIT a press on a pool of
10 connections; and one fsync'd commit. Time to the last receipt; the median of several bursts, the kinds by turns.
The issue asks at 450: at most 2.0 times the echo, at most 0.35 of one commit a press.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from children import forget, house
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from terminals import Terminals

from council.hall.app import UVICORN
from council.protocol import PressOption, Recorded, decode_terminal, encode
from sql.database import Database
from sql.embedded import Embedded
from sql.migrate import migrate
from voting.entries import stamp

WARM_UP = 2  # bursts of each kind that do not count
PAUSE_S = 0.25
INSERT = (
    "insert into press (sitting_id, vote_n, member_id, boot, n, option, terminal_id, recorded_at) "
    "values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing"
)


# --- servers to compare with, in the same stack ---------------------------------------------------------------------


def comparison(pool: Any, clock: Any) -> Starlette:
    """/echo answers a press with a receipt and writes nothing; /commit writes each press by itself first."""

    async def converse(websocket: WebSocket, write: Any) -> None:
        await websocket.accept()
        try:
            while True:
                message = decode_terminal(await websocket.receive_text())
                if isinstance(message, PressOption):
                    now = clock()
                    if write is not None:
                        await write(message, websocket, now)
                    receipt = Recorded(message.boot, message.n, message.vote_n, message.option, stamp(now))
                    await websocket.send_text(encode(receipt))
        except WebSocketDisconnect:
            pass

    async def commit(message: PressOption, websocket: WebSocket, now: Any) -> None:
        async with pool.acquire() as connection:
            await connection.execute(
                INSERT, "bench", message.vote_n, websocket.headers["authorization"], message.boot, message.n,
                message.option, "terminal", now,
            )  # fmt: skip

    async def echo_socket(websocket: WebSocket) -> None:
        await converse(websocket, None)

    async def commit_socket(websocket: WebSocket) -> None:
        await converse(websocket, commit)

    return Starlette(routes=[WebSocketRoute("/echo", echo_socket), WebSocketRoute("/commit", commit_socket)])


# --- the run ----------------------------------------------------------------------------------------------------------


@dataclass
class Kind:
    """One kind of server, its clients, and the ms to the last receipt of each burst."""

    terminals: Terminals
    times: list[float] = field(default_factory=list)


@asynccontextmanager
async def serving(app: Any) -> Any:
    sock = house.listening()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, backlog=4096, **UVICORN))
    task = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield sock.getsockname()[1]
    server.should_exit = True
    await task


async def one_commit_ms(connection: Any, clock: Any) -> float:
    times = []
    for n in range(1, 60):
        start = time.perf_counter()
        await connection.execute(INSERT, "fsync", 1, "m", "0" * 16, n, "for", "terminal", clock())
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


async def measure(server: Embedded, count: int, rounds: int) -> None:
    owner = Database(server.url("owner", "postgres"), "owner")
    control = await owner.connect()
    name = f"bench_{count}"
    await control.execute(f"create database {name}")
    database = Database(server.url("hall", name), "hall")
    await migrate(Database(server.url("owner", name), "owner"))
    await house.furnish(database, count)
    pool = await database.pool(10, 10)
    async with house.running(database) as running:
        clock = running.hall.clock.now
        async with serving(comparison(pool, clock)) as port, house.clerk(running.url) as console:
            await house.open_sitting(console, count)
            assert (await console.act("OpenVote", vote_n=1, seconds=None))["type"] == "Done"
            drain = asyncio.create_task(forget(console))
            kinds = [
                Kind(Terminals(running.port, count)),
                Kind(Terminals(port, count, path="/echo")),
                Kind(Terminals(port, count, path="/commit")),
            ]
            for kind in kinds:
                await kind.terminals.ready()
            for turn in range(WARM_UP + rounds):
                for kind in kinds:
                    took = await kind.terminals.burst()
                    if turn >= WARM_UP:
                        kind.times.append(took)
                    await asyncio.sleep(PAUSE_S)
            fsync = await one_commit_ms(control_hall := await database.connect(), clock)
            await control_hall.close()
            for kind in kinds:
                await asyncio.to_thread(kind.terminals.end)
            drain.cancel()
    pool.terminate()
    await control.execute(f"drop database {name} with (force)")
    await control.close()
    hall, echo, each = (statistics.median(kind.times) for kind in kinds)
    print(
        f"{count:5d} terminals: last receipt {hall:7.1f} ms | echo {echo:7.1f} ms, ratio {hall / echo:4.2f} | "
        f"commit each {each:7.1f} ms, ratio {hall / each:4.2f} | one commit {fsync:4.2f} ms, times {hall / fsync:5.1f}",
        flush=True,
    )


async def main(counts: list[int], rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="hlasno-bench-") as folder, Embedded(Path(folder) / "pg") as server:
        for count in counts:
            await measure(server, count, rounds)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("count", type=int, nargs="*", default=[37, 450, 1000])
    arguments.add_argument("--rounds", type=int, default=15)
    given = arguments.parse_args()
    uvloop.run(main(given.count, given.rounds))
