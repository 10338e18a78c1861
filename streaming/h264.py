"""The little of H.264 that recording needs: cutting a stream into units, and reading parameter sets.

Pure. Nothing here decodes a picture. Units are NAL units without start codes.
Source: ITU-T H.264 (sections 7.3.1, 7.3.2.1, E.1.1, annex B) and ISO/IEC 14496-15 (5.3.3.1, AVC configuration).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from streaming.errors import BadStream

IDR, SEI, SPS, PPS, DELIMITER, END_OF_SEQUENCE, END_OF_STREAM, FILLER = 5, 6, 7, 8, 9, 10, 11, 12

_CHROMA_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_NOT_STORED = frozenset({DELIMITER, END_OF_SEQUENCE, END_OF_STREAM, FILLER})


def kind(unit: bytes) -> int:
    return unit[0] & 31


def is_key(units: Iterable[bytes]) -> bool:
    """Decoding may begin with the picture."""
    return any(kind(unit) == IDR for unit in units)


def split(annexb: bytes) -> list[bytes]:
    """The units of a byte stream with start codes. Inside a unit 00 00 01 cannot occur, nor can it end in zero."""
    return [unit for piece in annexb.split(b"\x00\x00\x01") if (unit := piece.rstrip(b"\x00"))]


def sample(units: Iterable[bytes], known: Iterable[bytes] = ()) -> bytes:
    """Units as an MP4 sample, each behind its length; without padding and without the parameter sets in `known`."""
    left_out = set(known)
    kept = [unit for unit in units if kind(unit) not in _NOT_STORED and unit not in left_out]
    return b"".join(len(unit).to_bytes(4) + unit for unit in kept)


class _Bits:
    """Reads a unit's payload bit by bit, emulation prevention removed. Past the end: BadStream."""

    def __init__(self, unit: bytes) -> None:
        payload = unit[1:].replace(b"\x00\x00\x03", b"\x00\x00")
        self._value, self._left = int.from_bytes(payload), len(payload) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise BadStream("the camera's picture parameters are cut short")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def ue(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise BadStream("the camera's picture parameters are not readable")
        return (1 << zeros) - 1 + self.take(zeros)

    def se(self) -> int:
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)


@dataclass(frozen=True, slots=True)
class Picture:
    """What a sequence parameter set says. `reorder`: pictures that may be decoded before one that is shown earlier."""

    set_id: int
    width: int
    height: int
    codec: str  # RFC 6381: 'avc1.64001f'
    reorder: int
    chroma: tuple[int, int, int]  # format, luma and chroma depth


def set_id(unit: bytes) -> int:
    """The number of a parameter set."""
    bits = _Bits(unit)
    if kind(unit) == SPS:
        bits.take(24)
    return bits.ue()


def read_sps(unit: bytes) -> Picture:
    """Raises BadStream when the set is cut short or makes no sense."""
    bits = _Bits(unit)
    profile, _constraints, _level = bits.take(8), bits.take(8), bits.take(8)
    number = bits.ue()
    chroma, luma_depth, chroma_depth, planes = 1, 8, 8, 0
    if profile in _CHROMA_PROFILES:
        chroma = bits.ue()
        if chroma == 3:
            planes = bits.take(1)
        luma_depth, chroma_depth = 8 + bits.ue(), 8 + bits.ue()
        bits.take(1)
        if bits.take(1):
            for i in range(12 if chroma == 3 else 8):
                if bits.take(1):
                    _skip_scaling_list(bits, 16 if i < 6 else 64)
    bits.ue()
    order_kind = bits.ue()
    if order_kind == 0:
        bits.ue()
    elif order_kind == 1:
        bits.take(1)
        bits.se()
        bits.se()
        for _ in range(bits.ue()):
            bits.se()
    bits.ue()
    bits.take(1)
    columns, rows = bits.ue() + 1, bits.ue() + 1
    frames_only = bits.take(1)
    if not frames_only:
        bits.take(1)
    bits.take(1)
    left = right = top = bottom = 0
    if bits.take(1):
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
    reorder = None
    if bits.take(1):
        reorder = _reorder_of_vui(bits)
    if reorder is None or order_kind == 2 or profile == 66:
        reorder = 0  # cameras do not reorder; one that does without saying so is caught by its times (cutting.py)
    step_x = 2 if chroma in (1, 2) and not planes else 1
    step_y = (2 if chroma == 1 and not planes else 1) * (2 - frames_only)
    width = columns * 16 - step_x * (left + right)
    height = rows * 16 * (2 - frames_only) - step_y * (top + bottom)
    if not (0 < width <= 16384 and 0 < height <= 16384 and reorder <= 16):
        raise BadStream(f"the camera announces pictures of {width} x {height}")
    return Picture(number, width, height, f"avc1.{unit[1:4].hex()}", reorder, (chroma, luma_depth, chroma_depth))


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _reorder_of_vui(bits: _Bits) -> int | None:
    """`max_num_reorder_frames`, or None when the set does not say."""
    if bits.take(1) and bits.take(8) == 255:
        bits.take(32)
    if bits.take(1):
        bits.take(1)
    if bits.take(1):
        bits.take(4)
        if bits.take(1):
            bits.take(24)
    if bits.take(1):
        bits.ue()
        bits.ue()
    if bits.take(1):
        bits.take(65)
    described = [_skip_hrd(bits) if bits.take(1) else False for _ in range(2)]
    if any(described):
        bits.take(1)
    bits.take(1)
    if not bits.take(1):
        return None
    bits.take(1)
    for _ in range(4):
        bits.ue()
    return bits.ue()


def _skip_hrd(bits: _Bits) -> bool:
    count = bits.ue() + 1
    bits.take(8)
    for _ in range(count):
        bits.ue()
        bits.ue()
        bits.take(1)
    bits.take(20)
    return True


class ParameterSets:
    """The parameter sets in force, by kind and number; the latest of a number counts."""

    def __init__(self, units: Iterable[bytes] = ()) -> None:
        self._sets: dict[tuple[int, int], bytes] = {}
        self.update(units)

    def update(self, units: Iterable[bytes]) -> None:
        """Take what parameter sets are among `units`."""
        for unit in units:
            if kind(unit) in (SPS, PPS):
                self._sets[kind(unit), set_id(unit)] = unit

    @property
    def units(self) -> tuple[bytes, ...]:
        return tuple(unit for _, unit in sorted(self._sets.items()))

    @property
    def complete(self) -> bool:
        return {SPS, PPS} <= {what for what, _ in self._sets}

    def picture(self) -> Picture:
        return read_sps(next(unit for unit in self.units if kind(unit) == SPS))

    def configuration(self) -> bytes:
        """The AVC decoder configuration record (the contents of `avcC`)."""
        sps = [unit for unit in self.units if kind(unit) == SPS]
        pps = [unit for unit in self.units if kind(unit) == PPS]
        record = b"\x01" + sps[0][1:4] + b"\xff" + bytes([0xE0 | len(sps)]) + _sized(sps)
        record += bytes([len(pps)]) + _sized(pps)
        if sps[0][1] in (100, 110, 122, 144):
            chroma, luma_depth, chroma_depth = self.picture().chroma
            record += bytes([0xFC | chroma, 0xF8 | luma_depth - 8, 0xF8 | chroma_depth - 8, 0])
        return record


def _sized(units: Sequence[bytes]) -> bytes:
    return b"".join(len(unit).to_bytes(2) + unit for unit in units)


class DecodingTimes:
    """Decoding times for units that come with presentation times only, as over RTP.

    With reordering the i-th unit decodes when the i-th shown picture is shown, so that a run's decoding and
    presentation begin together; a picture may then be shown before its decoding time (signed offsets in the file).
    """

    def __init__(self, reorder: int, default_step: int) -> None:
        self._reorder, self._step = reorder, default_step
        self._ahead: list[int] = []  # heap of presentation times not yet used as decoding times
        self._started = reorder == 0

    def push(self, pts: int) -> list[int]:
        """Decoding times now known, in the order of units pushed: none while the first few show how far apart pictures
        are, then one for each push."""
        if not self._reorder:
            return [pts]
        heapq.heappush(self._ahead, pts)
        if self._started:
            return [heapq.heappop(self._ahead) + self._reorder * self._step]
        return self.flush() if len(self._ahead) >= 2 * self._reorder + 2 else []

    def flush(self) -> list[int]:
        """The times of units still held back; for the end of a short run."""
        if self._started or not self._ahead:
            return []
        self._started = True
        count, first, shown = len(self._ahead), self._ahead[0], sorted(self._ahead)
        self._step = min((b - a for a, b in pairwise(shown) if b > a), default=self._step)
        ahead = min(self._reorder, count)
        self._ahead = shown[max(0, count - ahead) :]
        rest = [pts + self._reorder * self._step for pts in shown[: count - ahead]]
        return [first + i * self._step for i in range(ahead)] + rest
