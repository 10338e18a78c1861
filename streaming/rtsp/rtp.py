"""RTP packets put in order, and what is missing counted.

Pure; arrival times in microseconds since the epoch come from outside. The network may turn packets round and double
them; a packet that stays away is given up once others have waited for it HOLD_US, or HOLD_PACKETS of them wait. A
number that leaps further than any loss is believed only when the next packet follows on it.
Source: RFC 3550 (5.1 header, 6.4.1 loss and jitter, A.1 sequence numbers).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from streaming.errors import garbage

HOLD_US = 150_000
HOLD_PACKETS = 128
DROPOUT = 2**14  # packets lost at once; more, and the camera counts anew
MISORDER = 1000

_HEADER = struct.Struct(">BBHII")


@dataclass(slots=True)
class Packet:
    """`sequence` counts on without wrapping. `lost`: how many are missing right before it; `anew`: nobody knows."""

    sequence: int
    timestamp: int
    marker: bool
    payload: memoryview
    arrived_us: int
    lost: int = 0
    anew: bool = False


class Stamps:
    """RTP timestamps as ticks that never wrap, and as wall times once the camera has reported."""

    def __init__(self, clock_hz: int) -> None:
        self._hz = clock_hz
        self._last: int | None = None
        self._report: tuple[int, int] | None = None  # ticks, wall time in microseconds

    def ticks(self, timestamp: int) -> int:
        self._last = self._near(timestamp)
        return self._last

    def report(self, timestamp: int, wall_us: int) -> None:
        if self._last is None:
            self._last = timestamp
        self._report = (self._near(timestamp), wall_us)

    @property
    def reported(self) -> bool:
        return self._report is not None

    def wall_us(self, timestamp: int) -> int | None:
        """When the camera says this was taken; None before its first report."""
        if self._report is None:
            return None
        at, wall_us = self._report
        return wall_us + (self._near(timestamp) - at) * 1_000_000 // self._hz

    def _near(self, timestamp: int) -> int:
        """Counted on from the last one: a report may be older than half a round (6.6 h of film)."""
        return timestamp if self._last is None else self._last + _signed(timestamp - self._last, 32)


class Reception:
    """One stream as it arrives. `lost` is exact: numbers that never came, or too late to be of use."""

    def __init__(self, payload_type: int, clock_hz: int) -> None:
        self._type, self._hz = payload_type, clock_hz
        self._next: int | None = None  # the number expected
        self._first = 0
        self._held: dict[int, Packet] = {}
        self._leapt: Packet | None = None  # a packet whose number leaps; the next one decides
        self._leapt_ssrc = 0
        self._transit: int | None = None
        self._jitter = 0
        self.ssrc: int | None = None
        self.received = self.lost = self.useless = self.others = 0  # useless: came twice or too late
        self._reported = (0, 0)  # expected and received at the last receiver report

    @property
    def holding(self) -> bool:
        return bool(self._held)

    def take(self, data: bytes, arrived_us: int) -> Sequence[Packet]:
        """What may be used now, in order. Raises CameraLost (`garbage`) when `data` is no RTP packet."""
        size = len(data)
        if size < 12 or data[0] & 0xC0 != 0x80:
            raise garbage("the camera sends packets that are not RTP")
        first, second, number, timestamp, ssrc = _HEADER.unpack_from(data)
        if second & 0x7F != self._type:
            self.others += 1
            return ()
        start, end = 12, size
        if first & 0x3F:
            start, end = _payload(data, first)
            data, start, end = data[start:end], 0, end - start  # what stands around it may be as long as it likes
        packet = Packet(0, timestamp, second > 0x7F, memoryview(data)[start:end], arrived_us)
        self.received += 1
        if self._next is None or ssrc != self.ssrc:
            return self._elsewhere(packet, number, ssrc)
        step = (number - self._next + 0x8000 & 0xFFFF) - 0x8000
        if not -MISORDER <= step <= DROPOUT:
            return self._elsewhere(packet, number, ssrc)
        self._measure(arrived_us, timestamp)
        packet.sequence = self._next + step
        if step == 0:
            self._next += 1
            return (packet, *self._following()) if self._held else (packet,)
        if step < 0 or packet.sequence in self._held:
            self.useless += 1
        else:
            self._held[packet.sequence] = packet
            return self.overdue(arrived_us)
        return ()

    def overdue(self, now_us: int) -> list[Packet]:
        """What has waited long enough for a packet that does not come."""
        found: list[Packet] = []
        while self._held:
            # the longest waiting is the one that came first: dicts keep that order
            waited = now_us - next(iter(self._held.values())).arrived_us
            if len(self._held) < HOLD_PACKETS and 0 <= waited < HOLD_US:
                break
            found += self._skip()
        return found

    def rest(self) -> list[Packet]:
        """At the end of the connection: everything still held."""
        found: list[Packet] = []
        while self._held:
            found += self._skip()
        return found

    def block(self) -> tuple[int, int, int, int] | None:
        """For a receiver report: fraction lost since the last one, lost in all, highest number, jitter in ticks."""
        if self._next is None:
            return None
        highest = max([self._next - 1, *self._held])
        expected = highest - self._first + 1
        before_expected, before_received = self._reported
        self._reported = (expected, self.received)
        lately = expected - before_expected
        missing = lately - (self.received - before_received)
        fraction = min(255, missing * 256 // lately) if lately > 0 and missing > 0 else 0
        lost = max(-(2**23), min(2**23 - 1, expected - self.received))
        return fraction, lost, highest & 0xFFFFFFFF, self._jitter >> 4

    def _skip(self) -> list[Packet]:
        """Give up what is missing before the first of those held."""
        first = min(self._held)
        packet = self._held.pop(first)
        packet.lost = first - (self._next or 0)
        self.lost += packet.lost
        self._next = first + 1
        return [packet, *self._following()]

    def _following(self) -> list[Packet]:
        found: list[Packet] = []
        while self._next in self._held:
            found.append(self._held.pop(self._next))
            self._next += 1
        return found

    def _elsewhere(self, packet: Packet, number: int, ssrc: int) -> list[Packet]:
        """A packet that does not belong to what came before: the first of all, or the first of another count."""
        if self._next is None:
            self._begin(packet, number, ssrc)
            return [packet]
        before = self._leapt
        if before is None or ssrc != self._leapt_ssrc or number != before.sequence + 1 & 0xFFFF:
            packet.sequence, self._leapt, self._leapt_ssrc = number, packet, ssrc
            return []
        found = self.rest()
        self._leapt = None
        before.anew = True
        self._begin(before, before.sequence, ssrc)
        packet.sequence = before.sequence + 1
        self._next = packet.sequence + 1
        self.received = 2
        return [*found, before, packet]

    def _begin(self, packet: Packet, number: int, ssrc: int) -> None:
        packet.sequence = self._first = number
        self._next, self.ssrc = number + 1, ssrc
        self._reported, self.received = (0, 0), 1
        self._transit, self._jitter = None, 0

    def _measure(self, arrived_us: int, timestamp: int) -> None:
        transit = arrived_us * self._hz // 1_000_000 - timestamp
        if self._transit is not None:
            step = abs(_signed(transit - self._transit, 32))
            self._jitter += step - (self._jitter + 8 >> 4)
        self._transit = transit


def _payload(data: bytes, first: int) -> tuple[int, int]:
    """Begin and end of the payload of a packet with padding, an extension or contributing sources."""
    start, end = 12 + 4 * (first & 15), len(data)
    if first & 0x10:
        if start + 4 > end:
            raise garbage("the camera sends RTP packets that are cut short")
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4])
    if first & 0x20:
        end -= max(1, data[-1])
    if start > end:
        raise garbage("the camera sends RTP packets that are cut short")
    return start, end


def _signed(value: int, bits: int) -> int:
    half = 1 << bits - 1
    return (value + half & (1 << bits) - 1) - half
