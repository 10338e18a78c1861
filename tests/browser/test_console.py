"""A clerk at the console, in Chromium, against the real hall: a sitting led by keyboard alone, desks, broken lines."""

from __future__ import annotations

import asyncio
import re
import secrets
from types import ModuleType
from typing import TYPE_CHECKING, Any

from playwright.async_api import TimeoutError as NotThere

if TYPE_CHECKING:
    from playwright.async_api import Browser


async def test_clerk_leads_a_sitting_by_keyboard_alone(
    browser: Browser, house: ModuleType, hands: ModuleType, hall: Any
) -> None:
    async with hands.console(browser, house, hall.url) as page, hands.seats(house, hall.url, range(1, 21)) as lines:
        await hands.main_act(page, "Відкрити засідання")
        await hands.act_and_wait(page, "KeyE", "Оголосити питання 1")
        for line in lines:
            await line.send("Arrive")
        await page.locator("#present b", has_text="20").wait_for()
        await hands.act_and_wait(page, "KeyY", "Відкрити голосування")
        assert await hands.text(page, "#kicker") == "Питання 1 · голосування 1 ще не відкрито"
        assert (await hands.text(page, "#guard")).startswith("Кворум на межі: вийти може лише 1.")
        await page.keyboard.press("KeyX")  # the time of the vote: open-ended
        await page.locator("dialog[open] .choice", has_text="без").press("Enter")
        assert await hands.text(page, "#aside-note") == "без обмеження часу"
        await hands.act_and_wait(page, "KeyD", "Закрити голосування")
        for line in lines[:19]:
            await hands.press(line, "for")
        await page.locator("#count b", has_text="19").wait_for()
        assert await page.locator(".desk.is-voted").count() == 19
        assert await page.locator(".desk .shape-for, .desk .shape-against, #count .shape-for").count() == 0
        await page.keyboard.press("KeyR")
        await page.locator(".main-act.is-confirm").wait_for()
        assert await hands.text(page, ".main-act .act-word") == "Закрити зараз? Ще 1 не голосував — К"
        await page.keyboard.press("KeyR")  # a doubled key does nothing
        await asyncio.sleep(0.3)
        assert hall.hall.chamber(house.SITTING).data.vote.state == "open"
        await asyncio.sleep(hands.FRESH_S)
        await hands.act_and_wait(page, "KeyR", "Оголосити результат")
        assert await hands.text(page, "#aside-figure") == "Прийнято"
        assert await hands.text(page, "#aside-note") == "ще не оголошено"
        assert "За — 19, проти — 0, утрималися — 0, не голосував — 1. Рішення прийнято." in await hands.text(
            page, "#guard"
        )
        assert await page.locator(".desk .shape-for").count() == 19
        await hands.act_and_wait(page, "KeyU", "Оголосити наступне питання")
        assert await hands.text(page, ".item.is-current .item-word") == "прийнято, 19 «за»"
        await hands.act_and_wait(page, "KeyY", "Відкрити голосування")
        assert await hands.text(page, ".item.is-current .item-no") == "2"
        await page.keyboard.press("Shift+KeyY")  # another item, found by its number
        await page.locator("#pick").fill("3")
        await page.keyboard.press("Enter")
        await page.locator(".item.is-current .item-no", has_text="3").wait_for()
        await asyncio.sleep(hands.FRESH_S)
        await page.keyboard.press("KeyA")  # closing the sitting asks once
        await asyncio.sleep(hands.FRESH_S)
        await page.keyboard.press("KeyA")
        await page.locator("#kicker", has_text=re.compile("Засідання.закрито")).wait_for()
        assert [vote.result for vote in hall.hall.chamber(house.SITTING).data.record.votes.values()] == ["adopted"]


async def test_letters_work_in_either_layout_not_while_typing_and_a_question_passes_after_four_seconds(
    browser: Browser, house: ModuleType, hands: ModuleType, hall: Any, barriers: Any
) -> None:
    async with house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk, 36)
    async with hands.console(browser, house, hall.url) as page:
        await hands.main_act(page, "Відкрити голосування")
        await page.evaluate("dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyX', key: 'x' }))")
        await page.fill("#field-seconds", "450")
        await page.keyboard.press("KeyD")
        await asyncio.sleep(0.3)
        assert hall.hall.chamber(house.SITTING).data.vote is None
        await page.keyboard.press("Enter")
        await page.locator("#aside-figure", has_text="7:30").wait_for()
        await page.evaluate("dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyD', key: 'в' }))")
        await hands.main_act(page, "Закрити голосування")
        assert hall.hall.chamber(house.SITTING).data.vote.seconds == 450
        await page.keyboard.press("KeyR")
        await page.locator(".main-act.is-confirm").wait_for()
        await hands.main_act(page, "^Закрити голосування")
        assert hall.hall.chamber(house.SITTING).data.vote.state == "open"
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            assert await barriers(page) == [], scheme


async def test_presence_is_marked_with_arrows_and_enter(
    browser: Browser, house: ModuleType, hands: ModuleType, hall: Any
) -> None:
    async with house.clerk(hall.url) as clerk:
        await clerk.act("OpenSitting")
        await clerk.act("CallItem", item="1")
    async with hands.console(browser, house, hall.url) as page:
        await hands.main_act(page, "Відмітити присутність")
        assert (await hands.text(page, "#guard")).startswith("Кворуму немає: 0 із потрібних 19, бракує 19.")
        await page.keyboard.press("KeyH")
        for key in ("Enter", "ArrowRight", "Enter", "ArrowDown", "Enter"):
            await page.keyboard.press(key)
        await page.locator("#present b", has_text="3").wait_for()
        present = hall.hall.chamber(house.SITTING).data.record.present
        assert present == {house.member(1), house.member(2), house.member(9)}
        await page.locator("[data-desk='9']:not(.is-waiting)").click()
        await page.locator("#present b", has_text="2").wait_for()
        assert await page.locator("[data-desk='9']").get_attribute("aria-selected") == "false"
        async with house.clerk(hall.url) as clerk:
            await clerk.act("SetSeat", desk_no=3, member=None)
        await page.locator("[data-desk='3'].is-empty").wait_for()
        await page.locator("[data-desk='3']").click()
        await page.locator("#guard", has_text=re.compile("ніхто.не.сидить")).wait_for()
        await page.keyboard.press("Escape")
        assert "Відмічаємо" not in await hands.text(page, "#guard")


async def test_desk_dialog_connects_a_new_terminal_and_revokes_it(
    browser: Browser, house: ModuleType, hands: ModuleType, hall: Any
) -> None:
    async with hands.console(browser, house, hall.url) as page, await browser.new_context(locale="uk") as other:
        await page.locator("[data-desk='5']").focus()
        await page.keyboard.press("Enter")
        await page.locator("dialog[open] button", has_text=re.compile("Під’єднати")).click()
        shown = page.locator(".enrol-code")
        try:
            await shown.wait_for()
        except NotThere:
            raise AssertionError(await page.locator("dialog").inner_text()) from None
        code = await shown.inner_text()
        assert await hands.text(page, ".enrol-address") == f"{hall.url}/terminal"
        seat = await other.new_page()
        await seat.goto(f"{hall.url}/terminal")
        await seat.fill("#code", "wrong")
        await seat.keyboard.press("Enter")
        await seat.locator("[role=alert]", has_text=re.compile("код.не.діє")).wait_for()
        await seat.locator("#connect:not([disabled])").wait_for()  # the page's script makes the key
        await seat.fill("#code", code)
        await seat.keyboard.press("Enter")
        await seat.locator("#desk-no", has_text="5").wait_for()
        await shown.wait_for(state="detached")  # it works once
        await page.locator("dialog[open] .soft", has_text=re.compile(r"· Термінал.на.зв’язку")).wait_for()
        revoke = page.locator("dialog[open] button", has_text=re.compile("Відкликати.ключ"))
        await revoke.click()
        await page.locator("dialog[open] button", has_text=re.compile("Місце.не.зможе")).click()
        await seat.locator("#code").wait_for()


async def test_console_without_the_hall_says_so_and_offers_no_act(
    browser: Browser, house: ModuleType, hands: ModuleType, hall: Any, network: Any
) -> None:
    async with hands.console(browser, house, hall.url) as page:
        await network.attach(page, "/ws/console")
        await page.reload()
        await hands.main_act(page, "Відкрити засідання")
        network.cut()
        await page.locator("#guard.is-inverted").wait_for(timeout=20_000)
        assert (await hands.text(page, "#guard")).startswith("Немає зв’язку з сервером.")
        assert await page.locator(".main-act").is_disabled()
        await page.keyboard.press("KeyE")
        network.mend()
        await page.locator(".main-act:not([disabled])").wait_for(timeout=15_000)
        assert hall.hall.chamber(house.SITTING).data.record is None


async def test_refused_act_is_said_in_the_guard_line(
    browser: Browser, house: ModuleType, hands: ModuleType, hall: Any
) -> None:
    async with house.clerk(hall.url) as clerk:
        await house.open_sitting(clerk)
        async with hands.console(browser, house, hall.url) as page:
            await hands.main_act(page, "Відкрити голосування")
            await page.evaluate(
                """() => {
                    const real = WebSocket.prototype.send;
                    WebSocket.prototype.send = function (text) {
                        real.call(this, text.replace('"vote_n":1', '"vote_n":7'));
                    };
                }"""
            )
            await page.keyboard.press("KeyD")
            await page.locator("#guard.is-inverted").wait_for()
            assert (await hands.text(page, "#guard")).startswith("Не виконано: наступне голосування має номер 1.")


async def test_what_people_typed_is_never_markup(stages: ModuleType) -> None:
    """Neither HTML nor the catalogue's own stars."""
    async with stages.stage() as stage:
        shown = await stage.page.evaluate(
            """async () => {
                const { rich } = await import("/static/words.js");
                const box = document.createElement("p");
                box.append(...rich("guard_voided", { reason: "*a* <img>" }));
                return [box.textContent.replaceAll("\u00a0", " "), box.children.length];
            }"""
        )
        assert shown == ["Голосування недійсне: *a* <img>", 1]


async def test_sign_in_pages_say_what_is_wrong_without_script(
    browser: Browser, house: ModuleType, hands: ModuleType, hall: Any
) -> None:
    async with await browser.new_context(java_script_enabled=False, locale="uk") as context:
        page = await context.new_page()
        await page.goto(f"{hall.url}/console")
        assert page.url.startswith(f"{hall.url}/login")
        await page.fill("#name", house.CLERK)
        await page.fill("#password", secrets.token_hex(4))
        await page.keyboard.press("Enter")
        assert await hands.text(page, "[role=alert]") == "Ім’я або пароль неправильні."
        assert await page.input_value("#name") == house.CLERK
        await page.locator("a[hreflang=en]").click()
        assert await hands.text(page, "h1") == "Sign-in for staff"
