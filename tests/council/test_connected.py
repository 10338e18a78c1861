"""When consoles, displays and the public page are told that something has changed, and in which languages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from council.clock import Clock
from council.connected import PUSH_S, Connected
from council.links import Link
from council.words import LANGUAGES
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


async def test_consoles_are_told_in_the_languages_that_some_of_them_read_and_in_all_where_one_has_not_said() -> None:
    async def unused(_: object) -> None:
        raise AssertionError("the line takes what it is given at once")

    def joined(lang: str | None) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []

        def write(frame: str) -> bool:
            told.append(json.loads(frame))
            return True

        link = Link(unused, unused, lambda: None, write)
        link.speak(lang)
        connected.join_console(link, closes=False)
        return told

    def languages(told: list[dict[str, Any]]) -> list[set[str]]:
        return [set(frame["presets"][0]["text"] if "presets" in frame else frame["prompt"]) for frame in told]

    connected = Connected(Room().data, Clock())
    first, second, third = joined("uk"), joined("en"), joined("xx")
    connected.changed()
    async with asyncio.timeout(20):
        while len(first) < 3:
            await asyncio.sleep(0.01)
    assert languages(first) == [{"uk"}, {"uk"}, {"uk", "en"}]
    assert languages(second) == [{"en"}, {"uk", "en"}, {"uk", "en"}]
    assert languages(third)[0] == {"en"}, "a language that the pages do not speak"
    assert languages(joined(None)) == [set(LANGUAGES)] * 2
    connected.stop()
