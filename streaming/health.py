"""Is a camera's picture what it should be: key frames looked at, and faults told once they last.

Acts on nothing outside. A picture is grey, HEIGHT x WIDTH, whatever the camera's shape. It is held against the one
before it and against the camera's reference view: a picture of the hall as the camera should show it. What differs in
brightness alone, or by people who come and go, is the same view: parts of the reference are looked for one by one, and
most of a hall is walls.
Thresholds were tuned by tests/bench/health.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from streaming.health_sound import SOUND_FAULTS, SoundFault

Grey = NDArray[np.uint8]
PictureFault = Literal["black", "over_exposed", "covered", "frozen", "moved", "wrong_view", "blurred"]
Fault = PictureFault | SoundFault

FAULTS: tuple[Fault, ...] = (
    *("black", "over_exposed", "covered", "frozen", "moved", "wrong_view", "blurred"),
    *SOUND_FAULTS,
)  # the gravest first
WIDTH, HEIGHT = 640, 360

RAISE, RAISE_FROZEN = 3, 2  # pictures in a row; that it stands still takes two pictures to see
CLEAR = 3

DARK, BLACK_SHARE, BLACK_MEAN = 40, 0.98, 24
BRIGHT, BRIGHT_SHARE = 250, 0.5
FROZEN_BLOCK, FROZEN_MEAN = 2.0, 0.5  # grey levels; a still hall's noise is 1 on average (measured), a film's less
SAME_PART, SAME_VIEW = 0.8, 0.25  # correlation of a part with itself; share of the parts found in their place
MOVED_VIEW, MOVED_BY = 0.2, 4  # share of the parts found in another place; pixels of SMALL
COVERED_SHARE = 0.3  # of the parts, those that still have anything to see
BLURRED = 0.3  # sharpness, relative to the reference's
LEARN = 3  # sound pictures in a row, and the last is the reference

_SMALL = (160, 90)
_PART = (16, 15)
_GIVE = 2  # pixels of SMALL: a camera on a pole sways
_TEXTURE = 4.0


@dataclass(frozen=True)
class View:
    """A picture, and what is measured of it. grey: shape (HEIGHT, WIDTH)."""

    grey: Grey

    @cached_property
    def small(self) -> Grey:
        return np.asarray(cv2.resize(self.grey, _SMALL, interpolation=cv2.INTER_AREA), np.uint8)

    @cached_property
    def sharpness(self) -> float:
        """Of edges, relative to the contrast: the light's strength does not count."""
        edges = cv2.Laplacian(self.grey, cv2.CV_32F)
        return float(edges.var() / (self.grey.var() + 1.0))

    @cached_property
    def parts(self) -> Sequence[tuple[int, int]]:
        """Left upper corners, in pixels of `small`, of the parts that have something to see."""
        detail = self.small.astype(np.float32)
        detail -= cv2.GaussianBlur(detail, (0, 0), 4)
        (width, height), (w, h) = _SMALL, _PART
        corners = [(x, y) for y in range(0, height - h + 1, h) for x in range(0, width - w + 1, w)]
        return [(x, y) for x, y in corners if float(detail[y : y + h, x : x + w].std()) > _TEXTURE]


def view(picture: NDArray[np.uint8]) -> View:
    """picture: grey or BGR, any size."""
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return View(np.asarray(cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8))


def picture_faults(now: View, before: View | None, reference: View | None) -> set[PictureFault]:
    """What one picture shows. One with nothing to see is called so alone: it stands still too."""
    if float((now.grey < DARK).mean()) >= BLACK_SHARE and float(now.grey.mean()) <= BLACK_MEAN:
        return {"black"}
    if float((now.grey >= BRIGHT).mean()) >= BRIGHT_SHARE:
        return {"over_exposed"}
    found: set[PictureFault] = set()
    if before is not None and _stands_still(now, before):
        found.add("frozen")
    if reference is None or not reference.parts:
        return found if now.parts else {"covered"}
    same = _found_in_place(now, reference)
    if same >= SAME_VIEW:
        blurred = now.sharpness < BLURRED * reference.sharpness
        moved = same < 2 * SAME_VIEW and not blurred and _moved(now, reference) > same
        return found | ({"moved"} if moved else {"blurred"} if blurred else set())
    if len(now.parts) < COVERED_SHARE * len(reference.parts):
        return found | {"blurred"} if _same_roughly(now, reference) else {"covered"}
    return found | {"moved" if _moved(now, reference) >= MOVED_VIEW else "wrong_view"}


def _stands_still(now: View, before: View) -> bool:
    """No two pictures that a sensor takes are alike; the same one encoded twice nearly is."""
    change = cv2.absdiff(now.grey, before.grey)
    blocks = cv2.resize(change.astype(np.float32), (WIDTH // 16, HEIGHT // 16), interpolation=cv2.INTER_AREA)
    return float(blocks.max()) < FROZEN_BLOCK and float(blocks.mean()) < FROZEN_MEAN


def _found_in_place(now: View, reference: View) -> float:
    """The share of the reference's parts that are where they were."""
    found = 0
    (width, height), (w, h) = _SMALL, _PART
    for x, y in reference.parts:
        left, top = max(0, x - _GIVE), max(0, y - _GIVE)
        around = now.small[top : min(height, y + h + _GIVE), left : min(width, x + w + _GIVE)]
        found += _best(around, reference.small[y : y + h, x : x + w])[0] >= SAME_PART
    return found / len(reference.parts)


def _moved(now: View, reference: View) -> float:
    """The share of the reference's parts that are found elsewhere, all moved alike."""
    (w, h), moves = _PART, Counter[tuple[int, int]]()
    for x, y in reference.parts:
        score, (at_x, at_y) = _best(now.small, reference.small[y : y + h, x : x + w])
        dx, dy = at_x - x, at_y - y
        if score >= SAME_PART and max(abs(dx), abs(dy)) >= MOVED_BY:
            moves[dx, dy] += 1
    most = max((_near(moves, move) for move in moves), default=0)
    return most / len(reference.parts)


def _near(moves: Counter[tuple[int, int]], move: tuple[int, int]) -> int:
    return sum(n for (x, y), n in moves.items() if abs(x - move[0]) <= _GIVE and abs(y - move[1]) <= _GIVE)


def _best(picture: Grey, part: Grey) -> tuple[float, tuple[int, int]]:
    """How well the part is found in the picture, and where."""
    scores = cv2.matchTemplate(picture, part, cv2.TM_CCOEFF_NORMED)
    _, score, _, (x, y) = cv2.minMaxLoc(scores)
    return float(score), (int(x), int(y))


def _same_roughly(now: View, reference: View) -> bool:
    """Light and dark lie where they lay: out of focus, not covered."""
    one, other = (cv2.GaussianBlur(one.small, (0, 0), 6).astype(np.float64).ravel() for one in (now, reference))
    return one.std() > 1 and bool(np.corrcoef(one, other)[0, 1] > 0.8)


class Health:
    """What is wrong with one camera. A fault is told when it was seen in RAISE looks in a row, and no longer when CLEAR
    in a row were without it. Without a reference the view is learnt from the first sound pictures."""

    def __init__(self, reference: View | None = None) -> None:
        self.reference = reference
        self._before: View | None = None
        self._sound_pictures = 0
        self._seen: Counter[Fault] = Counter()
        self._missed: Counter[Fault] = Counter()
        self._told: set[Fault] = set()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The gravest first."""
        return tuple(fault for fault in FAULTS if fault in self._told)

    def see(self, now: View) -> None:
        """The next key frame, some 2 s after the one before."""
        found = picture_faults(now, self._before, self.reference)
        self._before = now
        self._note(found, FAULTS[: -len(SOUND_FAULTS)])
        self._sound_pictures = 0 if found else self._sound_pictures + 1
        if self.reference is None and self._sound_pictures >= LEARN:
            self.reference = now

    def hear(self, found: Collection[SoundFault]) -> None:
        """The sound of the next segment."""
        self._note(found, SOUND_FAULTS)

    def _note(self, found: Collection[Fault], looked_for: Collection[Fault]) -> None:
        for fault in looked_for:
            if fault in found:
                self._seen[fault] += 1
                self._missed[fault] = 0
            else:
                self._missed[fault] += 1
                self._seen[fault] = 0
            if self._seen[fault] >= (RAISE_FROZEN if fault == "frozen" else RAISE):
                self._told.add(fault)
            elif self._missed[fault] >= CLEAR:
                self._told.discard(fault)
