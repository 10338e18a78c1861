"""What H.264 and H.265 have in common: units, their parameter sets, and the order of pictures.

Pure. Units are NAL units without start codes.
Source: ITU-T H.264 and H.265 (7.3, annex B).
"""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from streaming.errors import BadStream

SET_BYTES = 4096  # of a parameter set; real ones have some 30
PIXELS = 36_000_000  # of a picture: the largest level of both codecs (6.2) has a little less


def split(annexb: bytes) -> list[bytes]:
    """The units of a byte stream with start codes. Inside a unit 00 00 01 cannot occur, nor can it end in zero."""
    return [unit for piece in annexb.split(b"\x00\x00\x01") if (unit := piece.rstrip(b"\x00"))]


class Bits:
    """Reads what follows a unit's header bit by bit, emulation prevention removed. Past the end: BadStream."""

    def __init__(self, payload: bytes) -> None:
        payload = payload.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value, self._left = int.from_bytes(payload), len(payload) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise BadStream("the camera's picture parameters are cut short")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def ue(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise BadStream("the camera's picture parameters are not readable")
        return (1 << zeros) - 1 + self.take(zeros)

    def se(self) -> int:
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def messages(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each supplemental message (SEI) in a unit, its header left out. One cut short ends them."""
    payload, at = payload.replace(b"\x00\x00\x03", b"\x00\x00"), 0
    while True:
        head = [0, 0]  # kind and size
        for i in (0, 1):
            while payload[at : at + 1] == b"\xff":
                head[i], at = head[i] + 255, at + 1
            if at >= len(payload):
                return
            head[i], at = head[i] + payload[at], at + 1
        kind, size = head
        if at + size > len(payload):
            return
        yield kind, payload[at : at + size]
        at += size


class Entry(Enum):
    """Whether decoding may begin with a picture."""

    NONE = 0
    WHOLE = 1  # nothing after it needs what came before it
    OPEN = 2  # nor here, but for pictures that come after it and are shown before it
    GRADUAL = 3  # only some pictures later the picture is whole


@dataclass(frozen=True, slots=True)
class Picture:
    """What a sequence parameter set says. `reorder`: pictures that may be decoded before one that is shown earlier."""

    set_id: int
    width: int
    height: int
    codec: str  # RFC 6381: 'avc1.64001f', 'hvc1.1.6.L93.B0'
    reorder: int
    chroma: tuple[int, int, int]  # format, luma and chroma depth

    def __post_init__(self) -> None:
        """Raises BadStream for what no camera films: whoever decodes it would need all the memory there is."""
        kind, *depths = self.chroma
        sized = 0 < self.width <= 16384 and 0 < self.height <= 16384 and self.width * self.height <= PIXELS
        if not sized or self.reorder > 16 or kind > 3 or max(depths) > 15:
            raise BadStream(f"the camera announces pictures of {self.width} x {self.height}")


def sized(units: Sequence[bytes]) -> bytes:
    """Units as configuration records hold them, each behind its length."""
    return b"".join(len(unit).to_bytes(2) + unit for unit in units)


class ParameterSets(ABC):
    """The parameter sets in force, by kind and number; the latest of a number counts. Each codec has its own.

    `entry`: the kind of its sample description; `needed`: which kinds there must be before a picture can be shown, and
    how many of each there may be. `aside`: header of a unit that decoders pass over. `mark`: units that tell players of
    an OPEN or GRADUAL entry, in the codec's own words. `passes_over`: decoders that begin at an OPEN entry leave out by
    themselves what cannot be shown."""

    entry: bytes
    needed: Mapping[int, int]
    aside: bytes
    mark: tuple[bytes, ...]
    passes_over: bool

    def __init__(self, units: Iterable[bytes] = ()) -> None:
        self._sets: dict[tuple[int, int], bytes] = {}
        self.update(units)

    @staticmethod
    @abstractmethod
    def kind(unit: bytes) -> int: ...

    @staticmethod
    @abstractmethod
    def set_id(unit: bytes) -> int:
        """The number of a parameter set. Raises BadStream."""

    @staticmethod
    @abstractmethod
    def is_picture(kind: int) -> bool:
        """A unit of this kind is a slice of a picture."""

    @staticmethod
    @abstractmethod
    def begins(units: Sequence[bytes]) -> Entry:
        """Whether decoding may begin with the picture of these units."""

    @staticmethod
    @abstractmethod
    def is_stored(kind: int) -> bool:
        """Units of other kinds mean nothing in a file."""

    @abstractmethod
    def picture(self) -> Picture:
        """Raises BadStream."""

    @abstractmethod
    def configuration(self) -> bytes:
        """The decoder configuration record."""

    def anew(self) -> ParameterSets:
        return type(self)(self.units)

    def update(self, units: Iterable[bytes]) -> None:
        """Take what parameter sets are among `units`. Raises BadStream."""
        for unit in units:
            if (kind := self.kind(unit)) in self.needed:
                if len(unit) > SET_BYTES or (number := self.set_id(unit)) >= self.needed[kind]:
                    raise BadStream("the camera's picture parameters are not readable")
                self._sets[kind, number] = unit

    def of(self, kind: int) -> list[bytes]:
        return [unit for (other, _), unit in sorted(self._sets.items()) if other == kind]

    @property
    def units(self) -> tuple[bytes, ...]:
        return tuple(unit for _, unit in sorted(self._sets.items()))

    @property
    def complete(self) -> bool:
        return self.needed.keys() <= {what for what, _ in self._sets}

    def set_aside(self, units: Iterable[bytes]) -> bytes:
        """Units that no decoder may see, since they are torn, as a piece of an MP4 sample that every decoder passes
        over. Each stands whole behind a header of its own."""
        return b"".join((len(self.aside) + len(unit)).to_bytes(4) + self.aside + unit for unit in units)

    def sample(self, units: Iterable[bytes], known: Iterable[bytes] = ()) -> bytes:
        """Units as an MP4 sample, each behind its length; without padding and without the parameter sets in `known`."""
        left_out = set(known)
        kept = [unit for unit in units if self.is_stored(self.kind(unit)) and unit not in left_out]
        return b"".join(len(unit).to_bytes(4) + unit for unit in kept)


class DecodingTimes:
    """Decoding times for units that come with presentation times only, as over RTP.

    With reordering the i-th unit decodes when the i-th shown picture is shown, so that a run's decoding and
    presentation begin together; a picture may then be shown before its decoding time (signed offsets in the file).
    """

    def __init__(self, reorder: int, default_step: int) -> None:
        self._reorder, self.step = reorder, default_step
        self._ahead: list[int] = []  # heap of presentation times not yet used as decoding times
        self._started = reorder == 0

    @property
    def lag(self) -> int:
        """So much later than the picture whose time it is."""
        return self._reorder * self.step

    def push(self, pts: int) -> list[int]:
        """Decoding times now known, in the order of units pushed: none while the first few show how far apart pictures
        are, then one for each push."""
        if not self._reorder:
            return [pts]
        heapq.heappush(self._ahead, pts)
        if self._started:
            return [heapq.heappop(self._ahead) + self._reorder * self.step]
        return self.flush() if len(self._ahead) >= 2 * self._reorder + 2 else []

    def flush(self) -> list[int]:
        """The times of units still held back; for the end of a short run."""
        if self._started or not self._ahead:
            return []
        self._started = True
        count, first, shown = len(self._ahead), self._ahead[0], sorted(self._ahead)
        self.step = min((b - a for a, b in pairwise(shown) if b > a), default=self.step)
        ahead = min(self._reorder, count)
        self._ahead = shown[max(0, count - ahead) :]
        rest = [pts + self._reorder * self.step for pts in shown[: count - ahead]]
        return [first + i * self.step for i in range(ahead)] + rest
