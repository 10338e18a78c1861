"""What an audit found, in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from voting.footage import Coverage, Held, hold
from voting.footage_facts import FootageSealed
from voting.signatures import FAST

SHOWN = 20  # problems printed at most


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` counts from 1; None: the file as a whole."""

    line: int | None
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line is not None else self.text


@dataclass(slots=True)
class Report:
    """What was found. `newer`: parts that only a newer program understands; they were hashed, not counted."""

    origin: str = ""
    vkey: str = ""
    key_given: bool = False
    entries: int = 0
    sittings: int = 0
    votes: int = 0  # named ones, counted anew
    secret_votes: int = 0
    signed: int = 0  # lines of rolls whose signature was checked
    aloud: int = 0  # lines of rolls said aloud or entered by hand: they have none
    imported: int = 0  # choices on rolls taken over from documents: they have none
    closed_parts: int = 0  # in which filming was paused
    reaching: int = 0  # seals over footage that was taken in one nevertheless
    seals: list[tuple[int, FootageSealed]] = field(default_factory=list)  # of footage, each with its line
    deleted: Coverage = field(default_factory=Coverage)  # footage
    footage: Held | None = None  # files held against them
    root: bytes = b""
    problems: list[Problem] = field(default_factory=list)
    newer: list[Problem] = field(default_factory=list)

    def hold_footage(self, read: Callable[[str], bytes | None]) -> None:
        """Hold files against the seals; `read` as in `footage.hold`."""
        self.footage = hold(self.seals, self.deleted, read)
        self.problems += [Problem(line, text) for line, text in self.footage.altered]

    @property
    def code(self) -> int:
        """0 intact, 1 altered, 2 not to be judged by this program."""
        return 1 if self.problems else 2 if self.newer else 0

    def sentences(self) -> Iterator[str]:
        """The report in words, line by line."""
        if self.problems:
            yield f"ALTERED OR DAMAGED: {len(self.problems)} problem(s)."
            yield from (f"  {problem}" for problem in self.problems[:SHOWN])
            if len(self.problems) > SHOWN:
                yield f"  and {len(self.problems) - SHOWN} more"
            return
        if self.newer:
            yield "NOT JUDGED: parts of this file were written by a newer program than this one."
            yield from (f"  {problem}" for problem in self.newer[:SHOWN])
            return
        yield f"INTACT: the ledger of {self.origin}, {self.entries} entries, {self.votes} votes, no byte altered."
        yield ""
        yield "Checked:"
        yield from self._checked()
        yield ""
        yield "NOT checked, because a file cannot show it:"
        yield from self._not_checked()

    def _checked(self) -> Iterator[str]:
        yield "  Every line is in its one exact form; the entries count from 0 without a gap."
        yield f"  In {self.sittings} sitting(s), every fact can follow the facts before it."
        yield f"  {self.votes} vote(s) counted anew: who could vote and who stood aside, the roll, the tally, the votes"
        yield "    needed, the quorum, the result and the hash of the motion's text all agree."
        if self.secret_votes:
            yield f"  {self.secret_votes} secret ballot(s): the papers add up to the result; nobody is named in them."
        if self.signed:
            how = "" if FAST else ", by this program's own arithmetic"
            yield f"  {self.signed} presses on the rolls bear the signature of the terminal at the member's desk{how}."
        if self.aloud:
            yield f"  {self.aloud} answers were said aloud or entered by hand: they bear none, and the rolls mark them."
        if self.imported:
            yield f"  {self.imported} choices were taken over from documents: they bear none, and the sittings say so."
        if self.closed_parts:
            yield f"  {self.closed_parts} closed part(s): filming was paused, each time for a reason that is on record."
        if self.seals:
            segments = sum(seal.count for _, seal in self.seals)
            yield f"  {len(self.seals)} seal(s) of footage cover {segments} segments, none of them twice."
        if self.reaching:
            yield f"  {self.reaching} of them reach into a closed part: a camera filmed on, and nobody is shown it."
        if self.deleted.runs:
            gone = sum(len(part) for parts in self.deleted.runs.values() for part in parts)
            yield f"  {gone} segments of footage were deleted, none before the day its deletion names."
        if self.footage is not None:
            held = self.footage
            yield f"  The files you gave have the roots of {held.whole} seal(s): {held.segments} segments."
        yield f"  The {self.entries} entries give the root hash of the checkpoint: {self.root.hex()}"
        if self.key_given:
            yield "  The checkpoint is signed with the key you gave."
        else:
            yield "  The checkpoint's signature fits the key inside the file."

    def _not_checked(self) -> Iterator[str]:
        if not self.key_given:
            yield "  Whose key that is. Compare it with the one the council prints, or give that with --key:"
            yield f"    {self.vkey}"
        yield "  Whether others were shown another ledger: compare the root hash at this size with theirs, or with the"
        yield "    hall display on a photograph or in the recording."
        yield "  Whether a line of a roll is what the member pressed last: each member can tell for their own line, and"
        yield "    a receipt proves it (python -m voting receipt). Who sat at the terminal that signed, others saw."
        if self.footage is None and self.seals:
            yield "  The footage: its files are not in this one. If you have them, add --footage FOLDER."
        elif self.footage is not None and self.footage.missing:
            yield f"  {self.footage.missing} seal(s) of footage: not all of their files are in the folder you gave."
        yield "  The times: they are the readings of the hall's clock. What counts is the order."
        yield "  What the council's paper said: requirement, members and motion are as the hall's clerk entered them."
