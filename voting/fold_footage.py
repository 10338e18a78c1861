"""Footage: which of it is sealed. Pure; part of the fold (`folder.py`)."""

from __future__ import annotations

from voting.footage_facts import FootageSealed
from voting.possible import Fold
from voting.record import Seal, SittingRecord


def _seal(record: SittingRecord, fact: FootageSealed, seq: int) -> None:
    record.sealed.add(fact)
    record.seals.append(Seal(seq, fact))


FOLDS: dict[type, Fold] = {FootageSealed: _seal}
