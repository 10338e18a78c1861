"""Checking an export with nothing but Python: bytes, order, rules, counts, tree, signature. Pure.

Nothing of the ledger's own program is trusted for it but this package's rules; nothing is fetched. The report says what
was checked and, as plainly, what a file alone cannot show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from voting.entries import Entry, SittingOpened, VoteClosed, VoteOpened, decode
from voting.errors import BadEntry, BadNote, FoldError, NewerEntry
from voting.export import Header, parse_header, parse_last
from voting.folder import Folder
from voting.note import VerifierKey, parse, parse_checkpoint, parse_vkey
from voting.note import verify as verify_note
from voting.recount import recount_closing, recount_opening
from voting.tree import Tree, leaf_hash

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
    votes: int = 0
    root: bytes = b""
    problems: list[Problem] = field(default_factory=list)
    newer: list[Problem] = field(default_factory=list)

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
        yield "  Every line is in its one exact form; the entries count from 0 without a gap."
        yield f"  In {self.sittings} sitting(s), every fact can follow the facts before it."
        yield f"  {self.votes} vote(s) counted anew: who could vote, the roll, the tally, the votes needed, the result"
        yield "    and the hash of the motion's text all agree."
        yield f"  The {self.entries} entries give the root hash of the checkpoint: {self.root.hex()}"
        if self.key_given:
            yield "  The checkpoint is signed with the key you gave."
        else:
            yield "  The checkpoint's signature fits the key inside the file."
        yield ""
        yield "NOT checked, because a file cannot show it:"
        if not self.key_given:
            yield "  Whose key that is. Compare it with the one the council prints, or give that with --key:"
            yield f"    {self.vkey}"
        yield "  Whether others were shown another ledger: compare the root hash at this size with theirs, or with the"
        yield "    hall display on a photograph or in the recording."
        yield "  Whether a line of a roll is what the member pressed: each member can tell for their own line."
        yield "  The times: they are the readings of the hall's clock. What counts is the order."
        yield "  What the council's paper said: requirement, members and motion are as the hall's clerk entered them."


def verify(lines: Iterable[bytes], key: str | None = None) -> Report:
    """Check an export. lines: as a binary file yields them, newlines included. key: the vkey to trust.

    Raises BadNote if `key` itself is malformed."""
    trusted = parse_vkey(key) if key is not None else None
    return _Verifier(trusted).run(lines)


class _Verifier:
    def __init__(self, trusted: VerifierKey | None) -> None:
        self.trusted = trusted
        self.report = Report(key_given=trusted is not None)
        self.header: Header | None = None
        self.tree = Tree()
        self.next_seq = 0
        self.folders: dict[str, Folder] = {}
        self.stopped: set[str | None] = set()  # sittings whose fold has failed: what follows in them says nothing
        self.openings: dict[str, VoteOpened] = {}  # the open vote of each sitting

    def run(self, lines: Iterable[bytes]) -> Report:
        number, held = 0, b""  # one line is held back, since the last is of another kind
        for number, line in enumerate(lines, 1):
            if number > 1:
                self._line(number - 1, held)
            held = line
        if number < 2 or not held.endswith(b"\n"):
            self._problem(number or None, "the file's end is missing")
        else:
            self._line(number, held, last=True)
        self.report.entries, self.report.root = self.tree.size, self.tree.root
        return self.report

    def _line(self, number: int, line: bytes, last: bool = False) -> None:
        body = line[:-1]
        try:
            if number == 1:
                self._head(parse_header(body))
            elif last:
                self._end(parse_last(body))
            else:
                self.tree.append(leaf_hash(body))
                expected, self.next_seq = self.next_seq, self.next_seq + 1
                self._entry(number, decode(body), expected)
        except (BadEntry, BadNote) as error:
            self._problem(number, str(error))
        except FoldError as error:
            self._problem(number, error.reason)
        except NewerEntry as error:
            self.report.newer.append(Problem(number, str(error)))
            self.stopped.add(None)

    def _problem(self, number: int | None, text: str) -> None:
        self.report.problems.append(Problem(number, text))

    def _head(self, header: Header) -> None:
        self.header = header
        self.report.origin, self.report.vkey = header.origin, header.vkey
        key = parse_vkey(header.vkey)
        if key.name != header.origin:
            raise BadNote(f"the key is that of {key.name}, the ledger is {header.origin}")
        if self.trusted is not None and key != self.trusted:
            raise BadNote(f"the file names another key than the one you gave: {header.vkey}")

    def _entry(self, number: int, entry: Entry, expected: int) -> None:
        if entry.seq != expected:
            self.next_seq = entry.seq + 1  # said once, not on every line after it
            raise BadEntry(f"seq: entry {expected} is expected here, this is entry {entry.seq}")
        sitting, fact = entry.sitting, entry.fact
        if sitting is None or sitting in self.stopped or None in self.stopped:
            return
        folder = self.folders.setdefault(sitting, Folder(sitting))
        try:
            folder.feed(entry)
        except FoldError:
            self.stopped.add(sitting)
            raise
        record = folder.record
        if record is None:
            return
        found: list[str] = []
        if isinstance(fact, SittingOpened):
            self.report.sittings += 1
        elif isinstance(fact, VoteOpened):
            self.openings[sitting] = fact
            found = recount_opening(record, fact)
        elif isinstance(fact, VoteClosed):
            self.report.votes += 1
            found = recount_closing(record, record.votes[fact.n], self.openings.pop(sitting))
        for text in found:
            self._problem(number, text)

    def _end(self, note: str) -> None:
        parsed = parse(note)
        if len(parsed.signatures) != 1:
            raise BadNote("the checkpoint has more than one signature; an export bears the ledger's alone")
        checkpoint = parse_checkpoint(parsed.text)
        if self.header is not None:
            if checkpoint.origin != self.header.origin:
                raise BadNote(f"the checkpoint is that of {checkpoint.origin}, the file is of {self.header.origin}")
            verify_note(note, self.trusted or parse_vkey(self.header.vkey))
        if checkpoint.size != self.tree.size:
            raise BadNote(f"the checkpoint is over {checkpoint.size} entries, the file has {self.tree.size}")
        if checkpoint.root != self.tree.root:
            raise BadNote(
                "the entries together do not give the signed root hash: at least one of them was altered "
                f"(signed {checkpoint.root.hex()}, computed {self.tree.root.hex()})"
            )
