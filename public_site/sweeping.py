"""Copies of footage that go by themselves: clips of what is deleted or withheld, though nobody asks for them any more;
clips and what was fetched from archives while the disk is short of room, which is the recorder's."""

from __future__ import annotations

import asyncio
import logging
import time

from public_site.clip_pages import still_shown
from public_site.site import Site
from streaming.clip_jobs import Clips

log = logging.getLogger(__name__)

ROOM_S, LOOK_S = 30.0, 600.0  # between two looks at the disk, and at what the clips show


async def sweep(site: Site) -> None:
    """For ever."""
    looked_at = -LOOK_S
    while True:
        try:
            await asyncio.to_thread(site.shelf.give_room)
            if site.clips is not None:
                await asyncio.to_thread(site.clips.give_room)
                if time.monotonic() >= looked_at + LOOK_S:
                    looked_at = time.monotonic()
                    await _forget_hidden(site, site.clips)
        except Exception as error:  # a database that is away: the next time
            log.warning("not_swept error=%s", type(error).__name__)
        await asyncio.sleep(ROOM_S)


async def _forget_hidden(site: Site, clips: Clips) -> None:
    for key, job in clips.all():
        if not await still_shown(site, job):
            clips.forget(key)
