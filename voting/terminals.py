"""Whose key is whose, in the order of the ledger: terminals enrolled and revoked. Pure.

Time here is `seq`: a press counts in the vote that closed at one, and its terminal must have been enrolled before that
and not revoked before the vote opened. When in between a key was taken away, the times alone could tell.
"""

from __future__ import annotations

from dataclasses import dataclass

from voting.entries import Entry, TerminalEnrolled, TerminalRevoked
from voting.errors import FoldError


@dataclass(slots=True)
class Enrolment:
    """A key's time: from its entry on, until another key of the same terminal or the revocation."""

    fact: TerminalEnrolled
    from_seq: int
    until_seq: int | None = None


class Terminals:
    def __init__(self) -> None:
        self._enrolments: dict[str, list[Enrolment]] = {}  # by terminal, in order

    def feed(self, entry: Entry) -> None:
        """Take the next entry of no sitting; others than of terminals change nothing. Raises FoldError."""
        fact = entry.fact
        if isinstance(fact, TerminalEnrolled):
            self._end(fact.terminal, entry.seq)
            self._enrolments.setdefault(fact.terminal, []).append(Enrolment(fact, entry.seq))
        elif isinstance(fact, TerminalRevoked) and not self._end(fact.terminal, entry.seq):
            raise FoldError(entry.seq, f"terminal {fact.terminal} was revoked and is not enrolled")

    def between(self, terminal: str, opened_seq: int, closed_seq: int) -> list[TerminalEnrolled]:
        """The terminal's enrolments that were good at some place between two entries; the latest first."""
        return [
            enrolment.fact
            for enrolment in reversed(self._enrolments.get(terminal, []))
            if enrolment.from_seq < closed_seq and (enrolment.until_seq is None or enrolment.until_seq > opened_seq)
        ]

    def _end(self, terminal: str, seq: int) -> bool:
        """Whether it had a key until now."""
        enrolments = self._enrolments.get(terminal)
        if not enrolments or enrolments[-1].until_seq is not None:
            return False
        enrolments[-1].until_seq = seq
        return True
