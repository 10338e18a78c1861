"""A hall display that shows checkpoints as codes, for cameras in tests and benches that no hall stands behind."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Literal

from council.protocol import DisplayState
from council.qr import checkpoint_view
from council.state_parts import ItemView, RequirementView, SeatView, SittingView, VoteView
from hardware.wall_screen import Shown
from voting.entries import stamp

SEATS = tuple(SeatView(n, True, False, False, False) for n in range(1, 38))
NEED = RequirementView(19, 37, {"uk": "більшість складу ради, ст. 59 ч. 2"})


def root(size: int) -> str:
    """Of the ledger's first `size` entries, as these tests have it."""
    return sha256(b"%d" % size).hexdigest()


def shown(state: Literal["open", "closed"], size: int, at: datetime) -> Shown:
    """The display at the opening or closing of a vote, `at`; the ledger had `size` entries then."""
    code, now = checkpoint_view(size, root(size), at), stamp(at)
    closed_at = now if state == "closed" else None
    vote = VoteView(1, "1", "Про бюджет", state, NEED, now, 300, None, closed_at, None, None)
    sitting = SittingView("s", "Рада", "Місто", "I", "ordinary", None, "open", "Europe/Kyiv")
    item = ItemView("1", "Про бюджет", "current", None)
    codes = (code, None) if state == "open" else (None, code)
    return Shown(DisplayState(1, now, sitting, item, vote, SEATS, 0, 37, 37, 19, (), *codes))
