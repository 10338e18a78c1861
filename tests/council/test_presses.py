"""Group commit on a real PostgreSQL: order, one flush for many, repeats, the fence, a connection that is cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from council.presses import MOST, PressRow, PressWriter
from sql.database import Database
from voting.entries import Clerk, Option, stamp
from voting.errors import LedgerBusy
from voting.vote_event import Press

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
CUT = """select pg_terminate_backend(pid) from pg_locks join pg_database d on d.oid = database
    where locktype = 'advisory' and datname = current_database()"""
OPTIONS = (Option.FOR, Option.AGAINST, Option.ABSTAIN)


def row(member: int, n: int, sitting: str = "s") -> PressRow:
    press = Press(
        f"m{member}", "0" * 16, n, OPTIONS[n % 3], stamp(NOW), terminal=f"t{member}", signature="A" * 86 + "=="
    )
    return PressRow(sitting, 1, press, NOW)


def entered(member: int, option: Option, act: str) -> PressRow:
    """An answer said aloud, entered by a clerk."""
    return PressRow(
        "s", 1, Press(f"m{member}", act, 1, option, stamp(NOW), channel="called"), NOW, Clerk("clerk", "Писар")
    )


def never(rows: Sequence[PressRow]) -> None:
    raise AssertionError(f"{len(rows)} rows were refused")


class Recorded:
    """What was told to be on disk, or to be refused, in order."""

    def __init__(self) -> None:
        self.rows: list[PressRow] = []
        self.calls = 0

    def __call__(self, rows: Sequence[PressRow]) -> None:
        self.calls += 1
        self.rows += rows

    async def until(self, count: int, seconds: float = 15) -> None:
        async with asyncio.timeout(seconds):
            while len(self.rows) < count:
                await asyncio.sleep(0.005)


@pytest.fixture
async def writer(db: TestDatabase) -> AsyncIterator[PressWriter]:
    writer = PressWriter(db.database("hall").connect)
    await writer.open()
    yield writer
    await writer.close()


async def on_disk(db: TestDatabase) -> list[tuple[Any, ...]]:
    conn = await db.database("owner").connect()
    rows = await conn.fetch("select sitting_id, member_id, n, option from press order by place")
    await conn.close()
    return [tuple(found) for found in rows]


def written(rows: Sequence[PressRow]) -> list[tuple[Any, ...]]:
    return [(r.sitting, r.press.member, r.press.n, r.press.option.value) for r in rows]


async def test_presses_waiting_share_one_commit_in_their_order(db: TestDatabase, writer: PressWriter) -> None:
    recorded, rows = Recorded(), [row(member, n) for n in (1, 2) for member in range(225)]
    for press in rows:
        writer.put(press, recorded, never)
    await recorded.until(450)
    commits = -(-450 // MOST)
    assert (writer.commits, recorded.calls, recorded.rows) == (commits, commits, rows)
    assert commits < 5
    assert await on_disk(db) == written(rows)


async def test_answers_of_one_act_share_one_commit_however_many_they_are(db: TestDatabase, writer: PressWriter) -> None:
    """All of them are written or none: what else waits makes room for them."""
    recorded, refused = Recorded(), Recorded()
    pressed = [row(member, 1) for member in range(MOST - 2)]
    act = [entered(member, Option.FOR, "a" * 16) for member in range(1000, 1004)]
    act[-1] = entered(1003, Option.ABSENT, "a" * 16)
    for one in (*pressed, *act):
        writer.put(one, recorded, refused)
    await recorded.until(len(pressed))
    await refused.until(len(act))
    assert (recorded.rows, refused.rows) == (pressed, act)
    assert await on_disk(db) == written(pressed)


async def test_each_chamber_is_told_of_its_own(db: TestDatabase, writer: PressWriter) -> None:
    ours, theirs = Recorded(), Recorded()
    for n in range(1, 5):
        writer.put(row(n, 1, "ours"), ours, never)
        writer.put(row(n, 1, "theirs"), theirs, never)
    await ours.until(4)
    await theirs.until(4)
    assert {r.sitting for r in ours.rows} == {"ours"} and {r.sitting for r in theirs.rows} == {"theirs"}


async def test_repeat_writes_nothing_and_is_answered(db: TestDatabase, writer: PressWriter) -> None:
    recorded = Recorded()
    for press in (row(1, 1), row(1, 2), row(1, 1)):
        writer.put(press, recorded, never)
        await recorded.until(len(recorded.rows) + 1)
    assert await on_disk(db) == written([row(1, 1), row(1, 2)])


async def test_row_that_the_database_refuses_is_refused_alone_and_logged_without_its_option(
    db: TestDatabase, writer: PressWriter, caplog: pytest.LogCaptureFixture
) -> None:
    """A terminal never sends these; whatever bug lets one through must not stop all presses of the hall."""
    recorded, refused = Recorded(), Recorded()
    rows = [row(member, 1) for member in range(20)]
    against_a_check = replace(rows[7], press=replace(rows[7].press, option=Option.NOT_VOTING))
    no_text = replace(rows[13], press=replace(rows[13].press, member="m\0"))
    rows[7], rows[13] = against_a_check, no_text
    for one in rows:
        writer.put(one, recorded, refused)
    await recorded.until(18)
    await refused.until(2)
    assert (refused.rows, writer.writing_since) == ([against_a_check, no_text], None)
    assert await on_disk(db) == written([one for one in rows if one not in refused.rows])
    assert "press_refused sitting=s vote=1 terminal=t7" in caplog.text
    assert "constraint=press_option_check" in caplog.text
    assert "not_voting" not in caplog.text


async def test_act_with_one_answer_that_is_refused_is_refused_whole(db: TestDatabase, writer: PressWriter) -> None:
    recorded, refused = Recorded(), Recorded()
    act = [entered(1, Option.FOR, "a" * 16), entered(2, Option.ABSENT, "a" * 16), entered(3, Option.FOR, "a" * 16)]
    other = entered(4, Option.FOR, "b" * 16)
    for one in (*act, other):
        writer.put(one, recorded, refused)
    await refused.until(3)
    await recorded.until(1)
    assert (refused.rows, recorded.rows) == (act, [other])
    assert await on_disk(db) == written([other])


async def test_second_writer_is_refused_until_the_first_is_gone(db: TestDatabase, writer: PressWriter) -> None:
    second = PressWriter(db.database("hall").connect)
    with pytest.raises(LedgerBusy, match="another hall"):
        await second.open()
    await writer.close()
    await second.open()
    await second.close()


async def test_session_ended_by_the_server_again_and_again_loses_and_doubles_nothing(
    db: TestDatabase, writer: PressWriter
) -> None:
    """Its goodbye may lie unread when the next statement is sent: that, too, is a server that is gone."""
    recorded, control = Recorded(), await db.database("owner").connect()
    failures: list[BaseException] = []
    writer.on_failure = failures.append
    count = 0
    for turn in range(12):
        for member in range(20):
            writer.put(row(member, turn + 1), recorded, never)
            count += 1
            if member == turn:
                await control.execute(CUT)
            await asyncio.sleep(0)
    await recorded.until(count)
    assert failures == []
    assert sorted(await on_disk(db)) == sorted(written(recorded.rows))
    newest = {r[1]: r[2] for r in await on_disk(db)}  # the last place of each member holds the newest press
    assert set(newest.values()) == {12}
    await control.close()


async def test_fence_taken_by_another_hall_means_no_answer_any_more(db: TestDatabase, writer: PressWriter) -> None:
    recorded, control = Recorded(), await db.database("hall").connect()
    other = PressWriter(db.database("hall").connect)
    await control.execute("select 1")
    owner = await db.database("owner").connect()
    opening = asyncio.create_task(other.open())
    await asyncio.sleep(0.1)
    await owner.execute(CUT)
    await opening
    writer.put(row(1, 1), recorded, never)
    await asyncio.sleep(1)
    assert recorded.rows == [] and await on_disk(db) == []
    await other.close()
    await recorded.until(1)  # the other is gone without having written: this one may go on
    for connection in (control, owner):
        await connection.close()


async def test_rehearsals_presses_stand_apart_from_those_of_sittings(db: TestDatabase, writer: PressWriter) -> None:
    url = db.database("hall").url
    rehearsing = PressWriter(Database(url, "hall", "rehearsal").connect)
    await rehearsing.open()  # beside the writer of votes: each has a fence of its own
    recorded = Recorded()
    rehearsing.put(row(1, 1), recorded, never)
    rehearsing.put(entered(2, Option.NOT_VOTING, "a" * 16), recorded, never)
    await recorded.until(2)
    await rehearsing.close()
    assert await on_disk(db) == []
    conn = await db.database("hall").connect()
    rows = await conn.fetch(
        "select member_id, option, channel, terminal_id, entered_by from rehearsal.press order by place"
    )
    await conn.close()
    assert [tuple(found) for found in rows] == [
        ("m1", "against", "terminal", "t1", None),
        ("m2", "not_voting", "called", None, "clerk"),
    ]
