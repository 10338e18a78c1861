"""What a desk's lamp may say, message by message. No socket, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from council.protocol import (
    ChamberState,
    OwnRequest,
    PressOption,
    Recorded,
    Refused,
    Standing,
    Welcome,
)
from council.state_parts import (
    CandidateView,
    ItemView,
    MemberView,
    RequirementView,
    ResultView,
    SecretView,
    SittingView,
    TallyView,
    VoteView,
)
from hardware.desk import DeskState, Lamp
from hardware.sentences import line

if TYPE_CHECKING:
    from council.message import Message

BOOT, EARLIER = "b" * 16, "e" * 16
AT = "2026-11-22T12:02:20.104Z"
SITTING = SittingView("s", "Рада", "Місто", "I", "ordinary", None, "open", "Europe/Kyiv")
TALLY = TallyView(19, 0, 1, 16, 0, 0, 1)
ADOPTED = ResultView("adopted", {"uk": "Прийнято"}, {"uk": "19 «за»"}, TALLY)


MEMBER = MemberView("m1", "Андрухів", "Олег", None, "m", None)
OTHER = MemberView("m2", "Балог", "Ольга", None, "f", None)
ITEM = ItemView("1", "Про бюджет", "current", None)


def chamber(n: int, state: Any, result: ResultView | None = None, *, more: Any = None, **vote: Any) -> ChamberState:
    need = RequirementView(19, 37, {})
    view = VoteView(n, "1", "Про бюджет", state, need, AT, None, None, None, None, result, **vote)
    return ChamberState(1, SITTING, ITEM, view, **(more or {}))


def standing(n: int, press: Any = None, *, entitled: bool = True, final: Any = None, **changed: Any) -> Standing:
    boot, number, option = press or (None, None, None)
    fields = {"member": MEMBER, **changed}
    return Standing(True, n, entitled, option, boot, number, AT if press else None, final, **fields)


def idle(**changed: Any) -> Standing:
    return Standing(True, None, False, None, None, None, None, None, **{"member": MEMBER, **changed})


def signed(text: str) -> str:
    """A signature that says what was signed."""
    return text.replace("\n", " ")


def press(n: int, option: Any, candidate: int | None = None) -> PressOption:
    text = f"hlasno/press/1 s 1 m1 {option} {'-' if candidate is None else candidate} {BOOT} {n}"
    return PressOption(BOOT, n, 1, option, text, candidate)


def desk(*messages: Message, **welcome: Any) -> DeskState:
    state = DeskState(BOOT, signed)
    state.linked = True
    for message in (Welcome(1, "b1", AT, 4, MEMBER, **welcome), *messages):
        state.hear(message)  # type: ignore[arg-type]
    return state


def test_press_of_an_earlier_start_stands_after_a_restart_of_the_terminal() -> None:
    state = desk(chamber(1, "open"), standing(1, (EARLIER, 9, "for")))
    assert state.lamp is Lamp.RECORDED
    assert state.press("for") is None
    assert state.press("abstain") == press(1, "abstain")
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
    assert state.pending == press(2, "against")


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
        "Голосування закрито. Натискання «За» не записано до закриття. Ваш голос: Не голосував."
    )
    state.hear(Refused("vote_closed", "Голосування вже закрито.", BOOT, 1))
    state.hear(chamber(1, "announced", ADOPTED))
    assert line(state, "uk") == ("Прийнято: 19 «за». Натискання «За» не записано до закриття. Ваш голос: Не голосував.")


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


# --- every kind of vote -----------------------------------------------------------------------------------------------


def test_press_is_signed_for_the_member_who_sits_here_and_in_this_sitting() -> None:
    state = desk(chamber(1, "open"), standing(1))
    assert state.press("for") == press(1, "for")
    assert state.press("against") == press(2, "against")


def test_press_of_one_member_is_never_sent_for_the_next() -> None:
    state = desk(chamber(1, "open"), standing(1))
    state.press("for")
    state.hear(standing(1, member=OTHER))
    assert (state.lamp, state.pending, state.recorded) == (Lamp.OPEN, None, None)
    state.hear(standing(1, member=None))
    assert state.press("for") is None, "nobody sits here"


def test_candidates_have_a_key_each_and_the_last_abstains() -> None:
    candidates = (CandidateView(1, "Балог О."), CandidateView(2, "Гуль І."))
    state = desk(chamber(1, "open", candidates=candidates), standing(1))
    assert state.choices == (("for", 1), ("for", 2), ("abstain", None))
    assert state.press("for", 2) == press(1, "for", 2)
    assert line(state, "uk").startswith("Натиснуто «Гуль І.» — ще не записано")
    state.hear(Recorded(BOOT, 1, 1, "for", AT, candidate=2))
    assert state.press("for", 2) is None
    assert state.press("for", 1) == press(2, "for", 1)
    assert state.lamp is Lamp.CHANGING


@pytest.mark.parametrize(
    ("vote", "stands", "lamp", "says"),
    [
        ({"state": "held"}, {}, Lamp.HELD, "Голосування призупинено. Ви ще не голосували. Клавіші ввімкнуться самі"),
        (
            {"state": "held"},
            {"press": (BOOT, 1, "for")},
            Lamp.HELD,
            "Голосування призупинено. Записано «За» (14:02:20), його збережено.",
        ),
        ({"method": "called", "more": {"call": "Балог О."}}, {}, Lamp.CALLED, "Зараз відповідає: Балог О."),
        ({"method": "called"}, {"called": True}, Lamp.TURN, "Ваша черга. Скажіть уголос. «За», «проти»"),
        ({"method": "entered"}, {}, Lamp.ENTERED, "Це голосування вносить секретар. Голосуйте так, як каже"),
        ({}, {"entitled": False, "recused": True}, Lamp.RECUSED, "Ви заявили конфлікт інтересів."),
        ({}, {"entitled": False}, Lamp.ASIDE, "У цьому голосуванні ви не голосуєте"),
        ({"state": "tied"}, {}, Lamp.TIED, "Голоси розділилися порівну. Вирішує голос головуючого."),
        ({"state": "voided", "void_reason": "Збій."}, {}, Lamp.VOIDED, "Голосування недійсне. Причина: Збій."),
    ],
)
def test_lamp_says_each_kind_of_vote_in_which_no_key_lives(vote: Any, stands: Any, lamp: Lamp, says: str) -> None:
    told = standing(1, stands.pop("press", None), **stands)
    state = desk(chamber(1, vote.pop("state", "open"), **vote), told)
    assert state.lamp is lamp
    assert line(state, "uk").startswith(says)
    assert state.press("against") is None


def test_recused_member_whom_the_quorum_needs_may_press() -> None:
    state = desk(chamber(1, "open", exception=True), standing(1, recused=True))
    assert state.press("for") is not None


@pytest.mark.parametrize("channel", ["called", "entered"])
def test_what_was_said_aloud_is_recorded_as_such(channel: Any) -> None:
    told = Standing(True, 1, True, "for", None, None, AT, None, channel=channel, member=MEMBER)
    state = desk(chamber(1, "open"), told)
    assert state.lamp is Lamp.RECORDED
    head = {"called": "Записано з ваших слів: «За»", "entered": "Внесено секретарем: «За»"}[channel]
    assert line(state, "uk") == f"{head} о 14:02:20. Змінити можна до закриття: натисніть іншу клавішу."
    assert state.press("against") == press(1, "against")


def test_totals_of_a_secret_ballot_are_said_until_a_vote_by_name_opens() -> None:
    words = {"uk": "Прийнято"}, {"uk": "20 «за», потрібно 19 із 37"}
    secret = SecretView(2, "1", "Про обрання", AT, {}, *words, 24, 24, 0, 20, 1, 3)
    state = desk(chamber(1, "announced", ADOPTED, more={"secret": secret}), standing(1, final="for"))
    assert (state.lamp, line(state, "uk")) == (Lamp.SECRET, "Прийнято: 20 «за», потрібно 19 із 37")
    state.hear(chamber(3, "open", more={"secret": None}))
    state.hear(standing(3))
    assert state.lamp is Lamp.OPEN


def test_desk_at_which_nobody_has_signed_in_asks_for_a_card() -> None:
    state = desk(idle(member=None), seat_by="card")
    assert state.lamp is Lamp.EMPTY
    assert line(state, "uk") == "Прикладіть картку. Або наберіть: card і номер, Enter."
    state.hear(Refused("no_card", "Такої картки немає."))
    assert (state.lamp, line(state, "uk")) == (Lamp.REFUSED, "Не прийнято: Такої картки немає.")


def test_floor_is_said_while_no_vote_runs() -> None:
    state = desk(chamber(1, "voided"), idle(request=OwnRequest(4, "reply", 2)))
    state.hear(ChamberState(2, SITTING, ITEM, None))
    assert (state.lamp, line(state, "uk")) == (Lamp.QUEUED, "Ви попросили слово: репліка, номер 2 у черзі")
    state.hear(idle(speaking=True))
    assert (state.lamp, line(state, "uk")) == (Lamp.SPEAKING, "Слово ваше")


def test_result_goes_when_the_next_item_is_called() -> None:
    state = desk(chamber(1, "announced", ADOPTED), standing(1, final="for"))
    assert state.lamp is Lamp.ANNOUNCED
    next_item = ItemView("2", "Про інше", "current", None)
    state.hear(ChamberState(2, SITTING, next_item, chamber(1, "announced", ADOPTED).vote))
    assert state.lamp is Lamp.WAITING


def test_press_of_a_rehearsal_is_never_sent_to_the_sitting() -> None:
    state = desk(chamber(1, "open"), standing(1))
    state.press("for")
    practised = structs.replace(chamber(1, "open"), sitting=structs.replace(SITTING, sitting="s-rehearsal-1"))
    state.hear(practised)
    assert (state.pending, state.lamp) == (None, Lamp.WAITING)
