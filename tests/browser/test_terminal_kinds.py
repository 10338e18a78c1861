"""The seat terminal in every kind and state of a vote, without a screen. Times are ms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

CANDIDATES = [{"candidate": n, "name": f"Кандидат {n}"} for n in (1, 2, 3)]


def of(seen: Any, *names: str) -> list[Any]:
    return [[key[name] for name in names] for key in seen["seen"]["keys"]]


# --- held -----------------------------------------------------------------------------------------------------------


async def test_held_vote_keeps_the_own_record_solid_and_the_keys_dead(t: ModuleType, play: Any) -> None:
    held = [*t.OPEN, t.standing(1, **t.stands()), t.chamber(600, t.vote("held", left_ms=41_000))]
    seen = await play([*held, t.key("against", 1500), t.tick(1600)])
    assert seen["sent"] == []
    assert seen["looks"] == ["kept", "dead", "dead"]
    values = {"option": "for", "time": t.RECORDED_AT}
    assert seen["lamp"] == t.lamp("held", "plain", ["held"], ["held_recorded", values])
    later = await play(held, now="2026-03-01T12:00:50.000Z")
    assert [one["seen"]["countdown"]["ms"] for one in (seen, later)] == [41_000, 41_000]
    assert seen["seen"]["buttons"] == [] and seen["seen"]["leave"] is None


async def test_keys_of_a_resumed_vote_are_deaf_for_a_moment(t: ModuleType, play: Any) -> None:
    resumed = [*t.OPEN, t.chamber(600, t.vote("held", left_ms=41_000)), t.chamber(5000, t.vote())]
    assert (await play([*resumed, t.key("for", 5399), t.tick(5500)]))["sent"] == []
    assert (await play([*resumed, t.key("for", 5400), t.tick(5500)]))["sent"] == [[5500, t.press(1, "for")]]


async def test_press_cut_short_by_a_hold_is_said(t: ModuleType, play: Any) -> None:
    held = t.chamber(550, t.vote("held", left_ms=41_000))
    seen = await play([*t.OPEN, t.key("for", 500), held, t.tick(700)])
    assert seen["sent"] == []
    assert seen["lamp"] == t.lamp("held", "plain", ["held"], ["held_lost", {"option": "for"}])
    seen = await play([*t.OPEN, t.key("for", 500), t.tick(580), {**held, "at": 600}])
    assert seen["lamp"] == t.lamp("sending", "dashed", ["checking_held", {"option": "for"}], ["held_soft"])


# --- candidates -----------------------------------------------------------------------------------------------------


async def test_candidates_have_a_key_each_and_the_last_abstains(t: ModuleType, play: Any) -> None:
    opened = [t.WELCOME, t.chamber(0, t.vote(candidates=CANDIDATES)), t.standing(0)]
    seen = await play([*opened, t.digit(2, 500), t.tick(580)])
    assert seen["sent"] == [[580, t.press(1, "for", 2)]]
    assert of(seen, "option", "candidate", "look") == [
        ["for", 1, "plain"],
        ["for", 2, "pending"],
        ["for", 3, "plain"],
        ["abstain", None, "plain"],
    ]
    assert seen["lamp"]["head"] == ["pending", {"option": "for", "candidate": 2}]
    events = [*opened, t.digit(2, 500), t.tick(580), t.recorded(600, 1, "for", candidate=2), t.digit(3, 900)]
    seen = await play([*events, t.tick(980), t.digit(3, 1500), t.digit(5, 1800), t.tick(1900)])
    assert [message for _, message in seen["sent"]] == [t.press(1, "for", 2), t.press(2, "for", 3)]
    assert of(seen, "look") == [["plain"], ["recorded"], ["pending"], ["plain"]]
    seen = await play([*events[:-1], t.digit(4, 1000), t.tick(1100)])
    assert seen["sent"][-1] == [1100, t.press(2, "abstain")]


async def test_result_of_candidates_names_the_own_choice_and_the_chosen(t: ModuleType, play: Any) -> None:
    tally = dict.fromkeys(("against", "not_voting", "absent", "recused", "no_record"), 0) | {"for": 30, "abstain": 2}
    result = {"result": "adopted", "verdict": {}, "reason": {}, "tally": tally, "counts": [[1, 10], [2, 20]]}
    over = t.vote("announced", candidates=CANDIDATES, result={**result, "chosen": 2})
    own = t.standing(700, **t.stands(candidate=1), final="for", final_candidate=1)
    seen = await play([t.WELCOME, t.chamber(0, over), own])
    assert seen["seen"]["outcome"]["counts"] == [
        {"candidate": 1, "votes": 10, "chosen": False},
        {"candidate": 2, "votes": 20, "chosen": True},
    ]
    assert [seen["seen"]["outcome"]["own"][name] for name in ("option", "candidate")] == ["for", 1]


# --- called, entered, said aloud --------------------------------------------------------------------------------------


async def test_called_roll_call_says_whose_turn_it_is_and_takes_no_key(t: ModuleType, play: Any) -> None:
    called = [t.WELCOME, t.chamber(0, t.vote(method="called", seconds=None), call="Балог О."), t.standing(0)]
    seen = await play([*called, t.digit(1, 500), t.tick(600)])
    assert seen["sent"] == []
    assert seen["looks"] == ["dead", "dead", "dead"]
    assert seen["lamp"] == t.lamp("ring", "plain", ["called_now", {"name": "Балог О."}], ["called_soft"])
    assert seen["seen"]["panel"] is None


async def test_own_turn_in_a_called_roll_call_fills_the_keys_place(t: ModuleType, play: Any) -> None:
    vote = t.vote(method="called", seconds=None)
    called = [t.WELCOME, t.chamber(0, vote, call="А Б."), t.standing(0, called=True)]
    seen = await play(called)
    assert seen["looks"] is None
    assert seen["seen"]["panel"]["head"] == ["turn"]
    told = t.standing(900, option="for", recorded_at=t.RECORDED_AT, channel="called")
    seen = await play([*called, told])
    assert seen["seen"]["panel"] is None
    assert of(seen, "look", "aloud") == [["kept", True], ["dead", False], ["dead", False]]
    assert seen["lamp"]["head"] == ["recorded_called", {"option": "for"}]


async def test_answer_aloud_in_a_vote_by_keys_is_shown_as_such_and_can_be_changed(t: ModuleType, play: Any) -> None:
    told = t.standing(600, option="for", recorded_at=t.RECORDED_AT, channel="called")
    seen = await play([*t.OPEN, told])
    assert of(seen, "look", "aloud") == [["recorded", True], ["plain", False], ["plain", False]]
    assert seen["lamp"] == t.lamp(
        "for", "recorded", ["recorded_called", {"option": "for"}], ["recorded_soft", {"time": t.RECORDED_AT}]
    )
    seen = await play([*t.OPEN, told, t.key("against", 900), t.tick(980), t.recorded(999, 1, "against")])
    assert seen["sent"] == [[980, t.press(1, "against")]]
    assert of(seen, "look", "aloud") == [["plain", False], ["recorded", False], ["plain", False]]


async def test_vote_entered_by_hand_takes_no_key(t: ModuleType, play: Any) -> None:
    seen = await play([t.WELCOME, t.chamber(0, t.vote(method="entered")), t.standing(0), t.key("for", 500)])
    assert seen["looks"] == ["dead", "dead", "dead"]
    assert seen["lamp"] == t.lamp("ring", "plain", ["entered"], ["entered_soft"])


# --- recused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("voting", [False, True])
async def test_recused_member_sees_one_panel_instead_of_keys(t: ModuleType, play: Any, voting: bool) -> None:
    told = t.standing(0, entitled=False, recused=True)
    seen = await play([t.WELCOME, t.chamber(0, t.vote() if voting else None), told, t.key("for", 500), t.tick(600)])
    assert seen["sent"] == [] and seen["looks"] is None
    assert seen["seen"]["panel"]["text"] == ["recused_text", {"item": "1"}]
    why = {"since": ["recused_since", {"time": t.RECUSED_AT}], "source": {"uk": "ст. 59-1", "en": "art. 59-1"}}
    assert seen["seen"]["panel"]["why"] == why
    assert "9" not in [button["control"] for button in seen["seen"]["buttons"]]


async def test_recused_member_is_told_that_the_quorum_may_need_the_vote(t: ModuleType, play: Any) -> None:
    told = t.standing(0, entitled=False, recused=True)
    told["recusal"] = {**told["recusal"], "exception": True}
    before, voting = [await play([t.WELCOME, t.chamber(0, vote), told]) for vote in (None, t.vote())]
    assert before["seen"]["panel"]["text"][0] == "recused_unless"
    assert voting["seen"]["panel"]["text"][0] == "recused_text", "in a vote that runs it is decided"


async def test_recused_member_whom_the_quorum_needs_votes_and_is_told_why(t: ModuleType, play: Any) -> None:
    opened = [t.WELCOME, t.chamber(0, t.vote(exception=True)), t.standing(0, recused=True)]
    seen = await play([*opened, t.key("for", 500), t.tick(580)])
    assert seen["sent"] == [[580, t.press(1, "for")]]
    assert (seen["seen"]["panel"], seen["seen"]["exception"]) == (None, True)


async def test_recusal_ends_with_its_item(t: ModuleType, play: Any) -> None:
    told = [t.standing(0, recused=True, vote_n=None, entitled=False), t.chamber(900, item="2")]
    seen = await play([t.WELCOME, t.chamber(0), *told, t.standing(901, vote_n=None, entitled=False)])
    assert (seen["looks"], seen["seen"]["panel"]) == (["dead", "dead", "dead"], None)


# --- over -----------------------------------------------------------------------------------------------------------


async def test_void_vote_says_its_reason_and_that_the_own_vote_does_not_count(t: ModuleType, play: Any) -> None:
    void = t.chamber(900, t.vote("voided", closed_at=None, void_reason="Пульти не працювали."))
    seen = await play([*t.OPEN, t.standing(1, **t.stands()), void])
    outcome = seen["seen"]["outcome"]
    assert (outcome["verdict"], outcome["tally"]) == ({"say": ["voided"]}, None)
    assert outcome["reason"] == {"say": ["void_reason", {"reason": "Пульти не працювали."}]}
    assert outcome["own"] == {"option": "for", "candidate": None, "note": ["your_vote_void"]}


async def test_tie_says_that_the_chair_decides(t: ModuleType, play: Any) -> None:
    tied = t.chamber(900, t.vote("tied"))
    seen = await play([*t.OPEN, tied, t.standing(901, **t.stands(), final="for")])
    outcome = seen["seen"]["outcome"]
    assert (outcome["verdict"], outcome["reason"]) == ({"say": ["tied"]}, {"say": ["tied_soft"]})
    assert outcome["own"]["note"] == ["your_vote_time", {"time": t.RECORDED_AT}]


@pytest.mark.parametrize("channel", ["called", "entered"])
async def test_own_vote_in_the_result_says_how_it_came(t: ModuleType, play: Any, channel: str) -> None:
    told = t.standing(901, option="for", channel=channel, final="for")
    seen = await play([*t.OPEN, t.chamber(900, t.vote("closed")), told])
    assert seen["seen"]["outcome"]["own"]["note"] == [f"your_vote_{channel}"]


async def test_requirement_of_the_motion_that_waits_is_shown(t: ModuleType, play: Any) -> None:
    needed = {"needed": 19, "seats": 37, "text": {"uk": "більшість"}}
    idle = t.standing(0, vote_n=None, entitled=False)
    assert (await play([t.WELCOME, t.chamber(0, requirement=needed), idle]))["seen"]["requirement"] == needed
    assert (await play([t.WELCOME, t.chamber(0, t.vote("closed"), requirement=needed)]))["seen"]["requirement"] is None


async def test_secret_ballot_shows_totals_and_nobodys_vote(t: ModuleType, play: Any) -> None:
    words = {"ground": {}, "verdict": {"uk": "Прийнято"}, "reason": {}, "at": t.RECORDED_AT}
    secret = {"n": 2, "item": "1", "title": "Про обрання", **words, "for": 20, "against": 1, "abstain": 3, "invalid": 0}
    told = t.chamber(900, t.vote("announced"), secret={**secret, "candidates": [], "counts": [], "chosen": None})
    seen = await play([*t.OPEN, told, t.standing(901, **t.stands(), final="for")])
    assert seen["seen"]["outcome"]["tally"] == {"for": 20, "against": 1, "abstain": 3}
    assert (seen["seen"]["outcome"]["own"], seen["looks"]) == (None, None)
    assert seen["seen"]["kicker"] == ["item_secret_vote", {"item": "1", "n": 2}]
    void = {**told, "secret": {**told["secret"], "void_reason": "Зайвий бюлетень", "reason": {"uk": "Зайвий бюлетень"}}}
    seen = await play([*t.OPEN, void, t.standing(901, **t.stands(), final="for")])
    outcome = seen["seen"]["outcome"]
    assert (outcome["void"], outcome["tally"], outcome["counts"], outcome["own"]) == (True, None, [], None)
    assert outcome["reason"] == {"texts": {"uk": "Зайвий бюлетень"}}
    again = await play([*t.OPEN, {**told, "vote": t.vote(n=3)}, t.standing(901, vote_n=3)])
    assert again["looks"] == ["open", "open", "open"], "a vote by name that runs is what matters"


async def test_press_of_a_rehearsal_is_never_sent_to_the_sitting(t: ModuleType, play: Any) -> None:
    ended = t.chamber(600, t.vote())
    ended["sitting"]["sitting"] = "the real one"
    seen = await play([*t.OPEN, t.key("for", 500), t.tick(580), ended, {**t.WELCOME, "at": 700}, t.tick(5000)])
    assert [at for at, _ in seen["sent"]] == [580]
    assert seen["looks"] == ["dead", "dead", "dead"], "until the hall has said who may vote"


async def test_answer_entered_for_a_member_goes_with_its_vote_when_another_item_is_called(
    t: ModuleType, play: Any
) -> None:
    told = t.standing(600, option="for", recorded_at=t.RECORDED_AT, channel="entered")
    vote = t.vote("announced", method="entered", seconds=None)
    seen = await play([t.WELCOME, t.chamber(0, t.vote(method="entered", seconds=None)), told, t.chamber(900, vote)])
    assert seen["looks"] is None  # the result stands in their place
    seen = await play([t.WELCOME, t.chamber(0, vote), told, t.chamber(900, vote, item="2")])
    assert of(seen, "look", "aloud") == [["dead", False], ["dead", False], ["dead", False]]
