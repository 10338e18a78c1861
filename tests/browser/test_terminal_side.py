"""A seat terminal beside voting, without a screen: presence, the floor, recusal, receipts, signing in. Times are ms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType


def idle(t: ModuleType, at: int = 0, **changed: Any) -> Any:
    return t.standing(at, **{"vote_n": None, "entitled": False, **changed})


def waiting(t: ModuleType, **changed: Any) -> list[Any]:
    """An item is called, no vote is open."""
    return [t.WELCOME, t.chamber(0), idle(t, **changed)]


def controls(seen: Any) -> dict[str, str]:
    return {button["control"]: button["word"] for button in seen["seen"]["buttons"]}


# --- presence -------------------------------------------------------------------------------------------------------


async def test_absent_member_registers_once_and_never_by_a_key_that_has_just_appeared(t: ModuleType, play: Any) -> None:
    absent = waiting(t, present=False)
    assert (await play([*absent, t.digit(7, 399), t.tick(500)]))["sent"] == []
    assert (await play([*absent, t.do("7", 399)]))["sent"] == []
    seen = await play([*absent, t.digit(7, 400), t.tick(480), t.digit(7, 900), t.tick(980)])
    assert seen["sent"] == [[480, {"type": "Arrive"}]]
    assert seen["seen"]["buttons"] == [{"control": "7", "word": "arriving", "busy": True, "dead": False}]
    seen = await play([*absent, t.digit(7, 400), t.tick(480), idle(t, 600)])
    assert controls(seen) == {"0": "ask", "9": "recuse"}


async def test_leaving_is_asked_once_more(t: ModuleType, play: Any) -> None:
    asked = [*waiting(t), t.digit(7, 500), t.tick(580)]
    seen = await play(asked)
    assert seen["sent"] == []
    assert [answer["control"] for answer in seen["seen"]["menu"]["answers"]] == ["Enter", "Escape"]
    assert (await play([*asked, t.do("Escape", 1000), t.do("Enter", 1500)]))["sent"] == []
    assert (await play([*asked, t.do("Enter", 979)]))["sent"] == [], "what has just appeared is deaf"
    assert (await play([*asked, t.do("Enter", 980)]))["sent"] == [[980, {"type": "Leave"}]]


# --- the floor ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("digit", "kind"), [(1, "speech"), (2, "reply"), (3, "question"), (4, "point_of_order")])
async def test_floor_is_asked_for_by_its_kind(t: ModuleType, play: Any, digit: int, kind: str) -> None:
    asked = [*waiting(t), t.digit(0, 500), t.tick(580), t.digit(digit, 1000), t.tick(1080)]
    seen = await play(asked)
    assert seen["sent"] == [[1080, {"type": "AskFloor", "floor": kind}]]
    assert seen["seen"]["menu"] is None


async def test_request_for_the_floor_shows_its_place_and_is_withdrawn_by_the_same_key(t: ModuleType, play: Any) -> None:
    queued = waiting(t, request={"request": 5, "floor": "reply", "place": 2})
    seen = await play(queued)
    assert controls(seen)["0"] == "withdraw"
    assert seen["lamp"] == t.lamp("ring", "plain", ["queued", {"place": 2, "kind": "reply"}], ["queued_soft"])
    seen = await play([*queued, t.digit(0, 500), t.tick(580)])
    assert seen["sent"] == [[580, {"type": "WithdrawFloor", "request": 5}]]
    request = {"request": 5, "floor": "reply", "place": 2}
    stands = t.standing(1, **t.stands("for", 1), final="for", request=request)
    over = [t.WELCOME, t.chamber(0, t.vote("closed")), stands]
    assert (await play(over))["lamp"]["head"] == ["queued", {"place": 2, "kind": "reply"}]  # beside a result too


def speech(**changed: Any) -> dict[str, Any]:
    who = {"speech": 1, "member": "m1", "family_name": "А", "given_name": "Б", "faction": None, "desk_no": 1}
    running = {"seconds": 180, "paused": False, "ends_at": "2026-03-01T12:02:02.000Z", "left_ms": None, "used_ms": 0}
    return {**who, "floor": "speech", "item": "1", "started_at": "2026-03-01T11:59:02.000Z", **running, **changed}


@pytest.mark.parametrize(
    ("now", "ms", "phase", "label"),
    [
        ("2026-03-01T12:00:20.000Z", 102_000, "running", "speech_left"),
        ("2026-03-01T12:01:35.000Z", 27_000, "running", "speech_left"),
        ("2026-03-01T12:01:40.000Z", 22_000, "last", "speech_left"),
        ("2026-03-01T12:02:14.000Z", 12_000, "over", "speech_over"),
    ],
)
async def test_speaker_sees_the_own_time_large(
    t: ModuleType, play: Any, now: str, ms: int, phase: str, label: str
) -> None:
    told = [t.WELCOME, t.chamber(0, speech=speech(), warning_seconds=25), idle(t, speaking=True)]
    seen = await play(told, now=now)
    timer = seen["seen"]["timer"]
    assert (timer["ms"], timer["phase"], timer["label"]) == (ms, phase, label)
    assert seen["lamp"]["head"] == ["speaking"]


async def test_paused_speech_stands_still_and_others_see_who_speaks(t: ModuleType, play: Any) -> None:
    paused = speech(paused=True, ends_at=None, left_ms=50_000)
    seen = await play([t.WELCOME, t.chamber(0, speech=paused), idle(t, speaking=True)])
    assert (seen["seen"]["timer"]["ms"], seen["seen"]["timer"]["label"]) == (50_000, "speech_paused")
    seen = await play([t.WELCOME, t.chamber(0, speech=speech()), idle(t)])
    assert seen["seen"]["timer"] is None
    assert seen["seen"]["kicker"] == ["considering_speaker", {"item": "1", "name": "А"}]


# --- a conflict of interest -------------------------------------------------------------------------------------------


async def test_conflict_of_interest_is_asked_once_more(t: ModuleType, play: Any) -> None:
    asked = [*waiting(t), t.digit(9, 500), t.tick(580)]
    seen = await play(asked)
    assert seen["seen"]["menu"]["ask"] == ["recuse_ask", {"item": "1"}]
    seen = await play([*asked, t.do("Enter", 1000)])
    assert seen["sent"] == [[1000, {"type": "DeclareRecusal", "item": "1"}]]


async def test_question_vanishes_when_a_vote_opens(t: ModuleType, play: Any) -> None:
    asked = [*waiting(t), t.digit(0, 500), t.tick(580), t.chamber(900, t.vote()), t.standing(901)]
    seen = await play([*asked, t.digit(1, 950), t.tick(1100)])
    assert seen["sent"] == [] and seen["seen"]["menu"] is None
    assert seen["seen"]["buttons"] == [] and seen["seen"]["leave"] is None
    seen = await play([*asked, t.chamber(2000, t.vote("closed")), t.digit(1, 2500), t.tick(2600)])
    assert seen["sent"] == [] and seen["seen"]["menu"] is None, "and does not come back after it"


# --- the receipt ----------------------------------------------------------------------------------------------------


async def test_receipt_of_the_counted_press_can_be_kept_after_the_vote(t: ModuleType, play: Any) -> None:
    signed = [t.recorded(600, 1, "for", receipt="c2ln"), t.key("against", 900), t.tick(980)]
    events = [*t.OPEN, t.key("for", 500), t.tick(580), *signed]
    assert "8" not in controls(await play(events))
    over = [t.chamber(2000, t.vote("closed")), t.standing(2001, **t.stands("against", 2), final="against")]
    assert "8" not in controls(await play([*events, *over])), "the receipt of an earlier press is not that of the vote"
    done = [*events, t.recorded(990, 2, "against", receipt="b3Ro"), *over]
    assert controls(await play(done)) == {"0": "ask", "8": "receipt", "9": "recuse"}
    seen = await play([*done, t.digit(8, 2500), t.tick(2580)])
    assert seen["sent"][2:] == []
    assert (seen["seen"]["receipt"]["n"], seen["seen"]["receipt"]["receipt"]) == (2, "b3Ro")
    kept = seen["seen"]["receipt"]
    assert "8" in controls(await play([t.WELCOME, *over], kept=kept)), "a page loaded anew has it"
    for whose, what in ((t.OTHER, kept), (t.MEMBER, {**kept, "sitting": "another"})):
        seen = await play([{**t.WELCOME, "member": whose}, over[0], {**over[1], "member": whose}], kept=what)
        assert seen["state"]["receipt"] is None, "it is of this member and this sitting, or nobody's"
    nobody = await play([{**t.WELCOME, "member": None}], kept=kept)
    assert nobody["state"]["receipt"] is None


# --- who sits here --------------------------------------------------------------------------------------------------


def empty(t: ModuleType, by: str, **changed: Any) -> list[Any]:
    welcome = {**t.WELCOME, "seat_by": by, "member": None, "members": [t.MEMBER, t.OTHER]}
    return [welcome, t.chamber(0), idle(t, present=False, member=None, **changed)]


async def test_card_reader_signs_a_member_in(t: ModuleType, play: Any) -> None:
    typed = [t.digit(digit, 500 + i) for i, digit in enumerate("70012349")]
    seen = await play([*empty(t, "card"), *typed, t.do("Enter", 510), t.tick(700)])
    assert seen["sent"] == [[510, {"type": "TakeSeat", "card": "70012349"}]]
    assert seen["lamp"]["head"] == ["signing_in"]
    seen = await play([*empty(t, "card"), *typed, t.do("Enter", 510), idle(t, 600, present=True)])
    assert seen["seen"]["seat"] is None and seen["seen"]["member"] == t.MEMBER


async def test_card_at_a_seat_that_is_taken_presses_nothing(t: ModuleType, play: Any) -> None:
    typed = [t.digit(digit, 1000 + 8 * i) for i, digit in enumerate("9050701")]
    assert (await play([*waiting(t), *typed, t.tick(1500)]))["sent"] == []
    seen = await play([*t.OPEN, *[t.digit(digit, 1000 + 8 * i) for i, digit in enumerate("4050601")], t.tick(1500)])
    assert seen["sent"] == []


async def test_card_at_a_seat_that_is_taken_is_told_who_sits_there(t: ModuleType, play: Any) -> None:
    typed = [t.digit(digit, 1000 + 8 * i) for i, digit in enumerate("9050")]
    sits = [{**t.WELCOME, "seat_by": "card"}, t.chamber(0), idle(t)]
    seen = await play([*sits, *typed, t.tick(1100)])
    assert (seen["sent"], seen["lamp"]["band"]) == ([], "inverted")
    assert seen["lamp"]["head"][0] == "seat_taken"
    assert t.MEMBER["family_name"] in seen["lamp"]["head"][1]["name"]
    assert seen["lamp"]["soft"] == ["seat_taken_soft"]
    away = await play([*sits[:2], idle(t, present=False), *typed, t.tick(1100)])
    assert away["lamp"]["soft"] == ["seat_taken_clerk"], "key 7 would register who sits there, not free the seat"
    assert (await play([*sits, *typed, t.tick(7100)]))["lamp"]["head"] == ["waiting"]
    few = await play([*sits, *typed[:3], t.tick(1100)])
    assert few["lamp"]["head"] == ["waiting"], "three keys at once may be a hand"
    assert (await play([*waiting(t), *typed, t.tick(1100)]))["lamp"]["head"] == ["waiting"], "a hall without cards"


async def test_pin_is_never_shown_and_is_of_the_usual_member_or_of_who_was_chosen(t: ModuleType, play: Any) -> None:
    typed = [t.digit(digit, 500 + 200 * i) for i, digit in enumerate("4821")]
    usual = empty(t, "pin", usual=t.MEMBER)
    seen = await play([*usual, *typed])
    assert seen["seen"]["seat"]["typed"] == 4 and "4821" not in str(seen["seen"])
    seen = await play([*usual, *typed, t.do("Enter", 2000)])
    assert seen["sent"] == [[2000, {"type": "TakeSeat", "pin": "4821", "member": "m1"}]]
    assert seen["state"]["entry"]["text"] == ""
    seen = await play([*usual, t.event("Person", 450, member="m2"), *typed, t.do("Enter", 2000)])
    assert seen["sent"][0][1]["member"] == "m2"
    nobody = await play([*empty(t, "pin"), *typed, t.do("Enter", 2000)])
    assert (nobody["sent"], nobody["lamp"]["head"]) == ([], ["pin_whose"])
    early = await play([usual[0], t.chamber(0, item=None, sitting="planned"), usual[2], *typed, t.do("Enter", 2000)])
    assert early["sent"] == [] and early["seen"]["seat"] is None
    assert (early["lamp"]["head"], early["lamp"]["soft"]) == (["sitting_planned"], ["pin_later_soft"])


async def test_what_was_typed_is_erased_and_forgotten(t: ModuleType, play: Any) -> None:
    typed = [*empty(t, "pin", usual=t.MEMBER), t.digit(1, 500), t.digit(2, 600), t.do("Backspace", 700)]
    assert (await play(typed))["state"]["entry"]["text"] == "1"
    assert (await play([*typed, t.tick(20_700)]))["state"]["entry"]["text"] == ""
    short = await play([*typed, t.do("Enter", 800)])
    assert (short["sent"], short["lamp"]["head"]) == ([], ["pin_short"])


async def test_press_of_one_member_is_never_sent_for_the_next(t: ModuleType, play: Any) -> None:
    pressed = [*t.OPEN, t.key("for", 500), t.tick(580), t.event("Link", 600, link="down")]
    another = t.standing(3000, member=t.OTHER)
    seen = await play([*pressed, another, {**t.WELCOME, "at": 3100, "member": t.OTHER}, t.tick(6000)])
    assert [at for at, _ in seen["sent"]] == [580]
    assert seen["looks"] == ["open", "open", "open"]


async def test_leaving_a_seat_with_a_card_gives_it_up(t: ModuleType, play: Any) -> None:
    by_card = [{**t.WELCOME, "seat_by": "card"}, t.chamber(0), idle(t)]
    seen = await play([*by_card, t.digit(7, 500), t.tick(580), t.do("Enter", 1000)])
    assert [message for _, message in seen["sent"]] == [{"type": "Leave"}, {"type": "LeaveSeat"}]


async def test_browser_that_cannot_sign_says_so_and_votes_for_nobody(t: ModuleType, play: Any) -> None:
    seen = await play([*t.OPEN, t.event("Keyless", 500), t.key("for", 1000), t.tick(1100)])
    assert seen["sent"] == []
    assert seen["lamp"] == t.lamp("cut", "inverted", ["no_crypto"], ["no_crypto_soft"])
