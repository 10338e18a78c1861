"""The little of H.264 that recording needs: telling units apart, and reading parameter sets.

Pure. Nothing here decodes a picture. Units are NAL units without start codes.
Source: ITU-T H.264 (sections 7.3.1, 7.3.2.1, 7.3.3, D.1.8, E.1.1, annex B) and ISO/IEC 14496-15 (5.3.3.1, AVC
configuration).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streaming import nal
from streaming.errors import BadStream
from streaming.nal import Bits, Entry, Picture

IDR, SEI, SPS, PPS, DELIMITER, END_OF_SEQUENCE, END_OF_STREAM, FILLER = 5, 6, 7, 8, 9, 10, 11, 12

RECOVERY_POINT = 6  # kind of message
SLICES = (1, 2)  # kinds of units of no IDR picture that begin with a slice header
HEADER_BYTES = 16  # of a slice, more than its first two fields take

_CHROMA_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_NOT_STORED = frozenset({DELIMITER, END_OF_SEQUENCE, END_OF_STREAM, FILLER})


def kind(unit: bytes) -> int:
    return unit[0] & 31


def set_id(unit: bytes) -> int:
    """The number of a parameter set."""
    bits = Bits(unit[1:])
    if kind(unit) == SPS:
        bits.take(24)
    return bits.ue()


def read_sps(unit: bytes) -> Picture:
    """Raises BadStream when the set is cut short or makes no sense."""
    bits = Bits(unit[1:])
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
    return Picture(number, width, height, f"avc1.{unit[1:4].hex()}", reorder, (chroma, luma_depth, chroma_depth))


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _reorder_of_vui(bits: Bits) -> int | None:
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


def _skip_hrd(bits: Bits) -> bool:
    count = bits.ue() + 1
    bits.take(8)
    for _ in range(count):
        bits.ue()
        bits.ue()
        bits.take(1)
    bits.take(20)
    return True


def _is_intra(unit: bytes) -> bool:
    """The slice needs no other picture."""
    bits = Bits(unit[1:HEADER_BYTES])
    try:
        bits.ue()
        return bits.ue() in (2, 7)
    except BadStream:
        return False


def _recovery_counts(units: Sequence[bytes]) -> Iterator[int]:
    """After how many pictures each recovery point among them promises a right one."""
    for unit in units:
        if kind(unit) == SEI:
            for what, content in nal.messages(unit[1:]):
                if what == RECOVERY_POINT and content:
                    yield Bits(content).ue()


class ParameterSets(nal.ParameterSets):
    entry, needed, aside = b"avc1", {SPS: 31, PPS: 255}, b"\x1e"
    mark, passes_over = (b"\x06\x06\x01\xc4\x80",), False  # a recovery point: from now on, exactly

    kind = staticmethod(kind)
    set_id = staticmethod(set_id)

    @staticmethod
    def is_picture(kind: int) -> bool:
        return 1 <= kind <= 5

    @staticmethod
    def begins(units: Sequence[bytes]) -> Entry:
        """IDR pictures, recovery points, and pictures of I slices alone that come with their parameter sets."""
        kinds = {kind(unit) for unit in units}
        if IDR in kinds:
            return Entry.WHOLE
        if not kinds & {SEI, SPS} or not kinds & {*SLICES}:
            return Entry.NONE
        try:
            counts = list(_recovery_counts(units))
        except BadStream:
            return Entry.NONE
        if any(counts):
            return Entry.GRADUAL
        intra = (counts or SPS in kinds) and all(_is_intra(unit) for unit in units if kind(unit) in SLICES)
        return Entry.OPEN if intra else Entry.NONE

    @staticmethod
    def is_stored(kind: int) -> bool:
        return kind not in _NOT_STORED

    def picture(self) -> Picture:
        first, *_ = [read_sps(unit) for unit in self.of(SPS)]  # a decoder may use any of them
        return first

    def configuration(self) -> bytes:
        """The AVC decoder configuration record (the contents of `avcC`)."""
        sps, pps = self.of(SPS), self.of(PPS)
        record = b"\x01" + sps[0][1:4] + b"\xff" + bytes([0xE0 | len(sps)]) + nal.sized(sps)
        record += bytes([len(pps)]) + nal.sized(pps)
        if sps[0][1] in (100, 110, 122, 144):
            chroma, luma_depth, chroma_depth = self.picture().chroma
            record += bytes([0xFC | chroma, 0xF8 | luma_depth - 8, 0xF8 | chroma_depth - 8, 0])
        return record
