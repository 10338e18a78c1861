"""Clips in the background: made once for all who ask, kept within the folder's size, refused when there is no room."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import pytest

from streaming.clip_jobs import SHARE, WAITING, Busy, Clips, Job
from streaming.errors import Altered
from streaming.shelf import awaited

Told = Callable[[float], None]


def film(file: BinaryIO, told: Told) -> None:
    file.write(b"film")
    told(1.0)


@pytest.fixture
async def clips(tmp_path: Path) -> AsyncIterator[Clips]:
    made = Clips(tmp_path / "clips", folder_bytes=10, free_bytes=0)
    yield made
    await made.close()


async def over(clips: Clips, key: str) -> Job:
    async with asyncio.timeout(20):
        while (job := clips.job(key)) is None or job.state in ("waiting", "making"):
            await asyncio.sleep(0.01)
    return job


async def test_a_clip_is_made_once_and_is_there_for_other_processes(clips: Clips) -> None:
    told = []

    def counted(file: BinaryIO, say: Told) -> None:
        told.append(1)
        film(file, say)

    clips.ask("a", {"camera": "hall-1"}, counted)
    clips.ask("a", {"camera": "hall-1"}, counted)
    job = await over(clips, "a")
    clips.ask("a", {"camera": "hall-1"}, counted)
    assert (job.state, job.about, told) == ("done", {"camera": "hall-1"}, [1])
    elsewhere = Clips(clips.folder).job("a")
    assert elsewhere is not None and elsewhere.state == "done"
    assert clips.path("a").read_bytes() == b"film" and not list(clips.folder.glob("*.part"))
    assert clips.job("b") is None


async def test_a_clip_that_fails_says_why_and_may_be_asked_for_again(clips: Clips) -> None:
    def altered(file: BinaryIO, say: Told) -> None:
        file.write(b"half")
        raise Altered("one byte")

    clips.ask("a", {}, altered)
    job = await over(clips, "a")
    assert (job.state, job.error) == ("failed", "altered") and not list(clips.folder.iterdir())
    clips.ask("a", {}, film)
    assert (await over(clips, "a")).state == "done"


async def test_the_folder_keeps_what_was_asked_for_last(clips: Clips) -> None:
    for key in ("a", "b"):
        clips.ask(key, {}, film)
        await over(clips, key)
        os.utime(clips.path(key), (1, 1))
    assert clips.job("a") is not None, "asked for: it goes last"
    clips.ask("c", {}, film)
    await over(clips, "c")
    assert sorted(path.name for path in clips.folder.iterdir()) == ["a.json", "a.mp4", "c.json", "c.mp4"]


async def test_too_many_at_once_and_a_full_disk_are_refused(clips: Clips, tmp_path: Path) -> None:
    hold = threading.Event()

    def held(file: BinaryIO, say: Told) -> None:
        hold.wait(20)
        film(file, say)

    for n in range(SHARE):
        clips.ask(f"{n}", {}, held, "192.0.2.1")
    with pytest.raises(Busy):
        clips.ask("one more", {}, held, "192.0.2.1")
    for n in range(SHARE, WAITING):  # others go on
        clips.ask(f"{n}", {}, held)
    with pytest.raises(Busy):
        clips.ask("more", {}, film)
    assert clips.job("5").state == "waiting"  # type: ignore[union-attr]
    hold.set()
    await over(clips, f"{WAITING - 1}")
    full = Clips(tmp_path / "full", free_bytes=10**18)
    with pytest.raises(Busy):
        full.ask("a", {}, film)


async def test_a_disk_that_fills_up_meanwhile_is_left_to_the_recorder(clips: Clips) -> None:
    hold = threading.Event()

    def held(file: BinaryIO, say: Told) -> None:
        hold.wait(20)
        film(file, say)

    clips.ask("a", {}, held)
    clips.ask("b", {}, film)
    clips._free = 10**18
    hold.set()
    job = await over(clips, "b")
    assert (job.state, job.error) == ("failed", "busy")


async def test_clips_that_are_there_give_their_room_to_the_recorder(
    clips: Clips, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips._most = 100
    for key in "abc":
        clips.ask(key, {}, film)
        await over(clips, key)
        os.utime(clips.path(key), (ord(key), ord(key)))
    clips.give_room()
    assert len(list(clips.folder.glob("*.mp4"))) == 3
    clips._free = 100

    def free(folder: Path) -> SimpleNamespace:
        return SimpleNamespace(free=100 if len(list(folder.glob("*.mp4"))) == 1 else 99)

    monkeypatch.setattr("streaming.clip_jobs.shutil.disk_usage", free)
    clips.give_room()
    assert sorted(path.name for path in clips.folder.iterdir()) == ["c.json", "c.mp4"], "asked for last"


async def test_what_a_killed_process_left_is_taken_away_after_a_while(clips: Clips) -> None:
    for left in (clips.folder / "clip-x.part", clips.folder / "clip-y.part"):
        left.mkdir(parents=True)
        (left / "plain.mp4").write_bytes(b"half")
    os.utime(clips.folder / "clip-x.part", (1, 1))
    clips.ask("a", {}, film)
    await over(clips, "a")
    assert [path.name for path in clips.folder.glob("*.part")] == ["clip-y.part"]


async def test_a_process_that_ends_stops_what_it_is_making(clips: Clips) -> None:
    begun = threading.Event()

    def long(file: BinaryIO, say: Told) -> None:
        begun.set()
        while True:
            say(0.5)

    clips.ask("a", {}, long)
    assert await asyncio.to_thread(begun.wait, 20)
    await clips.close()
    assert (await over(clips, "a")).error == "stopped" and not list(clips.folder.iterdir())


async def test_a_process_that_ends_waits_for_no_archive(clips: Clips) -> None:
    loop, begun, never = asyncio.get_running_loop(), threading.Event(), asyncio.Event()

    def far(_: BinaryIO, say: Told) -> None:
        begun.set()
        awaited(loop, never.wait(), say)

    clips.ask("a", {}, far)
    assert await asyncio.to_thread(begun.wait, 20)
    await asyncio.wait_for(clips.close(), 20)
    assert (await over(clips, "a")).error == "stopped"
