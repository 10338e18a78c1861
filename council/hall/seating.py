"""A member signs in at a desk with a card or a PIN: the check, before the chamber is told who it is."""

from __future__ import annotations

import logging

from council.access import Terminal, TooManyTries
from council.acts import SignedIn
from council.chamber import Chamber
from council.hall.process import Hall
from council.links import Link
from council.protocol import Refused, TakeSeat
from council.refusals import Refusal
from sql.database import LOST

logger = logging.getLogger(__name__)


async def take_seat(hall: Hall, chamber: Chamber, link: Link, terminal: Terminal, asked: TakeSeat) -> None:
    """Answered by a new Standing when the seat is theirs on disk, or at once by Refused."""
    try:
        chamber.desk_act(link, await _shown(hall, chamber, terminal, asked))
    except Refusal as refusal:
        _refuse(link, refusal)
    except TooManyTries as error:
        _refuse(link, Refusal("too_many_seat_tries", seconds=error.seconds))
    except LOST as error:
        logger.warning("take_seat_failed terminal=%s error=%s", terminal.id, type(error).__name__)
        _refuse(link, Refusal("no_database"))


def _note(hall: Hall, chamber: Chamber, terminal: Terminal, asked: TakeSeat, outcome: str) -> None:
    """Who tries to take another's seat is seen in the audit view, as often as one may try; what was typed is not."""
    whose = f", as {asked.member}" if asked.member is not None else ""
    hall.access.note_act(
        *("", "", "seat_taken"),
        at=hall.clock.now(),
        sitting=chamber.sitting,
        detail=f"desk {terminal.desk_no}{whose}, {terminal.id}",
        outcome=outcome,
    )


def _refuse(link: Link, refusal: Refusal) -> None:
    link.put(Refused(code=refusal.code, text=refusal.sentence(link.lang)))


async def _shown(hall: Hall, chamber: Chamber, terminal: Terminal, asked: TakeSeat) -> SignedIn:
    """Whose card or PIN it was. Raises Refusal, TooManyTries, and what asyncpg raises."""
    data, desk = chamber.data, f"{terminal.body}/{terminal.desk_no}"
    if data.plan.body.seat_by == "card" and asked.card is not None:
        member = await hall.access.member_by_card(asked.card, terminal.body, desk)
        if member is None:
            _note(hall, chamber, terminal, asked, "unknown_card")
            raise Refusal("unknown_card")
        return SignedIn(member, "card")
    if data.plan.body.seat_by == "pin" and asked.pin is not None:
        member = asked.member or data.usual.get(terminal.desk_no)
        if member is None:
            raise Refusal("wrong_pin")
        if not await hall.access.check_pin(member, asked.pin, desk):
            _note(hall, chamber, terminal, asked, "wrong_pin")
            raise Refusal("wrong_pin")
        return SignedIn(member, "pin")
    raise Refusal("seats_are_given")
