"""The hall display as it hangs on the drawn hall's wall, in its own words and shapes (HALL.md), at the size of a wall.

The same state and time give the same picture. It shows what the hall sent and nothing else: no verdict that did
not come, never how anyone votes before the roll is there, no countdown while the line is down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeGuard
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from council.protocol import DisplayState
from council.state_parts import CheckpointView, VoteView
from hardware import wall_speech
from hardware.brush import Brush, Pixels, ground
from hardware.wall_words import GROUND, INK, LINE, LIVE, SHAPES, SOFT
from hardware.wall_words import said as _say
from hardware.wall_words import word as _word

LARGE_QR_SECONDS = 3
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
_LEFT, _RIGHT, _TOP = 72.0, 1848.0, 210.0  # of the design, 1920 x 1080


@dataclass(frozen=True, slots=True)
class Shown:
    """What the display knows. `ahead`: the hall's clock minus the camera's. `linked`: its line is up."""

    state: DisplayState | None
    ahead: timedelta = timedelta(0)
    linked: bool = True


def key(shown: Shown, now: datetime) -> tuple[object, ...]:
    """Two moments with the same key have the same picture."""
    return id(shown.state), shown.linked, int(now.timestamp()), _large(shown, now) is not None


def draw(shown: Shown, now: datetime, width: int, lang: str) -> Pixels:
    """The screen, BGR, 16:9, `width` pixels wide. `now` is the camera's time."""
    brush = Brush(ground(width, width * 9 // 16, GROUND), width / 1920)
    if shown.state is not None:
        _draw_state(brush, shown, shown.state, now + shown.ahead, lang)
    if not shown.linked:
        brush.box(0, 1000, 1920, 80, INK)
        brush.text(960, 1054, _word(lang, "offline_never"), 44, GROUND, weight=600, align=0.5)
    return brush.picture


def scene(state: DisplayState) -> str:
    """As the display's page has it (display_state.js), but for the large code."""
    vote = state.vote
    if state.sitting.state != "open":
        return state.sitting.state
    if running(vote):
        return "voting"
    if state.floor is not None and state.floor.speech is not None:
        return "speech"
    if state.secret is not None:
        return "secret"
    if vote is not None and vote.item in (None, state.item.item if state.item is not None else None):
        return "over" if vote.result is None or vote.state in ("tied", "voided") else "result"
    return "item"


def running(vote: VoteView | None) -> TypeGuard[VoteView]:
    return vote is not None and vote.state in ("open", "held")


def _draw_state(brush: Brush, shown: Shown, state: DisplayState, now: datetime, lang: str) -> None:
    vote, sitting = state.vote, state.sitting
    if sitting.mode != "ordinary":
        brush.box(0, 0, 1920, 56, INK)
        brush.text(960, 41, _word(lang, sitting.mode), 36, GROUND, weight=600, align=0.5)
    brush.text(_LEFT, 124, f"{sitting.body_name} · {sitting.session_label}", 34, SOFT)
    brush.text(_RIGHT, 124, _local(now, sitting.timezone), 46, INK, weight=500, align=1)
    brush.box(_LEFT, 160, _RIGHT - _LEFT, 3, LINE)
    large = _large(shown, now - shown.ahead)
    kind = scene(state)
    if kind == "speech" and state.floor is not None and state.floor.speech is not None:
        wall_speech.draw(brush, state.floor, state.floor.speech, now if shown.linked else None, lang)
        return
    if kind == "secret" and state.secret is not None:
        wall_speech.draw_secret(brush, state.secret, lang)
        return
    if kind == "result" and vote is not None and large is None:
        _draw_result(brush, state, vote, lang)
        return
    own = vote if kind in ("voting", "over", "result") else None
    _draw_motion(brush, state, own, lang, wide=large is not None and not running(own))
    if large is not None:
        _draw_qr(brush, large, 1108, 190, 740)
        brush.text(1478, 990, _word(lang, "ledger_entry").format(size=large.size), 40, INK, weight=600, align=0.5)
        brush.text(1478, 1040, large.at.replace("T", " ").replace("Z", " UTC"), 36, SOFT, align=0.5)
        return
    _draw_arc(brush, state, voting=running(own))
    if running(own):
        _draw_voting(brush, shown, state, own, now, lang)
    else:
        brush.text(1335, 900, f"{state.present} / {len(state.seats)}", 92, INK, weight=700, align=0.5)


def _draw_voting(brush: Brush, shown: Shown, state: DisplayState, vote: VoteView, now: datetime, lang: str) -> None:
    """In the hollow of the seats: what is left, or who is called; below, how many have voted."""
    if state.opened_checkpoint is not None:
        _draw_qr(brush, state.opened_checkpoint, _LEFT, 780, 248)
    left_ms = vote.left_ms
    if vote.closes_at is not None:
        left_ms = max(0, math.ceil((_time(vote.closes_at) - now).total_seconds())) * 1000
    if state.call is not None:
        brush.text(1335, 620, _word(lang, "call_now"), 38, SOFT, align=0.5)
        brush.text(1335, 700, state.call.name or _word(lang, "call_done"), 56, INK, weight=700, align=0.5)
    elif left_ms is not None and shown.linked:
        left, ink = math.ceil(left_ms / 1000), INK if vote.state == "open" else SOFT
        brush.text(1335, 715, f"{left // 60}:{left % 60:02d}", 140, ink, weight=400, align=0.5)
    voted = len(state.call.answered) if state.call is not None else state.voted
    brush.text(1335, 900, f"{voted} / {state.entitled}", 92, INK, weight=700, align=0.5)


def _draw_motion(brush: Brush, state: DisplayState, vote: VoteView | None, lang: str, wide: bool) -> None:
    """The left side: where we are, the title, what is needed, who stands for election."""
    if state.sitting.state != "open":
        brush.text(_LEFT, _TOP + 60, _word(lang, f"sitting_{state.sitting.state}"), 55, INK, weight=600)
        return
    if vote is None:
        head, title = _word(lang, "considering"), state.item.title if state.item else ""
        head = head if title else _word(lang, "no_item")
    else:
        head, title = _word(lang, _HEADS.get(vote.state, "vote_closed")), vote.title
    x = _LEFT
    if vote is not None and vote.state == "open":
        brush.disc(x + 12, _TOP + 28, 12, LIVE)
        x += 42
    brush.text(x, _TOP + 40, head, 38, INK, weight=600)
    candidates = vote.candidates if running(vote) else ()
    lines = 3 if candidates else 7
    y = brush.paragraph(_LEFT, _TOP + 120, title, 55, 1000 if wide else 700, lines, INK)
    if vote is None:
        return
    needed = _word(lang, "needed").format(needed=vote.requirement.needed, seats=vote.requirement.seats)
    brush.text(_LEFT, y + 80, needed.replace("*", ""), 44, INK, weight=600)
    for i, candidate in enumerate(candidates):
        brush.text(_LEFT, y + 140 + 36 * i, f"{candidate.candidate}  {candidate.name}", 28, INK)
    below = {"closed": "chair_announces", "tied": "chair_decides"}.get(vote.state)
    if vote.state == "voided" and vote.void_reason:
        reason = _word(lang, "void_reason").format(reason=vote.void_reason)
        brush.paragraph(_LEFT, 900, reason, 44, 1000, 3, INK)
    elif below is not None and vote.result is None:
        brush.text(_LEFT, 1000, _word(lang, below), 66, INK, weight=600)


_HEADS = {"open": "vote_open", "held": "vote_held", "tied": "vote_tied", "voided": "vote_voided"}


def _draw_arc(brush: Brush, state: DisplayState, voting: bool) -> None:
    """Seats by desk number from left to right: a ring, filled when recorded (not how), dotted when not on the roll, a
    triangle for a conflict of interest."""
    seats = sorted(state.seats, key=lambda seat: seat.desk_no)
    for seat, (x, y) in zip(seats, arc_places(len(seats)), strict=True):
        if voting and seat.voted:
            brush.disc(x, y, 37, INK)
        elif not seat.present or seat.no_record:
            brush.dotted_ring(x, y, 33, SOFT, 4)
        elif seat.recused:
            brush.line([(x - 34, y + 28), (x, y - 34), (x + 34, y + 28), (x - 34, y + 28)], SOFT, 6)
        else:
            brush.ring(x, y, 34, SOFT, 6)


def arc_places(count: int) -> list[tuple[float, float]]:
    """Where `count` seats stand, left to right, in rows of a half circle; in units of the display."""
    rows = 1 if count < 8 else 2 if count < 16 else 3 if count < 28 else 4 if count < 50 else 6
    radii = [478 - 80 * row * min(1.0, 4 / rows) for row in range(rows)]
    shares = [count * radius / sum(radii) for radius in radii]
    counts = [int(share) for share in shares]
    for row in sorted(range(rows), key=lambda row: counts[row] - shares[row])[: count - sum(counts)]:
        counts[row] += 1
    places = []
    for radius, seats in zip(radii, counts, strict=True):
        for i in range(seats):
            angle = math.pi * (1 - (i + 0.5 * (seats == 1)) / max(1, seats - 1))
            places.append((angle, radius))
    places.sort(key=lambda place: (-round(place[0], 3), -place[1]))
    return [(1335 + radius * math.cos(angle), 720 - radius * math.sin(angle)) for angle, radius in places]


def _draw_result(brush: Brush, state: DisplayState, vote: VoteView, lang: str) -> None:
    """Verdict, reason, bar and tally at the left; the roll in alphabet order at the right."""
    if vote.result is None:
        return
    verdict = _say(vote.result.verdict, lang)
    big = 108.0
    while brush.text_width(verdict, big, 700) > 500 and big > 50:
        big *= 0.9
    brush.text(_LEFT, 330, verdict, big, INK, weight=700)
    brush.paragraph(_LEFT, 400, _say(vote.result.reason, lang), 36, 500, 2, SOFT)
    tally, need = vote.result.tally, vote.requirement
    cell = 490 / max(1, need.seats)
    for i in range(need.seats):
        brush.box(_LEFT + i * cell, 480, cell * 0.8, 36, SHAPES["for"] if i < tally.for_ else LINE)
    brush.box(_LEFT + need.needed * cell - cell * 0.2, 470, 5, 56, INK)
    counts = [("for", tally.for_), ("against", tally.against), ("abstain", tally.abstain)]
    if vote.result.counts:
        counts = [(str(candidate), votes) for candidate, votes in vote.result.counts] + counts[2:]
    rest = [(name, getattr(tally, name)) for name in ("not_voting", "absent", "recused", "no_record")]
    for row, (option, count) in enumerate(counts + [line for line in rest if line[1]]):
        y = 590 + row * 52
        mark(brush, _LEFT + 18, y - 13, option)
        name = next((one.name for one in vote.candidates if str(one.candidate) == option), None)
        brush.text(_LEFT + 56, y, name or _word(lang, f"option_{option}"), 26 if name else 36, INK)
        brush.text(_LEFT + 490, y, str(count), 40, INK, weight=700, align=1)
    if state.closed_checkpoint is not None:
        _draw_qr(brush, state.closed_checkpoint, _LEFT, 850, 200)
    columns = 3 if len(state.roll) <= 39 else 4 if len(state.roll) <= 52 else 6
    pitch, letter = 1230 / columns, {3: 41.0, 4: 34.0}.get(columns, 26.0)
    per_column = max(13, math.ceil(len(state.roll) / columns))
    for i, line in enumerate(state.roll):
        left, baseline = 615 + i // per_column * pitch, 230 + i % per_column * 830 / per_column
        chosen = line.option in SHAPES
        mark(brush, left + 18, baseline - 14, line.option if line.candidate is None else str(line.candidate))
        brush.text(left + 50, baseline, line.name, letter, INK if chosen else SOFT, weight=600 if chosen else 400)


def mark(brush: Brush, x: float, y: float, option: str) -> None:
    """An option's shape (LOOK.md), or a candidate's number, 36 units high, its middle at (x, y)."""
    fill = SHAPES["for"] if option.isdigit() else SHAPES.get(option, SOFT)
    match option:
        case "for":
            brush.disc(x, y, 18, fill)
            brush.line([(x - 8, y), (x - 2, y + 7), (x + 9, y - 7)], GROUND, 4)
        case "against":
            brush.box(x - 16, y - 16, 32, 32, fill)
            brush.line([(x - 8, y - 8), (x + 8, y + 8)], GROUND, 4)
            brush.line([(x - 8, y + 8), (x + 8, y - 8)], GROUND, 4)
        case "abstain":
            brush.polygon([(x - 19, y), (x, y - 19), (x + 19, y), (x, y + 19)], fill)
            brush.line([(x - 8, y), (x + 8, y)], GROUND, 4)
        case "absent":
            brush.dotted_ring(x, y, 15, fill, 3)
        case "recused":
            brush.line([(x - 16, y + 14), (x, y - 15), (x + 16, y + 14), (x - 16, y + 14)], fill, 4)
        case "no_record":
            brush.line([(x - 10, y), (x + 10, y)], fill, 5)
        case number if number.isdigit():
            brush.disc(x, y, 18, fill)
            brush.text(x, y + 9, number, 26, GROUND, weight=700, align=0.5)
        case _:
            brush.ring(x, y, 15, fill, 4)


def _draw_qr(brush: Brush, checkpoint: CheckpointView, x: float, y: float, side: float) -> None:
    """The checkpoint's QR with its quiet zone of 4 modules, on whole pixels, at most `side` wide."""
    modules = len(checkpoint.rows) + 8
    module = max(1, int(side * brush.scale) // modules)
    dark = np.array([[cell == "1" for cell in row] for row in checkpoint.rows], bool)
    code = np.full((modules, modules, 3), WHITE, np.uint8)
    code[4:-4, 4:-4][dark] = BLACK
    code = code.repeat(module, axis=0).repeat(module, axis=1)
    left, top = round(x * brush.scale), round(y * brush.scale)
    room = brush.picture[top : top + code.shape[0], left : left + code.shape[1]]
    room[:] = code[: room.shape[0], : room.shape[1]]


def _large(shown: Shown, now: datetime) -> CheckpointView | None:
    """The checkpoint shown large: for 3 s of opening, and at closing until the result may be known, at least 3 s."""
    state = shown.state
    vote = state.vote if state else None
    if state is None or vote is None:
        return None
    span = timedelta(seconds=LARGE_QR_SECONDS)
    hall_now = now + shown.ahead
    if running(vote):
        opening = vote.state == "open" and hall_now < _time(vote.opened_at) + span
        return state.opened_checkpoint if opening else None
    if scene(state) not in ("over", "result") or vote.closed_at is None:
        return None
    fresh = hall_now < _time(vote.closed_at) + span
    return state.closed_checkpoint if scene(state) == "over" or fresh else None


def _time(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


def _local(now: datetime, timezone: str) -> str:
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return now.astimezone(UTC).strftime("%H:%M:%S UTC")
    return now.astimezone(zone).strftime("%H:%M:%S")
