"""The life of one vote: every move of the table, every press that counts and every one that does not."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.voting.states import in_state
from voting.entries import (
    CHOSEN,
    Clerk,
    Option,
    ResultAnnounced,
    RollEntry,
    VoteVoided,
)
from voting.errors import (
    BadOption,
    NotEntitled,
    VoteNotOpen,
    VotingError,
    WrongMove,
)
from voting.tally import count
from voting.vote_event import MOVES, Press, State, VoteEvent

OTHER_BOOT = "ff" * 8


def test_moves_lead_from_open_to_every_state_and_out_of_void_nowhere() -> None:
    reached, states = {State.OPEN}, set(State) - {State.TIED}  # a tie is a closing, by its result
    for _ in states:
        reached |= {after for (before, _), after in MOVES.items() if before in reached}
    assert reached == states
    assert {state for state in State if not any(before is state for before, _ in MOVES)} == {State.VOIDED}
    assert {before for before, move in MOVES if move is VoteVoided} == set(State) - {State.VOIDED}
    assert [before for before, move in MOVES if move is ResultAnnounced] == [State.CLOSED]


FACTS = {
    "Press": lambda town: town.press("1001"),
    "VoteHeld": lambda town: in_state(town, State.OPEN).hold(town.at, None),
    "VoteResumed": lambda town: in_state(town, State.HELD).resume(town.at, None),
    "VoteClosed": lambda town: in_state(town, State.OPEN).close(town.at, "clerk"),
    "TieDecided": lambda town: in_state(town, State.TIED).decide_tie(town.at, "1001", Option.FOR, Clerk("a", "Аліна")),
    "ResultAnnounced": lambda town: in_state(town, State.CLOSED).announce(town.at),
    "VoteVoided": lambda town: in_state(town, State.OPEN).void(town.at, "збій"),
}


@pytest.mark.parametrize(("state", "move"), list(itertools.product(State, FACTS)))
def test_apply_of_every_move_in_every_state_follows_the_table(town: Any, state: State, move: str) -> None:
    event, fact = in_state(town, state), FACTS[move](town)
    after = MOVES.get((state, type(fact)))
    if after is not None:
        event.apply(fact)
        assert event.state is after
        return
    with pytest.raises(WrongMove, match=f"{move} while vote 1 is {state}"):
        event.apply(fact)
    assert event.state is state


def test_close_and_announce_out_of_turn_are_refused_and_change_nothing(town: Any) -> None:
    with pytest.raises(WrongMove, match="ResultAnnounced while vote 1 is open"):
        in_state(town, State.OPEN).announce(town.at)
    with pytest.raises(WrongMove, match="VoteClosed while vote 1 is closed"):
        in_state(town, State.CLOSED).close(town.at, "time")
    with pytest.raises(WrongMove, match="VoteHeld while vote 1 is held"):
        in_state(town, State.HELD).hold(town.at, None)
    with pytest.raises(WrongMove, match="VoteResumed while vote 1 is open"):
        in_state(town, State.OPEN).resume(town.at, None)
    with pytest.raises(WrongMove, match="TieDecided while vote 1 is closed"):
        in_state(town, State.CLOSED).decide_tie(town.at, "1001", Option.FOR, Clerk("a", "Аліна"))
    with pytest.raises(WrongMove, match="ResultAnnounced while vote 1 is tied"):
        in_state(town, State.TIED).announce(town.at)
    with pytest.raises(WrongMove, match="VoteVoided while vote 1 is voided"):
        in_state(town, State.VOIDED).void(town.at, "збій")
    event = in_state(town, State.OPEN)
    assert event.close(town.at, "time") == event.close(town.at, "time")
    assert event.state is State.OPEN


def test_apply_a_fact_of_another_vote_is_refused(town: Any) -> None:
    other = VoteEvent(town.vote(n=2), town.members).close(town.at, "clerk")
    with pytest.raises(WrongMove, match="VoteClosed of vote 2 for vote 1"):
        in_state(town, State.OPEN).apply(other)


# --- presses ----------------------------------------------------------------------------------------------------


def test_press_that_is_new_is_to_be_written_and_counts_once_applied(town: Any) -> None:
    event = in_state(town, State.OPEN)
    assert event.check_press("1001", town.boot, 1, Option.FOR) is None
    assert event.voted == frozenset()
    event.apply(town.press("1001"))
    assert event.voted == {"1001"}
    assert event.standing == {"1001": town.press("1001")}


def test_press_changed_before_closing_counts_as_the_last(town: Any) -> None:
    event = in_state(town, State.OPEN)
    for n, option in enumerate((Option.FOR, Option.AGAINST, Option.ABSTAIN), 1):
        assert event.check_press("1001", town.boot, n, option) is None
        event.apply(town.press("1001", option, n))
    last = town.press("1001", Option.ABSTAIN, 3)
    assert event.close(town.at, "clerk").roll[0] == RollEntry(
        "1001", Option.ABSTAIN, town.boot, 3, town.at, None, "terminal", "desk-1", last.signature
    )


@pytest.mark.parametrize(("n", "option"), [(5, Option.FOR), (5, Option.AGAINST), (4, Option.AGAINST), (1, Option.FOR)])
def test_press_repeated_or_older_is_answered_with_what_stands(town: Any, n: int, option: Option) -> None:
    event = in_state(town, State.OPEN)
    standing = town.press("1001", Option.FOR, 5)
    event.apply(standing)
    assert event.check_press("1001", town.boot, n, option) is standing
    event.apply(town.press("1001", option, n))
    assert event.standing == {"1001": standing}


def test_press_repeated_after_closing_is_still_answered_and_a_new_one_refused(town: Any) -> None:
    event = in_state(town, State.OPEN)
    event.apply(town.press("1001"))
    event.apply(event.close(town.at, "time"))
    assert event.check_press("1001", town.boot, 1, Option.FOR) == town.press("1001")
    with pytest.raises(VoteNotOpen, match="Press while vote 1 is closed"):
        event.check_press("1001", town.boot, 2, Option.FOR)
    with pytest.raises(VoteNotOpen):
        event.check_press("1002", town.boot, 1, Option.FOR)


def test_press_of_a_restarted_terminal_counts_and_a_late_repeat_of_the_old_start_does_not(town: Any) -> None:
    event = in_state(town, State.OPEN)
    event.apply(town.press("1001", Option.FOR, 7))
    assert event.check_press("1001", OTHER_BOOT, 1, Option.AGAINST) is None
    anew = town.press("1001", Option.AGAINST, 1, OTHER_BOOT)
    event.apply(anew)
    assert event.check_press("1001", town.boot, 7, Option.FOR) is anew
    event.apply(town.press("1001", Option.FOR, 7))
    assert event.standing == {"1001": anew}


def test_press_of_two_terminals_of_one_member_counts_as_the_last_recorded(town: Any) -> None:
    event = in_state(town, State.OPEN)
    event.apply(town.press("1001", Option.FOR, 1))
    event.apply(town.press("1001", Option.AGAINST, 1, OTHER_BOOT))
    assert event.check_press("1001", town.boot, 2, Option.ABSTAIN) is None
    event.apply(town.press("1001", Option.ABSTAIN, 2))
    assert event.standing["1001"].option is Option.ABSTAIN


@pytest.mark.parametrize("member", ["1001", "1002", "1003", "9999"])
def test_press_of_one_not_entitled_is_refused(town: Any, member: str) -> None:
    opened = town.vote(present=town.members[1:], recused=("1002",), no_record=("1003",))
    event = VoteEvent(opened, town.members)
    with pytest.raises(NotEntitled, match=f"{member} is not entitled in vote 1"):
        event.check_press(member, town.boot, 1, Option.FOR)
    with pytest.raises(NotEntitled):
        event.apply(town.press(member))


@pytest.mark.parametrize("option", [option for option in Option if option not in CHOSEN])
def test_press_of_a_passive_option_is_refused(town: Any, option: Option) -> None:
    with pytest.raises(BadOption, match=f"{option} cannot be chosen"):
        in_state(town, State.OPEN).check_press("1001", town.boot, 1, option)


PRESSES = st.lists(
    st.tuples(st.sampled_from(["1001", "1002", "1006"]), st.sampled_from(["a" * 16, "b" * 16]), st.integers(1, 4))
    .map(lambda who: (*who, Option.FOR))
    .flatmap(lambda press: st.sampled_from(CHOSEN).map(lambda option: (*press[:3], option))),
    max_size=30,
)


@given(PRESSES)
def test_presses_in_any_order_leave_what_a_plain_list_of_the_recorded_ones_says(town: Any, presses: list[Any]) -> None:
    event = VoteEvent(town.vote(present=town.members[:5]), town.members)
    written: list[Press] = []
    for member, boot, n, option in presses:
        try:
            stands = event.check_press(member, boot, n, option)
        except VotingError as error:
            assert member == "1006"
            assert error.code == "not_entitled"
            continue
        if stands is None:
            written.append(town.press(member, option, n, boot))
            event.apply(written[-1])
        else:
            assert stands == [press for press in written if press.member == member][-1]
    last = {press.member: press for press in written}
    assert event.standing == last
    again = VoteEvent(event.opened, town.members)  # after a restart
    for press in written:
        again.apply(press)
    closed = event.close(town.at, "time")
    assert again.close(town.at, "time") == closed
    assert [line.member for line in closed.roll] == list(town.members)
    assert closed.tally == count(closed.roll)
    assert {line.member: line.option for line in closed.roll if line.n is not None} == {
        member: press.option for member, press in last.items()
    }
