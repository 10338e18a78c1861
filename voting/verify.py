"""Checking an export with nothing but Python: bytes, order, rules, counts, every signature, the tree. Pure.

Nothing of the ledger's own program is trusted for it but this package's rules; nothing is fetched. The report says what
was checked and, as plainly, what a file alone cannot show.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from voting.entries import (
    CHOSEN,
    Entry,
    Fact,
    FilmingPaused,
    FootageDeleted,
    FootageSealed,
    Imported,
    RollEntry,
    SeatTaken,
    SecretVoteRecorded,
    SittingOpened,
    VoteClosed,
    VoteOpened,
    decode,
    kind,
    parse_stamp,
)
from voting.errors import BadEntry, BadNote, FoldError, NewerEntry, WrongMove
from voting.export import Header, parse_header, parse_last
from voting.folder import HOUSE, Folder
from voting.footage import Coverage
from voting.note import VerifierKey, parse, parse_checkpoint, parse_vkey
from voting.note import verify as verify_note
from voting.record import SittingRecord, VoteRecord
from voting.recount import recount_closing, recount_opening
from voting.recount_facts import recount_fact
from voting.report import Problem, Report
from voting.signatures import Job, Signatures
from voting.signed import fits, press_text
from voting.terminals import Terminals
from voting.tree import Tree, leaf_hash

BATCH = 20_000  # signatures that are kept waiting, to be checked key by key


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
        self.terminals = Terminals()
        self.signatures = Signatures()
        self.sealed = Coverage()  # of all sittings
        self.seats: dict[str, dict[str, set[int]]] = {}  # sitting -> member -> desks they had in the open vote

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
        self._check_signatures()
        self.report.problems.sort(key=lambda problem: (problem.line is None, problem.line or 0))
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
        if sitting in self.stopped or None in self.stopped:
            return
        if sitting is None:
            if not isinstance(fact, (*HOUSE, Imported, FootageDeleted)):
                raise BadEntry(f"sitting: {kind(fact)} belongs to a sitting")
            self.terminals.feed(entry)
            for text in self._footage(number, fact):
                self._problem(number, text)
            return
        folder = self.folders.setdefault(sitting, Folder(sitting))
        try:
            folder.feed(entry)
        except FoldError:
            self.stopped.add(sitting)
            raise
        if folder.record is not None:
            for text in self._recount(number, folder.record, entry):
                self._problem(number, text)

    def _recount(self, number: int, record: SittingRecord, entry: Entry) -> list[str]:
        """What does not add up in an entry that the fold took."""
        fact = entry.fact
        if isinstance(fact, SittingOpened):
            self.report.sittings += 1
        elif isinstance(fact, VoteOpened):
            seats: dict[str, set[int]] = {member: set() for member in record.members}
            for desk_no, member in record.desks.items():
                seats[member].add(desk_no)
            self.seats[record.sitting] = seats
            return recount_opening(record, fact)
        elif isinstance(fact, SeatTaken) and record.open_vote is not None:
            self.seats[record.sitting][fact.member].add(fact.desk_no)
        elif isinstance(fact, VoteClosed):
            self.report.votes += 1
            vote = record.votes[fact.n]
            found = recount_closing(record, vote)
            return found + [text for line in fact.roll for text in self._press(number, record, vote, line, entry.seq)]
        elif isinstance(fact, SecretVoteRecorded):
            self.report.secret_votes += 1
        elif isinstance(fact, FilmingPaused):
            self.report.closed_parts += 1
        elif isinstance(fact, FootageSealed | FootageDeleted):
            self._reach(record, fact)
            return self._footage(number, fact, record.opened.timezone)
        return recount_fact(record, fact)

    def _footage(self, number: int, fact: Fact, timezone: str = "") -> list[str]:
        """Of all sittings together: the fold knows its own alone. timezone: of the sitting."""
        try:
            if isinstance(fact, FootageSealed):
                self.sealed.seal(fact)
                self.report.seals.append((number, fact))
            elif isinstance(fact, FootageDeleted):
                self.report.deleted.delete(fact)
                if fact.kept_until is not None and _day(fact.at, timezone) <= fact.kept_until:
                    return [f"footage was deleted that had to be kept until {fact.kept_until} ({fact.source})"]
                if not fact.reason.strip():
                    return ["footage was deleted without a reason"]
        except WrongMove as error:
            return [str(error)]
        return []

    def _reach(self, record: SittingRecord, fact: Fact) -> None:
        """Footage taken while filming was paused: a recorder had not heard of it."""
        if isinstance(fact, FootageSealed):
            self.report.reaching += any(
                fact.to > part.fact.at and (part.ended_at is None or fact.from_ < part.ended_at)
                for part in record.closed_parts
            )

    def _press(self, number: int, record: SittingRecord, vote: VoteRecord, line: RollEntry, seq: int) -> list[str]:
        """The signature of one line of a roll, if it has to have one: at the member's desk, by a key of that time."""
        if line.option not in CHOSEN:
            return []
        if record.imported is not None:
            self.report.imported += 1
        elif line.channel in ("called", "entered"):
            self.report.aloud += 1
        if line.terminal is None or line.signature is None or line.boot is None or line.n is None:
            return []  # whoever has to have them was named by the recount
        says = f"vote {vote.n}: the press of {line.member}"
        try:
            text = press_text(record.sitting, vote.n, line.member, line.option, line.candidate, line.boot, line.n)
        except ValueError as error:
            return [f"{says} cannot have been signed: {error}"]
        enrolments = self.terminals.between(line.terminal, vote.opened_seq, seq)
        if not enrolments:
            return [f"{says} came from terminal {line.terminal}, which was not enrolled then"]
        self.report.signed += 1
        body, seats = record.opened.body, self.seats[record.sitting][line.member]
        enrolments = [one for one in enrolments if one.body == body and one.desk_no in seats]
        if not enrolments:
            return [f"{says} came from terminal {line.terminal}, which is at another desk"]
        wrong = f"{says} does not bear the signature of terminal {line.terminal}"
        if len(enrolments) == 1:
            self.signatures.add(enrolments[0].public_key, Job(number, wrong, text, line.signature))
            if self.signatures.waiting >= BATCH:
                self._check_signatures()
        elif not any(fits(enrolment.public_key, text, line.signature) for enrolment in enrolments):
            return [wrong]
        return []

    def _check_signatures(self) -> None:
        for job in self.signatures.wrong():
            self._problem(job.line, job.words)

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


def _day(at: str, timezone: str) -> str:
    """The date of a moment where the council is; where that is not known, as far in the east as anybody lives."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # reads the machine's configuration; few exports need it

    moment = parse_stamp(at)
    try:
        return moment.astimezone(ZoneInfo(timezone)).date().isoformat()
    except (ZoneInfoNotFoundError, ValueError, OSError):  # no such zone, or this machine knows none
        return (moment + timedelta(hours=14)).date().isoformat()
