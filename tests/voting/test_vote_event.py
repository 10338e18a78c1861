"""The life of one vote: every move of the table, every press that counts and every one that does not."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.entries import CHOSEN, Option, Result, RollEntry, Tally
from voting.errors import BadOption, NotEntitled, UnknownMember, VoteNotOpen, VotingError, WrongMove
from voting.tally import count
from voting.vote_event import MOVES, Press, State, VoteEvent

OTHER_BOOT = "ff" * 8


def in_state(town: Any, state: State) -> VoteEvent:
    event = VoteEvent(town.vote(), town.members)
    if state is not State.OPEN:
        event.apply(event.close(town.at, "clerk"))
    if state is State.ANNOUNCED:
        event.apply(event.announce(town.at))
    assert event.state is state
    return event


def test_moves_lead_from_open_to_announced_and_nowhere_else() -> None:
    reached, states = {State.OPEN}, set(State)
    for _ in states:
        reached |= {after for (before, _), after in MOVES.items() if before in reached}
    assert reached == states
    assert not [move for state, move in MOVES if state is State.ANNOUNCED]


@pytest.mark.parametrize(("state", "move"), list(itertools.product(State, ["Press", "VoteClosed", "ResultAnnounced"])))
def test_apply_of_every_move_in_every_state_follows_the_table(town: Any, state: State, move: str) -> None:
    moves = {
        "Press": town.press("1001"),
        "VoteClosed": in_state(town, State.OPEN).close(town.at, "clerk"),
        "ResultAnnounced": in_state(town, State.CLOSED).announce(town.at),
    }
    event, fact = in_state(town, state), moves[move]
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
    assert event.close(town.at, "clerk").roll[0] == RollEntry("1001", Option.ABSTAIN, town.boot, 3, town.at)


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
            written.append(Press(member, boot, n, option, town.at))
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


# --- opening and closing ----------------------------------------------------------------------------------------


def test_open_vote_puts_every_list_in_the_order_of_members(town: Any) -> None:
    opened = town.vote(present=("1005", "1002", "1001"), no_record=("1007", "1004"))
    assert (opened.present, opened.entitled, opened.no_record) == (
        ("1001", "1002", "1005"),
        ("1001", "1002", "1005"),
        ("1004", "1007"),
    )
    assert opened.motion_sha256 == hashlib.sha256("Затвердити бюджет".encode()).hexdigest()


@pytest.mark.parametrize("names", [{"present": ("9",)}, {"no_record": ("9",)}, {"recused": ("9",)}])
def test_open_vote_with_a_stranger_is_refused(town: Any, names: dict[str, Any]) -> None:
    with pytest.raises(UnknownMember, match="9 is not a member of this sitting"):
        town.vote(**names)


@pytest.mark.parametrize(
    ("present", "votes_for", "result"),
    [(7, 4, Result.ADOPTED), (7, 3, Result.REJECTED), (4, 4, Result.ADOPTED), (3, 3, Result.NO_QUORUM)],
)
def test_close_at_the_edges_of_majority_and_quorum(town: Any, present: int, votes_for: int, result: Result) -> None:
    opened = town.vote(present=town.members[:present])
    closed = town.closed(opened, dict.fromkeys(town.members[:votes_for], Option.FOR))
    assert closed.result is result
    assert closed.tally == Tally(for_=votes_for, not_voting=present - votes_for, absent=7 - present)
