"""Presses on their way from a terminal to the disk and back to its lamp; answers that a clerk enters go the same way.

Belongs to the chamber's task; nothing here waits. Who presses is known from the link's seat, and that it is no other's
press from the signature of the terminal's key. A press is answered when it is on disk, with a receipt signed by the
hall, at its terminal as it is linked then; a repeat of one still on its way is not written twice.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from council.chamber_data import ChamberData
from council.checking import Checker
from council.clock import Clock
from council.connected import PUSH_S, Connected, Seat
from council.entering import answers_of
from council.keys import signature_bytes
from council.links import Link
from council.presses import MOST, PressRow, PressWriter
from council.protocol import Done, PressOption, Refused
from council.protocol_acts import EnterAnswers
from council.receipts import Receipts
from council.refusals import Refusal, sentence
from voting.checkpoint import Signer
from voting.entries import Clerk, Option, stamp
from voting.errors import BadOption, NotByTerminal, NotEntitled, VoteHeldError, VoteNotOpen
from voting.signed import press_text
from voting.vote_event import Press, VoteEvent

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Taken:
    """A press, or answers of one act, in the order in which they came. `good`: whether it is signed; None: being
    checked. `seat`: where it was pressed; None: it was entered."""

    rows: Sequence[PressRow]
    seat: Seat | None
    good: bool | None


class Intake:
    """`post` hands a message to the chamber's inbox; `drained` is called when no press is on its way any more."""

    def __init__(
        self,
        data: ChamberData,
        connected: Connected,
        writer: PressWriter,
        clock: Clock,
        signer: Signer,
        checker: Checker,
        post: Callable[[Callable[[], None]], None],
        drained: Callable[[], None],
    ) -> None:
        self._data = data
        self._connected = connected
        self._writer = writer
        self._clock = clock
        self._receipts = Receipts(signer)
        self._checker = checker
        self._taken: deque[Taken] = deque()  # not yet given to the writer, which gets them in this order
        self._post = post
        self._drained = drained
        self._pending: dict[tuple[str, str], int] = {}  # member, boot -> highest n that is on its way
        self._entering: dict[str, set[Link]] = {}  # act whose answers are on their way -> who waits for it
        self._ready: list[PressRow] = []  # checked, and for the next commit
        self.on_the_way = 0

    # --- by key -----------------------------------------------------------------------------------------------------

    def press(self, link: Link, message: PressOption) -> None:
        seat = self._connected.seat(link)
        if seat is None:
            return
        try:
            self._take(seat, message)
        except Refusal as refusal:
            _refuse(link, refusal, message.boot, message.n)
        self._go_on()

    def _take(self, seat: Seat, message: PressOption) -> None:
        """Answer a press with what stands, or have its signature checked. Raises Refusal."""
        event, member, boot, n = self._data.event, seat.member, message.boot, message.n
        if boot != seat.boot:
            raise Refusal("foreign_boot")
        if member is None:
            raise Refusal("no_member")
        if event is None or message.vote_n != event.opened.n:
            raise Refusal("vote_closed" if event is not None and message.vote_n < event.opened.n else "no_vote")
        option = Option(message.option)
        if self._known(event, seat, member, boot, n, option, message.candidate):
            return
        if self._data.closing:
            raise Refusal("vote_held" if self._data.holding else "vote_closed")
        sitting, now = self._data.plan.id, self._clock.now()
        press = Press(
            member,
            boot,
            n,
            option,
            stamp(now),
            candidate=message.candidate,
            terminal=seat.terminal.id,
            signature=message.signature,
        )
        text = press_text(sitting, message.vote_n, member, option, message.candidate, boot, n).encode()
        signature = signature_bytes(message.signature or "")
        taken = Taken((PressRow(sitting, message.vote_n, press, now),), seat, None)
        self._taken.append(taken)
        self.on_the_way += 1
        if signature is None:
            self._judge(taken, False)
        else:
            self._checker.check(seat.public, text, signature, partial(self._judge, taken))

    def _known(
        self, event: VoteEvent, seat: Seat, member: str, boot: str, n: int, option: Option, candidate: int | None
    ) -> bool:
        """Whether it, or a later one, is on its way, and the answer comes when that is on disk; or it is recorded, and
        is answered here with what stands. Raises Refusal."""
        if n <= self._pending.get((member, boot), 0):
            return True
        stands = self._check(event, member, boot, n, option, candidate)
        if stands is None:
            return False
        if stands.channel != "terminal":  # said aloud since, or taken back
            self._connected.tell_standing(member)
            raise Refusal("said_aloud")
        for receipt in self._receipts.of(self._data.plan.id, event.opened.n, [stands]):
            seat.link.put(receipt)
        return True

    def _judge(self, taken: Taken, good: bool) -> None:
        """Whether it is signed is known. This may come from outside of the chamber's task, so it moves nothing."""
        taken.good = good
        if self._taken[0] is taken:
            self._post(self._go_on)

    def _go_on(self) -> None:
        """To the writer, in the order in which they came, up to the first that is still being checked."""
        while self._taken and self._taken[0].good is not None:
            taken = self._taken.popleft()
            if taken.seat is None:
                for row in taken.rows:
                    self._send(row)
            else:
                self._pass_on(taken.rows[0], taken.seat, taken.good)

    def _pass_on(self, row: PressRow, seat: Seat, good: bool | None) -> None:
        event, press = self._data.event, row.press
        assert event is not None  # noqa: S101 - its closing waits for what is on the way
        try:
            if not good:
                logger.warning(
                    "press_not_signed sitting=%s vote=%d terminal=%s n=%d",
                    *(row.sitting, row.vote_n, press.terminal, press.n),
                )
                raise Refusal("bad_signature")
            if not self._known(event, seat, press.member, press.boot, press.n, press.option, press.candidate):
                self._send(row)
                return
        except Refusal as refusal:
            _refuse(seat.link, refusal, press.boot, press.n)
        self._arrived(1)

    def _check(
        self, event: VoteEvent, member: str, boot: str, n: int, option: Option, candidate: int | None
    ) -> Press | None:
        """What stands already, None if it is to be written. Raises Refusal."""
        try:
            return event.check_press(member, boot, n, option, candidate)
        except VoteHeldError:
            raise Refusal("vote_held") from None
        except VoteNotOpen:
            raise Refusal("vote_closed") from None
        except NotEntitled:
            recused = member in event.opened.recused
            raise Refusal("recused" if recused else "not_entitled") from None
        except NotByTerminal:
            raise Refusal("not_by_terminal") from None
        except BadOption:
            raise Refusal("bad_option") from None

    # --- by a clerk -------------------------------------------------------------------------------------------------

    def enter(self, link: Link, act: EnterAnswers, by: Clerk) -> None:
        """Answers said aloud, or taken by hand. All of them are written, or none."""
        waiting = self._entering.get(act.act)
        if waiting is not None:
            waiting.add(link)
            return
        try:
            presses = () if act.act in self._data.entered_acts else answers_of(act, self._data, self._clock.now())
        except Refusal as refusal:
            link.put(Refused(code=refusal.code, text=refusal.sentence(link.lang), act=act.act))
            return
        if not presses:
            link.put(Done(act=act.act))
            return
        self._entering[act.act] = {link}
        now = self._clock.now()
        rows = [PressRow(self._data.plan.id, act.vote_n, press, now, by) for press in presses]
        self._taken.append(Taken(rows, None, True))
        self.on_the_way += len(rows)
        self._go_on()

    # --- to the disk and back ---------------------------------------------------------------------------------------

    def _send(self, row: PressRow) -> None:
        press = row.press
        self._pending[press.member, press.boot] = press.n
        self._ready.append(row)

    def write(self, *, more: bool) -> None:
        """Give the writer what is checked, once it fills a commit or nothing else is coming: each commit costs a
        millisecond of a core, however few they are. more: messages wait in the chamber's inbox."""
        if self._ready and (len(self._ready) >= MOST or not (more or self._taken)):
            for row in self._ready:
                self._writer.put(row, self._recorded, self._refused)
            self._ready = []

    def _recorded(self, rows: Sequence[PressRow]) -> None:
        self._post(partial(self._on_disk, rows))

    def _refused(self, rows: Sequence[PressRow]) -> None:
        self._post(partial(self._not_taken, rows))

    def _on_disk(self, rows: Sequence[PressRow]) -> None:
        """Now they stand, and now their members are told. The vote is the one they were for: its closing waits."""
        for row in rows:
            press = row.press
            self.apply(row)
            if self._pending.get((press.member, press.boot)) == press.n:
                del self._pending[press.member, press.boot]
            if row.entered_by is not None:
                self._connected.tell_standing(press.member)
        pressed = [row.press for row in rows if row.entered_by is None]
        for press, receipt in zip(pressed, self._receipts.of(rows[0].sitting, rows[0].vote_n, pressed), strict=True):
            self._connected.put_receipt(press, receipt)
        turn = any(row.entered_by is not None for row in rows)
        for act in {row.press.boot for row in rows if row.entered_by is not None}:
            for link in self._entering.pop(act, ()):
                link.put(Done(act=act))
        if turn:
            self._connected.tell_terminals()  # whose turn it is
        self._connected.changed(after_s=PUSH_S)  # receipts come first
        self._arrived(len(rows))

    def _not_taken(self, rows: Sequence[PressRow]) -> None:
        """The disk refuses them for what they are: what stood before stands, and whoever sent them is told."""
        for row in rows:
            press = row.press
            if self._pending.get((press.member, press.boot)) == press.n:
                del self._pending[press.member, press.boot]
            if row.entered_by is None:
                self._connected.put_refusal(press, Refusal("not_recorded"))
        for act in {row.press.boot for row in rows if row.entered_by is not None}:
            for link in self._entering.pop(act, ()):
                link.put(Refused(code="internal", text=sentence("internal", link.lang), act=act))
        self._connected.changed(after_s=PUSH_S)
        self._arrived(len(rows))

    def _arrived(self, count: int) -> None:
        """On disk, or refused: so many are on their way no more."""
        self.on_the_way -= count
        if self.on_the_way == 0:
            self._drained()

    def apply(self, row: PressRow) -> None:
        """Take over an answer that is on disk: in recovery and live alike."""
        data, press = self._data, row.press
        assert data.event is not None  # noqa: S101
        data.event.apply(press)
        if row.entered_by is not None:
            data.entered_acts.add(press.boot)
            data.answered |= {press.member}
            if row.entered_by.staff not in {clerk.staff for clerk in data.entered_by}:
                data.entered_by += (row.entered_by,)


def _refuse(link: Link, refusal: Refusal, boot: str, n: int) -> None:
    link.put(Refused(code=refusal.code, text=refusal.sentence(link.lang), boot=boot, n=n))
