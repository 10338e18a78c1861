"""Fragmented MP4 with one video track: writing init segments and fragments, and reading fragments back.

Pure. A segment file is a `styp` box and then parts, each one `moof` and one `mdat`; with the init segment before it, it
plays by itself. Decoding times count on through a run, so segments of a run may be joined by putting them together.
Source: ISO/IEC 14496-12 (8.8 movie fragments), 14496-15 (avcC), 23000-19 (CMAF: default-base-is-moof).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from streaming.errors import BadFootage

SEGMENT_START = struct.pack(">I4s4sI4s4s", 24, b"styp", b"msdh", 0, b"msdh", b"msix")

_KEY, _NOT_KEY = 0x02000000, 0x01010000  # sample flags: depends on no other / depends on others, is not a sync sample
_DAMAGED, _LOST = 0x8000, 0x7FFF  # in the degradation priority (16 bits, of no meaning to players): torn; packets lost
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_HEAD = struct.Struct(">I4s")


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture. `duration` and `offset` (presentation minus decoding time) in ticks; `lost`: packets missing in it
    or right before it."""

    data: bytes
    duration: int
    key: bool
    offset: int = 0
    lost: int = 0
    damaged: bool = False

    @property
    def flags(self) -> int:
        return (_KEY if self.key else _NOT_KEY) | (_DAMAGED if self.damaged else 0) | min(self.lost, _LOST)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part read back. `end`: byte behind it in the file."""

    start_ticks: int
    duration_ticks: int
    frames: int
    key: bool
    end: int
    lost: int = 0
    damaged: int = 0


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return _HEAD.pack(8 + len(body), kind) + body


def _full(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *content)


def init_segment(width: int, height: int, timescale: int, avcc: bytes) -> bytes:
    """`ftyp` and `moov` of a run; `avcc` is the decoder configuration record."""
    entry = _box(
        b"avc1",
        struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 0x480000, 0x480000, 0, 1, 24, -1),
        _box(b"avcC", avcc),
    )
    empty = struct.pack(">I", 0)
    table = _box(
        b"stbl",
        _full(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        _full(b"stts", 0, 0, empty),
        _full(b"stsc", 0, 0, empty),
        _full(b"stsz", 0, 0, empty, empty),
        _full(b"stco", 0, 0, empty),
    )
    media = _box(
        b"mdia",
        _full(b"mdhd", 0, 0, struct.pack(">4I2H", 0, 0, timescale, 0, 0x55C4, 0)),
        _full(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, b"vide"), b"video\x00"),
        _box(
            b"minf",
            _full(b"vmhd", 0, 1, struct.pack(">4H", 0, 0, 0, 0)),
            _box(b"dinf", _full(b"dref", 0, 0, struct.pack(">I", 1), _full(b"url ", 0, 1))),
            table,
        ),
    )
    track = _full(
        b"tkhd",
        0,
        3,
        struct.pack(">5I8x4H", 0, 0, 1, 0, 0, 0, 0, 0, 0),
        _MATRIX,
        struct.pack(">II", width << 16, height << 16),
    )
    return _box(b"ftyp", struct.pack(">4sI4s4s4s", b"iso6", 0, b"iso6", b"cmfc", b"mp41")) + _box(
        b"moov",
        _full(
            b"mvhd",
            0,
            0,
            struct.pack(">4IIH10x", 0, 0, 1000, 0, 0x10000, 0x100),
            _MATRIX,
            bytes(24),
            struct.pack(">I", 2),
        ),
        _box(b"trak", track, media),
        _box(b"mvex", _full(b"trex", 0, 0, struct.pack(">5I", 1, 1, 0, 0, 0))),
    )


def fragment(number: int, start_ticks: int, samples: Sequence[Sample]) -> bytes:
    """One part. `number` counts from 1 through the run; `start_ticks` is the first sample's decoding time."""
    rows = b"".join(
        struct.pack(">IIIi", sample.duration, len(sample.data), sample.flags, sample.offset) for sample in samples
    )
    # moof 8, mfhd 16, traf 8, tfhd 16, tfdt 20, trun 20 and 16 a sample; then the header of mdat
    to_data = 88 + len(rows) + 8
    moof = _box(
        b"moof",
        _full(b"mfhd", 0, 0, struct.pack(">I", number)),
        _box(
            b"traf",
            _full(b"tfhd", 0, 0x020000, struct.pack(">I", 1)),
            _full(b"tfdt", 1, 0, struct.pack(">Q", start_ticks)),
            _full(b"trun", 1, 0xF01, struct.pack(">Ii", len(samples), to_data), rows),
        ),
    )
    return moof + _box(b"mdat", *(sample.data for sample in samples))


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Boxes lying whole in data[start:end]: kind, start of content, end."""
    while start + 8 <= end:
        size, kind = _HEAD.unpack_from(data, start)
        if size < 8 or start + size > end:
            return
        yield kind, start + 8, start + size
        start += size


def read_fragments(data: bytes) -> list[Fragment]:
    """The whole parts at the beginning of a segment file; a torn or strange rest ends the list, it is no error."""
    found: list[Fragment] = []
    open_: Fragment | None = None
    for kind, start, end in _boxes(data, 0, len(data)):
        try:
            if kind == b"moof":
                open_ = _read_moof(data, start, end)
            elif kind == b"mdat" and open_ is not None:
                found.append(replace(open_, end=end))
                open_ = None
            elif kind != b"styp" or start != 8:
                break
        except (struct.error, BadFootage):
            break
    return found


def _read_moof(data: bytes, start: int, end: int) -> Fragment:
    traf = next(((s, e) for kind, s, e in _boxes(data, start, end) if kind == b"traf"), None)
    if traf is None:
        raise BadFootage("a part has no track")
    boxes = {kind: s for kind, s, _ in _boxes(data, *traf)}
    if not {b"tfdt", b"trun"} <= boxes.keys():
        raise BadFootage("a part has no times")
    (first,) = struct.unpack_from(">Q", data, boxes[b"tfdt"] + 4)
    (count,) = struct.unpack_from(">I", data, boxes[b"trun"] + 4)
    rows = [struct.unpack_from(">IIIi", data, boxes[b"trun"] + 12 + 16 * i) for i in range(count)]
    flags = [row[2] for row in rows]
    return Fragment(
        start_ticks=first,
        duration_ticks=sum(row[0] for row in rows),
        frames=count,
        key=bool(flags) and flags[0] >> 16 == _KEY >> 16,
        end=end,
        lost=sum(flag & _LOST for flag in flags),
        damaged=sum(flag & _DAMAGED > 0 for flag in flags),
    )
