"""Captions over HTTP and PostgreSQL: taken over, corrected beside their moments, kept in versions, withdrawn."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from council import captions
from council.caption_words import CODES, sentences
from council.hall.caption_view import cue_rows
from council.words import LANGUAGES
from streaming import caption_index, index, webvtt
from streaming.captions import Caption
from streaming.segments import Run, Segment
from streaming.webvtt import CaptionsRefused, Problem

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)  # 10:00 in Kyiv
END = START + timedelta(minutes=10)
SITTING = "rada-2026-03-01"
PAGE = f"/prepare/{SITTING}/captions"


def file(*cues: str, begins: int = 1) -> bytes:
    """A caption every two seconds."""
    parts = [
        f"00:{2 * n + begins:02d}.000 --> 00:{2 * n + begins + 1:02d}.000\n{text}\n" for n, text in enumerate(cues)
    ]
    return "\n".join(["WEBVTT\n", *parts]).encode()


@pytest.fixture
async def filmed(db: TestDatabase, clerk: Any) -> AsyncIterator[Any]:
    """The clerk; the sitting is over, and camera hall-1 filmed a minute of it from 10 s before its opening on."""
    owner = await db.database().connect()
    await owner.execute(
        """insert into sitting_summary (sitting_id, body_id, session_label, kind, held_on, mode, seats, opened_at,
                                        closed_at, opened_seq, is_open)
           values ($1, 'rada', 'I', 'plenary', $2, 'ordinary', 5, $3, $4, 1, false)""",
        *(SITTING, START.date(), START, END),
    )
    begun = START - timedelta(seconds=10)
    name = f"hall-1-{begun:%Y%m%dT%H%M%S}000Z"
    shape = ("avc1.64001f", 1280, 720, 90_000, f"hall-1/{name}/init.mp4", 700, "0" * 64)
    await index.insert_run(owner, Run(name, "hall-1", begun, "sender_report", *shape))
    for n in range(30):
        at = begun + timedelta(seconds=2 * n)
        await index.insert_segment(
            owner, Segment(name, n, n * 180_000, 180_000, at, 2000, f"hall-1/{name}/{n:06}.m4s", 1, "0" * 64, 50, None)
        )
    yield clerk
    await owner.close()


async def upload(clerk: Any, data: bytes, **fields: str) -> None:
    await clerk.get(PAGE)
    seen = dict(re.findall(r'name="(seen-\w+)" value="(\d+)"', clerk.text))
    given = {"language": "uk", "zero": "hall-1", "begins": ""} | seen | fields
    await clerk.post(PAGE, {"file": ("протокол.vtt", data)}, **given)


async def shown(db: TestDatabase, language: str = "uk") -> list[tuple[str, str, str]]:
    """To the public: wall time, speaker, text."""
    connection = await db.database("public").connect()
    found = await caption_index.captions(connection, SITTING, language, START - timedelta(days=1), END)
    await connection.close()
    return [(f"{one.start:%H:%M:%S}", one.speaker, one.text) for one in found]


def texts(page: str) -> list[str]:
    return re.findall(r"<textarea [^>]*>(.*?)</textarea>", page, re.S)


async def test_captions_are_taken_over_corrected_and_every_version_stays(filmed: Any, db: TestDatabase) -> None:
    await filmed.get(f"/prepare/{SITTING}")
    await upload(filmed, file("<v Голова>Добрий день", "Прошу &lt;голосувати&gt;"), machine="1")
    assert filmed.status == 200 and "Збережено." in filmed.text and "Чернетка машини" in filmed.text
    assert texts(filmed.text) == ["Добрий день", "Прошу &lt;голосувати&gt;"]
    assert "Редакція 1" in filmed.text and "завантажено (протокол.vtt)" in filmed.text
    assert await shown(db) == [("07:59:51", "Голова", "Добрий день"), ("07:59:53", "", "Прошу <голосувати>")]
    track = f"{PAGE}/uk"
    new = {"text-1": " Доброго  дня!\r\n\r\nПочнімо. ", "speaker-1": "Головуючий", "text-2": "Прошу"}
    await filmed.post(f"{track}?page=1", act="save", seen="1", read="1", **new)
    assert await shown(db) == [("07:59:51", "Головуючий", "Доброго дня!\nПочнімо."), ("07:59:53", "", "Прошу")]
    assert "Чернетка машини" not in filmed.text.partition("Редакції")[0]
    await filmed.get(f"{track}?version=1")
    assert "Добрий день" in filmed.text and texts(filmed.text) == [] and "Це попередня редакція" in filmed.text
    await filmed.post(track, act="save", seen="2", **{"text-2": "Прошу", "text-1": ""})
    assert await shown(db) == [("07:59:53", "", "Прошу")]
    await filmed.post(track, act="withdraw", seen="3")
    assert await shown(db) == [] and "Відкликані: не показуються" in filmed.text
    await filmed.post(track, act="restore", seen="4", version="2")
    assert len(await shown(db)) == 2 and "знову попередня редакція (2)" in filmed.text
    conn = await db.database("hall").connect()
    drafted = [Caption(START, START + timedelta(seconds=2), "Dzień dobry", n=1)]
    by = captions.Author("machine", "Whisper, base")
    await captions.write(conn, SITTING, "pl", 0, drafted, by=by, at=END, how="drafted", machine=True)
    await filmed.get(f"{PAGE}/pl")
    assert "Whisper, base: чернетка, яку написала машина" in filmed.text and "Чернетка машини" in filmed.text
    await filmed.post(f"{PAGE}/pl", act="save", seen="1", read="1", **{"text-1": "Dzień dobry!"})
    [read] = [one for one in await caption_index.tracks(conn, SITTING) if one.language == "pl"]
    await conn.close()
    assert not read.machine, "once a person has read it"
    await filmed.get("/audit")
    assert filmed.text.count("Змінити субтитри") >= 5


async def test_two_who_correct_at_once_lose_nothing_and_a_page_changes_its_own_cues_alone(
    filmed: Any, db: TestDatabase
) -> None:
    await upload(filmed, file("перше", "друге"))
    await filmed.post(f"{PAGE}/uk?page=1", act="save", seen="1", **{"text-1": "Перше."})
    await filmed.post(f"{PAGE}/uk?page=1", act="save", seen="1", **{"text-2": "Друге!", "text-1": "перше"})
    assert (
        filmed.status == 409 and "Тим часом хтось інший" in filmed.text and '<li lang="uk">Друге!</li>' in filmed.text
    )
    assert [text for _, _, text in await shown(db)] == ["Перше.", "друге"]
    await filmed.post(PAGE, {"file": ("b.vtt", file("x"))}, language="uk", zero="hall-1", **{"seen-uk": "1"})
    assert filmed.status == 409 and len(await shown(db)) == 2
    cues = [webvtt.Cue(10 * n, 10 * n + 5, f"слово {n}") for n in range(250)]
    await upload(filmed, webvtt.write(cues).encode(), language="pl")
    assert len(texts(filmed.text)) == 100 and "Сторінка 3" in filmed.text
    await filmed.post(f"{PAGE}/pl?page=3", act="save", seen="1", **{"text-250": "кінець", "text-249": ""})
    assert texts(filmed.text)[-1] == "кінець" and len(texts(filmed.text)) == 49
    assert [text for _, _, text in await shown(db, "pl")] == [f"слово {n}" for n in range(248)] + ["кінець"]


@pytest.mark.parametrize(
    ("typed", "hours", "found"),
    [
        ("10:26:23", 4, ["2017-10-28T07:26:23"]),
        ("09:00:00", 4, []),
        ("00:15:00.250", 20, ["2017-10-28T21:15:00.250"]),  # past midnight
        ("11:00:00", 51, ["2017-10-28T08:00:00", "2017-10-29T09:00:00", "2017-10-30T09:00:00"]),
        ("2017-10-30 11:00:00", 51, ["2017-10-30T09:00:00"]),
        ("03:30:00", 20, ["2017-10-29T00:30:00", "2017-10-29T01:30:00"]),  # clocks were set back
        ("2017-02-30 11:00:00", 50, []),
        ("24:00:00", 50, []),
        ("10:26", 4, []),
        ("10:26:23+05:00", 4, []),
    ],
)
def test_a_time_of_day_is_each_moment_it_was_in_the_sitting(typed: str, hours: int, found: list[str]) -> None:
    start = datetime(2017, 10, 28, 7, 0, tzinfo=UTC)
    times = captions.moments(typed, start, start + timedelta(hours=hours), ZoneInfo("Europe/Kyiv"))
    assert times == [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in found]


async def test_what_is_wrong_and_who_may_not_are_told_and_nothing_is_changed(
    filmed: Any, running: Any, house: ModuleType, db: TestDatabase
) -> None:
    await upload(filmed, file("a", "<b>c").replace(b"00:01.000", b"00:01,000"))
    assert filmed.status == 400 and filmed.told == [
        "протокол.vtt: Рядок 3: у «00:01,000» кома, як у SubRip. У WebVTT перед тисячними стоїть крапка.",
        "протокол.vtt: Рядок 7: &lt;b&gt; у своєму субтитрі не закрито.",
    ]
    for data, fields, told in (
        (file("a\N{RIGHT-TO-LEFT OVERRIDE}"), {}, "U+202E"),
        (file("a", begins=58).replace(b"00:58", b"01:01").replace(b"00:59", b"01:02"), {}, "00:01:00"),
        (file("a"), {"zero": "hall-7"}, "Немає запису"),
        (file("a"), {"zero": "clip", "begins": "23:00:00"}, "23:00:00"),
        (file("a"), {"language": "xx"}, "Виберіть файл."),
    ):
        await upload(filmed, data, **fields)
        assert filmed.status == 400 and told in filmed.told[0]
    assert await shown(db) == []
    await upload(filmed, file("a"), zero="clip", begins="10:09:00.250", language="en")
    assert await shown(db, "en") == [("08:09:01", "", "a")]
    await filmed.post(f"{PAGE}/en", act="save", seen="1", **{"text-1": "x" * 1001})
    assert filmed.status == 400 and filmed.told[0].startswith("Субтитр 1: текст задовгий")
    await filmed.post(f"{PAGE}/en", act="save", seen="1", **{"text-1": " "})
    assert filmed.status == 400 and await shown(db, "en") == [("08:09:01", "", "a")]
    await upload(filmed, file("a"), csrf="stolen")
    assert filmed.status == 403
    _, cookie = await asyncio.to_thread(house.sign_in, running.url, "tech")
    filmed.jar = dict(one.split("=", 1) for one in cookie.split("; ")) | {"lang": "uk"}
    await filmed.post(PAGE, {"file": ("a.vtt", file("a"))}, language="uk", zero="hall-1")
    assert filmed.status == 403 and await shown(db) == []
    await filmed.get(PAGE)
    assert filmed.status == 403


def test_every_problem_has_its_words() -> None:
    for code in CODES:
        for locale in LANGUAGES:
            (told,) = sentences(CaptionsRefused([Problem(code, 3, "v", "e")]), locale)
            assert "%(" not in told and told.endswith((".", "v."))


def test_a_cues_time_leads_to_its_moment_on_the_public_site() -> None:
    cue = Caption(START + timedelta(milliseconds=23_140), START + timedelta(seconds=25), "так", "Голова", 7)
    (row,) = cue_rows([cue], ZoneInfo("Europe/Kyiv"), "https://rada.example", SITTING)
    assert (row.time, row.until) == ("10:00:23.140", "10:00:25.000")
    assert row.url == f"https://rada.example/sittings/{SITTING}/video?at=2026-03-01T08:00:23.140Z"
    assert cue_rows([cue], ZoneInfo("Europe/Kyiv"), None, SITTING)[0].url == ""
