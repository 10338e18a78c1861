"""Fragmented MP4 with a film and perhaps its sound: writing init segments and fragments, and reading fragments back.

Pure. A segment file is a `styp` box and then parts, each one `moof` and one `mdat`; with the init segment before it, it
plays by itself. Track 1 is the film, track 2 its sound. Decoding times count on through a run, so segments of a run may
be joined by putting them together.
Source: ISO/IEC 14496-12 (8.8 movie fragments), 14496-15 (avcC, hvcC), 14496-14 (esds), 23000-19 (CMAF:
default-base-is-moof); FLAC in ISOBMFF (dfLa).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from streaming.errors import BadFootage

SEGMENT_START = struct.pack(">I4s4sI4s4s", 24, b"styp", b"msdh", 0, b"msdh", b"msix")

_KEY, _NOT_KEY = 0x02000000, 0x01010000  # sample flags: depends on no other / depends on others, is not a sync sample
_LOST_BITS, _DAMAGED = 12, 15  # of the degradation priority (16 bits, of no meaning to players): lost, and most damaged
MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_HEAD = struct.Struct(">I4s")


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture or unit of sound. `duration` and `offset` (presentation minus decoding time) in its track's ticks.
    `lost`: packets missing in it or right before or after it; `damaged`: torn pictures that it carries."""

    data: bytes
    duration: int
    key: bool
    offset: int = 0
    lost: int = 0
    damaged: int = 0

    @property
    def flags(self) -> int:
        told = min(self.damaged, _DAMAGED) << _LOST_BITS | min(self.lost, (1 << _LOST_BITS) - 1)
        return (_KEY if self.key else _NOT_KEY) | told


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part read back: its film. `end`: byte behind it in the file."""

    start_ticks: int
    duration_ticks: int
    frames: int
    key: bool
    end: int
    lost: int = 0
    damaged: int = 0


def box(kind: bytes, *content: bytes) -> bytes:
    """What every MP4 file is made of."""
    body = b"".join(content)
    return _HEAD.pack(8 + len(body), kind) + body


def full_box(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    """With a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *content)


def picture_entry(kind: bytes, width: int, height: int, configuration: bytes) -> bytes:
    """Sample description of a film: `avc1` with a decoder configuration record for `avcC`, `hvc1` for `hvcC`."""
    fields = struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 0x480000, 0x480000, 0, 1, 24, -1)
    return box(kind, fields, box({b"avc1": b"avcC", b"hvc1": b"hvcC"}[kind], configuration))


def sound_entry(kind: bytes, rate: int, channels: int, configuration: bytes) -> bytes:
    """Of sound: `mp4a` with an AudioSpecificConfig, `fLaC` with a STREAMINFO block."""
    fields = struct.pack(">6xH8xHHIHH", 1, channels, 16, 0, rate if rate < 0x10000 else 0, 0)
    if kind == b"mp4a":
        decoder = _descriptor(5, configuration)
        head = struct.pack(">BBBHII", 0x40, 0x15, 0, 0, 0, 0)  # MPEG-4 audio; buffer and rates not told
        stream = struct.pack(">HB", 1, 0) + _descriptor(4, head + decoder) + _descriptor(6, b"\x02")
        return box(kind, fields, full_box(b"esds", 0, 0, _descriptor(3, stream)))
    return box(kind, fields, full_box(b"dfLa", 0, 0, b"\x80" + len(configuration).to_bytes(3), configuration))


def configuration(entry: bytes) -> tuple[str, bytes]:
    """Back from `picture_entry` and `sound_entry`: libav's name of the codec, and what its decoder has to know.
    Raises BadFootage."""
    kinds = {
        b"avc1": ("h264", 86, 0),
        b"hvc1": ("hevc", 86, 0),
        b"mp4a": ("aac", 36, 4 + 2 + 3 + 2 + 13),  # version and flags, then three descriptors, one in the other
        b"fLaC": ("flac", 36, 4 + 4),
    }
    if entry[4:8] not in kinds:
        raise BadFootage(f"a track of kind {entry[4:8]!r} is none of ours")
    name, head, before = kinds[entry[4:8]]
    content = entry[head + 8 :]
    if name == "aac":
        return name, content[before + 2 : before + 2 + content[before + 1]]
    return name, content[before:]


def _descriptor(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content


def init_segment(
    width: int, height: int, timescale: int, entry: bytes, sound: tuple[int, bytes] | None = None
) -> bytes:
    """`ftyp` and `moov` of a run. entry: from `picture_entry`; sound: its timescale and `sound_entry`."""
    film = _track(1, timescale, b"vide", full_box(b"vmhd", 0, 1, bytes(8)), entry, (width, height))
    tracks, extends = [film], [_extends(1)]
    if sound is not None:
        tracks.append(_track(2, sound[0], b"soun", full_box(b"smhd", 0, 0, bytes(4)), sound[1], None))
        extends.append(_extends(2))
    head = struct.pack(">4IIH10x", 0, 0, 1000, 0, 0x10000, 0x100)
    return box(b"ftyp", struct.pack(">4sI4s4s4s", b"iso6", 0, b"iso6", b"cmfc", b"mp41")) + box(
        b"moov",
        full_box(b"mvhd", 0, 0, head, MATRIX, bytes(24), struct.pack(">I", len(tracks) + 1)),
        *tracks,
        box(b"mvex", *extends),
    )


def _extends(track: int) -> bytes:
    return full_box(b"trex", 0, 0, struct.pack(">5I", track, 1, 0, 0, 0))


def _track(
    number: int, timescale: int, kind: bytes, header: bytes, entry: bytes, size: tuple[int, int] | None
) -> bytes:
    """size: of the picture; None for sound."""
    empty = struct.pack(">I", 0)
    table = box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        full_box(b"stts", 0, 0, empty),
        full_box(b"stsc", 0, 0, empty),
        full_box(b"stsz", 0, 0, empty, empty),
        full_box(b"stco", 0, 0, empty),
    )
    media = box(
        b"mdia",
        full_box(b"mdhd", 0, 0, struct.pack(">4I2H", 0, 0, timescale, 0, 0x55C4, 0)),
        full_box(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, kind), b"video\x00" if size else b"sound\x00"),
        box(
            b"minf",
            header,
            box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1))),
            table,
        ),
    )
    width, height = size or (0, 0)
    about = struct.pack(">5I8x4H", 0, 0, number, 0, 0, 0, 0, 0 if size else 0x100, 0)
    shape = struct.pack(">II", width << 16, height << 16)
    return box(b"trak", full_box(b"tkhd", 0, 3, about, MATRIX, shape), media)


def fragment(
    number: int, start_ticks: int, samples: Sequence[Sample], sound_ticks: int = 0, sound: Sequence[Sample] = ()
) -> bytes:
    """One part. `number` counts from 1 through the run; each track's ticks are its first sample's decoding time."""
    tracks = [(1, start_ticks, samples)]
    if sound:
        tracks.append((2, sound_ticks, sound))
    rows = [
        b"".join(
            struct.pack(">IIIi", sample.duration, len(sample.data), sample.flags, sample.offset) for sample in of_track
        )
        for _, _, of_track in tracks
    ]
    # moof 8, mfhd 16; each traf 8, tfhd 16, tfdt 20, trun 20 and 16 a sample; then the header of mdat
    to_data = 24 + sum(64 + len(row) for row in rows) + 8
    content = [full_box(b"mfhd", 0, 0, struct.pack(">I", number))]
    for (track, start, of_track), row in zip(tracks, rows, strict=True):
        content.append(
            box(
                b"traf",
                full_box(b"tfhd", 0, 0x020000, struct.pack(">I", track)),
                full_box(b"tfdt", 1, 0, struct.pack(">Q", start)),
                full_box(b"trun", 1, 0xF01, struct.pack(">Ii", len(of_track), to_data), row),
            )
        )
        to_data += sum(len(sample.data) for sample in of_track)
    return box(b"moof", *content) + box(b"mdat", *(sample.data for _, _, own in tracks for sample in own))


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
    found = [
        {kind: s for kind, s, _ in _boxes(data, *span)} for kind, *span in _boxes(data, start, end) if kind == b"traf"
    ]
    if not found or not {b"tfdt", b"trun"} <= found[0].keys():
        raise BadFootage("a part has no times")
    boxes = found[0]  # the film is the first track of each part
    (first,) = struct.unpack_from(">Q", data, boxes[b"tfdt"] + 4)
    rows = _rows(data, boxes[b"trun"])
    return Fragment(
        start_ticks=first,
        duration_ticks=sum(row[0] for row in rows),
        frames=len(rows),
        key=bool(rows) and rows[0][2] >> 16 == _KEY >> 16,
        end=end,
        lost=sum(row[2] & (1 << _LOST_BITS) - 1 for track in found for row in _rows(data, track.get(b"trun"))),
        damaged=sum(row[2] >> _LOST_BITS & _DAMAGED for row in rows),
    )


def _rows(data: bytes, trun: int | None) -> list[tuple[int, int, int, int]]:
    """Duration, size, flags and offset of each sample."""
    if trun is None:
        return []
    (count,) = struct.unpack_from(">I", data, trun + 4)
    if 16 * count > len(data):
        raise BadFootage("a part is torn")
    return [struct.unpack_from(">IIIi", data, trun + 12 + 16 * i) for i in range(count)]
