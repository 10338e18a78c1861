"""One camera on a real socket, recorded to a real disk, through its mishaps."""

from __future__ import annotations

import asyncio
import errno
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest

from council.commands.camera import explained
from hardware.demo_camera import DemoCamera
from streaming import filming, ingest, journal
from streaming.cutting import Begin
from streaming.errors import CameraBusy
from streaming.filming import CameraSource, CameraThread
from streaming.journal import Record
from streaming.posters import Posters
from streaming.segments import Run, RunEnd, Segment, to_us
from streaming.storage import RunWriter

Film = Callable[..., Any]


def test_a_disk_that_takes_no_journal_costs_no_open_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(journal.JournalFile, "append", refused)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with pytest.raises(OSError, match="no space"):
            RunWriter(tmp_path, "hall-1", Begin(10**15, "avc1.64001f", 320, 240, 90_000, b"init"), lambda _: None)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_camera_that_changes_with_every_picture_begins_no_run_with_each(
    recording: Callable[..., Recording], tmp_path: Path, units: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streaming.film.RUNS_A_MINUTE", 12)
    wide, narrow = (b"".join(data for _, data in units(count=1, width=width)) for width in (640, 320))
    (tmp_path / "film.h264").write_bytes((wide + narrow) * 200)
    made = recording(f"file://{tmp_path / 'film.h264'}", tmp_path / "recordings")
    made.wait_state("lost", "garbage")
    made.stop()
    assert 12 <= len(made.of(Run)) < 20, "and one with each try"
    assert len(made.of(RunEnd)) == len(made.of(Run)) == len(list(tmp_path.rglob("journal.jsonl")))


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://clerk:geheim@127.0.0.1:1/a",
        "rtsp://clerk:ge@geheim@127.0.0.1:1/a",
        "rtsp://clerk:geheim/heim@127.0.0.1:1/a",
        "rtsp://clerk:ge geheim@127.0.0.1:1/a",
        "rtsp://clerk:geheim-pass=1@127.0.0.1:1/a",
        "rtsp://clerk:geheim℀@127.0.0.1:1/a",
        "rtsp://clerk:[geheim@127.0.0.1:1/a",
        "rtsp://clerk:ge\tgeheim\n@127.0.0.1:1/a",
        "rtsp://127.0.0.1:1/user=clerk&password=geheim&channel=1.sdp",
        "http://127.0.0.1:1/video.cgi?user=clerk&pwd=geheim",
        "http://127.0.0.1:1/video.cgi?user=clerk&pwd=ge@geheim",
        "http://127.0.0.1:1/video.cgi?pwd=ge/geheim&user=clerk",
        "http://127.0.0.1:1/video.cgi?user=clerk&pwd=ge geheim",
    ],
)
def test_no_password_of_a_camera_is_told(url: str, caplog: pytest.LogCaptureFixture) -> None:
    capture = ingest.Capture(url, "hall-1")
    capture.start()
    lost = capture.next_event(10)
    assert isinstance(lost, ingest.Lost)
    capture.join(10)
    said = f"{lost.text} {ingest.without_password(url)} {explained(url, lost)} {caplog.text}"
    assert "geheim" not in said and "127.0.0.1:1/" in said


class Recording:
    """A CameraThread and what it told."""

    def __init__(self, url: str, folder: Path, posters: Posters | None = None) -> None:
        self.folder, self.told = folder, list[Record]()
        self.thread = CameraThread(CameraSource("hall-1", url), folder, self.told.append, posters)
        self.thread.start()

    def of(self, kind: type) -> list[Any]:
        return [record for record in self.told if isinstance(record, kind)]

    def wait(self, done: Callable[[], object], seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < until, f"{self.thread.state} {self.told}"
            time.sleep(0.02)

    def wait_state(self, state: str, message: str = "") -> None:
        self.wait(lambda: (self.thread.state.state, self.thread.state.message) == (state, message))

    def stop(self) -> None:
        if self.thread.is_alive():
            self.thread.stop()
            self.thread.join(10)
            assert not self.thread.is_alive()
            self.thread.close()

    def pictures(self, run: Run, shown: Any) -> list[Any]:
        segments = [self.folder / s.path for s in self.of(Segment) if s.run_id == run.id]
        found: list[Any] = shown((self.folder / run.init_path).read_bytes(), *(path.read_bytes() for path in segments))
        return found


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Callable[..., Recording]]:
    """`recording(url)` begins one; it is stopped with the test."""
    begun: list[Recording] = []

    def begin(url: str, folder: Path = tmp_path, posters: Posters | None = None) -> Recording:
        begun.append(Recording(url, folder, posters))
        return begun[-1]

    yield begin
    for one in begun:
        one.stop()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter waits than a real hall's, and long enough for a busy machine."""
    monkeypatch.setattr(ingest, "SILENT_S", 3.0)
    monkeypatch.setattr(filming, "BACKOFF_S", (0.2, 0.5))
    monkeypatch.setattr(filming, "DISK_RETRY_S", 0.3)  # not hasty with the camera: a busy machine would lose it


def test_film_of_a_camera_is_recorded_to_the_frame(film: Film, recording: Any, shown: Any, tmp_path: Path) -> None:
    camera = film(count=90, gop=25)
    posters = Posters(tmp_path)
    posters.start()
    made = recording(camera.url, posters=posters)
    made.wait(lambda: made.of(RunEnd))
    made.stop()
    [run, *_] = made.of(Run)
    pictures = made.pictures(run, shown)
    assert [picture.number for picture in pictures] == list(range(90))
    assert run.clock == "sender_report"
    for picture in pictures:  # each frame at its second, by the camera's clock
        assert abs(to_us(run.started_at) / 1e6 + picture.second - camera.started[0] - picture.number / 25) < 0.001
    first = made.of(Segment)[0]
    assert (first.duration_ms, first.frames, first.started_at) == (2000, 50, run.started_at)
    made.wait(lambda: (tmp_path / first.poster_path).exists())
    posters.stop()
    assert (tmp_path / first.poster_path).read_bytes().startswith(b"\xff\xd8\xff")
    assert (
        journal.read(tmp_path / "hall-1" / run.id / journal.NAME).records == made.told[: len(made.of(Segment)) + 2][:4]
    )


def test_camera_that_drops_and_comes_back_makes_a_new_run_and_loses_nothing(
    hasty: None, film: Film, recording: Any, shown: Any
) -> None:
    camera = film(count=200)
    made = recording(camera.url)
    made.wait(lambda: camera.sent and camera.sent[0] >= 63)
    camera.drop()
    made.wait(lambda: len(camera.sent) == 2 and camera.sent[1] >= 30)
    assert made.thread.state.state == "recording"
    made.stop()
    first, second = made.of(Run)
    assert [end.end_reason for end in made.of(RunEnd)] == ["dropped", "stopped"]
    numbers = [picture.number for picture in made.pictures(first, shown)]
    assert numbers == list(range(len(numbers))) and len(numbers) >= camera.sent[0] - 1
    assert [picture.number for picture in made.pictures(second, shown)][:30] == list(range(30))


def test_camera_that_is_absent_is_tried_until_it_comes(hasty: None, film: Film, recording: Any, free_port: int) -> None:
    made = recording(f"rtsp://user:secret@127.0.0.1:{free_port}/hall-1")
    made.wait_state("lost", "absent")
    since = made.thread.state.since_at
    film(port=free_port)
    made.wait_state("recording")
    assert made.thread.state.since_at > since
    made.wait(lambda: made.thread.state.bitrate_bps)


def test_lost_camera_is_tried_every_three_seconds_but_one_that_refuses_us_less_often() -> None:
    assert [filming.pause_after("absent", tries) for tries in range(6)] == [0.5, 1, 2, 3, 3, 3]
    assert [filming.pause_after("refused", tries) for tries in (0, 4, 5, 10_000)] == [0.5, 8, 15, 15]


def test_passwords_are_never_logged(
    hasty: None, recording: Any, free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    made = recording(f"rtsp://user:secret@127.0.0.1:{free_port}/hall-1")
    made.wait_state("lost", "absent")
    assert "absent" in caplog.text and "secret" not in caplog.text


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"garbage": True}, "garbage"),
        ({"codec": "VP8"}, "not_h264"),
        ({"silent": True}, "silent"),
        ({"refuse": True}, "dropped"),
    ],
)
def test_camera_with_a_fault_is_named_and_recorded_once_it_is_well(
    hasty: None, film: Film, recording: Any, fault: dict[str, Any], message: str
) -> None:
    camera = film(**fault)
    made = recording(camera.url)
    made.wait(lambda: made.thread.state.state == "lost")
    assert made.thread.state.message == message
    assert made.told == []
    camera.garbage, camera.codec, camera.silent, camera.refuse = False, "H264", False, False
    made.wait_state("recording")


def test_camera_waits_while_what_it_sent_is_not_written_and_nothing_is_lost(
    film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "QUEUED", 5)
    camera = film(count=250, width=640, height=480, pace=0.0)
    capture = ingest.Capture(camera.url, "hall-1")
    capture.start()
    units = 0
    while not isinstance(event := capture.next_event(10), ingest.Lost):
        assert event is not None
        units += isinstance(event, ingest.AccessUnit)
        time.sleep(0.002)
    capture.join(20)
    assert (event.code, units) == ("dropped", 250)


@pytest.mark.parametrize("framed", [True, False])
async def test_camera_sending_garbage_in_between_is_recorded_on(
    hasty: None, recording: Any, shown: Any, framed: bool
) -> None:
    async with DemoCamera(None, 0, 640, 360, 25) as camera:
        made = recording(camera.url)
        await asyncio.to_thread(made.wait, lambda: made.of(Segment))
        for _ in range(5):
            camera.garbage(framed)
        count = len(made.of(Segment))
        await asyncio.to_thread(made.wait, lambda: len(made.of(Segment)) >= count + 2)
        await asyncio.to_thread(made.stop)
    for segment in made.of(Segment):
        run = next(run for run in made.of(Run) if run.id == segment.run_id)
        data = (made.folder / segment.path).read_bytes()
        assert decoded((made.folder / run.init_path).read_bytes() + data) == segment.frames


def decoded(data: bytes) -> int:
    with av.open(BytesIO(data), "r", format="mp4") as container:
        return sum(1 for _ in container.decode(video=0))


def test_camera_going_silent_ends_the_run_and_keeps_what_came(
    hasty: None, film: Film, recording: Any, shown: Any
) -> None:
    camera = film(count=200)
    made = recording(camera.url)
    made.wait(lambda: camera.sent and camera.sent[0] >= 40)
    camera.silent = True
    made.wait_state("lost", "silent")
    [run] = made.of(Run)
    assert [picture.number for picture in made.pictures(run, shown)] == list(range(camera.sent[0]))
    assert made.of(RunEnd)[0].end_reason == "silent"


@pytest.mark.parametrize("bound", ["cutting.LONGEST_MS", "filming.LONGEST_S"])
def test_camera_that_sends_no_key_frame_any_more_is_asked_anew(
    hasty: None, film: Film, recording: Any, shown: Any, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the times of its pictures, or where those do not tell by our clock."""
    monkeypatch.setattr(f"streaming.{bound}", 1000 if bound == "cutting.LONGEST_MS" else 1)
    camera = film(count=200, gop=200)
    made = recording(camera.url)
    made.wait(lambda: len(made.of(RunEnd)) > 1)
    first = made.of(Run)[0]
    assert {end.end_reason for end in made.of(RunEnd)[:2]} == {"no_key_frame"}
    pictures = [picture.number for picture in made.pictures(first, shown)]
    assert pictures == list(range(len(pictures))) and 10 < len(pictures) <= camera.sent[0]


def test_camera_with_a_clock_a_day_off_is_recorded_by_the_server_s_and_named(film: Film, recording: Any) -> None:
    camera = film(clock_error=-86_400.0)
    made = recording(camera.url)
    made.wait_state("recording", "clock_off")
    made.stop()
    [run] = made.of(Run)
    assert run.clock == "arrival"
    assert abs(to_us(run.started_at) / 1e6 - camera.started[0]) < 5


def test_stop_finishes_the_segment_at_once(film: Film, recording: Any, tmp_path: Path) -> None:
    camera = film()
    made = recording(camera.url)
    made.wait(lambda: camera.sent and camera.sent[0] >= 40)
    camera.silent = True  # who waited for the segment's end would wait until the camera is given up
    made.stop()
    assert [end.end_reason for end in made.of(RunEnd)] == ["stopped"]
    assert sum(segment.frames for segment in made.of(Segment)) >= 20
    assert not list(tmp_path.rglob("*.part"))


def test_second_recorder_of_a_camera_is_refused(film: Film, recording: Any, tmp_path: Path) -> None:
    camera = film()
    recording(camera.url)
    with pytest.raises(CameraBusy):
        CameraThread(CameraSource("hall-1", camera.url), tmp_path, print, None)


CHILD = """
import sys, pathlib
from streaming.filming import CameraSource, CameraThread
thread = CameraThread(CameraSource("hall-1", sys.argv[1]), pathlib.Path(sys.argv[2]), print, None)
thread.start()
thread.join()
"""


def test_recorder_killed_loses_at_most_its_last_parts(film: Film, recording: Any, shown: Any, tmp_path: Path) -> None:
    camera = film(count=200)
    child = subprocess.Popen([sys.executable, "-c", CHILD, camera.url, str(tmp_path)], stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        while not (camera.sent and camera.sent[0] >= 83):
            assert child.poll() is None and time.monotonic() < until
            time.sleep(0.01)
        camera.silent, still = True, None  # a busy machine is late: what it has got is to be written
        while still != (now := (camera.sent[0], sum(part.stat().st_size for part in tmp_path.rglob("*.part")))):
            still = now
            time.sleep(0.5)
        sent = camera.sent[0]
    finally:
        child.kill()
        child.wait()
    assert [path.name for path in tmp_path.rglob("*.part")] == ["000001.m4s.part"]
    camera.refuse = True
    made = recording(camera.url)
    made.wait(lambda: made.of(RunEnd))
    [run] = made.of(Run)
    assert made.of(RunEnd)[0].end_reason == "killed"
    numbers = [picture.number for picture in made.pictures(run, shown)]
    assert numbers == list(range(len(numbers)))
    assert sent - len(numbers) <= 0.5 * 25
    assert run.clock == "sender_report" and [s.n for s in made.of(Segment)] == [0, 1]
    assert abs(to_us(run.started_at) / 1e6 - camera.started[0]) < 0.001


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_full_disk_is_named_keeps_what_is_there_and_goes_on_when_there_is_room(
    monkeypatch: pytest.MonkeyPatch, film: Film, small_disk: Path, recording: Any, shown: Any
) -> None:
    monkeypatch.setattr(
        filming, "DISK_RETRY_S", 0.3
    )  # hasty but for the camera: a busy machine's must not count as lost
    camera = film(count=400)
    made = recording(camera.url, small_disk)
    made.wait(lambda: made.of(Segment))
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 8192))
    made.wait_state("disk_full", "disk_full")
    before = camera.sent[0]
    time.sleep(1)
    assert made.thread.state.state == "disk_full"
    ballast.unlink()
    made.wait_state("recording")
    first, second = dict.fromkeys(run.id for run in made.of(Run))
    assert [end.end_reason for end in made.of(RunEnd)] == ["disk_full"]
    made.stop()
    kept = {segment.path: segment for segment in made.of(Segment) if segment.run_id == first}
    run = next(run for run in made.of(Run) if run.id == first)
    data = [(small_disk / path).read_bytes() for path in kept]
    numbers = [picture.number for picture in shown((small_disk / run.init_path).read_bytes(), *data)]
    assert numbers == list(range(len(numbers))) and before - len(numbers) < 25
    assert second > first
