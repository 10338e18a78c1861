"""A hall in a process of its own, to be killed; desks that press on; and a clerk who repeats an act until it holds."""

from __future__ import annotations

import asyncio
import random
import secrets
import sys
import tempfile
import urllib.request
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from types import ModuleType
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake

OPTIONS = ("for", "against", "abstain")


class Process:
    """`tests/hall_house.py` run as a program on `port`, over the database at `url`."""

    def __init__(self, house: ModuleType, url: str, port: int) -> None:
        self.command = (sys.executable, "-P", house.__file__, url, str(port))
        self.url = f"http://127.0.0.1:{port}"
        self.starts = 0
        self.child: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Returns as soon as it answers."""
        with tempfile.TemporaryFile() as said:  # a pipe that nobody reads would halt it once it is full
            self.child = await asyncio.create_subprocess_exec(*self.command, stderr=said)
            self.starts += 1
            async with asyncio.timeout(60):
                while not await asyncio.to_thread(self._answers):
                    assert self.child.returncode is None, said.seek(0) or said.read().decode()
                    await asyncio.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    async def kill(self) -> None:
        """kill -9."""
        if self.child is None:
            return
        if self.child.returncode is None:
            self.child.kill()
        await self.child.wait()

    async def __aenter__(self) -> Process:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()


class Clerk:
    """A clerk whose console comes back by itself: an act is repeated, with the same id, until the hall has answered."""

    def __init__(self, house: ModuleType, url: str, cookie: str) -> None:
        self._house, self._url, self._cookie = house, url, cookie
        self.repeats = 0

    async def act(self, type_: str, *, within_s: float = 60.0, **fields: Any) -> dict[str, Any]:
        """The hall's answer: Done or Refused."""
        act = secrets.token_hex(8)
        async with asyncio.timeout(within_s):
            while True:
                with suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                    async with self._house.clerk(self._url, cookie=self._cookie) as console:
                        await console.send(type_, act=act, **fields)
                        answer: dict[str, Any] = await console.until(lambda m: m.get("act") == act, 5.0)
                        if answer["type"] == "Done" or answer["code"] not in ("no_database", "internal"):
                            return answer
                self.repeats += 1
                await asyncio.sleep(0.1)

    async def done(self, type_: str, **fields: Any) -> None:
        answer = await self.act(type_, **fields)
        assert answer["type"] == "Done", answer


async def signed_in(house: ModuleType, url: str, *who: str) -> Clerk:
    status, cookie = await asyncio.to_thread(house.sign_in, url, *who)
    assert status == 303, status
    return Clerk(house, url, cookie)


@asynccontextmanager
async def running(desks: Iterable[Any]) -> AsyncIterator[list[Any]]:
    """The desks' programs, each with a connection of its own."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(desk) for desk in desks]


class Hands:
    """Each desk presses, thinks again, presses: until told to stop. Votes may come and go meanwhile."""

    def __init__(self, seed: int, *, between: tuple[float, float] = (0.02, 0.3)) -> None:
        self.stop = asyncio.Event()
        self._chance = random.Random(seed)
        self._between = between

    async def press(self, desks: Sequence[Any]) -> None:
        await asyncio.gather(*(self._press(desk) for desk in desks))

    async def _press(self, desk: Any) -> None:
        while not self.stop.is_set():
            if desk.state.may_press:
                desk.press(self._chance.choice(OPTIONS))
            await asyncio.sleep(self._chance.uniform(*self._between))


async def settle(desks: Iterable[Any], seconds: float = 30.0) -> None:
    """Until every desk is linked and none has a press without an answer."""
    await asyncio.gather(*(desk.until(lambda d: d.state.linked and d.state.pending is None, seconds) for desk in desks))
