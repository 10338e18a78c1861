"""When the hall's process looks for garbage: once nothing is on its way, and at everything once no vote is open."""

from __future__ import annotations

import asyncio
import gc
import weakref
from types import SimpleNamespace

import pytest

from council.hall import garbage


class Circle:
    """Only looking finds it."""

    def __init__(self) -> None:
        self.itself = self


async def gone(circle: weakref.ref[Circle]) -> None:
    async with asyncio.timeout(20):
        while circle() is not None:
            await asyncio.sleep(0.01)


async def test_garbage_is_found_when_no_press_is_on_its_way_and_old_garbage_when_no_vote_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(garbage, "LOOK_S", 0.01)
    monkeypatch.setattr(garbage, "LOOK_AT_ALL_S", 0.0)
    before, vote = gc.get_threshold(), SimpleNamespace(state="open")
    chamber = SimpleNamespace(not_written_since=None, waiting=1, data=SimpleNamespace(running=vote))
    async with garbage.found_at_rest(SimpleNamespace(chambers=(chamber,))):  # type: ignore[arg-type]
        kept = Circle()
        gc.collect()  # what outlives it is old
        old, new = weakref.ref(kept), weakref.ref(Circle())
        del kept
        await asyncio.sleep(0.1)
        assert new() is not None
        chamber.waiting = 0
        await gone(new)
        assert old() is not None
        chamber.data.running = None
        await gone(old)
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)
