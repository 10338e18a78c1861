"""An entry compared with the signed ledger, by this server: it speaks of itself, the export is for others."""

from __future__ import annotations

from dataclasses import dataclass

from public_site.records import KeptSitting, LedgerView
from public_site.wording import Wording
from voting.record import SittingRecord


@dataclass(frozen=True, slots=True)
class Check:
    """What this server found when it compared the entry with the signed ledger."""

    sound: bool
    problem: str
    seq: int
    size: int
    closed: str
    root: tuple[str, ...]
    source_hash: tuple[str, ...]


def check(
    kept: KeptSitting, ledger: LedgerView | None, record: SittingRecord, seq: int, closed_at: str | None, w: Wording
) -> Check:
    """seq: of the entry that the page shows."""
    problem = ""
    if kept.altered is not None:
        problem = str(w.say("entry %(seq)s is not what was hashed", seq=kept.altered))
    elif ledger is None or seq >= ledger.size:
        problem = str(w.say("no checkpoint covers this entry yet"))
    elif not ledger.matches:
        problem = str(w.say("the hashes of the entries do not add up to the signed root"))
    source = record.opened.replay or record.imported
    closed = f"{w.day(w.day_of(closed_at), 'short')}, {w.time(closed_at)}" if closed_at else ""
    return Check(
        sound=not problem,
        problem=problem,
        seq=seq,
        size=ledger.size if ledger else 0,
        closed=closed,
        root=hash_lines(ledger.root.hex()) if ledger else ("—",),
        source_hash=hash_lines(source.sha256) if source else (),
    )


def hash_lines(digest: str) -> tuple[str, ...]:
    """A SHA-256 in groups of eight, four a line."""
    parts = [digest[i : i + 8] for i in range(0, len(digest), 8)]
    return tuple(" ".join(parts[i : i + 4]) for i in range(0, len(parts), 4))
