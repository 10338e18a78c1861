"""When consoles, displays and the public page are told that something has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import uvloop

from council.clock import Clock
from council.connected import PUSH_S, Connected
from tests.council.acts_room import Room


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_changes_in_one_instant_are_told_once_and_the_last_of_many_is_told_on_any_loop(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """uvloop makes of a call that is due at once a handle that does not say when."""

    async def main() -> list[int]:
        connected, told, again = Connected(Room().data, Clock()), list[int](), asyncio.Event()

        def tell() -> None:
            told.append(connected._data.rev)
            if len(told) == 2:
                again.set()

        connected.on_live = tell
        for after_s in (PUSH_S, 0.0, 0.0, PUSH_S):
            connected.changed(after_s=after_s)
        while not told:
            await asyncio.sleep(0)
        connected.changed()
        connected.changed(after_s=10)
        await asyncio.wait_for(again.wait(), 20)
        connected.stop()
        return told

    loop = new_loop()
    try:
        assert loop.run_until_complete(main()) == [4, 6]
    finally:
        loop.close()
