"""The whole house as a newcomer starts it: `council demo`, seen from outside by a browser, a file and a signal."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.async_api import Browser, Page

from council.importing.drohobych import shipped
from council.importing.replay import scripted_presses
from hardware.burnt_clock import read
from tests.ports import free_ports

SITTING = "drohobych-council-2017-11-22"
START_SECONDS = 60
SITTING_SECONDS = 200  # and the time limit of a test is longer, so that the house is told to end
ONCE_SECONDS = 150
STOP_SECONDS = 60


@dataclass
class Demo:
    """A running demo and what it has printed."""

    port: int
    folder: Path
    process: asyncio.subprocess.Process
    printed: list[str] = field(default_factory=list)

    @property
    def public(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def hall(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def sitting(self) -> str:
        return f"{self.public}/sittings/{SITTING}"

    async def until(self, words: str, seconds: float) -> str:
        """The printed line with these words."""
        async with asyncio.timeout(seconds):
            while True:
                for line in self.printed:
                    if words in line:
                        return line
                assert self.process.returncode is None, self.printed
                await asyncio.sleep(0.05)

    async def get(self, address: str) -> bytes:
        return await asyncio.to_thread(_get, address)

    async def vote(self, n: int) -> dict[str, Any]:
        vote: dict[str, Any] = json.loads(await self.get(f"{self.sitting}/votes/{n}.json"))
        return vote

    async def opened(self) -> None:
        """The sitting has been opened: its page is the live page."""
        async with asyncio.timeout(START_SECONDS):
            while json.loads(await self.get(f"{self.sitting}.json"))["state"] == "planned":
                await asyncio.sleep(0.05)

    async def finished(self) -> None:
        await self.until("The house stays up", SITTING_SECONDS)
        assert any("all as in the source" in line for line in self.printed), "\n".join(self.printed)

    def part(self, name: str) -> int:
        """The process id of one part of this house."""
        wanted = f"-m\0council\0{name}\0--config\0{self.folder / 'council.toml'}".encode()
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                with contextlib.suppress(OSError):
                    if wanted in (process / "cmdline").read_bytes():
                        return int(process.name)
        raise LookupError(name)


def _get(address: str) -> bytes:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(address, timeout=10) as answer:
        body: bytes = answer.read()
        return body


@contextlib.asynccontextmanager
async def running(folder: Path, *arguments: str) -> AsyncIterator[Demo]:
    """A demo. Afterwards it is gone, whatever happened, or the test fails with what it said."""
    port, said = free_ports(3), folder.parent / "demo.err"
    with said.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "council", "demo", "--port", str(port), "--data", str(folder), *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    demo = Demo(port, folder, process)
    listening = asyncio.create_task(listen(demo))
    try:
        yield demo
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        stopped = process.returncode
        if stopped is None:
            process.kill()  # its parts are interrupted by the kernel
            await process.wait()
        await asyncio.wait({listening}, timeout=10)  # a part that it left behind may still hold the line
        ended = listening.done()
        listening.cancel()
        assert (stopped, ended) == (0, True), f"{demo.printed}\n{said.read_text()[-3000:]}"


async def listen(demo: Demo) -> None:
    assert demo.process.stdout is not None
    async for line in demo.process.stdout:
        demo.printed.append(line.decode().rstrip())


@pytest.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """One demo for the tests of this module, which run in their order while its sitting goes on."""
    async with running(tmp_path_factory.mktemp("demo") / "data", "--speed", "4") as demo:
        await demo.until("Ready after", START_SECONDS)
        yield demo


async def test_demo_started_is_ready_within_ten_seconds(demo: Demo, regenerate: bool) -> None:
    """Where nothing else runs; beside other tests it takes what it takes."""
    line = await demo.until("Ready after", 1)
    ready = re.search(r"after ([\d.]+) s", line)
    assert ready is not None and float(ready.group(1)) < (10 if regenerate else START_SECONDS)


async def test_live_page_left_open_fills_itself_with_every_name(demo: Demo, browser: Browser) -> None:
    page = await (await browser.new_context(locale="uk-UA")).new_page()
    problems = watch(page)
    await demo.opened()
    await page.goto(demo.sitting)
    await page.evaluate("window.untouched = true")
    await page.get_by_text("19 «за»").first.wait_for(timeout=60_000)
    assert await page.evaluate("window.untouched"), "the page was loaded again"
    vote = await demo.vote(1)
    text = (await page.inner_text("main")).replace("\u00a0", " ")
    assert [line["name"] for line in vote["roll"] if line["name"].split()[0] not in text] == []
    assert problems == []
    await page.context.close()


async def test_hall_killed_in_mid_vote_is_a_moment_of_reconnecting_on_an_open_terminal(
    demo: Demo, browser: Browser
) -> None:
    code = (await demo.until("/terminal?code=", 1)).split("code=")[1]
    page = await (await browser.new_context(locale="uk-UA", viewport={"width": 1280, "height": 800})).new_page()
    await page.goto(f"{demo.hall}/terminal?code={code}")
    await page.locator("form button").click()
    await page.get_by_text("На зв’язку").first.wait_for()
    await page.evaluate(NOTE_EACH_LINK_STATE)
    killed = demo.part("hall")
    os.kill(killed, signal.SIGKILL)
    async with asyncio.timeout(30):
        while (states := await page.evaluate("() => window.states"))[-1:] != ["На зв’язку"]:
            await asyncio.sleep(0.05)
    assert "Немає зв’язку" in states and demo.part("hall") != killed
    await page.context.close()


# Gone if the page is loaded again.
NOTE_EACH_LINK_STATE = """() => {
    const word = document.querySelector("#link-word");
    window.states = [];
    const note = () => window.states.push(word.textContent.replace(/\\s/g, " "));
    new MutationObserver(note).observe(word, {childList: true, subtree: true, characterData: true});
}"""


async def test_recorder_killed_in_mid_sitting_starts_a_new_run_and_the_sitting_goes_on(demo: Demo) -> None:
    killed = demo.part("record")
    os.kill(killed, signal.SIGKILL)
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(LookupError):
                if demo.part("record") != killed:
                    break
            await asyncio.sleep(0.1)
    await demo.finished()
    manifest = json.loads(await demo.get(f"{demo.sitting}/video.json?camera=hall-1"))
    assert len(manifest["runs"]) >= 2


async def test_sitting_played_to_its_end_published_what_the_source_says(demo: Demo) -> None:
    await demo.finished()
    for n, options in enumerate(scripted_presses(shipped("2017-11-22.json")), 1):
        vote = await demo.vote(n)
        published = {line["member_id"]: line["option"] for line in vote["roll"]}
        assert published == {**options, "1008": "no_record"}
        assert (vote["result"], vote["tally"]["no_record"], vote["tally"]["absent"]) == ("adopted", 1, 0)
        assert vote["requirement"]["needed"] == 19
        assert vote["replay"]["original_at"].startswith("2017-11-22T08:")


async def test_vote_page_button_pressed_plays_the_second_of_opening(demo: Demo, browser: Browser) -> None:
    await demo.finished()
    page = await (await browser.new_context(locale="uk-UA")).new_page()
    problems = watch(page)
    for n in (1, 4, 6):
        vote = await demo.vote(n)
        await page.goto(f"{demo.public}{vote['video']['url']}")
        burnt = await burnt_clock(page)
        offset = (burnt - datetime.fromisoformat(vote["opened_at"])).total_seconds()
        assert abs(offset) < 1.0, f"vote {n}: {offset:+.3f} s"
    await page.locator(".clip-card summary").click()
    await page.get_by_role("button", name="Виготовити", exact=True).click()
    await page.get_by_text("Фрагмент готовий.").wait_for()
    assert problems == []
    await page.context.close()


async def burnt_clock(page: Page) -> datetime:
    """The clock in the first picture that the page's player shows: it is stopped there."""
    await page.wait_for_selector(".player")
    if not await page.query_selector(".player video"):
        await page.locator(".player a, .player button").first.click()
    async with asyncio.timeout(20):  # the page's policy forbids what wait_for_function does
        while not await page.evaluate("() => document.querySelector('.player video')?.readyState >= 2"):
            await asyncio.sleep(0.05)
    picture = await page.evaluate(
        """() => {
            const video = document.querySelector('.player video');
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
            canvas.getContext('2d').drawImage(video, 0, 0);
            return canvas.toDataURL('image/png').split(',')[1];
        }"""
    )
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(picture), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return read(pixels.astype(np.uint8))[0]


async def test_export_downloaded_verifies_with_python_alone(demo: Demo, tmp_path: Path) -> None:
    await demo.finished()
    export = tmp_path / "export.jsonl"
    export.write_bytes(await demo.get(f"{demo.public}/ledger/export.jsonl"))
    verify = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-I", "-S", "-c", VERIFY, str(Path(__file__).parents[2]), "verify", str(export)],
        capture_output=True,
        text=True,
    )
    assert verify.returncode == 0, verify.stdout + verify.stderr
    assert "102 votes" in verify.stdout


VERIFY = "import sys; sys.path.insert(0, sys.argv.pop(1)); from voting.__main__ import main; sys.exit(main())"


async def test_demo_once_ends_with_zero_and_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://council@127.0.0.1:1/its_own_ledger")  # is left alone
    async with running(tmp_path / "data", "--once", "--speed", "20") as demo, asyncio.timeout(ONCE_SECONDS):
        await demo.process.wait()
    assert "6 votes, 37 names each: all as in the source, each with its video." in demo.printed
    for name in ("hall", "public", "record"):
        with pytest.raises(LookupError):
            demo.part(name)


def watch(page: Page) -> list[str]:
    """What the browser complains of, kept up to date."""
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    return problems
