"""Arrivals, justified absences, seats, the chair, recusals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.voting.states import folded, require_refused
from voting.entries import (
    AbsenceJustified,
    ChairTook,
    MemberArrived,
    RecusalDeclared,
    RecusalWithdrawn,
    SeatLeft,
    SeatTaken,
)
from voting.folder import fold
from voting.record import Movement

AT = "2017-11-22T08:17:51.000Z"


def recused(member: str, item: str = "1", reason: str | None = None) -> RecusalDeclared:
    return RecusalDeclared(AT, member, item, reason, "terminal")


def test_movements_are_kept_with_their_time_and_channel(town: Any) -> None:
    record = folded(town, MemberArrived(AT, "1001", "card"), town.left("1001"), MemberArrived(AT, "1001", "pin"))
    assert record.movements == [
        Movement(1, AT, "1001", True, "card"),
        Movement(2, AT, "1001", False, "console"),
        Movement(3, AT, "1001", True, "pin"),
    ]
    assert (record.present, record.arrived) == ({"1001"}, {"1001"})


def test_absence_justified_and_taken_back(town: Any) -> None:
    one, other = AbsenceJustified(AT, "1001", "відрядження"), AbsenceJustified(AT, "1002", "хвороба")
    assert folded(town, one, other, replace(one, reason="")).justified == {"1002": "хвороба"}
    assert folded(town, one, replace(one, reason="навчання")).justified == {"1001": "навчання"}


def test_seats_begin_as_the_members_desks_and_move(town: Any) -> None:
    record = folded(town)
    assert record.desks == {place + 1: member for place, member in enumerate(town.members)}
    moved = folded(town, SeatTaken(AT, "1001", 9, "card"), SeatTaken(AT, "1002", 1, "console"))
    assert (moved.desks[9], moved.desks[1], 2 in moved.desks) == ("1001", "1002", False)
    assert (moved.desk_of("1001"), moved.desk_of("1002")) == (9, 1)
    taken = folded(town, SeatTaken(AT, "1001", 2, "pin"))  # another's: who sat there sits nowhere now
    assert (taken.desks[2], taken.desk_of("1002"), 1 in taken.desks) == ("1001", None, False)
    assert folded(town, SeatLeft(AT, "1001", 1, "card")).desk_of("1001") is None


def test_chair_is_as_opened_until_another_takes_it(town: Any) -> None:
    assert folded(town).chair is None
    opened = replace(town.opened(), chair="1003")
    assert fold(town.entries(opened)).chair == "1003"
    assert fold(town.entries(opened, ChairTook(AT, "1004"))).chair == "1004"


def test_recusals_are_kept_by_item_and_count_for_all_items_of_a_block(town: Any) -> None:
    record = folded(town, recused("1001", "1", "родич"), recused("1002", "2"), recused("1003", "1"))
    assert record.recusals == {"1": {"1001": "родич", "1003": None}, "2": {"1002": None}}
    assert record.recused(("1",)) == {"1001", "1003"}
    assert record.recused(("1", "2")) == {"1001", "1002", "1003"}
    assert record.recused(()) == set()
    back = folded(town, recused("1001"), RecusalWithdrawn(AT, "1001", "1", "console"))
    assert back.recused(("1",)) == set()


IMPOSSIBLE: dict[str, list[Any]] = {
    "9 is not a member of this sitting": [AbsenceJustified(AT, "9", "х")],
    "the absence of 1001 was not justified before": [AbsenceJustified(AT, "1001", "")],
    "9 is not a member of": [SeatTaken(AT, "9", 1, "card")],
    "1001 took desk 1 and sits there": [SeatTaken(AT, "1001", 1, "card")],
    "1001 left desk 2 and does not sit there": [SeatLeft(AT, "1001", 2, "card")],
    "1001 left desk 9 and does not": [SeatLeft(AT, "1001", 9, "card")],
    "9 is not a": [ChairTook(AT, "9")],
    "1001 took the chair while presiding": [ChairTook(AT, "1001"), ChairTook(AT, "1001")],
    "9 is not": [recused("9")],
    "the recusal is on item 9": [recused("1001", "9")],
    "1001 declared a conflict of interest in item 1 before": [recused("1001"), recused("1001")],
    "1001 declared no conflict of interest in item 1": [RecusalWithdrawn(AT, "1001", "1", "console")],
    "1001 declared no conflict of interest in item 2": [
        recused("1001"),
        RecusalWithdrawn(AT, "1001", "2", "console"),
    ],
}


@pytest.mark.parametrize("words", IMPOSSIBLE)
def test_presence_that_cannot_be_is_refused(town: Any, words: str) -> None:
    require_refused(town, [town.opened(), *IMPOSSIBLE[words]], words)
