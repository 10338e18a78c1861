"""What a desk says, in words: the sentences of the seat terminal's page, one line for each state of the lamp."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from council.hall.strings import strings
from council.protocol import (
    Recorded,
)
from council.words import translations
from hardware.desk import DeskState, Lamp


def line(state: DeskState, lang: str, *, rejected: bool = False) -> str:
    """The lamp's sentences. `rejected`: the hall does not take this terminal's key."""
    bold, soft = _sentences(state, lang, rejected)
    if not soft:
        return bold
    return f"{bold} {soft}" if soft[0].islower() else f"{bold.rstrip('.')}. {soft}"


def clash_line(lang: str) -> str:
    return _words(lang)["two_keys"]


def _sentences(state: DeskState, lang: str, rejected: bool) -> tuple[str, str]:
    """The bold one and the soft one."""
    words = _words(lang)
    recorded, undecided = state.recorded, state.undecided
    match state.lamp:
        case Lamp.RECONNECTING:
            return _reconnecting(state, lang, rejected)
        case Lamp.WAITING if state.chamber is not None and state.chamber.sitting.state == "planned":
            return words["sitting_planned"], words["waiting_soft"]
        case Lamp.WAITING if state.chamber is not None and state.chamber.sitting.state == "closed":
            return words["sitting_closed"], words["sitting_closed_soft"]
        case Lamp.WAITING if state.standing is not None and not state.standing.present:
            return words["not_present"], words["not_present_soft"]
        case Lamp.WAITING:
            return words["waiting"], words["waiting_soft"]
        case Lamp.OPEN:
            return words["open"], _keys(state, lang)
        case Lamp.ASIDE:
            present = state.standing is not None and state.standing.present
            return words["not_entitled"], words["not_entitled_present" if present else "not_entitled_absent"]
        case Lamp.PENDING | Lamp.CHANGING if undecided is not None:
            soft = words["pending_soft"] if recorded is None else _stands_for_now(state, recorded, lang)
            return words["pending"].format(option=words[f"option_{undecided.option}"]), soft
        case Lamp.RECORDED if recorded is not None:
            bold = words["recorded"].format(option=words[f"option_{recorded.option}"])
            return bold, words["recorded_soft"].format(time=_local(state, recorded.recorded_at))
        case Lamp.REFUSED if state.refused is not None:
            bold = words["refused"].format(reason=state.refused.text.rstrip("."))
            return bold, _what_stands(state, lang)
        case Lamp.CLOSED:
            return words["closed"], _own_vote(state, lang) or words["closed_soft"]
        case _:
            return _result(state, lang), _own_vote(state, lang)


def _reconnecting(state: DeskState, lang: str, rejected: bool) -> tuple[str, str]:
    words = _words(lang)
    if rejected:
        t = translations(lang, "hall")
        bold = t.gettext("The hall does not let this terminal in: its key is not known, or no sitting is prepared")
        return bold, words["no_member_soft"]
    if state.refused is not None and state.refused.n is None:
        return words["refused"].format(reason=state.refused.text.rstrip(".")), words["no_member_soft"]
    if state.welcome is None:
        return words["connecting"], words["connecting_soft"]
    if state.undecided is not None:
        bold = words["offline_pending"].format(option=words[f"option_{state.undecided.option}"])
    elif state.vote is None or state.vote.state != "open":
        return words["offline_idle"], words["offline_idle_soft"]
    elif state.recorded is not None:
        option, time = words[f"option_{state.recorded.option}"], _local(state, state.recorded.recorded_at)
        bold = words["offline_recorded"].format(option=option, time=time)
    else:
        bold = words["offline_none"]
    return bold, words["offline_soft"]


def _keys(state: DeskState, lang: str) -> str:
    """«1 За, 2 Проти, 3 Утримався. Про внесення змін…»"""
    words = _words(lang)
    options = ("for", "against", "abstain")
    keys = ", ".join(f"{number} {words[f'option_{option}']}" for number, option in enumerate(options, 1))
    return f"{keys}. {state.vote.title}" if state.vote is not None else keys


def _stands_for_now(state: DeskState, recorded: Recorded, lang: str) -> str:
    words = _words(lang)
    time = _local(state, recorded.recorded_at)
    return words["changing_soft"].format(option=words[f"option_{recorded.option}"], time=time)


def _what_stands(state: DeskState, lang: str) -> str:
    words = _words(lang)
    if state.vote is None:
        return ""
    if state.recorded is not None:
        return words["stands"].format(option=words[f"option_{state.recorded.option}"])
    return words["stands_none"] if state.vote.state == "open" else _own_vote(state, lang)


def _own_vote(state: DeskState, lang: str) -> str:
    """The member's option in the roll, and a press that came too late for it."""
    words = _words(lang)
    standing, vote = state.standing, state.vote
    if standing is None or vote is None or standing.vote_n != vote.n or standing.final is None:
        return words["checking"].format(option=words[f"option_{state.undecided.option}"]) if state.undecided else ""
    member = state.welcome.member if state.welcome is not None else None
    woman = "_f" if member is not None and member.gender == "f" else ""
    final = words[f"option_{standing.final}{woman}"]
    late = state.undecided or state.lost
    if late is not None:
        return words["lost"].format(option=words[f"option_{late.option}"], final=final)
    return f"{words['your_vote']}: {final}"


def _result(state: DeskState, lang: str) -> str:
    """The verdict and its reason, in the words that the hall sent."""
    words = _words(lang)
    if state.vote is None or state.vote.result is None:
        return words["closed"]
    result = state.vote.result
    verdict, reason = (texts.get(lang) or next(iter(texts.values()), "") for texts in (result.verdict, result.reason))
    return f"{verdict}: {reason}"


def _local(state: DeskState, stamp: str) -> str:
    """«14:02:20» in the sitting's time zone."""
    zone: ZoneInfo | None = None
    if state.chamber is not None:
        try:
            zone = ZoneInfo(state.chamber.sitting.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            zone = None
    return datetime.fromisoformat(stamp).astimezone(zone or UTC).strftime("%H:%M:%S")


def _words(lang: str) -> dict[str, str]:
    return cast("dict[str, str]", strings(lang, "terminal"))
