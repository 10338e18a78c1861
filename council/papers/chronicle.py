"""A sitting's entries beside their fold: what papers need of when things happened, and in which order.

Pure. The record says how things stand; the minutes also say how they came to be so: who presided when, what became of
the agenda, when a recusal was declared. All of it is in the entries, and nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voting.entries import (
    AgendaReordered,
    ChairTook,
    CorrectionNoted,
    Entry,
    Fact,
    ItemAdded,
    ItemWithdrawn,
    RecusalDeclared,
    RecusalWithdrawn,
    ResultAnnounced,
    SecretVoteRecorded,
    TieDecided,
    VoteClosed,
    VoteHeld,
    VoteOpened,
    VoteResumed,
    VoteVoided,
)
from voting.folder import fold
from voting.record import SittingRecord

OfVote = (
    VoteOpened
    | VoteHeld
    | VoteResumed
    | VoteClosed
    | TieDecided
    | ResultAnnounced
    | VoteVoided
    | SecretVoteRecorded
    | CorrectionNoted
)
OfAgenda = ItemAdded | ItemWithdrawn | AgendaReordered


@dataclass(frozen=True, slots=True)
class Recusal:
    """`withdrawn_at`: declared by mistake."""

    member: str
    reason: str | None
    declared_at: str
    withdrawn_at: str | None


@dataclass(frozen=True, slots=True)
class Chronicle:
    """`record` is the fold of `entries`, which are all of one sitting, in order of seq."""

    record: SittingRecord
    entries: tuple[Entry, ...]

    def last_seq_of(self, n: int) -> int:
        """Of the last entry that is about vote `n`, or refers to it as a later vote."""
        return max(entry.seq for entry in self.entries if _concerns(entry, n))

    def entry_of(self, n: int) -> Entry:
        """The entry that holds vote `n`: of its closing, or of the secret ballot; before the closing of its opening."""
        kinds = (VoteClosed, SecretVoteRecorded, VoteOpened)
        held = [entry for entry in self.entries if isinstance(entry.fact, kinds) and entry.fact.n == n]
        return held[-1]

    def chair_at(self, seq: int) -> str | None:
        """Who presided when entry `seq` was written."""
        taken = (entry.fact.member for entry in self.entries if entry.seq <= seq and isinstance(entry.fact, ChairTook))
        chair = self.record.opened.chair
        for member in taken:
            chair = member
        return chair

    def chairs(self) -> list[tuple[str | None, str]]:
        """(since when, member) of all who presided, in order; the first since the opening."""
        opened = self.record.opened
        first: list[tuple[str | None, str]] = [(opened.at, opened.chair)] if opened.chair is not None else []
        return first + [(fact.at, fact.member) for fact in self._facts() if isinstance(fact, ChairTook)]

    def agenda_changes(self) -> list[OfAgenda]:
        return [fact for fact in self._facts() if isinstance(fact, OfAgenda)]

    def recusals(self, items: tuple[str, ...], until_seq: int | None = None) -> list[Recusal]:
        """Declared on any of these items, in order, also those withdrawn; only entries before `until_seq`."""
        found: dict[tuple[str, str], list[Recusal]] = {}
        for entry in self.entries:
            fact = entry.fact
            if not isinstance(fact, RecusalDeclared | RecusalWithdrawn) or fact.item not in items:
                continue
            if until_seq is not None and entry.seq >= until_seq:
                break
            known = found.setdefault((fact.member, fact.item), [])
            if isinstance(fact, RecusalDeclared):
                known.append(Recusal(fact.member, fact.reason, fact.at, None))
            elif known:
                known[-1] = Recusal(fact.member, known[-1].reason, known[-1].declared_at, fact.at)
        return sorted((one for known in found.values() for one in known), key=lambda one: one.declared_at)

    def holds(self, n: int) -> list[tuple[str, str | None]]:
        """(held at, resumed at) of vote `n`; the last may never have been resumed."""
        spans: list[tuple[str, str | None]] = []
        for fact in self._facts():
            if isinstance(fact, VoteHeld) and fact.n == n:
                spans.append((fact.at, None))
            elif isinstance(fact, VoteResumed) and fact.n == n:
                spans[-1] = (spans[-1][0], fact.at)
        return spans

    def _facts(self) -> Iterator[Fact]:
        return (entry.fact for entry in self.entries)


def _concerns(entry: Entry, n: int) -> bool:
    fact = entry.fact
    if isinstance(fact, VoteOpened) and fact.refers_to == n:
        return True
    if isinstance(fact, SecretVoteRecorded) and fact.repeats == n:
        return True
    return isinstance(fact, OfVote) and fact.n == n


def chronicle(entries: tuple[Entry, ...]) -> Chronicle:
    """Raises FoldError for entries that cannot be, ValueError if no sitting opened."""
    return Chronicle(fold(entries), entries)
