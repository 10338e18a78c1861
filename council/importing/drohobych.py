"""Import of a sitting of Drohobych council into the ledger. Read by `drohobych_file.py`, after `drohobych_roster.py`.

A sitting becomes entries in one append: Imported, SittingOpened, VoteOpened and VoteClosed of each vote, SittingClosed.
The source knows no items, so each vote is an item of its own, numbered by its place in the file; it knows no results,
so they are computed by the body's profile; it does not say when a sitting or a vote was opened, so those times are
null, and the vote's time is that of its closing. The same bytes again change nothing; other bytes for a sitting that is
in the ledger already are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from typing import Any

from council import profile as profiles
from council import store
from council.importing.drohobych_file import SourceSitting, SourceVote, read_heading, read_sitting
from council.importing.drohobych_roster import DROHOBYCH, import_roster
from council.importing.report import Problem, Report
from council.importing.strict_json import Unreadable
from council.profile import Profile
from council.sitting import PlannedItem, PlannedMotion, SittingPlan
from council.store import UnknownBody, UnknownSitting
from voting import ledger as ledgers
from voting.entries import (
    AgendaPoint,
    Entry,
    Fact,
    Imported,
    Option,
    RollEntry,
    SittingClosed,
    SittingOpened,
    Source,
    VoteClosed,
    stamp,
)
from voting.ledger import Ledger
from voting.requirement import decide
from voting.tally import count
from voting.vote_event import open_vote

__all__ = ["DROHOBYCH", "import_roster", "import_sitting", "shipped", "shipped_source"]

SHIPPED_ROSTER = "deputies.json"
SHIPPED_SITTINGS = ("2016-12-20.json", "2017-04-06.json", "2017-11-22.json")


def shipped(file: str) -> bytes:
    """A file of `council/data/drohobych`, which ships with the program."""
    return (files("council") / "data" / "drohobych" / file).read_bytes()


def shipped_source(file: str) -> str:
    """Where a shipped file comes from, as ledger and pages name it."""
    collected = "OPORA/json_dubno_deputy 6dce4bf7" if file == SHIPPED_ROSTER else "OPORA/csv_read_voted_vmr 16a2c4ea^"
    return f"Дрогобицька міська рада, відкриті дані: {file} ({collected})"


async def import_sitting(
    ledger: Ledger,
    conn: Any,
    data: bytes,
    file: str,
    *,
    now: datetime,
    source: str | None = None,
    body_id: str = DROHOBYCH.id,
) -> Report:
    """One sitting into the ledger, in one append. `source` names the document for ever; None: its `file` name does.

    Safe to repeat, also after a crash in between. The body and its members are there already (`import_roster`)."""
    digest = sha256(data).hexdigest()
    origin = Source(source or file, digest)

    def refused(*problems: Problem) -> Report:
        return Report(file, digest, "refused", problems=problems)

    try:
        body = await store.load_body(conn, body_id)
        held_on, _ = read_heading(data)
    except UnknownBody:
        return refused(Problem(file, "", f"there is no body {body_id}: import its roster first"))
    except Unreadable as error:
        return refused(Problem(file, error.place, error.reason))
    sitting = f"{body.id}-{held_on}"
    entries = await ledgers.read(conn, sitting)
    imported = [entry.fact.source.sha256 for entry in entries if isinstance(entry.fact, Imported)]
    if digest in imported:
        return Report(file, digest, "unchanged")
    if reason := await _not_free(conn, sitting, entries, imported, digest):
        return refused(Problem(file, sitting, reason))
    members = await store.members_on(conn, body.id, held_on, sitting)
    read, problems = read_sitting(data, file, {seated.member for seated in members}, body.timezone)
    if read is None or not read.votes:
        return refused(*(problems or [Problem(file, "", "there is no vote in it")]))
    rules = profiles.load(body.profile)
    plan = SittingPlan(
        id=sitting,
        body=body,
        session_label=read.session_label,
        kind="plenary",
        held_on=held_on,
        mode="ordinary",
        source=origin,
        members=members,
        items=tuple(_item(vote, rules.default_rule) for vote in read.votes),
    )
    await store.save_sitting(conn, plan)
    facts = _facts(plan, read, rules, Imported(stamp(now), origin, len(read.votes), read.refused))
    await ledger.append([(sitting, fact) for fact in facts], now)
    counts = {"votes": len(read.votes), "members' options": sum(len(vote.options) for vote in read.votes)}
    counts |= {"votes refused": read.refused} if read.refused else {}
    return Report(file, digest, "imported", counts, tuple(problems))


async def _not_free(conn: Any, sitting: str, entries: Sequence[Entry], imported: Sequence[str], digest: str) -> str:
    """Why the sitting cannot be imported from these bytes; empty if it can."""
    if imported:
        return f"this sitting was imported before from other bytes, SHA-256 {imported[0]}; the ledger keeps those"
    if entries:
        return "this sitting was held here; the ledger keeps it"
    try:
        plan = await store.load_plan(conn, sitting)
    except UnknownSitting:
        return ""
    if plan.mode != "ordinary" or plan.source is None or plan.source.sha256 != digest:
        return "this sitting is prepared here already, and not for an import of these bytes"
    return ""


def _item(vote: SourceVote, rule: str) -> PlannedItem:
    number = str(vote.place)
    motion = PlannedMotion(number, 1, vote.title, rule, seconds=None, original_at=None, no_record=())
    return PlannedItem(number, vote.title, (motion,))


def _facts(plan: SittingPlan, read: SourceSitting, rules: Profile, imported: Imported) -> list[Fact]:
    opened = SittingOpened(
        at=None,
        body=plan.body.id,
        body_name=plan.body.name,
        municipality=plan.body.municipality,
        session_label=plan.session_label,
        sitting_kind=plan.kind,
        held_on=plan.held_on.isoformat(),
        timezone=plan.body.timezone,
        mode=plan.mode,
        seats=plan.body.seats,
        quorum=rules.quorum_needed(plan.body.seats, len(plan.members)),
        quorum_source=profiles.spoken(rules.quorum.source, plan.body.locale),
        members=plan.members,
        agenda=tuple(AgendaPoint(item.item, item.title) for item in plan.items),
        imported=plan.source,
    )
    facts: list[Fact] = [imported, opened]
    for n, vote in enumerate(read.votes, 1):
        facts += _vote_facts(plan, rules, n, vote)
    return [*facts, SittingClosed(at=None)]


def _vote_facts(plan: SittingPlan, rules: Profile, n: int, vote: SourceVote) -> tuple[Fact, Fact]:
    """Who was in the hall is who is not absent; whom the vote does not mention has no record in it."""
    members = [seated.member for seated in plan.members]
    roll = tuple(RollEntry(member, vote.options.get(member, Option.NO_RECORD)) for member in members)
    present = [line.member for line in roll if line.option not in (Option.ABSENT, Option.NO_RECORD)]
    requirement = rules.requirement(
        rules.default_rule,
        seats=plan.body.seats,
        in_office=len(members),
        present=len(present),
        locale=plan.body.locale,
    )
    opened = open_vote(
        n=n,
        item=str(vote.place),
        motion=vote.title,
        requirement=requirement,
        members=members,
        present=present,
        no_record=[line.member for line in roll if line.option is Option.NO_RECORD],
        seconds=None,
        at=None,
    )
    tally = count(roll)
    return opened, VoteClosed(stamp(vote.at), n, "import", roll, tally, decide(requirement, tally, len(present)))
