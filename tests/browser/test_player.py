"""The player in Chromium: the very frame of a moment, chapters as they pass, keys, two cameras in step, gaps told."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route, expect

from council import captions
from streaming.captions import Caption
from tests.cinema import COUNT, FPS, SITTING, STARTS, Theatre, hear_errors, heard, opened, shown


async def test_every_link_shows_the_very_frame_100_of_100(browser: Browser, theatre: Theatre) -> None:
    page = await opened(browser, theatre, "?at=vote-1")
    chance, base = random.Random(100), theatre.opened.timestamp() * 1000
    wrong = []
    for camera in ("hall-1", "hall-2"):
        for _ in range(50):
            start = chance.choice(STARTS[camera])
            frame = chance.randrange(5, COUNT - 600 if start < 0 else COUNT - 5)
            within = chance.uniform(0.5, 1000 / FPS - 0.5)
            wall = base + start * 1000 + frame * 1000 / FPS + within
            number, at, _ = await shown(page, wall)
            if number != frame or abs(at - wall) > 0.6:
                wrong.append((camera, start, frame, within, number, at - wall))
        if camera == "hall-1":
            await page.locator('select[data-do="camera"]').select_option(label="hall-2")
            await expect(page.locator(".player")).to_have_attribute("data-camera", "hall-2")
    assert not wrong, wrong
    await page.context.close()


HOLE = """async ([from, to]) => {
  const { player } = document.querySelector(".player"), { film } = player, _ = player.seek(from * 1000 - 1500);
  while (film.busy || film.wanted() || film.wantedMs !== undefined) await new Promise((done) => setTimeout(done, 20));
  film.buffer.remove(from, to), player.play(); // as a run ends that was cut back: a browser waits there for ever
  while (player.playheadMs < to * 1000 + 300) await new Promise((done) => setTimeout(done, 100));
}"""


async def test_film_whose_sound_ends_before_its_picture_goes_on(browser: Browser, theatre: Theatre) -> None:
    page = await opened(browser, theatre, "?camera=hall-1")
    await page.evaluate("(({ player }) => (player.leave(null), player.seek(30000)))(document.querySelector('.player'))")
    assert abs((await shown(page))[2] - 30_000) < 50, "sought while the film was being opened"
    for hole in ((50.5, 51.9), (COUNT / FPS - 1.5, COUNT / FPS - 0.1)):  # the next run is without sound, so a new film
        await asyncio.wait_for(page.evaluate(HOLE, hole), 20)
    await page.context.close()


async def test_chapters_pass_keys_jump_and_cameras_keep_the_moment(browser: Browser, theatre: Theatre) -> None:
    page = await opened(browser, theatre, "?at=vote-1")
    item, vote = page.locator(".now-item"), page.locator(".now-vote")
    first, second = (theatre.town.plan.items[n].title for n in (0, 1))
    await expect(item).to_have_text(first)
    await expect(vote).to_contain_text("Голосування № 1: ")
    await shown(page)
    await expect(vote).to_have_text("Голосування № 1: триває голосування")
    await page.locator(".player video").focus()
    await page.keyboard.press("l")
    await expect(vote).to_have_text("Голосування № 1: Прийнято: 19 «за» — рівно стільки, скільки потрібно")
    await page.keyboard.press("n")
    await expect(vote).to_have_text("Голосування № 2: триває голосування")
    await expect(item).to_have_text(second)
    assert page.url.endswith("/video?at=vote-2")
    just_before = """c => [c.on("vote", c.chapters.findLast((one) => one.kind === "vote").wall - 0.001).url,
      import(document.querySelector('script[src*="player."]').src.replace("player", "recording")).then((r) =>
        [1795351512334.999, 1795351512335, 1795351512334.0002].map(r.stampOf))]"""
    told = await page.evaluate(f"Promise.all(({just_before})(document.querySelector('.player').player.controls))")
    stamps = ["2026-11-22T12:45:12.334999Z", "2026-11-22T12:45:12.335Z", "2026-11-22T12:45:12.334Z"]
    assert told[0].endswith("vote-2") and told[1] == stamps, "a place read back is a microsecond off"
    number, at, _ = await shown(page)
    assert number == theatre.number("hall-1", at)
    await page.keyboard.press(".")
    assert (await shown(page))[0] == number + 1, "one frame on"
    await page.keyboard.press("v")
    await expect(page.locator(".player")).to_have_attribute("data-camera", "hall-2")
    await expect(page.locator(".holes li").last).to_have_text("від 14:03:15: запис зупинили")
    await heard(page)  # telephone sound, as FLAC
    other, there, _ = await shown(page)
    assert abs(there - at - 1000 / FPS) < 1000 / FPS and other == theatre.number("hall-2", there)
    await page.keyboard.press("v")
    await expect(page.locator(".player")).to_have_attribute("data-camera", "hall-1")
    assert (await shown(page))[0] in (number, number + 1, number + 2)
    await expect(page.locator(".holes li")).to_have_text(["14:01:35–14:01:55: зв’язок із камерою урвався"])
    assert await page.locator(".tick-no").all_text_contents() == ["1", "2"]
    await page.keyboard.press("Shift+>")
    await expect(page.locator('select[data-do="speed"]')).to_have_value("1.25")
    await page.keyboard.press("p")
    await expect(vote).to_have_text("Голосування № 1: триває голосування")
    await page.keyboard.press("s")
    link = await page.locator(".share input").input_value()
    assert link.startswith(f"{theatre.address}{SITTING}/video?at=2026-11-22T") and link.endswith("Z&camera=hall-1")
    await expect(page.locator(".share .exact")).to_have_text("з\u00a0точністю до\u00a0кадру")
    track = await page.locator(".seek").bounding_box()
    assert track is not None
    await page.mouse.move(track["x"] + track["width"] * 0.9, track["y"] + 15)
    await expect(page.locator(".peek")).to_contain_text("Голосування № 2")
    tile = await page.locator(".peek .tile").evaluate(
        "tile => [tile.hidden, tile.style.backgroundImage, tile.style.backgroundPosition]"
    )
    number = int(0.9 * 205 + 5 - 20) // 2  # of the segment, the 20 s that were not filmed left out
    assert tile[:2] == [False, f'url("{SITTING}/video/hall-1/sheet-0.jpg")']
    assert tile[2] in {f"{-160 * (n % 10)}px {-90 * (n // 10)}px" for n in (number - 1, number, number + 1)}
    await page.mouse.click(track["x"] + track["width"] * 0.9, track["y"] + 15)
    _, at, _ = await shown(page)
    start, end = await page.evaluate(
        "(({ startWall, endWall }) => [startWall, endWall])(document.querySelector('.player').player.controls)"
    )
    assert abs((at - start) / (end - start) - 0.9) < 0.01
    ends = """ends => (ends.querySelector(".exact").textContent = "довго ".repeat(60),
        [ends.firstChild, ends.lastChild].map(end => end.getBoundingClientRect().top))"""
    first, last = await page.locator(".timeline-ends").evaluate(ends)
    assert first == last, "a long word on how exactly moments are found stands below the two times, not between them"
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    await page.context.close()


async def test_a_gap_tells_its_reason_and_the_other_camera_has_the_moment(browser: Browser, theatre: Theatre) -> None:
    lost = theatre.opened + timedelta(seconds=105)
    at = lost.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    page = await opened(browser, theatre, f"?at={at}&camera=hall-1", width=360)
    await expect(page.locator(".player-note")).to_have_text(
        "О 14:01:45 ця камера не знімала: зв’язок із камерою урвався. Наступний кадр — о 14:01:55."
    )
    await expect(page.locator(".holes li")).to_have_text(["14:01:35–14:01:55: зв’язок із камерою урвався"])
    number, *_ = await shown(page)
    assert number < 250, "the first pictures after the gap, as long as this machine took to stop"
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.goto(f"{theatre.address}{SITTING}/video?at={at}")
    await expect(page.locator(".controls")).to_be_visible()
    await expect(page.locator('select[data-do="camera"]')).to_have_value(f"{SITTING}/video.json?camera=hall-2")
    number, wall, _ = await shown(page)
    stopped = number - theatre.number("hall-2", wall)  # stopped while it played, clock and picture may be one apart
    assert abs(stopped) <= 1 and 0 <= wall / 1000 - lost.timestamp() < 10
    await page.context.close()


async def test_camera_in_h265_says_so_offers_a_clip_and_leaves_the_others_to_play(
    browser: Browser, theatre: Theatre
) -> None:
    """This Chromium plays no H.265, as most do not."""
    context = await browser.new_context(viewport={"width": 360, "height": 900}, locale="uk-UA")
    page = await context.new_page()
    hear_errors(page)

    async def in_h265(route: Route) -> None:
        manifest = await (await route.fetch()).json()
        for run in manifest["runs"]:
            run["codec"] = "hvc1.1.6.L93.B0," + run["codec"].partition(",")[2]
        await route.fulfill(json=manifest)

    await page.route("**/video.json?camera=hall-2", in_h265)
    await page.goto(f"{theatre.address}{SITTING}/video?at=vote-1&camera=hall-2")
    message, clip = page.locator(".player-message"), page.locator(".clip-card summary")
    await expect(message).to_contain_text("Ця камера знімала у форматі H.265, якого цей браузер не відтворює.")
    await expect(clip).to_be_visible()
    assert await page.evaluate("document.querySelector('.player video').getAttribute('src')") is None, (
        "nothing is waited for"
    )
    await page.locator('select[data-do="camera"]').select_option(f"{SITTING}/video.json?camera=hall-1")
    await expect(message).to_be_hidden()
    number, at, _ = await shown(page)
    assert number == theatre.number("hall-1", at)
    await heard(page)
    await context.close()


async def test_without_script_chapters_remain_as_links(browser: Browser, theatre: Theatre) -> None:
    page = await opened(browser, theatre, "?at=vote-2", width=360, java_script_enabled=False)
    await expect(page.locator(".moments a")).to_have_count(6)
    await expect(page.locator(".controls")).to_be_hidden()
    await expect(page.locator(".moments .current")).to_contain_text("з точністю до кадру")
    await page.locator(".moments a").nth(2).click()
    await expect(page.locator("h1")).to_have_text("Відеозапис: голосування № 1")
    await page.context.close()


async def cue_shown(page: Page, text: str) -> None:
    cue = None
    for _ in range(400):
        cue = await page.evaluate("document.querySelector('.player video').textTracks[0].activeCues?.[0]?.text ?? null")
        if cue == text:
            return
        await page.wait_for_timeout(50)
    pytest.fail(f"the caption shown is {cue!r}")


async def test_captions_are_shown_and_what_was_said_is_found_and_jumped_to(browser: Browser, theatre: Theatre) -> None:
    town = theatre.town
    start, long = theatre.opened + timedelta(seconds=2), timedelta(seconds=60)
    words = enumerate(("Слово має головуючий", "Б’юджет"))
    said = [Caption(start + n * long, start + (n + 1) * long, text, "", n + 1) for n, text in words]
    hall = await town.db.database("hall").connect()
    author = captions.Author("clerk", "Секретар")
    given = (hall, town.plan.id, "uk", 0, said)
    await captions.write(*given, by=author, at=theatre.opened, how="uploaded", machine=True)
    await hall.close()
    page = await opened(browser, theatre, f"?at={start.strftime('%Y-%m-%dT%H:%M:%S.000Z')}&camera=hall-2")
    choice = page.locator('select[data-do="captions"]')
    await expect(choice).to_be_visible()
    await page.locator(".player video").focus()
    await page.keyboard.press("c")
    await expect(choice).to_have_value("uk")
    assert await choice.locator("option").all_inner_texts() == ["Без субтитрів", "Українська (субтитри машини)"]
    await cue_shown(page, "Слово має головуючий")
    await page.get_by_role("searchbox", name="Слова, що пролунали").fill("б'юджет")
    await page.keyboard.press("Enter")
    await page.locator(".caption-search .found a").click()
    await cue_shown(page, "Б’юджет")
    _, wall, _ = await shown(page)
    after = wall / 1000 - (start + long).timestamp()
    assert -0.05 < after < 20, after
    assert (await Axe().run(page)).violations_count == 0
    await page.context.close()
    for width in (360, 1280):
        page = await opened(browser, theatre, "", width)
        await page.goto(f"{theatre.address}{SITTING}/transcript")
        await expect(page.locator(".said")).to_have_count(2)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert (await Axe().run(page)).violations_count == 0
        await page.context.close()


async def test_start_pressed_twice_starts_one_player(browser: Browser, theatre: Theatre) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="uk-UA")
    page, asked, go_on = await context.new_page(), list[str](), asyncio.Event()
    hear_errors(page)

    async def later(route: Route) -> None:
        asked.append(route.request.url)
        await go_on.wait()
        await route.continue_()

    await page.route("**/video.json*", later)
    await page.goto(theatre.address + SITTING)
    await expect(page.locator("img.poster.is-missing")).to_have_count(1)  # no sign of a broken picture
    await page.locator(".watch").dblclick()
    async with asyncio.timeout(20):
        while not asked:
            await asyncio.sleep(0.05)
    go_on.set()
    await expect(page.locator(".controls")).to_be_visible()
    assert len(asked) == 1, "each key would be heard by two"
    await context.close()


async def test_answers_that_come_late_change_neither_camera_nor_film(browser: Browser, theatre: Theatre) -> None:
    page = await opened(browser, theatre, "?camera=hall-1")
    held, choice = dict[str, Route](), page.locator('select[data-do="camera"]')
    camera = "document.querySelector('.player').player.recording.manifest.camera"

    async def hold(route: Route) -> None:
        held[route.request.url.rpartition("=")[2]] = route

    async def waits(name: str) -> None:
        async with asyncio.timeout(20):
            while name not in held:
                await asyncio.sleep(0.02)

    await page.route("**/video.json*", hold)
    for name in ("hall-2", "hall-1"):  # the one chosen last is answered first
        await choice.select_option(f"{SITTING}/video.json?camera={name}")
        await waits(name)
    await held.pop("hall-1").continue_()
    late = page.expect_response("**/video.json?camera=hall-2")
    async with late:
        await held.pop("hall-2").continue_()
    await page.evaluate("new Promise((done) => setTimeout(done, 200))")
    assert await page.evaluate(camera) == "hall-1"

    await page.evaluate(  # as while the sitting goes on
        "(({ player }) => { player.live = true; window.late = player.poll(); })(document.querySelector('.player'))"
    )
    await waits("hall-1")
    await choice.select_option(f"{SITTING}/video.json?camera=hall-2")
    await waits("hall-2")
    await held.pop("hall-2").continue_()
    await expect(page.locator(".player")).to_have_attribute("data-camera", "hall-2")
    await page.evaluate("document.querySelector('.player').player.live = true")
    await held.pop("hall-1").continue_()
    await asyncio.wait_for(page.evaluate("window.late"), 20)
    assert await page.evaluate(camera) == "hall-2"
    await page.context.close()


async def test_keys_are_where_they_are_on_a_ukrainian_keyboard_and_early_ones_harm_nothing(
    browser: Browser, theatre: Theatre
) -> None:
    page = await opened(browser, theatre, "?camera=hall-1")
    press = """([key, code, shiftKey]) => document.querySelector(".player video").dispatchEvent(
      new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true }))"""
    await page.evaluate("document.querySelector('.player').player.controls.told = undefined")  # not here yet
    await page.evaluate(press, ["і", "KeyS", False])
    await expect(page.locator(".share")).to_be_visible()
    await page.evaluate(press, ["Ю", "Period", True])
    await expect(page.locator('select[data-do="speed"]')).to_have_value("1.25")
    await page.evaluate(press, ["м", "KeyV", False])
    await expect(page.locator(".player")).to_have_attribute("data-camera", "hall-2")
    await page.context.close()


async def test_live_line_that_died_unnoticed_is_made_anew_from_the_last_event_on(
    browser: Browser, theatre: Theatre
) -> None:
    page = await browser.new_page()
    hear_errors(page)
    await page.clock.install()
    await page.goto(f"{theatre.address}/ledger")
    lines = await page.evaluate(
        """async () => {
          const lines = [];
          window.lines = lines;
          window.EventSource = class extends EventTarget {
            constructor(url) {
              super();
              window.line = this;
              this.at = lines.push({ url, open: true }) - 1;
            }
            close() { lines[this.at].open = false; }
          };
          const { connect } = await import("/static/live_connection.js");
          const said = (window.said = []);
          connect("/live?sitting=a", { offline: () => said.push("offline"), online: () => said.push("online") });
          window.line.dispatchEvent(new MessageEvent("tick", { data: "{}", lastEventId: "17" }));
          return lines;
        }"""
    )
    assert [line["url"] for line in lines] == ["/live?sitting=a"]
    await page.clock.run_for(50_000)
    await page.evaluate("window.line.dispatchEvent(new MessageEvent('tick', { data: '{}' }))")
    lines, said = await page.evaluate("[window.lines, window.said]")
    assert lines == [{"url": "/live?sitting=a", "open": False}, {"url": "/live?sitting=a&last=17", "open": True}]
    assert said == ["offline", "online"]
    await page.close()
