"""One page of a browser, used again and again, and a server of the hall's files: a window of its own for every look
costs more than the look."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from council.protocol import ConsoleChoices, ConsoleState, Pong, Welcome, encode
from tests.serving import serving
from voting.entries import stamp

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, WebSocketRoute

VIEWPORT = {"width": 1280, "height": 800}


class Stage:
    """One page and the line to it. `acts`: what the page has sent, without Hello and Ping."""

    page: Page

    def __init__(self, welcome_: Welcome, choices: ConsoleChoices) -> None:
        self.welcome = welcome_
        self.choices = choices
        self.acts: list[dict[str, Any]] = []
        self.answers = True
        self._line: WebSocketRoute | None = None
        self._state: ConsoleState | None = None

    def show(self, state: ConsoleState) -> None:
        self._state = state
        if self._line is not None:
            self._line.send(encode(state))

    async def drawn(self) -> None:
        """What was shown last is on the screen."""
        await self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def send(self, message: dict[str, Any]) -> None:
        assert self._line is not None
        self._line.send(json.dumps(message))

    def attach(self, line: WebSocketRoute) -> None:
        self._line = line

        def heard(frame: str | bytes) -> None:
            message = json.loads(frame)
            if message["type"] == "Hello":
                line.send(encode(self.welcome))
                line.send(encode(self.choices))
                if self._state is not None:
                    line.send(encode(self._state))
            elif message["type"] == "Ping":
                if self.answers:
                    line.send(encode(Pong(t=message["t"], server_time=stamp(datetime.now(UTC)))))
            else:
                self.acts.append(message)

        line.on_message(heard)

    def done(self, **fields: Any) -> None:
        """The last act holds."""
        self.send({"type": "Done", "act": self.acts[-1]["act"], "proposal": None} | fields)

    def refused(self, text: str, code: str = "x") -> None:
        self.send({"type": "Refused", "code": code, "text": text, "boot": None, "n": None, "act": self.acts[-1]["act"]})


class Theatre:
    """What is played now: `html` is its document, `attach` takes the page's websocket. One play at a time."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.html = ""
        self.attach: Callable[[WebSocketRoute], None] | None = None
        self._browser = browser
        self._page: Page | None = None

    def stage(self, welcome: Welcome, choices: ConsoleChoices) -> Stage:
        return Stage(welcome, choices)

    async def answer(self, request: Request) -> HTMLResponse:
        return HTMLResponse(self.html, headers={"cache-control": "no-store"})

    @asynccontextmanager
    async def playing(
        self,
        html: str,
        attach: Callable[[WebSocketRoute], None],
        *,
        viewport: Any = VIEWPORT,
        color_scheme: Any = "light",
        locale: str = "uk",
    ) -> AsyncIterator[Page]:
        """The page at about:blank, to be led to `url`; afterwards it is blank again."""
        assert self.attach is None
        self.html, self.attach = html, attach
        if self._page is None:
            self._page = await (await self._browser.new_context(locale="uk")).new_page()
            await self._page.route_web_socket("**/ws/**", self._connected)
        page, other = self._page, None
        try:
            if locale != "uk":
                other = await self._browser.new_context(locale=locale)
                page = await other.new_page()
                await page.route_web_socket("**/ws/**", self._connected)
            await page.set_viewport_size(viewport)
            await page.emulate_media(color_scheme=color_scheme)
            yield page
        finally:
            self.attach = None
            if other is not None:
                await other.close()
            else:
                await page.evaluate("sessionStorage.clear()")
                await page.goto("about:blank")

    def _connected(self, line: WebSocketRoute) -> None:
        if self.attach is not None:
            self.attach(line)

    async def close(self) -> None:
        if self._page is not None:
            await self._page.context.close()


@asynccontextmanager
async def theatre(browser: Browser, static: Path) -> AsyncIterator[Theatre]:
    """static: the folder served as /static/."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    made = Theatre(browser, f"http://127.0.0.1:{sock.getsockname()[1]}")
    routes = [Mount("/static", StaticFiles(directory=static)), Route("/console", made.answer)]
    app = Starlette(routes=[*routes, Route("/chair", made.answer)])
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=2)
    async with serving(config, sock):
        try:
            yield made
        finally:
            await made.close()
