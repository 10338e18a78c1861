"""Sheets of posters: made once for all who ask, kept while they cannot change and there is room."""

from __future__ import annotations

import asyncio
from pathlib import Path

import cv2
import numpy as np
import pytest

from streaming import sheets
from streaming.sheets import Sheets


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str | None, ...]]:
    """What sheets were made of, in order."""
    asked: list[tuple[str | None, ...]] = []
    make = sheets.sheet

    def noted(recordings: Path, posters: tuple[str | None, ...]) -> sheets.Sheet:
        asked.append(posters)
        return make(recordings, posters)

    monkeypatch.setattr(sheets, "sheet", noted)
    return asked


def poster(folder: Path, name: str) -> tuple[str | None, ...]:
    (folder / name).write_bytes(cv2.imencode(".jpg", np.full((90, 160, 3), 200, np.uint8))[1].tobytes())
    return (name, None)


async def test_sheet_whose_posters_are_all_there_is_made_once_for_ever(
    tmp_path: Path, made: list[tuple[str | None, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "LATE_S", 0.05)
    kept, chosen = Sheets(tmp_path), poster(tmp_path, "a.jpg")
    assert not kept.has(chosen)
    first, second = await asyncio.gather(kept.get(chosen), kept.get(chosen))
    await asyncio.sleep(0.1)
    assert kept.has(chosen) and first is second is await kept.get(chosen)
    assert made == [chosen] and first.data.startswith(b"\xff\xd8")


async def test_sheet_that_lacks_a_poster_is_made_anew_after_a_while(
    tmp_path: Path, made: list[tuple[str | None, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, late = Sheets(tmp_path), ("late.jpg", None)
    black = await kept.get(late)
    assert (await kept.get(late)) is black and kept.has(late) and len(made) == 1
    monkeypatch.setattr(sheets, "LATE_S", -1.0)
    kept = Sheets(tmp_path)
    black = await kept.get(late)
    poster(tmp_path, "late.jpg")
    assert not kept.has(late) and (await kept.get(late)).tag != black.tag


async def test_sheet_asked_for_longest_ago_gives_way_where_there_is_no_room(
    tmp_path: Path, made: list[tuple[str | None, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "LATE_S", -1.0)
    chosen = [poster(tmp_path, f"{n}.jpg") for n in range(3)]
    kept = Sheets(tmp_path, room=2 * len((await Sheets(tmp_path).get(chosen[0])).data))
    for one in (chosen[0], chosen[1], chosen[0], chosen[2]):
        await kept.get(one)
    assert [kept.has(one) for one in chosen] == [True, False, True]
