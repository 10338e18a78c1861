"""RTP packets put together to pictures: H.264 and H.265.

Pure. Every byte received is passed on, in order; a picture that lacks packets is marked. Units are NAL units without
start codes. A unit whose beginning is missing gets its header back from its fragments.
Source: RFC 6184 (5.6 single units, 5.7.1 STAP-A, 5.8 FU-A), RFC 7798 (4.4.1 to 4.4.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from streaming.errors import garbage
from streaming.rtsp.rtp import Packet

PICTURE_BYTES = 16 * 2**20
PICTURE_PACKETS = 2**16
PICTURE_UNITS = 2**14
TRUSTED = 8  # pictures that ended with their marker, after which a marker ends a picture
PLAIN, NEAR = 250, 256  # after so many plain units, only so many bytes of each are looked through for a start code
UNTRUSTED = -(2**31)  # a marker did not end its picture: that camera's count for nothing any more

START = b"\x00\x00\x01"


@dataclass(slots=True)
class Joined:
    """A picture as received. `lost`: packets missing in it or right before it; `damaged`: it is not whole."""

    units: list[bytes]
    timestamp: int
    arrived_us: int
    lost: int
    damaged: bool


class Units(Protocol):
    """Payloads to the units of a picture. `broken`: something of the units at hand is missing."""

    broken: bool

    @property
    def unfinished(self) -> bool:
        """The last fragment did not end its unit."""

    def take(self, payload: memoryview) -> None:
        """Raises CameraLost (`garbage`)."""

    def gap(self) -> None:
        """Packets are missing before the next payload."""

    def close(self) -> list[bytes]:
        """The units of the picture that ends here."""

    @staticmethod
    def is_first_slice(unit: bytes) -> bool | None:
        """Whether a picture begins with this unit; None where it is no slice."""


class _Joining:
    """What H.264 and H.265 have in common."""

    def __init__(self) -> None:
        self.done: list[bytes] = []
        self._pieces: list[memoryview | bytes] = []  # of the unit that comes in fragments
        self._torn = False  # it lacks fragments
        self._kind = -1
        self._plain = 0  # units without a start code in them
        self.broken = False

    @property
    def unfinished(self) -> bool:
        return bool(self._pieces)

    def gap(self) -> None:
        self._torn = self._torn or bool(self._pieces)

    def close(self) -> list[bytes]:
        self._finish()
        units, self.done = self.done, []
        return units

    def _whole(self, unit: bytes) -> None:
        self._finish()
        # some cameras put start codes into their packets, some several units into one
        if unit.find(START, 0, None if self._plain < PLAIN else NEAR) >= 0:
            self._plain = UNTRUSTED
            self.done += [piece for part in unit.split(START) if (piece := part.rstrip(b"\x00"))]
        elif unit:
            self._plain += 1
            self.done.append(unit)
        if len(self.done) > PICTURE_UNITS:
            raise garbage("the camera sends a picture without end")

    def _fragment(self, header: bytes, kind: int, begins: bool, ends: bool, content: memoryview) -> None:
        if begins or not self._pieces or kind != self._kind:
            self._finish()
            self._pieces, self._kind, self._torn = [header], kind, not begins
        self._pieces.append(content)
        if ends:
            self._finish()

    def _finish(self) -> None:
        """The unit that came in fragments is over, whether or not its last one says so: not all cameras do."""
        if not self._pieces:
            return
        unit, torn = b"".join(self._pieces), self._torn
        self._pieces, self._torn = [], False
        if torn:
            self.broken = True
            self.done.append(unit)
        else:
            self._whole(unit)

    def _aggregate(self, payload: memoryview, header_bytes: int) -> None:
        at, size = header_bytes, len(payload)
        while at < size:
            stop = at + 2 + int.from_bytes(payload[at : at + 2])
            if at + 2 + header_bytes > stop or stop > size:
                raise garbage("the camera sends aggregates that are cut short")
            self._whole(bytes(payload[at + 2 : stop]))
            at = stop


class H264Units(_Joining):
    def take(self, payload: memoryview) -> None:
        if len(payload) < 1:
            return  # some cameras keep their ports open with empty packets
        kind = payload[0] & 31
        if kind == 28:
            if len(payload) < 3:
                raise garbage("the camera sends fragments that are cut short")
            second = payload[1]
            header = bytes((payload[0] & 0xE0 | second & 31,))
            self._fragment(header, second & 31, bool(second & 0x80), bool(second & 0x40), payload[2:])
        elif 1 <= kind <= 23 or payload[:3] in (START, b"\x00\x00\x00"):
            self._whole(bytes(payload))
        elif kind == 24:
            self._aggregate(payload, 1)
        else:
            raise garbage(f"the camera packs its pictures in a way nobody asked for (type {kind})")

    @staticmethod
    def is_first_slice(unit: bytes) -> bool | None:
        if unit[0] & 31 not in (1, 2, 5):
            return None
        return len(unit) > 1 and unit[1] >= 0x80  # first_mb_in_slice is 0


class H265Units(_Joining):
    def take(self, payload: memoryview) -> None:
        if len(payload) < 1:
            return
        if len(payload) < 3:
            raise garbage("the camera sends units that are cut short")
        kind = payload[0] >> 1 & 63
        if kind == 49:
            if len(payload) < 4:
                raise garbage("the camera sends fragments that are cut short")
            third = payload[2]
            header = bytes((payload[0] & 0x81 | (third & 63) << 1, payload[1]))
            self._fragment(header, third & 63, bool(third & 0x80), bool(third & 0x40), payload[3:])
        elif kind < 48:
            self._whole(bytes(payload))
        elif kind == 48:
            self._aggregate(payload, 2)
        else:
            raise garbage(f"the camera packs its pictures in a way nobody asked for (type {kind})")

    @staticmethod
    def is_first_slice(unit: bytes) -> bool | None:
        if unit[0] >> 1 & 63 > 31:
            return None
        return len(unit) > 2 and unit[2] >= 0x80  # first_slice_segment_in_pic_flag


class Pictures:
    """Packets in order to pictures. Those of one timestamp are one picture; the marker ends it at once, where a camera
    has shown that it sets the marker rightly."""

    def __init__(self, units: Units, take: Callable[[Joined], None]) -> None:
        self._units, self._take = units, take
        self._open = False
        self._timestamp = self._arrived_us = 0
        self._size = self._packets = self._lost = 0
        self._gap_before = self._damaged = self._marked = False
        self._good = 0  # pictures that ended with their marker
        self._ended = -1  # timestamp of the last picture that its marker ended

    @property
    def open(self) -> bool:
        """A picture has begun and is not passed on yet."""
        return self._open

    def take(self, packet: Packet) -> None:
        """Raises CameraLost (`garbage`)."""
        gap = packet.lost > 0 or packet.anew
        if self._open and packet.timestamp != self._timestamp:
            if self._marked:
                self._good += 1
            elif gap:  # its end may be among the missing
                self._damaged = True
                self._lost += packet.lost
                packet.lost = 0
            else:
                self._good = min(self._good, 0)
            self._close()
        if not self._open:
            if packet.timestamp == self._ended:
                self._good = UNTRUSTED
                gap = True
            self._open, self._timestamp, self._arrived_us = True, packet.timestamp, packet.arrived_us
            self._size = self._packets = self._lost = 0
            self._gap_before, self._damaged, self._marked = gap, False, False
        else:
            self._damaged = self._damaged or gap
            if self._marked:
                self._good = UNTRUSTED
                self._marked = False
        if gap:
            self._units.gap()
        self._lost += packet.lost
        self._size += len(packet.payload)
        self._packets += 1
        if self._size > PICTURE_BYTES or self._packets > PICTURE_PACKETS:
            raise garbage("the camera sends a picture without end")
        self._units.take(packet.payload)
        if packet.marker:
            self._marked = True
            if self._good >= TRUSTED:
                self._ended = self._timestamp
                self._close()

    def finish(self) -> None:
        """At the end of the connection: the last picture, as far as it came."""
        if self._open:
            self._damaged = self._damaged or (not self._marked and (self._good > 0 or self._units.unfinished))
            self._close()

    def _close(self) -> None:
        self._open = False
        units = self._units.close()
        damaged = self._damaged or self._units.broken or (self._gap_before and self._lacks_beginning(units))
        self._units.broken = False
        if units:
            self._take(Joined(units, self._timestamp, self._arrived_us, self._lost, damaged))

    def _lacks_beginning(self, units: list[bytes]) -> bool:
        first = (self._units.is_first_slice(unit) for unit in units)
        return not next((is_first for is_first in first if is_first is not None), False)
