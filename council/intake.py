"""Presses on their way from a terminal to the disk and back to its lamp; answers that a clerk enters go the same way.

Belongs to the chamber's task; nothing here waits. Who presses is known from the link's seat, and that it is no other's
press from the signature of the terminal's key. A press is answered when it is on disk, with a receipt signed by the
hall, at its terminal as it is linked then; a repeat of one still on its way is not written twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

from council.chamber_data import CHOICES, ChamberData
from council.clock import Clock
from council.connected import PUSH_S, Connected, Seat
from council.entering import answers_of
from council.keys import verify
from council.links import Link
from council.presses import PressRow, PressWriter
from council.protocol import Done, PressOption, Recorded, Refused
from council.protocol_acts import EnterAnswers
from council.refusals import Refusal, sentence
from voting.checkpoint import Signer
from voting.entries import Clerk, Option, stamp
from voting.errors import BadOption, NotByTerminal, NotEntitled, VoteHeldError, VoteNotOpen
from voting.signed import press_text, receipt_text
from voting.vote_event import Press, VoteEvent

logger = logging.getLogger(__name__)


class Intake:
    """`post` hands a message to the chamber's inbox; `drained` is called when no press is on its way any more."""

    def __init__(
        self,
        data: ChamberData,
        connected: Connected,
        writer: PressWriter,
        clock: Clock,
        signer: Signer,
        post: Callable[[Callable[[], None]], None],
        drained: Callable[[], None],
    ) -> None:
        self._data = data
        self._connected = connected
        self._writer = writer
        self._clock = clock
        self._signer, self._vkey = signer, signer.vkey
        self._post = post
        self._drained = drained
        self._pending: dict[tuple[str, str], int] = {}  # member, boot -> highest n that is on its way
        self._entering: dict[str, set[Link]] = {}  # act whose answers are on their way -> who waits for it
        self.on_the_way = 0

    # --- by key -----------------------------------------------------------------------------------------------------

    def press(self, link: Link, message: PressOption) -> None:
        seat = self._connected.seat(link)
        if seat is None:
            return
        try:
            self._take(seat, message)
        except Refusal as refusal:
            text = refusal.sentence(link.lang)
            link.put(Refused(code=refusal.code, text=text, boot=message.boot, n=message.n))

    def _take(self, seat: Seat, message: PressOption) -> None:
        """Answer a press with what stands, or send it to the disk. Raises Refusal."""
        event, member = self._data.event, seat.member
        if message.boot != seat.boot:
            raise Refusal("foreign_boot")
        if member is None:
            raise Refusal("no_member")
        if event is None or message.vote_n != event.opened.n:
            raise Refusal("vote_closed" if event is not None and message.vote_n < event.opened.n else "no_vote")
        if message.n <= self._pending.get((member, message.boot), 0):
            return  # it, or a later one, is on its way; the answer comes when that is on disk
        option = Option(message.option)
        stands = self._check(event, member, message, option)
        if stands is not None:
            if stands.channel != "terminal":  # said aloud since, or taken back
                self._connected.tell_standing(member)
                raise Refusal("said_aloud")
            seat.link.put(self.receipt(stands))
            return
        if self._data.closing:
            raise Refusal("vote_held" if self._data.holding else "vote_closed")
        signed = press_text(
            self._data.plan.id, message.vote_n, member, option, message.candidate, message.boot, message.n
        )
        if not verify(seat.terminal.public_key, signed, message.signature or ""):
            logger.warning(
                "press_not_signed sitting=%s vote=%d terminal=%s n=%d",
                *(self._data.plan.id, message.vote_n, seat.terminal.id, message.n),
            )
            raise Refusal("bad_signature")
        now = self._clock.now()
        press = Press(
            member,
            message.boot,
            message.n,
            option,
            stamp(now),
            candidate=message.candidate,
            terminal=seat.terminal.id,
            signature=message.signature,
        )
        self._send(PressRow(self._data.plan.id, message.vote_n, press, now))

    def _check(self, event: VoteEvent, member: str, message: PressOption, option: Option) -> Press | None:
        """What stands already, None if it is to be written. Raises Refusal."""
        try:
            return event.check_press(member, message.boot, message.n, option, message.candidate)
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
        for press in presses:
            self._send(PressRow(self._data.plan.id, act.vote_n, press, now, by))

    # --- to the disk and back ---------------------------------------------------------------------------------------

    def _send(self, row: PressRow) -> None:
        press = row.press
        self._pending[press.member, press.boot] = press.n
        self.on_the_way += 1
        self._writer.put(row, self._recorded, self._refused)

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
            if row.entered_by is None:
                self._connected.put_receipt(press, self.receipt(press))
            else:
                self._connected.tell_standing(press.member)
        turn = any(row.entered_by is not None for row in rows)
        for act in {row.press.boot for row in rows if row.entered_by is not None}:
            for link in self._entering.pop(act, ()):
                link.put(Done(act=act))
        self.on_the_way -= len(rows)
        if turn:
            self._connected.tell_terminals()  # whose turn it is
        self._connected.changed(after_s=PUSH_S)  # receipts come first
        if self.on_the_way == 0:
            self._drained()

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
        self.on_the_way -= len(rows)
        self._connected.changed(after_s=PUSH_S)
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

    def receipt(self, press: Press) -> Recorded:
        """The same for every repeat: the signature depends on nothing but the press and when it was recorded."""
        event, sitting = self._data.event, self._data.plan.id
        assert event is not None  # noqa: S101
        n = event.opened.n
        text = receipt_text(
            sitting, n, press.member, press.option, press.candidate, press.boot, press.n, press.recorded_at
        )
        return Recorded(
            boot=press.boot,
            n=press.n,
            vote_n=n,
            option=CHOICES[press.option],
            recorded_at=press.recorded_at,
            candidate=press.candidate,
            sitting=sitting,
            member=press.member,
            terminal=press.terminal or "",
            signature=press.signature or "",
            receipt=self._signer.sign_text(text),
            vkey=self._vkey,
        )
