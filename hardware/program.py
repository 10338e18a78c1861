"""The program on a desk that has no screen: keys in, a line out for each change of the lamp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

from hardware.enrolment import Identity
from hardware.keys import CLASH, DIGITS, FLOOR, PRESENT, settled
from hardware.sentences import clash_line, line, no_line
from hardware.terminal import Desk


async def run_terminal(
    hall_url: str,
    identity: Identity,
    keys: AsyncIterator[str],
    show: Callable[[str], None],
    lang: str = "uk",
    receipts: Path | None = None,
) -> None:
    """The desk program: keys in, one line out per change. Ends when `keys` end and the latest press is answered.

    keys: of `keys.py`; what is none is ignored. receipts: a folder for them."""
    async with Desk(hall_url, identity, lang=lang, receipts=receipts) as desk:
        shower = asyncio.create_task(_show_changes(desk, show, lang))
        try:
            async for key in settled(keys):
                if key == CLASH:
                    show(clash_line(lang))
                elif not use(desk, key):
                    show(no_line(lang))
            while desk.state.pending is not None:
                await desk.until(lambda desk: desk.state.pending is None, seconds=86_400)
            await asyncio.sleep(0)  # the last line is shown
        finally:
            shower.cancel()
            with suppress(asyncio.CancelledError):
                await shower


def use(desk: Desk, key: str) -> bool:
    """Do what a key says. False: it needs a connection, and there is none."""
    word, _, rest = key.partition(" ")
    if key in DIGITS and desk.state.may_press:
        choices = desk.state.choices
        if int(key) <= len(choices):
            desk.press(*choices[int(key) - 1])
        return True
    if key in PRESENT:
        desk.arrive()
        return True
    if word in FLOOR:
        return desk.ask_floor(FLOOR[word])
    match word:
        case "card":
            return desk.take_seat(card=rest)
        case "pin":
            pin, _, member = rest.partition(" ")
            return desk.take_seat(pin=pin, member=member or None)
        case "leave":
            return desk.leave()
        case "withdraw":
            return desk.withdraw_floor() or desk.state.linked
        case "recuse":
            return desk.recuse() or desk.state.linked
    return True


async def _show_changes(desk: Desk, show: Callable[[str], None], lang: str) -> None:
    shown = ""
    async for _ in desk.changes():
        text = line(desk.state, lang, rejected=desk.rejected)
        if text != shown:
            show(text)
            shown = text
