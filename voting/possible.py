"""What a fact of a sitting may name: its members, items and numbers. Pure; part of the fold (`folder.py`).

Every function raises WrongMove with a sentence, or does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from voting.errors import WrongMove
from voting.record import SittingRecord

Fold = Callable[[SittingRecord, Any, int], None]  # record, fact, seq: raises WrongMove and has then changed nothing


def require_members(record: SittingRecord, members: Iterable[str]) -> None:
    known = set(record.members)
    for member in members:
        if member not in known:
            raise WrongMove(f"{member} is not a member of this sitting")


def require_item(record: SittingRecord, item: str | None, what: str) -> None:
    """`what` is done about the item; None: about none, which is always possible."""
    if item is None:
        return
    if item not in record.items:
        raise WrongMove(f"{what} is on item {item}, which is neither on the agenda nor was called")
    if item in record.withdrawn_items:
        raise WrongMove(f"{what} is on item {item}, which was withdrawn")


def require_unique(words: str, names: Sequence[Any]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise WrongMove(f"{words}: {twice} is named twice")


def require_next(words: str, n: int, expected: int) -> None:
    if n != expected:
        raise WrongMove(f"{words} {n} follows {words} {expected - 1}")


def require_no_vote(record: SittingRecord, what: str) -> None:
    """No vote takes presses, is held, or waits for the chair."""
    vote = record.open_vote or record.tied_vote
    if vote is not None:
        raise WrongMove(f"{what} while vote {vote.n} is {vote.state}")


def require_silence(record: SittingRecord, what: str) -> None:
    """Nobody's time to speak runs."""
    speech = record.running_speech
    if speech is not None:
        raise WrongMove(f"{what} while speech {speech} runs")
