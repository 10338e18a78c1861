"""Staff who sign in, and a seat that makes its key, in Chromium: passkeys, codes, enrolment; at 360 px and at 1280."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

    from tests.conftest import TestDatabase


@pytest.fixture
async def strict(db: TestDatabase, house: ModuleType) -> AsyncIterator[Any]:
    """A hall that demands the second factor, with an administrator."""
    await house.furnish(db.database("hall"), 3)
    connection = await db.database("hall").connect()
    await house.add_staff(connection, "admin", "Адміністратор", "administrator")
    await connection.close()
    async with house.running(db.database("hall"), second_factor_required=True) as running:
        yield running


@asynccontextmanager
async def visitor(browser: Browser, width: int = 1280) -> AsyncIterator[Page]:
    """A new browser window. What its console says against the page's policy fails the test."""
    async with await browser.new_context(viewport={"width": width, "height": 800}, locale="uk") as context:
        page = await context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
        yield page
        assert said == []


async def password(page: Page, url: str, name: str, word: str, lang: str = "en") -> None:
    await page.goto(f"{url}/login?lang={lang}")
    await page.fill("#name", name)
    await page.fill("#password", word)
    await page.keyboard.press("Enter")


async def code_shown(page: Page) -> str:
    return pyotp.TOTP((await page.locator("#totp-secret").inner_text()).replace(" ", "")).now()


# --- passkeys -------------------------------------------------------------------------------------------------------


async def security_key(context: BrowserContext, page: Page) -> tuple[Any, str]:
    """A virtual authenticator that touches itself."""
    devtools = await context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, made["authenticatorId"]


async def test_clerk_makes_a_passkey_and_signs_in_with_it(browser: Browser, strict: Any, house: ModuleType) -> None:
    url = f"http://localhost:{strict.port}"
    async with visitor(browser) as page:
        devtools, authenticator = await security_key(page.context, page)
        await password(page, url, "clerk", house.PASSWORD)
        await page.wait_for_url("**/login/set-up")
        await page.click("#passkey")
        await page.wait_for_url("**/console")
        kept = await devtools.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
        assert [key["rpId"] for key in kept["credentials"]] == ["localhost"]
        await page.context.clear_cookies()
        await password(page, url, "clerk", house.PASSWORD)
        await page.wait_for_url("**/login/factor")
        await page.click("#passkey")
        await page.wait_for_url("**/console")


async def test_passkey_that_is_not_there_is_said_and_the_page_goes_on(
    browser: Browser, strict: Any, house: ModuleType
) -> None:
    url = f"http://localhost:{strict.port}"
    async with visitor(browser) as page:
        devtools, authenticator = await security_key(page.context, page)
        await password(page, url, "clerk", house.PASSWORD)
        await page.wait_for_url("**/login/set-up")
        await page.click("#passkey")
        await page.wait_for_url("**/console")
        await page.context.clear_cookies()
        await devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": authenticator})
        await security_key(page.context, page)  # another key, that does not know this hall
        await password(page, url, "clerk", house.PASSWORD)
        await page.wait_for_url("**/login/factor")
        await page.click("#passkey")
        await page.wait_for_selector("#error:visible")
        assert "The passkey was not used." in await page.inner_text("#error")
        assert await page.is_enabled("#passkey")


# --- codes, by keyboard alone ---------------------------------------------------------------------------------------


async def test_clerk_signs_in_with_codes_by_keyboard(
    browser: Browser, strict: Any, house: ModuleType, fits: Any
) -> None:
    async with visitor(browser, 360) as page:
        await password(page, strict.url, "clerk", house.PASSWORD, "uk")
        await page.wait_for_url("**/login/set-up")
        await fits(page)
        size = await page.locator(".picture").evaluate("image => [image.naturalWidth, image.complete]")
        assert size[0] > 100 and size[1]
        await page.focus("#code")
        await page.keyboard.type(await code_shown(page))
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/console")
        await page.goto(f"{strict.url}/account")
        await fits(page)
        await page.context.clear_cookies()
        await password(page, strict.url, "clerk", house.PASSWORD, "uk")
        await page.wait_for_url("**/login/factor")
        assert await page.evaluate("document.activeElement.id") == "code"
        await fits(page)
        await page.keyboard.type("000000")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".error:visible")
        assert "не прийнято" in await page.inner_text("#error")


async def test_pages_of_the_staff_fit_and_have_no_barrier(
    browser: Browser, strict: Any, house: ModuleType, fits: Any
) -> None:
    async with visitor(browser, 360) as page:
        await password(page, strict.url, "admin", house.PASSWORD, "uk")
        await page.wait_for_url("**/login/set-up")
        await page.fill("#code", await code_shown(page))
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/staff")
        for name, typed in (("id", "maria"), ("name", "Марія Прикладенко"), ("password", "a long password")):
            await page.fill(f"#new-{name}", typed)
        await page.fill("#own-new", house.PASSWORD)
        await page.click("button[value=add]")
        await page.wait_for_url("**/staff?saved=1")
        await page.click("summary >> nth=0")
        await fits(page)
        await page.goto(f"{strict.url}/staff/members")
        await page.fill("#pin", "4711")
        await page.click("main .act >> nth=0")
        await page.wait_for_url("**saved=1")
        await fits(page)
        async with asyncio.timeout(20):
            while True:
                await page.goto(f"{strict.url}/audit")
                if await page.get_by_text("Змінити картку чи PIN депутата").count():
                    break
        await fits(page)
        cells = await page.locator("tbody tr >> nth=0").inner_text()
        assert re.search(r"Змінити картку чи PIN депутата\s+\w+-000\d Ім’я: PIN\s+виконано", cells)


# --- enrolment ------------------------------------------------------------------------------------------------------


async def test_seat_makes_its_key_and_links_up(browser: Browser, strict: Any, house: ModuleType, fits: Any) -> None:
    code, _ = await strict.hall.access.make_enrolment(house.BODY, 2, "clerk", datetime.now(UTC))
    async with visitor(browser, 360) as page:
        await page.goto(f"{strict.url}/terminal?code={code}&lang=uk")
        await fits(page)
        await page.wait_for_selector("#connect:enabled")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/terminal")
        await page.wait_for_selector("#link.is-up")
        terminal = await strict.hall.access.terminal_of(
            next(cookie["value"] for cookie in await page.context.cookies() if cookie["name"] == "terminal")
        )
        kept = await page.evaluate(KEPT)
        assert kept == [{"name": terminal.public_key, "extractable": False, "usages": ["sign"]}]
        await page.reload()
        await page.wait_for_selector("#link.is-up")


KEPT = """async () => {
  const opening = indexedDB.open("hlasno", 1);
  await new Promise((done) => (opening.onsuccess = done));
  const store = opening.result.transaction("keys").objectStore("keys");
  const names = store.getAllKeys();
  const keys = store.getAll();
  await new Promise((done) => (store.transaction.oncomplete = done));
  return keys.result.map((key, i) => ({ name: names.result[i], extractable: key.extractable, usages: key.usages }));
}"""


async def test_wrong_or_expired_code_keeps_the_page_and_says_so(
    browser: Browser, strict: Any, house: ModuleType
) -> None:
    async with visitor(browser) as page:
        await page.goto(f"{strict.url}/terminal?lang=en")
        await page.fill("#code", "WRONG-CODE1")
        await page.wait_for_selector("#connect:enabled")
        await page.click("#connect")
        await page.wait_for_selector("#error:visible")
        assert "This code is not valid" in await page.inner_text("#error")
        assert await page.input_value("#code") == "WRONG-CODE1"
        made = datetime.now(UTC)
        old, _ = await strict.hall.access.make_enrolment(house.BODY, 2, "clerk", made - timedelta(minutes=10))
        good, _ = await strict.hall.access.make_enrolment(house.BODY, 2, "clerk", made)
        await page.fill("#code", old)
        await page.wait_for_selector("#connect:enabled")
        await page.click("#connect")
        await page.wait_for_selector("#error:has-text('This code has expired')")
        assert await page.input_value("#code") == ""
        await page.wait_for_selector("#connect:enabled")
        await page.keyboard.type(good)  # the field has the keyboard
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#link.is-up")


async def test_code_sent_before_the_script_is_there_waits_for_it(browser: Browser, strict: Any) -> None:
    """Enter on a slow line: a form without a key would be refused."""
    async with visitor(browser) as page:
        arrives = asyncio.Event()

        async def late(route: Any) -> None:
            await arrives.wait()
            await route.continue_()

        await page.route("**/static/enrol.js", late)
        await page.goto(f"{strict.url}/terminal?lang=en", wait_until="commit")
        await page.fill("#code", "WRONG-CODE1")
        await page.keyboard.press("Enter")
        arrives.set()
        await page.wait_for_selector("#connect:enabled")
        assert page.url.endswith("/terminal?lang=en")
        assert not await page.is_visible("#error")


async def test_page_without_encryption_says_why_no_key_can_be_made(browser: Browser, strict: Any, fits: Any) -> None:
    """A secure context is https or this machine; a name of the network by http is neither."""
    async with visitor(browser) as page:
        await page.route("http://zala.test/**", lambda route: relayed(route, strict.port))
        await page.goto("http://zala.test/terminal?lang=en")
        await page.wait_for_selector("#error:visible")
        assert "without encryption" in await page.inner_text("#error")
        assert await page.is_disabled("#connect")
        await fits(page)


async def relayed(route: Any, port: int) -> None:
    """The hall under another name."""
    url = route.request.url.replace("http://zala.test", f"http://127.0.0.1:{port}")
    await route.fulfill(response=await route.fetch(url=url))


async def test_seat_whose_key_is_gone_is_told_to_ask_for_a_code(
    browser: Browser, strict: Any, house: ModuleType
) -> None:
    async with visitor(browser) as page:
        await page.context.add_cookies([{"name": "terminal", "value": house.key(2), "url": strict.url}])
        await page.goto(f"{strict.url}/terminal?lang=en")
        await page.wait_for_url("**/terminal?key=lost")
        assert "has lost the key of its seat" in await page.inner_text("#error")
