"""Papers made on request: set once, kept, and never more than a few at a time.

Making one is CPU work of up to a tenth of a second, so it runs in a thread (typst lets go of the interpreter), and a
crowd that asks for the same paper waits for the same one. What is kept is found by everything the paper was made from,
so nothing old is ever handed out for something new.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Literal

from council.papers import plain
from council.papers.chronicle import Chronicle
from council.papers.minutes import minutes
from council.papers.paper import Paper
from council.papers.seal import Seal, Setting
from council.papers.sheet import sheet
from council.papers.typeset import compiled

AT_ONCE = 2  # papers set at the same time
KEPT_BYTES = 32 * 1024 * 1024  # of papers kept in memory

Form = Literal["pdf", "txt"]
FORMS: dict[Form, str] = {"pdf": "application/pdf", "txt": "text/plain; charset=utf-8"}  # and their media types


class Press:
    """One process's papers. `count`: how many were made since it was created."""

    def __init__(self, kept_bytes: int = KEPT_BYTES, at_once: int = AT_ONCE) -> None:
        self.count = 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._most = kept_bytes
        self._bytes = 0
        self._running: dict[Hashable, asyncio.Task[bytes]] = {}
        self._room = asyncio.Semaphore(at_once)

    async def paper(self, told: Chronicle, n: int | None, seal: Seal | None, setting: Setting, form: Form) -> bytes:
        """The sheet of vote `n`, or the minutes for None, as its file's bytes. Raises NoSheet.

        A sheet is put together at once; the minutes are in a thread, so `told` must not change meanwhile."""
        key = (told.record.sitting, n, told.record.last_seq, seal, setting, form)
        if n is not None and key not in self._kept and key not in self._running:
            made = sheet(told, n, seal, setting)
            return await self.made(key, lambda: written(made, form))
        return await self.made(key, lambda: written(minutes(told, seal, setting), form))

    async def made(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """What `make()` answers, called in a thread and only if it is neither kept nor being made. What it raises is
        raised to everyone who waits for it."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._make(key, make))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)  # who goes away does not stop what others wait for

    async def _make(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        async with self._room:
            made = await asyncio.to_thread(make)
        self.count += 1
        self._kept[key] = made
        self._bytes += len(made)
        while self._bytes > self._most and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped)
        return made


def written(paper: Paper, form: Form) -> bytes:
    return compiled(paper) if form == "pdf" else plain.text(paper).encode()
