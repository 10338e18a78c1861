"""A vote in each of its states by the shortest way; what the fold makes of facts, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from voting.entries import Base, Fact, Option
from voting.errors import FoldError
from voting.folder import Folder, fold
from voting.record import SittingRecord
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


def folded(town: Any, *facts: Fact, start: int = 0) -> SittingRecord:
    """The record of a sitting that has opened and then seen these."""
    return fold(town.entries(town.opened(), *facts, start=start))


def require_refused(town: Any, facts: Sequence[Fact], words: str) -> None:
    """The last of these cannot follow the others: the fold says so in these words, and has changed nothing."""
    *possible, impossible = town.entries(*facts, start=10)
    folder = Folder(town.sitting)
    for entry in possible:
        folder.feed(entry)
    before = deepcopy((folder.record, folder.agenda_versions, folder.documents))
    with pytest.raises(FoldError, match=re.escape(words.strip())) as error:
        folder.feed(impossible)
    assert error.value.seq == impossible.seq
    assert str(error.value).startswith(f"entry {impossible.seq}: ")
    assert (folder.record, folder.agenda_versions, folder.documents) == before
