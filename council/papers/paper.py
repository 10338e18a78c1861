"""A paper as a structure: what it says and in which order, before it is set as PDF or written as text.

Pure: values without behaviour. `plain.py` writes a `Paper` as text, `typeset.py` as PDF, both from these blocks and
from nothing else, so that the two say the same in the same order. `quoted` marks words in the council's own language
(`Paper.tongue`), which may be another than the paper's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "strong", "soft", "notice", "quote"]


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` 1 to 3; the paper's own title is no heading."""

    text: str
    level: int = 1
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`quote`: the text of a motion within the minutes; `notice`: what must not be overlooked."""

    text: str
    tone: Tone = "plain"
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Motion:
    """The exact text put to the vote."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    rows: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """A tally: words with their counts, in the order of the options."""

    label: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result: its word, and the sentence that explains it."""

    word: str
    rest: str


@dataclass(frozen=True, slots=True)
class RollLine:
    """A member with the word of the option; `mark`: what is particular to this line, "" for nothing. `chosen`: the
    member pressed or said something."""

    no: int
    name: str
    word: str
    mark: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class RollGroup:
    """A faction's lines; `name` "" where the body has no factions. `figures`: its own tally in words."""

    name: str
    figures: str
    lines: tuple[RollLine, ...]


@dataclass(frozen=True, slots=True)
class Roll:
    """`heads`: what number, name and word are called, said once."""

    heads: tuple[str, str, str]
    groups: tuple[RollGroup, ...]

    @property
    def size(self) -> int:
        return sum(len(group.lines) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Table:
    """Every row has as many cells as `heads`. `widths`: shares of the line, one a column."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A QR of `address`, drawn when the paper is set. `label` says where it leads."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What binds the paper to the ledger, and the way to its page, if there is one."""

    rows: tuple[Fact, ...]
    code: Code | None


@dataclass(frozen=True, slots=True)
class Signatures:
    """Places to sign: who signs, and the name where it is known."""

    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Break:
    """A new page."""


Block = Heading | Paragraph | Motion | Facts | Figures | Verdict | Roll | Table | Listing | Proof | Signatures | Break


@dataclass(frozen=True, slots=True)
class Paper:
    """`mark` stands on every page ("Rehearsal. Not a record."), "" for an ordinary record. `foot`: what every page is
    a page of. `page_of`: "Page {page} of {pages}". `made_at`: the moment of the record it was made from, an RFC 3339
    stamp, or None; it dates the PDF, so that the same record makes the same bytes."""

    language: str
    tongue: str
    title: str
    head: tuple[str, ...]  # municipality, body: above the title
    mark: str
    foot: str
    page_of: str
    made_at: str | None
    blocks: tuple[Block, ...]
