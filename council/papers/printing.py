"""Papers made on request: set once, kept, and never more than a few at a time.

A PDF is CPU work of a tenth of a second, so it runs in a thread (typst lets go of the interpreter), and a crowd that
asks for the same paper waits for the same one. What is kept is found by everything the paper was made from, so nothing
old is ever handed out for something new.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable

from council.papers.chronicle import Chronicle
from council.papers.minutes import minutes
from council.papers.paper import Paper
from council.papers.seal import Seal, Setting
from council.papers.sheet import sheet
from council.papers.typeset import compiled

AT_ONCE = 2  # papers set at the same time
KEPT_BYTES = 32 * 1024 * 1024  # of PDFs kept in memory


class Press:
    """One process's papers. `made` counts those set since it was created."""

    def __init__(self, kept_bytes: int = KEPT_BYTES, at_once: int = AT_ONCE) -> None:
        self.made = 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._most = kept_bytes
        self._bytes = 0
        self._running: dict[Hashable, asyncio.Task[bytes]] = {}
        self._room = asyncio.Semaphore(at_once)

    async def pdf(self, key: Hashable, paper: Callable[[], Paper]) -> bytes:
        """The PDF of `paper()`, which is called only if it is neither kept nor being made. What `paper` raises is
        raised to everyone who waits for it."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._make(key, paper()))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)  # who goes away does not stop what others wait for

    async def _make(self, key: Hashable, paper: Paper) -> bytes:
        async with self._room:
            made = await asyncio.to_thread(compiled, paper)
        self.made += 1
        self._kept[key] = made
        self._bytes += len(made)
        while self._bytes > self._most and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped)
        return made

    async def sheet_pdf(self, chronicle: Chronicle, n: int, seal: Seal | None, setting: Setting) -> bytes:
        """The sheet of vote `n`. Raises NoSheet."""
        key = (chronicle.record.sitting, n, chronicle.record.last_seq, seal, setting)
        return await self.pdf(key, lambda: sheet(chronicle, n, seal, setting))

    async def minutes_pdf(self, chronicle: Chronicle, seal: Seal | None, setting: Setting) -> bytes:
        key = (chronicle.record.sitting, None, chronicle.record.last_seq, seal, setting)
        return await self.pdf(key, lambda: minutes(chronicle, seal, setting))
