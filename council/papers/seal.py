"""What binds a paper to the ledger: the checkpoint it was made under, the entry's place, and a QR to the page.

Pure. Whoever holds the paper compares root and size with the published checkpoint, and the entry with the export.
"""

from __future__ import annotations

from dataclasses import dataclass

from council.papers.paper import Block, Code, Fact, Heading, Proof
from council.papers.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Seal:
    """`size`, `root` (hexadecimal), `signed_at` (a stamp) and `origin` are a checkpoint's; `leaves` are the entries the
    paper is about: (seq, leaf hash in hexadecimal)."""

    origin: str
    size: int
    root: str
    signed_at: str
    leaves: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """How a paper is asked for. `tongue`: the council's own language, of titles and names. `site`: the public site's
    address without a slash at the end; None where there is none to point to. `draft`: it may still change."""

    language: str
    tongue: str
    site: str | None
    draft: bool = False


def proof(seal: Seal | None, address: str | None, leads_to: str, p: Phrases) -> list[Block]:
    """leads_to: the words beside the QR. Without a checkpoint the paper says so."""
    none = (Fact(p.say("Checkpoint"), p.say("none: this is not in the published ledger")),)
    rows = none if seal is None else _facts(seal, p)
    return [Heading(p.say("Proof")), Proof(rows, None if address is None else Code(leads_to, address))]


def _facts(seal: Seal, p: Phrases) -> tuple[Fact, ...]:
    leaves = [
        Fact(p.say("Entry in the ledger"), p.say("No. %(seq)d of %(size)d", seq=seq, size=seal.size) + f"\n{leaf}")
        for seq, leaf in seal.leaves
    ]
    signed = f"{p.day(p.day_of(seal.signed_at))}, {p.time(seal.signed_at)}"
    return (
        *leaves,
        Fact(p.say("Checkpoint"), p.say("size %(size)d, signed %(at)s", size=seal.size, at=signed)),
        Fact(p.say("Root of the ledger"), seal.root),
        Fact(p.say("Signed by"), seal.origin),
    )


def mark_of(mode: str, draft: bool, p: Phrases) -> str:
    """What stands on every page of what is not an ordinary record."""
    marks = {
        "rehearsal": p.say("Rehearsal. Not a record."),
        "training": p.say("Training council. People, questions and votes are invented."),
        "replay": p.say("Replay of a record. Not a new sitting."),
    }
    words = [marks[mode]] if mode in marks else []
    return " ".join([*words, p.say("Draft. It may still change.")] if draft else words)
