from __future__ import annotations

from dataclasses import astuple
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from voting.entries import Option, RollEntry, Seated, Tally
from voting.tally import by_faction, count

FACTIONS = st.sampled_from(["Схід", "Захід", "Центр", None])


@given(st.lists(st.tuples(st.sampled_from(Option), FACTIONS), min_size=1, max_size=60))
def test_count_adds_up_whole_and_by_faction(lines: list[tuple[Option, str | None]]) -> None:
    members = [Seated(str(n), "Коваль", "І", None, None, faction, None) for n, (_, faction) in enumerate(lines)]
    roll = [RollEntry(str(n), option) for n, (option, _) in enumerate(lines)]
    whole, parts = count(roll), by_faction(roll, members)
    assert sum(astuple(whole)) == len(roll)
    assert [sum(column) for column in zip(*map(astuple, parts.values()), strict=True)] == list(astuple(whole)) * bool(
        roll
    )
    assert set(parts) == {faction for _, faction in lines}


def test_count_puts_each_option_in_its_own_place() -> None:
    roll = [RollEntry(f"{option}{n}", option) for times, option in enumerate(Option, 1) for n in range(times)]
    assert count(roll) == Tally(1, 2, 3, 4, 5, 6, 7)


def test_by_faction_keeps_the_order_of_members_with_none_last(town: Any) -> None:
    members = town.opened().members
    roll = [RollEntry(seated.member, Option.FOR) for seated in members]
    parts = by_faction(roll, members)
    assert list(parts.items()) == [("Схід", Tally(for_=3)), ("Захід", Tally(for_=2)), (None, Tally(for_=2))]
