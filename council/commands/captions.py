"""`council captions draft`: a first draft of captions by a speech program on this machine."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from council import captions as versions
from council import store
from council.access import MACHINE, StaffAct
from council.access.audit import write
from council.archives import shelf
from council.caption_draft import NotDrafted, Wanted, draft, seen
from council.commands import ground
from council.config import Config, load
from streaming import index
from streaming.errors import StreamingError
from streaming.index import Window
from streaming.speech import Recogniser
from streaming.speech_whisper import Whisper


def captions(options: argparse.Namespace) -> int:
    """Raises ConfigError, StoreError, OSError."""
    config = load(options.config)
    try:
        with ground.borrow(config) as at:
            asyncio.run(_draft(at, config, options))
    except versions.Overtaken:
        return _refused("Somebody changed these captions meanwhile; theirs stand. Begin again, if a draft is wanted.")
    except versions.Full:
        return _refused(f"There are {versions.VERSIONS} versions of this sitting's captions: no more are taken.")
    except (NotDrafted, StreamingError) as refusal:
        return _refused(str(refusal))
    return 0


def _refused(sentence: str) -> int:
    print(f"council captions: {sentence}", file=sys.stderr)
    return 1


async def _draft(at: ground.Ground, config: Config, options: argparse.Namespace) -> None:
    connection = await at.database("hall").connect()
    try:
        plan = await store.load_plan(connection, options.sitting)
        zone = ZoneInfo(plan.body.timezone)
        wanted = await _wanted(connection, config, options, plan.body.id, zone)
        await seen(connection, wanted.sitting, wanted.language)
        recogniser: Recogniser = await asyncio.to_thread(Whisper, options.model, wanted.language)

        def told(until: datetime) -> None:
            print(f"listened until {until.astimezone(zone):%H:%M:%S}", file=sys.stderr, flush=True)

        count = await draft(connection, wanted, recogniser, shelf(config), lambda: datetime.now(UTC), told)
        detail = f"{wanted.language}: {count} cues drafted by {recogniser.name}"
        await write(
            connection, [StaffAct(datetime.now(UTC), MACHINE, "", "captions_changed", wanted.sitting, detail[:500])]
        )
        print(
            f"{count} captions are drafted. Everybody is told that a machine wrote them, until somebody has read them"
        )
        print(f"through in the hall, on the page /prepare/{wanted.sitting}/captions/{wanted.language}")
    finally:
        await connection.close()


async def _wanted(connection: Any, config: Config, options: argparse.Namespace, body: str, zone: ZoneInfo) -> Wanted:
    window = await index.sitting_window(connection, options.sitting, withheld=True)
    if window is None or window.start >= window.end:
        raise NotDrafted(f"There is no recording of {options.sitting}.")
    start = _time(options.start, window, zone) or window.start
    end = _time(options.end, window, zone) or window.end
    if start >= end:
        raise NotDrafted("--from is not before --to.")
    filmed = await versions.cameras(connection, body, window.start, window.end)
    if options.camera is not None:
        if options.camera not in filmed:
            raise NotDrafted(
                f"Camera {options.camera} recorded nothing of it. There are: {', '.join(filmed) or 'none'}."
            )
        filmed = [options.camera]
    order = {camera.id: n for n, camera in enumerate(config.file.camera)}
    return Wanted(
        options.sitting, options.language, sorted(filmed, key=lambda id_: order.get(id_, len(order))), start, end
    )


def _time(typed: str | None, window: Window, zone: ZoneInfo) -> datetime | None:
    if typed is None:
        return None
    found = versions.moments(typed if typed.count(":") == 2 else f"{typed}:00", window.start, window.end, zone)
    if not found:
        raise NotDrafted(f"{typed} is no time of day within the recording. Expected: 10:26:23.")
    if len(found) > 1:
        day = found[0].astimezone(zone).date()
        raise NotDrafted(f"It was {typed} more than once. Put the day before it, as in '{day} {typed}'.")
    return found[0]
