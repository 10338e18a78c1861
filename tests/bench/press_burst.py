"""The press burst: N terminals press in the same instant; each press is on disk before its receipt.

    python tests/bench/press_burst.py [N …] [--rounds 15]        (37 450 1000 terminals)

Compared in one run, with the same clients: the hall; a server of the same stack echoing a receipt without a database;
that server checking each press's signature and signing each receipt, as the hall does; one INSERT and one COMMIT a
press on a pool of 10 connections; and one fsync'd commit. Figure: time to the last receipt, the median of several
bursts, the kinds by turns (asked for at 450: at most 2.0 times the echo, at most 0.35 of one commit a press; both were
set before presses were signed, which neither the echo nor the commit does). Run on demand; nothing here is a test.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from children import free_port, furnished, house, listening, run, voting_hall
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from terminals import Terminals

from council.commands import web
from council.hall.app import UVICORN
from council.keys import verify
from council.protocol import (
    PressOption,
    Recorded,
    decode_terminal,
    encode,
)
from sql.database import Database
from sql.embedded import Embedded
from voting.entries import Option, stamp
from voting.signed import press_text, receipt_text

POOL = 10
KEYS: dict[int, str] = {}  # desk -> public key
VKEY = house.SIGNER.vkey
WARM_UP = 2  # bursts of each kind that do not count
PAUSE_S = 0.25
INSERT = (
    "insert into press (sitting_id, vote_n, member_id, boot, n, option, terminal_id, signature, recorded_at) "
    "values ($1, $2, $3, $4, $5, $6, $7, repeat('A', 86) || '==', $8) on conflict do nothing"
)


# --- servers to compare with, in the same stack ---------------------------------------------------------------------


def serve_comparison(url: str, port: int) -> None:
    web.run(web.serve(comparison(Database(url, "hall")), "127.0.0.1", port, **UVICORN))


def comparison(database: Database) -> Starlette:
    """/echo answers a press with a receipt and writes nothing; /signed checks and signs before it does; /commit writes
    each press by itself first."""
    pool: Any = None

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        nonlocal pool
        pool = await database.pool(POOL, POOL)
        yield
        pool.terminate()

    async def converse(websocket: WebSocket, write: Any, *, signed: bool = False) -> None:
        await websocket.accept()
        desk_no = int(websocket.headers["authorization"].rpartition("-")[2])
        try:
            while True:
                message = decode_terminal(await websocket.receive_text())
                if isinstance(message, PressOption):
                    now = datetime.now(UTC)
                    if write is not None:
                        await write(message, websocket, now)
                    receipt = Recorded(message.boot, message.n, message.vote_n, message.option, stamp(now))
                    await websocket.send_text(encode(checked(receipt, desk_no, message) if signed else receipt))
        except WebSocketDisconnect:
            pass

    async def commit(message: PressOption, websocket: WebSocket, now: datetime) -> None:
        async with pool.acquire() as connection:
            await connection.execute(
                INSERT, "bench", message.vote_n, websocket.headers["authorization"], message.boot, message.n,
                message.option, "terminal", now,
            )  # fmt: skip

    async def echo_socket(websocket: WebSocket) -> None:
        await converse(websocket, None)

    async def signed_socket(websocket: WebSocket) -> None:
        await converse(websocket, None, signed=True)

    async def commit_socket(websocket: WebSocket) -> None:
        await converse(websocket, commit)

    routes = [
        WebSocketRoute("/echo", echo_socket),
        WebSocketRoute("/signed", signed_socket),
        WebSocketRoute("/commit", commit_socket),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def checked(receipt: Recorded, desk_no: int, message: PressOption) -> Recorded:
    """The receipt with what the hall puts into one: the press's signature, checked, and its own."""
    member, option, signature = house.member(desk_no), Option(message.option), message.signature or ""
    whose = (house.SITTING, message.vote_n, member, option, None, message.boot, message.n)
    assert verify(KEYS.setdefault(desk_no, house.signing_key(desk_no).public), press_text(*whose), signature)
    own = house.SIGNER.sign_text(receipt_text(*whose, receipt.recorded_at))
    return msgspec.structs.replace(
        receipt, sitting=house.SITTING, member=member, terminal="t", signature=signature, receipt=own, vkey=VKEY
    )


# --- the run ----------------------------------------------------------------------------------------------------------


@dataclass
class Kind:
    """One kind of server, its clients, and the ms to the last receipt of each burst."""

    terminals: Terminals
    times: list[float] = field(default_factory=list)


async def one_commit_ms(database: Database) -> float:
    connection, times = await database.connect(), []
    for n in range(1, 60):
        start = time.perf_counter()
        await connection.execute(INSERT, "fsync", 1, "m", "0" * 16, n, "for", "terminal", datetime.now(UTC))
        times.append((time.perf_counter() - start) * 1000)
    await connection.close()
    return statistics.median(times)


async def measure(count: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="hlasno-bench-") as folder, Embedded(Path(folder) / "pg") as server:
        database = await furnished(server, count)
        compared = free_port()
        async with (
            voting_hall(server, count) as (port, _),
            listening(__file__, "--compare", database.url, compared, port=compared),
        ):
            with (
                Terminals(port, count) as ours,
                Terminals(compared, count, path="/echo") as echoing,
                Terminals(compared, count, path="/signed") as signing,
                Terminals(compared, count, path="/commit") as committing,
            ):
                kinds = [Kind(ours), Kind(echoing), Kind(signing), Kind(committing)]
                for kind in kinds:
                    await kind.terminals.ready()
                for turn in range(WARM_UP + rounds):
                    for kind in kinds:
                        took = await kind.terminals.burst()
                        if turn >= WARM_UP:
                            kind.times.append(took)
                        await asyncio.sleep(PAUSE_S)
                fsync = await one_commit_ms(database)
    hall, echo, signed, each = (statistics.median(kind.times) for kind in kinds)
    print(
        f"{count:5d} terminals: last receipt {hall:7.1f} ms | echo {echo:7.1f} ms, ratio {hall / echo:4.2f} | "
        f"signed {signed:7.1f} ms, ratio {hall / signed:4.2f} | "
        f"commit each {each:7.1f} ms, ratio {hall / each:4.2f} | one commit {fsync:4.2f} ms, times {hall / fsync:5.1f}",
        flush=True,
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("count", type=int, nargs="*", default=[37, 450, 1000])
    options.add_argument("--rounds", type=int, default=15)
    chosen = options.parse_args()
    for count in chosen.count:
        asyncio.run(measure(count, chosen.rounds))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compare"]:
        serve_comparison(sys.argv[2], int(sys.argv[3]))
    else:
        run(main)
