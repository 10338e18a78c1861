"""The demo's own clerk: a console without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from council.commands import demo, demo_clerk, web
from council.commands.demo_clerk import Console, DemoFailed
from council.protocol import BadMessage


class Line:
    """A hall's websocket that says what it is given, then is lost when it is told to."""

    def __init__(self, *frames: str) -> None:
        self.frames = frames
        self.lost = asyncio.Event()

    @asynccontextmanager
    async def connect(self, *_: Any, **__: Any) -> AsyncIterator[Line]:
        yield self

    async def send(self, _: str) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[str]:
        for frame in self.frames:
            yield frame
        await self.lost.wait()


@pytest.mark.parametrize("turns", range(6))
async def test_console_ended_in_the_moment_its_line_is_lost_ends(turns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line()
    monkeypatch.setattr(demo_clerk, "connect", line.connect)
    running = asyncio.create_task(Console("http://127.0.0.1:1", "", "s").run())
    await asyncio.sleep(0.01)
    line.lost.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running}, timeout=1)
    assert running.cancelled()


async def test_demo_whose_console_ends_says_why_instead_of_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_clerk, "connect", Line("not of the protocol").connect)
    console = Console("http://127.0.0.1:1", "", "s")
    running = asyncio.create_task(console.run())
    async with asyncio.timeout(10):
        with pytest.raises(BadMessage):
            await demo.beside([running], console.until(lambda state: False))


async def test_site_that_has_another_sitting_is_not_the_demos(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    monkeypatch.setattr(demo, "READY_SECONDS", 0.5)
    async with await asyncio.start_server(answer, "127.0.0.1", free_port):
        with pytest.raises(DemoFailed, match=r"s\.json does not answer; what its part says is in logs"):
            await demo.answers(f"http://127.0.0.1:{free_port}/s.json", Path("logs"))


def test_demo_on_a_port_that_is_taken_says_so_before_anything_starts(tmp_path: Path, free_port: int) -> None:
    taken = web.listen("127.0.0.1", free_port)
    taken.listen()
    try:
        with pytest.raises(web.PortTaken, match=f":{free_port} "):
            demo.demo(tmp_path, free_port - 1, 1, once=True)
    finally:
        taken.close()
    assert list(tmp_path.iterdir()) == []
