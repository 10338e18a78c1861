"""Captions on wall time: laid there once, counted back for each camera, found whatever way they are typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from streaming.captions import LANGUAGES, Caption, fold, language_name, numbered, placed, timed, timed_from
from streaming.segments import Segment
from streaming.webvtt import CaptionsRefused, Cue

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


def film(*starts: float) -> list[Segment]:
    """Segments of 2 s."""
    return [
        Segment("hall-1", n, n * 180_000, 180_000, START + seconds(at), 2000, f"{n}", 1, "0" * 64, 50, None)
        for n, at in enumerate(starts)
    ]


GAPPED = film(0, 2, 4, 64, 66)  # a minute is missing after 6 s


def test_file_of_a_camera_is_laid_on_wall_time_over_its_gaps() -> None:
    cues = [Cue(500, 1500, "a", "Голова", 3), Cue(5000, 6000, "b", "", 6), Cue(6000, 7000, "c", "", 9)]
    assert timed(cues, GAPPED) == [
        Caption(START + seconds(0.5), START + seconds(1.5), "a", "Голова", 3),
        Caption(START + seconds(5), START + seconds(6), "b", "", 6),  # ends with the picture, not after the gap
        Caption(START + seconds(64), START + seconds(65), "c", "", 9),
    ]


def test_cues_past_the_end_of_a_recording_are_told_by_line() -> None:
    (last,) = timed([Cue(9000, 15_000, "a")], GAPPED)
    assert last.end == START + seconds(68)
    with pytest.raises(CaptionsRefused) as refused:
        timed([Cue(0, 1000, "a", "", 3), Cue(10_000, 11_000, "b", "", 6), Cue(9000, 21_000, "c", "", 9)], GAPPED)
    assert [(one.code, one.line, one.expected) for one in refused.value.problems] == [
        ("beyond_end", 6, "00:00:10"),
        ("beyond_end", 9, "00:00:10"),
    ]


def test_captions_hold_for_every_camera() -> None:
    captions = numbered(timed([Cue(500, 1500, "a"), Cue(5000, 6500, "b"), Cue(6500, 7000, "c")], GAPPED))
    assert [(one.start_ms, one.end_ms) for one in placed(captions, GAPPED)] == [(500, 1500), (5000, 6500), (6500, 7000)]
    late = film(1, 3, 5, 7, 64.25)  # began later, has another gap
    assert [(one.text, one.start_ms, one.end_ms) for one in placed(captions, late)] == [
        ("a", 0, 500),
        ("b", 4000, 8250),
        ("c", 8250, 8750),
    ]
    assert placed(captions, film(100)) == [] and placed(captions, []) == []


def test_file_of_a_clip_begins_at_its_moment() -> None:
    assert timed_from([Cue(250, 1000, "a", "", 4)], START) == [
        Caption(START + seconds(0.25), START + seconds(1), "a", "", 4)
    ]


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("П’ятий  бюджет\nмiста", "П'ЯТИЙ БЮДЖЕТ МIСТА"),
        ("Ședința de la Łódź", "sedinta DE LA lodz"),
        ("й" + "Київ", "и\N{COMBINING BREVE}київ"),
        ("अध्यक्ष महोदय", "अध्यक्ष महोदय"),
        ("про\N{SOFT HYPHEN}єкт", "ПРОЄКТ"),
        ("Straße", "STRASSE"),
    ],
)
def test_search_finds_words_however_they_are_typed(said: str, typed: str) -> None:
    assert fold(said) == fold(typed)


def test_search_keeps_apart_what_are_different_letters() -> None:
    assert fold("й") != fold("и") and fold("ї") != fold("і") and fold("अध्यक्ष") != fold("अधयकष")


def test_every_language_has_a_name_of_its_own() -> None:
    names = [language_name(language) for language in LANGUAGES]
    assert len(set(names)) == len(LANGUAGES) and names[:3] == ["Українська", "Polski", "Română"]
