"""Captions in PostgreSQL, as they are shown now. A connection comes from outside; `council/captions.py` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sql
from streaming.captions import Caption, Track, fold

FOUND = 100  # hits told of one search
LETTERS = range(2, 101)  # that a search has


@dataclass(frozen=True, slots=True)
class Hit:
    at: datetime
    speaker: str
    text: str


def _queries() -> Any:
    return sql.load("captions")


async def tracks(conn: Any, sitting: str) -> list[Track]:
    """By language."""
    return [Track(**row) async for row in _queries().tracks(conn, sitting=sitting)]


async def captions(conn: Any, sitting: str, language: str, start: datetime, end: datetime) -> list[Caption]:
    """Those that begin in [start, end), in order."""
    rows = _queries().captions(conn, sitting=sitting, language=language, start_at=start, end_at=end)
    return [Caption(row["starts_at"], row["ends_at"], row["text"], row["speaker"], row["n"]) async for row in rows]


async def found(
    conn: Any, sitting: str, language: str, start: datetime, end: datetime, words: str
) -> tuple[list[Hit], bool]:
    """Where the words, one after the other, are said; and whether there are more than FOUND. Two letters at least."""
    folded = fold(words)
    if len(folded) not in LETTERS:
        return [], False
    query = _queries().found(
        conn, sitting=sitting, language=language, start_at=start, end_at=end, words=folded, most=FOUND + 1
    )
    hits = [Hit(row["starts_at"], row["speaker"], row["text"]) async for row in query]
    return hits[:FOUND], len(hits) > FOUND
