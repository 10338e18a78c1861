"""The acts of one sitting, one after the other: what an act puts into the ledger, the append, the answer.

Belongs to the chamber's task; nothing here waits. Acts wait for each other in a queue; what ends or holds the running
vote takes effect on presses the moment it comes in, and lets those accepted before it be written. If it is refused
then, the vote goes on with the time it had left.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal

from council.access import Login
from council.acts import Context, TerminalAct, facts_of
from council.acts.corrections import propose
from council.acts.moves import close, hold, void
from council.acts.sitting import end_rehearsal
from council.chamber_data import ChamberData
from council.clock import Clock
from council.connected import Connected
from council.links import Link
from council.protocol import Arrive, Done, Refused
from council.protocol_acts import (
    Act,
    CloseVote,
    ConfirmProposal,
    DropProposal,
    EndRehearsal,
    HoldVote,
    NoteCorrection,
    SetChair,
    SetPresence,
    VoidVote,
)
from council.refusals import Refusal
from council.timer import VoteTime
from voting.entries import Entry, Fact, MemberArrived, stamp
from voting.errors import LedgerBusy, LedgerClosed, LedgerDamaged, VotingError
from voting.folder import Folder
from voting.ledger import Ledger

logger = logging.getLogger(__name__)

RETRY_S = 1.0  # between tries to close a vote whose closing could not be written
ENDING = (CloseVote, HoldVote, VoidVote, EndRehearsal)  # they wait for the presses accepted before them


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Facts that are no act of a console or a terminal: made in their turn, by the sitting as it then is in the ledger;
    `done` is answered when they are on disk, with a Refusal if not."""

    make: Callable[[Folder], Sequence[Fact]]
    done: asyncio.Future[None]


@dataclass(slots=True)
class Work:
    """Something that goes into the ledger, and whom to answer. Of a terminal's act `desk_no`, and `member` who sat
    there when it came; `cause` matters to closings; `proposal` is what became of a correction."""

    what: Act | TerminalAct | Made
    link: Link | None = None
    by: Login | None = None
    member: str | None = None
    desk_no: int | None = None
    cause: Literal["clerk", "time"] = "clerk"
    proposal: int | None = None


class Acts:
    """`on_the_way`: presses not yet on disk. `take_over`: entries are on disk, and now they count."""

    def __init__(
        self,
        data: ChamberData,
        connected: Connected,
        ledger: Ledger,
        folder: Folder,
        clock: Clock,
        time: VoteTime,
        post: Callable[[Callable[[], None]], None],
        on_the_way: Callable[[], int],
        take_over: Callable[[Sequence[Entry]], None],
    ) -> None:
        self._data = data
        self._connected = connected
        self._ledger = ledger
        self._folder = folder
        self._clock = clock
        self._time = time
        self._post = post
        self._on_the_way = on_the_way
        self._take_over = take_over
        self._work: deque[Work] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._in_hand: Sequence[Work] = ()  # what is being written
        self._settling: Work | None = None  # ends or holds the vote, and waits for the presses accepted before it
        self._paused = False
        self._stopped_at = ""
        self._left_ms: int | None = None
        self.writing_since: float | None = None  # clock.monotonic(); an append is on its way since then
        self.on_failure: Callable[[BaseException], None] = lambda error: None  # the ledger cannot be written any more
        self.on_rehearsal_ended: Callable[[], None] = lambda: None

    @property
    def planned(self) -> bool:
        """The sitting is not open, nor being opened."""
        return self._data.record is None and self._writing is None

    def pause(self, paused: bool) -> None:
        """While paused no act is begun; they wait."""
        self._paused = paused
        self._next()

    def time_up(self, n: int) -> None:
        vote = self._data.running
        if vote is not None and vote.n == n and vote.state == "open" and not self._data.closing:
            self.add(Work(CloseVote(act="0" * 16, vote_n=n), cause="time"))

    async def stop(self) -> None:
        """An append on its way may reach the disk or not; the next start reads which."""
        for work in (*self._in_hand, *self._work):
            if isinstance(work.what, Made) and not work.what.done.done():
                work.what.done.set_exception(Refusal("no_database"))
        if self._writing is not None:
            self._writing.cancel()
            with suppress(asyncio.CancelledError):
                await self._writing

    def add(self, work: Work) -> None:
        """Acts wait for each other. What ends or holds the vote takes effect on presses here and now, before the acts
        it waits for."""
        if self._ends_vote(work) and not self._data.closing:
            self._stop_taking(work)
        self._work.append(work)
        self._next()

    def _next(self) -> None:
        """Begin the next act, unless one is being written. Those that hold already or are refused are answered."""
        while self._work and self._writing is None and self._settling is None and not self._paused:
            works = [self._work.popleft()]
            self._begin(works, lambda works=works: self._facts(works))  # type: ignore[misc]

    def _begin(self, works: list[Work], facts_of_works: Callable[[], Sequence[Fact]]) -> None:
        try:
            facts = facts_of_works()
        except Refusal as refusal:
            self._refuse(works, refusal)
        except Exception:  # whatever it is: who asked is answered, and the vote goes on
            logger.exception("act_failed sitting=%s act=%s", self._data.plan.id, type(works[0].what).__name__)
            self._refuse(works, Refusal("internal"))
        else:
            if facts:
                self._write(facts, works)
            elif self._settling is None:
                self._done(works)

    def _facts(self, works: list[Work]) -> Sequence[Fact]:
        """What the act in `works` puts into the ledger; it takes the arrivals that wait behind it along. Raises
        Refusal."""
        work, data = works[0], self._data
        context = self._context(work)
        match work.what:
            case CloseVote() | HoldVote() | VoidVote() | EndRehearsal():
                return self._ending(work)
            case NoteCorrection() as act:
                number = max(round(self._clock.now().timestamp() * 1000), *data.settled, *(data.proposals), 0) + 1
                proposal = propose(act, context, number)
                if proposal is not None:
                    data.proposals[proposal.n] = proposal
                    work.proposal = proposal.n
                    self._connected.changed()
                return []
            case DropProposal(proposal=n):
                if data.proposals.pop(n, None) is None and n not in data.settled:
                    raise Refusal("no_such_proposal")
                data.settled.add(n)
                self._connected.changed()
                return []
            case SetChair(member=member) if data.record is None:
                if all(seated.member != member for seated in data.members):
                    raise Refusal("no_such_member")
                data.chair = member
                self._connected.changed()
                return []
            case Arrive() | SetPresence(present=True):
                return self._arrivals(works)
        return self._facts_of(work)

    def _facts_of(self, work: Work) -> Sequence[Fact]:
        if isinstance(work.what, Made):
            return work.what.make(self._folder)
        return facts_of(work.what, self._context(work))

    def _context(self, work: Work) -> Context:
        now = self._data.tick(self._clock.now(), self._clock.monotonic())
        member = work.member
        if member is None and work.desk_no in self._data.by_desk:
            member = self._data.by_desk[work.desk_no].member
        by = work.by.clerk if work.by is not None else None
        return Context(self._data, now, by, member=member, desk_no=work.desk_no, speech_ms=self._data.speech_ms)

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
        vote, what = self._data.running, work.what
        if vote is None or not isinstance(what, ENDING):
            return False
        if isinstance(what, EndRehearsal):
            return self._data.plan.mode == "rehearsal"
        if what.vote_n != vote.n:
            return False
        return vote.state == "open" or not isinstance(what, HoldVote)

    def _stop_taking(self, work: Work) -> None:
        self._stopped_at, self._left_ms = stamp(self._clock.now()), self._time.stop()
        self._data.closing, self._data.holding = True, isinstance(work.what, HoldVote)

    def _go_on(self) -> None:
        """What was to end or hold the vote did not: it takes presses again, for the time it had left."""
        vote = self._data.running
        if self._data.closing and vote is not None:
            self._data.closing = self._data.holding = False
            if vote.state == "open" and self._left_ms is not None:
                self._time.start(vote.n, self._left_ms / 1000)

    def _ending(self, work: Work) -> Sequence[Fact]:
        """None if it holds already, or first waits for presses. Raises Refusal."""
        if self._ends_vote(work):
            if not self._data.closing:
                self._stop_taking(work)
            if self._on_the_way():
                self._settling = work
                return []
        return self._ending_facts(work)

    def _ending_facts(self, work: Work) -> Sequence[Fact]:
        context, what = self._context(work), work.what
        if isinstance(what, HoldVote):
            return hold(context, what.vote_n, self._stopped_at, self._left_ms)
        if isinstance(what, VoidVote):
            return void(context, what.vote_n, what.reason)
        if isinstance(what, EndRehearsal):
            return end_rehearsal(context)
        assert isinstance(what, CloseVote)  # noqa: S101
        return close(context, what.vote_n, self._stopped_at, work.cause)

    def drained(self) -> None:
        """No press is on its way any more: what waited for them goes on."""
        if self._settling is not None:
            work, self._settling = self._settling, None
            self._begin([work], lambda: self._ending_facts(work))
            self._next()

    # --- writing and answering --------------------------------------------------------------------------------------

    def _write(self, facts: Sequence[Fact], works: Sequence[Work]) -> None:
        self._in_hand, self.writing_since = works, self._clock.monotonic()
        self._writing = asyncio.create_task(self._append(facts, works), name=f"append {self._data.plan.id}")

    async def _append(self, facts: Sequence[Fact], works: Sequence[Work]) -> None:
        """The ledger itself waits for a server that is gone, and never writes twice."""
        try:
            entries = await self._ledger.append([(self._data.plan.id, fact) for fact in facts], self._clock.now())
        except Exception as error:  # whatever it is: the chamber must not wait for it for ever
            logger.exception("append_failed sitting=%s", self._data.plan.id)
            self._post(partial(self._failed, works, error))
        else:
            self._post(partial(self._written, entries, works))

    def _written(self, entries: Sequence[Entry], works: Sequence[Work]) -> None:
        self._writing, self._in_hand, self.writing_since = None, (), None
        self._take_over(entries)
        self._done(works)
        self._connected.changed()
        self._next()

    def _failed(self, works: Sequence[Work], error: Exception) -> None:
        """Nothing was written. A closing is tried again until it is: the vote takes no presses any more."""
        self._writing, self._in_hand, self.writing_since = None, (), None
        closing = [work for work in works if isinstance(work.what, CloseVote)]
        self._refuse(works, Refusal("internal" if isinstance(error, VotingError) else "no_database"), go_on=not closing)
        if isinstance(error, LedgerBusy | LedgerDamaged | LedgerClosed):
            self.on_failure(error)
            return
        for work in closing:
            again = Work(work.what, by=work.by, cause=work.cause)
            asyncio.get_running_loop().call_later(RETRY_S, self._post, partial(self.add, again))
        self._next()

    def _done(self, works: Sequence[Work]) -> None:
        for work in works:
            match work.what:
                case ConfirmProposal(proposal=n):
                    self._data.proposals.pop(n, None)
                    self._data.settled.add(n)
                case EndRehearsal():
                    self.on_rehearsal_ended()
                case Made(done=done) if not done.done():
                    done.set_result(None)
            if work.link is not None and not isinstance(work.what, TerminalAct | Made):
                work.link.put(Done(act=work.what.act, proposal=work.proposal))

    def _refuse(self, works: Sequence[Work], refusal: Refusal, *, go_on: bool = True) -> None:
        for work in works:
            if isinstance(work.what, ENDING) and go_on:
                self._go_on()
            if isinstance(work.what, Made) and not work.what.done.done():
                work.what.done.set_exception(refusal)
            if work.link is not None:
                act = None if isinstance(work.what, TerminalAct | Made) else work.what.act
                work.link.put(Refused(code=refusal.code, text=refusal.sentence(work.link.lang), act=act))
