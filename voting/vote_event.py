"""The life of one roll-call vote, from opening to announcement.

Pure: no clock, sockets or database. A method answers with the fact to write, or raises; `apply` alone moves the state:
live, after a restart and in tests. A press is `(boot, n)`: `boot` is random at each start of a terminal, `n` counts up
within it. What has been applied is what is on disk.
Source: DESIGN of the house (README, "From keypress to roll"); the requirement and its law come in with VoteOpened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from voting.entries import CHOSEN, Option, Requirement, ResultAnnounced, RollEntry, VoteClosed, VoteOpened
from voting.errors import BadOption, NotEntitled, UnknownMember, VoteNotOpen, WrongMove
from voting.requirement import decide
from voting.roll import entitled, passive_options
from voting.tally import count


class State(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    ANNOUNCED = "announced"


@dataclass(frozen=True, slots=True)
class Press:
    """One numbered choice from a terminal, as it was recorded."""

    member: str
    boot: str
    n: int
    option: Option
    recorded_at: str


Move = Press | VoteClosed | ResultAnnounced

MOVES: dict[tuple[State, type], State] = {
    (State.OPEN, Press): State.OPEN,  # the last press before closing counts
    (State.OPEN, VoteClosed): State.CLOSED,
    (State.CLOSED, ResultAnnounced): State.ANNOUNCED,
}


def next_state(state: State, n: int, move: type) -> State:
    """Where vote `n` goes. Raises WrongMove naming both sides; VoteNotOpen for a press."""
    after = MOVES.get((state, move))
    if after is None:
        refusal = VoteNotOpen if move is Press else WrongMove
        raise refusal(f"{move.__name__} while vote {n} is {state}")
    return after


def motion_sha256(motion: str) -> str:
    """The SHA-256 of the motion's UTF-8 bytes, in hexadecimal digits."""
    return hashlib.sha256(motion.encode()).hexdigest()


def open_vote(
    *,
    n: int,
    item: str | None,
    motion: str,
    requirement: Requirement,
    members: Sequence[str],
    present: Collection[str],
    no_record: Collection[str] = (),
    seconds: int | None,
    at: str | None,
    original_at: str | None = None,
    recused: Collection[str] = (),
) -> VoteOpened:
    """The fact that opens a vote. `members`: all of the sitting, in its order, which the lists keep.

    Raises UnknownMember if someone present, recused or not on record is none of them."""
    known, here, unmentioned = set(members), set(present), set(no_record)
    for name in (*present, *no_record, *recused):
        if name not in known:
            raise UnknownMember(f"{name} is not a member of this sitting")
    roll = tuple(member for member in members if member in here)
    return VoteOpened(
        at=at,
        n=n,
        item=item,
        motion=motion,
        motion_sha256=motion_sha256(motion),
        requirement=requirement,
        present=roll,
        entitled=entitled(roll, recused, no_record),
        no_record=tuple(member for member in members if member in unmentioned),
        seconds=seconds,
        original_at=original_at,
    )


class VoteEvent:
    """One vote event of a sitting whose members are `members`, in order."""

    def __init__(self, opened: VoteOpened, members: Sequence[str]) -> None:
        self.opened = opened
        self.members = tuple(members)
        self.state = State.OPEN
        self.standing: dict[str, Press] = {}  # by member: the press that counts if the vote closes now
        self._entitled = frozenset(opened.entitled)
        self._newest: dict[tuple[str, str], int] = {}  # the highest n applied, by member and boot

    @property
    def voted(self) -> frozenset[str]:
        """Who has a standing press; never how."""
        return frozenset(self.standing)

    def check_press(self, member: str, boot: str, n: int, option: Option) -> Press | None:
        """Whether a press is to be written.

        None: it is new; write it, then `apply` it. A Press: this (boot, n), or a later one of the same boot, has been
        recorded before; answer with the Press, which is what stands now, and write nothing. That holds after closing
        too, so resending is always safe. Raises BadOption, VoteNotOpen, NotEntitled."""
        if option not in CHOSEN:
            raise BadOption(f"{option} cannot be chosen")
        if n <= self._newest.get((member, boot), 0):
            return self.standing[member]
        next_state(self.state, self.opened.n, Press)
        self._require_entitled(member)
        return None

    def close(self, at: str, cause: Literal["clerk", "time", "import"]) -> VoteClosed:
        """The roll of all members, its tally and the result. Raises WrongMove unless the vote is open."""
        next_state(self.state, self.opened.n, VoteClosed)
        passive = passive_options(self.members, self.opened)
        roll = tuple(self._line(member, passive) for member in self.members)
        tally = count(roll)
        result = decide(self.opened.requirement, tally, len(self.opened.present))
        return VoteClosed(at=at, n=self.opened.n, cause=cause, roll=roll, tally=tally, result=result)

    def announce(self, at: str) -> ResultAnnounced:
        """Raises WrongMove unless the vote is closed and not yet announced."""
        next_state(self.state, self.opened.n, ResultAnnounced)
        return ResultAnnounced(at=at, n=self.opened.n)

    def apply(self, move: Move) -> None:
        """Take over what is on disk; the only thing that moves the state.

        A press older than one applied before, of the same boot, changes nothing. Raises WrongMove, NotEntitled."""
        if not isinstance(move, Press) and move.n != self.opened.n:
            raise WrongMove(f"{type(move).__name__} of vote {move.n} for vote {self.opened.n}")
        after = next_state(self.state, self.opened.n, type(move))
        if isinstance(move, Press):
            self._require_entitled(move.member)
            if move.n > self._newest.get((move.member, move.boot), 0):
                self._newest[move.member, move.boot] = move.n
                self.standing[move.member] = move
        self.state = after

    def _require_entitled(self, member: str) -> None:
        if member not in self._entitled:
            raise NotEntitled(f"{member} is not entitled in vote {self.opened.n}")

    def _line(self, member: str, passive: dict[str, Option]) -> RollEntry:
        press = self.standing.get(member)
        if press is None:
            return RollEntry(member, passive[member])
        return RollEntry(member, press.option, press.boot, press.n, press.recorded_at)
