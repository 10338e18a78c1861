"""What a chamber knows: the one state behind every act, view and answer of a running sitting.

Values only: no clock, socket or database. Only the chamber's task changes it; acts and views read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from council.people import roll_names, short_names
from council.profile import Profile
from council.sitting import SittingPlan
from council.state_parts import CheckpointView, ChosenOption, EquipmentView
from voting.entries import CorrectionNoted, Option, Seated
from voting.record import SittingRecord, VoteRecord
from voting.vote_event import VoteEvent

CHOICES: dict[Option, ChosenOption] = {Option.FOR: "for", Option.AGAINST: "against", Option.ABSTAIN: "abstain"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one clerk has asked for and another must confirm. Not on disk: a hall started anew has forgotten it."""

    n: int
    act: str  # the try that made it
    by: str  # staff id
    by_name: str
    fact: CorrectionNoted  # `confirmed_by` empty until somebody does


@dataclass(slots=True)
class ChamberData:
    """`record` None: the sitting has not been opened. `build`: of the pages this hall serves; a terminal that says
    another in Hello shows an old page."""

    plan: SittingPlan
    profile: Profile
    record: SittingRecord | None = None
    event: VoteEvent | None = None  # the last named vote
    closes_at: str | None = None  # of the open vote, by the wall clock
    closing: bool = False  # the open vote takes no more presses; what ends or holds it is being written
    chair: str | None = None  # who will preside, as chosen before the opening
    entered_by: tuple[str, ...] = ()  # staff who entered answers in the last vote, in order of their first
    proposals: dict[int, Proposal] = field(default_factory=dict)
    linked: dict[int, int | None] = field(default_factory=dict)  # desk -> round trip in ms
    enrolled: frozenset[int] = frozenset()
    old_pages: set[int] = field(default_factory=set)  # linked desks whose page is of another build
    turned_away: dict[int, float] = field(default_factory=dict)  # desk -> when a second terminal was, clock.monotonic()
    opened_checkpoint: CheckpointView | None = None
    closed_checkpoint: CheckpointView | None = None
    equipment: tuple[EquipmentView, ...] = ()
    live_camera: str | None = None
    seat_by: Literal["seating", "card", "pin"] = "seating"
    rehearsable: bool = False  # a rehearsal of this sitting may be started
    rev: int = 0
    _names_of: tuple[Seated, ...] | None = None
    _names: dict[str, str] = field(default_factory=dict)
    _roll_names: dict[str, str] = field(default_factory=dict)
    _members: dict[str, Seated] = field(default_factory=dict)

    @property
    def members(self) -> tuple[Seated, ...]:
        """Of the sitting as it was opened; before that, as it is prepared."""
        return self.record.opened.members if self.record is not None else self.plan.members

    @property
    def by_id(self) -> dict[str, Seated]:
        self._read_members()
        return self._members

    @property
    def names(self) -> dict[str, str]:
        """Member to the shortest name that no other has."""
        self._read_members()
        return self._names

    @property
    def roll_names(self) -> dict[str, str]:
        self._read_members()
        return self._roll_names

    @property
    def by_desk(self) -> dict[int, Seated]:
        """Who sits at which desk now, in order of the desks."""
        if self.record is not None:
            desks = self.record.desks
        elif self.seat_by == "seating":
            desks = self.usual
        else:
            desks = {}
        by_id = self.by_id
        return {desk_no: by_id[desks[desk_no]] for desk_no in sorted(desks)}

    @property
    def usual(self) -> dict[int, str]:
        """Desk to the member whom the seating names there."""
        return {seated.desk_no: seated.member for seated in self.plan.members if seated.desk_no is not None}

    def _read_members(self) -> None:
        """Once for each list of members: a console's state is made ten times a second."""
        members = self.members
        if self._names_of is not members:
            self._names, self._roll_names = short_names(members), roll_names(members)
            self._members = {seated.member: seated for seated in members}
            self._names_of = members

    @property
    def vote(self) -> VoteRecord | None:
        return last_vote(self.record)

    @property
    def published(self) -> bool:
        """Whether the last vote's result may be known to all."""
        return self.vote is not None and is_published(self.vote, self.profile)

    @property
    def voted(self) -> frozenset[str]:
        """Who has an answer on disk in the last vote."""
        return self.event.voted if self.event is not None else frozenset()


def last_vote(record: SittingRecord | None) -> VoteRecord | None:
    """The last named one, in whatever state."""
    return record.votes[max(record.votes)] if record is not None and record.votes else None


def is_published(vote: VoteRecord, profile: Profile) -> bool:
    """Whether its result may be known to all. A vote set aside after it was known stays known."""
    if vote.result is None:
        return False
    if vote.announced_at is not None:
        return True
    return vote.state in ("closed", "tied", "voided") and profile.publication == "closing"
