"""Presses on their way from a terminal to the disk and back to its lamp.

Belongs to the chamber's task; nothing here waits. Who presses is known from the link's seat. A press is answered when
it is on disk, at the member's terminal as it is linked then; a repeat of one still on its way is not written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from council.chamber_data import CHOICES, ChamberData
from council.clock import Clock
from council.connected import PUSH_S, Connected, Seat
from council.links import Link
from council.presses import PressRow, PressWriter
from council.protocol import (
    PressOption,
    Recorded,
    Refused,
)
from council.refusals import Refusal
from voting.entries import Option, stamp
from voting.errors import NotEntitled, VoteNotOpen
from voting.vote_event import Press, VoteEvent


class Intake:
    """`post` hands a message to the chamber's inbox; `drained` is called when no press is on its way any more."""

    def __init__(
        self,
        data: ChamberData,
        connected: Connected,
        writer: PressWriter,
        clock: Clock,
        post: Callable[[Callable[[], None]], None],
        drained: Callable[[], None],
    ) -> None:
        self._data = data
        self._connected = connected
        self._writer = writer
        self._clock = clock
        self._post = post
        self._drained = drained
        self._pending: dict[tuple[str, str], int] = {}  # member, boot -> highest n that is on its way
        self.on_the_way = 0

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
        try:
            stands = event.check_press(member, message.boot, message.n, option)
        except VoteNotOpen:
            raise Refusal("vote_closed") from None
        except NotEntitled:
            raise Refusal("not_entitled") from None
        if stands is not None:
            seat.link.put(receipt(event, stands))
            return
        if self._data.closing:
            raise Refusal("vote_closed")
        now = self._clock.now()
        press = Press(member, message.boot, message.n, option, stamp(now))
        self._pending[member, message.boot] = message.n
        self.on_the_way += 1
        self._writer.put(PressRow(self._data.plan.id, message.vote_n, press, seat.terminal.id, now), self._recorded)

    def _recorded(self, rows: Sequence[PressRow]) -> None:
        self._post(partial(self._on_disk, rows))

    def _on_disk(self, rows: Sequence[PressRow]) -> None:
        """Now they stand, and now their members are told. The vote is the one they were for: its closing waits."""
        event = self._data.event
        assert event is not None  # noqa: S101
        for row in rows:
            press = row.press
            event.apply(press)
            if self._pending.get((press.member, press.boot)) == press.n:
                del self._pending[press.member, press.boot]
            self._connected.put_to_member(press.member, receipt(event, press))
        self.on_the_way -= len(rows)
        self._connected.changed(after_s=PUSH_S)  # receipts come first
        if self.on_the_way == 0:
            self._drained()


def receipt(event: VoteEvent, press: Press) -> Recorded:
    return Recorded(
        boot=press.boot,
        n=press.n,
        vote_n=event.opened.n,
        option=CHOICES[press.option],
        recorded_at=press.recorded_at,
    )
