"""What is behind the player's picture, in Chromium: seals and the visitor's own check, clips, an archive."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Route, expect

from streaming import moving
from tests.cinema import NUMBER, SITTING, Theatre, module, opened, shown
from voting.footage import seal_root


async def test_seals_of_a_recording_are_computed_by_whoever_asks_for_them(browser: Browser, theatre: Theatre) -> None:
    context = await browser.new_context()
    listed = await (await context.request.get(f"{theatre.address}{SITTING}/footage.json?camera=hall-2")).json()
    assert {seal["camera"] for seal in listed["seals"]} == {"hall-2"}
    for seal in listed["seals"]:
        one = await (await context.request.get(theatre.address + seal["url"])).json()
        assert [segment["n"] for segment in one["segments"]] == [*range(seal["first"], seal["first"] + seal["count"])]
        hashes = [segment["sha256"] for segment in one["segments"]]
        assert seal_root(seal["run"], seal["first"], hashes).hex() == seal["root"]
    missing = await context.request.get(f"{theatre.address}{SITTING}/footage/0.json")
    assert (missing.status, (await missing.json())["error"]["code"]) == (404, "unknown_seal")
    await context.close()


async def test_visitors_browser_checks_the_footage_and_says_what_is_altered_or_missing(
    browser: Browser, theatre: Theatre
) -> None:
    page = await opened(browser, theatre, "?camera=hall-1")
    await expect(page.locator(".footage-right")).to_contain_text("Відео ціле: 13:59:59–14:00:", timeout=20_000)
    await expect(page.locator(".footage-wrong")).to_be_hidden()
    states = await page.evaluate(
        """async () => {
          const { check } = document.querySelector(".footage-check");
          const piece = [...check.played.values()].find(({ state }) => state === "intact");
          const { segment, recording } = piece;
          const late = new Date(Date.parse(segment.started_at) + 600_000).toISOString();
          const states = [];
          piece.segment = { ...segment, started_at: late }; // whole, but shown as filmed at another time
          await check.judge(piece);
          states.push(piece.state);
          piece.segment = segment;
          await check.judge(piece);
          states.push(piece.state);
          Object.assign(check.seals.get(recording), { known: [], readAt: -Infinity, url: "/nowhere.json" });
          await check.fetched({ manifest: { recording }, segment, media: new Uint8Array(9).buffer }); // not checked yet
          return [...states, piece.state];
        }"""
    )
    assert states == ["altered", "intact", "unsealed"]
    leapt = await page.evaluate(
        """async () => {
          const { Film } = await import("/static/player_film.js");
          const { recording } = document.querySelector(".player").player;
          const { segments } = recording;
          const start = (k) => segments[k].start_ms / 1000;
          const ranges = [[start(0), start(5)], [start(6), start(9)]];
          const buffered = { length: 2, start: (i) => ranges[i][0], end: (i) => ranges[i][1] };
          const at = (seconds) => {
            const video = { buffered, currentTime: start(5) - seconds, readyState: 2, seeking: false };
            const player = { recording, get playheadMs() { return video.currentTime * 1000; }, seek() {} };
            const appended = new Map(segments.slice(0, 9).map((segment) => [segment.url, segment]));
            const gone = new Set([segments[5].url]);
            Object.assign(Object.create(Film.prototype), { player, video, appended, gone, tracks: null }).leap();
            return video.currentTime === start(6);
          };
          return [at(0.04), at(0.18), at(0.5)]; // a browser's decoder keeps some pictures back
        }"""
    )
    assert leapt == [True, True, False]
    await page.context.close()

    context = await browser.new_context(viewport={"width": 360, "height": 900}, locale="uk-UA")
    manifest = await (await context.request.get(f"{theatre.address}{SITTING}/video.json?camera=hall-1")).json()
    third = await (await context.request.get(theatre.address + manifest["segments"][3]["url"])).body()

    async def alter(route: Route) -> None:
        await route.fulfill(body=third[:-1] + b"?", content_type="video/iso.segment")

    page = await context.new_page()
    await page.route("**/video/hall-1-*/3.m4s", alter)
    await page.route("**/video/hall-1-*/5.m4s", lambda route: route.fulfill(status=404))
    torn = bytearray(await (await context.request.get(theatre.address + manifest["segments"][9]["url"])).body())
    begins = torn.index(b"mdat") + 4
    torn[begins : begins + 400] = bytes(400)
    await page.route("**/video/hall-1-*/9.m4s", lambda route: route.fulfill(body=bytes(torn)))
    await page.goto(f"{theatre.address}{SITTING}/video?camera=hall-1&at=2026-11-22T12:00:00Z")
    wrong = page.locator(".footage-wrong")
    # a piece further on is altered as well, and may have been fetched by now
    await expect(wrong).to_contain_text(re.compile(r"Відео змінено: 14:00:01–14:00:03[.,]"), timeout=20_000)
    await expect(wrong).to_contain_text("Відео бракує: 14:00:05–14:00:07.", timeout=20_000)
    await expect(page.locator(".footage-right")).to_contain_text("14:00:03–14:00:05, 14:00:07–14:00:")
    await page.evaluate(
        """async () => {
          const { player } = document.querySelector(".player");
          player.video.muted = true;
          player.seek(9500);
          player.play();
          for (let tries = 0; player.playheadMs < 21_500 && tries < 600; tries += 1)
            await new Promise((resolve) => setTimeout(resolve, 50));
        }"""
    )
    played = await page.evaluate("document.querySelector('.player').player.playheadMs")
    assert played >= 21_500, "what is missing is passed over, and what no browser can read"
    await expect(page.locator(".player-said")).to_have_text("Частину запису тут прочитати не вдається: її пропущено.")
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });")
    await page.reload()
    await expect(page.locator(".footage-right")).to_have_text(
        "Чи відео ціле, ваш браузер може перевірити лише через захищене з’єднання (HTTPS).", timeout=20_000
    )
    await context.close()


async def test_a_clip_is_made_in_place_from_the_moment_shown_and_plays_from_its_very_frame(
    browser: Browser, theatre: Theatre
) -> None:
    page = await opened(browser, theatre, "?at=vote-1&camera=hall-1", width=360)
    number, wall, _ = await shown(page, theatre.opened.timestamp() * 1000 + 40_010)
    await page.locator(".clip-card summary").click()
    await page.locator('[data-here="from"]').click()
    await page.locator('input[name="until"]').fill("14:00:44")
    await page.locator('input[name="third"]').uncheck()
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    make, said = page.get_by_role("button", name="Виготовити", exact=True), page.locator(".clip-state p")
    await page.route("**/clips", lambda route: route.abort())
    await make.click()
    await expect(said).to_have_text(await page.locator(".clip-form").get_attribute("data-say-failed") or "")
    await page.unroute("**/clips")
    await page.route("**/clips/*.json", lambda route: route.abort(), times=1)  # a line that is gone for a moment
    await make.click()
    await page.get_by_role("link", name="Завантажити фрагмент (MP4)").click()
    await expect(page.locator("h1")).to_have_text("Фрагмент відеозапису")
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    film = page.locator(".clip-video")
    async with asyncio.timeout(20):
        while await film.evaluate("video => video.readyState") < 2:
            await asyncio.sleep(0.05)
    assert await film.evaluate(NUMBER) == number == theatre.number("hall-1", wall)
    assert abs(await film.evaluate("video => video.duration") - (44_000 - 40_010) / 1000) < 0.05
    for path in ("/votes/1", ""):
        await page.goto(theatre.address + SITTING + path)
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360, path
    await page.context.close()


async def test_recording_in_an_archive_plays_is_checked_and_cut_and_the_player_says_when_it_is_away(
    browser: Browser, theatre: Theatre
) -> None:
    far = module("site_town").far(theatre.recordings)
    far.place.folder.mkdir()
    conn = await theatre.town.db.database("hall").connect()
    rows = [
        row for row in await moving.movable(conn, theatre.opened + timedelta(days=1)) if row["camera_id"] == "hall-2"
    ]
    progress = await moving.Mover(conn, theatre.recordings, far).move(rows, lambda _: None)
    await conn.close()
    assert progress.done == len(rows) > 90 and not list((theatre.recordings / "hall-2").rglob("*.m4s"))
    pulled = far.place.folder.rename(far.place.folder.with_name("pulled"))
    page = await opened(browser, theatre, "?camera=hall-2&at=2026-11-22T12:00:20Z")
    message = page.locator(".player-message")
    await expect(message).to_have_text(
        "Ця частина запису лежить в архіві, який зараз не відповідає; відтворення продовжиться, щойно він відповість.",
        timeout=20_000,
    )
    pulled.rename(far.place.folder)
    await expect(message).to_be_hidden(timeout=30_000)
    await expect(page.locator(".footage-right")).to_contain_text("Відео ціле: 14:00:", timeout=20_000)
    await expect(page.locator(".footage-wrong")).to_be_hidden()
    wall = (theatre.opened.timestamp() + 31.0) * 1000
    number, at, _ = await shown(page, wall)
    assert number == theatre.number("hall-2", at)
    wish = {"sitting": SITTING.rpartition("/")[2], "camera": "hall-2", "from": "14:00:40", "until": "14:00:46"}
    request, told = page.context.request, {"accept": "application/json"}
    asked = await (await request.post(f"{theatre.address}/clips", data=wish, headers=told)).json()
    for _ in range(200):
        clip = await (await request.get(f"{theatre.address}{asked['clip']}.json")).json()
        if clip["state"] in ("done", "failed"):
            break
        await page.wait_for_timeout(50)
    assert clip["state"] == "done", clip
    assert (await (await request.get(theatre.address + clip["file"])).body())[4:8] == b"ftyp"
    await page.context.close()
