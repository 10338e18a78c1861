"""The demo's clerk: the acts of a sitting, played over the console's own socket by a script that looks at the state and
does the next act. Whatever was cut off in between, it goes on from where the hall is."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import http.cookies
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from council.protocol import (
    MAX_STATE_BYTES,
    PROTOCOL,
    ConsoleState,
    Done,
    Hello,
    Ping,
    Refused,
    decode_to_console,
    encode,
)
from council.protocol_acts import (
    Act,
    AnnounceResult,
    CallItem,
    CloseSitting,
    CloseVote,
    OpenSitting,
    OpenVote,
)

log = logging.getLogger(__name__)

PING_SECONDS = 1.0
RETRY_SECONDS = 0.5


class DemoFailed(Exception):
    """The demo cannot go on; the text says why."""


class SignInFailed(DemoFailed):
    """The hall did not take the demo's own password: the text says what it answered."""


class _Form(HTMLParser):
    """The hidden token of the sign-in form."""

    token = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = dict(attrs)
        if tag == "input" and fields.get("name") == "csrf":
            self.token = fields.get("value") or ""


def sign_in(hall_url: str, staff: str, password: str) -> str:
    """The Cookie header of a new login, by the same form a clerk uses. Blocks; raises SignInFailed or OSError."""
    parts = urlsplit(hall_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", "/login")
        answer = connection.getresponse()
        cookies = http.cookies.SimpleCookie()
        for value in answer.headers.get_all("set-cookie", []):
            cookies.load(value)
        form = _Form()
        form.feed(answer.read().decode())
        jar = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
        connection.request(
            "POST",
            "/login",
            urlencode({"csrf": form.token, "name": staff, "password": password}),
            {"Content-Type": "application/x-www-form-urlencoded", "Cookie": jar, "Origin": hall_url},
        )
        answer = connection.getresponse()
        answer.read()
        for value in answer.headers.get_all("set-cookie", []):
            cookies.load(value)
        if "login" not in cookies or answer.status not in (302, 303):
            raise SignInFailed(f"the hall answered {answer.status} to the demo's own sign-in")
        return f"login={cookies['login'].value}"
    finally:
        connection.close()


class Console:
    """A console without a screen: keeps its line up, knows the latest state, repeats an act until it is answered."""

    def __init__(self, hall_url: str, cookie: str, sitting: str) -> None:
        self.state: ConsoleState | None = None
        self._origin = hall_url
        self._url = f"{hall_url.replace('http', 'ws', 1)}/ws/console?sitting={sitting}"
        self._cookie = cookie
        self._changed = asyncio.Event()
        self._waiting: dict[str, tuple[Act, asyncio.Future[Refused | None]]] = {}
        self._send: Callable[[str], Awaitable[None]] | None = None

    async def run(self) -> None:
        """For as long as the console is open."""
        while True:
            try:
                async with connect(
                    self._url,
                    additional_headers={"Cookie": self._cookie},
                    origin=self._origin,  # type: ignore[arg-type]
                    compression=None,
                    ping_interval=None,
                    max_size=MAX_STATE_BYTES,
                    proxy=None,
                ) as socket:
                    await socket.send(encode(Hello(protocol=PROTOCOL)))
                    self._send = socket.send
                    for act, _ in list(self._waiting.values()):
                        await socket.send(encode(act))
                    pinging = asyncio.create_task(self._ping(socket))
                    try:
                        await self._listen(socket)
                    finally:
                        pinging.cancel()
                        await asyncio.wait({pinging})
            except (OSError, WebSocketException) as error:
                log.info("console_reconnects error=%s", type(error).__name__)
            self._send = None
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, socket: object) -> None:
        async for frame in socket:  # type: ignore[attr-defined]
            message = decode_to_console(frame)
            match message:
                case ConsoleState():
                    self.state = message
                    self._changed.set()
                    self._changed = asyncio.Event()
                case Done(act=act) if act in self._waiting:
                    self._waiting.pop(act)[1].set_result(None)
                case Refused(act=str(act)) if act in self._waiting:
                    self._waiting.pop(act)[1].set_result(message)
        raise ConnectionError("the hall closed the line")

    async def _ping(self, socket: object) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError, WebSocketException):  # who listens hears of it too
            while True:
                await asyncio.sleep(PING_SECONDS)
                await socket.send(encode(Ping(t=loop.time())))  # type: ignore[attr-defined]

    async def until(self, holds: Callable[[ConsoleState], bool]) -> ConsoleState:
        """Wait for a state of which `holds` is true."""
        while self.state is None or not holds(self.state):
            await self._changed.wait()
        return self.state

    async def act(self, act: Act) -> Refused | None:
        """Done: None. Waits through every cut; an act is safe to repeat."""
        future: asyncio.Future[Refused | None] = asyncio.get_running_loop().create_future()
        self._waiting[act.act] = (act, future)
        if self._send is not None:
            try:
                await self._send(encode(act))
            except (OSError, WebSocketException):
                log.info("act_waits act=%s", type(act).__name__)
        return await future


@dataclass(frozen=True, slots=True)
class Pace:
    """How the demo's clerk takes time; all divided by `speed`. Seconds."""

    speed: float = 1.0
    vote: float = 20.0  # from opening to closing
    least_limit: int = 6  # a printed time limit is never shorter, so that no press comes too late
    after_call: float = 3.0
    before_announcement: float = 3.0
    after_announcement: float = 7.0  # the wall shows the roll

    def limit_seconds(self) -> int:
        return max(self.least_limit, round(self.vote / self.speed))

    async def rest(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)


async def conduct(console: Console, pace: Pace, expected: int, pressed: Callable[[int], Awaitable[None]]) -> None:
    """Take the sitting from where it stands to its end.

    expected: members to wait for before the first item. pressed: called with a vote's number when it is open, returns
    when every press that the record knows is recorded. The vote closes by its time limit, or, where the pace is faster
    than the shortest limit, by the clerk."""
    while True:
        state = await console.until(lambda _: True)
        vote = state.vote
        if state.sitting.state == "planned":
            await done(console.act(OpenSitting(act=act_id())))
            await console.until(lambda s: s.sitting.state != "planned")
        elif state.sitting.state == "closed":
            return
        elif vote is not None and vote.state == "open":
            await pressed(vote.n)
            await pace.rest(pace.vote / 4)
            if pace.vote / pace.speed < pace.least_limit:
                await done(console.act(CloseVote(act=act_id(), vote_n=vote.n)))
            await console.until(lambda s: s.vote is not None and s.vote.state != "open")
        elif vote is not None and vote.state == "closed":
            await pace.rest(pace.before_announcement)
            await done(console.act(AnnounceResult(act=act_id(), vote_n=vote.n)))
            await console.until(lambda s: s.vote is not None and s.vote.state == "announced")
            await pace.rest(pace.after_announcement)
        elif state.present < expected and state.agenda[0].state != "done":
            await console.until(lambda s: s.present >= expected)
        elif state.next_motion:
            await pace.rest(pace.after_call)
            n = state.next_vote_n
            await done(console.act(OpenVote(act=act_id(), vote_n=n, seconds=pace.limit_seconds())))
            await console.until(_has_vote(n))
        elif state.next_item is not None:
            item = state.next_item
            await done(console.act(CallItem(act=act_id(), item=item)))
            await console.until(_has_called(item))
        else:
            await pace.rest(pace.after_announcement)
            await done(console.act(CloseSitting(act=act_id())))
            await console.until(lambda s: s.sitting.state == "closed")


def _has_vote(n: int) -> Callable[[ConsoleState], bool]:
    return lambda state: state.vote is not None and state.vote.n >= n


def _has_called(item: str) -> Callable[[ConsoleState], bool]:
    return lambda state: state.item is not None and state.item.item == item


def act_id() -> str:
    return secrets.token_hex(8)


class ActRefused(DemoFailed):
    """The hall refused an act of the script; the text is the hall's sentence."""


async def done(answer: Awaitable[Refused | None]) -> None:
    refused = await answer
    if refused is not None:
        raise ActRefused(f"{refused.code}: {refused.text}")
