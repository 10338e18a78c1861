from __future__ import annotations

import random

import pytest

from streaming.errors import CameraLost
from streaming.rtsp import messages
from streaming.rtsp.messages import Incoming, Request, Response

ANSWER = (
    b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nWWW-Authenticate: Basic realm=x\r\nwww-authenticate: Digest\r\n"
    b"X-Long: one\r\n two\r\nContent-Length: 5\r\n\r\nv=0\r\n"
)
ASKED = b"OPTIONS rtsp://us RTSP/1.0\r\nCSeq: 7\r\n\r\n"
PACKET = b"$\x02\x00\x03RTP"


@pytest.mark.parametrize("step", [1, 2, 3, 7, 10_000])
def test_messages_and_packets_cut_anywhere_are_read_in_order(step: int) -> None:
    incoming, items = Incoming(), []
    data = (PACKET + ANSWER + b"\r\n" + ASKED + PACKET + b"$\x00\x00\x00") * 3
    for i in range(0, len(data), step):
        items += incoming.feed(data[i : i + step])
    packet, answer, asked, again, empty, *others = items
    assert packet == again == (2, b"RTP") and empty == (0, b"")
    assert isinstance(answer, Response) and (answer.status, answer.reason, answer.body) == (200, "OK", b"v=0\r\n")
    assert answer.headers.all("www-authenticate") == ["Basic realm=x", "Digest"]
    assert answer.headers.get("x-long") == "one two" and answer.headers.get("absent") == ""
    assert isinstance(asked, Request) and (asked.method, asked.url) == ("OPTIONS", "rtsp://us")
    assert others == [packet, answer, asked, again, empty] * 2


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(10),
        b"\x00",
        random.Random(3).randbytes(2000).replace(b"$", b"!"),
        b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"RTSP/1.0 200 OK\r\n" + b"X: y" * messages.HEAD_BYTES,
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nno colon here\r\n\r\n",
        b"RTSP/1.0 twohundred\r\n\r\n",
    ],
)
def test_what_is_no_rtsp_is_garbage(data: bytes) -> None:
    with pytest.raises(CameraLost) as lost:
        list(Incoming().feed(data + b"\r\n" * 20))
    assert lost.value.code == "garbage"


def test_request_stays_one_line_each_header() -> None:
    made = messages.request("SETUP", "rtsp://c/1", {"CSeq": "1"})
    assert made == b"SETUP rtsp://c/1 RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    with pytest.raises(ValueError, match="control"):
        messages.request("SETUP", "rtsp://c/1", {"CSeq": "1\r\nX: y"})


def test_camera_that_asks_us_is_told_that_we_live() -> None:
    [asked] = Incoming().feed(ASKED)
    assert isinstance(asked, Request)
    assert messages.refusal(asked) == b"RTSP/1.0 200 OK\r\nCSeq: 7\r\n\r\n"
    [other] = Incoming().feed(b"ANNOUNCE rtsp://us RTSP/1.0\r\nCSeq: 8\r\n\r\n")
    assert isinstance(other, Request) and b"501" in messages.refusal(other)


def test_parameters_of_a_header_are_read() -> None:
    read = messages.parameters('RTP/AVP/TCP;unicast; interleaved=0-1;mode="PLAY"')
    assert read == {"rtp/avp/tcp": "", "unicast": "", "interleaved": "0-1", "mode": "PLAY"}
