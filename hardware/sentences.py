"""What a desk says, in words: the sentences of the seat terminal's page, one line for each state of the lamp."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from council.hall.strings import strings
from council.protocol import PressOption, Recorded
from council.state_parts import CandidateView, Texts
from council.words import translations
from hardware.desk import DeskState, Lamp


def line(state: DeskState, lang: str, *, rejected: bool = False) -> str:
    """The lamp's sentences. `rejected`: the hall does not take this terminal's key."""
    bold, soft = _Words(state, lang).sentences(rejected)
    if not soft:
        return bold
    return f"{bold} {soft}" if soft[0].islower() else f"{bold.rstrip('.')}. {soft}"


def clash_line(lang: str) -> str:
    return _said(lang, "two_keys")


def no_line(lang: str) -> str:
    """What was asked for was not sent."""
    return f"{_said(lang, 'offline_idle')}. {_said(lang, 'offline_idle_soft')}"


class _Words:
    """The sentences of one state: the bold one and the soft one."""

    def __init__(self, state: DeskState, lang: str) -> None:
        self.state, self.lang = state, lang
        member = state.member
        self._woman = "_f" if member is not None and member.gender == "f" else ""

    def sentences(self, rejected: bool) -> tuple[str, str]:
        state, recorded, undecided = self.state, self.state.recorded, self.state.undecided
        match state.lamp:
            case Lamp.RECONNECTING:
                return self._reconnecting(rejected)
            case Lamp.EMPTY:
                return self._empty()
            case Lamp.WAITING:
                return self._waiting()
            case Lamp.OPEN:
                return self._say("open"), self._keys()
            case Lamp.ASIDE:
                present = state.standing is not None and state.standing.present
                return self._say("not_entitled"), self._say(
                    "not_entitled_present" if present else "not_entitled_absent"
                )
            case Lamp.PENDING | Lamp.CHANGING if undecided is not None:
                bold = self._say("pending", option=self._choice(undecided))
                return bold, self._say("pending_soft") if recorded is None else self._stands_for_now(recorded)
            case Lamp.RECORDED if recorded is not None:
                bold = self._say(self._how("recorded"), option=self._choice(recorded))
                soft = "recorded_soft" if state.may_press else "recorded_short"
                return bold, self._say(soft, time=self._local(recorded.recorded_at))
            case Lamp.REFUSED if state.refused is not None:
                return self._say("refused", reason=state.refused.text.rstrip(".")), self._what_stands()
            case Lamp.CLOSED:
                return self._say("closed"), self._own_vote() or self._say("closed_soft")
            case Lamp.ANNOUNCED:
                return self._result(), self._own_vote()
            case lamp:
                return self._of_kind(lamp)

    def _of_kind(self, lamp: Lamp) -> tuple[str, str]:
        """The kinds of vote that take no key, and what stands beside voting."""
        state, recorded = self.state, self.state.recorded
        match lamp:
            case Lamp.HELD if recorded is not None:
                time = self._local(recorded.recorded_at)
                return self._say("held"), self._say("held_recorded", option=self._choice(recorded), time=time)
            case Lamp.HELD:
                return self._say("held"), self._say("held_none")
            case Lamp.CALLED if state.chamber is not None and state.chamber.call is not None:
                return self._say("called_now", name=state.chamber.call), self._say("called_soft")
            case Lamp.TURN:
                word = "turn_candidates" if state.vote is not None and state.vote.candidates else "turn"
                return self._say(word), self._say(f"{word}_text")
            case Lamp.VOIDED:
                reason = state.vote.void_reason if state.vote is not None else None
                return self._say("voided"), self._say("void_reason", reason=(reason or "").rstrip("."))
            case Lamp.TIED:
                return self._say("tied"), self._say("tied_soft")
            case Lamp.SECRET if state.secret is not None:
                return f"{self._text(state.secret.verdict)}: {self._text(state.secret.reason)}", ""
            case Lamp.RECUSED:
                return self._say("recused_head"), self._say("recused_soft")
            case Lamp.QUEUED if state.standing is not None and state.standing.request is not None:
                request = state.standing.request
                kind = self._say(f"floor_{request.floor}").lower()
                return self._say("queued", kind=kind, place=request.place), ""
            case Lamp.SPEAKING:
                return self._say("speaking"), ""
            case _:
                return self._say(lamp.value), self._say(f"{lamp.value}_soft")

    def _empty(self) -> tuple[str, str]:
        t = translations(self.lang, "hall")
        if self.state.welcome is not None and self.state.welcome.seat_by == "pin":
            return self._say("pin"), t.gettext("Type: pin and the PIN, Enter.")
        return self._say("card"), t.gettext("Or type: card and the number, Enter.")

    def _waiting(self) -> tuple[str, str]:
        state = self.state
        sitting = state.chamber.sitting.state if state.chamber is not None else None
        if sitting == "planned":
            return self._say("sitting_planned"), self._say("waiting_soft")
        if sitting == "closed":
            return self._say("sitting_closed"), self._say("sitting_closed_soft")
        if state.standing is not None and state.standing.member is None:
            return self._say("no_member"), self._say("no_member_soft")
        if state.standing is not None and not state.standing.present:
            return self._say("not_present"), self._say("not_present_soft")
        return self._say("waiting"), self._say("waiting_soft")

    def _reconnecting(self, rejected: bool) -> tuple[str, str]:
        state = self.state
        if rejected:
            t = translations(self.lang, "hall")
            bold = t.gettext("The hall does not let this terminal in: its key is not known, or no sitting is prepared")
            return bold, self._say("no_member_soft")
        if state.refused is not None and state.refused.n is None:
            return self._say("refused", reason=state.refused.text.rstrip(".")), self._say("no_member_soft")
        if state.welcome is None:
            return self._say("connecting"), self._say("connecting_soft")
        if state.undecided is not None:
            bold = self._say("offline_pending", option=self._choice(state.undecided))
        elif not state.may_press:
            return self._say("offline_idle"), self._say("offline_idle_soft")
        elif state.recorded is not None:
            option, time = self._choice(state.recorded), self._local(state.recorded.recorded_at)
            bold = self._say("offline_recorded", option=option, time=time)
        else:
            bold = self._say("offline_none")
        return bold, self._say("offline_soft")

    def _keys(self) -> str:
        """«1 За, 2 Проти, 3 Утримався. Про внесення змін…»"""
        names = (self._name(option, candidate) for option, candidate in self.state.choices)
        keys = ", ".join(f"{number} {name}" for number, name in enumerate(names, 1))
        return f"{keys}. {self.state.vote.title}" if self.state.vote is not None else keys

    def _stands_for_now(self, recorded: Recorded) -> str:
        return self._say("changing_soft", option=self._choice(recorded), time=self._local(recorded.recorded_at))

    def _what_stands(self) -> str:
        state = self.state
        if state.vote is None or state.member is None:
            return ""
        if state.recorded is not None:
            return self._say("stands", option=self._choice(state.recorded))
        return self._say("stands_none") if state.running is not None else self._own_vote()

    def _own_vote(self) -> str:
        """The member's option in the roll, and a press that came too late for it."""
        state, standing = self.state, self.state.standing
        late = state.undecided or state.lost
        if standing is None or state.vote is None or standing.vote_n != state.vote.n or standing.final is None:
            return self._say("checking", option=self._choice(late)) if state.undecided and late else ""
        final = self._name(standing.final, standing.final_candidate)
        if late is not None:
            return self._say("lost", option=self._choice(late), final=final)
        return f"{self._say('your_vote')}: {final}"

    def _result(self) -> str:
        """The verdict and its reason, in the words that the hall sent."""
        vote = self.state.vote
        if vote is None or vote.result is None:
            return self._say("closed")
        return f"{self._text(vote.result.verdict)}: {self._text(vote.result.reason)}"

    # --- parts ------------------------------------------------------------------------------------------------------

    def _how(self, word: str) -> str:
        """The word of what is on disk by how it came there."""
        channel = self.state.standing.channel if self.state.standing is not None else None
        of_a_press = self.state.recorded is not None and self.state.recorded.boot
        return word if of_a_press or channel not in ("called", "entered") else f"{word}_{channel}"

    def _choice(self, press: PressOption | Recorded) -> str:
        return self._name(press.option, press.candidate)

    def _name(self, option: str, candidate: int | None) -> str:
        candidates: Sequence[CandidateView] = self.state.vote.candidates if self.state.vote is not None else ()
        named = next((one.name for one in candidates if one.candidate == candidate), None)
        return named or self._say(f"option_{option}{self._woman}")

    def _say(self, word: str, **values: object) -> str:
        return _said(self.lang, word, **values)

    def _text(self, texts: Texts) -> str:
        return texts.get(self.lang) or next(iter(texts.values()), "")

    def _local(self, stamp: str) -> str:
        """«14:02:20» in the sitting's time zone; nothing of nothing."""
        if not stamp:
            return ""
        zone: ZoneInfo | None = None
        if self.state.chamber is not None:
            try:
                zone = ZoneInfo(self.state.chamber.sitting.timezone)
            except (ZoneInfoNotFoundError, ValueError):
                zone = None
        return datetime.fromisoformat(stamp).astimezone(zone or UTC).strftime("%H:%M:%S")


def _said(lang: str, word: str, **values: object) -> str:
    """A word of the terminal's page, filled; none that is said here has plural forms."""
    return cast("str", strings(lang, "terminal")[word]).format(**values)
