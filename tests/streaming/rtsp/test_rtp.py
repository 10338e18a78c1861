from __future__ import annotations

import struct
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.errors import CameraLost
from streaming.rtsp.rtp import HOLD_PACKETS, HOLD_US, Packet, Reception, Stamps


def made(number: int, *, ssrc: int = 1, kind: int = 96, payload: bytes = b"x", first: int = 0x80) -> bytes:
    return struct.pack(">BBHII", first, kind, number & 0xFFFF, number * 3600 & 0xFFFFFFFF, ssrc) + payload


def receive(numbers: list[int], reception: Reception, step_us: int = 1000) -> list[Packet]:
    return [packet for i, n in enumerate(numbers) for packet in reception.take(made(n), i * step_us)]


def counted(packets: list[Packet], begin: int) -> list[int]:
    """Their numbers, by their times."""
    return [begin + (packet.timestamp - begin * 3600 & 0xFFFFFFFF) // 3600 for packet in packets]


def test_packets_in_order_are_passed_on_at_once_over_the_wrap() -> None:
    reception = Reception(96, 90_000)
    numbers = list(range(65_530, 65_550))
    for n in numbers:
        [packet] = reception.take(made(n), 0)
        assert (packet.sequence, packet.lost, bytes(packet.payload)) == (n, 0, b"x")
    assert (reception.lost, reception.received) == (0, 20)


@settings(deadline=None)
@given(
    st.integers(0, 65_535),
    st.sets(st.integers(1, 198), max_size=60),
    st.lists(st.integers(0, 9), min_size=200, max_size=200),
    st.sets(st.integers(1, 198)),
)
def test_loss_is_counted_exactly_whatever_is_turned_round_and_doubled(
    begin: int, dropped: set[int], delays: list[int], doubled: set[int]
) -> None:
    """200 packets, each at most 9 places late but the first and the last."""
    sent = [i for i in range(200) if i not in dropped] + sorted(doubled - dropped)
    places = count()
    order = sorted(sent, key=lambda i: (i + delays[i] if 0 < i < 199 else i * 2, next(places)))
    reception = Reception(96, 90_000)
    packets = receive([begin + i for i in order], reception) + reception.rest()
    assert counted(packets, begin) == [begin + i for i in range(200) if i not in dropped]
    assert reception.lost == sum(packet.lost for packet in packets) == len(dropped)
    assert reception.useless == len(doubled - dropped)
    for packet in packets:
        before = packet.sequence - begin - 1
        missing = 0
        while before in dropped:
            missing, before = missing + 1, before - 1
        assert packet.lost == missing


def test_what_is_missing_is_waited_for_but_not_for_ever() -> None:
    reception = Reception(96, 90_000)
    assert len(receive([1, 2, 4, 5], reception)) == 2 and reception.holding
    assert reception.overdue(3000 + HOLD_US - 2000) == []
    assert [p.lost for p in reception.overdue(2000 + HOLD_US)] == [1, 0]
    many = receive([6, *range(8, 8 + HOLD_PACKETS)], reception, 0)
    assert [p.lost for p in many] == [0, 1] + [0] * (HOLD_PACKETS - 1) and reception.lost == 2
    assert receive([3], reception) == [] and reception.useless == 1
    assert reception.overdue(0) == []


def test_clock_set_back_does_not_keep_packets_for_ever() -> None:
    reception = Reception(96, 90_000)
    assert len(receive([1, 3], reception, 10**9)) == 1
    assert [packet.lost for packet in reception.overdue(0)] == [1]


def test_camera_that_counts_anew_is_followed_and_one_stray_packet_is_not() -> None:
    reception = Reception(96, 90_000)
    receive([1, 2], reception)
    assert receive([40_000], reception) == []
    [packet] = receive([3], reception)
    assert not packet.anew
    first, second, third = receive([50_000, 50_001, 50_002], reception)
    assert (first.anew, second.anew, reception.lost) == (True, False, 0)
    other = [reception.take(made(n, ssrc=9), 0) for n in (7, 8)]
    assert other[0] == [] and [p.anew for p in other[1]] == [True, False] and reception.ssrc == 9
    assert third.sequence == 50_002


def test_padding_extensions_and_sources_are_no_payload() -> None:
    reception = Reception(96, 90_000)
    data = made(1, first=0xB2, payload=bytes(8) + struct.pack(">HH", 1, 1) + bytes(4) + b"pay" + b"\0\0\3")
    [packet] = reception.take(data, 0)
    assert bytes(packet.payload) == b"pay"
    assert reception.take(made(2, kind=97), 0) == () and reception.others == 1
    [marked] = reception.take(made(2, kind=96 | 0x80), 0)
    assert marked.marker and not packet.marker


@pytest.mark.parametrize(
    "data",
    [
        b"",
        made(1)[:11],
        made(1, first=0x40),
        made(1, first=0x8F),
        made(1, first=0x90),
        made(1, first=0xA0, payload=b"\xff"),
    ],
)
def test_what_is_no_rtp_is_garbage(data: bytes) -> None:
    with pytest.raises(CameraLost) as lost:
        Reception(96, 90_000).take(data, 0)
    assert lost.value.code == "garbage"


def test_receiver_report_tells_the_loss_of_its_span_and_of_all() -> None:
    reception = Reception(96, 90_000)
    assert reception.block() is None
    receive([65_534, 65_535, 65_537, 65_538], reception, 40_000)
    jitter = 3600 // 16 * 15 // 16  # one packet came 40 ms earlier than the others, one more packet came since
    assert reception.block() == (256 // 5, 1, 65_538, jitter)
    receive([65_539], reception, 40_000)
    assert (reception.block() or ())[:2] == (0, 1)


def test_times_never_wrap_and_are_wall_times_after_a_report() -> None:
    stamps = Stamps(90_000)
    assert [stamps.ticks(t) for t in (2**32 - 10, 5, 2**32 - 1, 100)] == [2**32 - 10, 2**32 + 5, 2**32 - 1, 2**32 + 100]
    assert stamps.wall_us(5) is None
    stamps.report(2**32 - 45_000, 10**15)
    assert stamps.wall_us(45_000) == 10**15 + 1_000_000 and stamps.wall_us(2**32 - 90_000) == 10**15 - 500_000


def test_one_report_at_the_beginning_holds_for_days() -> None:
    stamps, hour = Stamps(90_000), 3600 * 90_000
    stamps.report(77, 10**15)
    for n in range(1, 100):
        timestamp = 77 + n * hour & 0xFFFFFFFF
        assert stamps.ticks(timestamp) == 77 + n * hour
        assert stamps.wall_us(timestamp) == 10**15 + n * 3600 * 1_000_000


def test_what_stands_around_a_payload_is_not_kept_with_it() -> None:
    extended = made(1, first=0x90, payload=b"\xbe\xde" + (16_000).to_bytes(2) + bytes(64_000) + b"piece")
    [packet] = Reception(96, 90_000).take(extended, 0)
    assert bytes(packet.payload) == packet.payload.obj == b"piece"
