"""The running sitting: a message comes in, the rule is asked, the entry is appended, the answer goes out.

One task owns the state. Messages wait in one inbox and are handled one at a time, to the end, without waiting for
anything: not for a socket (`links.py`), not for the disk. Writing is done beside it: presses by the hall's
`PressWriter`, facts by one append at a time; what is on disk comes back as a message and only then counts and is told.
So when PostgreSQL is away the lamps stay dashed, the acts wait, and everything else goes on.

The order at closing, and so at holding and voiding: the vote takes no more presses from the moment it begins; those
accepted before it are committed; then roll, tally and result are computed once from what is on disk; then the fact is
appended. If it is refused, the vote goes on with the time it had left.

Recovery is the same: the ledger's entries and the presses on disk are applied by the same `_apply`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Literal

from council.access import Login, Terminal
from council.acts import Context, TerminalAct, facts_of, facts_of_terminal
from council.acts.corrections import propose
from council.acts.moves import close, hold, void
from council.applied import SEATS, about_one, apply_entry, time_left
from council.chamber_data import ChamberData
from council.clock import Clock
from council.connected import Connected
from council.intake import Intake
from council.links import RESTART, REVOKED, Link
from council.presses import PressRow, PressWriter
from council.protocol import Arrive, Done, PressOption, Refused
from council.protocol_acts import (
    Act,
    CloseVote,
    ConfirmProposal,
    DropProposal,
    EndRehearsal,
    EnterAnswers,
    HoldVote,
    NoteCorrection,
    SetChair,
    SetPresence,
    VoidVote,
)
from council.qr import checkpoint_view
from council.refusals import Refusal
from council.sitting import SittingPlan
from council.state_parts import CheckpointView, EquipmentView
from council.timer import VoteTimer
from voting.checkpoint import Signer
from voting.entries import (
    Entry,
    Fact,
    MemberArrived,
    SittingOpened,
    VoteClosed,
    VoteHeld,
    VoteOpened,
    VoteResumed,
    VoteVoided,
    stamp,
)
from voting.errors import LedgerBusy, LedgerClosed, LedgerDamaged, VotingError
from voting.folder import Folder
from voting.ledger import Ledger

logger = logging.getLogger(__name__)

RETRY_S = 1.0  # between tries to close a vote whose closing could not be written
GRACE_S = 10.0  # after a restart a vote with a time limit stays open at least so long
ENDING = (CloseVote, HoldVote, VoidVote)  # they wait for the presses accepted before them


@dataclass(slots=True)
class Work:
    """Something that goes into the ledger, and whom to answer. Of a terminal's act `desk_no`, and `member` who sat
    there when it came; `cause` matters to closings; `proposal` is what became of a correction."""

    what: Act | TerminalAct
    link: Link | None = None
    by: Login | None = None
    member: str | None = None
    desk_no: int | None = None
    cause: Literal["clerk", "time"] = "clerk"
    proposal: int | None = None


class Chamber:
    """One sitting. The public methods only put a message into the inbox and return. `prepared`: the sitting as it is in
    the preparation; a rehearsal of it has another id."""

    def __init__(
        self,
        data: ChamberData,
        ledger: Ledger,
        writer: PressWriter,
        clock: Clock,
        signer: Signer,
        prepared: str | None = None,
    ) -> None:
        self.data = data  # only the chamber's task changes it
        self.sitting = data.plan.id
        self.prepared = prepared or data.plan.id
        self.connected = Connected(data, clock)
        self._ledger = ledger
        self._writer = writer
        self._clock = clock
        self._folder = Folder(self.sitting)
        self._inbox: deque[Callable[[], None]] = deque()
        self._wake = asyncio.Event()
        self._intake = Intake(data, self.connected, writer, clock, signer, self.post, self._drained)
        self._work: deque[Work] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._settling: Work | None = None  # ends or holds the vote, and waits for the presses accepted before it
        self._giving_way = False
        self._stopped_at = ""
        self._left_ms: int | None = None
        self._timer = VoteTimer(lambda n: self.post(partial(self._time_up, n)))
        self.writing_since: float | None = None  # clock.monotonic(); an append is on its way since then
        self.on_failure: Callable[[BaseException], None] = lambda error: None  # the ledger cannot be written any more
        self.on_rehearsal_ended: Callable[[], None] = lambda: None

    # --- from outside -----------------------------------------------------------------------------------------------

    def post(self, message: Callable[[], None]) -> None:
        """Handle `message` in the chamber's task, after those before it."""
        self._inbox.append(message)
        self._wake.set()

    def join_terminal(self, link: Link, terminal: Terminal, boot: str, build: str, page: str | None = None) -> None:
        self.post(partial(self.connected.join_terminal, link, terminal, boot, build, page))

    def join_console(self, link: Link) -> None:
        self.post(partial(self.connected.join_console, link))

    def join_display(self, link: Link) -> None:
        self.post(partial(self.connected.join_display, link))

    def leave(self, link: Link) -> None:
        self.post(partial(self.connected.leave, link))

    def measured(self, link: Link, rtt_ms: int) -> None:
        self.post(partial(self.connected.measured, link, rtt_ms))

    def press(self, link: Link, message: PressOption) -> None:
        self.post(partial(self._intake.press, link, message))

    def desk_act(self, link: Link, act: TerminalAct) -> None:
        """What a member does at a desk, but for pressing; of TakeSeat what its check has found, SignedIn."""
        self.post(partial(self._desk_act, link, act))

    def act(self, link: Link, act: Act, *, by: Login) -> None:
        """`by`: whose role was found to include the act."""
        if isinstance(act, EnterAnswers):
            self.post(partial(self._intake.enter, link, act, by.staff))
        else:
            self.post(partial(self._add, Work(act, link, by)))

    @property
    def waiting(self) -> int:
        """Presses on their way to the disk."""
        return self._intake.on_the_way

    @property
    def entries(self) -> int:
        """Of its ledger, on disk."""
        return self._ledger.size

    @property
    def not_written_since(self) -> float | None:
        """clock.monotonic(); presses or facts are on their way to the disk since then."""
        return min((at for at in (self._writer.writing_since, self.writing_since) if at is not None), default=None)

    async def give_way(self) -> bool:
        """Before another chamber takes this one's place: no act is begun any more. False: the sitting is open, or being
        opened, and goes on."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.post(partial(self._give_way, answer))
        return await answer

    def stay(self) -> None:
        """Nothing took its place after all."""
        self.post(self._stay)

    def cut(self, desk_no: int) -> None:
        """The desk's terminals lost their keys."""
        self.post(partial(self.connected.cut, desk_no, REVOKED))

    def equip(self, equipment: tuple[EquipmentView, ...], enrolled: frozenset[int], live_camera: str | None) -> None:
        self.post(partial(self._equip, equipment, enrolled, live_camera))

    def replan(self, plan: SittingPlan) -> None:
        """The preparation has changed. After the opening it is fixed and nothing happens."""
        self.post(partial(self._replan, plan))

    async def run(self) -> None:
        """The chamber's task. A message that fails is noted and leaves the others alone: no vote stops for it."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._inbox:
                message = self._inbox.popleft()
                try:
                    message()
                except Exception:
                    logger.exception("chamber_message_failed sitting=%s", self.sitting)

    async def stop(self) -> None:
        """Close all links. An append on its way may reach the disk or not; the next start reads which."""
        self.connected.stop()
        self.connected.close_all(RESTART)
        self._timer.stop()
        if self._writing is not None:
            self._writing.cancel()
            with suppress(asyncio.CancelledError):
                await self._writing

    # --- recovery and facts -----------------------------------------------------------------------------------------

    def recover(
        self,
        entries: Sequence[Entry],
        presses: Sequence[PressRow],
        opened_checkpoint: CheckpointView | None = None,
        closed_checkpoint: CheckpointView | None = None,
    ) -> None:
        """Take up the sitting where the disk has it. presses: those of its last vote event, in order of recording."""
        last = max((entry.fact.n for entry in entries if isinstance(entry.fact, VoteOpened)), default=None)
        for entry in entries:
            apply_entry(self.data, self._folder, entry)
            if isinstance(entry.fact, VoteOpened) and entry.fact.n == last:
                for row in presses:
                    self._intake.apply(row)
        self.data.opened_checkpoint, self.data.closed_checkpoint = opened_checkpoint, closed_checkpoint
        left = time_left(self.data, entries, self._clock.now())
        if left is not None and self.data.vote is not None:
            self._start_timer(self.data.vote.n, max(GRACE_S, left))

    def _applied(self, entry: Entry) -> None:
        """What a fact does beside the record, once, in the running hall."""
        match entry.fact:
            case VoteOpened(n=n, seconds=seconds):
                self.data.opened_checkpoint = self._checkpoint()
                if seconds is not None:
                    self._start_timer(n, seconds)
            case VoteResumed(n=n, left_ms=left_ms) if left_ms is not None:
                self._start_timer(n, left_ms / 1000)
            case VoteClosed():
                self.data.closed_checkpoint = self._checkpoint()
                self._timer.stop()
            case VoteHeld() | VoteVoided():
                running = self.data.running
                if running is None or running.state == "held":
                    self._timer.stop()

    def _checkpoint(self) -> CheckpointView:
        return checkpoint_view(self._ledger.size, self._ledger.root.hex(), self._clock.now())

    def _start_timer(self, n: int, seconds: float) -> None:
        self._timer.start(n, seconds)
        self.data.closes_at = stamp(self._clock.now() + timedelta(seconds=seconds))

    def _time_up(self, n: int) -> None:
        vote = self.data.running
        if vote is not None and vote.n == n and vote.state == "open" and not self.data.closing:
            self._add(Work(CloseVote(act="0" * 16, vote_n=n), cause="time"))

    def _equip(self, equipment: tuple[EquipmentView, ...], enrolled: frozenset[int], live_camera: str | None) -> None:
        data = self.data
        if (data.equipment, data.enrolled, data.live_camera) != (equipment, enrolled, live_camera):
            data.equipment, data.enrolled, data.live_camera = equipment, enrolled, live_camera
            self.connected.changed()

    def _replan(self, plan: SittingPlan) -> None:
        if self.data.record is None and self._writing is None and plan != self.data.plan and plan.id == self.sitting:
            reseated = (plan.members, plan.body) != (self.data.plan.members, self.data.plan.body)
            self.data.plan = plan
            self.connected.tell_terminals()
            self.connected.tell_choices()
            self.connected.changed()
            if reseated:
                self.connected.close_all(RESTART)  # they come back and are told who sits there now

    def _give_way(self, answer: asyncio.Future[bool]) -> None:
        self._giving_way = self.data.record is None and self._writing is None
        answer.set_result(self._giving_way)

    def _stay(self) -> None:
        self._giving_way = False
        self._next()

    # --- acts -------------------------------------------------------------------------------------------------------

    def _desk_act(self, link: Link, act: TerminalAct) -> None:
        seat = self.connected.seat(link)
        if seat is not None:
            self._add(Work(act, link, member=seat.member, desk_no=seat.terminal.desk_no))

    def _add(self, work: Work) -> None:
        """Acts wait for each other. What ends or holds the vote takes effect on presses here and now, before the acts
        it waits for."""
        if self._ends_vote(work) and not self.data.closing:
            self._stop_taking(work)
        self._work.append(work)
        self._next()

    def _next(self) -> None:
        """Begin the next act, unless one is being written. Those that hold already or are refused are answered."""
        while self._work and self._writing is None and self._settling is None and not self._giving_way:
            works = [self._work.popleft()]
            self._begin(works, lambda works=works: self._facts(works))  # type: ignore[misc]

    def _begin(self, works: list[Work], facts_of_works: Callable[[], Sequence[Fact]]) -> None:
        try:
            facts = facts_of_works()
        except Refusal as refusal:
            self._refuse(works, refusal)
        except VotingError as error:
            act = type(works[0].what).__name__
            logger.exception("act_failed sitting=%s act=%s code=%s", self.sitting, act, error.code)
            self._refuse(works, Refusal("internal"))
        else:
            if facts:
                self._write(facts, works)
            elif self._settling is None:
                self._done(works)

    def _facts(self, works: list[Work]) -> Sequence[Fact]:
        """What the act in `works` puts into the ledger; it takes the arrivals that wait behind it along. Raises
        Refusal."""
        work, data = works[0], self.data
        context = self._context(work)
        match work.what:
            case CloseVote() | HoldVote() | VoidVote():
                return self._ending(work)
            case NoteCorrection() as act:
                number = max(round(self._clock.now().timestamp() * 1000), *data.settled, *(data.proposals), 0) + 1
                proposal = propose(act, context, number)
                if proposal is not None:
                    data.proposals[proposal.n] = proposal
                    work.proposal = proposal.n
                    self.connected.changed()
                return []
            case DropProposal(proposal=n):
                if data.proposals.pop(n, None) is None and n not in data.settled:
                    raise Refusal("no_such_proposal")
                data.settled.add(n)
                self.connected.changed()
                return []
            case SetChair(member=member) if data.record is None:
                if all(seated.member != member for seated in data.members):
                    raise Refusal("no_such_member")
                data.chair = member
                self.connected.changed()
                return []
            case Arrive() | SetPresence(present=True):
                return self._arrivals(works)
        return self._facts_of(work)

    def _facts_of(self, work: Work) -> Sequence[Fact]:
        context = self._context(work)
        if isinstance(work.what, TerminalAct):
            return facts_of_terminal(work.what, context)
        return facts_of(work.what, context)

    def _context(self, work: Work) -> Context:
        now = self.data.tick(self._clock.now(), self._clock.monotonic())
        member = work.member
        if member is None and work.desk_no in self.data.by_desk:
            member = self.data.by_desk[work.desk_no].member
        by, name = (work.by.staff, work.by.name) if work.by is not None else (None, "")
        return Context(self.data, now, by, name, member=member, desk_no=work.desk_no, speech_ms=self.data.speech_ms)

    def _arrivals(self, works: list[Work]) -> Sequence[Fact]:
        """Those who arrive behind one another go in one append."""
        facts = list(self._facts_of(works[0]))
        arrived = {fact.member for fact in facts if isinstance(fact, MemberArrived)}
        while self._work and isinstance(self._work[0].what, Arrive | SetPresence):
            what = self._work[0].what
            if isinstance(what, SetPresence) and (not what.present or what.member in arrived):
                break
            try:
                more = self._facts_of(self._work[0])
            except Refusal:
                break  # it is answered in its turn
            if any(isinstance(fact, MemberArrived) and fact.member in arrived for fact in more):
                break
            facts += more
            arrived |= {fact.member for fact in more if isinstance(fact, MemberArrived)}
            works.append(self._work.popleft())
        return facts

    # --- what ends or holds a vote ----------------------------------------------------------------------------------

    def _ends_vote(self, work: Work) -> bool:
        """Whether it would end or hold the vote that is running."""
        vote, what = self.data.running, work.what
        if vote is None or not isinstance(what, ENDING) or what.vote_n != vote.n:
            return False
        return vote.state == "open" or not isinstance(what, HoldVote)

    def _stop_taking(self, work: Work) -> None:
        self._stopped_at, self._left_ms = stamp(self._clock.now()), self._timer.stop()
        self.data.closing, self.data.holding = True, isinstance(work.what, HoldVote)

    def _go_on(self) -> None:
        """What was to end or hold the vote did not: it takes presses again, for the time it had left."""
        vote = self.data.running
        if self.data.closing and vote is not None:
            self.data.closing = self.data.holding = False
            if vote.state == "open" and self._left_ms is not None:
                self._start_timer(vote.n, self._left_ms / 1000)

    def _ending(self, work: Work) -> Sequence[Fact]:
        """None if it holds already, or first waits for presses. Raises Refusal."""
        if self._ends_vote(work):
            if not self.data.closing:
                self._stop_taking(work)
            if self._intake.on_the_way:
                self._settling = work
                return []
        return self._ending_facts(work)

    def _ending_facts(self, work: Work) -> Sequence[Fact]:
        context, what = self._context(work), work.what
        if isinstance(what, HoldVote):
            return hold(context, what.vote_n, self._stopped_at, self._left_ms)
        if isinstance(what, VoidVote):
            return void(context, what.vote_n, what.reason)
        assert isinstance(what, CloseVote)  # noqa: S101
        return close(context, what.vote_n, self._stopped_at, work.cause)

    def _drained(self) -> None:
        """No press is on its way any more: what waited for them goes on."""
        if self._settling is not None:
            work, self._settling = self._settling, None
            self._begin([work], lambda: self._ending_facts(work))
            self._next()

    # --- writing and answering --------------------------------------------------------------------------------------

    def _write(self, facts: Sequence[Fact], works: Sequence[Work]) -> None:
        self.writing_since = self._clock.monotonic()
        self._writing = asyncio.create_task(self._append(facts, works), name=f"append {self.sitting}")

    async def _append(self, facts: Sequence[Fact], works: Sequence[Work]) -> None:
        """The ledger itself waits for a server that is gone, and never writes twice."""
        try:
            entries = await self._ledger.append([(self.sitting, fact) for fact in facts], self._clock.now())
        except Exception as error:  # whatever it is: the chamber must not wait for it for ever
            logger.exception("append_failed sitting=%s", self.sitting)
            self.post(partial(self._failed, works, error))
        else:
            self.post(partial(self._written, entries, works))

    def _written(self, entries: Sequence[Entry], works: Sequence[Work]) -> None:
        self._writing = self.writing_since = None
        for entry in entries:
            apply_entry(self.data, self._folder, entry)
            self._applied(entry)
        self._tell(entries)
        self._done(works)
        self.connected.changed()
        self._next()

    def _tell(self, entries: Sequence[Entry]) -> None:
        if any(isinstance(entry.fact, (SittingOpened, *SEATS)) for entry in entries):
            self.connected.reseat()
        members = about_one(entries)
        if members is None:
            self.connected.tell_terminals()
        else:
            self.connected.tell_standings(members)

    def _failed(self, works: Sequence[Work], error: Exception) -> None:
        """Nothing was written. A closing is tried again until it is: the vote takes no presses any more."""
        self._writing = self.writing_since = None
        closing = [work for work in works if isinstance(work.what, CloseVote)]
        self._refuse(works, Refusal("internal" if isinstance(error, VotingError) else "no_database"), go_on=not closing)
        if isinstance(error, LedgerBusy | LedgerDamaged | LedgerClosed):
            self.on_failure(error)
            return
        for work in closing:
            again = Work(work.what, by=work.by, cause=work.cause)
            asyncio.get_running_loop().call_later(RETRY_S, self.post, partial(self._add, again))
        self._next()

    def _done(self, works: Sequence[Work]) -> None:
        for work in works:
            match work.what:
                case ConfirmProposal(proposal=n):
                    self.data.proposals.pop(n, None)
                    self.data.settled.add(n)
                case EndRehearsal():
                    self.on_rehearsal_ended()
            if work.link is not None and not isinstance(work.what, TerminalAct):
                work.link.put(Done(act=work.what.act, proposal=work.proposal))

    def _refuse(self, works: Sequence[Work], refusal: Refusal, *, go_on: bool = True) -> None:
        for work in works:
            if isinstance(work.what, ENDING) and go_on:
                self._go_on()
            if work.link is not None:
                act = None if isinstance(work.what, TerminalAct) else work.what.act
                work.link.put(Refused(code=refusal.code, text=refusal.sentence(work.link.lang), act=act))
