"""The seat terminal's rules without a screen: terminal_state.js and terminal_view.js, run in Chromium. Times are ms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType


async def test_press_is_pending_at_once_and_sent_after_the_chord_time(t: ModuleType, play: Any) -> None:
    seen = await play([*t.OPEN, t.key("for", 500), t.tick(579)])
    assert seen["sent"] == []
    assert seen["lamp"] == t.lamp("sending", "dashed", ["pending", {"option": "for"}], ["pending_soft"])
    assert seen["looks"] == ["pending", "plain", "plain"]
    seen = await play([*t.OPEN, t.key("for", 500), t.tick(580)])
    assert seen["sent"] == [[580, t.press(1, "for")]]
    assert seen["looks"] == ["pending", "plain", "plain"]


async def test_receipt_of_the_latest_press_records_it(t: ModuleType, play: Any) -> None:
    seen = await play([*t.OPEN, t.key("for", 500), t.tick(580), t.recorded(600, 1, "for")])
    assert seen["lamp"] == t.lamp(
        "for", "recorded", ["recorded", {"option": "for"}], ["recorded_soft", {"time": t.RECORDED_AT}]
    )
    assert seen["looks"] == ["recorded", "plain", "plain"]


async def test_receipt_of_an_older_press_leaves_the_latest_pending(t: ModuleType, play: Any) -> None:
    events = [*t.OPEN, t.key("for", 500), t.tick(580), t.key("against", 700), t.tick(780), t.recorded(790, 1, "for")]
    seen = await play(events)
    assert seen["sent"] == [[580, t.press(1, "for")], [780, t.press(2, "against")]]
    assert seen["looks"] == ["recorded", "pending", "plain"]
    assert seen["lamp"] == t.lamp(
        "sending",
        "dashed",
        ["pending", {"option": "against"}],
        ["changing_soft", {"option": "for", "time": t.RECORDED_AT}],
    )
    seen = await play([*events, t.recorded(800, 2, "against")])
    assert seen["looks"] == ["plain", "recorded", "plain"]


async def test_receipt_of_another_start_is_not_ours(t: ModuleType, play: Any) -> None:
    seen = await play([*t.OPEN, t.key("for", 500), t.tick(580), t.recorded(600, 1, "for", boot="00000000000000bb")])
    assert seen["looks"] == ["pending", "plain", "plain"]


async def test_standing_with_our_press_records_it(t: ModuleType, play: Any) -> None:
    stands = {"option": "for", "boot": t.BOOT, "n": 1, "recorded_at": t.RECORDED_AT}
    seen = await play([*t.OPEN, t.key("for", 500), t.tick(580), t.standing(600, **stands)])
    assert seen["looks"] == ["recorded", "plain", "plain"]


async def test_older_standing_does_not_undo_a_receipt(t: ModuleType, play: Any) -> None:
    events = [*t.OPEN, t.key("for", 500), t.tick(580), t.recorded(600, 1, "for"), t.key("abstain", 700), t.tick(780)]
    old = {"option": "for", "boot": t.BOOT, "n": 1, "recorded_at": t.RECORDED_AT}
    seen = await play([*events, t.recorded(790, 2, "abstain"), t.standing(795, **old)])
    assert seen["looks"] == ["plain", "plain", "recorded"]


async def test_two_keys_together_send_neither(t: ModuleType, play: Any) -> None:
    seen = await play([*t.OPEN, t.key("for", 500), t.key("against", 580), t.tick(700)])
    assert seen["sent"] == []
    assert seen["lamp"] == t.lamp("warning", "inverted", ["two_keys"], ["stands_none"])
    assert seen["looks"] == ["open", "open", "open"]


async def test_two_keys_together_leave_what_is_recorded(t: ModuleType, play: Any) -> None:
    events = [
        *t.OPEN,
        t.key("for", 500),
        t.tick(580),
        t.recorded(600, 1, "for"),
        t.key("for", 1000),
        t.key("abstain", 1050),
    ]
    seen = await play([*events, t.tick(1200)])
    assert seen["sent"] == [[580, t.press(1, "for")]]
    assert seen["looks"] == ["recorded", "plain", "plain"]


async def test_keys_one_after_another_send_both(t: ModuleType, play: Any) -> None:
    seen = await play([*t.OPEN, t.key("for", 500), t.tick(580), t.key("against", 581), t.tick(661)])
    assert seen["sent"] == [[580, t.press(1, "for")], [661, t.press(2, "against")]]


async def test_recorded_option_again_sends_nothing(t: ModuleType, play: Any) -> None:
    seen = await play(
        [*t.OPEN, t.key("for", 500), t.tick(580), t.recorded(600, 1, "for"), t.key("for", 900), t.tick(1000)]
    )
    assert seen["sent"] == [[580, t.press(1, "for")]]
    assert seen["looks"] == ["recorded", "plain", "plain"]


async def test_pending_option_again_sends_nothing_more(t: ModuleType, play: Any) -> None:
    seen = await play([*t.OPEN, t.key("for", 500), t.tick(580), t.key("for", 900), t.tick(1000)])
    assert seen["sent"] == [[580, t.press(1, "for")]]


async def test_back_to_the_recorded_option_while_a_change_is_pending_is_a_new_press(t: ModuleType, play: Any) -> None:
    events = [*t.OPEN, t.key("for", 500), t.tick(580), t.recorded(600, 1, "for"), t.key("against", 900), t.tick(980)]
    seen = await play([*events, t.key("for", 1100), t.tick(1180)])
    assert seen["sent"] == [[580, t.press(1, "for")], [980, t.press(2, "against")], [1180, t.press(3, "for")]]
    assert seen["looks"] == ["pending", "plain", "plain"]


@pytest.mark.parametrize(("at", "sent"), [(399, False), (400, True)])
async def test_keys_that_have_just_come_alive_are_deaf(t: ModuleType, play: Any, at: int, sent: bool) -> None:
    seen = await play([*t.OPEN, t.key("for", at), t.tick(at + 80)])
    assert bool(seen["sent"]) is sent


async def test_unanswered_press_is_sent_again(t: ModuleType, play: Any) -> None:
    seen = await play([*t.OPEN, t.key("for", 500), t.tick(580), t.tick(2079), t.tick(2080)])
    assert seen["sent"] == [[580, t.press(1, "for")], [2080, t.press(1, "for")]]


async def test_unanswered_press_is_sent_again_at_once_by_a_new_connection(t: ModuleType, play: Any) -> None:
    events = [*t.OPEN, t.key("for", 500), t.tick(580), t.event("Link", 600, link="down"), t.tick(3000)]
    seen = await play([*events, {**t.WELCOME, "at": 3100}])
    assert seen["sent"] == [[580, t.press(1, "for")], [3100, t.press(1, "for")]]
    assert seen["looks"] == ["pending", "plain", "plain"]


async def test_press_without_a_connection_waits_and_is_said_to(t: ModuleType, play: Any) -> None:
    events = [*t.OPEN, t.event("Link", 450, link="down"), t.key("against", 500), t.tick(600)]
    seen = await play(events)
    assert seen["sent"] == []
    assert seen["lamp"] == t.lamp("cut", "inverted", ["offline_pending", {"option": "against"}], ["offline_soft"])
    assert seen["looks"] == ["plain", "pending", "plain"]
    assert seen["seen"]["countdown"]["label"] == "about_to_closing"
    assert seen["seen"]["liveDot"] is False
    seen = await play([*events, t.event("Link", 700, link="up"), t.tick(700)])
    assert seen["sent"] == [[700, t.press(1, "against")]]


@pytest.mark.parametrize("recorded", [False, True])
async def test_lost_connection_says_what_stands(t: ModuleType, play: Any, recorded: bool) -> None:
    standing = t.standing(0, **(t.stands() if recorded else {}))
    seen = await play([t.WELCOME, t.chamber(0, t.vote()), standing, t.event("Link", 450, link="down")])
    head = ["offline_recorded", {"option": "for", "time": t.RECORDED_AT}] if recorded else ["offline_none"]
    assert seen["lamp"] == t.lamp("cut", "inverted", head, ["offline_soft"])


async def test_refused_press_goes_back_to_what_stands(t: ModuleType, play: Any) -> None:
    events = [*t.OPEN, t.key("for", 500), t.tick(580), t.recorded(600, 1, "for"), t.key("against", 900), t.tick(980)]
    seen = await play([*events, t.refused(990, 2)])
    reason = {"reason": "Голосування вже закрито."}
    assert seen["lamp"] == t.lamp("warning", "inverted", ["refused", reason], ["stands", {"option": "for"}])
    assert seen["looks"] == ["recorded", "plain", "plain"]


async def test_refusal_of_an_older_press_is_passed_over(t: ModuleType, play: Any) -> None:
    events = [*t.OPEN, t.key("for", 500), t.tick(580), t.key("against", 900), t.tick(980), t.refused(990, 1)]
    assert (await play(events))["looks"] == ["plain", "pending", "plain"]


async def test_countdown_at_zero_closes_nothing(t: ModuleType, play: Any) -> None:
    seen = await play([*t.OPEN, t.key("for", 500), t.tick(580)], now="2026-03-01T12:01:09.000Z")
    assert seen["seen"]["countdown"]["label"] == "closing_now"
    assert seen["looks"] == ["pending", "plain", "plain"]


async def test_countdown_never_shows_more_than_the_limit(t: ModuleType, play: Any) -> None:
    behind = await play(t.OPEN, now="2026-03-01T11:59:59.600Z")  # our idea of the server's clock is a little behind
    limit = t.vote()["seconds"] * 1000
    assert (behind["seen"]["countdown"]["ms"], behind["seen"]["countdown"]["share"]) == (limit, 1)


async def test_press_lost_at_the_close_is_said(t: ModuleType, play: Any) -> None:
    events = [*t.OPEN, t.key("for", 500), t.tick(580), t.chamber(600, t.vote("closed"))]
    seen = await play(events)
    assert seen["lamp"] == t.lamp("sending", "dashed", ["checking", {"option": "for"}], None)
    assert seen["looks"] is None
    assert seen["seen"]["outcome"]["own"] is None
    seen = await play([*events, t.standing(610, final="not_voting")])
    assert seen["lamp"] == t.lamp("warning", "inverted", ["lost", {"option": "for", "final": "not_voting"}], None)
    assert seen["seen"]["outcome"]["own"] == {
        "option": "not_voting",
        "candidate": None,
        "note": ["your_vote_not_voting"],
    }


async def test_press_recorded_just_before_the_close_counts(t: ModuleType, play: Any) -> None:
    final = {"option": "for", "boot": t.BOOT, "n": 1, "recorded_at": t.RECORDED_AT, "final": "for"}
    seen = await play(
        [*t.OPEN, t.key("for", 500), t.tick(580), t.chamber(600, t.vote("closed")), t.standing(610, **final)]
    )
    assert seen["lamp"] is None
    own = {"option": "for", "candidate": None, "note": ["your_vote_time", {"time": t.RECORDED_AT}]}
    assert seen["seen"]["outcome"]["own"] == own


async def test_result_goes_when_the_next_item_is_called(t: ModuleType, play: Any) -> None:
    events = [*t.OPEN, t.chamber(600, t.vote("announced")), t.standing(600, final="not_voting")]
    assert (await play(events))["looks"] is None
    seen = await play([*events, t.chamber(700, t.vote("announced"), item="2")])
    assert seen["looks"] == ["dead", "dead", "dead"]
    assert seen["lamp"] == t.lamp("ring", "plain", ["waiting"], ["waiting_soft"])


async def test_member_who_is_not_entitled_has_dead_keys(t: ModuleType, play: Any) -> None:
    absent = t.standing(0, present=False, entitled=False)
    seen = await play([t.WELCOME, t.chamber(0, t.vote()), absent, t.key("for", 500), t.tick(600)])
    assert seen["sent"] == []
    assert seen["looks"] == ["dead", "dead", "dead"]
    assert seen["lamp"] == t.lamp("absent", "plain", ["not_entitled"], ["not_entitled_absent"])
    assert seen["seen"]["buttons"] == []


async def test_nobody_registers_before_the_sitting_opens(t: ModuleType, play: Any) -> None:
    absent = t.standing(0, present=False, vote_n=None, entitled=False)
    seen = await play([t.WELCOME, t.chamber(0, sitting="planned"), absent, t.digit(7, 900), t.tick(1000)])
    assert seen["sent"] == [] and seen["seen"]["buttons"] == []
    assert seen["lamp"]["head"] == ["sitting_planned"]


async def test_second_page_of_a_terminal_says_so(t: ModuleType, play: Any) -> None:
    seen = await play([*t.OPEN, t.event("Link", 600, link="replaced")])
    assert seen["lamp"] == t.lamp("cut", "inverted", ["replaced"], ["replaced_soft"])
    assert seen["looks"] == ["dead", "dead", "dead"]
