"""What the page says in a recording's place."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Literal

import pytest

from public_site.video import no_video
from public_site.wording import wording
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
