"""Vote sheets and minutes as citizens get them."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import httpx2
import pikepdf

from voting.entries import SittingClosed

SITTING = "/sittings/meadow-council-2026-11-22"


async def test_sheet_is_a_pdf_and_a_text_in_five_languages(
    meadow: Any, full: Any, meadow_site: httpx2.AsyncClient
) -> None:
    await meadow.tell(full.whole())
    titles = set()
    for language in ("uk", "en", "pl", "ro", "mr"):
        answer = await meadow_site.get(f"{SITTING}/votes/2/sheet.pdf?lang={language}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.headers["content-language"] == language
        name = f"meadow-council-2026-11-22-vote-2-{language}.pdf"
        assert answer.headers["content-disposition"] == f'inline; filename="{name}"'
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; object-src 'self'") and "script-src" not in policy
        with pikepdf.open(BytesIO(answer.content)) as document:
            assert str(document.Root.Lang) == language
            titles.add(str(document.docinfo.Title))
        text = await meadow_site.get(f"{SITTING}/votes/2/sheet.txt?lang={language}")
        assert text.headers["content-type"] == "text/plain; charset=utf-8"
        assert "Дивосил Лаврін" in text.text
    assert len(titles) == 5


async def test_sheet_without_a_language_is_in_the_councils_own(
    meadow: Any, full: Any, meadow_site: httpx2.AsyncClient
) -> None:
    await meadow.tell(full.whole())
    own = await meadow_site.get(f"{SITTING}/votes/10/sheet.txt", headers={"cookie": "lang=en"})
    assert own.text.splitlines()[3] == "Відомість таємного голосування № 10"
    unknown = await meadow_site.get(f"{SITTING}/votes/10/sheet.txt?lang=xx")
    assert unknown.text == own.text


async def test_sheet_names_the_first_checkpoint_that_covers_the_vote(
    meadow: Any, full: Any, meadow_site: httpx2.AsyncClient
) -> None:
    """So that it stays the same, whatever other sittings add to the ledger."""
    told = full.whole()
    await meadow.tell(told)
    before = await meadow_site.get(f"{SITTING}/votes/1/sheet.txt")
    last = max(seq for seq, fact in enumerate(told.facts) if getattr(fact, "n", None) == 1)
    row = await meadow.conn.fetchrow(
        "select tree_size, encode(root_hash, 'hex') as root from checkpoint where tree_size = $1", last + 1
    )
    assert f"розмір {row['tree_size']}," in before.text
    assert row["root"] in before.text
    twin = (await meadow_site.get(f"{SITTING}/votes/1.json")).json()
    assert f"№ {twin['ledger']['seq']} з {row['tree_size']}" in before.text
    assert twin["ledger"]["leaf_hash"] in before.text


async def test_papers_are_revalidated_and_the_same_bytes(
    meadow: Any, full: Any, meadow_site: httpx2.AsyncClient
) -> None:
    await meadow.tell(full.whole())
    for path in ("/votes/6/sheet.pdf", "/minutes.pdf", "/minutes.txt"):
        first = await meadow_site.get(SITTING + path)
        assert first.headers["cache-control"] == "no-cache"
        again = await meadow_site.get(SITTING + path, headers={"if-none-match": first.headers["etag"]})
        assert again.status_code == 304
        assert (await meadow_site.get(SITTING + path)).content == first.content


async def test_minutes_come_with_the_closing_and_not_before(
    meadow: Any, full: Any, meadow_site: httpx2.AsyncClient
) -> None:
    told = full.whole()
    closing = next(place for place, fact in enumerate(told.facts) if isinstance(fact, SittingClosed))
    part = full.Told()
    part.facts, part.times = told.facts[:closing], told.times[:closing]
    await meadow.tell(part)
    early = await meadow_site.get(f"{SITTING}/minutes.pdf")
    assert early.status_code == 404
    assert "Це засідання ще не закрито." in early.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "minutes" not in (await meadow_site.get(SITTING)).text
    await meadow.tell(told, closing)
    late = await meadow_site.get(f"{SITTING}/minutes.pdf")
    assert late.status_code == 200
    with pikepdf.open(BytesIO(late.content)) as document:
        assert len(document.pages) > 5
    assert f"{SITTING}/minutes.pdf" in (await meadow_site.get(SITTING)).text


async def test_open_vote_has_no_sheet_and_says_so(meadow: Any, full: Any, meadow_site: httpx2.AsyncClient) -> None:
    running = full.Told()
    running.say(full.opening())
    running.arrive(full.MEMBERS[:9])
    running.open(1, "Пропозиція")
    running.press(dict.fromkeys(full.MEMBERS[:8], full.For))
    await meadow.tell(running)
    early = await meadow_site.get(f"{SITTING}/votes/1/sheet.pdf")
    assert early.status_code == 404
    assert "Це голосування ще не закрито." in early.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "sheet.pdf" not in (await meadow_site.get(f"{SITTING}/votes/1")).text


async def test_paper_that_there_is_not_is_404(meadow: Any, full: Any, meadow_site: httpx2.AsyncClient) -> None:
    await meadow.tell(full.whole())
    for path in (
        "/votes/99/sheet.pdf",
        "/votes/x/sheet.pdf",
        "/votes/1/sheet.doc",
        "/minutes.exe",
        "/votes/0/sheet.txt",
    ):
        assert (await meadow_site.get(SITTING + path)).status_code == 404, path
    assert (await meadow_site.get("/sittings/nothing/minutes.pdf")).status_code == 404


async def test_crowd_that_asks_for_the_minutes_gets_them(
    meadow: Any, full: Any, meadow_site: httpx2.AsyncClient
) -> None:
    await meadow.tell(full.whole())
    answers = await asyncio.gather(*(meadow_site.get(f"{SITTING}/minutes.pdf") for _ in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


async def test_imported_sitting_has_papers_too(town: Any, site: httpx2.AsyncClient) -> None:
    """Of real votes, without times, presence or signatures: what the source does not say is not made up."""
    imported = "/sittings/drohobych-council-2016-12-20"
    text = (await site.get(f"{imported}/votes/5/sheet.txt")).text
    assert "Не прийнято: 11 «за» з 19 потрібних, забракло 8" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Перенесено з оприлюднених даних" in text
    assert "Чернетка" not in text
    minutes = (await site.get(f"{imported}/minutes.txt", timeout=60)).text
    assert "Джерело не каже, хто коли прийшов" in minutes
    assert (await site.get(f"{imported}/minutes.pdf", timeout=120)).content.startswith(b"%PDF")
