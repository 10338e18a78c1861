"""What an import did, and what it could not read. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a document that was not taken over. `place`: "vote 17, member 1008", "line 3, column 5", or ""."""

    file: str
    place: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.place, self.reason) if part)


@dataclass(frozen=True, slots=True)
class Report:
    """One document. `imported`: something was written; `unchanged`: all of it stood already; `refused`: nothing was.

    `notes` say what was decided by a rule and might surprise; they are not problems."""

    file: str
    sha256: str
    outcome: Literal["imported", "unchanged", "refused"]
    counts: dict[str, int] = field(default_factory=dict)  # by what was counted
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """For a terminal: one line for the document, one for each problem and note."""
        counts = ", ".join(f"{word} {count}" for word, count in self.counts.items())
        head = {
            "imported": f"imported: {counts or 'nothing in it'}",
            "unchanged": "already imported, nothing changed",
            "refused": "not imported",
        }[self.outcome]
        lines = [f"{self.file}: {head} (SHA-256 {self.sha256[:16]}…)"]
        lines += [f"  problem: {problem}" for problem in self.problems]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)
