"""Printing in the hall: who may, what they get, drafts marked as drafts; a rehearsal's papers are its own."""

from __future__ import annotations

import asyncio
import http.client
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


def _get(url: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    body = answer.read()
    connection.close()
    return answer.status, found, body


async def get(hall: Any, path: str, cookie: str = "") -> tuple[int, dict[str, str], bytes]:
    return await asyncio.to_thread(_get, hall.url, path, {"Cookie": cookie})


async def test_clerk_prints_sheet_and_draft_of_the_minutes_while_the_sitting_runs(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    _, cookie = await asyncio.to_thread(house.sign_in, hall.url)
    base = f"/papers/{house.SITTING}"
    status, _, text = await get(hall, f"{base}/votes/1.pdf?lang=en", cookie)
    assert status == 404 and b"has not been opened" in text
    async with house.clerk(hall.url, cookie=cookie) as console:
        await house.open_sitting(console)
        await console.done("OpenVote", vote_n=1, seconds=None)
        status, _, _ = await get(hall, f"{base}/votes/1.pdf", cookie)
        assert status == 404  # it is open: how anybody votes is nobody's business
        await console.done("CloseVote", vote_n=1)
        status, headers, pdf = await get(hall, f"{base}/votes/1.pdf", cookie)
        assert (status, headers["content-type"], pdf[:5]) == (200, "application/pdf", b"%PDF-")
        assert headers["content-disposition"] == f'inline; filename="{house.SITTING}-vote-1-uk.pdf"'
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'; object-src 'self'")
        draft = (await get(hall, f"{base}/votes/1.txt?lang=en", cookie))[2].decode()
        assert draft.startswith("Draft. It may still change.")
        await console.done("AnnounceResult", vote_n=1)
        final = (await get(hall, f"{base}/votes/1.txt?lang=en", cookie))[2].decode()
        assert "Draft" not in final and "Roll-call vote sheet No. 1" in final
        for language, title in (("pl", "Protokół z posiedzenia"), ("ro", "Proces-verbal"), ("mr", "सभेचे इतिवृत्त")):
            text = (await get(hall, f"{base}/minutes.txt?lang={language}", cookie))[2]
            assert title in text.decode()
        minutes = (await get(hall, f"{base}/minutes.txt?lang=en", cookie))[2].decode()
        assert minutes.startswith("Draft. It may still change.")
    assert (await get(hall, f"{base}/votes/2.pdf", cookie))[0] == 404
    assert (await get(hall, f"{base}/minutes.exe", cookie))[0] == 404
    printed = await _acts(db)
    assert [detail.split(",")[0] for detail in printed][:2] == [
        f"{house.SITTING}-vote-1-uk.pdf",
        f"{house.SITTING}-vote-1-en.txt",
    ]


async def _acts(db: TestDatabase) -> list[str]:
    """What was printed, as the audit view has it; notes are written in the background."""
    conn = await db.database("hall").connect()
    try:
        for _ in range(100):
            rows = await conn.fetch("select detail from staff_act where act = 'paper' order by id")
            if len(rows) >= 7:
                break
            await asyncio.sleep(0.1)
        return [row["detail"] for row in rows]
    finally:
        await conn.close()


async def test_who_is_not_signed_in_or_may_not_print_gets_no_paper(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    path = f"/papers/{house.SITTING}/minutes.pdf"
    status, headers, _ = await get(hall, path)
    assert status == 303 and headers["location"].startswith("/login?next=%2Fpapers%2F")
    await house.hire(db.database("hall"), "technik", "technician")
    _, cookie = await asyncio.to_thread(house.sign_in, hall.url, "technik")
    assert (await get(hall, path, cookie))[0] == 403


async def test_rehearsal_prints_its_own_papers_marked_on_every_page(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    _, cookie = await asyncio.to_thread(house.sign_in, hall.url)
    rehearsal = f"{house.SITTING}-rehearsal-1"
    assert (await get(hall, f"/papers/{house.SITTING}/readiness.pdf", cookie))[0] == 404
    async with house.clerk(hall.url, cookie=cookie) as console:
        await console.expect("ConsoleState")
        await console.send("StartRehearsal", act=f"{1:016x}")
        await console.closed()
    async with house.clerk(hall.url, cookie=cookie, sitting=house.SITTING) as console:
        await house.open_sitting(console, 20)
        await house.voted(console, 1)
    text = (await get(hall, f"/papers/{rehearsal}/votes/1.txt?lang=en", cookie))[2].decode()
    assert text.startswith("Rehearsal. Not a record.") and text.endswith("Rehearsal. Not a record.\n")
    assert "/rehearsal" in text  # the name of the ledger that signed it
    assert "http" not in text  # and there is no page of it
    assert (await get(hall, f"/papers/{rehearsal}/minutes.pdf", cookie))[2][:5] == b"%PDF-"
    assert (await get(hall, f"/papers/{house.SITTING}/votes/1.txt", cookie))[0] == 404  # the sitting has none
    ready = (await get(hall, f"/papers/{house.SITTING}/readiness.txt?lang=en", cookie))[2].decode()
    assert "Readiness of the hall" in ready and "desks: 37" in ready
    assert (await get(hall, f"/papers/{rehearsal}/readiness.pdf", cookie))[2][:5] == b"%PDF-"
