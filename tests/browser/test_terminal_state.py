"""The seat terminal's rules without a screen: terminal_state.js and terminal_view.js, run in Chromium. Times are ms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Page

BOOT = "00000000000000aa"
NOW = "2026-03-01T12:00:20.000Z"  # of the view
RECORDED_AT = "2026-03-01T12:00:05.000Z"

PLAY = """
async ([boot, events, now]) => {
  const { begin, step } = await import("/static/terminal_state.js");
  const { view } = await import("/static/terminal_view.js");
  let state = begin(boot);
  const sent = [];
  for (const event of events) {
    const result = step(state, event);
    state = result.state;
    sent.push(...result.send.map((message) => [event.at, message]));
  }
  const seen = view(state, Date.parse(now));
  return { sent, lamp: seen.lamp, looks: seen.keys?.map((key) => key.look) ?? null, seen };
}
"""

Event = dict[str, Any]


def event(type_: str, at: int, **fields: Any) -> Event:
    return {"type": type_, "at": at, **fields}


def key(option: str, at: int) -> Event:
    return event("Key", at, option=option)


def tick(at: int) -> Event:
    return event("Tick", at)


def vote(state: str = "open", n: int = 1, *, result: Any = None, item: str = "1", seconds: int | None = 60) -> Event:
    return {
        "n": n,
        "item": item,
        "title": "Про питання",
        "state": state,
        "requirement": {"needed": 19, "seats": 37, "text": {"uk": "більшість"}},
        "opened_at": "2026-03-01T12:00:00.000Z",
        "seconds": seconds,
        "closes_at": "2026-03-01T12:01:00.000Z" if seconds else None,
        "closed_at": None if state == "open" else "2026-03-01T12:00:30.000Z",
        "original_at": None,
        "result": result,
    }


def chamber(at: int, vote: Any = None, *, item: str = "1", sitting: str = "open") -> Event:
    view = {"state": sitting, "session_label": "I", "mode": "ordinary", "timezone": "Europe/Kyiv"}
    shown = {"item": item, "title": "Про питання", "state": "current", "verdict": None}
    return event("ChamberState", at, rev=1, sitting=view, item=shown, vote=vote)


def standing(at: int, **changed: Any) -> Event:
    nothing = {"present": True, "vote_n": 1, "entitled": True, "option": None, "boot": None, "n": None}
    return event("Standing", at, **{**nothing, "recorded_at": None, "final": None, **changed})


def recorded(at: int, n: int, option: str, boot: str = BOOT) -> Event:
    return event("Recorded", at, boot=boot, n=n, vote_n=1, option=option, recorded_at=RECORDED_AT)


def refused(at: int, n: int, text: str = "Голосування вже закрито.") -> Event:
    return event("Refused", at, code="vote_closed", text=text, boot=BOOT, n=n, act=None)


MEMBER = {"member": "m1", "family_name": "А", "given_name": "Б", "patronymic": None, "gender": "m", "faction": None}
WELCOME = event("Welcome", 0, desk_no=1, member=MEMBER)
OPEN = [WELCOME, chamber(0, vote()), standing(0)]


def press(n: int, option: str) -> Event:
    return {"type": "PressOption", "boot": BOOT, "n": n, "vote_n": 1, "option": option}


def lamp(mark: str, band: str, head: list[Any], soft: list[Any] | None) -> Event:
    return {"mark": mark, "band": band, "head": head, "soft": soft}


@pytest.fixture
async def play(modules: Page) -> Any:
    async def play(events: list[Event], now: str = NOW) -> Any:
        return await modules.evaluate(PLAY, [BOOT, events, now])

    return play


async def test_press_is_pending_at_once_and_sent_after_the_chord_time(play: Any) -> None:
    seen = await play([*OPEN, key("for", 500), tick(579)])
    assert seen["sent"] == []
    assert seen["lamp"] == lamp("sending", "dashed", ["pending", {"option": "for"}], ["pending_soft"])
    assert seen["looks"] == ["pending", "plain", "plain"]
    seen = await play([*OPEN, key("for", 500), tick(580)])
    assert seen["sent"] == [[580, press(1, "for")]]
    assert seen["looks"] == ["pending", "plain", "plain"]


async def test_receipt_of_the_latest_press_records_it(play: Any) -> None:
    seen = await play([*OPEN, key("for", 500), tick(580), recorded(600, 1, "for")])
    assert seen["lamp"] == lamp(
        "for", "recorded", ["recorded", {"option": "for"}], ["recorded_soft", {"time": RECORDED_AT}]
    )
    assert seen["looks"] == ["recorded", "plain", "plain"]


async def test_receipt_of_an_older_press_leaves_the_latest_pending(play: Any) -> None:
    events = [*OPEN, key("for", 500), tick(580), key("against", 700), tick(780), recorded(790, 1, "for")]
    seen = await play(events)
    assert seen["sent"] == [[580, press(1, "for")], [780, press(2, "against")]]
    assert seen["looks"] == ["recorded", "pending", "plain"]
    assert seen["lamp"] == lamp(
        "sending",
        "dashed",
        ["pending", {"option": "against"}],
        ["changing_soft", {"option": "for", "time": RECORDED_AT}],
    )
    seen = await play([*events, recorded(800, 2, "against")])
    assert seen["looks"] == ["plain", "recorded", "plain"]


async def test_receipt_of_another_start_is_not_ours(play: Any) -> None:
    seen = await play([*OPEN, key("for", 500), tick(580), recorded(600, 1, "for", boot="00000000000000bb")])
    assert seen["looks"] == ["pending", "plain", "plain"]


async def test_standing_with_our_press_records_it(play: Any) -> None:
    stands = {"option": "for", "boot": BOOT, "n": 1, "recorded_at": RECORDED_AT}
    seen = await play([*OPEN, key("for", 500), tick(580), standing(600, **stands)])
    assert seen["looks"] == ["recorded", "plain", "plain"]


async def test_older_standing_does_not_undo_a_receipt(play: Any) -> None:
    events = [*OPEN, key("for", 500), tick(580), recorded(600, 1, "for"), key("abstain", 700), tick(780)]
    old = {"option": "for", "boot": BOOT, "n": 1, "recorded_at": RECORDED_AT}
    seen = await play([*events, recorded(790, 2, "abstain"), standing(795, **old)])
    assert seen["looks"] == ["plain", "plain", "recorded"]


async def test_two_keys_together_send_neither(play: Any) -> None:
    seen = await play([*OPEN, key("for", 500), key("against", 580), tick(700)])
    assert seen["sent"] == []
    assert seen["lamp"] == lamp("warning", "inverted", ["two_keys"], ["stands_none"])
    assert seen["looks"] == ["open", "open", "open"]


async def test_two_keys_together_leave_what_is_recorded(play: Any) -> None:
    events = [*OPEN, key("for", 500), tick(580), recorded(600, 1, "for"), key("for", 1000), key("abstain", 1050)]
    seen = await play([*events, tick(1200)])
    assert seen["sent"] == [[580, press(1, "for")]]
    assert seen["looks"] == ["recorded", "plain", "plain"]


async def test_keys_one_after_another_send_both(play: Any) -> None:
    seen = await play([*OPEN, key("for", 500), tick(580), key("against", 581), tick(661)])
    assert seen["sent"] == [[580, press(1, "for")], [661, press(2, "against")]]


async def test_recorded_option_again_sends_nothing(play: Any) -> None:
    seen = await play([*OPEN, key("for", 500), tick(580), recorded(600, 1, "for"), key("for", 900), tick(1000)])
    assert seen["sent"] == [[580, press(1, "for")]]
    assert seen["looks"] == ["recorded", "plain", "plain"]


async def test_pending_option_again_sends_nothing_more(play: Any) -> None:
    seen = await play([*OPEN, key("for", 500), tick(580), key("for", 900), tick(1000)])
    assert seen["sent"] == [[580, press(1, "for")]]


async def test_back_to_the_recorded_option_while_a_change_is_pending_is_a_new_press(play: Any) -> None:
    events = [*OPEN, key("for", 500), tick(580), recorded(600, 1, "for"), key("against", 900), tick(980)]
    seen = await play([*events, key("for", 1100), tick(1180)])
    assert seen["sent"] == [[580, press(1, "for")], [980, press(2, "against")], [1180, press(3, "for")]]
    assert seen["looks"] == ["pending", "plain", "plain"]


@pytest.mark.parametrize(("at", "sent"), [(399, False), (400, True)])
async def test_keys_that_have_just_come_alive_are_deaf(play: Any, at: int, sent: bool) -> None:
    seen = await play([*OPEN, key("for", at), tick(at + 80)])
    assert bool(seen["sent"]) is sent


async def test_unanswered_press_is_sent_again(play: Any) -> None:
    seen = await play([*OPEN, key("for", 500), tick(580), tick(2079), tick(2080)])
    assert seen["sent"] == [[580, press(1, "for")], [2080, press(1, "for")]]


async def test_unanswered_press_is_sent_again_at_once_by_a_new_connection(play: Any) -> None:
    events = [*OPEN, key("for", 500), tick(580), event("Link", 600, link="down"), tick(3000)]
    seen = await play([*events, {**WELCOME, "at": 3100}])
    assert seen["sent"] == [[580, press(1, "for")], [3100, press(1, "for")]]
    assert seen["looks"] == ["pending", "plain", "plain"]


async def test_press_without_a_connection_waits_and_is_said_to(play: Any) -> None:
    events = [*OPEN, event("Link", 450, link="down"), key("against", 500), tick(600)]
    seen = await play(events)
    assert seen["sent"] == []
    assert seen["lamp"] == lamp("cut", "inverted", ["offline_pending", {"option": "against"}], ["offline_soft"])
    assert seen["looks"] == ["plain", "pending", "plain"]
    assert seen["seen"]["countdown"]["label"] == "about_to_closing"
    assert seen["seen"]["liveDot"] is False
    seen = await play([*events, event("Link", 700, link="up"), tick(700)])
    assert seen["sent"] == [[700, press(1, "against")]]


@pytest.mark.parametrize(
    ("stands", "head"),
    [
        ({}, ["offline_none"]),
        (
            {"option": "for", "boot": BOOT, "n": 1, "recorded_at": RECORDED_AT},
            ["offline_recorded", {"option": "for", "time": RECORDED_AT}],
        ),
    ],
)
async def test_lost_connection_says_what_stands(play: Any, stands: Event, head: list[Any]) -> None:
    seen = await play([WELCOME, chamber(0, vote()), standing(0, **stands), event("Link", 450, link="down")])
    assert seen["lamp"] == lamp("cut", "inverted", head, ["offline_soft"])


async def test_refused_press_goes_back_to_what_stands(play: Any) -> None:
    events = [*OPEN, key("for", 500), tick(580), recorded(600, 1, "for"), key("against", 900), tick(980)]
    seen = await play([*events, refused(990, 2)])
    reason = {"reason": "Голосування вже закрито."}
    assert seen["lamp"] == lamp("warning", "inverted", ["refused", reason], ["stands", {"option": "for"}])
    assert seen["looks"] == ["recorded", "plain", "plain"]


async def test_refusal_of_an_older_press_is_passed_over(play: Any) -> None:
    events = [*OPEN, key("for", 500), tick(580), key("against", 900), tick(980), refused(990, 1)]
    assert (await play(events))["looks"] == ["plain", "pending", "plain"]


async def test_countdown_at_zero_closes_nothing(play: Any) -> None:
    seen = await play([*OPEN, key("for", 500), tick(580)], now="2026-03-01T12:01:09.000Z")
    assert seen["seen"]["countdown"]["word"] == "closing_now"
    assert seen["looks"] == ["pending", "plain", "plain"]


async def test_countdown_never_shows_more_than_the_limit(play: Any) -> None:
    behind = await play(OPEN, now="2026-03-01T11:59:59.600Z")  # our idea of the server's clock is a little behind
    limit = vote()["seconds"] * 1000
    assert (behind["seen"]["countdown"]["ms"], behind["seen"]["countdown"]["share"]) == (limit, 1)


async def test_press_lost_at_the_close_is_said(play: Any) -> None:
    events = [*OPEN, key("for", 500), tick(580), chamber(600, vote("closed"))]
    seen = await play(events)
    assert seen["lamp"] == lamp("sending", "dashed", ["checking", {"option": "for"}], None)
    assert seen["looks"] is None
    assert seen["seen"]["outcome"] == {"result": None, "own": None}
    seen = await play([*events, standing(610, final="not_voting")])
    assert seen["lamp"] == lamp("warning", "inverted", ["lost", {"option": "for", "final": "not_voting"}], None)
    assert seen["seen"]["outcome"]["own"] == {"option": "not_voting", "note": ["your_vote_not_voting"]}


async def test_press_recorded_just_before_the_close_counts(play: Any) -> None:
    final = {"option": "for", "boot": BOOT, "n": 1, "recorded_at": RECORDED_AT, "final": "for"}
    seen = await play([*OPEN, key("for", 500), tick(580), chamber(600, vote("closed")), standing(610, **final)])
    assert seen["lamp"] is None
    own = {"option": "for", "note": ["your_vote_time", {"time": RECORDED_AT}]}
    assert seen["seen"]["outcome"] == {"result": None, "own": own}


async def test_result_goes_when_the_next_item_is_called(play: Any) -> None:
    events = [*OPEN, chamber(600, vote("announced")), standing(600, final="not_voting")]
    assert (await play(events))["looks"] is None
    seen = await play([*events, chamber(700, vote("announced"), item="2")])
    assert seen["looks"] == ["dead", "dead", "dead"]
    assert seen["lamp"] == lamp("ring", "plain", ["waiting"], ["waiting_soft"])


async def test_member_who_is_not_entitled_has_dead_keys(play: Any) -> None:
    absent = standing(0, present=False, entitled=False)
    seen = await play([WELCOME, chamber(0, vote()), absent, key("for", 500), tick(600)])
    assert seen["sent"] == []
    assert seen["looks"] == ["dead", "dead", "dead"]
    assert seen["lamp"] == lamp("absent", "plain", ["not_entitled"], ["not_entitled_absent"])
    assert seen["seen"]["arrive"] is None


async def test_absent_member_registers_once(play: Any) -> None:
    events = [WELCOME, chamber(0), standing(0, present=False, vote_n=None, entitled=False)]
    seen = await play([*events, event("Arrive", 399), event("Arrive", 400), event("Arrive", 500)])
    assert seen["sent"] == [[400, {"type": "Arrive"}]]
    assert seen["seen"]["arrive"] == {"busy": True, "dead": False}
    seen = await play([*events, standing(600, vote_n=None, entitled=False)])
    assert seen["seen"]["arrive"] is None


async def test_nobody_registers_before_the_sitting_opens(play: Any) -> None:
    absent = standing(0, present=False, vote_n=None, entitled=False)
    seen = await play([WELCOME, chamber(0, sitting="planned"), absent, event("Arrive", 900)])
    assert seen["sent"] == [] and seen["seen"]["arrive"] is None
    assert seen["lamp"]["head"] == ["sitting_planned"]


async def test_second_page_of_a_terminal_says_so(play: Any) -> None:
    seen = await play([*OPEN, event("Link", 600, link="replaced")])
    assert seen["lamp"] == lamp("cut", "inverted", ["replaced"], ["replaced_soft"])
    assert seen["looks"] == ["dead", "dead", "dead"]
