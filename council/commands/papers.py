"""`council minutes` and `council sheet`: papers from the ledger, as PDF or text, without hall or site."""

from __future__ import annotations

from pathlib import Path

from council.commands.ground import Ground
from council.papers import plain, reading
from council.papers.minutes import minutes
from council.papers.paper import Paper
from council.papers.seal import Setting
from council.papers.sheet import NoSheet, sheet
from council.papers.typeset import compiled


class NoPaper(Exception):
    """What was asked for is not in the ledger; the text says what."""


def write(paper: Paper, out: Path | None) -> None:
    """out: a file ending in .pdf or .txt; None: the text goes to standard output."""
    if out is None:
        print(plain.text(paper), end="")
    elif out.suffix == ".txt":
        out.write_text(plain.text(paper), encoding="utf-8")
    else:
        out.write_bytes(compiled(paper))


async def read(at: Ground, sitting: str, n: int | None, language: str | None, site: str) -> Paper:
    """n: a vote's sheet; None: the minutes. language None: the council's own. Raises NoPaper."""
    connection = await at.database("public").connect()
    try:
        told = await reading.read(connection, sitting)
        if told is None:
            raise NoPaper(f"the ledger has no sitting {sitting!r}, or it was never opened")
        if n is not None and n not in told.record.votes and n not in told.record.secret_votes:
            raise NoPaper(f"{sitting} has no vote {n}, only {told.record.next_vote_n - 1}")
        own = await reading.tongue(connection, told)
        seal = await reading.seal_for(connection, told, n)
    finally:
        await connection.close()
    setting = Setting(language or own, own, site)
    try:
        return minutes(told, seal, setting) if n is None else sheet(told, n, seal, setting)
    except NoSheet as refusal:
        raise NoPaper(f"vote {n} of {sitting} is not closed yet, so there is no sheet of it") from refusal
