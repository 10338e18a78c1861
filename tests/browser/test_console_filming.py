"""A closed part on the console, with a played hall: the band that names the cameras, the dialog, and the act that ends
it."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from council.state_parts import CameraStop, ClosedView

if TYPE_CHECKING:
    from types import ModuleType

SHOTS = os.environ.get("HLASNO_SHOTS")  # a folder: what was seen is kept there
FRESH_S = 1.2
SINCE = "2026-03-01T08:31:05.000Z"


async def shot(page: Any, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png")


async def sent(stage: Any, type_: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while not (stage.acts and stage.acts[-1]["type"] == type_):
            await asyncio.sleep(0.02)
    return {name: value for name, value in stage.acts[-1].items() if name not in ("type", "act")}


async def words(page: Any, selector: str) -> str:
    return (await page.locator(selector).inner_text()).replace("\u00a0", " ").replace("\n", " ")


async def test_closed_part_is_begun_with_its_ground_and_stands_over_everything_until_it_is_ended(
    stages: ModuleType, barriers: Any
) -> None:
    async with stages.stage(first=stages.opened()) as stage:
        page = stage.page
        await page.locator("#acts > *").first.wait_for()
        assert await page.locator("#closed").is_hidden()
        await asyncio.sleep(FRESH_S)
        await page.keyboard.press("Shift+KeyA")  # «⇧Ф»
        await page.locator("#field-ground").wait_for()
        await page.locator("#dialog-body .filled").click()
        assert await words(page, "#error-reason") == "Напишіть причину: вона увійде до запису."
        await page.locator("#field-ground").select_option("mayor")
        assert await page.locator("#field-reason").is_hidden()
        await page.locator("#field-ago").select_option("30")
        await shot(page, "console-pause-dialog")
        assert await barriers(page) == []
        await page.locator("#dialog-body .filled").click()
        assert await sent(stage, "PauseFilming") == {"ground": "mayor", "reason": None, "seconds_ago": 30}
        stage.done()
        films = ClosedView(
            SINCE, "повноваження голови", "ст. 59 ч. 3", (CameraStop("Зала", False), CameraStop("Балкон", True))
        )
        stage.show(stages.opened(closed=films))
        band = page.locator("#closed.is-filming")
        await band.wait_for()
        alarm = "КАМЕРИ ЩЕ ЗНІМАЮТЬ: Зала. Зачекайте; якщо так і лишиться, закрийте об’єктиви."
        assert await words(page, "#closed [role=alert]") == alarm
        assert await barriers(page) == []
        await shot(page, "console-still-filming")
        quiet = ClosedView(
            SINCE, films.reason, films.source, tuple(CameraStop(one.name, True) for one in films.cameras)
        )
        stage.show(stages.state(closed=quiet))
        await page.locator("#closed [role=status]", has_text="Зупинено всі 2 камери.").wait_for()
        head = "Закрита частина з 10:31:05: повноваження голови (ст. 59 ч. 3)."
        assert await words(page, "#closed [role=status] >> nth=0") == head
        assert await barriers(page) == []
        await asyncio.sleep(FRESH_S)
        await shot(page, "console-closed-part")
        await page.keyboard.press("Shift+KeyA")
        await page.locator("#acts .is-confirm, #closed .is-confirm").first.wait_for()
        await asyncio.sleep(FRESH_S)
        await page.keyboard.press("Shift+KeyA")
        assert await sent(stage, "ResumeFilming") == {}
        stage.done()
        stage.show(stages.state())
        await page.locator("#closed").wait_for(state="hidden")


async def test_closed_part_without_a_ground_in_the_rules_is_typed(stages: ModuleType) -> None:
    async with stages.stage(first=stages.state()) as stage:
        page = stage.page
        await page.locator("#acts > *").first.wait_for()
        await asyncio.sleep(FRESH_S)
        await page.keyboard.press("Shift+KeyA")
        await page.locator("#field-reason").fill("персональні дані")
        assert "Цю причину побачать усі, і вона лишиться в записі." in await words(page, "#dialog-body")
        await page.keyboard.press("Enter")
        assert await sent(stage, "PauseFilming") == {"ground": None, "reason": "персональні дані", "seconds_ago": 0}


async def test_narrow_console_keeps_the_band_and_its_act_in_sight(stages: ModuleType, fits: Any) -> None:
    films = ClosedView(SINCE, "повноваження голови", "ст. 59 ч. 3", (CameraStop("Зала", False),))
    first = stages.state(closed=films)
    async with stages.stage(first=first, viewport={"width": 360, "height": 740}) as stage:
        await stage.page.locator("#closed.is-filming").wait_for()
        await shot(stage.page, "console-closed-360")
        assert await stage.page.locator("#closed [data-act=resume_filming]").is_visible()
        scrolled = "() => document.documentElement.scrollWidth <= innerWidth"
        assert await stage.page.evaluate(scrolled)


async def test_chair_sees_the_band_too_and_without_the_act(stages: ModuleType, barriers: Any) -> None:
    films = ClosedView(SINCE, "повноваження голови", None, (CameraStop("Зала", False),))
    first = stages.state(closed=films)
    async with stages.stage(
        "chair", first=first, hello=stages.welcome("chair"), viewport={"width": 360, "height": 740}
    ) as stage:
        await stage.page.locator("#closed.is-filming").wait_for()
        assert (await words(stage.page, "#closed")).startswith("КАМЕРИ ЩЕ ЗНІМАЮТЬ: Зала.")
        assert await stage.page.locator("#closed button").count() == 0
        assert await barriers(stage.page) == []
