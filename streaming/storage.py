"""The durable recipe: what `cutting.py` decides, on disk so that no crash can take it back.

A segment: parts appended to `.part`, fsync, rename, fsync of the folder, a line in the journal, fsync. Only then is it
told to anyone. Where the recipe is broken off, at any step, `salvage.py` finishes it: at the next start, and after a
full disk. Nothing is deleted. Layout: `{camera}/{run}/` with `init.mp4`, `000000.m4s`, `000000.jpg`, `journal.jsonl`.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from streaming import fmp4, journal
from streaming.cutting import Act, Begin, Clocked, Cut, End, Part
from streaming.errors import CameraBusy
from streaming.journal import JournalFile, Record, sync_folder, write_all, write_durably
from streaming.segments import RUN_ID, Run, RunEnd, Segment, from_us, run_id

log = logging.getLogger(__name__)

PROBE_BYTES = 4 * 2**20  # so much must fit before a run is begun on a disk that was full


def segment_name(n: int) -> str:
    return f"{n:06}.m4s"


def poster_name(n: int) -> str:
    return f"{n:06}.jpg"


class Lock:
    """One recorder a camera: held while the process lives, whatever happens to it. Raises CameraBusy."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._fd)
            raise CameraBusy(f"another recorder already records camera {folder.name} into {folder.parent}") from error

    def release(self) -> None:
        os.close(self._fd)


def probe(folder: Path) -> None:
    """Raises OSError while the disk is too full to begin a run."""
    path = folder / "probe.part"
    try:
        write_durably(path, bytes(PROBE_BYTES))
    finally:
        for name in (path, path.with_name(path.name + ".part")):
            name.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Whole:
    """A segment whose file is on disk and has not got its name yet."""

    cut: Cut
    n: int
    bytes: int
    sha256: str


class RunWriter:
    """Carries out one run's acts. `tell` is called with each record once it is durable: Run, its Segments, RunEnd. A
    segment may wait for its name: `finish` it, and `keep` it later, in their order."""

    def __init__(self, recordings: Path, camera_id: str, begin: Begin, tell: Callable[[Record], None]) -> None:
        self._recordings, self._tell = recordings, tell
        self._begin, self._n = begin, 0
        self._whole: deque[_Whole] = deque()
        self._fd: int | None = None
        self._journal: JournalFile | None = None
        self._name = self._make_folder(camera_id)
        folder = self.folder
        write_durably(folder / "init.mp4", begin.init)
        self._run = Run(
            id=folder.name,
            camera_id=camera_id,
            started_at=from_us(begin.arrived_us),
            clock="arrival",
            codec=begin.codec,
            width=begin.width,
            height=begin.height,
            timescale=begin.timescale,
            init_path=f"{self._name}/init.mp4",
            init_bytes=len(begin.init),
            init_sha256=hashlib.sha256(begin.init).hexdigest(),
        )
        self._journal = JournalFile(folder / journal.NAME)
        try:
            self._journal.append(journal.line("run", self._run))
            sync_folder(folder)
        except OSError:
            self.abandon()
            raise

    @property
    def run_id(self) -> str:
        return self._run.id

    @property
    def folder(self) -> Path:
        return self._recordings / self._name

    def _make_folder(self, camera_id: str) -> str:
        start = self._begin.arrived_us
        while True:
            name = f"{camera_id}/{run_id(camera_id, start)}"
            try:
                (self._recordings / name).mkdir(parents=True)
            except FileExistsError:  # the clock was set back to this very moment
                start += 1000
                continue
            sync_folder((self._recordings / name).parent)
            return name

    def carry_out(self, act: Act) -> None:
        """Raises OSError where the disk refuses; then `abandon`, and `recover` later."""
        if isinstance(act, Part):
            self._append(act.data)
        elif isinstance(act, Cut):
            self.finish(act)
            self.keep()
        elif isinstance(act, Clocked):
            self._run = replace(self._run, started_at=from_us(act.started_us), clock=act.clock)
            self._write_line(journal.clock_line(self._run.started_at, self._run.clock))
            self._tell(self._run)
        elif isinstance(act, End):
            end = RunEnd(self._run.id, from_us(act.ended_us), act.reason)
            self._write_line(journal.line("end", end))
            self._tell(end)
            self.abandon()

    def abandon(self) -> None:
        """Let go of the files as they are."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _write_line(self, data: bytes) -> None:
        if self._journal is None:
            raise ValueError("this run is over")
        self._journal.append(data)

    def _append(self, data: bytes) -> None:
        if self._fd is None:
            path = self.folder / (segment_name(self._n) + ".part")
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            self._hash, self._bytes = hashlib.sha256(), 0
            data = fmp4.SEGMENT_START + data
        write_all(self._fd, data)
        self._hash.update(data)
        self._bytes += len(data)

    def finish(self, cut: Cut) -> None:
        """The segment's bytes are on disk; it still has no name."""
        if self._fd is None:
            raise ValueError("nothing to cut")
        os.fsync(self._fd)
        os.close(self._fd)
        self._fd = None
        self._whole.append(_Whole(cut, self._n, self._bytes, self._hash.hexdigest()))
        self._n += 1

    def keep(self) -> None:
        """Give the oldest finished segment its name, and tell it."""
        whole = self._whole.popleft()
        cut, name = whole.cut, segment_name(whole.n)
        (self.folder / (name + ".part")).rename(self.folder / name)
        sync_folder(self.folder)
        segment = Segment(
            run_id=self._run.id,
            n=whole.n,
            start_ticks=cut.start_ticks,
            duration_ticks=cut.duration_ticks,
            started_at=from_us(cut.started_us),
            duration_ms=cut.duration_ms,
            path=f"{self._name}/{name}",
            bytes=whole.bytes,
            sha256=whole.sha256,
            frames=cut.frames,
            poster_path=f"{self._name}/{poster_name(whole.n)}",
            packets_lost=cut.lost,
            frames_damaged=cut.damaged,
        )
        self._write_line(journal.line("segment", segment))
        self._tell(segment)

    @property
    def written(self) -> tuple[Path, int]:
        """The file being written and its length."""
        return self.folder / (segment_name(self._n) + ".part"), self._bytes


def run_folders(recordings: Path, camera_id: str) -> list[Path]:
    """A camera's run folders, oldest first."""
    folder = recordings / camera_id
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if RUN_ID.fullmatch(path.name) and path.is_dir())
