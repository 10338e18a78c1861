"""`council footage move` and `fetch`: old recordings from the disk to an archive, and back. They may be broken off
anywhere, by Ctrl+C, kill -9 or a power cut, and go on where they were when they are run again."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import threading
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from council.archives import archives, cache
from council.commands import ground, serve
from council.config import Config, ConfigError
from streaming import fetching, index, moving, recovery
from streaming.archive import Archive
from streaming.measuring import BACK
from streaming.moving import Mover, Progress, Row
from streaming.shelf import FREE_BYTES

TELL_S = 5.0


class NotMoved(Exception):
    """What is asked for cannot be moved; the text is a sentence."""


async def move(at: ground.Ground, config: Config, options: argparse.Namespace) -> int:
    """Raises ConfigError, NotMoved, StreamingError."""
    known = archives(config)
    target = _target(config, options.to)
    connection = await at.database("hall").connect()
    try:
        wanted = await _wanted(connection, options)
        if options.dry_run:
            _say_what(wanted, target, known[target])
            return 0
        await moving.begin(connection)
        stopped = "Stopped. What has not arrived still lies on the disk; run it again, and it goes on."
        return await _to_the_end(_move(connection, config, known, target, wanted), stopped)
    finally:
        await connection.close()


async def fetch(at: ground.Ground, config: Config, options: argparse.Namespace) -> int:
    """Raises ConfigError, NotMoved, StreamingError."""
    known = archives(config)
    connection = await at.database("hall").connect()
    try:
        window = await _window(connection, options.sitting)
        await moving.begin(connection)
        rows = await fetching.archived(connection, window.start, window.end)
        if lost := {row["archive"] for row in rows} - known.keys():
            raise ConfigError(f"{config.path}: a part of it lies in archive {min(lost)}, which is not there any more")
        room = shutil.disk_usage(config.recordings).free - FREE_BYTES
        if rows and sum(row["bytes"] for row in rows) > room:
            raise NotMoved(f"The disk of the recordings has no room for it: {size(max(0, room))} may be filled.")
        stopped = "Stopped. What has not come back still lies in the archive; run it again, and it goes on."
        return await _to_the_end(_fetch(connection, config, known, rows), stopped)
    finally:
        await connection.close()


async def _fetch(connection: Any, config: Config, known: dict[str, Archive], rows: list[Row]) -> int:
    done = Telling()
    progress = await fetching.fetch(connection, config.recordings, known, rows, done.told)
    if progress.done:
        done.told(progress, last=True)
        print("They lie on the disk again, each held against its hash, and in no archive any more.")
    if not rows:
        print("Nothing of it lies in an archive.")
    for fault in progress.faults:
        print(f"council footage: {fault}.", file=sys.stderr)
    return 1 if progress.faults else 0


async def _to_the_end(work: Coroutine[Any, Any, int], stopped: str) -> int:
    """Or to SIGINT or SIGTERM: then `stopped` is said."""
    task = asyncio.ensure_future(work)
    if threading.current_thread() is threading.main_thread():  # no other hears signals
        serve.on_stop(task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        print(stopped)
        return 130


async def recover(at: ground.Ground, config: Config, options: argparse.Namespace) -> int:
    """Raises ConfigError, StreamingError."""
    known = archives(config)
    chosen = [_target(config, options.of)] if options.of else list(known)
    faults = []
    record, hall = await at.database("record").connect(), await at.database("hall").connect()
    try:
        await moving.begin(hall)
        for id_ in chosen:
            found = await recovery.recover(record, hall, config.recordings, known[id_])
            print(
                f"Archive {id_}: {found.segments} segments found that the index did not know to lie there; "
                f"{found.records} segments told to the index; {found.runs} runs' journals brought back."
            )
            faults += found.faults
    finally:
        await record.close()
        await hall.close()
    for fault in faults:
        print(f"council footage: {fault}.", file=sys.stderr)
    return 1 if faults else 0


def _target(config: Config, name: str | None) -> str:
    ids = [archive.id for archive in config.file.archive]
    if not ids:
        raise ConfigError(f"{config.path}: there is no [[archive]] to move recordings to")
    if name is not None and name not in ids:
        raise ConfigError(f"{config.path}: there is no archive {name!r}. There is: {', '.join(ids)}")
    return name or ids[0]


async def _wanted(connection: Any, options: argparse.Namespace) -> list[Row]:
    settled = datetime.now(UTC) - BACK  # the recorder still reads what is younger
    if options.older_than is not None:
        return await moving.movable(connection, min(settled, datetime.now(UTC) - timedelta(days=options.older_than)))
    if options.sitting is None:
        return []
    window = await _window(connection, options.sitting)
    if window.open or window.end > settled:
        raise NotMoved(f"Sitting {options.sitting} ended less than two hours ago: its recording is still being read.")
    return await moving.movable(connection, window.end, window.start)


async def _window(connection: Any, sitting: str) -> index.Window:
    window = await index.sitting_window(connection, sitting, withheld=True)
    if window is None:
        raise NotMoved(f"There is no sitting {sitting}. `council footage list` names them.")
    return window


def _say_what(rows: list[Row], target: str, archive: Archive) -> None:
    count = sum(row["bytes"] for row in rows)
    print(f"{len(rows)} segments ({size(count)}) would be moved to archive {target} ({archive.place.url}).")


async def _move(connection: Any, config: Config, known: dict[str, Archive], target: str, wanted: list[Row]) -> int:
    gone, faults = await moving.clear(connection, config.recordings, known, cache(config))
    if gone:
        print(f"{gone} files that an earlier command left behind are removed.")
    _warn_of_one_disk(config, known[target])
    begun = await moving.under_way(connection)
    rows = {row["path"]: row for row in [*begun, *wanted]}.values()
    done, place = Telling(), lambda row: row["archive"] or target
    for id_, own in groupby(sorted(rows, key=place), key=place):
        if id_ not in known:
            faults.append(f"a move to archive {id_} was begun, which council.toml does not name any more")
            continue
        progress = await Mover(connection, config.recordings, known[id_]).move(list(own), done.told)
        done.told(progress, last=True)
        faults += progress.faults
        if progress.done:
            where = f"{progress.done} segments ({size(progress.done_bytes)}) lie in archive {id_}"
            print(f"{where}: each was read back, and held against its hash, before its file was removed.")
    if not rows:
        print("There is nothing to move.")
    for fault in faults:
        print(f"council footage: {fault}.", file=sys.stderr)
    return 1 if faults else 0


def _warn_of_one_disk(config: Config, archive: Archive) -> None:
    folder, recordings = archive.place.folder, Path(config.recordings)
    if folder is None or not folder.is_dir() or not recordings.is_dir():
        return
    if folder.stat().st_dev == recordings.stat().st_dev:
        print(f"Archive {archive.id} ({folder}) is on the disk of the recordings: to move there makes no room.")


class Telling:
    """How far it is, every few seconds."""

    def __init__(self) -> None:
        self._began, self._told = time.monotonic(), time.monotonic()

    def told(self, progress: Progress, *, last: bool = False) -> None:
        now = time.monotonic()
        if not last and now - self._told < TELL_S:
            return
        self._told = now
        speed = progress.done_bytes / max(0.001, now - self._began)
        line = f"{progress.done} of {progress.segments} segments, {size(progress.done_bytes)} of {size(progress.bytes)}"
        left = (progress.bytes - progress.done_bytes) / speed if speed else 0.0
        ahead = f", {left / 60:.0f} min left" if left >= 60 and not last else ""
        print(f"{line}, {speed / 1e6:.1f} MB/s{ahead}", flush=True)


def size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 10**9 else f"{count / 1e6:.1f} MB"
