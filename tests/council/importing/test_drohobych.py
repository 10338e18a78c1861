"""Drohobych's open data into the real ledger: whole, once, and never guessed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from council import store
from council.derive import derive
from council.importing.drohobych import (
    DROHOBYCH,
    SHIPPED_SITTINGS,
    import_roster,
    import_sitting,
    shipped,
    shipped_source,
)
from council.importing.drohobych_file import read_sitting
from council.importing.replay import plan_replay
from voting.checkpoint import Signer
from voting.entries import Imported, Option, Result, SittingClosed, SittingOpened, Source, Tally
from voting.errors import LedgerClosed
from voting.folder import fold
from voting.ledger import Ledger, read

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
ROSTER = "deputies.json"
SHORT = "2017-11-22.json"  # six votes
SITTING = "drohobych-council-2017-11-22"


async def rows(conn: asyncpg.Connection) -> list[list[tuple[Any, ...]]]:
    """All that an import writes."""
    tables = "body term person member faction faction_membership desk sitting agenda_item motion ledger checkpoint"
    return [[tuple(row) for row in await conn.fetch(f"select * from {table}")] for table in tables.split()]


async def test_import_roster_makes_the_council_of_37(conn: asyncpg.Connection) -> None:
    report = await import_roster(conn, shipped(ROSTER), ROSTER)
    assert (report.outcome, report.counts) == ("imported", {"members": 37, "factions": 8})
    assert report.problems == ()
    assert await store.load_body(conn, "drohobych-council") == DROHOBYCH
    members = await store.members_on(conn, DROHOBYCH.id, date(2017, 11, 22))
    assert [member.family_name for member in members][14:18] == ["Курчик", "Куць", "Кучма", "Кушлик"]
    assert {member.member: member.desk_no for member in members} == {str(1000 + n): n for n in range(1, 38)}
    assert sum(member.gender == "f" for member in members) == 5
    factions = {member.faction: 0 for member in members}
    for member in members:
        factions[member.faction] += 1
    assert factions == {
        "Громадський рух «Народний контроль»": 8,
        "ВО «Свобода»": 6,
        "Об’єднання «Самопоміч»": 5,
        "БПП «Солідарність»": 5,
        "Громадянська позиція": 4,
        "ВО «Батьківщина»": 3,
        "Народний Рух України": 2,
        "Українське об’єднання патріотів — УКРОП": 2,
        None: 2,
    }
    assert await store.members_on(conn, DROHOBYCH.id, date(2020, 10, 21)) == ()


async def test_import_roster_again_changes_nothing_and_says_so(conn: asyncpg.Connection) -> None:
    await import_roster(conn, shipped(ROSTER), ROSTER)
    await store.add_desk(conn, DROHOBYCH.id, 1, "1002")
    await store.add_desk(conn, DROHOBYCH.id, 2, None)
    before = await rows(conn)
    report = await import_roster(conn, shipped(ROSTER), ROSTER)
    assert report.outcome == "unchanged"  # whom the council has seated elsewhere stays there
    assert await rows(conn) == before


async def test_import_roster_with_another_faction_reports_it_and_keeps_the_first(conn: asyncpg.Connection) -> None:
    await import_roster(conn, shipped(ROSTER), ROSTER)
    records = json.loads(shipped(ROSTER))
    records[0]["faction"] = "Позафракційний"
    report = await import_roster(conn, json.dumps(records).encode(), "new.json")
    assert [str(problem) for problem in report.problems] == [
        "new.json: id 1001: the faction was Об’єднання «Самопоміч» and is now none; the roster does not say since when"
    ]
    members = await store.members_on(conn, DROHOBYCH.id, date(2017, 11, 22))
    assert members[0].faction == "Об’єднання «Самопоміч»"


async def test_import_roster_that_is_not_json_writes_nothing(conn: asyncpg.Connection) -> None:
    report = await import_roster(conn, b'[{"id": 1001,}]', "bad.json")
    assert report.outcome == "refused"
    assert report.text().splitlines()[1] == (
        "  problem: bad.json: line 1, column 14: not JSON: Expecting property name enclosed in double quotes"
    )
    assert await store.bodies(conn) == []


@pytest.mark.parametrize("file", SHIPPED_SITTINGS)
async def test_import_sitting_gives_each_roll_of_the_source(
    conn: asyncpg.Connection, ledger: Ledger, file: str
) -> None:
    await import_roster(conn, shipped(ROSTER), ROSTER)
    report = await import_sitting(ledger, conn, shipped(file), file, now=NOW, source=shipped_source(file))
    source, _ = read_sitting(shipped(file), file)
    assert source is not None
    assert (report.outcome, report.counts["votes"], report.problems) == ("imported", len(source.votes), ())
    record = fold(await read(conn))
    assert [vote.motion for vote in record.votes.values()] == [vote.title for vote in source.votes]
    for vote in record.votes.values():
        expected = source.votes[vote.n - 1].options
        assert vote.roll is not None
        assert {line.member: line.option for line in vote.roll if line.option is not Option.NO_RECORD} == expected
        assert len(vote.roll) == 37
        assert set(vote.no_record) == {str(number) for number in range(1001, 1038)} - expected.keys()


async def test_import_sitting_writes_what_the_source_says_and_no_more(conn: asyncpg.Connection, ledger: Ledger) -> None:
    await import_roster(conn, shipped(ROSTER), ROSTER)
    report = await import_sitting(ledger, conn, shipped(SHORT), SHORT, now=NOW)
    entries = await read(conn)
    origin = Source(SHORT, report.sha256)
    assert entries[0].fact == Imported("2026-03-01T09:00:00.000Z", origin, votes=6, problems=0)
    opened = entries[1].fact
    assert isinstance(opened, SittingOpened)
    assert (opened.at, opened.mode, opened.imported, opened.replay) == (None, "ordinary", origin, None)
    assert (opened.held_on, opened.session_label, opened.quorum) == ("2017-11-22", "XXX сесія VII скликання", 19)
    assert entries[-1].fact == SittingClosed(at=None)
    assert len(entries) == 2 + 6 * 2 + 1
    vote = fold(entries).votes[1]
    assert (vote.opened_at, vote.closed_at, vote.cause) == (None, "2017-11-22T08:17:51.000Z", "import")
    assert (vote.tally, vote.result) == (Tally(for_=19, abstain=1, not_voting=16, no_record=1), Result.ADOPTED)
    assert (vote.requirement.needed, vote.requirement.source[:12]) == (19, "ст. 59 ч. 2 ")
    assert len(vote.present) == 36
    assert vote.no_record == ("1008",)
    plan = await store.load_plan(conn, SITTING)
    assert (plan.mode, plan.source, len(plan.items)) == ("ordinary", origin, 6)


async def test_import_sitting_again_changes_nothing_and_says_so(conn: asyncpg.Connection, ledger: Ledger) -> None:
    await import_roster(conn, shipped(ROSTER), ROSTER)
    await import_sitting(ledger, conn, shipped(SHORT), SHORT, now=NOW)
    before = await rows(conn)
    report = await import_sitting(ledger, conn, shipped(SHORT), "renamed.json", now=NOW)
    assert report.text() == "renamed.json: already imported, nothing changed (SHA-256 c1aad2d4e9e46e4a…)"
    assert await rows(conn) == before


async def test_import_sitting_from_other_bytes_is_refused_with_words(conn: asyncpg.Connection, ledger: Ledger) -> None:
    await import_roster(conn, shipped(ROSTER), ROSTER)
    await import_sitting(ledger, conn, shipped(SHORT), SHORT, now=NOW)
    before = await rows(conn)
    report = await import_sitting(ledger, conn, shipped(SHORT) + b"\n", "other.json", now=NOW)
    assert report.outcome == "refused"
    assert "imported before from other bytes, SHA-256 c1aad2d4e9e46e4a" in report.text()
    assert await rows(conn) == before


async def test_import_sitting_with_faulty_votes_takes_the_rest_and_counts_the_problems(
    conn: asyncpg.Connection, ledger: Ledger
) -> None:
    await import_roster(conn, shipped(ROSTER), ROSTER)
    source = json.loads(shipped(SHORT))
    source["voting"][1]["namedVoting"][0] = {"1016": "PF"}
    source["voting"][3]["namedVoting"][:2] = [{"1099": "ЗА"}, {"1016": "НЕ"}]
    data = json.dumps(source).encode()
    report = await import_sitting(ledger, conn, data, "faulty.json", now=NOW)
    assert report.text().splitlines() == [
        f"faulty.json: imported: votes 4, members' options 144, votes refused 2 (SHA-256 {report.sha256[:16]}…)",
        '  problem: faulty.json: vote 2, member 1016: unknown option "PF"; this vote is not taken over',
        "  problem: faulty.json: vote 4, member 1099: no such member in office that day; this vote is not taken over",
        '  problem: faulty.json: vote 4, member 1016: unknown option "НЕ"; this vote is not taken over',
    ]
    record = fold(await read(conn))
    assert [(vote.n, vote.item) for vote in record.votes.values()] == [(1, "1"), (2, "3"), (3, "5"), (4, "6")]
    assert list(record.items) == ["1", "3", "5", "6"]
    fact = (await read(conn))[0].fact
    assert isinstance(fact, Imported)
    assert (fact.votes, fact.problems) == (4, 2)
    assert (await import_sitting(ledger, conn, data, "faulty.json", now=NOW)).outcome == "unchanged"


async def test_import_sitting_before_the_roster_is_refused(conn: asyncpg.Connection, ledger: Ledger) -> None:
    report = await import_sitting(ledger, conn, shipped(SHORT), SHORT, now=NOW)
    assert (report.outcome, ledger.size) == ("refused", 0)
    assert "there is no body drohobych-council: import its roster first" in report.text()


@pytest.mark.parametrize("data", [b"{", b'{"sessionDate": "22.11.17", "sessionName": "I", "voting": []}'])
async def test_import_sitting_of_an_unreadable_file_writes_nothing(
    conn: asyncpg.Connection, ledger: Ledger, data: bytes
) -> None:
    await import_roster(conn, shipped(ROSTER), ROSTER)
    before = await rows(conn)
    report = await import_sitting(ledger, conn, data, "bad.json", now=NOW)
    assert (report.outcome, len(report.problems)) == ("refused", 1)
    assert await rows(conn) == before


async def test_import_sitting_again_after_a_crash_before_the_append_finishes_it(
    db: TestDatabase, conn: asyncpg.Connection, ledger: Ledger
) -> None:
    await import_roster(conn, shipped(ROSTER), ROSTER)
    await ledger.close()
    with pytest.raises(LedgerClosed):
        await import_sitting(ledger, conn, shipped(SHORT), SHORT, now=NOW)
    assert (await store.load_plan(conn, SITTING)).source is not None
    again = await Ledger.open(db.database("hall").connect, Signer("tests.hlasno", bytes(32)), derive)
    assert (await import_sitting(again, conn, shipped(SHORT), SHORT, now=NOW)).outcome == "imported"
    assert again.size == 15
    await again.close()


async def test_import_sitting_that_is_prepared_as_a_replay_is_refused(conn: asyncpg.Connection, ledger: Ledger) -> None:
    await import_roster(conn, shipped(ROSTER), ROSTER)
    await plan_replay(conn, shipped(SHORT), SHORT)
    report = await import_sitting(ledger, conn, shipped(SHORT), SHORT, now=NOW)
    assert (report.outcome, ledger.size) == ("refused", 0)
    assert "prepared here already" in report.text()
