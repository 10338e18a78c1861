"""Who is connected to a chamber, and the fan-out to them: terminals, consoles, displays.

Belongs to the chamber's task; nothing here waits. A state for many is encoded once, in the languages that some of them
read, and the same frame put to each link (`links.py` bounds what waits there). Terminals are told when a fact has
changed; consoles and displays at most ten times a second, the last state always.

One desk, one terminal: a second one is refused while the first is linked, and the console sees at which desk. A newer
connection of the same terminal replaces the older. Who sits at a desk follows from the facts (SeatTaken, SeatLeft):
when it changes the terminal stays linked and is told for whom it speaks from now on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from council.access import Terminal
from council.chamber_data import ChamberData
from council.clock import Clock
from council.links import MEMBER_ELSEWHERE, REPLACED, Link
from council.protocol import (
    PROTOCOL,
    Recorded,
    Refused,
    Welcome,
    encode,
)
from council.refusals import Refusal, sentence
from council.state_parts import RequirementView
from council.views import member_view, next_requirement
from council.views_console import console_choices, console_state, entered_answers
from council.views_display import display_state
from council.views_terminal import chamber_state, standing
from council.words import read_in
from voting.entries import Seated, stamp
from voting.vote_event import Press

logger = logging.getLogger(__name__)

PUSH_S = 0.1  # consoles and displays get at most ten states a second


@dataclass(slots=True, eq=False)
class Seat:
    """A linked terminal. `member`, who sits there now, follows from the facts, never from what the terminal says."""

    terminal: Terminal
    link: Link
    boot: str
    member: str | None
    public: bytes  # the terminal's key


class Connected:
    """The links of one chamber. Only the chamber's task calls it."""

    def __init__(self, data: ChamberData, clock: Clock) -> None:
        self._data = data
        self._clock = clock
        self._seats: dict[str, Seat] = {}  # by terminal id
        self._by_link: dict[Link, Seat] = {}
        self._by_member: dict[str, Seat] = {}
        self._consoles: set[Link] = set()
        self._closing: set[Link] = set()  # consoles of staff who may close a vote
        self._displays: set[Link] = set()
        self._requirement: RequirementView | None = None  # as the terminals were told last
        self._pushed_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0  # when it rings, loop.time(); uvloop's handles do not always say
        self.on_live: Callable[[], None] = lambda: None  # something that the public page shows may have changed

    def seat(self, link: Link) -> Seat | None:
        """None for a link that was refused or replaced: what it still sends is not listened to."""
        return self._by_link.get(link)

    def put_receipt(self, press: Press, receipt: Recorded) -> None:
        """To the terminal that pressed, if the member still sits there; else to where the member sits now."""
        seat = self._seats.get(press.terminal or "")
        if seat is not None and seat.member == press.member:
            seat.link.put_frame(encode(receipt))
        else:
            self.tell_standing(press.member)

    def put_refusal(self, press: Press, refusal: Refusal) -> None:
        """To the terminal that pressed, if the member still sits there."""
        seat = self._seats.get(press.terminal or "")
        if seat is not None and seat.member == press.member:
            text = refusal.sentence(seat.link.lang)
            seat.link.put(Refused(code=refusal.code, text=text, boot=press.boot, n=press.n))

    @property
    def terminals(self) -> int:
        """How many are linked."""
        return len(self._seats)

    def turned_away(self, within_s: float = 60.0) -> list[int]:
        """Desks at which a second terminal of one member has just been refused."""
        now = self._clock.monotonic()
        return sorted(desk for desk, at in self._data.turned_away.items() if now - at < within_s)

    # --- coming and going -------------------------------------------------------------------------------------------

    def join_terminal(self, link: Link, terminal: Terminal, boot: str, build: str, page: str | None) -> None:
        """build: of the pages that the hall serves; page: of the one this terminal shows."""
        desk_no = terminal.desk_no
        if any(seat.terminal.desk_no == desk_no and seat.terminal.id != terminal.id for seat in self._seats.values()):
            self._data.turned_away[desk_no] = self._clock.monotonic()
            logger.warning("second_terminal_refused sitting=%s desk=%d", self._data.plan.id, desk_no)
            link.put(Refused(code="member_elsewhere", text=sentence("member_elsewhere", link.lang)))
            link.close(MEMBER_ELSEWHERE)
            return
        before = self._seats.get(terminal.id)
        if before is not None and before.link is not link:
            self.leave(before.link)
            before.link.close(REPLACED)
        seated = self._data.by_desk.get(desk_no)
        member = seated.member if seated is not None else None
        seat = Seat(terminal, link, boot, member, bytes.fromhex(terminal.public_key))
        self._seats[terminal.id] = self._by_link[link] = seat
        if seat.member is not None:
            self._by_member[seat.member] = seat
        self._data.linked.setdefault(desk_no, None)
        if page is not None and page != build:
            self._data.old_pages.add(desk_no)
        shown, seat_by = seated or self._usual(desk_no), self._data.plan.body.seat_by
        link.put(
            Welcome(
                protocol=PROTOCOL,
                build=build,
                server_time=stamp(self._clock.now()),
                desk_no=desk_no,
                member=member_view(shown) if shown is not None else None,
                terminal=terminal.id,
                seat_by=seat_by,
                members=tuple(member_view(member) for member in self._data.members) if seat_by == "pin" else (),
            )
        )
        with _read_by([link]):
            link.put_state(chamber_state(self._data, self._tick()))
        self._tell_standing(seat)
        self.changed(after_s=PUSH_S)

    def reseat(self) -> None:
        """Who sits where may have changed: the terminals it concerns are told."""
        by_desk, moved = self._data.by_desk, []
        self._by_member = {}
        for seat in self._seats.values():
            seated = by_desk.get(seat.terminal.desk_no)
            member = seated.member if seated is not None else None
            if member != seat.member:
                seat.member = member
                moved.append(seat)
            if member is not None:
                self._by_member[member] = seat
        for seat in moved:
            self._tell_standing(seat)

    def join_console(self, link: Link, *, closes: bool) -> None:
        """closes: whether who is there may close a vote."""
        self._consoles.add(link)
        with _read_by([link]):
            link.put(console_choices(self._data))
        if closes:
            self._closing.add(link)
            entered = entered_answers(self._data)
            if entered is not None:
                link.put_state(entered)
        with _read_by(self._consoles):  # all: what is kept of past votes is then kept for the next of theirs
            link.put_state(console_state(self._data, self._tick()))

    def join_display(self, link: Link) -> None:
        self._displays.add(link)
        with _read_by([link]):
            link.put_state(display_state(self._data, self._tick()))

    def leave(self, link: Link) -> None:
        self._consoles.discard(link)
        self._closing.discard(link)
        self._displays.discard(link)
        seat = self._by_link.pop(link, None)
        if seat is None:
            return
        del self._seats[seat.terminal.id]
        if seat.member is not None:
            self._by_member.pop(seat.member, None)
        self._data.linked.pop(seat.terminal.desk_no, None)
        self._data.old_pages.discard(seat.terminal.desk_no)
        self.changed(after_s=PUSH_S)

    def cut(self, desk_no: int, code: int) -> None:
        """Close the links of a desk's terminals."""
        for seat in [seat for seat in self._seats.values() if seat.terminal.desk_no == desk_no]:
            self.leave(seat.link)
            seat.link.close(code)

    def close_all(self, code: int) -> None:
        for link in (*self._by_link, *self._consoles, *self._displays):
            link.close(code)

    def measured(self, link: Link, rtt_ms: int) -> None:
        seat = self._by_link.get(link)
        if seat is not None and self._data.linked.get(seat.terminal.desk_no) != rtt_ms:
            self._data.linked[seat.terminal.desk_no] = rtt_ms
            self.changed(after_s=1.0)

    # --- telling ----------------------------------------------------------------------------------------------------

    def tell_terminals(self) -> None:
        """The chamber's state to all terminals, and to each where its member stands."""
        with _read_by(seat.link for seat in self._seats.values()):
            frame = encode(chamber_state(self._data, self._tick()))
        self._requirement = self._needed()
        for seat in self._seats.values():
            seat.link.put_frame(frame, "ChamberState")
            self._tell_standing(seat)

    def tell_standings(self, members: Collection[str]) -> None:
        """To these members where they stand; to all terminals if it changes what the next vote needs."""
        if self._data.running is None and self._needed() != self._requirement:
            self.tell_terminals()
            return
        for member in members:
            self.tell_standing(member)

    def _needed(self) -> RequirementView | None:
        """To be compared, in one language."""
        with read_in(("en",)):
            return next_requirement(self._data) if self._data.running is None else None

    def tell_standing(self, member: str) -> None:
        seat = self._by_member.get(member)
        if seat is not None:
            self._tell_standing(seat)

    def tell_choices(self) -> None:
        """To the consoles what there is to choose from: the preparation has changed."""
        with _read_by(self._consoles):
            frame = encode(console_choices(self._data))
        for link in self._consoles:
            link.put_frame(frame)

    def _tell_standing(self, seat: Seat) -> None:
        with _read_by([seat.link]):
            seat.link.put_state(standing(self._data, seat.member, self._usual(seat.terminal.desk_no)))

    def _usual(self, desk_no: int) -> Seated | None:
        member = self._data.usual.get(desk_no)
        return self._data.by_id.get(member) if member is not None else None

    def _tick(self) -> datetime:
        return self._data.tick(self._clock.now(), self._clock.monotonic())

    def changed(self, *, after_s: float = 0.0) -> None:
        """Consoles, displays and the public page are told after `after_s`, a tenth of a second after the last time."""
        self._data.rev += 1
        loop = asyncio.get_running_loop()
        when = max(loop.time() + after_s, self._pushed_at + PUSH_S)
        if self._timer is not None:
            if self._due <= when:
                return
            self._timer.cancel()
        self._due, self._timer = when, loop.call_at(when, self._push)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _push(self) -> None:
        self._timer = None
        self._pushed_at = asyncio.get_running_loop().time()
        now = self._tick()
        entered = entered_answers(self._data) if self._closing else None
        if entered is not None:
            frame = encode(entered)
            for link in self._closing:
                link.put_frame(frame, "EnteredAnswers")
        if self._consoles:
            with _read_by(self._consoles):
                frame = encode(console_state(self._data, now))
            for link in self._consoles:
                link.put_frame(frame, "ConsoleState")
        if self._displays:
            with _read_by(self._displays):
                frame = encode(display_state(self._data, now))
            for link in self._displays:
                link.put_frame(frame, "DisplayState")
        self.on_live()


def _read_by(links: Iterable[Link]) -> AbstractContextManager[None]:
    return read_in({link.reads for link in links})
