"""The press burst: N terminals press in the same instant; each press is on disk before its receipt.

    python tests/bench/press_burst.py [N …] [--rounds 15]        (37 450 1000 terminals)

Compared in one run, with the same clients: the hall; a server of the same stack echoing a receipt without a database;
one INSERT and one COMMIT a press on a pool of 10 connections; each of these two bare, and checking each press's
signature and signing each receipt as the hall must; and one fsync'd commit. Figure: time to the last receipt, the
median of several bursts, the kinds by turns (asked for at 450: at most 2.0 times the bare echo, at most 0.35 of the
bare commit a press; both were set before presses were signed). Run on demand; nothing here is a test.
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
    """/echo answers a press with a receipt and writes nothing; /commit writes each press by itself first; /echo-signed
    and /commit-signed check it before, and sign the receipt."""
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
                    whose = checked(desk_no, message) if signed else ()
                    if write is not None:
                        await write(message, websocket, now)
                    receipt = Recorded(message.boot, message.n, message.vote_n, message.option, stamp(now))
                    await websocket.send_text(encode(with_signature(receipt, whose, message) if signed else receipt))
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

    async def signed_echo_socket(websocket: WebSocket) -> None:
        await converse(websocket, None, signed=True)

    async def commit_socket(websocket: WebSocket) -> None:
        await converse(websocket, commit)

    async def signed_commit_socket(websocket: WebSocket) -> None:
        await converse(websocket, commit, signed=True)

    routes = [
        WebSocketRoute("/echo", echo_socket),
        WebSocketRoute("/echo-signed", signed_echo_socket),
        WebSocketRoute("/commit", commit_socket),
        WebSocketRoute("/commit-signed", signed_commit_socket),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def checked(desk_no: int, message: PressOption) -> tuple[Any, ...]:
    """What was signed: the press's signature fits it."""
    member, option = house.member(desk_no), Option(message.option)
    whose = (house.SITTING, message.vote_n, member, option, None, message.boot, message.n)
    if desk_no not in KEYS:
        KEYS[desk_no] = house.signing_key(desk_no).public
    assert verify(KEYS[desk_no], press_text(*whose), message.signature or "")
    return whose


def with_signature(receipt: Recorded, whose: tuple[Any, ...], message: PressOption) -> Recorded:
    """The receipt with what the hall puts into one: the press's signature, and its own."""
    own = house.SIGNER.sign_text(receipt_text(*whose, receipt.recorded_at))
    return msgspec.structs.replace(
        receipt,
        sitting=house.SITTING,
        member=whose[2],
        terminal="t",
        signature=message.signature or "",
        receipt=own,
        vkey=VKEY,
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
                Terminals(compared, count, path="/echo-signed") as signed_echo,
                Terminals(compared, count, path="/commit") as committing,
                Terminals(compared, count, path="/commit-signed") as signed_commit,
            ):
                kinds = [Kind(line) for line in (ours, echoing, signed_echo, committing, signed_commit)]
                for kind in kinds:
                    await kind.terminals.ready()
                for turn in range(WARM_UP + rounds):
                    for kind in kinds:
                        took = await kind.terminals.burst()
                        if turn >= WARM_UP:
                            kind.times.append(took)
                        await asyncio.sleep(PAUSE_S)
                fsync = await one_commit_ms(database)
    hall, echo, signed_echoing, each, signed_each = (statistics.median(kind.times) for kind in kinds)
    print(
        f"{count:5d} terminals: last receipt after {hall:.1f} ms; {hall / fsync:.0f} single commits of {fsync:.2f} ms"
    )
    print("      against                     bare              checking and signing, too")
    for words, bare, like in (("an echo", echo, signed_echoing), ("a commit each", each, signed_each)):
        print(f"      {words:<20}{bare:7.1f} ms: {hall / bare:4.2f}   {like:7.1f} ms: {hall / like:4.2f}", flush=True)


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
