"""What happens at a seat terminal, for tests of its rules: events of terminal_state.js, by their time in ms."""

from __future__ import annotations

from typing import Any

BOOT = "00000000000000aa"
NOW = "2026-03-01T12:00:20.000Z"  # of the view
RECORDED_AT = "2026-03-01T12:00:05.000Z"
RECUSED_AT = "2026-03-01T11:58:00.000Z"

Event = dict[str, Any]


def event(type_: str, at: int, **fields: Any) -> Event:
    return {"type": type_, "at": at, **fields}


def key(option: str, at: int) -> Event:
    return event("Key", at, option=option)


def tick(at: int) -> Event:
    return event("Tick", at)


def digit(digit: int | str, at: int) -> Event:
    return event("Digit", at, digit=str(digit))


def do(control: str, at: int) -> Event:
    return event("Do", at, control=control)


def vote(state: str = "open", n: int = 1, *, item: str = "1", seconds: int | None = 60, **changed: Any) -> Event:
    return {
        "n": n,
        "item": item,
        "title": "Про питання",
        "state": state,
        "requirement": {"needed": 19, "seats": 37, "text": {"uk": "більшість"}},
        "opened_at": "2026-03-01T12:00:00.000Z",
        "seconds": seconds,
        "closes_at": "2026-03-01T12:01:00.000Z" if seconds and state != "held" else None,
        "closed_at": None if state in ("open", "held") else "2026-03-01T12:00:30.000Z",
        "original_at": None,
        "result": None,
        "method": "terminal",
        "candidates": [],
        "label": None,
        "left_ms": None,
        **changed,
    }


def chamber(at: int, vote: Any = None, *, item: str | None = "1", sitting: str = "open", **changed: Any) -> Event:
    view = {"sitting": "s", "state": sitting, "session_label": "I", "mode": "ordinary", "timezone": "Europe/Kyiv"}
    shown = item and {"item": item, "title": "Про питання", "state": "current", "verdict": None}
    more = {"requirement": None, "speech": None, "warning_seconds": 30, "call": None, **changed}
    return event("ChamberState", at, rev=1, sitting=view, item=shown, vote=vote, **more)


MEMBER = {"member": "m1", "family_name": "А", "given_name": "Б", "patronymic": None, "gender": "m", "faction": None}
OTHER = {**MEMBER, "member": "m2", "family_name": "В"}


def standing(at: int, **changed: Any) -> Event:
    nothing = {"present": True, "vote_n": 1, "entitled": True, "option": None, "boot": None, "n": None}
    nobody = {"candidate": None, "final_candidate": None, "channel": None, "member": MEMBER, "usual": None}
    idle = {"recused": False, "request": None, "speaking": False, "called": False, "recorded_at": None, "final": None}
    if changed.get("recused"):
        source = {"uk": "ст. 59-1", "en": "art. 59-1"}
        idle["recusal"] = {"at": RECUSED_AT, "source": source, "exception": False, "item": "1"}
    return event("Standing", at, **{**nothing, **nobody, **idle, **changed})


def stands(option: str = "for", n: int = 1, boot: str = BOOT, **changed: Any) -> Event:
    """What Standing says of a press of this terminal that is on disk."""
    return {"option": option, "boot": boot, "n": n, "recorded_at": RECORDED_AT, "channel": "terminal", **changed}


def recorded(at: int, n: int, option: str, boot: str = BOOT, **changed: Any) -> Event:
    told = {"boot": boot, "n": n, "vote_n": 1, "option": option, "candidate": None, "recorded_at": RECORDED_AT}
    return event("Recorded", at, **{**told, "sitting": "s", "member": "m1", "receipt": "", **changed})


def refused(at: int, n: int, text: str = "Голосування вже закрито.") -> Event:
    return event("Refused", at, code="vote_closed", text=text, boot=BOOT, n=n, act=None)


WELCOME = event("Welcome", 0, desk_no=1, member=MEMBER, terminal="t1", seat_by="seating", members=[])
OPEN = [WELCOME, chamber(0, vote()), standing(0)]


def press(n: int, option: str, candidate: int | None = None) -> Event:
    return {"type": "PressOption", "boot": BOOT, "n": n, "vote_n": 1, "option": option, "candidate": candidate}


def lamp(mark: str, band: str, head: list[Any], soft: list[Any] | None) -> Event:
    return {"mark": mark, "band": band, "head": head, "soft": soft}
