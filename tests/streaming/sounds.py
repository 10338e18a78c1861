"""Sound as cameras send it, and a program that understands it: each number is a beep of its own pitch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby

import av
import numpy as np

from streaming import g711
from streaming.rtsp import audio
from streaming.rtsp.audio import AacConfig
from streaming.sound import SoundFormat, SoundUnit
from streaming.speech import RATE, Samples, Word

Heard = tuple[SoundFormat, tuple[SoundUnit, ...]]
AAC_HZ, BEEP_S, BLOCK = 48_000, 0.5, RATE // 50


@cache
def hummed(kind: str, seconds: int) -> Heard:
    """A hum as AAC (`aac`) or telephone sound (`g711`), its times from 0."""
    if kind == "g711":
        flac, wave = g711.FlacSound("PCMA", 8000), bytes(range(0, 256, 8)) * 250
        packets = [SoundUnit(wave, i * 8000, i * 1_000_000, i * 1_000_000) for i in range(seconds)]
        return flac.format, tuple(unit for packet in packets for unit in flac.feed(packet))
    return as_aac(0.1 * np.sin(np.arange(seconds * AAC_HZ) * 2 * np.pi * 440 / AAC_HZ))


def beeps(numbers: Mapping[float, int], seconds: int) -> Heard:
    """numbers: by the second each begins at."""
    wave, length = np.zeros(seconds * AAC_HZ), round(BEEP_S * AAC_HZ)
    for at, number in numbers.items():
        start = round(at * AAC_HZ)
        wave[start : start + length] = 0.3 * np.sin(np.arange(length) * 2 * np.pi * pitch(number) / AAC_HZ)
    return as_aac(wave)


def pitch(number: int) -> int:
    return 500 + 100 * number


def as_aac(wave: np.ndarray) -> Heard:
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = AAC_HZ, "mono", "fltp"
    units = []
    for i in range(0, len(wave), 1024):
        part = np.zeros((1, 1024), np.float32)
        part[0, : len(wave[i : i + 1024])] = wave[i : i + 1024]
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = AAC_HZ, i
        for packet in encoder.encode(frame):
            taken = packet.pts * 1_000_000 // AAC_HZ
            units.append(SoundUnit(bytes(packet), packet.pts, taken, taken))
    config = AacConfig(bytes(encoder.extradata[:2]), AAC_HZ, 1, 13, 3)
    return audio.aac_format(config), tuple(units)


class Beeps:
    """A recogniser of the one language that `beeps` speaks."""

    name = "beeps"

    def words(self, sound: Samples) -> Iterator[Word]:
        blocks = sound[: len(sound) // BLOCK * BLOCK].reshape(-1, BLOCK)
        pitches = np.abs(np.fft.rfft(blocks)).argmax(axis=1) * RATE / BLOCK
        heard = [
            round((hz - 500) / 100) if level > 0.05 else None
            for hz, level in zip(pitches, np.abs(blocks).max(axis=1), strict=True)
        ]
        for number, places in groupby(range(len(heard)), key=heard.__getitem__):
            same = list(places)
            if number is not None and len(same) * BLOCK > RATE * BEEP_S / 2:
                yield Word(same[0] * BLOCK / RATE, (same[-1] + 1) * BLOCK / RATE, f"{number}.")
