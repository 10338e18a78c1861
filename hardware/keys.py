"""Where a desk program's keys come from: standard input, or a script; and the rule of two keys at once.

Source of the rule: HALL.md, "two keys within 80 ms: none is sent".
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Final

from council.state_parts import ChosenOption

OPTIONS: Final[dict[str, ChosenOption]] = {"1": "for", "2": "against", "3": "abstain"}
PRESENT: Final = ("p", "7")
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
            if key in OPTIONS:
                while (await asyncio.wait({coming}, timeout=SETTLE_SECONDS))[0]:
                    other = coming.result()
                    if other not in OPTIONS:
                        break
                    key = key if other == key else CLASH
                    coming = asyncio.ensure_future(anext(keys, None))
            yield key
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await coming


def from_script(path: Path) -> AsyncIterator[str]:
    """The keys of a file of lines `<seconds> <key>`, each at its time after the start; # begins a remark.

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
        try:
            seconds, key = words
            at = float(seconds)
        except ValueError:
            raise BadScript(f"line {number}: {line!r} is not <seconds> <key>, for example: 2.5 1") from None
        if not last <= at < 86_400:
            raise BadScript(f"line {number}: the times must go up, from 0 to a day")
        if key not in (*OPTIONS, *PRESENT):
            raise BadScript(f"line {number}: there is no key {key!r}; the keys are 1, 2, 3 and p")
        last = at
        yield at, key


async def from_standard_input() -> AsyncIterator[str]:
    """Single keys as they are pressed (on a terminal without Enter), until the input ends."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str] = asyncio.Queue()
    with _single_keys():
        threading.Thread(target=_read, args=(loop, queue), name="keys", daemon=True).start()
        while key := await queue.get():
            if not key.isspace():
                yield key


def _read(loop: asyncio.AbstractEventLoop, queue: asyncio.Queue[str]) -> None:
    key = "-"
    while key:
        try:
            key = os.read(sys.stdin.fileno(), 1).decode("ascii", "replace")
        except OSError:  # the terminal is gone
            key = ""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(queue.put_nowait, key)


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
