"""The wall in the drawn hall: every scene can be drawn, and shows what the display's page would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from council.protocol import DisplayState
from council.state_console import CallView, FloorView, RequestView, SpeechView
from council.state_parts import (
    CandidateView,
    CheckpointView,
    ItemView,
    RequirementView,
    ResultView,
    RollLine,
    SeatView,
    SecretView,
    SittingView,
    TallyView,
    VoteView,
)
from hardware import wall_screen
from hardware.wall_screen import Shown

NOW = datetime(2026, 11, 22, 12, 5, 0, tzinfo=UTC)
AT = "2026-11-22T12:04:00.000Z"
CHECKPOINT = CheckpointView(9, "ab" * 32, AT, ("10" * 14 + "1",) * 29, "HLASNO/9")
CANDIDATES = (CandidateView(1, "Балог Ольга"), CandidateView(2, "Гуль Іван"))
SPEECH = SpeechView(1, "m1", "Калинова", "Дзвінка", None, 12, "speech", "1", AT, 180, False, None, None, 0)
REQUEST = RequestView(2, "m2", "Левада М.", 3, None, "reply", 60, AT)
WORDS = {"uk": "Прийнято"}, {"uk": "20 «за», потрібно 19 із 37"}
RESULT = ResultView("adopted", *WORDS, TallyView(20, 3, 1, 12, 1, 0, 0))
CHOSEN = structs.replace(RESULT, counts=((1, 5), (2, 20)), chosen=2)


def vote(state: str, **changed: Any) -> VoteView:
    closed = None if state in ("open", "held") else AT
    need = RequirementView(19, 37, {"uk": "більшість"})
    fields = {"result": None, **changed}
    return VoteView(1, "1", "Про бюджет", state, need, AT, 300, None, closed, None, **fields)  # type: ignore[arg-type]


def display(vote: VoteView | None = None, **changed: Any) -> DisplayState:
    sitting = SittingView("s", "Рада", "Місто", "I", changed.pop("mode", "ordinary"), None, "open", "Europe/Kyiv")
    seats = tuple(SeatView(n, n != 8, False, n < 5, n == 12) for n in range(1, 38))
    roll = tuple(RollLine(f"Андрухів {n}.", "for", n % 2 + 1 if n % 3 else None) for n in range(37))
    item = ItemView("1", "Про бюджет", "current", None)
    return DisplayState(
        1, AT, sitting, item, vote, seats, 4, 36, 36, 19, roll, CHECKPOINT, CHECKPOINT, **changed
    )  # fmt: skip


def floor(**changed: Any) -> FloorView:
    return FloorView(structs.replace(SPEECH, **changed), (REQUEST,), (), 2, 30)


def drawn(state: DisplayState, seconds: float = 0.0, *, linked: bool = True) -> Any:
    """The picture without its clock and without the line that says the hall is away."""
    picture = wall_screen.draw(Shown(state, linked=linked), NOW + timedelta(seconds=seconds), 960, "uk")
    return picture[90:490]


def same(one: Any, other: Any) -> bool:
    return bool(np.array_equal(one, other))


SECRET = SecretView(2, "1", "Про обрання", AT, {"uk": "Таємне"}, *WORDS, 36, 35, 1, 20, 10, 4)
STATES = {
    "open": display(vote("open")),
    "held": display(vote("held", left_ms=41_000)),
    "candidates": display(vote("open", candidates=CANDIDATES)),
    "called": display(vote("open", method="called"), call=CallView("m5", "Балог О.", 5, 36, ("Гуль І.",), ("m1",))),
    "tied": display(vote("tied")),
    "voided": display(vote("voided", void_reason="Збій обладнання.")),
    "result": display(vote("announced", result=RESULT)),
    "chosen": display(vote("announced", candidates=CANDIDATES, result=CHOSEN)),
    "secret": display(secret=SECRET),
    "speech": display(floor=floor(ends_at="2026-11-22T12:06:42.000Z")),
    "item": display(),
    "rehearsal": display(vote("held"), mode="rehearsal"),
}


def test_every_state_has_a_picture_of_its_own() -> None:
    pictures = [drawn(state) for state in STATES.values()]
    for i, one in enumerate(pictures):
        assert not any(same(one, other) for other in pictures[i + 1 :]), list(STATES)[i]


@pytest.mark.parametrize("name", ["held", "tied", "voided", "secret", "item"])
def test_picture_in_which_nothing_runs_stands_still(name: str) -> None:
    assert same(drawn(STATES[name]), drawn(STATES[name], 5))


def test_speech_counts_down_then_up_and_stands_while_paused() -> None:
    running, paused = STATES["speech"], display(floor=floor(paused=True, left_ms=42_000))
    assert not same(drawn(running), drawn(running, 1))
    assert not same(drawn(running, 110), drawn(running, 111))
    assert same(drawn(paused), drawn(paused, 5))


def test_timer_is_taken_away_with_the_line() -> None:
    state = STATES["speech"]
    assert same(drawn(state, linked=False), drawn(state, 7, linked=False))


def test_large_code_is_never_of_another_vote() -> None:
    held = Shown(display(vote("held", left_ms=41_000)))
    assert wall_screen._large(held, NOW) is None
    closed = Shown(display(vote("closed")))
    assert wall_screen._large(closed, NOW) == CHECKPOINT
