from __future__ import annotations

import random
import struct
from collections.abc import Iterable

import pytest

from hardware.rtp import Packetiser
from streaming.errors import CameraLost
from streaming.rtsp.rtp import Reception
from streaming.rtsp.video import H264Units, H265Units, Joined, Pictures

NOISE = random.Random(11)


def slice_(size: int, kind: int = 1, first: bool = True) -> bytes:
    """A unit that looks like a slice; without zeros, so that no start code is in it."""
    return bytes([0x60 | kind, 0x9A if first else 0x1A]) + bytes(NOISE.randrange(1, 256) for _ in range(size - 2))


FILM = [
    [b"\x67\x42\x11", b"\x68\x12", slice_(9000, 5), slice_(3000, 5, False)],
    *([slice_(3000)] for _ in range(5)),
    *([slice_(700), slice_(400, first=False)] for _ in range(4)),
    *([slice_(5000)] for _ in range(10)),
]


def packets(film: Iterable[list[bytes]] = FILM, begin: int = 65_530) -> list[bytes]:
    maker = Packetiser(1, begin)
    return [packet for i, units in enumerate(film) for packet in maker.picture(units, i * 3600)]


def join(sent: Iterable[bytes], pictures: Pictures | None = None, made: list[Joined] | None = None) -> list[Joined]:
    made = [] if made is None else made
    pictures = pictures or Pictures(H264Units(), made.append)
    reception = Reception(96, 90_000)
    for i, data in enumerate(sent):
        for packet in reception.take(data, i):
            pictures.take(packet)
    for packet in reception.rest():
        pictures.take(packet)
    pictures.finish()
    return made


def test_pictures_are_put_together_as_they_were_sent() -> None:
    made = join(packets())
    assert [joined.units for joined in made] == FILM
    assert [joined.timestamp for joined in made] == [i * 3600 for i in range(len(FILM))]
    assert not any(joined.damaged or joined.lost for joined in made)


@pytest.mark.parametrize("packed", [b"\x18" + b"\0\1\x06" * 20_000, b"\x06" + b"\0\0\1\x06" * 16_000])
def test_a_picture_of_countless_units_is_refused(packed: bytes) -> None:
    made = Packetiser(1, 7).picture([b"\x06"], 0)[0][:12]
    following = made[:2] + (8).to_bytes(2) + made[4:]
    with pytest.raises(CameraLost, match="without end"):
        join([made + packed, following + packed])


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_each_loss_is_told_and_every_picture_that_lacks_something_is_marked(size: int) -> None:
    sent = packets()
    picture_of = [struct.unpack_from(">I", packet, 4)[0] for packet in sent]
    for at in range(1, len(sent) - size):
        made = join([packet for i, packet in enumerate(sent) if not at <= i < at + size])
        assert sum(joined.lost for joined in made) == size
        missing, kept = set(picture_of[at : at + size]), set(picture_of[:at] + picture_of[at + size :])
        marked = {joined.timestamp for joined in made if joined.damaged}
        # a picture may be marked that only lacks its parameter sets or lies next to the gap; none is left out
        assert {timestamp for timestamp in missing & kept if timestamp} <= marked
        assert marked <= missing | {picture_of[at + size]}
        assert {joined.timestamp for joined in made} == kept


def test_of_a_torn_picture_every_byte_that_came_is_passed_on() -> None:
    [unit] = film = [slice_(9000)]
    sent = packets([film])
    for at in range(1, len(sent) - 1):
        [joined] = join(sent[:at] + sent[at + 1 :])
        assert joined.damaged and joined.lost == 1
        assert sum(map(len, joined.units)) == len(unit) - (len(sent[at]) - 14)
    [joined] = join(sent[1:])
    assert joined.units[0][0] == unit[0] and unit.endswith(joined.units[0][1:]) and joined.damaged


def test_marker_ends_a_picture_at_once_where_the_camera_is_to_be_trusted() -> None:
    made: list[Joined] = []
    pictures, reception = Pictures(H264Units(), made.append), Reception(96, 90_000)
    waiting = []
    for data in packets():
        [packet] = reception.take(data, 0)
        pictures.take(packet)
        if packet.marker:
            waiting.append(packet.timestamp // 3600 + 1 - len(made))
    assert waiting[:8] == [1] * 8 and waiting[9:] == [0] * (len(waiting) - 9)


def test_camera_that_marks_each_slice_is_not_trusted_and_loses_nothing() -> None:
    film = FILM[1:6] * 4 + FILM[6:10] * 5
    sent = [bytes([p[0], p[1] | 0x80]) + p[2:] if len(p) < 1000 else p for p in packets(film)]
    made = join(sent)
    assert [unit for joined in made for unit in joined.units] == [unit for units in film for unit in units]
    assert [joined.units for joined in made][-10:] == film[-10:]


def test_camera_that_never_marks_is_joined_by_its_times() -> None:
    sent = [bytes([p[0], p[1] & 0x7F]) + p[2:] for p in packets()]
    made = join(sent)
    assert [joined.units for joined in made] == FILM and not any(joined.damaged for joined in made)


def test_aggregates_and_start_codes_within_packets_are_taken_apart() -> None:
    units = [b"\x67\x42\x11", b"\x68\x12", slice_(50, 5)]
    aggregate = b"\x78" + b"".join(len(u).to_bytes(2) + u for u in units)
    annexb = b"".join(b"\0\0\0\1" + u for u in units)
    for payload in (aggregate, annexb, annexb[4:]):
        [joined] = join([struct.pack(">BBHII", 0x80, 96 | 0x80, 1, 0, 1) + payload])
        assert joined.units == units


def test_h265_is_put_together() -> None:
    unit = b"\x26\x01\xaf" + slice_(5000)
    fragments = [unit[2 + i : 2 + i + 1000] for i in range(0, len(unit) - 2, 1000)]
    last = len(fragments) - 1
    heads = [bytes([0x62, 0x01, 19 | (0x80 if i == 0 else 0) | (0x40 if i == last else 0)]) for i in range(last + 1)]
    sets = [b"\x40\x01\x0c", b"\x42\x01\x01", b"\x44\x01\xc1"]
    payloads = [b"\x60\x01" + b"".join(len(u).to_bytes(2) + u for u in sets)]
    payloads += [head + piece for head, piece in zip(heads, fragments, strict=True)]
    made: list[Joined] = []
    sent = [struct.pack(">BBHII", 0x80, 96, i, 0, 1) + payload for i, payload in enumerate(payloads)]
    [joined] = join(sent, Pictures(H265Units(), made.append), made)
    assert joined.units == [*sets, unit] and not joined.damaged
    made.clear()
    [joined] = join(sent[:3] + sent[4:], Pictures(H265Units(), made.append), made)
    assert joined.damaged and joined.lost == 1
    made.clear()
    [joined] = join([sent[0], *sent[2:]], Pictures(H265Units(), made.append), made)
    assert joined.units[3][:2] == unit[:2] and joined.damaged


@pytest.mark.parametrize(
    "payload", [b"\x7d\x80", b"\x78\x00\xff\x01", b"\x78\x00", b"\x79\x01\x02", b"\x7c\x80", b"\x00"]
)
def test_what_is_no_h264_is_garbage(payload: bytes) -> None:
    with pytest.raises(CameraLost) as lost:
        join([struct.pack(">BBHII", 0x80, 96, 1, 0, 1) + payload])
    assert lost.value.code == "garbage"


def test_picture_without_end_is_garbage() -> None:
    def endless() -> Iterable[bytes]:
        for i in range(2**16 + 1):
            yield struct.pack(">BBHII", 0x80, 96, i & 0xFFFF, 0, 1) + b"\x61\x9a"

    with pytest.raises(CameraLost):
        join(endless())
