"""The thread that receives: whom it wakes, and when it need not listen itself."""

from __future__ import annotations

from streaming import h264, ingest
from streaming.cutting import AccessUnit
from streaming.rtsp.session import Session
from streaming.rtsp.stream import Stream


def test_a_capture_wakes_for_what_is_due_and_for_a_key_frame_and_tells_all_in_order() -> None:
    capture = ingest.Capture("rtsp://127.0.0.1:1/a", "hall-1")
    capture._opened(90_000, h264.ParameterSets(), None)
    assert isinstance(capture.next_event(0), ingest.Opened)
    capture.quiet_until = 300
    capture._bell.get(timeout=1)
    told = []
    for pts, kind in ((100, b"\x41"), (200, b"\x65"), (250, b"\x41"), (300, b"\x41"), (400, b"\x41")):
        capture._put(AccessUnit((kind,), pts, 0, None))
        told.append(not capture._bell.empty())
        while not capture._bell.empty():
            capture._bell.get()
    assert told == [False, True, False, True, True]
    events = [capture.next_event(0) for _ in range(6)]
    assert [event.pts for event in events if isinstance(event, AccessUnit)] == [100, 200, 250, 300, 400]
    assert events[-1] is None


def test_a_capture_rests_until_the_picture_that_ends_the_part_where_the_camera_tells_its_times() -> None:
    class Resting(Session):
        def rest(self, seconds: float) -> None:
            rests[-1] = round(seconds * 1000)

    session, rests = Resting("rtsp://127.0.0.1:1/a"), list[int]()
    capture = ingest.Capture("rtsp://127.0.0.1:1/a", "hall-1")
    film, sound = Stream(96, 90_000), Stream(97, 8000)
    capture._streams = [film]

    def arrive(*pictures: tuple[int, int]) -> list[int]:
        rests.clear()
        for ms, arrived_ms in pictures:
            rests.append(0)
            unit = AccessUnit((b"A",), ms * 90, arrived_ms * 1000, None)
            capture._rest(session, unit, 90_000)
        return rests

    assert arrive((0, 5), (40, 45)) == [0, 0]  # where the part ends nobody knows yet
    capture.quiet_until = 180 * 90
    assert arrive((80, 85)) == [0]
    film.stamps.report(0, 1_000_000)
    assert arrive((120, 125), (160, 165)) == [70, 0]
    assert arrive((200, 205)) == [190]  # up to 10 ms before the picture at 400
    capture.quiet_until = 380 * 90
    assert arrive((240, 395), (280, 395), (320, 395), (360, 395), (400, 405)) == [0, 0, 0, 0, 190]
    assert arrive((1400, 1405)) == [0]  # not evenly
    capture._streams = [film, sound]
    assert arrive((1440, 1445), (1480, 1485)) == [0, 0]  # its sound is laid by when it arrives
