from __future__ import annotations

import struct

import pytest

from hardware.rtp import SOUND_TYPE, Packetiser, Sound, describe
from streaming.errors import BadStream, CameraLost
from streaming.rtsp import sdp
from streaming.rtsp.audio import AacConfig, AacUnits, Heard, PlainSound, read_config
from streaming.rtsp.rtp import Reception
from streaming.rtsp.stream import Joiner

CONFIG = AacConfig(bytes.fromhex("1188"), 48_000, 1, 13, 3)


def media(**changed: str) -> sdp.Media:
    described = describe([b"\x67\x42\x00\x0a", b"\x68"], "hall-1", 25, Sound(48_000, 1, CONFIG.raw))
    found = sdp.read(described.encode()).first("audio", ["MPEG4-GENERIC"])
    assert found is not None
    found.parameters |= changed
    return found


def feed(joiner: Joiner, sent: list[bytes]) -> None:
    reception = Reception(SOUND_TYPE, 48_000)
    for data in sent:
        for packet in reception.take(data, 7):
            joiner.take(packet)
    for packet in reception.rest():
        joiner.take(packet)


def packet(number: int, payload: bytes, timestamp: int = 0, marker: bool = True) -> bytes:
    return struct.pack(">BBHII", 0x80, SOUND_TYPE | marker << 7, number, timestamp, 1) + payload


def test_units_are_taken_out_of_their_packets_and_loss_is_told() -> None:
    heard: list[Heard] = []
    maker = Packetiser(1, 65_534, SOUND_TYPE)
    sent = [data for i in range(6) for data in maker.sound(b"unit %d" % i, i * 1024)]
    feed(AacUnits(CONFIG, heard.append), sent[:2] + sent[4:])
    assert [(one.data, one.timestamp, one.lost) for one in heard] == [
        (b"unit 0", 0, 0),
        (b"unit 1", 1024, 0),
        (b"unit 4", 4096, 2),
        (b"unit 5", 5120, 0),
    ]


def test_several_units_of_a_packet_follow_each_other() -> None:
    heard: list[Heard] = []
    sizes = [5, 6]
    payload = struct.pack(">HHH", 32, *(size << 3 for size in sizes)) + b"fivefsixsix"
    feed(AacUnits(CONFIG, heard.append), [packet(1, payload, 2**32 - 512)])
    assert [(one.data, one.timestamp) for one in heard] == [(b"fivef", 2**32 - 512), (b"sixsix", 512)]


def test_pieces_without_content_are_not_gathered() -> None:
    joiner = AacUnits(CONFIG, lambda _: None)
    feed(joiner, [packet(n, struct.pack(">HH", 16, 9 << 3), marker=False) for n in range(50)])
    assert joiner._pieces == []


def test_unit_in_several_packets_is_joined_or_left_out_whole() -> None:
    pieces = [struct.pack(">HH", 16, 9 << 3) + piece for piece in (b"one", b"two", b"six")]
    sent = [packet(i + 1, piece, 0, i == 2) for i, piece in enumerate(pieces)]
    for dropped, expected in ((None, [b"onetwosix"]), (1, []), (0, [])):
        heard: list[Heard] = []
        feed(AacUnits(CONFIG, heard.append), [data for i, data in enumerate(sent) if i != dropped])
        assert [one.data for one in heard] == expected


@pytest.mark.parametrize(
    "payload", [b"\x00\x00ab", b"\x00\x11" + bytes(9), b"\x00\x20\x00\x28\x00\x28short", b"\xff\xff"]
)
def test_what_is_no_aac_is_garbage(payload: bytes) -> None:
    with pytest.raises(CameraLost) as lost:
        feed(AacUnits(CONFIG, print), [packet(1, payload)])
    assert lost.value.code == "garbage"


def test_description_of_sound_is_read_or_refused() -> None:
    assert read_config(media()) == CONFIG
    for changed in ({"config": ""}, {"config": "zz"}, {"config": "2b92"}, {"sizelength": "x"}, {"sizelength": "7"}):
        with pytest.raises(BadStream):
            read_config(media(**changed))


def test_telephone_sound_is_passed_on_as_it_is() -> None:
    heard: list[Heard] = []
    feed(PlainSound(heard.append), [packet(1, b"abc"), packet(3, b""), packet(4, b"def", 6)])  # some keep lines open
    assert [(one.data, one.timestamp, one.lost) for one in heard] == [(b"abc", 0, 0), (b"def", 6, 1)]
