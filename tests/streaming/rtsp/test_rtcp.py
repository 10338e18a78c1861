from __future__ import annotations

import struct

import pytest

from hardware.rtp import Packetiser
from streaming.errors import CameraLost
from streaming.rtsp import rtcp
from streaming.rtsp.rtp import Reception

WALL_NS = 1_511_339_183_250_000_000


def test_sender_report_says_when_a_timestamp_was() -> None:
    [report] = rtcp.read(Packetiser(7, 1).report(WALL_NS, 90_000))
    assert (report.ssrc, report.timestamp) == (7, 90_000)
    assert report.wall_us is not None and abs(report.wall_us - WALL_NS // 1000) <= 1


def test_camera_without_a_clock_or_after_2036_is_understood() -> None:
    def report(seconds: int) -> rtcp.SenderReport:
        [found] = rtcp.read(struct.pack(">BBHIIIIII", 0x80, 200, 6, 1, seconds, 0, 5, 0, 0))
        return found

    assert report(0).wall_us is None
    assert report(1).wall_us == (2**32 + 1 - 2_208_988_800) * 1_000_000


@pytest.mark.parametrize(
    "data", [b"\x80", b"\x00\xc8\x00\x01" + bytes(4), b"\x80\xc8\x00\x02" + bytes(8), b"\x80\xc9\x00\x05" + bytes(8)]
)
def test_what_is_no_rtcp_is_garbage(data: bytes) -> None:
    with pytest.raises(CameraLost) as lost:
        rtcp.read(data)
    assert lost.value.code == "garbage"


def test_receiver_report_answers_the_sender_s() -> None:
    [report] = rtcp.read(Packetiser(7, 1).report(WALL_NS, 90_000))
    reception = Reception(96, 90_000)
    for number in (1, 2, 4):
        reception.take(struct.pack(">BBHII", 0x80, 96, number, 0, 7), 0)
    data = rtcp.receiver_report(99, reception, report, 0.5)
    kind, words, own, ssrc, loss, highest, _, middle, delay = struct.unpack_from(">xBHIIIIIII", data)
    assert (kind, words, own, ssrc, highest, middle, delay) == (201, 7, 99, 7, 4, report.middle, 32_768)
    assert loss == 64 << 24 | 1
    assert rtcp.read(data) == [] and len(data) % 4 == 0
    assert rtcp.read(rtcp.receiver_report(99, Reception(96, 90_000), None, 0)) == []
