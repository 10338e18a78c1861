"""The running sitting: a message comes in, the rule is asked, the entry is appended, the answer goes out.

One task owns the state. Messages wait in one inbox and are handled one at a time, to the end, without waiting for
anything: not for a socket (`links.py`), not for the disk. Writing is done beside it: presses by the hall's
`PressWriter`, facts by one append at a time; what is on disk comes back as a message and only then counts and is told.
So when PostgreSQL is away the lamps stay dashed, the acts wait, and everything else goes on.

The order at closing: the vote takes no more presses from the moment the closing begins; those accepted before it are
committed; then roll, tally and result are computed once from what is on disk; then `VoteClosed` is appended.

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
from council.acts import Context, facts_of
from council.acts.context import open_record
from council.acts.sitting import presence
from council.chamber_data import ChamberData
from council.clock import Clock
from council.connected import Connected
from council.intake import Intake
from council.links import RESTART, REVOKED, Link
from council.presses import PressWriter
from council.protocol import (
    Arrive,
    Done,
    PressOption,
    Refused,
)
from council.protocol_acts import (
    Act,
    CloseVote,
    SetPresence,
)
from council.qr import checkpoint_view
from council.refusals import Refusal
from council.sitting import SittingPlan
from council.state_parts import CheckpointView, EquipmentView
from voting.entries import (
    Entry,
    Fact,
    MemberArrived,
    MemberLeft,
    ResultAnnounced,
    VoteClosed,
    VoteOpened,
    parse_stamp,
    stamp,
)
from voting.errors import LedgerBusy, LedgerClosed, LedgerDamaged, VotingError
from voting.folder import Folder
from voting.ledger import Ledger
from voting.vote_event import Press, VoteEvent

logger = logging.getLogger(__name__)

RETRY_S = 1.0  # between tries to close a vote whose closing could not be written
GRACE_S = 10.0  # after a restart a vote with a time limit stays open at least so long


@dataclass(slots=True)
class Work:
    """Something that goes into the ledger, and whom to answer. `cause` matters to closings, `member` to an Arrive."""

    what: Act | Arrive
    link: Link | None = None
    member: str | None = None
    by: Login | None = None
    cause: Literal["clerk", "time"] = "clerk"


class Chamber:
    """One sitting. The public methods only put a message into the inbox and return."""

    def __init__(self, data: ChamberData, ledger: Ledger, writer: PressWriter, clock: Clock) -> None:
        self.data = data  # only the chamber's task changes it
        self.sitting = data.plan.id
        self.connected = Connected(data, clock)
        self._ledger = ledger
        self._clock = clock
        self._folder = Folder(self.sitting)
        self._inbox: deque[Callable[[], None]] = deque()
        self._wake = asyncio.Event()
        self._intake = Intake(data, self.connected, writer, clock, self.post, self._drained)
        self._work: deque[Work] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._closing: Work | None = None  # waits for the presses accepted before it
        self._closing_at = ""
        self._timer: asyncio.TimerHandle | None = None
        self.writing_since: float | None = None  # clock.monotonic(); an append is on its way since then
        self.on_failure: Callable[[BaseException], None] = lambda error: None  # the ledger cannot be written any more

    # --- from outside -----------------------------------------------------------------------------------------------

    def post(self, message: Callable[[], None]) -> None:
        """Handle `message` in the chamber's task, after those before it."""
        self._inbox.append(message)
        self._wake.set()

    def join_terminal(self, link: Link, terminal: Terminal, boot: str, build: str) -> None:
        self.post(partial(self.connected.join_terminal, link, terminal, boot, build))

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

    def arrive(self, link: Link) -> None:
        self.post(partial(self._arrive, link))

    def act(self, link: Link, act: Act, *, by: Login | None = None) -> None:
        """`by`: whose role was found to include the act."""
        self.post(partial(self._add, Work(act, link, by=by)))

    @property
    def waiting(self) -> int:
        """Presses on their way to the disk."""
        return self._intake.on_the_way

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
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            self._writing.cancel()
            with suppress(asyncio.CancelledError):
                await self._writing

    # --- recovery and facts -----------------------------------------------------------------------------------------

    def recover(
        self,
        entries: Sequence[Entry],
        presses: Sequence[Press],
        opened_checkpoint: CheckpointView | None = None,
        closed_checkpoint: CheckpointView | None = None,
    ) -> None:
        """Take up the sitting where the disk has it. presses: those of its last vote event, in order of recording."""
        last = max((entry.fact.n for entry in entries if isinstance(entry.fact, VoteOpened)), default=None)
        for entry in entries:
            self._apply(entry)
            if isinstance(entry.fact, VoteOpened) and entry.fact.n == last and self.data.event is not None:
                for press in presses:
                    self.data.event.apply(press)
        self.data.opened_checkpoint, self.data.closed_checkpoint = opened_checkpoint, closed_checkpoint
        vote = self.data.vote
        if vote is not None and vote.state == "open" and vote.seconds is not None and vote.opened_at is not None:
            ends = parse_stamp(vote.opened_at) + timedelta(seconds=vote.seconds)
            left = (ends - self._clock.now()).total_seconds()
            self._start_timer(vote.n, max(GRACE_S, min(left, vote.seconds)))

    def _apply(self, entry: Entry) -> None:
        """Take over an entry that is on disk: in recovery and live alike."""
        self._folder.feed(entry)
        self.data.record = self._folder.record
        match entry.fact:
            case VoteOpened() as opened:
                self.data.event = VoteEvent(opened, [seated.member for seated in self.data.members])
                self.data.closes_at = self.data.closed_checkpoint = None
            case VoteClosed() | ResultAnnounced() as fact if self.data.event is not None:
                self.data.event.apply(fact)
                self.data.closing, self.data.closes_at = False, None

    def _applied(self, entry: Entry) -> None:
        """What a fact does beside the record, once, in the running hall."""
        match entry.fact:
            case VoteOpened(n=n, seconds=seconds):
                self.data.opened_checkpoint = self._checkpoint()
                if seconds is not None:
                    self._start_timer(n, seconds)
            case VoteClosed():
                self.data.closed_checkpoint = self._checkpoint()
                if self._timer is not None:
                    self._timer.cancel()
            case MemberArrived(member=member) | MemberLeft(member=member):
                self.connected.tell_standing(member)
                return
        self.connected.tell_terminals()

    def _checkpoint(self) -> CheckpointView:
        return checkpoint_view(self._ledger.size, self._ledger.root.hex(), self._clock.now())

    def _start_timer(self, n: int, seconds: float) -> None:
        """The monotonic clock decides; `closes_at` tells the screens the same moment by the wall clock."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self.post, partial(self._time_up, n))
        self.data.closes_at = stamp(self._clock.now() + timedelta(seconds=seconds))

    def _time_up(self, n: int) -> None:
        vote = self.data.vote
        if vote is not None and vote.n == n and vote.state == "open" and not self.data.closing:
            self._add(Work(CloseVote(act="0" * 16, vote_n=n), cause="time"))

    def _equip(self, equipment: tuple[EquipmentView, ...], enrolled: frozenset[int], live_camera: str | None) -> None:
        data = self.data
        if (data.equipment, data.enrolled, data.live_camera) != (equipment, enrolled, live_camera):
            data.equipment, data.enrolled, data.live_camera = equipment, enrolled, live_camera
            self.connected.changed()

    def _replan(self, plan: SittingPlan) -> None:
        if self.data.record is None and self._writing is None and plan != self.data.plan and plan.id == self.sitting:
            reseated = plan.members != self.data.plan.members
            self.data.plan = plan
            self.connected.tell_terminals()
            self.connected.changed()
            if reseated:
                self.connected.close_all(RESTART)  # they come back and are told who sits there now

    # --- acts -------------------------------------------------------------------------------------------------------

    def _arrive(self, link: Link) -> None:
        seat = self.connected.seat(link)
        if seat is None:
            return
        if seat.member is None:
            link.put(Refused(code="no_member", text=Refusal("no_member").sentence(link.lang)))
        else:
            self._add(Work(Arrive(), link, member=seat.member))

    def _add(self, work: Work) -> None:
        """Acts wait for each other. A closing takes effect on presses here and now, before the acts it waits for."""
        vote = self.data.vote
        if (
            isinstance(work.what, CloseVote)
            and vote is not None
            and vote.n == work.what.vote_n
            and vote.state == "open"
        ):
            if not self.data.closing:
                self._closing_at = stamp(self._clock.now())
            self.data.closing = True
        self._work.append(work)
        self._next()

    def _next(self) -> None:
        """Begin the next act, unless one is being written. Those that hold already or are refused are answered."""
        while self._work and self._writing is None and self._closing is None:
            works = [self._work.popleft()]
            try:
                facts = self._facts(works)
            except Refusal as refusal:
                self._refuse(works, refusal)
            except VotingError as error:
                logger.error(
                    "act_failed sitting=%s act=%s code=%s", self.sitting, type(works[0].what).__name__, error.code
                )
                self._refuse(works, Refusal("internal"))
            else:
                if facts:
                    self._write(facts, works)
                elif self._closing is None:
                    self._done(works)

    def _facts(self, works: list[Work]) -> Sequence[Fact]:
        """What the act in `works` puts into the ledger; it takes the presence acts that wait behind it along. Raises
        Refusal."""
        match works[0].what:
            case CloseVote(vote_n=n):
                return self._close(works[0], n)
            case Arrive() | SetPresence():
                return self._presences(works)
            case act:
                now = self._clock.now()
                data = self.data
                return facts_of(act, Context(data, now))

    def _presences(self, works: list[Work]) -> Sequence[Fact]:
        """Comings and goings that wait behind one another, of different members, go in one append."""
        facts = list(self._presence(works[0]))
        while self._work and isinstance(self._work[0].what, Arrive | SetPresence):
            if any(_member(self._work[0]) == fact.member for fact in facts):
                break
            try:
                facts += self._presence(self._work[0])
            except Refusal:
                break  # it is answered in its turn
            works.append(self._work.popleft())
        return facts

    def _presence(self, work: Work) -> Sequence[MemberArrived | MemberLeft]:
        record, now = open_record(self.data.record), self._clock.now()
        if isinstance(work.what, SetPresence):
            return presence(record, work.what.member, work.what.present, "console", now)
        return presence(record, work.member or "", True, "terminal", now)

    def _close(self, work: Work, n: int) -> Sequence[Fact]:
        """The closing of vote `n`; none if it is closed already, or first waits for presses. Raises Refusal."""
        vote = self.data.record.votes.get(n) if self.data.record is not None else None
        if vote is None or self.data.event is None:
            raise Refusal("no_vote")
        if vote.state != "open":
            return []
        if not self.data.closing:
            self._closing_at, self.data.closing = stamp(self._clock.now()), True
        if self._intake.on_the_way:
            self._closing = work
            return []
        return [self.data.event.close(self._closing_at, work.cause)]

    def _drained(self) -> None:
        """No press is on its way any more: a closing that waited for them goes on."""
        if self._closing is not None and self.data.event is not None:
            work, self._closing = self._closing, None
            self._write([self.data.event.close(self._closing_at, work.cause)], [work])

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
            self._apply(entry)
            self._applied(entry)
        self._done(works)
        self.connected.changed()
        self._next()

    def _failed(self, works: Sequence[Work], error: Exception) -> None:
        """Nothing was written. A closing is tried again until it is: the vote takes no presses any more."""
        self._writing = self.writing_since = None
        self._refuse(works, Refusal("internal" if isinstance(error, VotingError) else "no_database"))
        if isinstance(error, LedgerBusy | LedgerDamaged | LedgerClosed):
            self.on_failure(error)
            return
        for work in works:
            if isinstance(work.what, CloseVote):
                again = Work(work.what, cause=work.cause)
                asyncio.get_running_loop().call_later(RETRY_S, self.post, partial(self._add, again))
        self._next()

    def _done(self, works: Sequence[Work]) -> None:
        for work in works:
            if work.link is not None and not isinstance(work.what, Arrive):
                work.link.put(Done(act=work.what.act))

    def _refuse(self, works: Sequence[Work], refusal: Refusal) -> None:
        for work in works:
            if work.link is not None:
                act = None if isinstance(work.what, Arrive) else work.what.act
                work.link.put(Refused(code=refusal.code, text=refusal.sentence(work.link.lang), act=act))


def _member(work: Work) -> str | None:
    return work.what.member if isinstance(work.what, SetPresence) else work.member
