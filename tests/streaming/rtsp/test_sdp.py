from __future__ import annotations

import pytest

from streaming.errors import CameraLost
from streaming.rtsp import sdp

CAMERA = b"""v=0
o=- 1 1 IN IP4 192.0.2.7
s=Session
c=IN IP4 0.0.0.0
t=0 0
a=control:*
m=application 0 RTP/AVP 107
a=rtpmap:107 vnd.onvif.metadata/90000
m=video 0 RTP/AVP 96
a=control:rtsp://192.0.2.7/stream/trackID=1
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1;profile-level-id=64001F;sprop-parameter-sets=Z2QAH6w=,aO48gA==
m=audio 0 RTP/AVP 97
a=control:trackID=2
a=rtpmap:97 mpeg4-generic/16000/2
a=fmtp:97 streamtype=5; mode=AAC-hbr; config=1410;SizeLength=13
m=audio 0 RTP/AVP 8
m=video 0 udp 33
""".replace(b"\n", b"\r\n")


def test_description_of_a_camera_is_read() -> None:
    read = sdp.read(CAMERA)
    video = read.first("video", ("H264", "H265"))
    assert video is not None and read.control == "*"
    assert (video.payload_type, video.clock_hz) == (96, 90_000)
    assert video.parameters["sprop-parameter-sets"] == "Z2QAH6w=,aO48gA=="
    aac, alaw = (m for m in read.media if m.kind == "audio")
    assert (aac.encoding, aac.clock_hz, aac.channels) == ("MPEG4-GENERIC", 16_000, 2)
    assert aac.parameters == {"streamtype": "5", "mode": "AAC-hbr", "config": "1410", "sizelength": "13"}
    assert (alaw.encoding, alaw.clock_hz, alaw.channels) == ("PCMA", 8000, 1)
    assert read.first("video", ("H265",)) is None and read.media[-1].payload_type == -1


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"v=0\r\nm=video\r\n", b"v=0\n" + b"m=audio 0 RTP/AVP 0\n" * 40, b"v=0\n" + b"a" * 70_000]
)
def test_what_is_no_description_is_garbage(body: bytes) -> None:
    with pytest.raises(CameraLost) as lost:
        sdp.read(body)
    assert lost.value.code == "garbage"


@pytest.mark.parametrize(
    ("base", "control", "address"),
    [
        ("rtsp://c/a", "", "rtsp://c/a"),
        ("rtsp://c/a", "*", "rtsp://c/a"),
        ("rtsp://c/a/", "track1", "rtsp://c/a/track1"),
        ("rtsp://c/a?x=1", "track1", "rtsp://c/a?x=1/track1"),
        ("rtsp://c/a", "RTSP://d/b", "RTSP://d/b"),
    ],
)
def test_address_of_a_stream_is_put_together(base: str, control: str, address: str) -> None:
    assert sdp.address(base, control) == address
