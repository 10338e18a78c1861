"""What the page says in a recording's place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from public_site.moments import gap_line, late, why
from public_site.video import holes_json, no_video
from public_site.wording import wording
from streaming.index import Window
from streaming.locate import Filmed
from streaming.segments import ClosedPart, Stretch
from streaming.timeline import Accuracy, Gap, Sight
from voting.footage_facts import FootageDeleted
from voting.record import Deletion


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("act", "Запис видалено 23 листопада 2022: строк минув. Голосування зберігаються."),
        ("disk_full", "Запис видалено 23 листопада 2022, бо диск заповнився. Голосування зберігаються."),
    ],
)
def test_a_recording_that_was_deleted_is_said_to_be_with_its_reason(
    cause: Literal["act", "disk_full"], said: str
) -> None:
    fact = FootageDeleted("2022-11-23T09:00:00.000Z", cause, (), "строк минув", "2022-11-22", "ст. 1", None)
    record: Any = SimpleNamespace(imported=None, closed_seq=4, withheld=False, deletions=[Deletion(5, fact)])
    assert no_video(record, wording("uk", "Europe/Kyiv")).replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize("closed_seq", [None, 4])
def test_a_recording_that_is_withheld_is_said_to_come_later(closed_seq: int | None) -> None:
    record: Any = SimpleNamespace(imported=None, closed_seq=closed_seq, withheld=True, deletions=[])
    said = no_video(record, wording("uk", "Europe/Kyiv"))
    assert said.replace("\N{NO-BREAK SPACE}", " ") == "Запис покажуть після засідання, коли рада його оприлюднить."


def test_a_moment_in_a_closed_part_says_which_with_its_source() -> None:
    at = datetime(2026, 3, 1, 8, 31, 5, tzinfo=UTC)
    part = ClosedPart(at, at + timedelta(minutes=9), "особисті дані", "ст. 3")
    w = wording("uk", "Europe/Kyiv")
    gap = Gap(part.start, part.end, "paused", part)
    assert gap_line(gap, w).replace("\N{NO-BREAK SPACE}", " ") == (
        "10:31:05–10:40:05: закрита частина засідання: особисті дані (ст. 3)"
    )
    sight = Sight("hall-1", at + timedelta(minutes=9), at, Accuracy("frame"), gap)
    assert (
        late(sight, at, w)
        .replace("\N{NO-BREAK SPACE}", " ")
        .startswith("О 10:31:05 ця камера не знімала: закрита частина засідання: особисті дані (ст. 3).")
    )
    assert why(Gap(at, None, "paused"), w).startswith("зйомку призупинено")


def test_a_closed_part_that_lasts_is_a_hole_at_the_end_of_the_line_and_what_is_being_filmed_is_none() -> None:
    start = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    paused, now = start + timedelta(seconds=30), start + timedelta(seconds=60)
    film = Stretch("hall-1", "hall-1-20260301T083000000Z", "sender_report", None, start, paused)
    w = wording("uk", "Europe/Kyiv")
    told = []
    for closed in ((ClosedPart(paused, None, "особисті дані", "ст. 3"),), ()):
        known = Filmed("rada-2026-03-01", Window(start, now, True, closed), (film,))
        told.append(holes_json(known, "hall-1", (start, now), True, w)["holes"])
    assert [(hole["start"], hole["width"]) for hole in told[0]] == [(50.0, 50.0)] and told[1] == []
    assert told[0][0]["words"].replace("\N{NO-BREAK SPACE}", " ") == (
        "від 10:30:30: закрита частина засідання: особисті дані (ст. 3)"
    )
