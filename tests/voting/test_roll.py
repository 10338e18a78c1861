from __future__ import annotations

from typing import Any

import pytest

from voting.entries import Option
from voting.roll import entitled, passive_option


def test_entitled_leaves_out_the_recused_and_the_unmentioned_in_order() -> None:
    assert entitled(("c", "a", "b", "d"), recused={"a"}, no_record={"d"}) == ("c", "b")


@pytest.mark.parametrize(
    ("member", "option"),
    [
        ("1001", Option.NOT_VOTING),
        ("1002", Option.RECUSED),
        ("1003", Option.NO_RECORD),  # though present
        ("1006", Option.ABSENT),
        ("1007", Option.NO_RECORD),  # though not present
    ],
)
def test_passive_option_of_one_who_chose_nothing(town: Any, member: str, option: Option) -> None:
    opened = town.vote(present=("1001", "1002", "1003"), recused=("1002",), no_record=("1003", "1007"))
    assert opened.entitled == ("1001",)
    assert passive_option(member, opened) is option
