"""The processes of a bench: what they are started with, what they have used, and that they end.

A bench never measures itself: servers, terminals and readers each run in a process of their own.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

from websockets.exceptions import ConnectionClosed

from sql.database import Database
from sql.embedded import Embedded
from sql.migrate import migrate

HOUSE = Path(__file__).parents[1] / "hall_house.py"
sys.path.append(str(HOUSE.parents[1]))  # council and town are among the tests, and import each other as such
TICKS = os.sysconf("SC_CLK_TCK")
START_S = 20.0
END_S = 20.0


def _load_house() -> Any:
    spec = importlib.util.spec_from_file_location("hall_house", HOUSE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hall_house"] = module
    spec.loader.exec_module(module)
    return module


house = _load_house()


def run(main: Callable[[], None]) -> None:
    """A whole bench. Ctrl+C and SIGTERM end it and all that it has started, with a word."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("stopped before the end") from None


def start(*arguments: object, **options: Any) -> subprocess.Popen[Any]:
    """This Python in a session of its own: Ctrl+C goes to the bench, which ends its processes in order."""
    return subprocess.Popen([sys.executable, *map(str, arguments)], start_new_session=True, **options)


class Told:
    """A process of this Python that obeys commands: one line to it, one line of JSON back for each."""

    def __init__(self, *arguments: object) -> None:
        self.process = start(*arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    async def ask(self, command: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return await self.answer()

    async def answer(self) -> Any:
        assert self.process.stdout is not None
        line = await asyncio.to_thread(self.process.stdout.readline)
        if not line:
            raise SystemExit(f"a process of the bench has ended: {self.process.args}")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        end(self.process)


def end(process: subprocess.Popen[Any]) -> None:
    """By SIGTERM, and when that does not help by SIGKILL."""
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def process_cpu(pid: int) -> float:
    """CPU seconds, as the kernel counted them."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@asynccontextmanager
async def listening(*arguments: object, port: int) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A server in a process of its own, from when it listens."""
    process = start(*arguments)
    try:
        async with asyncio.timeout(START_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    if process.poll() is not None:
                        raise SystemExit(f"a server of the bench has ended: {process.args}") from None
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break
        yield process
    finally:
        await asyncio.to_thread(end, process)


async def furnished(server: Embedded, members: int) -> Database:
    """An invented council of so many in the server's database, as the hall sees it."""
    await migrate(Database(server.url("owner"), "owner"))
    database = Database(server.url("hall"), "hall")
    await house.furnish(database, members)
    return database


@asynccontextmanager
async def voting_hall(server: Embedded, members: int, *cameras: str) -> AsyncIterator[tuple[int, int]]:
    """The hall in a process of its own, all present, vote 1 open and the clerk's console listening: port, pid."""
    port = free_port()
    async with (
        listening("-P", HOUSE, server.url("hall"), port, *cameras, port=port) as hall,
        house.clerk(f"http://127.0.0.1:{port}") as console,
    ):
        await house.open_sitting(console, members)
        assert (await console.act("OpenVote", vote_n=1, seconds=None))["type"] == "Done"
        reading = asyncio.create_task(forget(console))
        try:
            yield port, hall.pid
        finally:
            reading.cancel()


async def forget(console: Any) -> None:
    """Read and throw away, as a console that nobody looks at."""
    with suppress(ConnectionClosed):
        while True:
            await console.socket.recv()
