"""What a recorder makes of a camera over a bad line, held against what the camera sent: for the tests of faults.

The recorder is `record` itself, with its threads, its index and its files; the report's lines are kept here too.
"""

from __future__ import annotations

import asyncio
import io
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from hardware.demo_camera import DemoCamera
from streaming import index, journal
from streaming.check import Finding, check
from streaming.filming import CameraSource
from streaming.recorder import record
from streaming.segments import Run, Segment

if TYPE_CHECKING:
    from hardware.film import Picture
    from tests.conftest import TestDatabase

CAMERA = "hall-1"
FPS = 12.5
REPORT = Path(__file__).parent / "scenarios" / "FOOTAGE_FAULTS.md"
HEAD = """# Mishaps of the recording, and what they cost

Each line is one scenario of `tests/scenarios`, run against the real recorder, its files and its index: what the camera
sent is compared with what stands in the files, byte for byte. The last column is what must never happen: a picture that
came whole to the recorder and stands in no file, or a segment that was told and is not there as told.

Made by `pytest tests/scenarios -n 0 --regenerate -k footage`, in half an hour; the ordinary run does not try so long.

Sent: pictures while the camera was watched. Packets dropped, by the line, between two that came; counted, by the
recorder. Damaged: pictures that lack packets, marked. Runs: unbroken pieces of the recording. Without: seconds in
which the recording has no picture, the mishap's own included.

| scenario | tries | sent | kept | packets dropped | counted | damaged | runs | seconds without | lost |
|---|---|---|---|---|---|---|---|---|---|
"""


def slices(units: list[bytes]) -> bytes:
    """What a decoder makes the picture of (H.264)."""
    return b"".join(unit for unit in units if unit[0] & 31 in (1, 5))


class Watched(DemoCamera):
    """Remembers each picture that it took, by its RTP timestamp, and which of them were key frames."""

    def __init__(self, *, fps: float = FPS, **options: Any) -> None:
        super().__init__(
            None, options.pop("port", 0), 320, 180, fps, bit_rate=options.pop("bit_rate", 200_000), **options
        )
        self.taken: dict[int, bytes] = {}
        self.keys: set[int] = set()

    def _deliver(self, picture: Picture) -> None:
        self.taken[picture.timestamp] = slices(picture.units)
        if picture.key:
            self.keys.add(picture.timestamp)
        super()._deliver(picture)


@dataclass
class Recording:
    """`record` at work. `states`: each state of the camera that the console was told."""

    folder: Path
    db: TestDatabase
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    left: float = 0.0  # when it was first told to end

    def start(self, *sources: CameraSource) -> None:
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(record(sources, self.folder, self.db.database("record"), self.stop))

    async def end(self) -> None:
        if self.task is not None:
            self.left = self.left or time.monotonic()
            self.stop.set()
            await asyncio.wait_for(self.task, 40)
            self.task = None

    async def until(self, holds: Callable[[], Any | Awaitable[Any]], seconds: float = 30.0) -> None:
        async with asyncio.timeout(seconds):
            while True:
                found = holds()
                if await found if isinstance(found, Awaitable) else found:
                    return
                if self.task is not None and self.task.done():
                    self.task.result()
                await asyncio.sleep(0.1)

    async def says(self, state: str, message: str = "", seconds: float = 30.0) -> None:
        """The console is told so."""
        conn = await self.db.database("public").connect()
        told = None

        async def holds() -> bool:
            nonlocal told
            told = await conn.fetchrow("select state, message from camera_state where camera_id = $1", CAMERA)
            return told is not None and tuple(told) == (state, message)

        try:
            await self.until(holds, seconds)
        except TimeoutError:
            raise AssertionError(f"the console says {told}") from None
        finally:
            await conn.close()

    # --- what came of it ---

    def journals(self) -> list[journal.Journal]:
        """Oldest first; only of runs whose clock is known."""
        paths = (self.folder / CAMERA).glob(f"{CAMERA}-*/{journal.NAME}")
        known = [
            journal.read(path) for path in sorted(paths, key=lambda path: path.with_name("init.mp4").stat().st_mtime_ns)
        ]
        return [one for one in known if one.clocked]

    def segments(self) -> int:
        return sum(len(known.segments) for known in self.journals())

    async def more(self, count: int) -> None:
        """Until so many more segments are durable."""
        enough = self.segments() + count
        await self.until(lambda: self.segments() >= enough, 30 + 5 * count)

    async def runs(self, clock: str) -> None:
        """Until the newest run has that clock."""
        await self.until(lambda: (known := self.journals()) and known[-1].run.clock == clock)

    async def findings(self) -> list[Finding]:
        conn = await self.db.database("public").connect()
        try:
            return await check(conn, self.folder)
        finally:
            await conn.close()

    async def indexed(self) -> tuple[list[Run], list[Segment]]:
        conn = await self.db.database("public").connect()
        try:
            runs = await index.camera_runs(conn, CAMERA)
            return runs, [segment for run in runs for segment in await index.run_segments(conn, run.id)]
        finally:
            await conn.close()

    def film(self, run: Run, segments: list[Segment]) -> io.BytesIO:
        paths = (run.init_path, *(segment.path for segment in segments if segment.run_id == run.id))
        return io.BytesIO(b"".join((self.folder / path).read_bytes() for path in paths))

    def pictures(self, run: Run, segments: list[Segment]) -> list[bytes]:
        """Of a run, as they are stored, without what was set aside."""
        with av.open(self.film(run, segments), "r", format="mp4") as file:
            return [slices(_units(bytes(packet))) for packet in file.demux(video=0) if packet.size]


@dataclass(slots=True)
class Figures:
    """One scenario. `lost`: pictures and segments; 0, or its test fails."""

    scenario: str
    tries: int = 1
    sent: int = 0
    kept: int = 0
    dropped: int = 0
    counted: int = 0
    damaged: int = 0
    runs: int = 0
    without_s: float = 0.0
    lost: int = 0

    def keep(self) -> None:
        """Put the line into the report, in the place of its older one."""
        text = REPORT.read_text(encoding="utf-8").splitlines() if REPORT.exists() else []
        lines = {line.split("|")[1].strip(): line for line in text[HEAD.count("\n") :] if line}
        values = (self.scenario, self.tries, self.sent, self.kept, self.dropped, self.counted, self.damaged, self.runs)
        lines[self.scenario] = "| " + " | ".join(map(str, (*values, f"{self.without_s:.1f}", self.lost))) + " |"
        REPORT.write_text(HEAD + "".join(f"{line}\n" for _, line in sorted(lines.items())), encoding="utf-8")


async def audit(made: Recording, camera: Watched, line: Any, scenario: str, tries: int = 1) -> Figures:
    """After the end: `check` finds no fault, the index has what the journals have, and every picture that came whole is
    in a file."""
    faults = [finding for finding in await made.findings() if not finding.ok]
    assert not faults, faults
    runs, segments = await made.indexed()
    told = [one for known in made.journals() for one in known.segments]
    assert sorted(segments, key=lambda one: (one.run_id, one.n)) == sorted(told, key=lambda one: (one.run_id, one.n))
    assert all(run.end_reason for run in runs), runs
    stored = [picture for run in runs for picture in made.pictures(run, segments)]
    whole, kept = line.whole(camera.keys, made.left), set(stored)
    came = [picture for timestamp, picture in camera.taken.items() if timestamp in whole]
    lost = [n for n, picture in enumerate(came) if picture not in kept]
    assert not lost, f"of {len(came)} pictures that came, those are in no file: {lost[:20]}"
    gone = sum((after.started_at - before.ended_at for before, after in _gaps(runs, segments)), timedelta())
    return Figures(
        scenario,
        tries,
        sent=len({one.timestamp for one in line.seen if one.track == 0}),
        kept=len(stored),
        dropped=line.dropped(),
        counted=sum(segment.packets_lost for segment in segments),
        damaged=sum(segment.frames_damaged for segment in segments),
        runs=len(runs),
        without_s=gone.total_seconds(),
        lost=len(lost),
    )


def _gaps(runs: list[Run], segments: list[Segment]) -> list[tuple[Segment, Segment]]:
    """The segments before and after each, by time."""
    ordered = sorted(segments, key=lambda one: one.started_at)
    return [(one, two) for one, two in pairwise(ordered) if two.started_at - one.ended_at > timedelta(milliseconds=250)]


def _units(sample: bytes) -> list[bytes]:
    found = []
    while sample:
        (size,) = struct.unpack_from(">I", sample)
        found.append(sample[4 : 4 + size])
        sample = sample[4 + size :]
    return found


@asynccontextmanager
async def recording(url: str, folder: Path, db: TestDatabase, transport: Any = "tcp") -> AsyncIterator[Recording]:
    """Of one camera; it is ended at the latest with the block."""
    made = Recording(folder, db)
    made.start(CameraSource(CAMERA, url, transport))
    try:
        yield made
    finally:
        await made.end()


def moved(packet: bytes, ticks: int) -> bytes:
    """An RTP packet with another timestamp."""
    (timestamp,) = struct.unpack_from(">I", packet, 4)
    return packet[:4] + struct.pack(">I", timestamp + ticks & 0xFFFFFFFF) + packet[8:]
