"""What a desk's lamp may say, message by message. No socket, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from council.protocol import (
    ChamberState,
    PressOption,
    Recorded,
    Refused,
    Standing,
    Welcome,
)
from council.state_parts import RequirementView, ResultView, SittingView, TallyView, VoteView
from hardware.desk import DeskState, Lamp
from hardware.sentences import line

if TYPE_CHECKING:
    from council.message import Message

BOOT, EARLIER = "b" * 16, "e" * 16
AT = "2026-11-22T12:02:20.104Z"
SITTING = SittingView("s", "Рада", "Місто", "I", "ordinary", None, "open", "Europe/Kyiv")
TALLY = TallyView(19, 0, 1, 16, 0, 0, 1)
ADOPTED = ResultView("adopted", {"uk": "Прийнято"}, {"uk": "19 «за»"}, TALLY)


def chamber(n: int, state: Any, result: ResultView | None = None) -> ChamberState:
    vote = VoteView(n, "1", "Про бюджет", state, RequirementView(19, 37, {}), AT, None, None, None, None, result)
    return ChamberState(1, SITTING, None, vote)


def standing(n: int, press: Any = None, *, entitled: bool = True, final: Any = None) -> Standing:
    boot, number, option = press or (None, None, None)
    return Standing(True, n, entitled, option, boot, number, AT if press else None, final)


def desk(*messages: Message) -> DeskState:
    state = DeskState(BOOT)
    state.linked = True
    for message in (Welcome(1, "b1", AT, 4), *messages):
        state.hear(message)  # type: ignore[arg-type]
    return state


def test_press_of_an_earlier_start_stands_after_a_restart_of_the_terminal() -> None:
    state = desk(chamber(1, "open"), standing(1, (EARLIER, 9, "for")))
    assert state.lamp is Lamp.RECORDED
    assert state.press("for") is None
    assert state.press("abstain") == PressOption(BOOT, 1, 1, "abstain")
    assert state.lamp is Lamp.CHANGING


def test_standing_with_the_pending_press_answers_it() -> None:
    state = desk(chamber(1, "open"), standing(1))
    state.press("against")
    state.hear(standing(1, (BOOT, 1, "against")))
    assert (state.lamp, state.pending) == (Lamp.RECORDED, None)


def test_standing_with_an_older_press_leaves_the_latest_pending() -> None:
    state = desk(chamber(1, "open"), standing(1))
    state.press("for")
    state.press("against")
    state.hear(standing(1, (BOOT, 1, "for")))
    assert state.lamp is Lamp.CHANGING
    assert state.pending == PressOption(BOOT, 2, 1, "against")


def test_standing_without_a_press_takes_back_what_the_lamp_said() -> None:
    state = desk(chamber(1, "open"), standing(1, (BOOT, 1, "for")))
    state.hear(standing(1))
    assert (state.lamp, state.recorded) == (Lamp.OPEN, None)


def test_refusal_of_another_press_changes_nothing() -> None:
    state = desk(chamber(1, "open"), standing(1))
    state.press("for")
    state.hear(Refused("vote_closed", "…", EARLIER, 1))
    state.hear(Refused("vote_closed", "…", BOOT, 7))
    assert state.lamp is Lamp.PENDING


def test_refusal_stays_until_the_next_press_and_names_what_stands() -> None:
    state = desk(chamber(1, "open"), standing(1, (EARLIER, 9, "for")))
    state.press("against")
    state.hear(Refused("no_database", "База не відповідає.", BOOT, 1))
    assert state.lamp is Lamp.REFUSED
    assert line(state, "uk") == "Не прийнято: База не відповідає. Записано «За»."
    state.press("against")
    assert state.lamp is Lamp.CHANGING


def test_key_is_dead_without_a_vote_or_for_who_is_not_entitled() -> None:
    assert desk().press("for") is None
    assert desk(chamber(1, "open")).press("for") is None, "the hall has not said yet whether this member votes"
    assert desk(chamber(1, "closed"), standing(1)).press("for") is None
    aside = desk(chamber(1, "open"), standing(1, entitled=False))
    assert (aside.lamp, aside.press("for")) == (Lamp.ASIDE, None)


def test_press_of_the_last_vote_is_not_shown_in_the_next() -> None:
    state = desk(chamber(1, "open"), standing(1))
    state.press("for")
    state.hear(chamber(2, "open"))
    state.hear(standing(2))
    assert (state.lamp, state.recorded, state.undecided) == (Lamp.OPEN, None, None)
    assert state.pending is not None, "it is still sent until it is answered"
    state.hear(Recorded(BOOT, 1, 1, "for", AT))
    assert (state.lamp, state.recorded, state.pending) == (Lamp.OPEN, None, None)


def test_late_press_is_told_beside_the_members_vote() -> None:
    state = desk(chamber(1, "open"), standing(1))
    state.press("for")
    state.hear(chamber(1, "closed"))
    state.hear(standing(1, final="not_voting"))
    assert line(state, "uk") == (
        "Голосування закрито. Натискання «За» не записано до закриття. Ваш голос: Не\N{NO-BREAK SPACE}голосував."
    )
    state.hear(Refused("vote_closed", "Голосування вже закрито.", BOOT, 1))
    state.hear(chamber(1, "announced", ADOPTED))
    assert line(state, "uk") == (
        "Прийнято: 19 «за». Натискання «За» не записано до закриття. Ваш голос: Не\N{NO-BREAK SPACE}голосував."
    )


@pytest.mark.parametrize(
    ("press", "stands", "says"),
    [
        (True, None, "No connection. “Against” is pressed but not yet recorded"),
        (False, (EARLIER, 9, "for"), "No connection. “For” was recorded at 14:02:20"),
        (False, None, "No connection. You have not voted yet"),
    ],
)
def test_cut_off_desk_says_what_is_pressed_and_what_recorded(press: bool, stands: Any, says: str) -> None:
    state = desk(chamber(1, "open"), standing(1, stands))
    if press:
        state.press("against")
    state.linked = False
    assert line(state, "en").startswith(says)
