"""What a chamber knows: the one state behind every act, view and answer of a running sitting.

Values only: no clock, socket or database. Only the chamber's task changes it; acts and views read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from council.floor import FloorClock
from council.people import roll_names, short_names
from council.profile import Profile
from council.sitting import SittingPlan
from council.state_console import PastVote
from council.state_parts import CameraStop, CheckpointView, ChosenOption, EquipmentView
from voting.entries import Clerk, CorrectionNoted, Option, RollEntry, Seated
from voting.record import SittingRecord, VoteRecord
from voting.vote_event import VoteEvent

T = TypeVar("T")

CHOICES: dict[Option, ChosenOption] = {Option.FOR: "for", Option.AGAINST: "against", Option.ABSTAIN: "abstain"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one clerk has asked for and another must confirm. Not on disk: a hall started anew has forgotten it."""

    n: int
    act: str  # the try that made it
    fact: CorrectionNoted  # `confirmed_by` is who noted it, until another does

    @property
    def by(self) -> Clerk:
        return self.fact.noted_by


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
    holding: bool = False  # and it is what holds it
    chair: str | None = None  # who will preside, as chosen before the opening
    entered_acts: set[str] = field(default_factory=set)  # acts whose answers are on disk, in the last vote
    entered_by: tuple[Clerk, ...] = ()  # who entered answers in the last vote, in order of their first
    answered: frozenset[str] = frozenset()  # members for whom an answer was entered in the last vote, never how
    recused_at: dict[tuple[str, str], str] = field(default_factory=dict)  # item, member -> since when
    proposals: dict[int, Proposal] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)  # proposals confirmed or dropped
    linked: dict[int, int | None] = field(default_factory=dict)  # desk -> round trip in ms
    enrolled: frozenset[int] = frozenset()
    old_pages: set[int] = field(default_factory=set)  # linked desks whose page is of another build
    turned_away: dict[int, float] = field(default_factory=dict)  # desk -> when a second terminal was, clock.monotonic()
    opened_checkpoint: CheckpointView | None = None
    closed_checkpoint: CheckpointView | None = None
    equipment: tuple[EquipmentView, ...] = ()
    cameras: tuple[CameraStop, ...] = ()  # in a closed part
    live_camera: str | None = None
    rehearsable: bool = False  # a rehearsal of this sitting may be started
    floor_clock: FloorClock = field(default_factory=FloorClock)
    speech_ms: int = 0  # how long the current speech has lasted, as of the last `tick`
    rev: int = 0
    past: dict[int, tuple[object, PastVote]] = field(default_factory=dict)  # console views of votes, by what they show
    _kept: dict[str, tuple[object, int, Any]] = field(default_factory=dict)  # what is asked often, and of what it is

    def tick(self, now: datetime, monotonic: float) -> datetime:
        """Before an act or a view that may speak of the floor; answers with `now`."""
        self.speech_ms = self.floor_clock.speech_ms(self.record, now, monotonic)
        return now

    @property
    def members(self) -> tuple[Seated, ...]:
        """Of the sitting as it was opened; before that, as it is prepared."""
        return self.record.opened.members if self.record is not None else self.plan.members

    @property
    def by_id(self) -> dict[str, Seated]:
        return self.keep(
            "by_id", self.members, lambda: {seated.member: seated for seated in self.members}, over_facts=True
        )

    @property
    def names(self) -> dict[str, str]:
        """Member to the shortest name that no other has."""
        return self.keep("names", self.members, lambda: short_names(self.members), over_facts=True)

    @property
    def roll_names(self) -> dict[str, str]:
        return self.keep("roll_names", self.members, lambda: roll_names(self.members), over_facts=True)

    @property
    def usual(self) -> dict[int, str]:
        """Desk to the member whom the seating names there."""
        members = self.plan.members
        return self.keep(
            "usual", members, lambda: {m.desk_no: m.member for m in members if m.desk_no is not None}, over_facts=True
        )

    @property
    def by_desk(self) -> dict[int, Seated]:
        """Who sits at which desk now, in order of the desks."""
        return self.keep("by_desk", self.members, self._seats)

    def _seats(self) -> dict[int, Seated]:
        if self.record is not None:
            desks = self.record.desks
        else:
            desks = self.usual if self.plan.body.seat_by == "seating" else {}
        return {desk_no: self.by_id[desks[desk_no]] for desk_no in sorted(desks)}

    @property
    def roll_lines(self) -> dict[str, RollEntry]:
        """The last vote's roll by member, once it is closed and unless it is void."""
        vote = self.vote
        roll = vote.roll or () if vote is not None and vote.state != "voided" else ()
        return self.keep("roll_lines", roll, lambda: {line.member: line for line in roll})

    def keep(self, name: str, of: object, make: Callable[[], T], *, over_facts: bool = False) -> T:
        """A console's state is made ten times a second, and where a member stands for each at once. What was made is
        kept until it would be made of something else, or another fact has come; `over_facts`: facts change it not."""
        seq = -1 if over_facts or self.record is None else self.record.last_seq
        kept = self._kept.get(name)
        if kept is None or kept[0] is not of or kept[1] != seq:
            kept = self._kept[name] = (of, seq, make())
        value: T = kept[2]
        return value

    @property
    def vote(self) -> VoteRecord | None:
        return last_vote(self.record)

    @property
    def published(self) -> bool:
        """Whether the last vote's result may be known to all."""
        return self.vote is not None and is_published(self.vote, self.profile)

    @property
    def running(self) -> VoteRecord | None:
        """The vote that is open or held."""
        return self.record.open_vote if self.record is not None else None

    @property
    def voted(self) -> frozenset[str]:
        """Who has an answer on disk in the last vote."""
        return self.event.voted if self.event is not None else frozenset()


def last_vote(record: SittingRecord | None) -> VoteRecord | None:
    """The last named one, in whatever state."""
    return record.votes[max(record.votes)] if record is not None and record.votes else None


def is_published(vote: VoteRecord, profile: Profile) -> bool:
    """Whether its result may be known to all. One that was set aside has none."""
    if vote.state == "announced":
        return True
    return vote.state in ("closed", "tied") and profile.publication == "closing"
