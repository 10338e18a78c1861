"""An MP4 file of samples that lie in other files: the tables and the edit list before them, then their bytes, copied.

Pure but for `write`, which copies. One `moov` before one `mdat`, so that a clip begins to play while it is fetched. The
edit list shows exactly what was asked for: a film begins at a key frame, and what is before the first picture asked for
is decoded and not shown.
Source: ISO/IEC 14496-12 (8.5 sample tables, 8.6.6 edit lists, 8.10 user data); QuickTime's `ilst` for the words.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from streaming.clip_samples import Track
from streaming.fmp4 import MATRIX, box, full_box

_BLOCK = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples that lie one behind the other in `source` from byte `at` on. `entry`: which description is theirs."""

    source: Path
    at: int
    sizes: tuple[int, ...]
    entry: int = 0

    @property
    def bytes(self) -> int:
        return sum(self.sizes)


@dataclass(slots=True)
class Reel:
    """A track of the clip. `times`: decoding, from 0, one more than there are samples; `offsets`: to presentation.
    `begin`: the first tick shown; `length`: how many are."""

    track: Track
    entries: list[bytes] = field(default_factory=list)
    times: list[int] = field(default_factory=lambda: [0])
    offsets: list[int] = field(default_factory=list)
    keys: list[bool] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    begin: int = 0
    length: int = 0


def _runs(values: Sequence[int], form: str) -> bytes:
    """Run-length coded: how many, of what."""
    rows = [(len(list(same)), value) for value, same in groupby(values)]
    return struct.pack(">I", len(rows)) + b"".join(struct.pack(form, *row) for row in rows)


def head(reels: Sequence[Reel], words: dict[bytes, str]) -> tuple[bytes, list[Chunk]]:
    """`ftyp` and `moov`, and the chunks in the order in which they follow. words: by `ilst` key, as b"\\xa9nam"."""
    timescale = reels[0].track.timescale
    sources = list(dict.fromkeys(chunk.source for reel in reels for chunk in reel.chunks))
    order = [(number, chunk) for number, reel in enumerate(reels) for chunk in reel.chunks]
    order.sort(key=lambda one: (sources.index(one[1].source), one[1].at))  # sound beside its pictures
    ftyp = box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isomiso2avc1mp41")

    def moov(start: int) -> bytes:
        places: list[list[int]] = [[] for _ in reels]
        for number, chunk in order:
            places[number].append(start)
            start += chunk.bytes
        longest = max(reel.length * timescale // reel.track.timescale for reel in reels)
        mvhd = struct.pack(">QQIQIH10x", 0, 0, timescale, longest, 0x10000, 0x100)
        return box(
            b"moov",
            full_box(b"mvhd", 1, 0, mvhd, MATRIX, bytes(24), struct.pack(">I", len(reels) + 1)),
            *(_trak(n, reel, places[n], timescale) for n, reel in enumerate(reels)),
            _udta(words),
        )

    size = len(ftyp) + len(moov(0)) + 16
    data = 16 + sum(chunk.bytes for _, chunk in order)
    mdat = struct.pack(">I4sQ", 1, b"mdat", data)
    return ftyp + moov(size) + mdat, [chunk for _, chunk in order]


def _trak(number: int, reel: Reel, places: Sequence[int], movie: int) -> bytes:
    length = reel.length * movie // reel.track.timescale
    wide = reel.track.header[8] == 1
    rest = reel.track.header[8 + (36 if wide else 24) :]  # behind the duration: layer, volume, matrix, size
    tkhd = full_box(b"tkhd", 1, 3, struct.pack(">QQIIQ", 0, 0, number + 1, 0, length), rest)
    elst = full_box(b"elst", 1, 0, struct.pack(">IQqHH", 1, length, reel.begin, 1, 0))
    mdhd = struct.pack(">QQIQHH", 0, 0, reel.track.timescale, reel.times[-1], reel.track.language, 0)
    minf = box(b"minf", reel.track.media, reel.track.data, _stbl(reel, places))
    mdia = box(b"mdia", full_box(b"mdhd", 1, 0, mdhd), reel.track.handler, minf)
    return box(b"trak", tkhd, box(b"edts", elst), mdia)


def _stbl(reel: Reel, places: Sequence[int]) -> bytes:
    sizes = [size for chunk in reel.chunks for size in chunk.sizes]
    durations = [after - before for before, after in zip(reel.times, reel.times[1:], strict=False)]
    keys = [n for n, key in enumerate(reel.keys, 1) if key]
    to_chunks: list[tuple[int, int, int]] = []
    for n, chunk in enumerate(reel.chunks, 1):
        if not to_chunks or to_chunks[-1][1:] != (len(chunk.sizes), chunk.entry + 1):
            to_chunks.append((n, len(chunk.sizes), chunk.entry + 1))
    return box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", len(reel.entries)), *reel.entries),
        full_box(b"stts", 0, 0, _runs(durations, ">II")),
        full_box(b"ctts", 0, 0, _runs(reel.offsets, ">II")) if any(reel.offsets) else b"",
        full_box(b"stss", 0, 0, struct.pack(f">{len(keys) + 1}I", len(keys), *keys)) if not all(reel.keys) else b"",
        full_box(b"stsc", 0, 0, struct.pack(">I", len(to_chunks)), *(struct.pack(">III", *row) for row in to_chunks)),
        full_box(b"stsz", 0, 0, struct.pack(f">II{len(sizes)}I", 0, len(sizes), *sizes)),
        full_box(b"co64", 0, 0, struct.pack(f">I{len(places)}Q", len(places), *places)),
    )


def _udta(words: dict[bytes, str]) -> bytes:
    said = [box(key, box(b"data", struct.pack(">II", 1, 0), text.encode())) for key, text in words.items() if text]
    handler = full_box(b"hdlr", 0, 0, struct.pack(">I4s4s9x", 0, b"mdir", b"appl"))
    return box(b"udta", full_box(b"meta", 0, 0, handler, box(b"ilst", *said)))


def write(file: BinaryIO, reels: Sequence[Reel], words: dict[bytes, str], told: Callable[[float], None]) -> None:
    """told: how much is done, from 0 to 1. Raises OSError."""
    front, chunks = head(reels, words)
    file.write(front)
    whole, done = sum(chunk.bytes for chunk in chunks) or 1, 0
    source: BinaryIO | None = None
    try:
        for chunk in chunks:
            if source is None or Path(source.name) != chunk.source:
                if source is not None:
                    source.close()
                source = chunk.source.open("rb")
            source.seek(chunk.at)
            left = chunk.bytes
            while left:
                block = source.read(min(left, _BLOCK))
                if not block:
                    raise OSError(f"{chunk.source} is shorter than it was")
                file.write(block)
                left -= len(block)
            done += chunk.bytes
            told(done / whole)
    finally:
        if source is not None:
            source.close()
