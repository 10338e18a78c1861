"""The life of one roll-call vote, from opening to announcement.

Pure: no clock, sockets or database. A method answers with the fact to write, or raises; `apply` alone moves the state:
live, after a restart and in tests. A press is `(boot, n)`: `boot` is random at each start of a terminal or console, `n`
counts up within it. What has been applied is what is on disk.
Source: DESIGN of the house (README, "From keypress to roll"); the requirement and its law come in with VoteOpened.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from voting.entries import (
    CHOSEN,
    Candidate,
    Channel,
    Clerk,
    Method,
    Option,
    Override,
    Relation,
    Requirement,
    Result,
    ResultAnnounced,
    RollEntry,
    Subject,
    TieDecided,
    VoteClosed,
    VoteHeld,
    VoteOpened,
    VoteResumed,
    VoteVoided,
)
from voting.errors import (
    BadOption,
    BadVote,
    NoReason,
    NotByTerminal,
    NotConfirmed,
    NotEntitled,
    UnknownMember,
    VoteHeldError,
    VoteNotOpen,
    WrongChannel,
    WrongMove,
)
from voting.opening import contradictions, motion_sha256
from voting.requirement import decide, elect
from voting.roll import entitled, in_quorum, passive_options, waives_quorum
from voting.tally import count, count_candidates

__all__ = ["CHANNELS", "MOVES", "Move", "Press", "State", "VoteEvent", "motion_sha256", "next_state", "open_vote"]


class State(StrEnum):
    OPEN = "open"
    HELD = "held"  # takes no presses; those recorded stand
    CLOSED = "closed"
    TIED = "tied"  # closed, and the chair has the casting vote
    ANNOUNCED = "announced"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class Press:
    """One numbered choice as it was recorded: a key at a desk, or an answer that the clerk entered.

    `option` NOT_VOTING takes back what the clerk entered for the member before; what the member pressed stands again.
    `terminal`, `signature`: of channel `terminal` alone."""

    member: str
    boot: str
    n: int
    option: Option
    recorded_at: str
    candidate: int | None = None
    channel: Channel = "terminal"
    terminal: str | None = None
    signature: str | None = None


Move = Press | VoteHeld | VoteResumed | VoteClosed | TieDecided | ResultAnnounced | VoteVoided

MOVES: dict[tuple[State, type], State] = {
    (State.OPEN, Press): State.OPEN,  # the last press before closing counts
    (State.OPEN, VoteHeld): State.HELD,
    (State.HELD, VoteResumed): State.OPEN,
    (State.OPEN, VoteClosed): State.CLOSED,  # TIED where its result says so
    (State.HELD, VoteClosed): State.CLOSED,
    (State.TIED, TieDecided): State.CLOSED,
    (State.CLOSED, ResultAnnounced): State.ANNOUNCED,
    (State.OPEN, VoteVoided): State.VOIDED,
    (State.HELD, VoteVoided): State.VOIDED,
    (State.CLOSED, VoteVoided): State.VOIDED,
    (State.TIED, VoteVoided): State.VOIDED,
    (State.ANNOUNCED, VoteVoided): State.VOIDED,
}

# By method: how an answer may come. Whoever cannot press in a vote by terminal says it aloud.
CHANNELS: dict[Method, tuple[Channel, ...]] = {
    "terminal": ("terminal", "called"),
    "called": ("called",),
    "entered": ("entered",),
}


def next_state(state: State, n: int, move: type | Move) -> State:
    """Where vote `n` goes by `move`, a fact or its kind. Raises WrongMove naming both sides; for a press VoteNotOpen or
    VoteHeldError."""
    kind = move if isinstance(move, type) else type(move)
    after = MOVES.get((state, kind))
    if after is None:
        refusal = WrongMove if kind is not Press else VoteHeldError if state is State.HELD else VoteNotOpen
        raise refusal(f"{kind.__name__} while vote {n} is {state}")
    if isinstance(move, VoteClosed) and move.result is Result.TIED:
        return State.TIED
    return after


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
    exception: bool = False,
    in_quorum: int | None = None,
    method: Method = "terminal",
    order: Literal["seating", "alphabet"] | None = None,
    subject: Subject = "motion",
    also_items: tuple[str, ...] = (),
    candidates: tuple[Candidate, ...] = (),
    relation: Relation | None = None,
    refers_to: int | None = None,
    reason: str | None = None,
    override: Override | None = None,
) -> VoteOpened:
    """The fact that opens a vote. `members`: all of the sitting, in its order, which the lists keep. `recused`: who
    declared it for its items; of them those present stand aside, or vote by `exception`.

    Raises UnknownMember if someone present, recused or not on record is none of them; BadVote naming what contradicts
    what (`opening.py`)."""
    known, here, unmentioned, stepped = set(members), set(present), set(no_record), set(recused)
    for name in (*present, *no_record, *recused):
        if name not in known:
            raise UnknownMember(f"{name} is not a member of this sitting")
    roll = tuple(member for member in members if member in here)
    aside = tuple(member for member in roll if member in stepped)
    opened = VoteOpened(
        at=at,
        n=n,
        item=item,
        motion=motion,
        motion_sha256=motion_sha256(motion),
        requirement=requirement,
        present=roll,
        entitled=entitled(roll, () if exception else aside, no_record),
        no_record=tuple(member for member in members if member in unmentioned),
        seconds=seconds,
        original_at=original_at,
        recused=aside,
        exception=exception,
        in_quorum=in_quorum,
        method=method,
        order=order,
        subject=subject,
        also_items=also_items,
        candidates=candidates,
        relation=relation,
        refers_to=refers_to,
        reason=reason,
        override=override,
    )
    for words in contradictions(opened):
        raise BadVote(f"vote {n}: {words}")
    return opened


class VoteEvent:
    """One vote event of a sitting whose members are `members`, in order."""

    def __init__(self, opened: VoteOpened, members: Sequence[str]) -> None:
        self.opened = opened
        self.members = tuple(members)
        self.state = State.OPEN
        self.standing: dict[str, Press] = {}  # by member: the press that counts if the vote closes now
        self._entitled = frozenset(opened.entitled)
        self._candidates = frozenset(candidate.candidate for candidate in opened.candidates)
        self._newest: dict[tuple[str, str], int] = {}  # the highest n applied, by member and boot
        self._by_key: dict[str, Press] = {}  # by member: the last press at a desk, under what the clerk entered
        self._taken_back: dict[str, Press] = {}  # by member: the last answer taken back

    @property
    def voted(self) -> frozenset[str]:
        """Who has a standing press; never how."""
        return frozenset(self.standing)

    def check_press(
        self,
        member: str,
        boot: str,
        n: int,
        option: Option,
        candidate: int | None = None,
        channel: Channel = "terminal",
    ) -> Press | None:
        """Whether a press is to be written.

        None: it is new; write it, then `apply` it. A Press: this (boot, n), or a later one of the same boot, has been
        recorded before; answer with the Press, which is what stands now, and write nothing; its option is NOT_VOTING
        if nothing stands because an answer was taken back. That holds after closing too, so resending is always safe.
        Raises BadOption, NotByTerminal, WrongChannel, VoteHeldError, VoteNotOpen, NotEntitled."""
        self._require_choice(option, candidate, channel)
        if n <= self._newest.get((member, boot), 0):
            return self.standing.get(member) or self._taken_back[member]
        next_state(self.state, self.opened.n, Press)
        self._require_entitled(member)
        return None

    def hold(self, at: str, left_ms: int | None) -> VoteHeld:
        """Presses that were accepted have to be applied before: afterwards none is. `left_ms`: of the time limit."""
        next_state(self.state, self.opened.n, VoteHeld)
        return VoteHeld(at=at, n=self.opened.n, left_ms=left_ms)

    def resume(self, at: str, left_ms: int | None) -> VoteResumed:
        """Raises WrongMove unless the vote is held."""
        next_state(self.state, self.opened.n, VoteResumed)
        return VoteResumed(at=at, n=self.opened.n, left_ms=left_ms)

    def close(
        self,
        at: str,
        cause: Literal["clerk", "time", "import"],
        *,
        entered_by: tuple[Clerk, ...] = (),
        confirmed_by: Clerk | None = None,
    ) -> VoteClosed:
        """The roll of all members, its tally and the result. `entered_by`: the clerks who entered answers;
        `confirmed_by`: of a vote entered by hand, and of no other.

        Raises WrongMove unless the vote is open or held, NotConfirmed if nobody confirms who entered nothing."""
        next_state(self.state, self.opened.n, VoteClosed)
        opened = self.opened
        if not confirmed(opened.method, entered_by, confirmed_by):
            raise NotConfirmed("a vote entered by hand is confirmed by a second clerk, and no other vote is")
        passive = passive_options(self.members, opened)
        roll = tuple(self._line(member, passive) for member in self.members)
        tally, counts, chosen = count(roll), count_candidates(roll, opened.candidates), None
        waived = waives_quorum(opened)
        if opened.candidates:
            result, chosen = elect(opened.requirement, counts, tally, in_quorum(opened), waived=waived)
        else:
            result = decide(opened.requirement, tally, in_quorum(opened), waived=waived)
        return VoteClosed(
            at=at,
            n=opened.n,
            cause=cause,
            roll=roll,
            tally=tally,
            result=result,
            counts=counts,
            chosen=chosen,
            entered_by=entered_by,
            confirmed_by=confirmed_by,
        )

    def decide_tie(self, at: str, member: str, option: Option, entered_by: Clerk) -> TieDecided:
        """The casting vote of the chair, `member`: for or against. Raises WrongMove unless tied, BadOption."""
        next_state(self.state, self.opened.n, TieDecided)
        if option not in (Option.FOR, Option.AGAINST):
            raise BadOption(f"{option} decides no tie")
        result = Result.ADOPTED if option is Option.FOR else Result.REJECTED
        return TieDecided(at, self.opened.n, member, option, result, entered_by)

    def announce(self, at: str) -> ResultAnnounced:
        """Raises WrongMove unless the vote is closed, its tie decided, and not yet announced."""
        next_state(self.state, self.opened.n, ResultAnnounced)
        return ResultAnnounced(at=at, n=self.opened.n)

    def void(self, at: str, reason: str) -> VoteVoided:
        """Set the vote aside, whatever its state. Raises WrongMove if it was before, NoReason."""
        next_state(self.state, self.opened.n, VoteVoided)
        if not reason.strip():
            raise NoReason(f"vote {self.opened.n} is not set aside without a reason")
        return VoteVoided(at=at, n=self.opened.n, reason=reason)

    def apply(self, move: Move) -> None:
        """Take over what is on disk; the only thing that moves the state.

        A press older than one applied before, of the same boot, changes nothing. Raises WrongMove, and for a press
        what `check_press` raises."""
        if not isinstance(move, Press) and move.n != self.opened.n:
            raise WrongMove(f"{type(move).__name__} of vote {move.n} for vote {self.opened.n}")
        after = next_state(self.state, self.opened.n, move)
        if isinstance(move, Press):
            self._require_choice(move.option, move.candidate, move.channel)
            self._require_entitled(move.member)
            if move.n > self._newest.get((move.member, move.boot), 0):
                self._newest[move.member, move.boot] = move.n
                self._stand(move)
        self.state = after

    def _stand(self, press: Press) -> None:
        if press.channel == "terminal":
            self._by_key[press.member] = press
        if press.option in CHOSEN:
            self.standing[press.member] = press
            return
        self._taken_back[press.member] = press
        below = self._by_key.get(press.member)
        if below is not None:
            self.standing[press.member] = below
        else:
            self.standing.pop(press.member, None)

    def _require_choice(self, option: Option, candidate: int | None, channel: Channel) -> None:
        if channel not in CHANNELS[self.opened.method]:
            if channel == "terminal":
                raise NotByTerminal(f"vote {self.opened.n} is not taken by terminal: the clerk enters the answers")
            raise WrongChannel(f"an answer {channel} in vote {self.opened.n}, which is taken otherwise")
        if option not in CHOSEN and (option is not Option.NOT_VOTING or channel == "terminal"):
            raise BadOption(f"{option} cannot be chosen")
        if self._candidates and option is Option.AGAINST:
            raise BadOption("in a vote on candidates nobody votes against")
        if self._candidates and option is Option.FOR:
            if candidate not in self._candidates:
                raise BadOption(f"candidate {candidate} does not stand in vote {self.opened.n}")
        elif candidate is not None:
            raise BadOption(f"{option} names no candidate")

    def _require_entitled(self, member: str) -> None:
        if member not in self._entitled:
            raise NotEntitled(f"{member} is not entitled in vote {self.opened.n}")

    def _line(self, member: str, passive: dict[str, Option]) -> RollEntry:
        press = self.standing.get(member)
        if press is None:
            return RollEntry(member, passive[member])
        return RollEntry(
            member,
            press.option,
            boot=press.boot,
            n=press.n,
            recorded_at=press.recorded_at,
            candidate=press.candidate,
            channel=press.channel,
            terminal=press.terminal,
            signature=press.signature,
        )


def confirmed(method: Method, entered_by: Sequence[Clerk], confirmed_by: Clerk | None) -> bool:
    """Whether a vote entered by hand names those who entered it and one who did not, and no other vote is confirmed."""
    if method != "entered":
        return confirmed_by is None
    entered = {clerk.staff for clerk in entered_by}
    return bool(entered) and confirmed_by is not None and confirmed_by.staff not in entered
