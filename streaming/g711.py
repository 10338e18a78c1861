"""Telephone sound (G.711) as FLAC: nothing of it is lost, and every browser plays it in MP4, which it does not G.711.

Source: ITU-T G.711; RFC 9639 (FLAC).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from streaming import fmp4
from streaming.sound import SoundFormat, SoundUnit

ENCODINGS = {"PCMU": "pcm_mulaw", "PCMA": "pcm_alaw"}
Samples = NDArray[np.int16]
RATES = range(8000, 48_001)
HOLE_MS = 40  # times a shorter way off are those of a camera that looks at its clock instead of counting samples


def _table(encoding: str) -> Samples:
    """What each of the 256 bytes means, 16 bits."""
    decoder: Any = av.CodecContext.create(ENCODINGS[encoding], "r")
    decoder.sample_rate, decoder.layout = 8000, "mono"
    [frame] = decoder.decode(av.Packet(bytes(range(256))))
    return np.ascontiguousarray(frame.to_ndarray()[0])


class FlacSound:
    """`feed` packets of one stream; each answer is the units they complete, of `format.unit_ticks` samples."""

    def __init__(self, encoding: str, rate: int) -> None:
        """encoding: PCMU or PCMA; one channel. Raises ValueError for another rate than 8 to 48 kHz."""
        if rate not in RATES:
            raise ValueError(f"sound at {rate} Hz is not recorded")
        self._table, self._rate = _table(encoding), rate
        self._encoder: Any = av.CodecContext.create("flac", "w")
        self._encoder.sample_rate, self._encoder.layout, self._encoder.format = rate, "mono", "s16"
        self._encoder.open()
        self._size = int(self._encoder.frame_size)
        entry = fmp4.sound_entry(b"fLaC", rate, 1, bytes(self._encoder.extradata or b""))
        self.format = SoundFormat("flac", rate, self._size, entry, self._encode(np.zeros(self._size, np.int16)))
        self._samples = np.zeros(0, np.int16)
        self._first: SoundUnit | None = None  # when the waiting samples begin

    def feed(self, heard: SoundUnit) -> list[SoundUnit]:
        """`data`: G.711."""
        made = []
        first = self._first
        if first is not None:
            off = heard.pts - first.pts - len(self._samples)
            if heard.lost or abs(off) * 1000 > HOLE_MS * self._rate:  # a hole, or another count
                made.append(self._unit(first, np.pad(self._samples, (0, self._size - len(self._samples)))))
                self._samples, first = self._samples[:0], None
            elif off:
                first = self._moved(first, off)
        first = first or heard
        samples = np.concatenate((self._samples, self._table[np.frombuffer(heard.data, np.uint8)]))
        while len(samples) >= self._size:
            made.append(self._unit(first, samples[: self._size]))
            samples = samples[self._size :]
            first = replace(self._moved(first, self._size), lost=0)
        self._samples, self._first = samples, first if len(samples) else None
        return made

    def _moved(self, unit: SoundUnit, samples: int) -> SoundUnit:
        by_us = samples * 1_000_000 // self._rate
        reported_us = None if unit.reported_us is None else unit.reported_us + by_us
        return replace(unit, pts=unit.pts + samples, arrived_us=unit.arrived_us + by_us, reported_us=reported_us)

    def _unit(self, first: SoundUnit, samples: Samples) -> SoundUnit:
        return replace(first, data=self._encode(samples))

    def _encode(self, samples: Samples) -> bytes:
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = self._rate
        return b"".join(bytes(packet) for packet in self._encoder.encode(frame))
