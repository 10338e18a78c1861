"""Who is there, who sits where, who presides, who steps aside. Pure; part of the fold (`folder.py`)."""

from __future__ import annotations

from voting.entries import (
    AbsenceJustified,
    ChairTook,
    MemberArrived,
    MemberLeft,
    RecusalDeclared,
    RecusalWithdrawn,
    SeatLeft,
    SeatTaken,
)
from voting.errors import WrongMove
from voting.possible import Fold, require_item, require_members
from voting.record import Movement, SittingRecord


def _arrive(record: SittingRecord, fact: MemberArrived, seq: int) -> None:
    require_members(record, (fact.member,))
    if fact.member in record.present:
        raise WrongMove(f"{fact.member} arrived while present")
    record.present.add(fact.member)
    record.arrived.add(fact.member)
    record.movements.append(Movement(seq, fact.at, fact.member, True, fact.channel))


def _leave(record: SittingRecord, fact: MemberLeft, seq: int) -> None:
    """The seat stays theirs."""
    require_members(record, (fact.member,))
    if fact.member not in record.present:
        raise WrongMove(f"{fact.member} left while not present")
    record.present.remove(fact.member)
    record.movements.append(Movement(seq, fact.at, fact.member, False, fact.channel))


def _justify(record: SittingRecord, fact: AbsenceJustified, seq: int) -> None:
    require_members(record, (fact.member,))
    if fact.reason:
        record.justified[fact.member] = fact.reason
    elif record.justified.pop(fact.member, None) is None:
        raise WrongMove(f"the absence of {fact.member} was not justified before")


def _take_seat(record: SittingRecord, fact: SeatTaken, seq: int) -> None:
    require_members(record, (fact.member,))
    if record.desks.get(fact.desk_no) == fact.member:
        raise WrongMove(f"{fact.member} took desk {fact.desk_no} and sits there")
    before = record.desk_of(fact.member)
    if before is not None:
        del record.desks[before]
    record.desks[fact.desk_no] = fact.member


def _leave_seat(record: SittingRecord, fact: SeatLeft, seq: int) -> None:
    require_members(record, (fact.member,))
    if record.desks.get(fact.desk_no) != fact.member:
        raise WrongMove(f"{fact.member} left desk {fact.desk_no} and does not sit there")
    del record.desks[fact.desk_no]


def _preside(record: SittingRecord, fact: ChairTook, seq: int) -> None:
    require_members(record, (fact.member,))
    if record.chair == fact.member:
        raise WrongMove(f"{fact.member} took the chair while presiding")
    record.chair = fact.member


def _declare(record: SittingRecord, fact: RecusalDeclared, seq: int) -> None:
    """Counts for votes opened after it."""
    require_members(record, (fact.member,))
    require_item(record, fact.item, "the recusal")
    if fact.member in record.recusals.get(fact.item, ()):
        raise WrongMove(f"{fact.member} declared a conflict of interest in item {fact.item} before")
    record.recusals.setdefault(fact.item, {})[fact.member] = fact.reason


def _withdraw(record: SittingRecord, fact: RecusalWithdrawn, seq: int) -> None:
    require_members(record, (fact.member,))
    if fact.member not in record.recusals.get(fact.item, ()):
        raise WrongMove(f"{fact.member} declared no conflict of interest in item {fact.item}")
    del record.recusals[fact.item][fact.member]


FOLDS: dict[type, Fold] = {
    MemberArrived: _arrive,
    MemberLeft: _leave,
    AbsenceJustified: _justify,
    SeatTaken: _take_seat,
    SeatLeft: _leave_seat,
    ChairTook: _preside,
    RecusalDeclared: _declare,
    RecusalWithdrawn: _withdraw,
}
