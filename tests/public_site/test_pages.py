"""The pages on the real database: what they say equals their twins, the source, and the ledger."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import html5lib
import httpx2
import pytest

from council import store
from streaming import index
from streaming.segments import Run, Segment

if TYPE_CHECKING:
    from types import ModuleType

SITTING = "/sittings/drohobych-council-2017-11-22"
IMPORTED = "/sittings/drohobych-council-2016-12-20"
STATIC_PAGES = ["/", "/sittings", IMPORTED, f"{IMPORTED}/votes/5", "/members", "/members/1002", "/ledger", "/nothing"]


def parsed(page: str) -> Any:
    """The document, by a strict parser: the first fault in the HTML is an error."""
    parser = html5lib.HTMLParser(strict=True, tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # html5lib's own
        return parser.parse(page)


def text_of(page: str) -> str:
    text = re.sub(r"(?s)<(script|template|svg).*?</\1>", " ", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace("\N{NO-BREAK SPACE}", " ")


async def replayed(town: Any, votes: int = 6) -> None:
    await town.open_sitting()
    await town.arrive_all()
    for n in range(1, votes + 1):
        await town.hold(n)


@pytest.mark.parametrize("language", ["uk", "mr"])
async def test_every_page_is_valid_html(town: Any, site: httpx2.AsyncClient, language: str) -> None:
    await replayed(town, 2)
    await town.call(3)
    await town.open_vote(3)
    await town.say_live(town.present[:7])
    for address in [*STATIC_PAGES, SITTING, f"{SITTING}/votes/1", f"{SITTING}/votes/3", f"{SITTING}/video?at=vote-1"]:
        answer = await site.get(address, headers={"cookie": f"lang={language}"})
        assert answer.status_code == (404 if address == "/nothing" else 200), address
        document = parsed(answer.text)
        assert document.get("lang") == language
        assert not re.search(r"\sstyle=|<style|\son\w+=", answer.text), address  # the policy would refuse them
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")


async def test_vote_page_says_what_its_twin_and_the_source_say(
    towns: ModuleType, town: Any, site: httpx2.AsyncClient
) -> None:
    await replayed(town)
    await town.close_sitting()
    names = {m.member: m for m in town.plan.members}
    for n, options in enumerate(town.script, 1):
        twin = (await site.get(f"{SITTING}/votes/{n}.json")).json()
        assert {line["member_id"]: line["option"] for line in twin["roll"]} == {
            member: str(options.get(member, "no_record")) for member in names
        }
        page = (await site.get(f"{SITTING}/votes/{n}")).text
        rows = re.findall(r'<li class="row" data-member="(\w+)" data-sign="(\w+)"', page)
        assert dict(rows) == {line["member_id"]: line["option"] for line in twin["roll"]}
        assert len(rows) == 37
        text = text_of(page)
        for member in names.values():
            assert f"{member.family_name} {member.given_name}" in text
        for count in re.findall(r'<li class="tally-(\w+)(?: zero)?">.*?<b>(\d+)</b>', page, re.S):
            assert twin["tally"][count[0]] == int(count[1])
        figures = f"{twin['tally']['for']} «за» — "
        assert f"Прийнято: {figures}" in text
        assert twin["replay"]["original_at"] == towns.stamp(town.plan.items[n - 1].motions[0].original_at)
        assert twin["replay"]["sha256"] in page.replace(" ", "").replace("<br>", "")


async def test_vote_twin_has_exactly_the_shape_that_was_promised(town: Any, site: httpx2.AsyncClient) -> None:
    await replayed(town, 1)
    twin = (await site.get(f"{SITTING}/votes/1.json")).json()
    leaf = await town.conn.fetchval("select leaf_hash from ledger where seq = $1", twin["ledger"]["seq"])
    assert twin["ledger"]["leaf_hash"] == leaf.hex()
    assert twin["tally"] == {
        "for": 19, "against": 0, "abstain": 1, "not_voting": 16, "absent": 0, "recused": 0, "no_record": 1,
    }  # fmt: skip
    assert {key: twin["requirement"][key] for key in ("base", "numerator", "denominator", "seats", "needed")} == {
        "base": "seats", "numerator": 1, "denominator": 2, "seats": 37, "needed": 19,
    }  # fmt: skip
    assert "ст. 59" in twin["requirement"]["source"].replace("\N{NO-BREAK SPACE}", " ")
    assert twin["roll"][0] == {
        "member_id": "1001",
        "name": "Андрухів Андрій Васильович",
        "faction": "Об’єднання «Самопоміч»",
        "option": "not_voting",
        "candidate": None,
        "channel": None,
        "recorded_at": None,
        "boot": None,
        "n": None,
        "terminal": None,
        "signature": None,
    }
    assert (twin["sitting"], twin["n"], twin["result"]) == ("drohobych-council-2017-11-22", 1, "adopted")
    assert (twin["video"], twin["imported"]) == (None, None)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", twin[key]) for key in ("opened_at", "closed_at"))


async def test_open_vote_tells_who_has_voted_and_never_how(town: Any, site: httpx2.AsyncClient) -> None:
    await replayed(town, 1)
    await town.call(2)
    await town.open_vote(2)
    town.press(town.script[1])
    voted = town.present[:5]
    await town.say_live(voted)
    twin = (await site.get(f"{SITTING}/votes/2.json")).json()
    assert (twin["result"], twin["roll"], twin["tally"]) == (None, [], None)
    row = (await site.get("/")).text.partition('data-n="2"')[2].partition("</li>")[0]
    assert re.search(r'class="vote-time".*?<span>\d\d:\d\d</span>', row, re.S), "its link tells when"
    for address in (f"{SITTING}/votes/2", SITTING):
        answer = await site.get(address)
        assert answer.headers["cache-control"] == "no-store"
        signs = dict(re.findall(r'<li class="row" data-member="(\w+)" data-sign="(\w+)"', answer.text))
        assert {member for member, sign in signs.items() if sign == "voted"} == set(voted)
        assert set(signs.values()) <= {"voted", "waiting", "absent"}
        assert "Хто як голосує, побачать усі водночас" in text_of(answer.text)


async def test_imported_vote_is_marked_as_such(town: Any, site: httpx2.AsyncClient) -> None:
    page = (await site.get(f"{IMPORTED}/votes/5")).text
    twin = (await site.get(f"{IMPORTED}/votes/5.json")).json()
    text = text_of(page)
    assert "Перенесено з відкритих даних ради; підписів терміналів немає." in text
    assert twin["imported"]["sha256"] in page
    assert "Не прийнято: 11 «за» з 19 потрібних, забракло 8" in text
    assert "Запису немає" in text
    assert '<p class="strip">' not in page


async def test_replay_is_marked_above_the_header_with_the_original_time(town: Any, site: httpx2.AsyncClient) -> None:
    await replayed(town, 1)
    text = text_of((await site.get(f"{SITTING}/votes/1")).text)
    assert "Повтор запису. Засідання 22.11.2017, місця імітуються; у записі це голосування о 10:17:51." in text
    assert "у записі 10:17:51" in text_of((await site.get(SITTING)).text)


async def test_member_not_in_the_record_is_a_dash_with_its_reason(town: Any, site: httpx2.AsyncClient) -> None:
    await replayed(town, 1)
    page = (await site.get(f"{SITTING}/votes/1")).text
    row = re.search(r'(?s)<li class="row" data-member="\w+" data-sign="no_record".*?</li>', page)
    assert row is not None
    assert "Немає в записі" in text_of(row[0])
    assert "У джерелі цього голосування депутата немає; до «за» не зараховано." in text_of(row[0])


async def test_member_page_counts_what_the_rolls_say(town: Any, site: httpx2.AsyncClient) -> None:
    await replayed(town)
    twin = (await site.get("/members/1002.json")).json()
    assert (len(twin["votes"]), twin["counts"]["for"], twin["counts"]["against"]) == (102, 54, 1)
    assert (twin["counts"]["not_voting"], twin["counts"]["absent"]) == (17, 30)
    assert twin["agreement"] == {"same": 51, "of": 52}
    text = text_of((await site.get("/members/1002")).text)
    assert "Олег Богданович Балог" in text
    assert "51 з 52" in text
    own = {(v["sitting"], v["n"]): v["option"] for v in twin["votes"]}
    for n in (1, 6):
        roll = (await site.get(f"{SITTING}/votes/{n}.json")).json()["roll"]
        assert own["drohobych-council-2017-11-22", n] == {r["member_id"]: r["option"] for r in roll}["1002"]


async def test_sitting_before_it_begins_shows_its_agenda(town: Any, site: httpx2.AsyncClient) -> None:
    text = text_of((await site.get(SITTING)).text)
    assert "Засідання ще не відкрито." in text
    assert "Про обрання лічильної комісії" in text
    twin = (await site.get(f"{SITTING}.json")).json()
    assert (twin["state"], len(twin["agenda"]), twin["votes"]) == ("planned", 6, [])
    home = text_of((await site.get("/")).text)
    assert "Наступне: 22 листопада 2017 року, середа" in home


async def test_agenda_prepared_in_the_hall_is_shown_to_nobody_before_it_is_published(
    town: Any, site: httpx2.AsyncClient
) -> None:
    connection = await town.db.database("owner").connect()
    await connection.execute("update sitting set prepared_at = now() where id = $1", SITTING.rpartition("/")[2])
    await connection.close()
    page, twin = (await site.get(SITTING)).text, (await site.get(f"{SITTING}.json")).text
    assert '<p class="empty">Порядок денний ще не оприлюднено.</p>' in page.replace("\u00a0", " ")  # a line, no row
    assert "лічильної комісії" not in page + twin
    assert json.loads(twin)["agenda"] == []


@pytest.mark.parametrize(
    ("address", "code", "helps"),
    [
        (f"{IMPORTED}/votes/99", "unknown_vote", f"{IMPORTED}/votes/49"),
        ("/sittings/drohobych-council-2016-12-21", "unknown_sitting", IMPORTED),
        (f"{SITTING}/votes/1", "not_opened", SITTING),
        ("/members/nobody", "unknown_member", "/members"),
        (f"{IMPORTED}/video?at=vote-77", "unknown_moment", IMPORTED),
        (f"{IMPORTED}/video?at=yesterday", "unknown_moment", IMPORTED),
        ("/sittings/drohobych-council-2016-12-21/video", "unknown_sitting", IMPORTED),
        ("/sittings?body=nowhere", "unknown_body", "/?body=drohobych-council"),
        ("/members?body=nowhere", "unknown_body", "/?body=drohobych-council"),
        ("/sittings/%00'%22%3Cb%3E", "unknown_sitting", IMPORTED),
    ],
)
async def test_unknown_address_gives_a_page_that_helps(
    town: Any, site: httpx2.AsyncClient, address: str, code: str, helps: str
) -> None:
    answer = await site.get(address)
    assert answer.status_code == 404
    parsed(answer.text)
    assert f'href="{helps}"' in answer.text
    assert "<b>" not in answer.text.replace("<b></b>", "")
    twin = await site.get(address.replace("?", ".json?") if "?" in address else f"{address}.json")
    error = twin.json()["error"]
    assert (twin.status_code, error["status"], error["code"]) == (404, 404, code)
    assert set(error) == {"status", "code", "message", "help"}
    assert helps in error["help"]


async def test_no_address_breaks_the_site(town: Any, site: httpx2.AsyncClient) -> None:
    video, many, run = f"{IMPORTED}/video", "9" * 5000, "hall-1-20171122T102623140Z"
    for address, status in (
        *((f"/video/{run}/{name}", 404) for name in (f"{many}.m4s", f"0.{many}.m4s", f"{many}.jpg")),
        *((f"{video}{rest}", 404) for rest in (f"/hall-1/sheet-{many}.jpg", "?at=0001-01-01T00:00:00Z", "?at=%00")),
        (f"{video}?at=9999-12-31T23:59:59.999999Z", 404),
        (f"{IMPORTED}/footage/{many}.json", 404),
        (f"{IMPORTED}/footage.json?camera=%00", 200),
        ("/live/video.m3u8?sitting=%00&camera=hall-1", 404),
        ("/live?sitting=%00", 404),
    ):
        assert (await site.get(address)).status_code == status, address[:80]


async def test_language_is_the_councils_own_until_the_switch_is_used(town: Any, site: httpx2.AsyncClient) -> None:
    assert 'lang="uk"' in (await site.get("/members", headers={"accept-language": "en-GB"})).text[:60]
    switched = await site.get("/members?body=drohobych-council&lang=en")
    assert (switched.status_code, switched.headers["location"]) == (303, "/members?body=drohobych-council")
    assert 'lang="en"' in (await site.get("/members")).text[:60]
    elsewhere = await site.get(f"{str(site.base_url).rstrip('/')}//evil.example/?lang=uk")
    assert elsewhere.headers["location"] == "/evil.example/"


async def test_pages_of_another_council_lead_to_its_own_data(town: Any, site: httpx2.AsyncClient) -> None:
    await store.add_body(town.conn, replace(town.plan.body, id="another", name="Інша рада"), sort_no=1)
    for path, twin in (("/", "/index.json"), ("/sittings", "/sittings.json"), ("/members", "/members.json")):
        assert f'href="{twin}"' in (await site.get(path)).text
        assert f'href="{twin}?body=another"' in (await site.get(f"{path}?body=another")).text
        assert (await site.get(f"{twin}?body=another")).json()["body"] == "another"
    assert "Інша рада" in (await site.get("/nowhere?body=another")).text.partition("</title>")[0]
    assert (await site.get("/nowhere?body=nowhere")).status_code == 404


async def test_page_is_not_sent_again_until_it_changes(town: Any, site: httpx2.AsyncClient) -> None:
    await replayed(town, 1)
    first = await site.get(f"{SITTING}/votes/1")
    again = await site.get(f"{SITTING}/votes/1", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await town.hold(2)
    after = await site.get(f"{SITTING}/votes/1", headers={"if-none-match": first.headers["etag"]})
    assert after.status_code == 200  # its checkpoint and its neighbour are new


async def test_export_is_whole_and_consistent_with_its_checkpoint(
    towns: ModuleType, town: Any, site: httpx2.AsyncClient
) -> None:
    await replayed(town, 1)
    lines = (await site.get("/ledger/export.jsonl")).content.splitlines()
    note = (await site.get("/ledger/checkpoint")).text
    assert json.loads(lines[-1]) == {"checkpoint": note}
    assert json.loads(lines[0])["vkey"] == towns.SIGNER.vkey
    assert len(lines) - 2 == int(note.split("\n")[1]) == town.ledger.size
    assert note == town.ledger.checkpoint


async def test_altered_entry_is_said_on_its_vote_page(towns: ModuleType, town: Any, tmp_path: Any) -> None:
    owner = await town.db.database("owner").connect()
    await owner.execute("alter table ledger disable trigger all")
    changed = await owner.fetchval(
        "update ledger set body = replace(body, '\"for\":11', '\"for\":12') "
        "where kind = 'VoteClosed' and sitting_id like '%2016%' and body like '%\"for\":11%' returning seq"
    )
    await owner.close()
    assert changed is not None
    async with (
        towns.serving(town.db, tmp_path) as address,
        httpx2.AsyncClient(base_url=address) as reader,
    ):
        text = text_of((await reader.get(f"{IMPORTED}/votes/1")).text)
        assert f"Не збігається: запис {changed} не той, з якого обчислено хеш" in text


async def test_site_of_an_empty_house_says_so(towns: ModuleType, db: Any, tmp_path: Any) -> None:
    async with (
        towns.serving(db, tmp_path) as address,
        httpx2.AsyncClient(base_url=address) as reader,
    ):
        home = await reader.get("/")
        parsed(home.text)
        assert "Ще немає жодного голосування." in text_of(home.text)
        for path in ("/sittings", "/members", "/ledger"):
            assert (await reader.get(path)).status_code == 200
        for path in ("/ledger/checkpoint", "/ledger/export.jsonl"):
            assert (await reader.get(path)).status_code == 404
        assert (await reader.get("/healthz")).text == "ok\n"


async def filmed(town: Any, start: datetime, seconds: int) -> None:
    """Rows of the index as the recorder writes them: segments of 2 s from `start`."""
    conn = await town.db.database("record").connect()
    run = Run(
        "hall-1-20261122T120000000Z", "hall-1", start, "sender_report", "avc1.64001f", 1280, 720, 90_000,
        "hall-1/hall-1-20261122T120000000Z/init.mp4", 700, "0" * 64,
    )  # fmt: skip
    await index.insert_run(conn, run)
    for n in range(seconds // 2):
        await index.insert_segment(
            conn,
            Segment(
                run_id=run.id,
                n=n,
                start_ticks=n * 180_000,
                duration_ticks=180_000,
                started_at=start + timedelta(seconds=2 * n),
                duration_ms=2_000,
                path=f"hall-1/{run.id}/{n:06}.m4s",
                bytes=1,
                sha256="0" * 64,
                frames=50,
                poster_path=f"hall-1/{run.id}/{n:06}.jpg",
            ),
        )
    await conn.close()


async def test_every_vote_opens_the_recording_at_its_second(town: Any, site: httpx2.AsyncClient) -> None:
    start = town.now - timedelta(seconds=5)
    await replayed(town)
    await town.close_sitting()
    await filmed(town, start, 600)
    for n in (1, 4):
        twin = (await site.get(f"{SITTING}/votes/{n}.json")).json()
        opened = datetime.fromisoformat(twin["opened_at"])
        offset_ms = round((opened - start).total_seconds() * 1000)
        assert twin["video"] == {
            "recording": "drohobych-council-2017-11-22/hall-1",
            "offset_ms": offset_ms,
            "accuracy": {"kind": "frame", "ms": 0},
            "url": f"{SITTING}/video?at=vote-{n}",
        }
        for address in (f"{SITTING}/votes/{n}", twin["video"]["url"]):
            page = (await site.get(address)).text
            parsed(page)
            assert f'data-at-ms="{offset_ms}"' in page
            assert f'data-manifest="{SITTING}/video.json?camera=hall-1"' in page
            poster = offset_ms // 2000 if offset_ms % 2000 < 1000 else offset_ms // 2000 + 1
            assert f'src="/video/hall-1-20261122T120000000Z/{poster}.jpg"' in page
    player = (await site.get(f"{SITTING}/video?at=vote-4")).text
    assert re.findall(r'<li class="vote current"><a href="([^"]+)"', player) == [f"{SITTING}/video?at=vote-4"]
    by_time = (await site.get(f"{SITTING}/video?at={twin['opened_at']}")).text
    assert f'data-at-ms="{offset_ms}"' in by_time
    sitting = (await site.get(SITTING)).text
    parsed(sitting)
    assert "Дивитися спочатку" in sitting
    assert sitting.count('class="tick"') == 6


async def test_moment_that_was_not_filmed_is_said_to_be_without_recording(town: Any, site: httpx2.AsyncClient) -> None:
    await replayed(town, 1)
    page = (await site.get(f"{SITTING}/votes/1")).text
    assert "Запису немає" in page
    assert "player.js" not in page
