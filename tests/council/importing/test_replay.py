"""A recorded sitting as a plan, a script, and what its outcome is compared with."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from council import profile, store
from council.importing.drohobych import import_roster, import_sitting, shipped
from council.importing.replay import NotReplayable, compare, plan_replay, scripted_presses
from council.sitting import SittingPlan
from voting.entries import AgendaPoint, Entry, Fact, Option, SittingOpened
from voting.folder import fold
from voting.ledger import Ledger
from voting.record import SittingRecord
from voting.vote_event import Press, VoteEvent, open_vote

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
AT = "2026-03-01T09:00:00.000Z"
FILE = "2017-11-22.json"
SITTING = "drohobych-council-2017-11-22"


@pytest.fixture
async def council(conn: asyncpg.Connection) -> asyncpg.Connection:
    await import_roster(conn, shipped("deputies.json"), "deputies.json")
    return conn


def held(plan: SittingPlan, script: list[dict[str, Option]]) -> SittingRecord:
    """The record of the plan's sitting after everyone has pressed what the script says."""
    members = [seated.member for seated in plan.members]
    facts: list[Fact] = [
        SittingOpened(
            at=AT,
            body=plan.body.id,
            body_name=plan.body.name,
            municipality=plan.body.municipality,
            session_label=plan.session_label,
            sitting_kind=plan.kind,
            held_on=plan.held_on.isoformat(),
            timezone=plan.body.timezone,
            mode=plan.mode,
            seats=37,
            quorum=19,
            quorum_source="",
            members=plan.members,
            agenda=tuple(AgendaPoint(item.item, item.title) for item in plan.items),
            replay=plan.source,
        )
    ]
    for n, (item, options) in enumerate(zip(plan.items, script, strict=True), 1):
        motion = item.motions[0]
        present = [member for member, option in options.items() if option is not Option.ABSENT]
        assert motion.original_at is not None
        opened = open_vote(
            n=n,
            item=item.item,
            motion=motion.text,
            requirement=profile.load("ua").requirement(
                motion.rule, seats=37, in_office=37, present=len(present), locale="uk"
            ),
            members=members,
            present=present,
            no_record=motion.no_record,
            seconds=motion.seconds,
            at=AT,
            original_at=f"{motion.original_at:%Y-%m-%dT%H:%M:%S}.000Z",
        )
        event = VoteEvent(opened, members)
        for member, option in options.items():
            if option in (Option.FOR, Option.AGAINST, Option.ABSTAIN):
                event.apply(Press(member, "0" * 16, 1, option, AT))
        facts += [opened, event.close(AT, "time")]
    return fold(Entry(seq, plan.id, AT, fact) for seq, fact in enumerate(facts))


def altered(record: SittingRecord, n: int, **changes: Any) -> SittingRecord:
    votes = dict(record.votes)
    votes[n] = replace(votes[n], **changes)
    return replace(record, votes=votes)


async def test_plan_replay_saves_the_sitting_as_it_was(council: asyncpg.Connection) -> None:
    plan = await plan_replay(council, shipped(FILE), "the source")
    assert plan == await store.load_plan(council, SITTING)
    assert await store.current_sitting(council, "drohobych-council") == SITTING
    assert (plan.mode, plan.held_on, plan.session_label) == ("replay", date(2017, 11, 22), "XXX сесія VII скликання")
    assert plan.source is not None
    assert (plan.source.source, plan.source.sha256[:8]) == ("the source", "c1aad2d4")
    motions = [motion for item in plan.items for motion in item.motions]
    assert [(motion.item, motion.seconds, motion.no_record) for motion in motions] == [
        (str(n), 20, ("1008",)) for n in range(1, 7)
    ]
    assert motions[0].original_at == datetime(2017, 11, 22, 8, 17, 51, tzinfo=UTC)


async def test_plan_replay_again_may_change_the_time_limit(council: asyncpg.Connection) -> None:
    await plan_replay(council, shipped(FILE), "the source")
    plan = await plan_replay(council, shipped(FILE), "the source", seconds=5)
    assert plan == await store.load_plan(council, SITTING)
    assert {motion.seconds for item in plan.items for motion in item.motions} == {5}


async def test_plan_replay_of_what_is_imported_or_planned_otherwise_is_refused(
    council: asyncpg.Connection, ledger: Ledger
) -> None:
    plan = await plan_replay(council, shipped(FILE), "the source")
    other = replace(plan, id="drohobych-council-2017-04-06", held_on=date(2017, 4, 6), mode="ordinary", source=None)
    await store.save_sitting(council, other)
    with pytest.raises(store.StoreError, match="stands already, and not as a replay"):
        await plan_replay(council, shipped("2017-04-06.json"), "the source")
    await import_sitting(ledger, council, shipped("2016-12-20.json"), "f", now=NOW)
    with pytest.raises(store.StoreError, match="stands already, and not as a replay"):
        await plan_replay(council, shipped("2016-12-20.json"), "f")


async def test_plan_replay_of_a_file_with_a_gap_is_refused(council: asyncpg.Connection) -> None:
    source = json.loads(shipped(FILE))
    source["voting"][2]["namedVoting"][0] = {"1016": "?"}
    with pytest.raises(NotReplayable, match='f: vote 3, member 1016: unknown option "\\?"'):
        await plan_replay(council, json.dumps(source).encode(), "f")
    with pytest.raises(store.UnknownSitting):
        await store.load_plan(council, SITTING)


def test_scripted_presses_say_who_does_what_in_each_vote() -> None:
    script = scripted_presses(shipped(FILE))
    assert [Counter(vote.values()) for vote in script] == [
        Counter({Option.FOR: number, Option.NOT_VOTING: 36 - number - abstained, Option.ABSTAIN: abstained})
        for number, abstained in [(19, 1), (20, 0), (21, 0), (21, 0), (22, 0), (21, 0)]
    ]
    assert (script[0]["1031"], script[0]["1016"], "1008" in script[0]) == (Option.ABSTAIN, Option.FOR, False)


async def test_compare_of_a_faithful_replay_finds_nothing(council: asyncpg.Connection) -> None:
    plan = await plan_replay(council, shipped(FILE), "the source")
    assert compare(shipped(FILE), held(plan, scripted_presses(shipped(FILE)))) == []


async def test_compare_names_every_difference(council: asyncpg.Connection) -> None:
    plan = await plan_replay(council, shipped(FILE), "the source")
    script = scripted_presses(shipped(FILE))
    script[0]["1031"] = Option.AGAINST
    script[1]["1016"] = Option.ABSENT
    record = held(plan, script)
    record = altered(record, 3, opened=replace(record.votes[3].opened, motion="Інше", original_at=AT))
    record = altered(record, 4, roll=None)
    del record.votes[6]
    assert compare(shipped(FILE), record) == [
        "the source has 6 votes, the record 5",
        "vote 1: member 1031 is against, in the source abstain",
        "vote 2: member 1016 is absent, in the source for",
        f"vote 3: the motion is “Інше”, in the source “{plan.items[2].title}”",
        f"vote 3: the original time is {AT}, in the source 2017-11-22T08:20:39.000Z",
        "vote 4: it is not closed",
    ]
    roll = record.votes[5].roll
    assert roll is not None
    assert compare(shipped(FILE), altered(record, 5, roll=roll[1:]))[-1] == (
        f"vote 5: member {roll[0].member} is not in the roll, in the source {roll[0].option}"
    )
