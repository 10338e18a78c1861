"""The drawn wall while somebody speaks, and after a secret ballot: who and how long still; totals and no name."""

from __future__ import annotations

import math
from datetime import datetime

from council.state_console import FloorView, SpeechView
from council.state_parts import SecretView
from hardware.brush import Brush
from hardware.wall_words import ACCENT, GROUND, INK, LINE, SOFT, said, word

_LEFT, _RIGHT = 72.0, 1848.0  # of the design, 1920 x 1080


def draw(brush: Brush, floor: FloorView, speech: SpeechView, now: datetime | None, lang: str) -> None:
    """now: the hall's time; None while the line is down: then no time is shown."""
    brush.text(_LEFT, 440, word(lang, f"floor_{speech.floor}"), 44, ACCENT, weight=600)
    big = 132.0
    while brush.text_width(speech.family_name, big, 700) > 900 and big > 40:
        big *= 0.9
    brush.text(_LEFT, 590, speech.family_name, big, INK, weight=700)
    brush.text(_LEFT, 690, speech.given_name, 74, INK)
    desk = word(lang, "desk_small").format(no=speech.desk_no) if speech.desk_no is not None else None
    brush.text(_LEFT, 770, " · ".join(part for part in (speech.faction, desk) if part), 40, SOFT)
    left_ms = _left_ms(speech, now)
    if left_ms is None:
        if now is not None:
            label = "speech_paused" if speech.paused else "speech_no_limit"
            brush.text(_RIGHT, 420, word(lang, label), 40, SOFT, align=1)
    else:
        _draw_timer(brush, speech, left_ms, floor.warning_seconds, lang)
    waiting = [request.name for request in floor.queue[:2]]
    if waiting:
        brush.box(_LEFT, 946, _RIGHT - _LEFT, 3, LINE)
        brush.text(_LEFT, 1016, f"{word(lang, 'next')}: {', '.join(waiting)}", 40, INK)


def _left_ms(speech: SpeechView, now: datetime | None) -> float | None:
    """Below zero beyond the limit. None: no limit, or no line."""
    if now is None:
        return None
    if speech.ends_at is None:
        return speech.left_ms
    return (datetime.fromisoformat(speech.ends_at) - now).total_seconds() * 1000


def _draw_timer(brush: Brush, speech: SpeechView, left_ms: float, warning_seconds: int, lang: str) -> None:
    over = left_ms <= 0
    whole = math.floor(-left_ms / 1000) if over else math.ceil(left_ms / 1000)
    figure = f"{'+' if over else ''}{whole // 60}:{whole % 60:02d}"
    label = "speech_over" if over else "speech_paused" if speech.paused else "speech_left"
    brush.text(_RIGHT, 420, word(lang, label), 40, INK if over else SOFT, weight=700 if over else 400, align=1)
    ink = SOFT if speech.paused else INK
    if over:
        wide = brush.text_width(figure, 300, 400)
        brush.box(_RIGHT - wide - 24, 450, wide + 40, 270, INK)
        ink = GROUND
    brush.text(_RIGHT, 690, figure, 300, ink, align=1)
    if speech.seconds:
        share = min(1.0, max(0.0, left_ms / (speech.seconds * 1000)))
        high = 36 if 0 < left_ms <= warning_seconds * 1000 else 18
        brush.box(1112, 745, _RIGHT - 1112, high, LINE)
        brush.box(_RIGHT - (_RIGHT - 1112) * share, 745, (_RIGHT - 1112) * share, high, INK)
        limit = f"{speech.seconds // 60}:{speech.seconds % 60:02d}"
        brush.text(_RIGHT, 830, word(lang, "of_limit").format(limit=limit), 34, SOFT, align=1)


def draw_secret(brush: Brush, secret: SecretView, lang: str) -> None:
    """Verdict and reason at the left, the commission's totals at the right."""
    brush.paragraph(_LEFT, 260, secret.title, 50, 1700, 2, INK)
    brush.text(_LEFT, 480, said(secret.verdict, lang), 96, INK, weight=700)
    brush.paragraph(_LEFT, 560, said(secret.reason, lang), 36, 640, 3, SOFT)
    brush.paragraph(_LEFT, 800, said(secret.ground, lang), 34, 640, 4, INK)
    votes = dict(secret.counts)
    lines = [(one.name, votes.get(one.candidate, 0)) for one in secret.candidates] or [
        (word(lang, "option_for"), secret.for_),
        (word(lang, "option_against"), secret.against),
        (word(lang, "option_abstain"), secret.abstain),
    ]
    lines += [(word(lang, name), getattr(secret, name)) for name in ("invalid", "found", "issued")]
    for row, (name, count) in enumerate(lines):
        y = 440 + row * 620 / max(8, len(lines))
        brush.text(820, y, name, 44, INK)
        brush.text(_RIGHT, y, str(count), 48, INK, weight=700, align=1)
