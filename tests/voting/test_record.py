"""The fold: a sitting from its entries, and the entries that cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from tests.voting.states import require_refused
from voting import fold_agenda, fold_floor, fold_footage, fold_presence, fold_votes
from voting.entries import (
    AgendaPublished,
    Clerk,
    CorrectionNoted,
    Document,
    DocumentAttached,
    Entry,
    Fact,
    Imported,
    MemberLeft,
    MinutesPublished,
    Option,
    Result,
    ResultAnnounced,
    SittingClosed,
    SittingOpened,
    Source,
    Tally,
    TerminalEnrolled,
    TerminalRevoked,
    VoteClosed,
    VoteOpened,
    VoteVoided,
)
from voting.errors import FoldError
from voting.folder import Folder, fold, fold_all

PAPER = Document("протокол.pdf", "cd" * 32, 4096)


def agenda(town: Any, version: int) -> AgendaPublished:
    return AgendaPublished(town.at, version, "XXX сесія", "2017-11-22", town.opened().agenda)


SOURCE = Source("Міська рада, відкриті дані", "ab" * 32)


def test_fold_of_a_whole_sitting_tells_what_happened(town: Any) -> None:
    record = fold(town.whole())
    assert (record.sitting, record.opened_seq, record.last_seq, record.closed_seq) == (town.sitting, 0, 17, 17)
    assert (record.opened_at, record.closed_at) == (town.at, town.at)
    assert record.present == set(town.members[1:])
    assert record.arrived == set(town.members)
    assert {item.item: (item.title, item.votes, item.called_seq) for item in record.items.values()} == {
        "1": ("Про бюджет", [1], [8]),
        "2": ("Різне", [2], [13]),
    }
    assert record.current_item == "2"
    assert record.open_vote is None
    first, second = record.votes[1], record.votes[2]
    assert (first.state, first.opened_seq, first.closed_seq, first.cause) == ("announced", 9, 10, "clerk")
    assert (first.tally, first.result) == (Tally(for_=5, not_voting=2), Result.ADOPTED)
    assert (second.tally, second.result) == (Tally(3, 1, 1, 0, 1, 0, 1), Result.REJECTED)
    assert second.no_record == ("1003",)
    assert second.roll is not None
    assert [line.option for line in second.roll][:3] == [Option.ABSENT, Option.FOR, Option.NO_RECORD]


def test_folder_fed_entry_by_entry_shows_each_state_of_a_vote(town: Any) -> None:
    folder, seen = Folder(town.sitting), []
    assert folder.record is None
    for entry in town.whole():
        folder.feed(entry)
        assert folder.record is not None
        assert folder.record.last_seq == entry.seq
        open_vote = folder.record.open_vote
        seen.append((open_vote and open_vote.n, [vote.state for vote in folder.record.votes.values()]))
    assert seen[8:12] == [(None, []), (1, ["open"]), (None, ["closed"]), (None, ["announced"])]
    assert seen[14:17] == [
        (2, ["announced", "open"]),
        (None, ["announced", "closed"]),
        (None, ["announced", "announced"]),
    ]


def test_fold_all_of_interleaved_sittings_keeps_them_apart(town: Any) -> None:
    one = town.entries(town.opened(), *town.arrived("1001"), start=1)
    other = town.entries(replace(town.opened(), held_on="2017-11-23"), sitting="town-council-2017-11-23", start=0)
    imported = Entry(3, None, town.at, Imported(town.at, SOURCE, 0, 0))
    records = fold_all(sorted([*one, *other, imported], key=lambda entry: entry.seq))
    assert list(records) == ["town-council-2017-11-23", town.sitting]
    assert records[town.sitting].present == {"1001"}
    assert records["town-council-2017-11-23"].present == set()


def test_fold_of_an_imported_sitting_needs_no_times_and_no_arrivals(town: Any) -> None:
    opened = replace(town.opened(), at=None, imported=SOURCE)
    vote = replace(town.vote(), at=None)
    closed = replace(town.closed(town.vote(), {}), cause="import")
    imported = Imported(town.at, SOURCE, 1, 0)
    record = fold(town.entries(imported, opened, vote, closed, SittingClosed(None), imported))
    assert (record.imported, record.opened_at, record.closed_at, record.closed_seq) == (SOURCE, None, None, 4)
    assert record.votes[1].opened_at is None
    assert record.last_seq == 5


def test_fold_of_an_item_called_off_the_agenda_puts_it_at_the_end(town: Any) -> None:
    record = fold(town.entries(town.opened(), town.called("7a", "Нове питання"), town.vote(item="7a")))
    assert list(record.items) == ["1", "2", "7a"]
    assert record.items["7a"].votes == [1]


def test_fold_of_an_item_called_twice_keeps_both_times(town: Any) -> None:
    record = fold(town.entries(town.opened(), town.called("1"), town.called("2", "Різне"), town.called("1")))
    assert record.items["1"].called_seq == [1, 3]


def test_agendas_and_documents_from_before_the_opening_are_in_the_record(town: Any) -> None:
    attached = DocumentAttached(town.at, None, PAPER)
    folder = Folder(town.sitting)
    first, paper, second, opened, third = town.entries(
        agenda(town, 1), attached, agenda(town, 2), town.opened(), agenda(town, 3)
    )
    folder.feed(first)
    folder.feed(paper)
    folder.feed(second)
    assert folder.record is None
    assert [version.version for version in folder.agenda_versions] == [1, 2]
    folder.feed(opened)
    folder.feed(third)
    assert folder.record is not None
    assert [version.version for version in folder.record.agenda_versions] == [1, 2, 3]
    assert folder.record.documents == [attached]


def test_after_the_closing_minutes_documents_and_corrections_follow_and_nothing_else(town: Any) -> None:
    closed = town.closed(town.vote(), {"1001": Option.FOR})
    correction = CorrectionNoted(
        town.at, 1, "1001", Option.FOR, Option.AGAINST, "помилка", Clerk("a", "Аліна"), Clerk("b", "Богдан")
    )
    minutes = [MinutesPublished(town.at, PAPER), MinutesPublished(town.at, replace(PAPER, name="протокол-2.pdf"))]
    attached = DocumentAttached(town.at, "1", PAPER)
    facts = [town.opened(), town.vote(), closed, ResultAnnounced(town.at, 1), SittingClosed(town.at)]
    record = fold(town.entries(*facts, minutes[0], correction, attached, minutes[1]))
    assert (record.minutes, record.votes[1].corrections, record.documents) == (minutes[1], [correction], [attached])
    assert record.closed_seq == 4
    for fact in (*town.arrived("1001"), VoteVoided(town.at, 1, "пізно"), town.called("1"), SittingClosed(town.at)):
        require_refused(town, [*facts, fact], f"{type(fact).__name__} after the sitting was closed")


def test_every_kind_of_fact_has_its_place_in_the_fold() -> None:
    outside = {Imported, TerminalEnrolled, TerminalRevoked, SittingOpened, SittingClosed}
    parts = [fold_agenda.FOLDS, fold_presence.FOLDS, fold_floor.FOLDS, fold_votes.FOLDS, fold_footage.FOLDS]
    kinds = [kind for part in parts for kind in part]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) | outside == set(get_args(Fact))


def test_fold_of_nothing_or_of_a_sitting_that_never_opened_is_refused(town: Any) -> None:
    with pytest.raises(ValueError, match="no sitting opened"):
        fold([])
    with pytest.raises(ValueError, match="no sitting opened"):
        fold(town.entries(Imported(town.at, SOURCE, 0, 3)))
    assert fold_all(town.entries(Imported(town.at, SOURCE, 0, 3))) == {}


IMPOSSIBLE: dict[str, Any] = {
    "ResultAnnounced before the sitting was opened": lambda t: [ResultAnnounced(t.at, 1)],
    "the sitting was opened before": lambda t: [t.opened(), t.opened()],
    "9 is not a member of this sitting": lambda t: [t.opened(), *t.arrived("9")],
    "1001 arrived while present": lambda t: [t.opened(), *t.arrived("1001", "1001")],
    "1001 left while not present": lambda t: [t.opened(), MemberLeft(t.at, "1001", "terminal")],
    "vote 2 follows vote 0": lambda t: [t.opened(), t.vote(2)],
    "VoteOpened while vote 1 is open": lambda t: [t.opened(), t.vote(1), t.vote(2)],
    "vote 1 is on item 9, which is neither": lambda t: [t.opened(), t.vote(item="9")],
    "present: 1001 is named twice": lambda t: [t.opened(), replace(t.vote(), present=("1001", "1001"))],
    "entitled: 1001 is named twice": lambda t: [t.opened(), replace(t.vote(), entitled=("1001", "1001"))],
    "x is not a member": lambda t: [t.opened(), replace(t.vote(), no_record=("x",))],
    "vote 1 was never opened": lambda t: [t.opened(), t.closed(t.vote(), {})],
    "vote 4 was never opened": lambda t: [t.opened(), ResultAnnounced(t.at, 4)],
    "VoteClosed while vote 1 is closed": lambda t: [
        t.opened(),
        t.vote(),
        t.closed(t.vote(), {}),
        t.closed(t.vote(), {}),
    ],
    "ResultAnnounced while vote 1 is open": lambda t: [t.opened(), t.vote(), ResultAnnounced(t.at, 1)],
    "ResultAnnounced while vote 1 is announced": lambda t: [
        t.opened(),
        t.vote(),
        t.closed(t.vote(), {}),
        ResultAnnounced(t.at, 1),
        ResultAnnounced(t.at, 1),
    ],
    "the roll of vote 1 does not list each member once": lambda t: [
        t.opened(),
        t.vote(),
        replace(t.closed(t.vote(), {}), roll=t.closed(t.vote(), {}).roll[::-1]),
    ],
    "SittingClosed while vote 1 is open": lambda t: [t.opened(), t.vote(), SittingClosed(t.at)],
    "ItemCalled while vote 1 is open": lambda t: [t.opened(), t.vote(), t.called("2")],
    "desk: 1 is named twice": lambda t: [
        replace(t.opened(), members=(*t.opened().members[:1], replace(t.opened().members[1], desk_no=1)))
    ],
    "x is not a member of this": lambda t: [replace(t.opened(), chair="x")],
    "TerminalEnrolled belongs to no sitting": lambda t: [t.opened(), t.terminals()[0]],
    "TerminalEnrolled belongs to": lambda t: [t.terminals()[0]],
    "AgendaPublished after the sitting was closed": lambda t: [t.opened(), SittingClosed(t.at), agenda(t, 1)],
    "MinutesPublished before the sitting was opened": lambda t: [MinutesPublished(t.at, PAPER)],
    "VoteOpened after the sitting was closed": lambda t: [t.opened(), SittingClosed(t.at), t.vote()],
    "member: 1001 is named twice": lambda t: [replace(t.opened(), members=t.opened().members[:1] * 2)],
    "agenda item: 1 is named twice": lambda t: [replace(t.opened(), agenda=t.opened().agenda[:1] * 2)],
}


@pytest.mark.parametrize("words", IMPOSSIBLE)
def test_feed_what_cannot_have_happened_names_the_entry_and_changes_nothing(town: Any, words: str) -> None:
    require_refused(town, IMPOSSIBLE[words](town), words)


def test_feed_an_entry_of_another_sitting_or_out_of_order_is_refused(town: Any) -> None:
    folder = Folder(town.sitting)
    folder.feed(town.entries(town.opened(), start=5)[0])
    with pytest.raises(FoldError, match="belongs to other, not to town"):
        folder.feed(Entry(6, "other", town.at, town.arrived("1001")[0]))
    with pytest.raises(FoldError, match="it comes after entry 5"):
        folder.feed(Entry(5, town.sitting, town.at, town.arrived("1001")[0]))
    with pytest.raises(FoldError, match="belongs to no sitting"):
        fold([Entry(0, None, town.at, town.opened())])


def test_fold_needs_every_entry_of_a_vote(town: Any) -> None:
    """Leaving out any one entry of the votes is noticed, but for the announcement."""
    whole = town.whole()
    for left_out in whole:
        rest = [entry for entry in whole if entry is not left_out]
        if isinstance(left_out.fact, VoteOpened | VoteClosed):
            with pytest.raises(FoldError):
                fold(rest)
