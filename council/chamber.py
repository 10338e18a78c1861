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
from functools import partial

from council.access import Login, Terminal
from council.acts import TerminalAct
from council.applied import SEATS, about_one, apply_entry, time_left
from council.chamber_data import ChamberData
from council.checking import Checker
from council.clock import Clock
from council.connected import Connected
from council.intake import Intake
from council.links import RESTART, REVOKED, Bucket, Link
from council.presses import PressRow, PressWriter
from council.protocol import PressOption, Refused
from council.protocol_acts import (
    Act,
    EnterAnswers,
)
from council.qr import checkpoint_view
from council.refusals import sentence
from council.sitting import SittingPlan
from council.state_parts import CameraStop, CheckpointView, EquipmentView
from council.timer import VoteTime
from council.work import Acts, Made, Work
from voting.checkpoint import Signer
from voting.entries import (
    Entry,
    Fact,
    SittingOpened,
    VoteClosed,
    VoteHeld,
    VoteOpened,
    VoteResumed,
    VoteVoided,
)
from voting.folder import Folder
from voting.ledger import Ledger

logger = logging.getLogger(__name__)

AT_ONCE = 16  # messages; then the disk, the checker and what has come meanwhile have their turn
DESK_ACTS = (0.5, 20.0)  # of one terminal, a second and at once: each becomes an entry, which the ledger keeps
MANY = 64  # terminals: from then on signatures are checked beside the hall, too
GRACE_S = 10.0  # after a restart a vote with a time limit stays open at least so long


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
        self._back: deque[Callable[[], None]] = deque()  # from the disk and the checker; handled first
        self._wake = asyncio.Event()
        self._time = VoteTime(data, clock, lambda n: self.post(partial(self.acts.time_up, n)))
        self.acts: Acts = Acts(
            data,
            self.connected,
            ledger,
            self._folder,
            clock,
            self._time,
            self.post,
            lambda: self.waiting,
            self._take_over,
        )
        self._desk_acts: dict[str, Bucket] = {}  # by terminal, over all its lines
        self._checker = Checker()
        self._intake = Intake(
            data, self.connected, writer, clock, signer, self._checker, self._come_back, self.acts.drained
        )

    # --- from outside -----------------------------------------------------------------------------------------------

    def post(self, message: Callable[[], None]) -> None:
        """Handle `message` in the chamber's task, after those before it."""
        self._inbox.append(message)
        self._wake.set()

    def _come_back(self, message: Callable[[], None]) -> None:
        """What has been done with a press: before the presses that wait, so that the first receipts go out while the
        last signatures are checked."""
        self._back.append(message)
        self._wake.set()

    def join_terminal(self, link: Link, terminal: Terminal, boot: str, build: str, page: str | None = None) -> None:
        self.post(partial(self._join_terminal, link, terminal, boot, build, page))

    def join_console(self, link: Link, *, closes: bool) -> None:
        self.post(partial(self.connected.join_console, link, closes=closes))

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
            self.post(partial(self._intake.enter, link, act, by.clerk))
        else:
            self.post(partial(self.acts.add, Work(act, link, by)))

    async def enter(self, make: Callable[[Folder], Sequence[Fact]]) -> None:
        """Put facts into the ledger that are no act of a console: `make` says which, when their turn has come. Returns
        when they are on disk. Raises Refusal."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.post(partial(self.acts.add, Work(Made(make, done))))
        await done

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
        return min((at for at in (self._writer.writing_since, self.acts.writing_since) if at is not None), default=None)

    async def give_way(self) -> bool:
        """Before another chamber takes this one's place: no act is begun any more. False: the sitting is open, or being
        opened, and goes on."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.post(partial(self._give_way, answer))
        return await answer

    def stay(self) -> None:
        """Nothing took its place after all."""
        self.post(partial(self.acts.pause, False))

    def cut(self, desk_no: int) -> None:
        """The desk's terminals lost their keys."""
        self.post(partial(self.connected.cut, desk_no, REVOKED))

    def equip(
        self,
        equipment: tuple[EquipmentView, ...],
        enrolled: frozenset[int],
        live_camera: str | None,
        cameras: tuple[CameraStop, ...] = (),
    ) -> None:
        self.post(partial(self._equip, equipment, enrolled, live_camera, cameras))

    def replan(self, plan: SittingPlan) -> None:
        """The preparation has changed. After the opening it is fixed and nothing happens."""
        self.post(partial(self._replan, plan))

    async def run(self) -> None:
        """The chamber's task. A message that fails is noted and leaves the others alone: no vote stops for it."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._back or self._inbox:
                for _ in range(min(AT_ONCE, len(self._back) + len(self._inbox))):
                    message = (self._back or self._inbox).popleft()
                    try:
                        message()
                    except Exception:
                        logger.exception("chamber_message_failed sitting=%s", self.sitting)
                self._intake.write(more=bool(self._inbox))
                await asyncio.sleep(0)

    async def stop(self) -> None:
        """Close all links. An append on its way may reach the disk or not; the next start reads which."""
        self.connected.stop()
        self.connected.close_all(RESTART)
        self._time.stop()
        await self.acts.stop()
        await self._checker.stop()

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
            self._time.start(self.data.vote.n, max(GRACE_S, left))

    def _take_over(self, entries: Sequence[Entry]) -> None:
        """They are on disk: now they count, and now they are told."""
        for entry in entries:
            apply_entry(self.data, self._folder, entry)
            self._applied(entry)
        if any(isinstance(entry.fact, (SittingOpened, *SEATS)) for entry in entries):
            self.connected.reseat()
        members = about_one(entries)
        if members is None:
            self.connected.tell_terminals()
        else:
            self.connected.tell_standings(members)

    def _applied(self, entry: Entry) -> None:
        """What a fact does beside the record, once, in the running hall."""
        match entry.fact:
            case VoteOpened(n=n, seconds=seconds):
                self.data.opened_checkpoint = self._checkpoint()
                if seconds is not None:
                    self._time.start(n, seconds)
            case VoteResumed(n=n, left_ms=left_ms) if left_ms is not None:
                self._time.start(n, left_ms / 1000)
            case VoteClosed():
                self.data.closed_checkpoint = self._checkpoint()
                self._time.stop()
            case VoteHeld() | VoteVoided():
                running = self.data.running
                if running is None or running.state == "held":
                    self._time.stop()

    def _checkpoint(self) -> CheckpointView:
        return checkpoint_view(self._ledger.size, self._ledger.root.hex(), self._clock.now())

    def _equip(
        self,
        equipment: tuple[EquipmentView, ...],
        enrolled: frozenset[int],
        live_camera: str | None,
        cameras: tuple[CameraStop, ...],
    ) -> None:
        data, told = self.data, (equipment, enrolled, live_camera, cameras)
        if (data.equipment, data.enrolled, data.live_camera, data.cameras) != told:
            data.equipment, data.enrolled, data.live_camera, data.cameras = told
            self.connected.changed()

    def _replan(self, plan: SittingPlan) -> None:
        if self.acts.planned and plan != self.data.plan and plan.id == self.sitting:
            reseated = (plan.members, plan.body) != (self.data.plan.members, self.data.plan.body)
            self.data.plan = plan
            self.connected.tell_terminals()
            self.connected.tell_choices()
            self.connected.changed()
            if reseated:
                self.connected.close_all(RESTART)  # they come back and are told who sits there now

    def _give_way(self, answer: asyncio.Future[bool]) -> None:
        planned = self.acts.planned
        self.acts.pause(planned)
        answer.set_result(planned)

    def _join_terminal(self, link: Link, terminal: Terminal, boot: str, build: str, page: str | None) -> None:
        self.connected.join_terminal(link, terminal, boot, build, page)
        if self.connected.terminals > MANY:
            self._checker.start()

    def _desk_act(self, link: Link, act: TerminalAct) -> None:
        seat = self.connected.seat(link)
        if seat is None:
            return
        if self._desk_acts.setdefault(seat.terminal.id, Bucket(*DESK_ACTS)).take():
            self.acts.add(Work(act, link, member=seat.member, desk_no=seat.terminal.desk_no))
        else:
            link.put(Refused(code="too_fast", text=sentence("too_fast", link.lang)))
