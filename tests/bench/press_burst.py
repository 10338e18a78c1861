"""The press burst: N terminals press in the same instant; each press is on disk before its receipt.

Run on demand: `python tests/bench/press_burst.py [N …]` (default 37 450 1000). Compared in one run, with the same
clients: the hall; the same server echoing a receipt without a database; one INSERT and one COMMIT a press on a pool of
10 connections; and one fsync'd commit. Time to the last receipt; the median of several bursts, the kinds by turns.
The issue asks at 450: at most 2.0 times the echo, at most 0.35 of one commit a press.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import importlib.util
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from council.hall.app import UVICORN
from council.protocol import PressOption, Recorded, decode_terminal, encode
from sql.database import Database
from sql.embedded import Embedded
from sql.migrate import migrate
from voting.entries import stamp

spec = importlib.util.spec_from_file_location("hall_house", Path(__file__).parents[1] / "hall_house.py")
assert spec is not None and spec.loader is not None
house = importlib.util.module_from_spec(spec)
sys.modules["hall_house"] = house
spec.loader.exec_module(house)

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


# --- clients: bare asyncio protocols, in a process of their own -----------------------------------------------------


class Client(asyncio.Protocol):
    """A websocket that counts frames of one kind; as little work as can be."""

    def __init__(self, path: str, desk_no: int, hello: bool) -> None:
        self.path, self.desk_no, self.hello = path, desk_no, hello
        self.ready = asyncio.get_running_loop().create_future()
        self.answered: asyncio.Future[float] | None = None
        self.buffer = b""
        self.upgraded = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer {house.key(self.desk_no)}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.upgraded:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head, head
            self.upgraded, self.buffer = True, rest
            if self.hello:
                self.send({"type": "Hello", "protocol": 1, "boot": house.boot_of(self.desk_no), "lang": "en"})
            else:
                self.ready.set_result(None)
        while len(self.buffer) >= 2:
            length, start = self.buffer[1], 2
            if length == 126:
                if len(self.buffer) < 4:
                    return
                (length,), start = struct.unpack("!H", self.buffer[2:4]), 4
            if len(self.buffer) < start + length:
                return
            frame, self.buffer = self.buffer[start : start + length], self.buffer[start + length :]
            if b'"Recorded"' in frame and self.answered is not None and not self.answered.done():
                self.answered.set_result(time.perf_counter())
            elif b'"Refused"' in frame:
                raise SystemExit(frame.decode())
            elif b'"ChamberState"' in frame and not self.ready.done():
                self.ready.set_result(None)

    def send(self, message: dict[str, Any]) -> None:
        self.transport.write(masked(message))


def masked(message: dict[str, Any]) -> bytes:
    data = json.dumps(message).encode()
    length = struct.pack("!B", 0x80 | len(data)) if len(data) < 126 else struct.pack("!BH", 0x80 | 126, len(data))
    return b"\x81" + length + b"\0\0\0\0" + data  # a mask of zeros


async def clients(port: int, path: str, count: int) -> None:
    """Reads vote numbers from standard input; for each, all press at once; writes the ms to the last receipt."""
    loop = asyncio.get_running_loop()
    hello = path.startswith("/ws")
    lines = [Client(path, n, hello) for n in range(1, count + 1)]
    for line in lines:
        await loop.create_connection(lambda line=line: line, "127.0.0.1", port)
    await asyncio.gather(*(line.ready for line in lines))
    print("ready", flush=True)
    pings = asyncio.create_task(ping(lines)) if hello else None
    press_n = 0
    while word := await asyncio.to_thread(sys.stdin.readline):
        press_n += 1
        frames = []
        for line in lines:
            line.answered = loop.create_future()
            frames.append(masked({"type": "PressOption", "boot": house.boot_of(line.desk_no), "n": press_n,
                                  "vote_n": int(word), "option": "for"}))  # fmt: skip
        start = time.perf_counter()
        for line, frame in zip(lines, frames, strict=True):
            line.transport.write(frame)
        times = await asyncio.gather(*(line.answered for line in lines))
        print(f"{(max(times) - start) * 1000:.3f}", flush=True)
    if pings is not None:
        pings.cancel()


async def ping(lines: list[Client]) -> None:
    while True:
        await asyncio.sleep(3)
        for line in lines:
            line.send({"type": "Ping", "t": 0})


# --- the run ----------------------------------------------------------------------------------------------------------


class Burst:
    """The clients of one kind of server."""

    def __init__(self, port: int, path: str, count: int) -> None:
        command = [sys.executable, str(Path(__file__)), "--clients", str(port), path, str(count)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.times: list[float] = []

    async def ready(self) -> None:
        assert self.process.stdout is not None
        assert (await asyncio.to_thread(self.process.stdout.readline)).strip() == "ready"

    async def press(self, keep: bool = True) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("1\n")
        self.process.stdin.flush()
        took = float(await asyncio.to_thread(self.process.stdout.readline))
        if keep:
            self.times.append(took)

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


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
            kinds = {
                "hall": Burst(running.port, "/ws/terminal", count),
                "echo": Burst(port, "/echo", count),
                "commit each": Burst(port, "/commit", count),
            }
            for burst in kinds.values():
                await burst.ready()
            for turn in range(rounds + 2):
                for burst in kinds.values():
                    await burst.press(keep=turn >= 2)
                    await asyncio.sleep(0.25)
            fsync = await one_commit_ms(control_hall := await database.connect(), clock)
            await control_hall.close()
            for burst in kinds.values():
                burst.end()
            drain.cancel()
    pool.terminate()
    await control.execute(f"drop database {name} with (force)")
    await control.close()
    hall, echo, each = (statistics.median(burst.times) for burst in kinds.values())
    print(
        f"{count:5d} terminals: last receipt {hall:7.1f} ms | echo {echo:7.1f} ms, ratio {hall / echo:4.2f} | "
        f"commit each {each:7.1f} ms, ratio {hall / each:4.2f} | one commit {fsync:5.2f} ms, multiple {hall / fsync:5.1f}",
        flush=True,
    )


async def forget(console: Any) -> None:
    while True:
        await console.socket.recv()


async def main(counts: list[int], rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="hlasno-bench-") as folder, Embedded(Path(folder) / "pg") as server:
        for count in counts:
            await measure(server, count, rounds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--clients"]:
        uvloop.run(clients(int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
    else:
        arguments = argparse.ArgumentParser(description=__doc__)
        arguments.add_argument("count", type=int, nargs="*", default=[37, 450, 1000])
        arguments.add_argument("--rounds", type=int, default=15)
        given = arguments.parse_args()
        uvloop.run(main(given.count, given.rounds))
