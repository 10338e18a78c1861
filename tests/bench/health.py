"""Health: are faults of a camera's picture and sound told, rightly, soon, and nothing else?

    python tests/bench/health.py [VIDEO …] [--quality 28] [--hours 1]

Each clip is the demo camera's film, with and without grain, or a VIDEO given (best: of a fixed camera), looped. Its
pictures of every 2 s are encoded as H.264 key frames and decoded again, as the recorder's are, and go to
`streaming/health.py`. Into each clip each fault is injected, several times: 40 s sound, 30 s faulty, 40 s sound. Told:
the fault's name was among the alarms while it lasted; wrong: another name was first; false: an alarm in a sound hour
of the clip. Delay: from the fault's beginning, with the worst place of the key frame and the segment that has to end.
Run on demand; nothing here is a test.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import av
import children
import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.drawn_hall import DrawnHall
from streaming.health import Health, View, view
from streaming.health_sound import sound_faults

Pixels = NDArray[np.uint8]
EVERY_S = 2.0
SOUND_PICTURES, FAULTY_PICTURES = 20, 15
SEEN_LATE_S = (
    2 * EVERY_S + 1.2
)  # a key frame comes up to 2 s after, its segment ends 2 s later; decoding and the console
RNG = np.random.default_rng(4)


class Coder:
    """A picture as the recorder gets it back: encoded as a key frame, decoded."""

    def __init__(self, width: int, height: int, quality: int) -> None:
        self._encoder = av.CodecContext.create("libx264", "w")
        self._encoder.width, self._encoder.height, self._encoder.pix_fmt = width, height, "yuv420p"
        self._encoder.framerate = 25
        self._encoder.thread_count = 1
        self._encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": str(quality), "g": "1"}
        self._decoder = av.CodecContext.create("h264", "r")

    def __call__(self, picture: Pixels) -> View:
        packets = self._encoder.encode(av.VideoFrame.from_ndarray(picture, "bgr24").reformat(format="yuv420p"))
        [frame] = [frame for packet in packets for frame in self._decoder.decode(av.Packet(bytes(packet)))] or [None]
        if frame is None:  # the decoder keeps one back
            [frame] = self._decoder.decode(None)
            self._decoder = av.CodecContext.create("h264", "r")
        return view(frame.reformat(640, 360, "bgr24").to_ndarray())


def drawn(grain: float, hall: DrawnHall) -> Iterator[Pixels]:
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    for number in range(10**9):
        planes = hall.draw(at + timedelta(seconds=EVERY_S * number), number * 25)
        picture = cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)
        yield noisy(picture, grain) if grain else picture


def noisy(picture: Pixels, grain: float) -> Pixels:
    noise = RNG.normal(0, grain, picture.shape).astype(np.int16)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def filmed(path: Path) -> list[Pixels]:
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        step = EVERY_S
        pictures, due = [], 0.0
        for frame in container.decode(video):
            if frame.time is not None and frame.time >= due:
                pictures.append(frame.to_ndarray(format="bgr24"))
                due += step
    return pictures


# --- faults -----------------------------------------------------------------------------------------------------------


def shifted(picture: Pixels, dx: float, dy: float, angle: float = 0.0) -> Pixels:
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turn[:, 2] += dx * width, dy * height
    return np.asarray(cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def covered(picture: Pixels, level: int) -> Pixels:
    """A hand or a cloth before the lens: a soft shade."""
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    shade = level + 25 * np.sin(2 * x + 1) * np.cos(3 * y)
    return noisy(np.repeat(shade[:, :, None], 3, axis=2).clip(0, 255).astype(np.uint8), 2.0)


def blurred(picture: Pixels, share: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), share * picture.shape[1]), np.uint8)


def lit(picture: Pixels, gain: float, more: float = 0) -> Pixels:
    return np.asarray(cv2.convertScaleAbs(picture, alpha=gain, beta=more), np.uint8)


PICTURES: list[tuple[str, str, Callable[[Pixels], Pixels]]] = [
    ("black", "black", lambda p: noisy(np.zeros_like(p), 1.0)),
    ("black", "lights out, noise", lambda p: noisy(lit(p, 0.03), 3.0)),
    ("over_exposed", "gain x6", lambda p: lit(p, 6, 60)),
    ("over_exposed", "white", lambda p: np.full_like(p, 255)),
    ("covered", "dark cloth", lambda p: covered(p, 50)),
    ("covered", "hand", lambda p: covered(p, 110)),
    ("covered", "white paper", lambda p: covered(p, 210)),
    ("blurred", "defocus 0.6 %", lambda p: blurred(p, 0.006)),
    ("blurred", "defocus 1.5 %", lambda p: blurred(p, 0.015)),
    ("blurred", "defocus 4 %", lambda p: blurred(p, 0.04)),
    ("moved", "by 5 %", lambda p: shifted(p, 0.05, 0.0)),
    ("moved", "by 12 %, down", lambda p: shifted(p, 0.08, 0.12)),
    ("moved", "by 30 %", lambda p: shifted(p, -0.3, 0.05)),
    ("wrong_view", "upside down", lambda p: np.ascontiguousarray(p[::-1, ::-1])),
]
SOUNDLY: list[tuple[str, Callable[[Pixels], Pixels]]] = [
    ("darker by half", lambda p: lit(p, 0.5)),
    ("lighter by a third", lambda p: lit(p, 1.33)),
    ("swaying 1 %", lambda p: shifted(p, *RNG.uniform(-0.01, 0.01, 2))),
    ("noise", lambda p: noisy(p, 8.0)),
]


def frozen(pictures: Iterator[Pixels]) -> Callable[[Pixels], Pixels]:
    still = next(pictures)
    return lambda _: still


# --- the run ----------------------------------------------------------------------------------------------------------


class Score:
    def __init__(self) -> None:
        self.right: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.delays: dict[str, list[float]] = {}

    def line(self, name: str) -> str:
        right, missed, wrong = self.right[name], self.missed[name], self.wrong[name]
        precision = right / (right + wrong) if right + wrong else float("nan")
        recall = right / (right + missed) if right + missed else float("nan")
        worst = max(self.delays.get(name, [float("nan")]))
        return (
            f"{name:18} precision {precision:4.2f}  recall {recall:4.2f}  of {right + missed:3}  worst {worst:4.1f} s"
        )


def inject(
    score: Score, name: str, clip: str, words: str, pictures: Iterator[Pixels], fault: Callable[[Pixels], Pixels],
    coder: Coder,
) -> None:  # fmt: skip
    health = Health()
    for picture in islice(pictures, SOUND_PICTURES):
        health.see(coder(picture))
    before, told, first = set(health.faults), None, None
    for i, picture in enumerate(islice(pictures, FAULTY_PICTURES)):
        health.see(coder(fault(picture)))
        new = [one for one in health.faults if one not in before]
        if new and first is None:
            first = new[0]
        if name in health.faults and told is None:
            told = i
    if told is None:
        score.missed[name] += 1
        print(f"  missed: {name} ({words}) in {clip}; told {first}")
    else:
        score.right[name] += 1
        score.delays.setdefault(name, []).append(told * EVERY_S + SEEN_LATE_S)
    if first is not None and first != name:
        score.wrong[first] += 1
        print(f"  wrong: {name} ({words}) in {clip} first told as {first}")
    for picture in islice(pictures, SOUND_PICTURES):
        health.see(coder(picture))
    if name in health.faults:
        score.wrong[name] += 1
        print(f"  not taken back: {name} ({words}) in {clip}")


def sound_hours(clip: str, pictures: Iterator[Pixels], coder: Coder, hours: float, changes: bool) -> float:
    """False alarms an hour."""
    health, alarms, told = Health(), 0, set[str]()
    count = round(hours * 3600 / EVERY_S)
    for i, picture in enumerate(islice(pictures, count)):
        alter = SOUNDLY[i * 8 // count // 2][1] if changes and i * 8 // count % 2 else None
        health.see(coder(alter(picture) if alter else picture))
        for fault in set(health.faults) - told:
            print(f"  false: {fault} in {clip} after {i * EVERY_S:.0f} s")
            alarms += 1
        told = set(health.faults)
    return alarms / hours


def sounds(score: Score) -> None:
    """A talk with pauses, and what can happen to it; stereo, 2 s at a time."""
    rate, n = 16_000, int(16_000 * EVERY_S)
    for kind in ("talk", "hum"):
        for words, name, spoil in (
            ("unplugged", "sound_silent", lambda s: s * 0),
            ("noise of the input alone", "sound_silent", lambda s: s * 0 + RNG.normal(0, 1e-5, s.shape)),
            ("too loud", "sound_clipping", lambda s: np.clip(s * 80, -1, 1)),
            ("one side dead", "sound_unbalanced", lambda s: s * np.array([[1.0], [0.001]])),
        ):
            health, told, first = Health(), None, None
            for i in range(SOUND_PICTURES + FAULTY_PICTURES):
                t = np.arange(n) / rate
                volume = 0.15 * (0.3 + 0.7 * RNG.random()) if kind == "talk" and i % 4 else 0.02
                mono = volume * np.sin(2 * np.pi * 220 * t) * (1 + np.sin(2 * np.pi * 3 * t)) / 2
                both = np.stack([mono, mono * 0.6]) + RNG.normal(0, 0.001, (2, n))
                faulty = i >= SOUND_PICTURES
                health.hear(sound_faults((spoil(both) if faulty else both).astype(np.float32)))
                if health.faults and first is None:
                    first = health.faults[0]
                if faulty and name in health.faults and told is None:
                    told = i - SOUND_PICTURES
            score.right[name] += told is not None
            score.missed[name] += told is None
            if told is not None:
                score.delays.setdefault(name, []).append(told * EVERY_S + SEEN_LATE_S)
            if first != name:
                print(f"  wrong: {name} ({words}, {kind}) first told as {first}")
                score.wrong[str(first)] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", nargs="*", type=Path, help="of fixed cameras, 20 s or longer")
    parser.add_argument("--quality", type=int, default=28, help="x264's crf (default %(default)s)")
    parser.add_argument("--hours", type=float, default=1.0, help="of each clip, for false alarms")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    hall = DrawnHall(1280, 720)
    clips: dict[str, Callable[[], Iterator[Pixels]]] = {
        "drawn hall": lambda: drawn(0.0, hall),
        "drawn hall, grain": lambda: drawn(4.0, hall),
    }
    for path in options.videos:
        pictures = filmed(path)
        clips[path.stem] = lambda pictures=pictures: cycle(pictures)  # type: ignore[misc]
    score, rates = Score(), []
    for clip, pictures in clips.items():
        height, width = next(pictures()).shape[:2]
        coder = Coder(width, height, options.quality)
        others = [other for other in clips if other.split(",")[0] != clip.split(",")[0]]
        for name, words, fault in PICTURES:
            inject(score, name, clip, words, pictures(), fault, coder)
        inject(score, "frozen", clip, "the same picture", pictures(), frozen(pictures()), coder)
        for other in others:
            elsewhere = clips[other]()
            inject(score, "wrong_view", clip, other, pictures(),
                   lambda p, e=elsewhere: cv2.resize(next(e), p.shape[1::-1]), coder)  # type: ignore[misc]  # fmt: skip
        for changes in (False, True):
            rate = sound_hours(clip, pictures(), coder, options.hours, changes)
            rates.append(rate)
            print(f"{clip}{', with changes of light, noise and sway' if changes else ''}: {rate:.1f} false an hour")
    sounds(score)
    for name in dict.fromkeys([*score.right, *score.missed, *score.wrong]):
        print(score.line(name))
    mean = sum(rates) / len(rates)
    print(f"false alarms an hour: {max(rates):.1f} at most, {mean:.2f} on average (asked for: at most 1)")


if __name__ == "__main__":
    children.run(main)
