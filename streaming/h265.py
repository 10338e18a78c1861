"""The little of H.265 that recording needs: telling units apart, and reading parameter sets.

Pure. Nothing here decodes a picture. Units are NAL units without start codes.
Source: ITU-T H.265 (7.3.1.2, 7.3.2.2, 7.3.3) and ISO/IEC 14496-15 (8.3.3.1, HEVC configuration; annex E, codec names).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streaming import nal
from streaming.errors import BadStream
from streaming.nal import Bits, Entry, Picture

VPS, SPS, PPS = 32, 33, 34
OPEN, IDR = (16, 17, 18, 21), (19, 20)  # BLA and CRA; IDR
_NOT_STORED = frozenset({35, 36, 37, 38})  # delimiter, ends of sequence and of stream, filler


def kind(unit: bytes) -> int:
    return unit[0] >> 1 & 63


def set_id(unit: bytes) -> int:
    """The number of a parameter set."""
    if kind(unit) == SPS:
        return _read_sps(unit).picture.set_id
    bits = Bits(unit[2:])
    return bits.take(4) if kind(unit) == VPS else bits.ue()


@dataclass(frozen=True, slots=True)
class _Sequence:
    """What a configuration record needs beside the picture. `profile`: 12 bytes of general profile, tier and level."""

    picture: Picture
    profile: bytes
    layers: int
    nested: bool


def _read_sps(unit: bytes) -> _Sequence:
    """Raises BadStream when the set is cut short or makes no sense."""
    bits = Bits(unit[2:])
    bits.take(4)
    more_layers, nested = bits.take(3), bool(bits.take(1))
    profile = bits.take(96).to_bytes(12)
    if more_layers > 6:
        raise BadStream("the camera's picture parameters are not readable")
    _skip_layers(bits, more_layers)
    number = bits.ue()
    chroma = bits.ue()
    planes = bits.take(1) if chroma == 3 else 0
    width, height = bits.ue(), bits.ue()
    if bits.take(1):
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
        width -= (2 if chroma in (1, 2) and not planes else 1) * (left + right)
        height -= (2 if chroma == 1 and not planes else 1) * (top + bottom)
    luma_depth, chroma_depth = 8 + bits.ue(), 8 + bits.ue()
    bits.ue()
    reorder = 0
    for _ in range(1 + (more_layers if bits.take(1) else 0)):
        bits.ue()
        reorder = bits.ue()
        bits.ue()
    about = (chroma, luma_depth, chroma_depth)
    picture = Picture(number, width, height, _codec(profile), reorder, about)
    return _Sequence(picture, profile, more_layers + 1, nested)


def _skip_layers(bits: Bits, more: int) -> None:
    present = [(bits.take(1), bits.take(1)) for _ in range(more)]
    if more:
        bits.take(2 * (8 - more))
    for profile, level in present:
        bits.take(88 * profile + 8 * level)


def _codec(profile: bytes) -> str:
    """'hvc1.1.6.L93.B0': profile, compatibility (bits turned round), tier and level, constraints."""
    space, tier, number = profile[0] >> 6, profile[0] >> 5 & 1, profile[0] & 31
    compatible = int(f"{int.from_bytes(profile[1:5]):032b}"[::-1], 2)
    constraints = "".join(f".{byte:X}" for byte in profile[5:11].rstrip(b"\0"))
    return f"hvc1.{' ABC'[space].strip()}{number}.{compatible:X}.{'LH'[tier]}{profile[11]}{constraints}"


class ParameterSets(nal.ParameterSets):
    entry, needed, aside = b"hvc1", {VPS: 16, SPS: 16, PPS: 64}, b"\x7e\x01"
    mark, passes_over = (), True

    kind = staticmethod(kind)
    set_id = staticmethod(set_id)

    @staticmethod
    def is_picture(kind: int) -> bool:
        return kind < 32

    @staticmethod
    def begins(units: Sequence[bytes]) -> Entry:
        """IDR, BLA and CRA pictures; no decoder known here begins at anything else."""
        kinds = {kind(unit) for unit in units}
        return Entry.WHOLE if kinds & {*IDR} else Entry.OPEN if kinds & {*OPEN} else Entry.NONE

    @staticmethod
    def is_stored(kind: int) -> bool:
        return kind not in _NOT_STORED

    def picture(self) -> Picture:
        first, *_ = [_read_sps(unit) for unit in self.of(SPS)]  # a decoder may use any of them
        return first.picture

    def configuration(self) -> bytes:
        """The HEVC decoder configuration record (the contents of `hvcC`)."""
        about = _read_sps(self.of(SPS)[0])
        chroma, luma_depth, chroma_depth = about.picture.chroma
        record = b"\x01" + about.profile + b"\xf0\x00\xfc"
        record += bytes([0xFC | chroma, 0xF8 | luma_depth - 8, 0xF8 | chroma_depth - 8, 0, 0])
        record += bytes([about.layers << 3 | about.nested << 2 | 3, 3])
        for kind in (VPS, SPS, PPS):
            units = self.of(kind)
            record += bytes([0x80 | kind]) + len(units).to_bytes(2) + nal.sized(units)
        return record
