"""Clips made in the background and kept: one file a clip, named by what it was made from.

A few wait, one is made at a time, in a thread of its own. The folder has an end: what nobody asked for longest goes
first, and nothing is made while the disk is short of room, which is the recorder's. Any number of processes may share
the folder: a file that has lost its `.part` is whole.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from streaming.errors import StreamingError

log = logging.getLogger(__name__)

FOLDER_BYTES = 5 * 10**9
FREE_BYTES = 3 * 10**9  # of the disk, below which no clip is made
WAITING = 20
SHARE = 6  # of them, for one who asks
REMEMBERED = 200  # failures, so that who asks for the state hears why
STALE_S = 3600.0

State = Literal["waiting", "making", "done", "failed"]
Make = Callable[[BinaryIO, Callable[[float], None]], None]


class Busy(StreamingError):
    """Too many clips wait already, or the disk is short of room."""

    code = "busy"


class Stopped(StreamingError):
    """The process ends."""

    code = "stopped"


@dataclass(slots=True)
class Job:
    """`progress`: from 0 to 1. `error`: a StreamingError's code. `about`: what was asked for, and by whom; "": nobody
    who is counted."""

    about: dict[str, Any]
    state: State = "waiting"
    progress: float = 0.0
    error: str = ""
    asker: str = ""


class Clips:
    """One process's clips; only its event loop touches the jobs."""

    def __init__(self, folder: Path, *, folder_bytes: int = FOLDER_BYTES, free_bytes: int = FREE_BYTES) -> None:
        self.folder = folder
        self._most, self._free = folder_bytes, free_bytes
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._hand = ThreadPoolExecutor(1, "clips")
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop = threading.Event()

    def path(self, key: str) -> Path:
        return self.folder / f"{key}.mp4"

    def job(self, key: str) -> Job | None:
        """None: nobody asked for it, or it was made and has gone."""
        if (kept := self._kept(key)) is not None:
            return kept
        return self._jobs.get(key)

    def ask(self, key: str, about: dict[str, Any], make: Make, asker: str = "") -> Job:
        """Begin to make it, unless it is there or being made. Raises Busy."""
        known = self.job(key)
        if known is not None and known.state != "failed":
            return known
        askers = [job.asker for job in self._jobs.values() if job.state in ("waiting", "making")]
        if len(askers) >= WAITING or (asker and askers.count(asker) >= SHARE):
            raise Busy("many clips are being made")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._need_room()
        job = self._jobs[key] = Job(about, asker=asker)
        self._jobs.move_to_end(key)
        while len(self._jobs) > REMEMBERED:
            self._jobs.popitem(last=False)
        task = asyncio.create_task(self._run(key, job, make))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def _need_room(self) -> None:
        if shutil.disk_usage(self.folder).free < self._free:
            raise Busy("the disk is short of room")

    def all(self) -> Iterator[tuple[str, Job]]:
        """The clips that are there, without asking for them."""
        for path in self.folder.glob("*.mp4"):
            with suppress(OSError, ValueError):
                yield path.stem, Job(json.loads(path.with_suffix(".json").read_text()), "done", 1.0)

    def forget(self, key: str) -> None:
        """Its footage is not to be shown any more."""
        for path in (self.path(key), self.folder / f"{key}.json"):
            path.unlink(missing_ok=True)

    def give_room(self) -> None:
        """While the disk is short of it: what nobody asked for longest goes, before footage has to."""
        kept = sorted((path.stat().st_mtime, path.stem) for path in self.folder.glob("*.mp4"))
        for _, key in kept:
            if shutil.disk_usage(self.folder).free >= self._free:
                break
            self.forget(key)

    async def close(self) -> None:
        """Stop what is being made."""
        self._stop.set()
        if self._tasks:
            await asyncio.wait(list(self._tasks))
        self._hand.shutdown()

    def _kept(self, key: str) -> Job | None:
        about = self.folder / f"{key}.json"
        if not self.path(key).is_file():
            return None
        with suppress(OSError, ValueError):
            os.utime(self.path(key))  # asked for: goes last
            return Job(json.loads(about.read_text()), "done", 1.0)
        return None

    async def _run(self, key: str, job: Job, make: Make) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._hand, self._make, key, job, make)
        except (StreamingError, OSError) as error:
            job.state, job.error = "failed", getattr(error, "code", "disk_error")
            log.warning("clip_failed key=%s code=%s", key, job.error)
        except Exception:
            job.state, job.error = "failed", "failed"
            log.exception("clip_failed key=%s", key)
        else:
            self._jobs.pop(key, None)

    def _make(self, key: str, job: Job, make: Make) -> None:
        job.state = "making"
        part = self.folder / f"{key}.{os.getpid()}.part"

        def told(share: float) -> None:
            job.progress = share
            if self._stop.is_set():
                raise Stopped("the process ends")

        try:
            self._need_room()  # others were made since it was asked for
            with part.open("wb+") as file:
                told(0.0)
                make(file, told)
            notes = part.with_suffix(".notes")
            notes.write_text(json.dumps(job.about, ensure_ascii=False))
            notes.rename(self.folder / f"{key}.json")
            part.rename(self.path(key))
        finally:
            part.unlink(missing_ok=True)
        self._tidy(key)

    def _tidy(self, keep: str) -> None:
        """Leave no more than the folder may hold."""
        for part in self.folder.glob("*.part"):
            with suppress(OSError):
                if time.time() - part.stat().st_mtime > STALE_S:
                    shutil.rmtree(part) if part.is_dir() else part.unlink()
        kept = sorted(((file.stat().st_mtime, file) for file in self.folder.glob("*.mp4")), reverse=True)
        room = self._most
        for _, file in kept:
            room -= file.stat().st_size
            if room < 0 and file.stem != keep:
                file.unlink(missing_ok=True)
                file.with_suffix(".json").unlink(missing_ok=True)
