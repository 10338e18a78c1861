"""A machine's first draft of captions: heard where there is sound, marked, never over what people have read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from council import captions
from council.caption_draft import NotDrafted, Wanted, draft
from council.captions import Author
from streaming import archive as archives
from streaming import caption_index, index
from streaming.archive import Place
from streaming.captions import Caption, numbered
from streaming.errors import ArchiveAway
from streaming.segments import Segment
from streaming.shelf import Cache, Shelf
from tests.footage_archive import NOW, OPENED, SITTING, Archive, furnished
from tests.streaming.conftest import write_run
from tests.streaming.sounds import Beeps, Heard, beeps

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

SAT = """insert into sitting (id, body_id, session_label, kind, held_on, mode)
         values ('rada-1', 'rada', 'I', 'plenary', '2017-11-22', 'ordinary')"""
BEFORE = OPENED - timedelta(seconds=10)
ALL = Wanted(SITTING, "uk", ("hall-1", "hall-2"), BEFORE, OPENED + timedelta(seconds=30))


@pytest.fixture
async def archive(db: TestDatabase, tmp_path: Path) -> AsyncIterator[Archive]:
    """Two runs without a microphone, of 0 and of 10 s."""
    async with furnished(db, tmp_path) as made:
        await made.conn.execute(SAT)
        yield made


async def film(archive: Archive, camera: str, after_s: float, sound: str | Heard, count: int = 100) -> None:
    for record in write_run(archive.recordings, camera, OPENED + timedelta(seconds=after_s), sound=sound, count=count):
        await index.insert(archive.conn, record)
        if isinstance(record, Segment):
            archive.segments.append(record)


async def drafted(archive: Archive, wanted: Wanted = ALL, shelf: Shelf | None = None) -> int:
    return await draft(archive.conn, wanted, Beeps(), shelf or Shelf(archive.recordings), lambda: NOW)


async def shown(archive: Archive) -> list[tuple[float, str]]:
    found = await caption_index.captions(archive.conn, SITTING, "uk", BEFORE, NOW)
    return [(round((one.start - OPENED).total_seconds(), 1), one.text) for one in found]


async def test_draft_hears_every_run_and_camera_with_sound_and_says_that_a_machine_wrote_it(archive: Archive) -> None:
    with pytest.raises(NotDrafted, match="No camera recorded sound at that time"):
        await drafted(archive)
    await film(archive, "hall-2", 0, beeps({0.5: 1, 2.5: 2}, 4))
    await film(archive, "hall-2", 20, beeps({1.0: 3}, 4))
    await film(archive, "hall-1", 22.2, beeps({0.9: 4, 2.5: 5}, 4))
    assert await drafted(archive) == 5
    assert await shown(archive) == [(0.5, "1."), (2.5, "2."), (21.0, "3."), (23.1, "4."), (24.7, "5.")]
    [track] = await caption_index.tracks(archive.conn, SITTING)
    assert track.machine
    [version] = await captions.versions(archive.conn, SITTING)
    assert (version.how, version.made_by, version.made_name, version.machine) == ("drafted", "machine", "beeps", True)

    part = replace(ALL, start=OPENED + timedelta(seconds=2), end=OPENED + timedelta(seconds=22), cameras=("hall-2",))
    assert await drafted(archive, part) == 2
    assert await shown(archive) == [(0.5, "1."), (2.5, "2."), (21.0, "3."), (23.1, "4."), (24.7, "5.")], (
        "the rest stays"
    )
    with pytest.raises(NotDrafted, match="Nothing is recorded of that time"):
        await drafted(archive, replace(ALL, start=NOW, end=NOW + timedelta(hours=1)))


async def test_draft_takes_no_persons_place_but_a_withdrawn_tracks(archive: Archive) -> None:
    await film(archive, "hall-2", 0, beeps({0.5: 1}, 4))
    await drafted(archive)
    own = numbered([Caption(OPENED, OPENED + timedelta(seconds=2), "прочитано")])
    save = partial(captions.write, archive.conn, SITTING, "uk", by=Author("maria", "Марія"), at=NOW)
    await save(1, own, how="edited")
    with pytest.raises(
        NotDrafted, match=r"that people have read: version 2, by Марія\. A draft does not take their place"
    ):
        await drafted(archive)
    assert await shown(archive) == [(0.0, "прочитано")]
    await save(2, [], how="withdrawn")
    assert await drafted(archive) == 1 and await shown(archive) == [(0.5, "1.")]


async def test_draft_hears_what_lies_in_an_archive(archive: Archive, tmp_path: Path) -> None:
    await film(archive, "hall-2", 0, beeps({0.5: 1}, 4))
    (far := tmp_path / "far").mkdir()
    place = archives.Archive(Place("far", far.as_uri(), "rada.example"))
    await place.open(used=False)
    for path in (archive.recordings / "hall-2").rglob("*.m4s"):
        await place.put(str(path.relative_to(archive.recordings)), path.read_bytes())
        path.unlink()
    assert await archive.conn.execute(
        "update segment set archive = 'far', archived_at = now() where starts_with(run_id, 'hall-2')"
    )
    with pytest.raises(ArchiveAway):
        await drafted(archive)
    assert await drafted(archive, shelf=Shelf(archive.recordings, {"far": place}, Cache(tmp_path / "near", 10**8))) == 1
    assert await shown(archive) == [(0.5, "1.")]
