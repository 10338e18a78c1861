"""A chamber as the disk has it: plan, profile, the sitting's entries, the presses of its last vote, what was signed.

The same for a sitting and for the rehearsal of one; they differ in where they are written.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

import sql
from council import profile
from council.chamber import Chamber
from council.chamber_data import ChamberData
from council.clock import Clock
from council.keys import verify
from council.presses import PressRow, PressWriter
from council.qr import checkpoint_view
from council.sitting import SittingPlan
from council.state_parts import CheckpointView
from voting import ledger as voting_ledger
from voting.checkpoint import Signer
from voting.entries import Clerk, Entry, Option, VoteClosed, VoteOpened, stamp
from voting.ledger import Ledger
from voting.signed import press_text
from voting.vote_event import Press

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Writing:
    """Where a chamber's facts and presses go, and who signs for them."""

    ledger: Ledger
    writer: PressWriter
    signer: Signer


def rehearsal_id(sitting: str, n: int) -> str:
    return f"{sitting}-rehearsal-{n}"


def as_rehearsal(plan: SittingPlan, n: int) -> SittingPlan:
    """The sitting's plan, to be practised for the n-th time."""
    return replace(plan, id=rehearsal_id(plan.id, n), mode="rehearsal")


async def open_chamber(
    connection: Any, plan: SittingPlan, writing: Writing, clock: Clock, *, prepared: str | None = None
) -> Chamber:
    """connection: to where `writing` writes. prepared: the id of the sitting that `plan` rehearses."""
    entries = await voting_ledger.read(connection, plan.id)
    opened = [entry for entry in entries if isinstance(entry.fact, VoteOpened)]
    closed = [entry for entry in entries if isinstance(entry.fact, VoteClosed)]
    presses: list[PressRow] = []
    if opened and isinstance(opened[-1].fact, VoteOpened):
        presses = await _presses(connection, plan.id, opened[-1].fact.n)
    rev = int(clock.now().timestamp() * 1000)  # counts on over restarts
    data = ChamberData(plan, profile.load(plan.body.profile), rev=rev)
    data.rehearsable = plan.mode in ("ordinary", "training")
    chamber = Chamber(data, writing.ledger, writing.writer, clock, writing.signer, prepared)
    shown = [await _checkpoint_of(connection, entry) for entry in opened[-1:]]
    if opened and closed and closed[-1].seq > opened[-1].seq:
        shown.append(await _checkpoint_of(connection, closed[-1]))
    chamber.recover(entries, presses, *shown)
    logger.info(
        "chamber_opened body=%s sitting=%s entries=%d presses=%d", plan.body.id, plan.id, len(entries), len(presses)
    )
    return chamber


async def _presses(connection: Any, sitting: str, vote_n: int) -> list[PressRow]:
    """In the order they were recorded. A row that somebody has put there past the hall has no signature of the
    terminal: it is left out, and noted."""
    rows: list[PressRow] = []
    async for row in sql.load("hall").presses(connection, sitting=sitting, vote_n=vote_n):
        press = Press(
            row["member_id"],
            row["boot"],
            row["n"],
            Option(row["option"]),
            stamp(row["recorded_at"]),
            candidate=row["candidate"],
            channel=row["channel"],
            terminal=row["terminal_id"],
            signature=row["signature"],
        )
        by = Clerk(row["entered_by"], row["staff_name"]) if row["entered_by"] is not None else None
        text = press_text(sitting, vote_n, press.member, press.option, press.candidate, press.boot, press.n)
        if press.channel == "terminal" and not verify(row["public_key"] or "", text, press.signature or ""):
            logger.error("press_forged sitting=%s vote=%d terminal=%s n=%d", sitting, vote_n, press.terminal, press.n)
            continue
        rows.append(PressRow(sitting, vote_n, press, row["recorded_at"], by))
    return rows


async def _checkpoint_of(connection: Any, entry: Entry) -> CheckpointView | None:
    row = await sql.load("hall").checkpoint_covering(connection, seq=entry.seq)
    return checkpoint_view(row["tree_size"], row["root"], row["signed_at"]) if row is not None else None
