"""A closed part as acts: who may begin it, on which ground, since when; what console and wall are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from council.acts import facts_of
from council.equipment import CameraReading, has_stopped
from council.profile import spoken
from council.protocol_acts import CloseSitting, OpenSitting, PauseFilming, ResumeFilming
from council.refusals import Refusal
from council.state_parts import CameraStop, ClosedView
from council.views_console import console_state
from council.views_display import display_state
from voting.entries import Clerk, Fact, FilmingPaused, FilmingResumed, SittingClosed, stamp

ACT = "0" * 16
MARIA = Clerk("maria", "Марія Левченко")
TYPED = PauseFilming(act=ACT, reason=" персональні дані ")


@pytest.fixture
def room(acts_room: ModuleType) -> Any:
    room = acts_room.Room()
    room.do(OpenSitting(act=ACT))
    return room


def do(room: Any, act: Any) -> Sequence[Fact]:
    facts: Sequence[Fact] = room.feed(facts_of(act, replace(room.context(), by=MARIA)))
    return facts


def test_pause_with_a_ground_of_the_profile_names_its_article_and_a_repeat_changes_nothing(room: Any) -> None:
    ground = room.data.profile.grounds["secretary"]
    since = stamp(room.now - timedelta(seconds=30))
    text, source = spoken(ground.text, "uk"), spoken(ground.source, "uk")
    pause = PauseFilming(act=ACT, ground="secretary", seconds_ago=30)
    assert do(room, pause) == [FilmingPaused(room.at, since, "secretary", text, source, MARIA)]
    assert do(room, pause) == []
    room.later(60)
    assert do(room, ResumeFilming(act=ACT)) == [FilmingResumed(room.at, MARIA)]
    assert do(room, ResumeFilming(act=ACT)) == []
    assert do(room, TYPED) == [FilmingPaused(room.at, room.at, None, "персональні дані", None, MARIA)]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (PauseFilming(act=ACT), "reason_needed"),
        (PauseFilming(act=ACT, reason=" "), "reason_needed"),
        (PauseFilming(act=ACT, ground="whim"), "no_closed_ground"),
    ],
)
def test_pause_without_a_ground_is_refused(room: Any, act: PauseFilming, code: str) -> None:
    assert room.refused(act) == code


def test_filming_is_paused_in_an_open_sitting_alone_and_its_closing_ends_the_part(
    room: Any, acts_room: ModuleType
) -> None:
    planned = acts_room.Room()
    assert (planned.refused(TYPED), planned.refused(ResumeFilming(act=ACT))) == ("sitting_not_open",) * 2
    do(room, TYPED)
    assert do(room, CloseSitting(act=ACT)) == [SittingClosed(room.at)]
    assert (room.record.closed_part, room.record.closed_parts[0].ended_at) == (None, room.at)
    with pytest.raises(Refusal, match="sitting_closed"):
        do(room, TYPED)


def test_console_is_told_which_cameras_have_stopped_and_the_wall_only_that_the_part_is_closed(room: Any) -> None:
    assert (console_state(room.data, room.now).closed, display_state(room.data, room.now).closed) == (None, None)
    do(room, TYPED)
    room.data.cameras = (CameraStop("Зала", True), CameraStop("Балкон", False))
    closed = ClosedView(room.at, "персональні дані", None)
    assert display_state(room.data, room.now).closed == closed
    assert console_state(room.data, room.now).closed == ClosedView(room.at, "персональні дані", None, room.data.cameras)


def reading(now: datetime, state: str, told_s: float) -> CameraReading:
    return CameraReading("Зала", state, now, now + timedelta(seconds=told_s))


def test_camera_has_stopped_only_when_its_recorder_said_so_since_and_still_does(room: Any) -> None:
    paused_at, now = room.now, room.now + timedelta(seconds=10)
    assert has_stopped(reading(paused_at, "paused", 9.0), paused_at, now)
    for state, told_s in [("recording", 9.0), ("paused", -0.1), ("paused", 4.0), ("lost", 9.0), ("stopped", 9.0)]:
        assert not has_stopped(reading(paused_at, state, told_s), paused_at, now)
    assert not has_stopped(CameraReading("Зала", None, None, None), paused_at, now)
