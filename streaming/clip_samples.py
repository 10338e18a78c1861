"""The samples of fragmented MP4: tracks from an init segment, and where each picture and sound lies in a segment file.

Pure. Reads what `fmp4.py` writes and whatever else the standard allows there: several tracks, defaults in `tfhd` and
`trex`, several `trun`. Nothing is assumed of codecs: a track's description is taken over as the bytes it is.
Source: ISO/IEC 14496-12 (8.3 tracks, 8.5 sample tables, 8.8 movie fragments).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from streaming.errors import BadFootage

NOT_SYNC = 0x10000  # of a sample's flags: it cannot be begun with


@dataclass(frozen=True, slots=True)
class Track:
    """`kind`: the handler, b"vide" or b"soun". `header`, `handler`, `media`, `data`, `entry`: the boxes `tkhd`, `hdlr`,
    `vmhd` or `smhd`, `dinf`, and the sample description, as they stand. `defaults`: duration, size and flags."""

    id: int
    kind: bytes
    timescale: int
    header: bytes
    language: int
    handler: bytes
    media: bytes
    data: bytes
    entry: bytes
    defaults: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Sample:
    """`start` and `duration`: decoding, in the track's ticks, counting through the run; `offset`: to presentation.
    `at`: byte in the file."""

    start: int
    duration: int
    offset: int
    key: bool
    at: int
    size: int

    @property
    def shown(self) -> int:
        return self.start + self.offset


def boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of content, end. Raises BadFootage for one that does not fit."""
    while start < end:
        if start + 8 > end:
            raise BadFootage("a box is torn")
        size, kind = struct.unpack_from(">I4s", data, start)
        if size < 8 or start + size > end:
            raise BadFootage(f"the box {kind!r} does not fit")
        yield kind, start + 8, start + size
        start += size


def _inner(data: bytes, span: tuple[int, int], *path: bytes) -> tuple[int, int]:
    """Content of the box reached by `path`."""
    for name in path:
        found = next(((start, end) for kind, start, end in boxes(data, *span) if kind == name), None)
        if found is None:
            raise BadFootage(f"there is no {name!r} where it must be")
        span = found
    return span


def _whole(data: bytes, span: tuple[int, int]) -> bytes:
    return data[span[0] - 8 : span[1]]


def tracks(init: bytes) -> dict[int, Track]:
    """By id. Raises BadFootage."""
    try:
        moov = _inner(init, (0, len(init)), b"moov")
        defaults = {}
        for kind, start, _ in boxes(init, *_inner(init, moov, b"mvex")):
            if kind == b"trex":
                track, _, duration, size, flags = struct.unpack_from(">5I", init, start + 4)
                defaults[track] = (duration, size, flags)
        found = [_track(init, (start, end), defaults) for kind, start, end in boxes(init, *moov) if kind == b"trak"]
    except struct.error as error:
        raise BadFootage("an init segment is torn") from error
    return {track.id: track for track in found}


def _track(data: bytes, trak: tuple[int, int], defaults: dict[int, tuple[int, int, int]]) -> Track:
    tkhd = _inner(data, trak, b"tkhd")
    mdhd = _inner(data, trak, b"mdia", b"mdhd")
    hdlr = _inner(data, trak, b"mdia", b"hdlr")
    minf = _inner(data, trak, b"mdia", b"minf")
    stsd = _inner(data, minf, b"stbl", b"stsd")
    wide = data[mdhd[0]] == 1
    (number,) = struct.unpack_from(">I", data, tkhd[0] + (20 if data[tkhd[0]] == 1 else 12))
    (timescale,) = struct.unpack_from(">I", data, mdhd[0] + (20 if wide else 12))
    (language,) = struct.unpack_from(">H", data, mdhd[0] + (32 if wide else 20))
    entry = next(boxes(data, stsd[0] + 8, stsd[1]), None)
    media = next(((s, e) for kind, s, e in boxes(data, *minf) if kind in (b"vmhd", b"smhd", b"nmhd")), None)
    if entry is None or media is None or not timescale:
        raise BadFootage("a track is not described")
    return Track(
        id=number,
        kind=data[hdlr[0] + 8 : hdlr[0] + 12],
        timescale=timescale,
        header=_whole(data, tkhd),
        language=language,
        handler=_whole(data, hdlr),
        media=_whole(data, media),
        data=_whole(data, _inner(data, minf, b"dinf")),
        entry=_whole(data, (entry[1], entry[2])),
        defaults=defaults.get(number, (0, 0, 0)),
    )


def samples(segment: bytes, known: dict[int, Track]) -> dict[int, list[Sample]]:
    """Of each track, in the order of decoding. Raises BadFootage for a file that is not whole."""
    found: dict[int, list[Sample]] = {number: [] for number in known}
    try:
        for kind, start, end in boxes(segment, 0, len(segment)):
            if kind != b"moof":
                continue
            for inner, from_, to in boxes(segment, start, end):
                if inner == b"traf":
                    _read_traf(segment, start - 8, (from_, to), known, found)
    except struct.error as error:
        raise BadFootage("a part is torn") from error
    for own in found.values():
        if own and own[-1].at + own[-1].size > len(segment):
            raise BadFootage("a part is torn")
    return found


def _read_traf(
    data: bytes, moof: int, traf: tuple[int, int], known: dict[int, Track], found: dict[int, list[Sample]]
) -> None:
    tfhd, _ = _inner(data, traf, b"tfhd")
    tfdt, _ = _inner(data, traf, b"tfdt")
    flags, number = struct.unpack_from(">II", data, tfhd)
    if number not in known:
        return
    place, base = tfhd + 8, moof
    if flags & 0x1:
        (base,) = struct.unpack_from(">Q", data, place)
    place += (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
    defaults = list(known[number].defaults)
    for i, bit in enumerate((0x8, 0x10, 0x20)):
        if flags & bit:
            (defaults[i],) = struct.unpack_from(">I", data, place)
            place += 4
    (at,) = struct.unpack_from(">Q" if data[tfdt] == 1 else ">I", data, tfdt + 4)
    behind = base
    for kind, start, _ in boxes(data, *traf):
        if kind == b"trun":
            at, behind = _read_trun(data, start, base, behind, at, defaults, found[number])


def _read_trun(
    data: bytes, trun: int, base: int, behind: int, at: int, defaults: list[int], into: list[Sample]
) -> tuple[int, int]:
    """Decoding time and byte behind the run."""
    flags, count = struct.unpack_from(">II", data, trun)
    signed, flags, place = data[trun] == 1, flags & 0xFFFFFF, trun + 8
    if flags & 0x1:
        (offset,) = struct.unpack_from(">i", data, place)
        behind, place = base + offset, place + 4
    first = None
    if flags & 0x4:
        (first,) = struct.unpack_from(">I", data, place)
        place += 4
    for i in range(count):
        row = list(defaults)
        for k, bit in enumerate((0x100, 0x200, 0x400)):
            if flags & bit:
                (row[k],) = struct.unpack_from(">I", data, place)
                place += 4
        if i == 0 and first is not None:
            row[2] = first
        shift = 0
        if flags & 0x800:
            (shift,) = struct.unpack_from(">i" if signed else ">I", data, place)
            place += 4
        into.append(Sample(at, row[0], shift, not row[2] & NOT_SYNC, behind, row[1]))
        at, behind = at + row[0], behind + row[1]
    return at, behind
