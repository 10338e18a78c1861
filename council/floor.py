"""The floor: who waits for it and in which order, how long one may speak, what the screens show of it.

Pure, but for `FloorClock`, which is told the time. Nothing here ends a speech: when the limit is reached the screens
say so, and the chair decides. A request is one under the item that was current when it was made: when another item is
called, or this one again, what waited waits no more.
Source: the profile's floor rules (limits, order, a faction's time under one item).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from council.profile import Profile
from council.state_console import BudgetView, FloorView, RequestView, SpeechView
from voting.entries import FloorKind, Seated, parse_stamp, stamp
from voting.record import RequestRecord, SittingRecord, SpeechRecord


class FloorClock:
    """How long the current speech has lasted. The monotonic clock decides; the wall clock says only when a speech that
    this process did not see beginning began, so that after a restart its time goes on from the facts."""

    def __init__(self) -> None:
        self._runs: tuple[int, str] | None = None  # speech, running since
        self._since = 0.0  # monotonic

    def speech_ms(self, record: SittingRecord | None, now: datetime, monotonic: float) -> int:
        """Of the current speech, pauses left out; 0 if there is none. Call it whenever a fact has been applied."""
        n = record.current_speech if record is not None else None
        if record is None or n is None:
            self._runs = None
            return 0
        speech = record.speeches[n]
        if speech.running_since is None:
            self._runs = None
            return speech.used_ms
        if self._runs != (n, speech.running_since):
            self._runs = (n, speech.running_since)
            self._since = monotonic - max(0.0, (now - parse_stamp(speech.running_since)).total_seconds())
        return speech.used_ms + round((monotonic - self._since) * 1000)


def waiting(record: SittingRecord, profile: Profile) -> list[RequestRecord]:
    """The requests for the floor that wait, in the order in which it will be given."""
    item = record.current_item
    called = max((one.called_seq[-1] for one in record.items.values() if one.called_seq), default=record.opened_seq)
    requests = [
        request
        for request in record.requests.values()
        if request.state == "waiting" and request.fact.item == item and request.seq > called
    ]
    return sorted(
        requests, key=lambda request: (profile.floor.kinds[request.fact.floor].priority, request.fact.request)
    )


def interrupted_speech(record: SittingRecord) -> int | None:
    """The paused speech to which the floor returns when the current one ends; None: the current interrupts none."""
    unended = [n for n, speech in record.speeches.items() if speech.ended_at is None]
    return unended[-2] if len(unended) > 1 else None


def used_by_faction(record: SittingRecord, faction: str, speech_ms: int) -> int:
    """Milliseconds that the faction's members have spoken under the current item. `speech_ms`: the current speech's."""
    members = {seated.member for seated in record.opened.members if seated.faction == faction}
    current = record.current_speech
    return sum(
        speech_ms if n == current else speech.used_ms
        for n, speech in record.speeches.items()
        if speech.fact.item == record.current_item and speech.fact.member in members
    )


def limit(record: SittingRecord, profile: Profile, floor: FloorKind, member: str | None, speech_ms: int) -> int:
    """Seconds that a speech of this kind will have: the kind's limit, or what is left of the faction's time if that is
    less; 0 if nothing is."""
    seconds, budget = profile.floor.kinds[floor].seconds, profile.floor.faction_seconds
    faction = next((seated.faction for seated in record.opened.members if seated.member == member), None)
    if budget is None or faction is None or record.current_item is None:
        return seconds
    return max(0, min(seconds, budget - -(-used_by_faction(record, faction, speech_ms) // 1000)))


def floor_view(
    record: SittingRecord, profile: Profile, names: Mapping[str, str], now: datetime, speech_ms: int
) -> FloorView:
    """names: member to «Андрухів А.» (`people.roll_names`). `speech_ms`: FloorClock's, at `now`."""
    members = {seated.member: seated for seated in record.opened.members}
    current = record.current_speech
    interrupted = interrupted_speech(record)
    return FloorView(
        speech=None if current is None else _speech_view(record, members, record.speeches[current], now, speech_ms),
        queue=tuple(
            RequestView(
                request=request.fact.request,
                member=request.fact.member,
                name=names[request.fact.member],
                desk_no=record.desk_of(request.fact.member),
                faction=members[request.fact.member].faction,
                floor=request.fact.floor,
                seconds=limit(record, profile, request.fact.floor, request.fact.member, speech_ms),
                asked_at=request.fact.at,
            )
            for request in waiting(record, profile)
        ),
        budgets=_budgets(record, profile, speech_ms),
        next_speech=interrupted if interrupted is not None else len(record.speeches) + 1,
        warning_seconds=profile.floor.warning_seconds,
    )


def _speech_view(
    record: SittingRecord, members: Mapping[str, Seated], speech: SpeechRecord, now: datetime, speech_ms: int
) -> SpeechView:
    fact = speech.fact
    seated = members.get(fact.member) if fact.member is not None else None
    left_ms = None if fact.seconds is None else fact.seconds * 1000 - speech_ms
    return SpeechView(
        speech=fact.speech,
        member=fact.member,
        family_name=seated.family_name if seated is not None else fact.speaker or "",
        given_name=" ".join(filter(None, (seated.given_name, seated.patronymic))) if seated is not None else "",
        faction=seated.faction if seated is not None else None,
        desk_no=record.desk_of(seated.member) if seated is not None else None,
        floor=fact.floor,
        item=fact.item,
        started_at=speech.started_at,
        seconds=fact.seconds,
        paused=speech.paused,
        ends_at=None if left_ms is None or speech.paused else stamp(now + timedelta(milliseconds=left_ms)),
        left_ms=left_ms if speech.paused else None,
        used_ms=speech_ms,
    )


def _budgets(record: SittingRecord, profile: Profile, speech_ms: int) -> tuple[BudgetView, ...]:
    """Of the factions, in the order of the members; none before an item is called."""
    seconds = profile.floor.faction_seconds
    if seconds is None or record.current_item is None:
        return ()
    factions = dict.fromkeys(seated.faction for seated in record.opened.members if seated.faction is not None)
    return tuple(
        BudgetView(faction=faction, seconds=seconds, used_ms=used_by_faction(record, faction, speech_ms))
        for faction in factions
    )
