"""Real sittings of Drohobych city council, counted by these rules.

The source has options by name and no results. A decision needed 19 of 37 votes (art. 59(2)), so that each result
follows from the options. REJECTED was counted by hand from the files: in December 2016 three motions on one item in a
row, then a word to a speaker, a plot of land, and the last motion of the day."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import council
from voting.entries import (
    Base,
    Entry,
    Option,
    Requirement,
    Result,
    RollEntry,
    Seated,
    SittingOpened,
    Source,
    VoteClosed,
)
from voting.folder import fold
from voting.requirement import decide, needed
from voting.roll import passive_option
from voting.tally import by_faction, count
from voting.verify import verify
from voting.vote_event import VoteEvent, open_vote

DATA = Path(council.__file__).parent / "data" / "drohobych"
WORDS = {
    "ЗА": Option.FOR,
    "ПРОТИ": Option.AGAINST,
    "УТРИМАВСЯ": Option.ABSTAIN,
    "НЕ ГОЛОСУВАВ": Option.NOT_VOTING,
    "ВІДСУТНІЙ": Option.ABSENT,
}
MAJORITY = Requirement("majority_of_seats", Base.SEATS, 1, 2, True, 37, needed(37, 1, 2, True), 19, "ст. 59 ч. 2")
REJECTED = {"2016-12-20": [5, 6, 7, 40, 41, 49], "2017-04-06": [], "2017-11-22": []}
TALLIES_2017_11_22 = [(19, 0, 1, 16), (20, 0, 0, 16), (21, 0, 0, 15), (21, 0, 0, 15), (22, 0, 0, 14), (21, 0, 0, 15)]


def sitting(date: str, town: Any) -> list[Entry]:
    """The file as entries: every member's option as the file says, nobody's guessed."""
    roster = json.loads((DATA / "deputies.json").read_text())
    source = json.loads((DATA / f"{date}.json").read_text())
    members = tuple(
        Seated(str(d["id"]), d["lastName"], d["firstName"], d["fathersName"], None, d["faction"], None) for d in roster
    )
    ids = [seated.member for seated in members]
    facts: list[Any] = [
        SittingOpened(
            at=None,
            body="drohobych-council",
            body_name="Дрогобицька міська рада",
            municipality="Дрогобич",
            session_label=source["sessionName"],
            sitting_kind="plenary",
            held_on=date,
            timezone="Europe/Kyiv",
            mode="ordinary",
            seats=37,
            quorum=19,
            quorum_source="ст. 46",
            members=members,
            agenda=(),
            imported=Source("Дрогобицька міська рада", "00" * 32),
        )
    ]
    for n, vote in enumerate(source["voting"], 1):
        options = {member: WORDS[word.strip()] for line in vote["namedVoting"] for member, word in line.items()}
        opened = open_vote(
            n=n,
            item=None,
            motion=vote["voteName"],
            requirement=MAJORITY,
            members=ids,
            present=[member for member in ids if options.get(member, Option.ABSENT) is not Option.ABSENT],
            no_record=[member for member in ids if member not in options],
            seconds=None,
            at=None,
        )
        roll = tuple(RollEntry(member, options.get(member, passive_option(member, opened))) for member in ids)
        tally = count(roll)
        result = decide(MAJORITY, tally, len(opened.present))
        facts += [opened, VoteClosed(town.at, n, "import", roll, tally, result)]
    return list(town.entries(*facts, sitting=f"drohobych-council-{date}"))


@pytest.mark.parametrize("date", REJECTED)
def test_sitting_counted_by_the_law_gives_the_results_the_files_tell(town: Any, date: str) -> None:
    record = fold(sitting(date, town))
    assert [n for n, vote in record.votes.items() if vote.result is not Result.ADOPTED] == REJECTED[date]
    raw = json.loads((DATA / f"{date}.json").read_text())["voting"]
    for vote, source in zip(record.votes.values(), raw, strict=True):
        counts = Counter(word for line in source["namedVoting"] for word in line.values())
        tally = vote.tally
        assert tally is not None
        assert {
            "ЗА": tally.for_,
            "ПРОТИ": tally.against,
            "УТРИМАВСЯ": tally.abstain,
            "НЕ ГОЛОСУВАВ": tally.not_voting,
            "ВІДСУТНІЙ": tally.absent,
        } == {word: counts[word] for word in WORDS}
        assert tally.no_record == 37 - len(source["namedVoting"])
        assert vote.roll is not None
        assert sum(part.for_ for part in by_faction(vote.roll, record.opened.members).values()) == tally.for_


def test_sitting_of_november_2017_has_these_tallies_and_one_member_not_on_record(town: Any) -> None:
    record = fold(sitting("2017-11-22", town))
    tallies = [vote.tally for vote in record.votes.values() if vote.tally is not None]
    assert [(t.for_, t.against, t.abstain, t.not_voting) for t in tallies] == TALLIES_2017_11_22
    assert {(t.absent, t.no_record) for t in tallies} == {(0, 1)}
    assert {vote.no_record for vote in record.votes.values()} == {("1008",)}


def test_sitting_of_november_2017_pressed_by_every_desk_gives_the_same_rolls(town: Any) -> None:
    imported = fold(sitting("2017-11-22", town))
    members = [seated.member for seated in imported.opened.members]
    for vote in imported.votes.values():
        assert vote.roll is not None
        opened = open_vote(
            n=vote.n,
            item=None,
            motion=vote.motion,
            requirement=MAJORITY,
            members=members,
            present=vote.present,
            no_record=vote.no_record,
            seconds=20,
            at=town.at,
        )
        event = VoteEvent(opened, members)
        for line in vote.roll:
            if line.option in (Option.FOR, Option.AGAINST, Option.ABSTAIN):
                event.apply(town.press(line.member, line.option))
        closed = event.close(town.at, "time")
        assert [(line.member, line.option) for line in closed.roll] == [(x.member, x.option) for x in vote.roll]
        assert (closed.tally, closed.result) == (vote.tally, vote.result)


def test_sittings_exported_verify_and_every_vote_is_counted_anew(town: Any) -> None:
    entries: list[Entry] = []
    for date in REJECTED:
        for entry in sitting(date, town):
            entries.append(Entry(len(entries), entry.sitting, entry.recorded_at, entry.fact))
    report = verify(town.export(entries).splitlines(keepends=True), town.signer.vkey)
    assert report.problems == []
    assert (report.sittings, report.votes) == (3, 102)
