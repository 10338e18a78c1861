"""A paper as text: UTF-8, 80 columns, no drawing with characters, so that it reads well aloud.

Pure. Everything the PDF says, in the same order; a line of the roll is a line of text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from council.papers.paper import (
    Block,
    Break,
    Fact,
    Facts,
    Figures,
    Heading,
    Listing,
    Motion,
    Paper,
    Paragraph,
    Proof,
    Roll,
    Signatures,
    Table,
    Verdict,
)

WIDTH = 80
NO_BREAK = "\N{NO-BREAK SPACE}"
_BLANKS = re.compile(r"[^\S\u00a0]+")


def text(paper: Paper) -> str:
    """The whole paper; ends with one line break."""
    marked = [paper.mark] if paper.mark else []
    parts = [*marked, "\n".join(part for line in paper.head for part in wrapped(line)), "\n".join(wrapped(paper.title))]
    for block in paper.blocks:
        parts += ["\n".join(lines) for lines in _parts(block) if lines]
    parts += [paper.foot, *marked]
    return "\n\n".join(part for part in parts if part) + "\n"


def _parts(block: Block) -> Iterator[list[str]]:
    match block:
        case Heading(said):
            yield wrapped(said)
        case Paragraph(said):
            yield wrapped(said)
        case Motion(label, said):
            yield [*wrapped(f"{label}:"), *wrapped(said, "  ", "  ")]
        case Facts(rows):
            yield [line for row in rows for line in _fact(row)]
        case Figures(label, counts):
            yield [
                *wrapped(f"{label}:"),
                *(line for word, n in counts for line in wrapped(f"{word}: {n}", "  ", "    ")),
            ]
        case Verdict(word, rest):
            yield wrapped(f"{word}: {rest}" if rest else word)
        case Roll(_, groups):
            for group in groups:
                head = wrapped(f"{group.name}. {group.figures}" if group.name else group.figures)
                lines = (f"{line.no}. {line.name}: {line.word}" + _in_brackets(line.mark) for line in group.lines)
                yield [*head, *(part for line in lines for part in wrapped(line, "  ", "     "))]
        case Table(heads, table_rows):
            yield [line for row in table_rows for line in _row(heads, row)]
        case Listing(items):
            yield [line for item in items for line in wrapped(f"- {item}", "", "  ")]
        case Proof(rows, code):
            yield [line for row in rows for line in _fact(row)]
            yield wrapped(f"{code.label}: {code.address}") if code else []
        case Signatures(places):
            yield [line for role, name in places for line in wrapped(f"{role}: {name}" if name else f"{role}:")]
        case Break():
            return


def _fact(row: Fact) -> list[str]:
    first, *rest = row.value.split("\n")
    return [*wrapped(f"{row.label}: {first}", "", "  "), *(line for part in rest for line in wrapped(part, "  ", "  "))]


def _row(heads: tuple[str, ...], row: tuple[str, ...]) -> list[str]:
    """A row as a sentence that says what each cell is."""
    told = [f"{head}: {cell}" for head, cell in zip(heads, row, strict=True) if cell]
    return wrapped("; ".join(told), "", "  ")


def _in_brackets(mark: str) -> str:
    return f" ({mark})" if mark else ""


def width(word: str) -> int:
    """Columns on a terminal: marks that stand on or under a letter take none."""
    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 1 for c in word)


def wrapped(paragraph: str, first: str = "", later: str = "") -> list[str]:
    """Lines of at most 80 columns; a word that is longer, such as an address, stands whole on its own. Line breaks in
    what people typed become blanks, control characters vanish."""
    words = ["".join(c for c in word if unicodedata.category(c) != "Cc") for word in _BLANKS.split(paragraph)]
    lines: list[str] = []
    line, used = first, width(first)
    fresh = True
    for word in (w.replace(NO_BREAK, " ") for w in words if w):
        need = width(word)
        if not fresh and used + 1 + need > WIDTH:
            lines.append(line)
            line, used, fresh = later, width(later), True
        line, used = (line + word, used + need) if fresh else (f"{line} {word}", used + 1 + need)
        fresh = False
    return lines if fresh else [*lines, line]
