"""The tables that pages and search read, kept in step with the ledger.

`derive` runs in the ledger's own transaction, so that no page ever sees an entry without its row or a row without its
entry. `rebuild` makes the tables again from the first entry with the same code. Nothing but entries is read, no clock
is asked, and nobody else writes these tables: sitting_summary, vote_event, vote, attendance, secret_vote, correction,
footage_seal, closed_part; and of table segment it sets deleted_at.

A member has `arrived` who arrived by terminal or console, or was on the roll when a vote was opened (all that an
imported source tells). `votes` and `adopted` of a sitting count votes with a result, secret ones too. A vote that was
set aside counts in neither, and its lines are marked `voided`: they stay, and no statistics of members count them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sql
from voting import ledger
from voting.entries import (
    AbsenceJustified,
    CorrectionNoted,
    Entry,
    FilmingPaused,
    FilmingResumed,
    FootageDeleted,
    FootageReleased,
    FootageSealed,
    FootageWithheld,
    MemberArrived,
    Result,
    ResultAnnounced,
    SecretVoteRecorded,
    SittingClosed,
    SittingOpened,
    TieDecided,
    VoteClosed,
    VoteHeld,
    VoteOpened,
    VoteResumed,
    VoteVoided,
    decode,
    parse_stamp,
)

TABLES = (
    *("sitting_summary", "vote_event", "vote", "attendance", "secret_vote", "correction", "footage_seal"),
    "closed_part",
)
CHUNK = 500  # entries read at once by `rebuild`

Rows = dict[str, list[dict[str, Any]]]  # by query, in the order of ORDER

# A fact's rows need those of earlier queries alone, so that each query runs once for all entries: a vote goes through
# its states in this order, but for holding and resuming, which are one query.
ORDER = (
    "sitting_opened",
    "members_expected",
    "vote_opened",
    "members_arrived",
    "absence_justified",
    "vote_held",
    "vote_closed",
    "roll",
    "tie_decided",
    "announced",
    "voided",
    "secret_vote",
    "secret_voided",
    "correction",
    "footage_sealed",
    "footage_deleted",
    "footage_shown",
    "filming_paused",
    "filming_resumed",
    "closed_in_pause",
    "votes_counted",
    "sitting_closed",
)

_queries = sql.load("derive")


async def derive(conn: Any, entries: Sequence[Entry]) -> None:
    """Bring the tables up to date with `entries`, the next of the ledger, within the caller's transaction.

    To be called once for each entry: a repeat is refused by the tables' keys."""
    opened = {entry.sitting: entry.fact for entry in entries if isinstance(entry.fact, SittingOpened)}
    rows: Rows = defaultdict(list)
    for entry in entries:
        if isinstance(entry.fact, FootageDeleted):
            rows["footage_deleted"] += _footage_deleted(entry.fact)
        if entry.sitting is None:
            continue
        if isinstance(entry.fact, VoteClosed) and entry.sitting not in opened:
            opened[entry.sitting] = await _sitting_opened(conn, entry.sitting)
        _collect(rows, entry, entry.sitting, opened)
    if rows:
        await _queries.lock_for_rows(conn)
    for query in ORDER:
        if query in rows:
            await getattr(_queries, query)(conn, rows[query])
    if rows.keys() & {"filming_paused", "filming_resumed", "closed_in_pause"}:
        await _queries.filming_told(conn)


def _collect(rows: Rows, entry: Entry, sitting: str, opened: dict[str | None, SittingOpened]) -> None:
    match entry.fact:
        case SittingOpened() as fact:
            members = [seated.member for seated in fact.members]
            rows["members_expected"].append({"sitting_id": sitting, "member_ids": members})
            rows["sitting_opened"].append(_summary(entry, sitting, fact))
        case MemberArrived() as fact:
            rows["members_arrived"].append({"sitting_id": sitting, "member_ids": [fact.member]})
        case AbsenceJustified() as fact:
            rows["absence_justified"].append(
                {"sitting_id": sitting, "member_id": fact.member, "justified": bool(fact.reason)}
            )
        case VoteOpened() as fact:
            rows["members_arrived"].append({"sitting_id": sitting, "member_ids": list(fact.present)})
            rows["vote_opened"].append(_vote_event(entry, sitting, fact))
        case VoteHeld() | VoteResumed() as fact:
            state = "held" if isinstance(fact, VoteHeld) else "open"
            rows["vote_held"].append({"sitting_id": sitting, "n": fact.n, "state": state})
        case VoteClosed() as fact:
            rows["vote_closed"].append(_counts(entry, sitting, fact))
            rows["roll"].append(_roll(sitting, fact, opened[sitting]))
            _count(rows, sitting)
        case TieDecided() as fact:
            rows["tie_decided"].append({"sitting_id": sitting, "n": fact.n, "result": fact.result.value})
            _count(rows, sitting)
        case ResultAnnounced() as fact:
            rows["announced"].append({"sitting_id": sitting, "n": fact.n})
        case VoteVoided() as fact:
            for query in ("voided", "secret_voided"):  # which of them it was, the row's table says
                rows[query].append({"sitting_id": sitting, "n": fact.n})
            _count(rows, sitting)
        case SecretVoteRecorded() as fact:
            rows["secret_vote"].append(_secret_vote(entry, sitting, fact))
            _count(rows, sitting)
        case CorrectionNoted() as fact:
            rows["correction"].append(_correction(entry, sitting, fact))
        case FootageSealed() as fact:
            rows["footage_sealed"].append(_footage_seal(entry, sitting, fact))
        case FootageWithheld() | FootageReleased() as fact:
            withheld = isinstance(fact, FootageWithheld)
            rows["footage_shown"].append({"sitting_id": sitting, "withheld": withheld})
        case FilmingPaused() as fact:
            rows["filming_paused"].append(_closed_part(entry, sitting, fact))
        case FilmingResumed() as fact:
            row = {"sitting_id": sitting, "seq": entry.seq, "ended_at": _time(fact.at)}
            rows["filming_resumed"].append(row)
        case SittingClosed() as fact:
            rows["closed_in_pause"].append({"sitting_id": sitting, "closed_at": _time(fact.at)})
            rows["sitting_closed"].append({"sitting_id": sitting, "closed_at": _time(fact.at)})
        case _:
            pass  # the other facts change none of these tables


def _count(rows: Rows, sitting: str) -> None:
    """The sitting's votes are counted anew, once."""
    row = {"sitting_id": sitting}
    if row not in rows["votes_counted"]:
        rows["votes_counted"].append(row)


async def _sitting_opened(conn: Any, sitting: str) -> SittingOpened:
    body: str | None = await _queries.opened_entry(conn, sitting_id=sitting)
    fact = decode(body.encode()).fact if body is not None else None
    if not isinstance(fact, SittingOpened):
        raise LookupError(f"a vote was closed in sitting {sitting}, which the derived tables do not know: rebuild them")
    return fact


def _time(stamp: str | None) -> datetime | None:
    return None if stamp is None else parse_stamp(stamp)


def _summary(entry: Entry, sitting: str, fact: SittingOpened) -> dict[str, Any]:
    return {
        "sitting_id": sitting,
        "body_id": fact.body,
        "session_label": fact.session_label,
        "kind": fact.sitting_kind,
        "held_on": date.fromisoformat(fact.held_on),
        "mode": fact.mode,
        "seats": fact.seats,
        "opened_at": _time(fact.at),
        "opened_seq": entry.seq,
    }


def _vote_event(entry: Entry, sitting: str, fact: VoteOpened) -> dict[str, Any]:
    return {
        "sitting_id": sitting,
        "n": fact.n,
        "item": fact.item,
        "motion": fact.motion,
        "opened_at": _time(fact.at),
        "needed": fact.requirement.needed,
        "seats": fact.requirement.seats,
        "opened_seq": entry.seq,
        "method": fact.method,
        "subject": fact.subject,
        "relation": fact.relation,
        "refers_to": fact.refers_to,
    }


def _counts(entry: Entry, sitting: str, fact: VoteClosed) -> dict[str, Any]:
    return {
        "sitting_id": sitting,
        "n": fact.n,
        "closed_at": _time(fact.at),
        "closed_seq": entry.seq,
        "state": "tied" if fact.result is Result.TIED else "closed",
        "result": fact.result.value,
        "chosen": fact.chosen,
        "for_count": fact.tally.for_,
        "against_count": fact.tally.against,
        "abstain_count": fact.tally.abstain,
        "not_voting_count": fact.tally.not_voting,
        "absent_count": fact.tally.absent,
        "recused_count": fact.tally.recused,
        "no_record_count": fact.tally.no_record,
    }


def _roll(sitting: str, fact: VoteClosed, opened: SittingOpened) -> dict[str, Any]:
    factions = {seated.member: seated.faction for seated in opened.members}
    return {
        "sitting_id": sitting,
        "n": fact.n,
        "member_ids": [line.member for line in fact.roll],
        "options": [line.option.value for line in fact.roll],
        "candidates": [line.candidate for line in fact.roll],
        "factions": [factions[line.member] for line in fact.roll],
    }


def _secret_vote(entry: Entry, sitting: str, fact: SecretVoteRecorded) -> dict[str, Any]:
    return {
        "sitting_id": sitting,
        "n": fact.n,
        "item": fact.item,
        "motion": fact.motion,
        "recorded_at": _time(fact.at),
        "ground": fact.ground,
        "result": fact.result.value,
        "needed": fact.requirement.needed,
        "seats": fact.requirement.seats,
        "in_quorum": fact.in_quorum,
        "issued": fact.ballots.issued,
        "found": fact.ballots.found,
        "invalid": fact.ballots.invalid,
        "for_count": fact.for_,
        "against_count": fact.against,
        "abstain_count": fact.abstain,
        "chosen": fact.chosen,
        "repeats": fact.repeats,
        "seq": entry.seq,
    }


def _correction(entry: Entry, sitting: str, fact: CorrectionNoted) -> dict[str, Any]:
    return {
        "sitting_id": sitting,
        "seq": entry.seq,
        "n": fact.n,
        "member_id": fact.member,
        "recorded": fact.recorded.value,
        "meant": fact.meant.value,
        "statement": fact.statement,
        "noted_at": _time(fact.at),
    }


def _footage_seal(entry: Entry, sitting: str, fact: FootageSealed) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "sitting_id": sitting,
        "camera_id": fact.camera,
        "run_id": fact.run,
        "first_n": fact.first,
        "segments": fact.count,
        "started_at": _time(fact.from_),
        "ended_at": _time(fact.to),
        "init_sha256": fact.init,
        "root": fact.root,
        "sealed_at": _time(fact.at),
    }


def _closed_part(entry: Entry, sitting: str, fact: FilmingPaused) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "sitting_id": sitting,
        "since_at": _time(fact.since),
        "paused_at": _time(fact.at),
        "reason": fact.reason,
        "source": fact.source,
    }


def _footage_deleted(fact: FootageDeleted) -> list[dict[str, Any]]:
    at = _time(fact.at)
    return [
        {"run_id": part.run, "first_n": part.first, "segments": part.count, "deleted_at": at} for part in fact.parts
    ]


async def rebuild(conn: Any) -> int:
    """Empty the tables and fill them again from the whole ledger, in one transaction; a hall that appends waits, and
    readers see the old rows until it is done. Safe to repeat. Returns the number of entries read."""
    async with conn.transaction():
        await _queries.lock_for_rebuild(conn)
        for table in TABLES:
            await getattr(_queries, f"empty_{table}")(conn)
        read = 0
        while entries := await ledger.read(conn, start=read, end=read + CHUNK):
            await derive(conn, entries)
            read += len(entries)
    return read


async def differences(conn: Any) -> list[str]:
    """The tables whose rows are not what the ledger says. Changes nothing and makes nobody wait: the rows are made in
    temporary tables of the same names, which stand before the real ones on the search path."""
    transaction = conn.transaction(isolation="repeatable_read")
    await transaction.start()
    try:
        for table in TABLES:
            await conn.execute(f"create temporary table {table} (like public.{table} including all)")
        read = 0
        while entries := await ledger.read(conn, start=read, end=read + CHUNK):
            await derive(conn, entries)
            read += len(entries)
        return [table for table in TABLES if await conn.fetchval(_differ(table))]
    finally:
        await transaction.rollback()


def _differ(table: str) -> str:
    kept, made = f"table public.{table}", f"table pg_temp.{table}"
    return f"select exists (({kept} except {made}) union all ({made} except {kept}))"
