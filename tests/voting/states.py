"""A vote in each of its states, by the shortest way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from voting.entries import (
    Base,
    Option,
)
from voting.vote_event import State, VoteEvent


def in_state(town: Any, state: State) -> VoteEvent:
    """A vote in this state, by the shortest way; nobody has pressed, but for a tie one for and one against."""
    requirement = replace(town.requirement, base=Base.CAST, tie="chair") if state is State.TIED else None
    event = VoteEvent(town.vote(requirement=requirement), town.members)
    if state is State.TIED:
        event.apply(town.press("1001"))
        event.apply(town.press("1002", Option.AGAINST))
    if state in (State.CLOSED, State.TIED, State.ANNOUNCED):
        event.apply(event.close(town.at, "clerk"))
    if state is State.ANNOUNCED:
        event.apply(event.announce(town.at))
    if state is State.HELD:
        event.apply(event.hold(town.at, 5000))
    if state is State.VOIDED:
        event.apply(event.void(town.at, "збій"))
    assert event.state is state
    return event
