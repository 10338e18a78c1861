"""What keeps the parts of a house running: it outlives whatever keeps a part from starting."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path
from typing import Any, cast

import pytest

from council.commands import serve


async def test_part_that_cannot_be_started_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "BACKOFF_SECONDS", (0.01,))
    logs = tmp_path / "logs"
    part = serve.Child("part", ("-c", "import time; time.sleep(60)"), logs / "part.log")
    keeping = asyncio.create_task(part.keep())
    await asyncio.sleep(0.05)
    assert not keeping.done() and part.process is None
    logs.mkdir()
    async with asyncio.timeout(20):
        while part.process is None:
            await asyncio.sleep(0.01)
    keeping.cancel()
    await asyncio.wait({keeping}, timeout=20)
    assert keeping.cancelled() and part.process.returncode is not None


class FullDisk:
    """An embedded server that is gone, and for whose files there is no room at first."""

    def __init__(self) -> None:
        self.tries = 0

    def alive(self) -> bool:
        return self.tries > 1

    def start(self) -> None:
        self.tries += 1
        if self.tries == 1:
            raise OSError(errno.ENOSPC, "No space left on device")


async def test_database_that_cannot_be_started_for_want_of_room_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "EMBEDDED_SECONDS", 0.01)
    monkeypatch.setattr(serve, "BACKOFF_SECONDS", (0.01,))
    embedded = FullDisk()
    keeping = asyncio.create_task(serve.keep_embedded(cast(Any, embedded)))
    async with asyncio.timeout(20):
        while not embedded.alive():
            assert not keeping.done()
            await asyncio.sleep(0.01)
    keeping.cancel()
    await asyncio.wait({keeping}, timeout=20)
