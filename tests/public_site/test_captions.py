"""Captions for citizens: on each camera's recording, as a text with links to its moments, found by their words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import httpx2

from council import captions
from public_site.transcript import paragraphs, sections
from streaming import index
from streaming.captions import Caption, numbered
from streaming.segments import Run, RunEnd, Segment

SITTING = "/sittings/meadow-council-2026-11-22"


def said(start: datetime, *words: tuple[float, str, str]) -> list[Caption]:
    """Captions of 2 s: after how many seconds, by whom, what."""
    return numbered(
        Caption(start + timedelta(seconds=at), start + timedelta(seconds=at + 2), text, speaker)
        for at, speaker, text in words
    )


async def write(meadow: Any, language: str, seen: int, given: list[Caption], machine: bool = False) -> None:
    conn = await meadow.db.database("hall").connect()
    author = captions.Author("clerk", "Секретар Таємний")
    now = given[0].start + timedelta(hours=8) if given else datetime.fromisoformat("2026-11-22T20:00:00Z")
    how: Any = "uploaded" if given else "withdrawn"
    sitting = SITTING.rpartition("/")[2]
    await captions.write(conn, sitting, language, seen, given, by=author, at=now, how=how, machine=machine)
    await conn.close()


async def film(db: Any, camera: str, start: datetime, seconds: int) -> None:
    conn = await db.database("record").connect()
    name = f"{camera}-{start:%Y%m%dT%H%M%S}000Z"
    shape = ("avc1.64001f", 1280, 720, 90_000, f"{camera}/{name}/init.mp4", 700, "0" * 64)
    await index.insert_run(conn, Run(name, camera, start, "sender_report", *shape))
    for n in range(seconds // 2):
        at = start + timedelta(seconds=2 * n)
        rest = (f"{camera}/{name}/{n:06}.m4s", 1, "0" * 64, 50, None)
        await index.insert_segment(conn, Segment(name, n, n * 180_000, 180_000, at, 2000, *rest))
    await index.end_run(conn, RunEnd(name, start + timedelta(seconds=seconds), "stopped"))
    await conn.close()


def plain(page: str) -> str:
    return page.replace("\N{NO-BREAK SPACE}", " ")


async def test_captions_are_played_read_found_and_withdrawn(
    meadow: Any, full: Any, meadow_site: httpx2.AsyncClient
) -> None:
    reader, start = meadow_site, full.START
    await meadow.tell(full.whole())
    await film(meadow.db, "hall-1", start - timedelta(seconds=4), 120)
    await film(meadow.db, "hall-2", start + timedelta(seconds=30), 60)
    assert (await reader.get(f"{SITTING}/transcript")).status_code == 404
    assert "caption-search" not in (await reader.get(f"{SITTING}/video")).text
    words = [
        (2.5, "Голова", "Шановні колеги, <слово>"),
        (5, "Голова", "про б’юджет громади."),
        (40, "Деревій Гнат", "Прошу підтримати"),
        (200_000, "", "не з цього засідання"),
    ]
    await write(meadow, "uk", 0, said(start, *words), machine=True)
    await write(meadow, "pl", 0, said(start, (40, "", "Proszę poprzeć Łódź")))

    told = (await reader.get(f"{SITTING}/video.json?camera=hall-2")).json()["captions"]
    track = f"{SITTING}/video/captions/hall-2"
    assert told == [
        {"language": "pl", "name": "Polski", "machine": False, "url": f"{track}/pl.vtt?v=1"},
        {"language": "uk", "name": "Українська", "machine": True, "url": f"{track}/uk.vtt?v=1"},
    ]
    answer = await reader.get(told[1]["url"])
    note = "NOTE Ці субтитри написала машина, і ніхто їх не перечитав."
    assert (
        plain(answer.text) == f"WEBVTT\n\n{note}\n\n00:00:10.000 --> 00:00:12.000\n<v Деревій Гнат>Прошу підтримати\n"
    )
    assert (await reader.get(told[0]["url"])).text.startswith("WEBVTT\n\n00:00:10.000 -->"), "a person's"
    assert answer.headers["content-type"] == "text/vtt; charset=utf-8" and answer.headers["content-language"] == "uk"
    first = (await reader.get(f"{SITTING}/video/captions/hall-1/uk.vtt")).text
    assert "00:00:06.500 --> 00:00:08.500\n<v Голова>Шановні колеги, &lt;слово&gt;" in first
    for address in (f"{track}/mr.vtt", f"{track}/xx.vtt", f"{SITTING}x/video/captions/hall-1/uk.vtt"):
        assert (await reader.get(address)).status_code == 404

    page = plain((await reader.get(f"{SITTING}/transcript")).text)
    assert "Шановні колеги, &lt;слово&gt; про б’юджет громади." in page and "не з цього засідання" not in page
    assert f'href="{SITTING}/video?at=2026-11-22T08:00:02.500Z" title="з точністю до кадру">10:00:02<' in page
    assert page.count('<small class="exact">з точністю до кадру</small>') == 1, "told where it changes"
    assert "субтитри написала машина" in page and "Секретар Таємний" not in page and "Polski" in page
    polish = plain((await reader.get(f"{SITTING}/transcript?language=pl")).text)
    assert '<p lang="pl">Proszę poprzeć Łódź</p>' in polish and "написала машина" not in polish
    assert (await reader.get(f"{SITTING}/transcript?language=mr")).status_code == 404

    found = (
        await reader.get(f"{SITTING}/transcript.json", params={"q": " СЛОВО>  про Б'ЮДЖЕТ", "language": "uk"})
    ).json()
    assert [(one["at"], one["speaker"], one["time"]) for one in found["found"]] == [
        ("2026-11-22T08:00:02.500Z", "Голова", "10:00:02")
    ]
    assert found["found"][0]["url"] == f"{SITTING}/video?at=2026-11-22T08:00:02.500Z" and found["more"] is False
    assert plain(found["found"][0]["exact"]) == "з точністю до кадру"
    for words_typed, language, count in (("lodz", "pl", 1), ("прошу", "uk", 1), ("%", "uk", 0), ("а_и", "uk", 0)):
        asked = {"q": words_typed, "language": language}
        assert len((await reader.get(f"{SITTING}/transcript.json", params=asked)).json()["found"]) == count, words_typed
    page = plain((await reader.get(f"{SITTING}/transcript", params={"q": "<b>прошу"})).text)
    assert "Нічого не знайдено" in page and "&lt;b&gt;прошу" in page and "<b>прошу" not in page
    for path in (SITTING, f"{SITTING}/video"):
        assert re.search(
            rf'<form action="{SITTING}/transcript" method="get" role="search"', (await reader.get(path)).text
        )

    conn = await meadow.db.database().connect()
    await conn.execute(
        """insert into closed_part (seq, sitting_id, body_id, since_at, paused_at, ended_at, reason)
           values (99, $1, 'meadow-council', $2::timestamptz, $2, $2::timestamptz + interval '4 seconds', 'x')""",
        *(SITTING.rpartition("/")[2], start + timedelta(seconds=4)),
    )
    closed = plain((await reader.get(f"{SITTING}/transcript")).text)
    assert "б’юджет" not in closed, "a closed part"
    assert "Шановні" not in closed, "begun before it, and said into it"
    for word in ("юджет", "шановні"):
        assert not (await reader.get(f"{SITTING}/transcript.json?q={word}&language=uk")).json()["found"]
    await conn.execute("delete from closed_part")
    both = {"q": "шановні", "language": "uk"}, {"q": "прошу", "language": "uk"}
    for camera, playable, says in (
        ("hall-1", [False, True], "Частину відеозапису"),
        ("hall-2", [False, False], "Відео"),
    ):
        await conn.execute("update segment set deleted_at = now() where starts_with(run_id, $1)", camera)
        found = [(await reader.get(f"{SITTING}/transcript.json", params=asked)).json()["found"] for asked in both]
        assert [[one["url"] is not None for one in hits] for hits in found] == [[one] for one in playable], camera
        page = plain((await reader.get(f"{SITTING}/transcript")).text)
        assert f"{says}" in page and "видалено" in page and "Прошу підтримати" in page
        assert page.count("/video?at=") == sum(playable) and ("Дивитися" in page) is any(playable)
    await conn.execute("update sitting_summary set footage_withheld = true")
    assert (await reader.get(f"{SITTING}/transcript.json")).status_code == 404
    await conn.execute("update sitting_summary set footage_withheld = false")
    await conn.close()
    await write(meadow, "uk", 1, [])
    assert (await reader.get(f"{SITTING}/transcript.json")).json()["language"] == "pl"


def test_paragraphs_end_with_speaker_pause_item_and_length(full: Any) -> None:
    start = full.START
    given = said(
        start,
        *((0, "", "перше"), (2, "", "далі\nрядок"), (8, "", "після паузи"), (10, "Голова", "інший")),
        *((12, "Голова", "нове питання"), (14, "Голова", "о" * 440 + " кінець."), (16, "Голова", "ще")),
    )
    call = start + timedelta(seconds=11)
    texts = [one.text for one in paragraphs(given, [call])]
    assert texts == ["перше далі рядок", "після паузи", "інший", "нове питання " + "о" * 440 + " кінець.", "ще"]
    found = sections(given, [(call, "1", "Про бюджет"), (start + timedelta(hours=1), "2", "Різне")])
    assert [(one.item, one.title, len(one.paragraphs)) for one in found] == [("", "", 3), ("1", "Про бюджет", 2)]
    assert paragraphs([]) == [] and sections([], []) == []
