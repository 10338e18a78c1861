"""When Python looks for garbage in the hall's process: while it rests, not in the middle of a burst.

Nearly all memory is free again without looking; only what refers to itself in a circle has to be found. Left to itself
Python looks at what is new several times in a burst, and now and then at everything that the hall knows, for 50 to
100 ms in which no press is taken.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from council.hall.process import Hall

LOOK_S = 1.0  # at what is new
LOOK_AT_ALL_S = 60.0
MOST_NEW = 100_000  # objects; from then on Python looks by itself, whatever goes on: a burst of 1,000 makes a tenth


@asynccontextmanager
async def found_at_rest(hall: Hall) -> AsyncIterator[None]:
    """For the hall's own process, of which it changes the settings; what was loaded by now is never looked at again."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(MOST_NEW)
    looking = asyncio.create_task(_look(hall), name="garbage")
    try:
        yield
    finally:
        looking.cancel()
        gc.set_threshold(*before)
        gc.unfreeze()


async def _look(hall: Hall) -> None:
    loop = asyncio.get_running_loop()
    looked_at_all = loop.time()
    while True:
        await asyncio.sleep(LOOK_S)
        if any(chamber.not_written_since is not None or chamber.waiting for chamber in hall.chambers):
            continue
        if loop.time() - looked_at_all >= LOOK_AT_ALL_S and not _voting(hall):
            gc.collect()
            looked_at_all = loop.time()
        else:
            gc.collect(1)


def _voting(hall: Hall) -> bool:
    running = (chamber.data.running for chamber in hall.chambers)
    return any(vote is not None and vote.state == "open" for vote in running)
