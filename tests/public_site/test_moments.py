"""Every moment of a sitting is a link: votes, items, speeches, times, by each camera; and what is said of gaps."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from public_site.moments import accuracy, reason
from public_site.warming import acquaint
from public_site.wording import wording
from streaming import index
from streaming.segments import Clock, Run, RunEnd, Segment
from streaming.timeline import Accuracy

SITTING = "/sittings/meadow-council-2026-11-22"


async def filmed(db: Any, camera: str, start: datetime, seconds: int, clock: Clock, ended: str) -> None:
    """A run of segments of 2 s in the index, ended for that reason."""
    conn = await db.database("record").connect()
    name = f"{camera}-{start:%Y%m%dT%H%M%S}000Z"
    shape = ("avc1.64001f", 1280, 720, 90_000, f"{camera}/{name}/init.mp4", 700, "0" * 64)
    await index.insert_run(conn, Run(name, camera, start, clock, *shape))
    for n in range(seconds // 2):
        at = start + timedelta(seconds=2 * n)
        rest = (f"{camera}/{name}/{n:06}.m4s", 1, "0" * 64, 50, f"{camera}/{name}/{n:06}.jpg")
        await index.insert_segment(conn, Segment(name, n, n * 180_000, 180_000, at, 2000, *rest))
    await index.end_run(conn, RunEnd(name, start + timedelta(seconds=seconds), ended))
    await conn.close()


@pytest.fixture
async def reader(meadow: Any, full: Any, meadow_site: httpx2.AsyncClient) -> AsyncIterator[httpx2.AsyncClient]:
    """The full sitting, filmed from 10:00 to 10:10 by one camera, from 10:06 to 10:12 by another, without its clock."""
    await meadow.tell(full.whole())
    await filmed(meadow.db, "hall-1", full.START - timedelta(seconds=4), 600, "sender_report", "dropped")
    await filmed(meadow.db, "hall-2", full.START + timedelta(minutes=6), 360, "arrival", "silent")
    yield meadow_site


def plain(page: str) -> str:
    return re.sub("</?span[^>]*>", "", page.replace("\N{NO-BREAK SPACE}", " "))


def place(page: str) -> tuple[str, int] | None:
    """Camera and offset that the page's player starts with."""
    found = re.search(r'data-manifest="[^"]*camera=([\w-]+)".*?data-at-ms="(\d+)"', page)
    return (found[1], int(found[2])) if found else None


async def test_every_kind_of_moment_opens_the_recording_at_its_place(reader: httpx2.AsyncClient, full: Any) -> None:
    told = (await reader.get(f"{SITTING}/video/chapters.json")).json()
    chapters = {one["url"].rpartition("?at=")[2]: one for one in told["chapters"]}
    start = full.START - timedelta(seconds=4)
    for name, kind in (("vote-2", "vote"), ("item-2", "item"), ("speech-1", "speech")):
        assert chapters[name]["kind"] == kind and plain(chapters[name]["accuracy"]) == "з точністю до кадру"
        at = datetime.fromisoformat(chapters[name]["at"])
        offset_ms = round((at - start) / timedelta(milliseconds=1))
        for address in (name, chapters[name]["at"]):
            page = (await reader.get(f"{SITTING}/video?at={address}")).text
            assert place(page) == ("hall-1", offset_ms)
            assert "з точністю до кадру" in plain(page)
        twin = (await reader.get(f"{SITTING}/video.json?at={name}")).json()
        assert (twin["moment"].pop("accuracy")["kind"], twin["camera"]) == ("frame", "hall-1") and twin["segments"]
        assert twin["moment"] == {"name": name, "at": chapters[name]["at"], "offset_ms": offset_ms}
    assert chapters["speech-1"]["words"] == "Виступ: Деревій Гнат"
    assert "Відеозапис: виступ, Деревій Гнат" in plain((await reader.get(f"{SITTING}/video?at=speech-1")).text)
    home = plain((await reader.get("/")).text)
    assert len(re.findall(r"at=vote-\d+\b[^\n]*<small>з точністю до кадру</small>", home)) > 3
    times = [one["at"] for one in told["chapters"]]
    assert times == sorted(times) and {one["kind"] for one in told["chapters"]} >= {"opening", "item", "vote", "speech"}


async def test_the_live_page_says_beside_each_link_how_exactly_it_shows_its_vote(
    meadow: Any, full: Any, meadow_site: httpx2.AsyncClient
) -> None:
    told = full.whole()
    del told.facts[-2:], told.times[-2:]
    await meadow.tell(told)
    await filmed(meadow.db, "hall-1", full.START - timedelta(seconds=4), 600, "sender_report", "dropped")
    page = plain((await meadow_site.get(SITTING)).text)
    assert 'id="earlier-list"' in page
    assert len(re.findall(r"at=vote-\d+\b[^\n]*<small>з точністю до кадру</small>", page)) > 3
    missed = {"last-event-id": "1"}
    live = meadow_site.stream("GET", f"/live?sitting={SITTING[10:]}", headers=missed)
    async with asyncio.timeout(20), live as updates:
        async for line in updates.aiter_lines():
            if line.startswith("data:") and '"roll"' in line:
                break
    words = json.loads(line.removeprefix("data:"))["words"]
    assert (plain(words["en"]["exact"]), plain(words["uk"]["exact"])) == ("to the frame", "з точністю до кадру")
    told = (await meadow_site.get(f"{SITTING}/video/chapters.json")).json()["cameras"]["hall-1"]["exact"]
    assert [(one["from"], plain(one["words"])) for one in told] == [("2026-11-22T07:59:56.000Z", "з точністю до кадру")]


async def test_a_moment_is_shown_by_the_camera_asked_for_with_its_own_accuracy(
    reader: httpx2.AsyncClient, full: Any
) -> None:
    at = (full.START + timedelta(minutes=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    page = (await reader.get(f"{SITTING}/video?at={at}&camera=hall-2")).text
    assert place(page) == ("hall-2", 60_000) and "миті знайдено з точністю до 0,1 с" in plain(page)
    assert place((await reader.get(f"{SITTING}/video?at={at}")).text) == ("hall-1", 424_000)
    twin = (await reader.get(f"{SITTING}/video.json?at={at}&camera=hall-2")).json()
    assert (twin["camera"], twin["moment"]["offset_ms"]) == ("hall-2", 60_000)
    finer = (await reader.get(f"{SITTING}/video?at={at.removesuffix('Z')}.000999Z")).text
    assert f'data-at="{at.removesuffix("Z")}.000999Z"' in finer, "a shared link is exact to the microsecond"
    late = (full.START + timedelta(minutes=11)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert place((await reader.get(f"{SITTING}/video?at={late}")).text) == ("hall-2", 300_000)
    gone = (await reader.get(f"{SITTING}/video?at={late}&camera=hall-1")).text
    assert place(gone) is None and "зв’язок із камерою урвався" in plain(gone)
    unknown = await reader.get(f"{SITTING}/video?at={late}&camera=hall-7")
    assert unknown.status_code == 404 and "Камера «hall-7» нічого з цього засідання не зняла." in plain(unknown.text)


async def test_a_moment_nobody_filmed_says_why_and_leads_to_what_is_nearest(
    reader: httpx2.AsyncClient, meadow: Any, full: Any
) -> None:
    await filmed(meadow.db, "hall-1", full.START + timedelta(minutes=20), 60, "sender_report", "stopped")
    at = (full.START + timedelta(minutes=15)).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = await reader.get(f"{SITTING}/video?at={at}")
    assert answer.status_code == 200 and place(answer.text) is None
    said = plain(answer.text)
    unseen = (await reader.get(f"{SITTING}/video.json?at={at}")).json()["moment"]
    assert unseen == {"name": "2026-11-22T08:15:00.000Z", "at": unseen["name"], "offset_ms": None, "accuracy": None}
    assert "О 10:15:00 жодна камера не знімала: зв’язок із камерою урвався; камера не надсилала зображення." in said
    assert f'href="{SITTING}/video?at=2026-11-22T08:11:58.000Z">Останній кадр перед нею, 10:12:00<' in said
    assert f'href="{SITTING}/video?at=2026-11-22T08:20:00.001Z">Перший кадр після неї, 10:20:00<' in said
    before = (await reader.get(f"{SITTING}/video?at=2026-11-22T07:00:00Z")).text
    assert "Засідання відкрили о 10:00:00, звідти починається і запис." in plain(before)
    after = (await reader.get(f"{SITTING}/video?at=2026-11-22T18:00:00Z")).text
    assert "там закінчується і запис" in plain(after)
    never = (await reader.get(f"{SITTING}/video?at=item-7")).text
    assert "Це питання не розглядали." in plain(never)


async def test_what_is_damaged_and_what_was_deleted_is_told_on_the_page(
    reader: httpx2.AsyncClient, meadow: Any
) -> None:
    owner = await meadow.db.database().connect()
    await owner.execute("update segment set packets_lost = 14, frames_damaged = 3 where n = 10 and path like 'hall-1%'")
    page = plain((await reader.get(f"{SITTING}/video?at=vote-2")).text)
    assert "Пошкоджено в 1 місці" in page
    assert "<li>10:00:16–10:00:18: пошкоджено 3 кадри, втрачено 14 пакетів</li>" in page
    await owner.execute("update segment set deleted_at = now() where n between 20 and 24 and path like 'hall-1%'")
    await owner.close()
    page = plain((await reader.get(f"{SITTING}/video?at=vote-2")).text)
    assert "<li>10:00:36–10:00:46: цю частину видалено, про це є запис у журналі</li>" in page


@pytest.mark.parametrize("name", ["vote-99", "item-99", "speech-99", "speech-", "9999-99-99", "2026-11-22T08:00:00"])
async def test_a_moment_the_sitting_does_not_have_is_404(reader: httpx2.AsyncClient, name: str) -> None:
    assert (await reader.get(f"{SITTING}/video?at={name}")).status_code == 404


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Accuracy("frame"), "з точністю до кадру"),
        (Accuracy("within", 100), "з точністю до 0,1 с"),
        (Accuracy("measured", 14), "виміряно, ±14 мс"),
        (Accuracy("frame_measured", 3), "з точністю до кадру; годинник камери звірено, ±3 мс"),
    ],
)
def test_every_class_of_accuracy_has_words(found: Accuracy, words: str) -> None:
    assert plain(accuracy(found, wording("uk", "Europe/Kyiv"))) == words


def test_every_reason_of_an_interruption_has_words_also_one_not_known_yet() -> None:
    w = wording("uk", "Europe/Kyiv")
    assert plain(reason("killed", w)) == "у записувача стався збій"
    assert reason("something_new", w) == "запис урвався"


async def test_connection_that_cannot_be_acquainted_is_used_all_the_same(
    meadow: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with await meadow.db.database("public").pool(1, 1, acquaint) as pool:
        assert await pool.fetchval("select count(*) from pg_prepared_statements where statement like '%filmed(%'") >= 3
        assert caplog.text == ""
    blind = replace(meadow.db.database("public"), schema="pg_catalog")
    async with await blind.pool(1, 1, acquaint) as pool:
        assert await pool.fetchval("select 1") == 1
    assert "is not acquainted" in caplog.text
