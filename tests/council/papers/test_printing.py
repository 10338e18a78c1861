"""Papers on request: a crowd is one paper, what changed is made anew, and only a few are made at once."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest

from council.papers.chronicle import Chronicle, chronicle
from council.papers.printing import Press
from council.papers.seal import Seal, Setting
from council.papers.sheet import NoSheet

UK = Setting("uk", "uk", "https://rada.example")


async def test_crowd_that_asks_for_one_paper_makes_it_once(told: Chronicle, seal: Seal) -> None:
    press = Press()
    papers = await asyncio.gather(*(press.paper(told, 2, seal, UK, "pdf") for _ in range(100)))
    assert press.count == 1
    assert set(papers) == {papers[0]} and papers[0].startswith(b"%PDF-1.7")
    assert await press.paper(told, 2, seal, UK, "pdf") == papers[0]
    assert press.count == 1


async def test_each_language_form_vote_and_state_of_the_record_is_its_own_paper(
    full: Any, told: Chronicle, seal: Seal
) -> None:
    press = Press()
    pdf = await press.paper(told, 2, seal, UK, "pdf")
    shorter = chronicle(told.entries[:-1])  # before the correction was noted
    others = [
        await press.paper(told, 2, seal, UK, "txt"),
        await press.paper(told, 1, seal, UK, "pdf"),
        await press.paper(told, 2, seal, replace(UK, language="ro"), "pdf"),
        await press.paper(told, 2, seal, replace(UK, site="https://other.example"), "pdf"),
        await press.paper(told, 2, None, UK, "pdf"),
        await press.paper(shorter, 2, seal, UK, "pdf"),
        await press.paper(told, None, seal, UK, "pdf"),
    ]
    assert press.count == 1 + len(others)
    assert len({pdf, *others}) == press.count


async def test_vote_that_is_open_is_refused_and_nothing_is_made(full: Any, seal: Seal) -> None:
    running = full.Told()
    running.say(full.opening())
    running.arrive(full.MEMBERS[:9])
    running.open(1, "Пропозиція")
    press = Press()
    with pytest.raises(NoSheet):
        await press.paper(chronicle(running.entries()), 1, seal, UK, "pdf")
    assert press.count == 0


async def test_no_more_are_made_at_once_than_there_is_room() -> None:
    press, running, most, lock = Press(at_once=2), 0, 0, threading.Lock()
    go = threading.Event()

    def make() -> bytes:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go.wait(10)
        with lock:
            running -= 1
        return b"paper"

    asked = [asyncio.create_task(press.made(n, make)) for n in range(6)]
    async with asyncio.timeout(20):
        while running < 2:
            await asyncio.sleep(0.01)
    go.set()
    assert await asyncio.gather(*asked) == [b"paper"] * 6
    assert (most, press.count) == (2, 6)


async def test_reader_who_goes_away_stops_nobody_elses_paper() -> None:
    press, go = Press(), threading.Event()

    def make() -> bytes:
        go.wait(10)
        return b"paper"

    first, second = (asyncio.create_task(press.made("key", make)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    go.set()
    assert await second == b"paper"
    assert press.count == 1


async def test_oldest_are_forgotten_when_there_is_too_much_to_keep() -> None:
    press = Press(kept_bytes=25)
    for key in ("a", "b", "a", "c"):
        await press.made(key, lambda: b"0123456789")
    assert press.count == 3
    await press.made("a", lambda: b"0123456789")
    assert press.count == 3  # it was asked for after b
    await press.made("b", lambda: b"0123456789")
    assert press.count == 4


async def test_paper_that_fails_is_tried_again() -> None:
    press = Press()

    def fail() -> bytes:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await press.made("key", fail)
    await asyncio.sleep(0)
    assert await press.made("key", lambda: b"paper") == b"paper"
