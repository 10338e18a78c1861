"""Where a desk program's keys come from: standard input, or a script; and the rule of two keys at once.

A key is a digit, used at once, or a word with what belongs to it, ended by Enter: `p`, `leave`, `card 12345678` (a card
reader is set to put `card ` before the number), `pin 1234` (`pin 1234 MEMBER`: of another than the seating names),
`speech`, `reply`, `question`, `order`, `withdraw`, `recuse`. Source of the rule: HALL.md, "two keys within 80 ms: none
is sent".
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Final

from council.protocol_acts import FloorKindText

DIGITS: Final = frozenset("123456789")  # the voting keys: for, against, abstain; or candidates, and to abstain
PRESENT: Final = ("p", "7")
FLOOR: Final[dict[str, FloorKindText]] = {
    "speech": "speech",
    "reply": "reply",
    "question": "question",
    "order": "point_of_order",
}
WORDS: Final = re.compile(
    rf"p|leave|withdraw|recuse|{'|'.join(FLOOR)}|card \S{{4,64}}|pin [0-9]{{4,12}}( \S{{1,127}})?"
)
CLASH: Final = "clash"  # stands for two different voting keys pressed together
SETTLE_SECONDS = 0.08


class BadScript(ValueError):
    """A script of keys has a line that is not `<seconds> <key>`; the text names the line."""


async def settled(keys: AsyncIterator[str]) -> AsyncIterator[str]:
    """The keys, but two different voting keys within 80 ms give one CLASH, and the same one twice is one.

    A voting key is therefore held back for 80 ms."""
    coming = asyncio.ensure_future(anext(keys, None))
    try:
        while (key := await coming) is not None:
            coming = asyncio.ensure_future(anext(keys, None))
            if key in DIGITS:
                while (await asyncio.wait({coming}, timeout=SETTLE_SECONDS))[0]:
                    other = coming.result()
                    if other not in DIGITS:
                        break
                    key = key if other == key else CLASH
                    coming = asyncio.ensure_future(anext(keys, None))
            yield key
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await coming


def from_script(path: Path) -> AsyncIterator[str]:
    """The keys of a file of lines `<seconds> <key>`, as `2.5 1` or `3 card 12345678`, each at its time after the start;
    # begins a remark.

    Raises BadScript, OSError at once: before anything is connected."""
    return _played(list(read_script(path.read_text("utf-8"))))


async def _played(script: Sequence[tuple[float, str]]) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    start = loop.time()
    for seconds, key in script:
        await asyncio.sleep(start + seconds - loop.time())
        yield key


def read_script(text: str) -> Iterator[tuple[float, str]]:
    """The script's (seconds, key), in order of time. Raises BadScript."""
    last = 0.0
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        seconds, *rest = words
        key = " ".join(rest)
        try:
            if not rest:
                raise ValueError
            at = float(seconds)
        except ValueError:
            raise BadScript(f"line {number}: {line!r} is not <seconds> <key>, for example: 2.5 1") from None
        if not last <= at < 86_400:
            raise BadScript(f"line {number}: the times must go up, from 0 to a day")
        if key not in DIGITS and not WORDS.fullmatch(key):
            raise BadScript(f"line {number}: there is no key {key!r}; the keys are 1 to 9, p, leave, card N, pin N, …")
        last = at
        yield at, key


async def from_standard_input() -> AsyncIterator[str]:
    """Keys as they are pressed, until the input ends: digits at once (on a terminal without Enter), words at Enter."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str] = asyncio.Queue()
    word = ""
    with _single_keys():
        threading.Thread(target=_read, args=(loop, queue), name="keys", daemon=True).start()
        while char := await queue.get():
            if char in "\r\n":
                key, word = " ".join(word.split()), ""
                if WORDS.fullmatch(key):
                    yield key
            elif word or not (char.isdigit() or char.isspace()):
                word += char
            elif char.isdigit():
                yield char
        if WORDS.fullmatch(" ".join(word.split())):
            yield " ".join(word.split())


def _read(loop: asyncio.AbstractEventLoop, queue: asyncio.Queue[str]) -> None:
    char = "-"
    while char:
        try:
            char = os.read(sys.stdin.fileno(), 1).decode("ascii", "replace")
        except OSError:  # the terminal is gone
            char = ""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(queue.put_nowait, char)


@contextlib.contextmanager
def _single_keys() -> Iterator[None]:
    """A terminal gives each key at once, without echo; as before afterwards. Anything else is left as it is."""
    if not sys.stdin.isatty():
        yield
        return
    import termios
    import tty

    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    tty.setcbreak(fd)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(fd, termios.TCSANOW, before)
