"""The demo camera through a real client: PyAV over RTSP, as the recorder has it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import av
import cv2
import pytest
import segno
from websockets.asyncio.server import ServerConnection, serve

from council.protocol import (
    PROTOCOL,
    DisplayState,
    Hello,
    Ping,
    Pong,
    Welcome,
    decode_display,
    encode,
)
from council.state_parts import CheckpointView, RequirementView, SeatView, SittingView, VoteView
from hardware import burnt_clock
from hardware.demo_camera import DemoCamera

PAYLOAD = "HLASNO 412 0123456789ABCDEF0123456789ABCDEF 20261122T120155.104Z"


@dataclass
class Seen:
    """One packet: its picture's burnt-in clock, the clock by the sender report, and the picture itself."""

    frame_no: int
    burnt_at: datetime
    reported_at: datetime | None
    key: bool
    pts: int | None
    picture: Any


def film(url: str, count: int) -> list[Seen]:
    seen = []
    with av.open(url, options={"rtsp_transport": "tcp", "analyzeduration": "100000"}, timeout=(5.0, 5.0)) as container:
        for packet in container.demux(container.streams.video[0]):
            reported = None
            if packet.has_sidedata("prft"):
                (us,) = struct.unpack_from("<q", bytes(packet.get_sidedata("prft")))
                reported = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
            for frame in packet.decode():
                picture = frame.to_ndarray(format="bgr24")
                try:
                    at, frame_no = burnt_clock.read(picture)
                except burnt_clock.Unreadable:  # a cut line leaves half a picture
                    return seen
                seen.append(Seen(frame_no, at, reported, bool(packet.is_keyframe), packet.pts, picture))
            if len(seen) >= count:
                break
    return seen


@pytest.fixture
async def camera() -> AsyncIterator[DemoCamera]:
    async with DemoCamera(None, fps=25, width=640, height=360, key_seconds=1) as small:
        yield small


async def test_picture_time_by_sender_report_is_the_burnt_in_one_within_a_millisecond(camera: DemoCamera) -> None:
    before = datetime.now(UTC)
    seen = await asyncio.to_thread(film, camera.url, 30)
    errors = [abs(s.reported_at - s.burnt_at) / timedelta(milliseconds=1) for s in seen if s.reported_at]
    assert len(errors) == len(seen), "the report comes before the first picture"
    assert max(errors) < 1
    assert before < seen[0].burnt_at < seen[-1].burnt_at < datetime.now(UTC) + timedelta(milliseconds=40)
    assert [s.frame_no for s in seen] == list(range(seen[0].frame_no, seen[0].frame_no + 30))
    first, second = (s for s in seen if s.key)
    assert first is seen[0]
    assert 1 <= (second.burnt_at - first.burnt_at).total_seconds() < 1.5, "a key frame each second, as asked"


async def test_clock_error_moves_the_reports_and_not_the_burnt_in_clock(camera: DemoCamera) -> None:
    camera.clock_error_seconds = -3.5
    seen = await asyncio.to_thread(film, camera.url, 3)
    assert seen[0].reported_at is not None
    assert abs((seen[0].burnt_at - seen[0].reported_at).total_seconds() - 3.5) < 0.002


async def test_two_watchers_get_the_same_pictures(camera: DemoCamera) -> None:
    first, second = await asyncio.gather(*(asyncio.to_thread(film, camera.url, 30) for _ in range(2)))
    both = {s.frame_no for s in first} & {s.frame_no for s in second}
    assert len(both) > 1
    assert {s.frame_no: s.burnt_at for s in first if s.frame_no in both} == {
        s.frame_no: s.burnt_at for s in second if s.frame_no in both
    }


async def test_drop_ends_the_connection_and_a_new_one_is_welcome(camera: DemoCamera) -> None:
    watching = asyncio.create_task(asyncio.to_thread(film, camera.url, 1000))
    await eventually_watched(camera, 1)
    await asyncio.sleep(1)
    camera.drop()
    last = (await asyncio.wait_for(watching, 10))[-1]
    again = await asyncio.to_thread(film, camera.url, 2)
    assert again[0].key and again[0].frame_no > last.frame_no


async def test_garbage_on_the_video_channel_does_not_end_the_stream(camera: DemoCamera) -> None:
    watching = asyncio.create_task(asyncio.to_thread(film, camera.url, 30))
    await eventually_watched(camera, 1)
    for _ in range(5):
        camera.garbage()
        await asyncio.sleep(0.05)
    assert len(await asyncio.wait_for(watching, 10)) == 30


async def test_pause_sends_nothing_and_goes_on_afterwards(camera: DemoCamera) -> None:
    watching = asyncio.create_task(asyncio.to_thread(film, camera.url, 45))
    await eventually_watched(camera, 1)
    await asyncio.sleep(0.5)
    camera.paused = True
    await asyncio.sleep(1)
    camera.paused = False
    times = [s.burnt_at for s in await asyncio.wait_for(watching, 15)]
    assert max(b - a for a, b in pairwise(times)) >= timedelta(seconds=1)


async def test_hall_display_is_on_the_wall_and_its_code_is_read_from_the_video() -> None:
    opened_at = datetime.max.replace(tzinfo=UTC)

    async def display(socket: ServerConnection) -> None:
        nonlocal opened_at
        opened_at = datetime.now(UTC)
        now = opened_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert socket.request is not None and socket.request.headers["Origin"] == f"http://127.0.0.1:{port}"
        async for frame in socket:
            assert isinstance(frame, str)
            match decode_display(frame):
                case Hello():
                    await socket.send(encode(Welcome(PROTOCOL, "b1", now)))
                    await socket.send(encode(opened(now)))
                case Ping(t=t):
                    await socket.send(encode(Pong(t, now)))

    async with serve(display, "127.0.0.1", 0) as hall:
        port = next(iter(hall.sockets)).getsockname()[1]
        async with DemoCamera(f"ws://127.0.0.1:{port}/ws/display?sitting=s") as camera:
            seen = await asyncio.to_thread(film, camera.url, 60)
    since = [(s.burnt_at - opened_at).total_seconds() for s in seen]
    large = [read_code(s.picture) for s, age in zip(seen, since, strict=True) if 0.5 < age < 2.95]
    assert len(large) > 10 and {text for text, _ in large} == {PAYLOAD}
    assert min(width for _, width in large) > 170
    assert since[-1] > 3.1 and read_code(seen[-1].picture)[1] < 70, "large for 3 s only"


def read_code(picture: Any) -> tuple[str, float]:
    """The text of the QR in a picture and its width in pixels, without the quiet zone."""
    text, corners, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    return text, 0.0 if corners is None else float(corners[0][1][0] - corners[0][0][0])


def opened(now: str) -> DisplayState:
    matrix = segno.make(PAYLOAD, version=3, error="l", mode="alphanumeric").matrix
    rows = tuple("".join(str(int(cell)) for cell in row) for row in matrix)
    need = RequirementView(19, 37, {"uk": "більшість складу ради"})
    return DisplayState(
        rev=1,
        server_time=now,
        sitting=SittingView("s", "Рада", "Місто", "I", "ordinary", None, "open", "Europe/Kyiv"),
        item=None,
        vote=VoteView(1, None, "Про бюджет", "open", need, now, 30, None, None, None, None),
        seats=tuple(SeatView(i, i != 8, False, i % 3 == 0) for i in range(1, 38)),
        voted=12,
        entitled=36,
        present=36,
        quorum=19,
        roll=(),
        opened_checkpoint=CheckpointView(412, "ab" * 32, now, rows, PAYLOAD),
        closed_checkpoint=None,
    )


async def eventually_watched(camera: DemoCamera, count: int) -> None:
    async with asyncio.timeout(5):
        while camera.watching < count:
            await asyncio.sleep(0.02)
