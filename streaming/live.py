"""What is live of a camera: messages for each part as it is written, and the newest of them kept for whoever comes.

Pure. A message is bytes, made once by the recorder and handed on as it is, to the site and to every reader: two bytes
with the length of the head, the head in JSON, and what it is about (an init segment, a part). The same bytes stand in
the file that the recorder writes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from streaming.segments import RUN_ID

KEEP_SEGMENTS = 4  # and the one being written: what low-latency playlists name, part by part
KEEP_BYTES = 48 * 2**20
HEAD_BYTES = 4096
MESSAGE_BYTES = 16 * 2**20

RunId = Annotated[str, Meta(pattern=f"^{RUN_ID.pattern}\\Z")]
Count = Annotated[int, Meta(ge=0)]
Size = Annotated[int, Meta(ge=1)]


class BadMessage(ValueError):
    """Bytes that no recorder of ours writes."""


class RunBegun(Struct, frozen=True, tag="run", forbid_unknown_fields=True):
    """The init segment follows. `codec` as in `codecs="…"`, with the sound's."""

    run: RunId
    codec: str
    width: Size
    height: Size
    timescale: Size


class PartMade(Struct, frozen=True, tag="part", forbid_unknown_fields=True):
    """The part follows. It is number `part` of segment `n`; `seq` counts the camera's segments through all its runs,
    `breaks` the runs. Ticks are the run's media time; `at_us` is the wall time of the first frame, as far as known."""

    run: RunId
    n: Count
    part: Count
    seq: Count
    breaks: Count
    start: Count
    duration: Size
    at_us: int
    key: bool  # begins with a key frame


class SegmentCut(Struct, frozen=True, tag="cut", forbid_unknown_fields=True):
    """Segment `n` is whole: a file of its parts, in so many ticks."""

    run: RunId
    n: Count
    seq: Count
    duration: Size


class RunOver(Struct, frozen=True, tag="end", forbid_unknown_fields=True):
    """The last `dropped` parts told of the run are void: they were filmed in a closed part."""

    run: RunId
    reason: str
    dropped: Count = 0


Head = RunBegun | PartMade | SegmentCut | RunOver
_HEADS = msgspec.json.Decoder(Head)


@dataclass(frozen=True, slots=True)
class Told:
    """A message and what it says."""

    head: Head
    message: bytes

    @property
    def body(self) -> bytes:
        """The init segment or the part."""
        return self.message[2 + int.from_bytes(self.message[:2]) :]


def tell(head: Head, body: bytes = b"") -> Told:
    text = msgspec.json.encode(head)
    return Told(head, len(text).to_bytes(2) + text + body)


def understand(message: bytes) -> Told:
    """Raises BadMessage."""
    size = int.from_bytes(message[:2])
    if len(message) < 2 + size or not 0 < size <= HEAD_BYTES:
        raise BadMessage("a live message is cut short")
    try:
        return Told(_HEADS.decode(message[2 : 2 + size]), message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadMessage(str(error)) from None


class Recent:
    """The newest messages of one camera, in order, each with its place: places count on for ever and never change.

    What is older than KEEP_SEGMENTS segments, or over KEEP_BYTES, is let go. All readers share it."""

    def __init__(self) -> None:
        self._kept: deque[Told] = deque()
        self._first = 0  # place of the oldest kept
        self._bytes = 0
        self._begun: dict[str, Told] = {}  # by run
        self.newest_key: int | None = None  # its place
        self.run: str | None = None  # the one going on

    @property
    def end(self) -> int:
        """The place of the message that comes next."""
        return self._first + len(self._kept)

    def add(self, told: Told) -> None:
        head = told.head
        if isinstance(head, RunBegun):
            self.run = head.run
            kept = {one.head.run for one in self._kept}
            self._begun = {run: begun for run, begun in self._begun.items() if run in kept} | {head.run: told}
        elif isinstance(head, RunOver):
            self.run = None if self.run == head.run else self.run
            self._void(head)
        elif isinstance(head, PartMade) and head.key:
            self.newest_key = self.end
            self._let_go(head.seq - KEEP_SEGMENTS)
        self._kept.append(told)
        self._bytes += len(told.message)
        while self._bytes > KEEP_BYTES:
            self._drop()

    def __getitem__(self, place: int) -> Told:
        """Raises IndexError for what is let go or has not come yet."""
        if not self._first <= place < self.end:
            raise IndexError(place)
        return self._kept[place - self._first]

    def begun(self, run: str) -> Told | None:
        """The run's init segment, while any part of it is kept."""
        return self._begun.get(run)

    def beginning(self) -> int | None:
        """Where a reader who comes now begins: at the newest key frame of the run going on."""
        place = self.newest_key
        if self.run is None or place is None or place < self._first:
            return None
        head = self[place].head
        return place if isinstance(head, PartMade) and head.run == self.run else None

    def all(self) -> Iterator[Told]:
        """Everything kept, with the beginning of the first run."""
        first = self._kept[0].head if self._kept else None
        if first is not None and not isinstance(first, RunBegun) and (begun := self.begun(first.run)) is not None:
            yield begun
        yield from self._kept

    def part(self, run: str, n: int, part: int) -> Told | None:
        for told in reversed(self._kept):
            head = told.head
            if isinstance(head, PartMade) and (head.run, head.n, head.part) == (run, n, part):
                return told
        return None

    def segment(self, run: str, n: int) -> list[Told] | None:
        """The parts of a whole segment; None while it is not whole, or no longer all kept."""
        parts, whole = list[Told](), False
        for told in self._kept:
            head = told.head
            if isinstance(head, PartMade) and (head.run, head.n) == (run, n):
                parts.append(told)
            elif isinstance(head, SegmentCut) and (head.run, head.n) == (run, n):
                whole = True
        complete = whole and bool(parts) and isinstance(parts[0].head, PartMade) and parts[0].head.part == 0
        return parts if complete else None

    def _void(self, over: RunOver) -> None:
        """What was dropped keeps its places and loses its bytes."""
        heads = [told.head for told in self._kept]
        places = [i for i, head in enumerate(heads) if isinstance(head, PartMade) and head.run == over.run]
        if not over.dropped or not places:
            return
        for i in range(places[-over.dropped :][0], len(heads)):
            if self._kept[i].head.run == over.run:
                self._bytes -= len(self._kept[i].message)
                self._kept[i] = tell(RunOver(over.run, over.reason))
                self._bytes += len(self._kept[i].message)
        keys = [i for i, told in enumerate(self._kept) if isinstance(told.head, PartMade) and told.head.key]
        self.newest_key = self._first + keys[-1] if keys else None

    def _let_go(self, seq: int) -> None:
        """What comes before segment `seq`."""
        while self._kept:
            head = self._kept[0].head
            if isinstance(head, PartMade) and head.seq >= seq:
                return
            self._drop()

    def _drop(self) -> None:
        self._bytes -= len(self._kept.popleft().message)
        self._first += 1
