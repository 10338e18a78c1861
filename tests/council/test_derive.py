"""The pages' tables: what one sitting leaves in them, and that the whole ledger gives the same again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from council.derive import TABLES, derive, differences, rebuild
from council.importing.drohobych import import_roster, import_sitting, shipped
from voting.checkpoint import Signer
from voting.entries import (
    AbsenceJustified,
    AgendaPoint,
    Ballots,
    Base,
    Candidate,
    Clerk,
    CorrectionNoted,
    Document,
    Entry,
    Fact,
    FilmingPaused,
    FilmingResumed,
    ItemCalled,
    MemberArrived,
    MemberLeft,
    Option,
    Requirement,
    Result,
    ResultAnnounced,
    Seated,
    SecretVoteRecorded,
    SittingClosed,
    SittingOpened,
    TieDecided,
    VoteClosed,
    VoteHeld,
    VoteOpened,
    VoteResumed,
    VoteVoided,
)
from voting.folder import fold
from voting.ledger import Ledger
from voting.vote_event import Press, VoteEvent, motion_sha256, open_vote

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 3, 1, 9, 0, 0, 250_000, tzinfo=UTC)
AT = "2026-03-01T09:00:00.250Z"
EARLIER, LATER = "2026-03-01T08:59:00.250Z", "2026-03-01T09:01:00.250Z"
MARIA = Clerk("maria", "Марія")
PLAIN = ("terminal", "motion", None, None, None)  # method, subject, relation, refers_to, chosen
HALF = Requirement("half", Base.SEATS, 1, 2, True, seats=3, needed=2, quorum=2, source="ст. 1")
OPENED = SittingOpened(
    at=AT,
    body="rada",
    body_name="Рада",
    municipality="Вигадане",
    session_label="I сесія",
    sitting_kind="plenary",
    held_on="2026-03-01",
    timezone="Europe/Kyiv",
    mode="training",
    seats=3,
    quorum=2,
    quorum_source="ст. 1",
    members=(
        Seated("a", "Айстра", "Анна", None, "f", "Лука", 1),
        Seated("b", "Бук", "Богдан", None, "m", None, 2),
        Seated("c", "Ва", "Вір", None, None, "Лука", None),
    ),
    agenda=(AgendaPoint("1", "Про перше"),),
)


@pytest.fixture
async def conn(db: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await db.database("hall").connect()
    yield connection
    await connection.close()


@pytest.fixture
async def ledger(db: TestDatabase) -> AsyncIterator[Ledger]:
    opened = await Ledger.open(db.database("hall").connect, Signer("tests.hlasno", bytes(32)), derive)
    yield opened
    await opened.close()


async def tables(conn: asyncpg.Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: sorted((tuple(row) for row in await conn.fetch(f"select * from {table}")), key=repr) for table in TABLES
    }


def open_event(
    n: int, requirement: Requirement = HALF, present: tuple[str, ...] = ("a", "b"), **kind: Any
) -> VoteEvent:
    members = ("a", "b", "c")
    opened = open_vote(
        n=n,
        item="1",
        motion="Про перше",
        requirement=requirement,
        members=members,
        present=present,
        seconds=20,
        at=AT,
        **kind,
    )
    return VoteEvent(opened, members)


def vote(n: int, chosen: int | None = None, **kind: Any) -> tuple[VoteOpened, VoteClosed]:
    """Options by member, `chosen` the candidate of each who is for; the rest is for `open_event`."""
    options = {member: kind.pop(member) for member in "abc" if member in kind}
    event = open_event(n, **kind)
    for member, option in options.items():
        event.apply(Press(member, "0" * 16, 1, option, AT, chosen))
    return event.opened, event.close(AT, "clerk")


def sitting() -> list[Fact]:
    return [
        OPENED,
        MemberArrived(AT, "a", "terminal"),
        MemberArrived(AT, "b", "console"),
        ItemCalled(AT, "1", "Про перше"),
        *vote(1, present=("a", "b"), a=Option.FOR, b=Option.FOR),
        ResultAnnounced(AT, 1),
        MemberLeft(AT, "b", "console"),
        *vote(2, present=("a",), a=Option.AGAINST),
    ]


async def test_derive_of_a_sitting_entry_by_entry_fills_each_table(conn: asyncpg.Connection, ledger: Ledger) -> None:
    paused = FilmingPaused(AT, EARLIER, None, "таємниця", None, MARIA)
    for fact in [*sitting(), paused, SittingClosed(AT)]:
        await ledger.append([("rada-1", fact)], NOW)
    day = date(2026, 3, 1)
    assert await tables(conn) == {
        "sitting_summary": [
            ("rada-1", "rada", "I сесія", "plenary", day, "training", 3, NOW, NOW, 2, 1, 0, False, False),
        ],
        "vote_event": [
            ("rada-1", 1, "1", "Про перше", NOW, NOW, "adopted", 2, 3, 2, 0, 0, 0, 1, 0, 0, 4, 5, "announced", *PLAIN),
            ("rada-1", 2, "1", "Про перше", NOW, NOW, "no_quorum", 2, 3, 0, 1, 0, 0, 2, 0, 0, 8, 9, "closed", *PLAIN),
        ],
        "vote": [
            ("rada-1", 1, "a", "for", "Лука", False, None),
            ("rada-1", 1, "b", "for", None, False, None),
            ("rada-1", 1, "c", "absent", "Лука", False, None),
            ("rada-1", 2, "a", "against", "Лука", False, None),
            ("rada-1", 2, "b", "absent", None, False, None),
            ("rada-1", 2, "c", "absent", "Лука", False, None),
        ],
        "attendance": [("rada-1", "a", True, False), ("rada-1", "b", True, False), ("rada-1", "c", False, False)],
        "secret_vote": [],
        "correction": [],
        "footage_seal": [],
        "closed_part": [(10, "rada-1", "rada", NOW - MINUTE, NOW, NOW + timedelta(seconds=10), True, "таємниця", None)],
    }


async def test_derive_of_an_open_vote_shows_no_option(conn: asyncpg.Connection, ledger: Ledger) -> None:
    await ledger.append([("rada-1", fact) for fact in sitting()[:5]], NOW)
    derived = await tables(conn)
    assert derived["vote"] == []
    assert derived["vote_event"] == [
        ("rada-1", 1, "1", "Про перше", NOW, None, None, 2, 3, 0, 0, 0, 0, 0, 0, 0, 4, None, "open", *PLAIN)
    ]
    assert derived["sitting_summary"][0][8:] == (None, 0, 0, 0, True, False)


async def test_derive_that_is_refused_leaves_no_entry(conn: asyncpg.Connection, ledger: Ledger) -> None:
    await ledger.append([("rada-1", fact) for fact in sitting()], NOW)
    before = await tables(conn)
    with pytest.raises(asyncpg.UniqueViolationError):
        await ledger.append([("rada-1", OPENED)], NOW)
    with pytest.raises(LookupError, match="rada-2, which the derived tables do not know"):
        await ledger.append([("rada-2", vote(1, present=())[1])], NOW)
    assert (ledger.size, await tables(conn)) == (10, before)


def full_hall() -> list[Fact]:
    """A sitting with every kind of vote: held; tied; void and repeated; for candidates; secret; corrected."""
    tie = replace(HALF, base=Base.CAST, tie="chair")
    papers = Ballots(issued=3, found=3, invalid=1)
    pair = (Candidate(1, "Перша"), Candidate(2, "Друга"))
    one, one_closed = vote(1, a=Option.FOR, b=Option.FOR)
    two, two_closed = vote(2, requirement=tie, a=Option.FOR, b=Option.AGAINST)
    three, three_closed = vote(3, a=Option.FOR, b=Option.FOR)
    four, four_closed = vote(4, relation="repeat", refers_to=3, reason="збій", a=Option.FOR)
    five = open_event(5, method="called", order="alphabet")
    six, six_closed = vote(6, subject="candidates", candidates=pair, chosen=2, a=Option.FOR, b=Option.FOR)
    document = Document("протокол.pdf", "ab" * 32, 10)
    secret = SecretVoteRecorded(
        at=AT,
        n=7,
        item="1",
        motion="Обрати",
        motion_sha256=motion_sha256("Обрати"),
        requirement=HALF,
        ground="election",
        ground_source="ст. 2",
        in_quorum=2,
        ballots=papers,
        for_=2,
        against=0,
        abstain=0,
        candidates=(),
        counts=(),
        chosen=None,
        result=Result.ADOPTED,
        protocol=document,
    )
    return [
        OPENED,
        *(MemberArrived(AT, member, "terminal") for member in "ab"),
        AbsenceJustified(AT, "c", "відрядження"),
        *(one, VoteHeld(AT, 1, 5), VoteResumed(AT, 1, 5), VoteHeld(AT, 1, 4), one_closed, ResultAnnounced(AT, 1)),
        CorrectionNoted(
            AT, 1, "b", Option.FOR, Option.AGAINST, "помилка", Clerk("clerk", "Писар"), Clerk("second", "Друга")
        ),
        *(
            two,
            two_closed,
            TieDecided(AT, 2, "a", Option.FOR, Result.ADOPTED, Clerk("clerk", "Писар")),
            ResultAnnounced(AT, 2),
        ),
        *(three, three_closed, ResultAnnounced(AT, 3), VoteVoided(AT, 3, "збій")),
        *(four, four_closed),
        *(five.opened, VoteVoided(AT, 5, "збій")),
        *(six, six_closed),
        secret,
        *(VoteVoided(AT, 7, "описка"), replace(secret, n=8, repeats=7)),
        AbsenceJustified(AT, "b", "хвороба"),
        AbsenceJustified(AT, "b", ""),
        *(FilmingPaused(AT, EARLIER, "personal", "особисті дані", "ст. 3", MARIA), FilmingResumed(AT, MARIA)),
        *(FilmingPaused(AT, AT, None, "таємниця", None, MARIA), FilmingResumed(LATER, MARIA)),
        FilmingPaused(LATER, LATER, None, "захист", None, MARIA),
        *(open_event(9).opened, VoteHeld(AT, 9, None)),
    ]


VOTES: list[tuple[Any, ...]] = [
    (1, "adopted", 2, "announced", *PLAIN),
    (2, "adopted", 1, "announced", *PLAIN),
    (3, "adopted", 2, "voided", *PLAIN),
    (4, "rejected", 1, "closed", "terminal", "motion", "repeat", 3, None),
    (5, None, 0, "voided", "called", "motion", None, None, None),
    (6, "adopted", 2, "closed", "terminal", "candidates", None, None, 2),
    (9, None, 0, "held", *PLAIN),
]

FULL_HALL: dict[str, list[tuple[Any, ...]]] = {
    "vote_event": VOTES,
    "vote": [(n, n == 3) for n in (1, 2, 3, 4, 6) for _ in "abc"],
    "secret_vote": [
        (7, "adopted", 2, 3, 3, 1, 2, 0, 0, None, None, True),
        (8, "adopted", 2, 3, 3, 1, 2, 0, 0, None, 7, False),
    ],
    "correction": [(1, "b", "for", "against", "помилка")],
    "attendance": [("a", True, False), ("b", True, False), ("c", False, True)],
    "sitting_summary": [(5, 4)],
    "closed_part": [
        (NOW - MINUTE, NOW, NOW, False, "особисті дані", "ст. 3"),
        (NOW, NOW, NOW + MINUTE, False, "таємниця", None),
        (NOW + MINUTE, NOW + MINUTE, None, False, "захист", None),
    ],
}


async def chosen_columns(conn: asyncpg.Connection) -> dict[str, list[tuple[Any, ...]]]:
    columns = {
        "vote_event": "n, result, for_count, state, method, subject, relation, refers_to, chosen",
        "vote": "n, voided",
        "secret_vote": "n, result, in_quorum, issued, found, invalid, for_count, against_count, abstain_count, chosen, "
        "repeats, voided",
        "correction": "n, member_id, recorded, meant, statement",
        "attendance": "member_id, arrived, justified",
        "sitting_summary": "votes, adopted",
        "closed_part": "since_at, paused_at, ended_at, by_closing, reason, source",
    }
    rows = {table: await conn.fetch(f"select {names} from {table} order by 1") for table, names in columns.items()}
    return {table: [tuple(row) for row in found] for table, found in rows.items()}


@pytest.mark.parametrize("at_once", [1, 4, 100])
async def test_derive_of_every_kind_of_vote_in_appends_of_any_size_gives_the_same(
    conn: asyncpg.Connection, ledger: Ledger, at_once: int
) -> None:
    facts = full_hall()
    for start in range(0, len(facts), at_once):
        await ledger.append([("rada-1", fact) for fact in facts[start : start + at_once]], NOW)
    assert await chosen_columns(conn) == FULL_HALL
    live = await tables(conn)
    assert await differences(conn) == []
    await conn.execute("delete from secret_vote")
    await conn.execute("delete from correction")
    await conn.execute("update vote set voided = not voided")
    await conn.execute("update vote_event set state = 'open'")
    await conn.execute("update attendance set justified = true")
    await conn.execute("update closed_part set ended_at = null")
    assert await differences(conn) == ["vote_event", "vote", "attendance", "secret_vote", "correction", "closed_part"]
    await rebuild(conn)
    assert await tables(conn) == live


def test_full_hall_is_a_sitting_that_can_have_been() -> None:
    record = fold([Entry(seq, "rada-1", AT, fact) for seq, fact in enumerate(full_hall())])
    assert {n: vote.state for n, vote in record.votes.items()} == {n: state for n, _, _, state, *_ in VOTES}


async def test_derived_table_of_secret_votes_has_no_column_for_a_voter(conn: asyncpg.Connection) -> None:
    rows = await conn.fetch(
        "select column_name, data_type from information_schema.columns where table_name = 'secret_vote'"
    )
    texts = {row["column_name"] for row in rows if row["data_type"] not in ("integer", "bigint", "boolean")}
    assert texts == {"sitting_id", "item", "motion", "ground", "result", "recorded_at"}


async def test_rebuild_gives_what_live_sittings_and_imports_left(conn: asyncpg.Connection, ledger: Ledger) -> None:
    await import_roster(conn, shipped("deputies.json"), "deputies.json")
    for file in ("2016-12-20.json", "2017-11-22.json"):
        await import_sitting(ledger, conn, shipped(file), file, now=NOW)
    for fact in sitting():
        await ledger.append([("rada-1", fact)], NOW)
    live = await tables(conn)
    assert len(live["vote"]) == (49 + 6) * 37 + 6
    await conn.execute("update vote set option = 'for' where option = 'absent'")
    await conn.execute("delete from attendance")
    await conn.execute("update sitting_summary set votes = 0, is_open = true")
    for _ in range(2):
        assert await rebuild(conn) == ledger.size
        assert await tables(conn) == live
    await ledger.append([("rada-1", SittingClosed(AT))], NOW)  # and the ledger goes on from there
    assert await conn.fetchval("select count(*) from sitting_summary where is_open") == 0


async def test_rebuild_across_chunks_gives_the_same(
    conn: asyncpg.Connection, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.append([("rada-1", fact) for fact in [*sitting(), SittingClosed(AT)]], NOW)
    live = await tables(conn)
    for chunk in (1, 4, 7):
        monkeypatch.setattr("council.derive.CHUNK", chunk)
        assert await rebuild(conn) == 11
        assert await tables(conn) == live


async def test_rebuild_while_the_hall_appends_loses_nothing(
    db: TestDatabase, conn: asyncpg.Connection, ledger: Ledger
) -> None:
    async def append() -> None:
        for number in range(10):
            for fact in sitting():
                await ledger.append([(f"rada-{number}", fact)], NOW)

    appending = asyncio.create_task(append())
    while not appending.done():
        await rebuild(conn)
    await appending
    live = await tables(conn)
    await rebuild(conn)
    assert await tables(conn) == live
    assert len(live["vote"]) == 60


async def test_rebuild_of_an_empty_ledger_empties_the_tables(conn: asyncpg.Connection) -> None:
    await conn.execute("insert into attendance values ('gone', 'a', true)")
    assert await rebuild(conn) == 0
    assert await tables(conn) == {table: [] for table in TABLES}
