"""Footage: which of it is sealed, which deleted, whether it may be shown, when filming was paused.

Pure; part of the fold (`folder.py`)."""

from __future__ import annotations

from copy import deepcopy

from voting.errors import WrongMove
from voting.footage_facts import (
    FilmingPaused,
    FilmingResumed,
    FootageDeleted,
    FootageReleased,
    FootageSealed,
    FootageWithheld,
)
from voting.possible import Fold
from voting.record import ClosedPart, Deletion, Seal, SittingRecord


def _seal(record: SittingRecord, fact: FootageSealed, seq: int) -> None:
    record.sealed.seal(fact)
    record.seals.append(Seal(seq, fact))


def _delete(record: SittingRecord, fact: FootageDeleted, seq: int) -> None:
    if record.closed_seq is None:
        raise WrongMove("FootageDeleted before the sitting was closed")
    deleted = deepcopy(record.deleted)
    deleted.delete(fact)
    record.deleted = deleted
    record.deletions.append(Deletion(seq, fact))


def _withhold(record: SittingRecord, fact: FootageWithheld, seq: int) -> None:
    if seq != record.opened_seq + 1:
        raise WrongMove("FootageWithheld later than with the opening")
    record.withheld = True


def _release(record: SittingRecord, fact: FootageReleased, seq: int) -> None:
    if not record.withheld:
        raise WrongMove("FootageReleased of a recording that is not withheld")
    if record.closed_seq is None:
        raise WrongMove("FootageReleased before the sitting was closed")
    record.withheld, record.released_at = False, fact.at


def _pause(record: SittingRecord, fact: FilmingPaused, seq: int) -> None:
    if record.closed_part is not None:
        raise WrongMove("FilmingPaused while filming is paused")
    if fact.since > fact.at:
        raise WrongMove("FilmingPaused since a later moment")
    if not fact.reason.strip():
        raise WrongMove("FilmingPaused without a reason")
    record.closed_parts.append(ClosedPart(seq, fact))


def _resume(record: SittingRecord, fact: FilmingResumed, seq: int) -> None:
    part = record.closed_part
    if part is None:
        raise WrongMove("FilmingResumed while filming is not paused")
    part.ended_at, part.resumed = fact.at, fact


FOLDS: dict[type, Fold] = {
    FootageSealed: _seal,
    FootageDeleted: _delete,
    FootageWithheld: _withhold,
    FootageReleased: _release,
    FilmingPaused: _pause,
    FilmingResumed: _resume,
}
