"""The invented council's hall with a camera and a recorder, for tests of what goes wrong with them.

Hall, console, desks and camera run in the test's process; the recorder is `council record` in one of its own.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import pytest

from council.footage_check import check_sitting
from council.hall.surroundings import HallCamera
from hardware import burnt_clock
from hardware.demo_camera import DemoCamera
from hardware.terminal import Desk
from sql.database import Database
from streaming import fmp4, index, journal
from streaming.check import Finding, check
from streaming.locate import video_at
from streaming.segments import Run, Segment
from voting.entries import Fact
from voting.ledger import read

Address = Callable[[Any], Database]  # by role

CAMERA = "hall-1"
DESKS = 37
OPTIONS = ("for", "against", "abstain")
SAYS_S = 20.0  # so soon the console tells of a fault, and of its end; half of it on a machine with time


async def until(holds: Callable[[], Any], seconds: float = 40.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


@dataclass
class Recorder:
    """`council record`; what it says is in `log`."""

    config: Path
    log: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "council", "record", "--config", str(self.config)),
                stdout=log,
                stderr=log,
                env=environment,
            )

    async def kill(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()

    async def kill_when(self, holds: Callable[[], Any]) -> None:
        """Kill -9 in a moment of which `holds` is true: it is held still while one looks."""
        process = self.process
        assert process is not None

        def looked() -> bool:
            process.send_signal(signal.SIGSTOP)
            if holds():
                return True
            process.send_signal(signal.SIGCONT)
            return False

        await until(looked)
        await self.kill()

    async def stop(self) -> None:
        """As a service is stopped: what it was recording is whole afterwards."""
        assert self.process is not None and self.process.returncode is None, self.log.read_text()
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(40):
            assert await self.process.wait() == 0, self.log.read_text()


@dataclass
class Equipment:
    """The lines under «Equipment» on a console that stays open."""

    parts: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def follow(self, console: Any) -> None:
        while True:
            message = json.loads(await console.socket.recv())
            if message["type"] == "ConsoleState":
                self.parts = {line["part"]: line for line in message["equipment"]}

    async def says(self, part: str, ok: bool, words: str = "") -> None:
        def holds() -> bool:
            line = self.parts.get(part)
            return line is not None and line["ok"] == ok and words in line["text"]["en"]

        try:
            await until(holds, SAYS_S)
        except TimeoutError:
            pytest.fail(f"after {SAYS_S} s the console does not say {part} {ok} {words!r} but {self.parts.get(part)}")


@dataclass(frozen=True)
class Picture:
    """`ms` from the first one; clock and number are burnt in, the number counts on as long as the camera films."""

    ms: int
    at: datetime
    number: int


@dataclass
class Scene:
    """A hall, its clerk, the line of its camera, and its recorder, which is not started yet."""

    house: ModuleType
    address: Address
    url: str
    cookie: str
    equipment: Equipment
    recorder: Recorder
    recordings: Path
    camera_port: int

    def camera(self) -> DemoCamera:
        """Films this hall's display."""
        display = f"{self.url.replace('http', 'ws', 1)}/ws/display?sitting={self.house.SITTING}"
        return DemoCamera(display, self.camera_port, 640, 360)

    async def open_sitting(self) -> None:
        async with self.house.clerk(self.url, cookie=self.cookie) as console:
            await self.house.open_sitting(console)

    async def act(self, *acts: str, **fields: Any) -> None:
        """The clerk's acts, one after another, on the vote or item that `fields` name."""
        names = {"CallItem": ("item",), "OpenVote": ("vote_n", "seconds")}
        async with self.house.clerk(self.url, cookie=self.cookie) as console:
            for act in acts:
                answer = await console.act(act, **{name: fields.get(name) for name in names.get(act, ("vote_n",))})
                assert answer["type"] == "Done", answer

    async def fact(self, kind: type[Fact], n: int) -> Any:
        """Of the vote `n`."""
        conn = await self.address("hall").connect()
        try:
            entries = await read(conn, self.house.SITTING)
        finally:
            await conn.close()
        return next(e.fact for e in entries if isinstance(e.fact, kind) and getattr(e.fact, "n", None) == n)

    # --- the footage ---

    def journals(self) -> list[journal.Journal]:
        """Of the runs, oldest first."""
        paths = sorted((self.recordings / CAMERA).glob(f"{CAMERA}-*/{journal.NAME}"))
        return [known for known in map(journal.read, paths) if known.clocked]

    def segments(self) -> int:
        """How many are durable."""
        return sum(len(known.segments) for known in self.journals())

    def torn(self) -> tuple[Path, bytes] | None:
        """The segment at hand as it will be named, and what is whole of it."""
        for path in self.recordings.rglob("*.m4s.part"):
            data = path.read_bytes()
            if parts := fmp4.read_fragments(data):
                return path.with_suffix(""), data[: parts[-1].end]
        return None

    def durable(self) -> dict[Path, bytes]:
        """What is durable while nothing is written; of a file that will grow, its beginning."""
        films = {path: path.read_bytes() for kind in ("*.m4s", "*.mp4") for path in self.recordings.rglob(kind)}
        notes = {path: path.read_bytes() for path in self.recordings.rglob(journal.NAME)}
        whole = {path: data[: data.rfind(b"\n") + 1] for path, data in notes.items()}
        return films | whole | dict([torn] if (torn := self.torn()) else [])

    async def indexed(self) -> tuple[list[Run], list[Segment]]:
        conn = await self.address("public").connect()
        try:
            runs = await index.camera_runs(conn, CAMERA)
            return runs, [segment for run in runs for segment in await index.run_segments(conn, run.id)]
        finally:
            await conn.close()

    async def audit(self) -> tuple[list[Run], list[Segment]]:
        """The footage once the recorder has stopped: `check` finds no fault, the index has what the journals have."""
        conn = await self.address("public").connect()
        try:
            faults = [finding for finding in await check(conn, self.recordings) if not finding.ok]
        finally:
            await conn.close()
        assert not faults, faults
        runs, segments = await self.indexed()
        told = [record for known in self.journals() for record in known.records]
        assert [replace(run, ended_at=None, end_reason=None) for run in runs] == [r for r in told if isinstance(r, Run)]
        assert segments == [record for record in told if isinstance(record, Segment)]
        assert all(run.end_reason for run in runs), runs
        return runs, segments

    async def proved(self) -> None:
        """The hall has sealed it all, and each seal is computed again from the files."""

        async def findings() -> list[Finding]:
            conn = await self.address("hall").connect()
            try:
                return await check_sitting(conn, self.recordings, self.house.SITTING, datetime.now(UTC))
            finally:
                await conn.close()

        for _ in range(60):
            found = await findings()
            if not any("still to be sealed" in finding.text for finding in found):
                break
            await asyncio.sleep(0.25)
        assert all(finding.ok for finding in found), found
        assert "seals in the ledger computed again from the files" in found[0].text, found

    def pictures(self, run: Run, segments: Sequence[Segment]) -> list[Picture]:
        """Of these of a run's segments."""
        own = [segment for segment in segments if segment.run_id == run.id]
        data = b"".join((self.recordings / path).read_bytes() for path in (run.init_path, *(s.path for s in own)))
        with av.open(io.BytesIO(data), "r", format="mp4") as film:
            frames = [(frame.time or 0.0, frame.to_ndarray(format="gray")) for frame in film.decode(video=0)]
        first, _ = frames[0]
        return [Picture(round((second - first) * 1000), *burnt_clock.read(grey)) for second, grey in frames]

    async def opens(self, at: datetime) -> tuple[str, timedelta]:
        """Where a moment's link goes: the run, and how far the burnt-in clock of the picture there is from `at`."""
        conn = await self.address("public").connect()
        try:
            window = await index.sitting_window(conn, self.house.SITTING)
            moment = await video_at(conn, self.house.SITTING, at)
            assert window is not None and moment is not None
            runs, segments = await index.between(conn, CAMERA, window.start, window.end)
        finally:
            await conn.close()
        assert moment["recording"] == f"{self.house.SITTING}/{CAMERA}"
        start_ms = 0
        for segment in segments:
            if moment["offset_ms"] < start_ms + segment.duration_ms:
                break
            start_ms += segment.duration_ms
        run = next(run for run in runs if run.id == segment.run_id)
        shown = [picture for picture in self.pictures(run, [segment]) if start_ms + picture.ms <= moment["offset_ms"]]
        return run.id, shown[-1].at - at


@asynccontextmanager
async def scene(house: ModuleType, address: Address, folder: Path, camera_port: int) -> AsyncIterator[Scene]:
    """house: the module `hall_house`. folder: of the installation; its recordings are in `data/recordings`."""
    await house.furnish(address("hall"))
    config, recordings = folder / "council.toml", folder / "data" / "recordings"
    config.write_text(
        f"""municipality = "Вигадане"
        database_url = "{address("record").url}"
        [[body]]
        id = "{house.BODY}"
        name = "Вигадана рада"
        seats = {DESKS}
        [[camera]]
        id = "{CAMERA}"
        name = "Hall"
        url = "rtsp://127.0.0.1:{camera_port}/{CAMERA}"
        body = "{house.BODY}"
        """,
        encoding="utf-8",
    )
    recorder, equipment = Recorder(config, folder / "record.log"), Equipment()
    cameras = [HallCamera(CAMERA, "Hall", house.BODY)]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(recorder.kill)
        hall = await stack.enter_async_context(house.running(address("hall"), recordings=recordings, cameras=cameras))
        _, cookie = await asyncio.to_thread(house.sign_in, hall.url)
        console = await stack.enter_async_context(house.clerk(hall.url, cookie=cookie))
        following = asyncio.create_task(equipment.follow(console))
        stack.callback(following.cancel)
        yield Scene(house, address, hall.url, cookie, equipment, recorder, recordings, camera_port)


class Pressing:
    """37 desks, each pressing, thinking again and pressing, until told to stop."""

    def __init__(self, house: ModuleType, url: str) -> None:
        self.desks = {house.member(n): Desk(url, house.identity(n)) for n in range(1, DESKS + 1)}
        self.pressed: dict[str, str] = {}  # by member: the last key
        self._chance, self._stop = random.Random(37), asyncio.Event()
        self._hands: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Pressing:
        for desk in self.desks.values():
            await desk.__aenter__()
        await self._all(lambda desk: desk.state.linked)
        return self

    async def __aexit__(self, *_: object) -> None:
        for hand in self._hands:
            hand.cancel()
        for desk in self.desks.values():
            await desk.__aexit__()

    async def begin(self) -> None:
        """Returns when each has its first receipt."""
        self._hands = [asyncio.create_task(self._press(member, desk)) for member, desk in self.desks.items()]
        await self._all(lambda desk: desk.recorded is not None)

    async def go_on(self) -> None:
        """Returns when there are as many new receipts as desks."""
        before = self.receipts()
        await until(lambda: self.receipts() >= before + DESKS, SAYS_S)

    async def end(self) -> dict[str, str]:
        """Stop pressing. What the last receipt of each member says, once nothing waits for one."""
        self._stop.set()
        await asyncio.gather(*self._hands)
        await self._all(lambda desk: desk.state.undecided is None)
        return {member: desk.recorded.option for member, desk in self.desks.items() if desk.recorded is not None}

    def receipts(self) -> int:
        """How many presses have been answered, by the numbers of the last ones."""
        return sum(desk.recorded.n for desk in self.desks.values() if desk.recorded is not None)

    async def _press(self, member: str, desk: Desk) -> None:
        await desk.until(lambda d: d.state.may_press)
        while not self._stop.is_set():
            self.pressed[member] = self._chance.choice(OPTIONS)
            desk.press(self.pressed[member])  # type: ignore[arg-type]
            await asyncio.sleep(self._chance.uniform(0.1, 0.5))

    async def _all(self, holds: Callable[[Desk], bool]) -> None:
        await asyncio.gather(*(desk.until(holds, 15) for desk in self.desks.values()))
