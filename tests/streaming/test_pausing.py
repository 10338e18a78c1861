"""A closed part: what is dropped of a camera, what a killed recorder leaves of it, what whoever watches live has."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streaming import pausing
from streaming.cutting import AccessUnit, Cutter
from streaming.film import Films
from streaming.filming import CameraSource, CameraThread
from streaming.following import COMMIT_S, UNHEARD_S, Sittings
from streaming.journal import Record
from streaming.live import PartMade, Recent, RunBegun, RunOver, SegmentCut, tell
from streaming.pausing import BEHIND_US, GRACE_US, Pause
from streaming.salvage import recover
from streaming.segments import Run, RunEnd, Segment, from_us
from tests.streaming.conftest import nal_units

BODY = "rada"
T0_US = 1_511_000_000_000_000
SECOND_US = 1_000_000


def pause(start_s: float, end_s: float | None = None) -> Pause:
    return Pause(from_us(T0_US + round(start_s * 1e6)), None if end_s is None else from_us(T0_US + round(end_s * 1e6)))


@pytest.mark.parametrize(
    ("arrived_us", "reported_us", "dropped"),
    [
        (-1, None, False),
        (0, None, True),
        (9 * SECOND_US, None, True),
        (10 * SECOND_US + GRACE_US - 1, None, True),  # it was on its way
        (10 * SECOND_US + GRACE_US, None, False),
        (12 * SECOND_US, 9 * SECOND_US, True),  # by the camera's own clock it was taken before
        (12 * SECOND_US, 10 * SECOND_US, False),
        (12 * SECOND_US, 10 * SECOND_US - BEHIND_US, False),  # its clock is simply wrong
    ],
)
def test_what_arrived_in_a_pause_or_was_taken_in_it_is_dropped(
    arrived_us: int, reported_us: int | None, dropped: bool
) -> None:
    reported_us = reported_us if reported_us is None else T0_US + reported_us
    found = pausing.dropping([pause(0, 10)], T0_US + arrived_us, reported_us)
    assert (found is not None) == dropped
    assert pausing.dropping([pause(-50, -40), pause(0)], T0_US + 3600 * SECOND_US, None) == pause(0)


def test_sittings_know_of_pauses_as_long_as_nothing_else_is_told_and_until_when_there_was_none() -> None:
    sittings = Sittings(0.0)
    assert (sittings.pauses(BODY), sittings.clear_until(0.0)) == (None, float("inf"))
    sittings.tell_pauses({BODY: (pause(0),), "other": (pause(-5, 5),)}, 100.0)
    assert (sittings.pauses(BODY), sittings.pauses("third")) == ((pause(0),), ())
    assert sittings.pauses("") == (pause(-5, 5), pause(0))  # of a camera that belongs to no body
    assert sittings.clear_until(101.0) == 100.0 - COMMIT_S
    assert sittings.clear_until(100.1 + UNHEARD_S) == float("inf")  # the database is gone: segments wait no longer


# --- runs on their way to the disk ----------------------------------------------------------------------------------


class Reel:
    """Films of a camera whose pictures arrive 25 a second from T0 on, and what they told."""

    def __init__(self, folder: Path, units: Any) -> None:
        self.folder, self.told = folder, list[Record]()
        self.films = Films(folder, "hall-1", self.told.append)
        self.cutter = Cutter(90_000)
        self._units = units(count=250, gop=25)
        self.frame = 0

    def arrived_us(self, frame: int) -> int:
        return T0_US + frame * 40_000

    def feed(self, frames: int) -> None:
        """Their segments wait for the monotonic time of their last picture, in seconds from 0."""
        for _ in range(frames):
            _, data = self._units[self.frame]
            at = self.arrived_us(self.frame)
            acts = self.cutter.feed(AccessUnit(tuple(nal_units(data)), self.frame * 3600, at, None))
            self.films.carry_out(acts, at, self.frame / 25)
            self.frame += 1

    def of(self, kind: type) -> list[Any]:
        return [record for record in self.told if isinstance(record, kind)]

    def frames(self, shown: Any) -> list[int]:
        """The numbers of all pictures that lie on the disk, whatever their file is called."""
        found: list[int] = []
        for init in sorted(self.folder.rglob("init.mp4")):
            files = sorted([*init.parent.glob("*.m4s"), *init.parent.glob("*.m4s.part")])
            if files:
                found += [one.number for one in shown(init.read_bytes(), *(path.read_bytes() for path in files))]
        return found


@pytest.fixture
def reel(tmp_path: Path, units: Any) -> Reel:
    return Reel(tmp_path, units)


def test_segment_has_no_name_until_it_is_known_that_no_pause_had_begun(reel: Reel) -> None:
    reel.feed(130)
    reel.films.settle(1.0)
    assert reel.of(Segment) == [] and len(list(reel.folder.rglob("*.m4s.part"))) == 3
    reel.films.settle(3.0)
    assert [segment.n for segment in reel.of(Segment)] == [0]
    reel.films.carry_out(reel.cutter.finish("dropped"), reel.arrived_us(130), 5.2)
    reel.films.settle(5.1)
    assert (len(reel.of(Segment)), reel.of(RunEnd), bool(reel.films)) == (2, [], True)
    reel.films.settle(5.2)
    assert (len(reel.of(Segment)), [end.end_reason for end in reel.of(RunEnd)]) == (3, ["dropped"])
    assert not reel.films


@pytest.mark.parametrize("paused_at", [57, 30, 2])
def test_pause_that_is_told_late_takes_every_later_picture_from_the_disk_and_none_of_the_segments_before(
    reel: Reel, shown: Any, paused_at: int
) -> None:
    reel.feed(70)  # a segment of 50 and 20 more, of which the last part waits in memory
    reel.films.end_before(reel.arrived_us(paused_at))
    kept = reel.frames(shown)
    assert kept == list(range(len(kept))) and paused_at - 6 <= len(kept) <= paused_at
    assert [end.end_reason for end in reel.of(RunEnd)] == ["paused"]
    assert sum(segment.frames for segment in reel.of(Segment)) == len(kept)
    assert list(reel.folder.rglob("*.part")) == []


def test_run_that_had_ended_before_the_pause_keeps_all_of_it_and_its_own_reason(reel: Reel, shown: Any) -> None:
    reel.feed(70)
    reel.films.carry_out(reel.cutter.finish("dropped"), reel.arrived_us(69), 2.8)
    reel.films.end_before(reel.arrived_us(70))
    assert (reel.frames(shown), [end.end_reason for end in reel.of(RunEnd)]) == (list(range(70)), ["dropped"])


@pytest.mark.parametrize("paused_at", [57, 30])
def test_recorder_killed_before_it_heard_of_the_pause_leaves_no_picture_of_it(
    reel: Reel, shown: Any, paused_at: int
) -> None:
    reel.feed(70)
    lasting = Pause(from_us(reel.arrived_us(paused_at)), None)
    recover(reel.folder, "hall-1", reel.told.append, pauses=[lasting])
    kept = reel.frames(shown)
    assert kept == list(range(len(kept))) and paused_at - 6 <= len(kept) <= paused_at
    assert [end.end_reason for end in reel.of(RunEnd)] == ["killed"]


def test_torn_part_of_a_killed_recorder_goes_when_it_may_be_of_a_closed_part(reel: Reel) -> None:
    reel.feed(8)
    [torn] = reel.folder.rglob("*.m4s.part")
    torn.write_bytes(torn.read_bytes()[:-5])
    recover(reel.folder, "hall-1", reel.told.append, pauses=[Pause(from_us(reel.arrived_us(6)), None)])
    assert list(reel.folder.rglob("*.m4s*")) == []


# --- a camera ---------------------------------------------------------------------------------------------------------


class Room:
    """A camera and its recorder's thread; `tell` is the database."""

    def __init__(self, camera: Any, folder: Path, sittings: Sittings | None = None) -> None:
        self.camera, self.folder, self.told = camera, folder, list[Record]()
        self.sittings = sittings or Sittings(time.monotonic())
        source = CameraSource("hall-1", camera.url, body=BODY)
        self.thread = CameraThread(source, folder, self.told.append, None, self.sittings)

    def tell(self, *pauses: Pause) -> None:
        self.sittings.tell_pauses({BODY: pauses}, time.monotonic())

    def wait(self, done: Callable[[], object], seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < until, f"{self.thread.state} {self.told}"
            time.sleep(0.02)

    def wait_state(self, state: str) -> None:
        self.wait(lambda: self.thread.state.state == state)

    def taken(self, shown: Any) -> list[float]:
        """When each picture on the disk was sent, wall time."""
        found: list[float] = []
        for init in sorted(self.folder.rglob("init.mp4")):
            files = sorted([*init.parent.glob("*.m4s"), *init.parent.glob("*.m4s.part")])
            if files:
                pictures = shown(init.read_bytes(), *(path.read_bytes() for path in files))
                found += [self.camera.started[0] + (one.number + 1) / 25 for one in pictures]
        return found

    def stop(self) -> None:
        if self.thread.is_alive():
            self.thread.stop()
            self.thread.join(10)
            self.thread.close()


@pytest.fixture
def room(film: Any, tmp_path: Path) -> Iterator[Callable[..., Room]]:
    begun: list[Room] = []

    def make(**shape: Any) -> Room:
        begun.append(Room(film(gop=25, count=375, **shape), tmp_path))
        return begun[-1]

    yield make
    for one in begun:
        one.stop()


def test_camera_films_nothing_between_pause_and_resuming_and_then_goes_on_in_a_new_run(room: Any, shown: Any) -> None:
    one = room()
    one.tell()
    one.thread.start()
    one.wait(lambda: sum(path.stat().st_size for path in one.folder.rglob("*.m4s.part")) > 8000)
    paused = time.time()
    time.sleep(0.3)  # the act is in the ledger, and nobody here has heard of it
    one.tell(Pause(from_us(round(paused * 1e6)), None))
    one.wait_state("paused")
    kept = one.taken(shown)
    assert paused - 0.45 < max(kept) < paused + 0.02
    assert [record.end_reason for record in one.told if isinstance(record, RunEnd)] == ["paused"]
    assert list(one.folder.rglob("*.part")) == []
    time.sleep(1.2)
    assert one.taken(shown) == kept and (one.folder / "hall-1" / pausing.NOTE).exists()
    resumed = time.time()
    one.tell(Pause(from_us(round(paused * 1e6)), from_us(round(resumed * 1e6))))
    one.wait_state("recording")
    one.wait(lambda: [record for record in one.told if isinstance(record, Run)][1:])
    one.stop()
    taken = one.taken(shown)
    assert taken[: len(kept)] == kept and min(taken[len(kept) :]) >= resumed
    assert not (one.folder / "hall-1" / pausing.NOTE).exists()


def test_note_that_is_torn_pauses_too(tmp_path: Path) -> None:
    assert pausing.noted(tmp_path) == ()
    (tmp_path / pausing.NOTE).write_text("{")
    assert pausing.noted(tmp_path) == (Pause(from_us(0), None),)


def test_recorder_that_starts_in_a_pause_without_the_database_stays_paused_by_its_note(
    room: Any, shown: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "hall-1"
    folder.mkdir()
    pausing.note(folder, Pause(from_us(round(time.time() * 1e6)), None))
    one = room()
    one.thread.start()
    one.wait_state("paused")
    one.wait(lambda: one.camera.sent and one.camera.sent[0] > 60)
    assert (one.taken(shown), one.thread.state.state) == ([], "paused")
    one.tell()  # the database is back, and knows of no closed part
    one.wait_state("recording")
    one.stop()


# --- live -------------------------------------------------------------------------------------------------------------

RUN = "hall-1-20171122T102623140Z"


def made(seq: int, n: int, run: str = RUN) -> Any:
    return tell(PartMade(run, seq, n, seq, 1, seq * 400 + n * 200, 200, 0, n == 0), bytes([seq, n]) * 5)


def test_live_parts_of_a_closed_part_keep_their_places_and_lose_their_bytes() -> None:
    recent = Recent()
    recent.add(tell(RunBegun(RUN, "avc1", 640, 360, 1000), b"init"))
    for seq in range(3):
        recent.add(made(seq, 0))
        recent.add(made(seq, 1))
        recent.add(tell(SegmentCut(RUN, seq, seq, 400)))
    end = recent.end
    recent.add(tell(RunOver(RUN, "paused", dropped=3)))
    kept = [told.head for told in recent.all() if isinstance(told.head, PartMade)]
    assert [(head.seq, head.part) for head in kept] == [(0, 0), (0, 1), (1, 0)]
    assert (recent.end, recent.run, recent.beginning()) == (end + 1, None, None)
    assert all(isinstance(recent[place].head, RunOver) for place in range(end - 5, end + 1))
    assert recent.segment(RUN, 1) is None and recent.part(RUN, 2, 0) is None
    later = RUN.replace("140Z", "940Z")
    recent.add(tell(RunBegun(later, "avc1", 640, 360, 1000), b"init"))
    recent.add(made(4, 0, later))
    assert recent.beginning() == recent.end - 1
