"""A connection as the chamber sees it: something that takes frames at once and never makes it wait.

Frames wait in an outbox that the connection's own task empties. A state replaces an older state of its kind that is
still waiting (nobody needs yesterday's countdown); receipts and refusals are all kept, in order. A connection that
does not read is closed when too much waits or has waited too long: it comes back and gets the present state.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable

from council.message import Message
from council.protocol import encode
from council.words import LANGUAGES

logger = logging.getLogger(__name__)

OUTBOX_BYTES = 65_536
OUTBOX_S = 10.0
SILENCE_S = 10.0  # clients ping every second

# Close codes of the hall's sockets (4000-4999 are the application's own).
REPLACED = 4001  # a newer connection of the same terminal came
WRONG_PROTOCOL = 4002
MEMBER_ELSEWHERE = 4003
REVOKED = 4004  # the key was revoked, or the clerk signed out
BAD_MESSAGES = 4005
TOO_SLOW = 4006
SILENT = 4007
RESTART = 1012  # come again: the hall or the sitting changes

Send = Callable[[str], Awaitable[None]]
Write = Callable[[str], bool]
Close = Callable[[int], Awaitable[None]]


class Link:
    """One websocket's sending side. `put` and `close` return at once; `run` is the connection's own task."""

    def __init__(
        self, send: Send, close: Close, abort: Callable[[], None], write: Write | None = None, lang: str = "uk"
    ) -> None:
        """write: hand a frame to the line at once, if it takes it all; False: not now, and nothing was written."""
        self.lang = lang
        self.reads: str | None = None  # the language of its page; None: it has not said, and is told in all
        self.heard_at = time.monotonic()
        self.bucket = Bucket()
        self.answered: Callable[[Message], None] | None = None  # hears what is put, though the line be gone
        self._send = send
        self._close = close
        self._abort = abort
        self._write = write
        self._outbox: deque[list[str]] = deque()  # [kind, frame]; an emptied frame was replaced by a later one
        self._slots: dict[str, list[str]] = {}  # kind -> the waiting state of that kind
        self._bytes = 0
        self._wake = asyncio.Event()
        self._busy_since: float | None = None
        self.close_code: int | None = None

    def speak(self, lang: str | None) -> None:
        """As its page does; None: it has not said."""
        if lang is not None:
            self.lang, self.reads = lang, lang if lang in LANGUAGES else "en"

    def put(self, message: Message) -> None:
        """A receipt, a refusal, an answer: kept, in order."""
        if self.answered is not None:
            self.answered(message)
        self.put_frame(encode(message))

    def put_state(self, message: Message) -> None:
        """A state: the latest of its kind wins."""
        self.put_frame(encode(message), type(message).__name__)

    def put_frame(self, frame: str, kind: str = "") -> None:
        """An encoded message; `kind` names a state's slot. For many connections: encode once, put the same frame."""
        if self.close_code is not None:
            return
        if self._busy_since is None and self._write is not None and self._write(frame):
            return
        if kind:
            waiting = self._slots.get(kind)
            if waiting is not None:
                self._bytes -= len(waiting[1])
                waiting[1] = ""
        entry = [kind, frame]
        if kind:
            self._slots[kind] = entry
        self._outbox.append(entry)
        self._bytes += len(frame)
        if self._busy_since is None:
            self._busy_since = time.monotonic()
        # One state may be larger than the limit (a big council's console): what waits beyond it counts.
        elif self._bytes - len(frame) > OUTBOX_BYTES or time.monotonic() - self._busy_since > OUTBOX_S:
            self.close(TOO_SLOW)
        self._wake.set()

    def close(self, code: int) -> None:
        """Close after what waits has been sent; where the other side does not read, cut the line at once."""
        if self.close_code is None:
            self.close_code = code
            self._wake.set()
            if code in (TOO_SLOW, SILENT):
                logger.info("link_cut code=%d waiting_bytes=%d", code, self._bytes)
                self._abort()

    def cut(self) -> None:
        """For a line that is being closed and does not take even that."""
        self._abort()

    async def run(self) -> None:
        """Send until closed. Ends when `close` was asked for and carried out; `send` raises when the line is gone."""
        while True:
            while self._outbox:
                kind, frame = entry = self._outbox.popleft()
                if kind and self._slots.get(kind) is entry:
                    del self._slots[kind]
                if frame:
                    self._bytes -= len(frame)
                    await self._send(frame)
            if self.close_code is not None:
                await self._close(self.close_code)
                return
            self._busy_since = None
            self._wake.clear()
            await self._wake.wait()


class Bucket:
    """A token bucket: `rate` messages a second, `burst` at once."""

    def __init__(self, rate: float = 20.0, burst: float = 40.0) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = time.monotonic()

    def take(self) -> bool:
        """Whether one more message may come in now."""
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
