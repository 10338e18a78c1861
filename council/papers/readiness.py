"""The readiness sheet of a rehearsal: every desk, every key, the time there and back, the page's build.

Pure. The rows come from the hall; this only says them, and what is not ready in words, not in colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from council.papers.paper import Block, Fact, Facts, Figures, Heading, Listing, Paper, Paragraph, Signatures, Table
from council.papers.phrases import Phrases, phrases


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One desk. `keys`: which of the voting keys 1, 2, 3 were pressed and recorded. `round_trip_ms`: None if never
    measured. `linked`: on line when the sheet was made. `build_ok`: its page or program is this hall's version."""

    desk_no: int
    member: str
    keys: tuple[bool, bool, bool]
    round_trip_ms: int | None
    linked: bool
    build_ok: bool

    @property
    def ready(self) -> bool:
        return all(self.keys) and self.linked and self.build_ok and self.round_trip_ms is not None


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What was rehearsed, and when the sheet was made (a stamp)."""

    municipality: str
    body_name: str
    session_label: str
    held_on: date
    timezone: str
    made_at: str


def readiness(rehearsed: Rehearsed, rows: Sequence[DeskRow], language: str, tongue: str) -> Paper:
    p = phrases(language, rehearsed.timezone)
    ready = [row for row in rows if row.ready]
    made = f"{p.day(p.day_of(rehearsed.made_at))}, {p.time(rehearsed.made_at)}"
    facts = (
        Fact(p.say("Sitting"), rehearsed.session_label, quoted=True),
        Fact(p.say("Date"), p.day(rehearsed.held_on)),
        Fact(p.say("Checked"), made),
    )
    figures = ((p.say("desks"), len(rows)), (p.say("ready"), len(ready)), (p.say("not ready"), len(rows) - len(ready)))
    blocks: list[Block] = [Facts(facts), Figures(p.say("Desks"), figures), *_missing(rows, p)]
    heads = (
        p.say("Desk"),
        p.say("Member"),
        p.say("Key 1"),
        p.say("Key 2"),
        p.say("Key 3"),
        p.say("There and back"),
        p.say("Line"),
        p.say("Version"),
    )
    table = Table(heads, tuple(_row(row, p) for row in rows), (2, 8, 4, 4, 4, 4, 4, 4))
    blocks += [Heading(p.say("Desk by desk")), table]
    blocks.append(Signatures(((p.say("Technician"), ""), (p.say("Clerk"), ""))))
    return Paper(
        language=language,
        tongue=tongue,
        title=p.say("Readiness of the hall"),
        head=(rehearsed.municipality, rehearsed.body_name),
        mark=p.say("Rehearsal. Not a record."),
        foot=f"{rehearsed.body_name}, {rehearsed.session_label}, {p.day(rehearsed.held_on)}",
        page_of=p.say("Page {page} of {pages}"),
        made_at=rehearsed.made_at,
        blocks=tuple(blocks),
    )


def _row(row: DeskRow, p: Phrases) -> tuple[str, ...]:
    keys = tuple(p.say("pressed") if pressed else p.say("no") for pressed in row.keys)
    trip = p.say("%(ms)d ms", ms=row.round_trip_ms) if row.round_trip_ms is not None else "—"
    line = p.say("on line") if row.linked else p.say("cut off")
    build = p.say("old") if not row.build_ok else p.say("current") if row.linked else "—"  # off: unknown
    return (str(row.desk_no), row.member, *keys, trip, line, build)


def _missing(rows: Sequence[DeskRow], p: Phrases) -> list[Block]:
    """What is to be done, desk by desk; one sentence if nothing is."""
    lacking = [row for row in rows if not row.ready]
    if not lacking:
        return [Paragraph(p.say("Every desk is on line and has pressed every key."), "notice")]
    return [Heading(p.say("To be done")), Listing(tuple(_todo(row, p) for row in lacking))]


def _todo(row: DeskRow, p: Phrases) -> str:
    said = [] if row.linked else [p.say("cut off")]
    if not row.build_ok:
        said.append(p.say("an old version of the page"))
    unpressed = [str(key) for key, pressed in enumerate(row.keys, 1) if not pressed]
    if unpressed:
        said.append(
            p.count("key %(keys)s not pressed", "keys %(keys)s not pressed", len(unpressed), keys=", ".join(unpressed))
        )
    if row.round_trip_ms is None:
        said.append(p.say("time there and back not measured"))
    return p.say("Desk %(desk)d, %(member)s: %(what)s.", desk=row.desk_no, member=row.member, what="; ".join(said))
