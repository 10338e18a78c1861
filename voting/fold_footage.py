"""Footage: which of it is sealed, which deleted. Pure; part of the fold (`folder.py`)."""

from __future__ import annotations

from copy import deepcopy

from voting.errors import WrongMove
from voting.footage_facts import FootageDeleted, FootageSealed
from voting.possible import Fold
from voting.record import Deletion, Seal, SittingRecord


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


FOLDS: dict[type, Fold] = {FootageSealed: _seal, FootageDeleted: _delete}
