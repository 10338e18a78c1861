"""What keeps the parts of a house running: it outlives whatever keeps a part from starting."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from council.commands import serve, web
from council.config import load

if TYPE_CHECKING:
    from tests.council.commands.conftest import Council


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


@pytest.mark.parametrize("name", ["public", "hall"])
def test_serve_on_a_port_that_is_taken_says_so_once_and_ends(
    bare_town: Path, council: Council, monkeypatch: pytest.MonkeyPatch, free_port: int, name: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@127.0.0.1:{free_port}/none")  # nothing is asked of it
    address = getattr(load(bare_town / "council.toml").file, name)
    with web.listen(address.host, address.port) as taken:
        taken.listen()
        code, out, err = council(bare_town, "serve")
    (sentence,) = err
    assert (code, out) == (1, "")
    assert sentence.startswith(f"council serve: Cannot listen on 127.0.0.1:{address.port} (")


def test_two_parts_on_one_port_are_refused(free_port: int) -> None:
    web.require_free(("127.0.0.1", free_port))
    with pytest.raises(web.PortTaken, match=f":{free_port} "):
        web.require_free(("127.0.0.1", free_port), ("127.0.0.1", free_port))
