"""The hall's three websockets: from a connection to a link of its chamber, and from frames to messages.

Who speaks is settled before anything is listened to: a terminal by its key, a console by the clerk's login; a display
shows what the hall may see and cannot act. Every frame is decoded strictly; a bad one is answered once, the second
closes. No client can make the hall wait: reading stops at a frame's size, a bucket limits frames a second, and sending
is the link's own task.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from council.access import Login, NoSuchDesk, Terminal, network_of
from council.chamber import Chamber
from council.hall.acting import Acting
from council.hall.process import Attached, Hall
from council.hall.seating import take_seat
from council.hall.security import bearer, own_origin
from council.keys import verify
from council.letters import unseen_in
from council.links import BAD_MESSAGES, REVOKED, WRONG_PROTOCOL, Bucket, Link
from council.message import Message
from council.protocol import (
    PROTOCOL,
    Arrive,
    AskFloor,
    BadMessage,
    Challenge,
    DeclareRecusal,
    Done,
    EnrolmentMade,
    Hello,
    Leave,
    LeaveSeat,
    Ping,
    Pong,
    PressOption,
    Refused,
    TakeSeat,
    Welcome,
    WithdrawFloor,
    decode_console,
    decode_display,
    decode_terminal,
)
from council.protocol_acts import MakeEnrolment, RevokeTerminals, StartRehearsal
from council.qr import address_rows
from council.refusals import Refusal, sentence
from council.rights import acts_of, may
from council.state_console import StaffView
from sql.database import LOST
from voting.entries import stamp
from voting.signed import hello_text

logger = logging.getLogger(__name__)

HELLO_S = 10.0
BAD_AT_MOST = 2
FLOOD_AT_MOST = 400  # frames beyond the bucket; then the line is closed
GOING_AWAY = 1001
DISPLAYS_AT_MOST = 32  # from one address: they need no key, so a stranger could open as many as there is memory for
CLERK_BUCKET = (200.0, 2000.0)  # a large council's members may be marked present at once
DISPLAY_BUCKET = (2.0, 10.0)  # it only pings; each Hello is answered with the whole state


@dataclass(slots=True)
class Line:
    """One accepted websocket. `handle` takes every message after Hello but Ping."""

    hall: Hall
    websocket: WebSocket
    link: Link
    decode: Callable[[str], Any]
    chamber: Chamber
    build: str
    bad: int = 0
    flood: int = 0

    async def converse(
        self,
        attached: Attached,
        join: Callable[[Hello], None],
        handle: Callable[[Message], Coroutine[Any, Any, None] | None],
    ) -> None:
        """Hello, then messages until the line ends. Always detaches. `handle` may return something to be awaited."""
        sender = asyncio.create_task(self.link.run())
        sender.add_done_callback(_ended)
        try:
            hello = await self._hello()
            if hello is None:
                return
            self.hall.attach(attached)
            join(hello)

            def heard(message: Message) -> Coroutine[Any, Any, None] | None:
                match message:
                    case Ping(t=t, rtt_ms=rtt_ms):
                        self.link.put_state(Pong(t=t, server_time=stamp(self.hall.clock.now())))
                        if rtt_ms is not None:
                            self.chamber.measured(self.link, rtt_ms)
                    case Hello():
                        if message == hello:
                            join(hello)
                        else:
                            self._bad()
                    case _:
                        return handle(message)
                return None

            if attached.terminal is not None:
                self._listen(heard)
            while True:
                answer = heard(await self._next())
                if answer is not None:
                    await answer
        except WebSocketDisconnect:
            pass
        finally:
            self.hall.detach(attached)
            self.link.close(GOING_AWAY)
            await asyncio.wait({sender}, timeout=1)
            sender.cancel()

    def _listen(self, heard: Callable[[Message], object]) -> None:
        """Where the server can, have frames handed over as they come: a queue and a task's wake-up for each of 450
        presses in one instant cost a quarter of the burst. For terminals, whose messages need no waiting."""

        def take(frame: str) -> None:
            message = self._read(frame)
            if message is not None:
                heard(message)

        listen = self.websocket.scope["extensions"].get("hlasno.listen")
        if listen is not None:
            listen(take)

    async def _hello(self) -> Hello | None:
        """The first message. None: it was none, or of another protocol; the link is being closed."""
        try:
            async with asyncio.timeout(HELLO_S):
                message = await self._next()
        except TimeoutError:
            message = None
        if not isinstance(message, Hello):
            self.refuse("no_hello", BAD_MESSAGES)
        elif message.protocol != PROTOCOL:
            self.link.speak(message.lang)
            self.refuse("wrong_protocol", WRONG_PROTOCOL)
        else:
            self.link.speak(message.lang)
            return message
        return None

    def refuse(self, code: str, close: int) -> None:
        self.link.put(Refused(code=code, text=sentence(code, self.link.lang)))
        self.link.close(close)

    async def _next(self) -> Message:
        """The next message that may be handled. Raises WebSocketDisconnect."""
        while True:
            event = await self.websocket.receive()
            if event["type"] != "websocket.receive":
                raise WebSocketDisconnect(event.get("code", 1006))
            message = self._read(event.get("text"))
            if message is not None:
                return message

    def _read(self, frame: str | None) -> Message | None:
        """The message in a frame (None: a binary one), if it may be handled; else its sender is told why not."""
        if self.link.close_code is not None:
            return None  # being closed: what still comes is not listened to
        self.link.heard_at = time.monotonic()
        try:
            if frame is None:
                raise BadMessage("binary")
            message: Message = self.decode(frame)
        except BadMessage:
            self._bad()
            return None
        if self.link.bucket.take():
            return message
        self._too_fast(message)
        return None

    def _bad(self) -> None:
        self.bad += 1
        self.link.put(Refused(code="bad_message", text=sentence("bad_message", self.link.lang)))
        if self.bad >= BAD_AT_MOST:
            self.link.close(BAD_MESSAGES)

    def _too_fast(self, message: Message) -> None:
        self.flood += 1
        boot = message.boot if isinstance(message, PressOption) else None
        n = message.n if isinstance(message, PressOption) else None
        act = getattr(message, "act", None)
        self.link.put(Refused(code="too_fast", text=sentence("too_fast", self.link.lang), boot=boot, n=n, act=act))
        if self.flood > FLOOD_AT_MOST:
            self.link.close(BAD_MESSAGES)


async def terminal(websocket: WebSocket, hall: Hall, build: str) -> None:
    """/ws/terminal: by `Authorization: Bearer` (a desk's program) or by the cookie of an enrolled browser, and by the
    terminal's own key, which signs the nonce of this connection."""
    key = bearer(websocket.headers)
    if not _origin_allowed(websocket, without=key is not None):
        return await _reject(websocket)
    known = await hall.access.terminal_of(key or websocket.cookies.get("terminal"))
    chamber = hall.chamber(body=known.body) if known is not None else None
    if known is None or chamber is None:
        return await (_reject(websocket) if key is not None else _close_unknown(websocket))
    line = await _accept(websocket, hall, decode_terminal, chamber, build)
    nonce = secrets.token_hex(16)
    line.link.put(Challenge(nonce=nonce))

    def join(hello: Hello) -> None:
        if hello.boot is None:
            line.refuse("no_boot", BAD_MESSAGES)
        elif not hall.access.is_enrolled(known):  # any more
            line.link.close(REVOKED)
        elif not verify(known.public_key, hello_text(nonce, hello.boot), hello.signature or ""):
            logger.warning("hello_not_signed terminal=%s", known.id)
            line.refuse("bad_signature", REVOKED)
        else:
            chamber.join_terminal(line.link, known, hello.boot, build, hello.build)

    def handle(message: Message) -> None:
        match message:
            case PressOption():
                chamber.press(line.link, message)
            case TakeSeat():
                hall.do(take_seat(hall, chamber, line.link, known, message))
            case DeclareRecusal() if (letter := unseen_in(message)) is not None:
                text = sentence("unseen_letter", line.link.lang, letter=letter)
                line.link.put(Refused(code="unseen_letter", text=text))
            case Arrive() | Leave() | LeaveSeat() | DeclareRecusal() | AskFloor() | WithdrawFloor():
                chamber.desk_act(line.link, message)

    await line.converse(Attached(line.link, chamber, terminal=known), join, handle)


async def console(websocket: WebSocket, hall: Hall, build: str) -> None:
    """/ws/console: by the login of one of the staff, from a page of this host."""
    if not _origin_allowed(websocket, without=False):
        return await _reject(websocket)
    login = hall.access.login_of(websocket.cookies.get("login"), hall.clock.now())
    chamber = hall.chamber(websocket.query_params.get("sitting"), websocket.query_params.get("body"))
    if login is None or chamber is None or not may(login.role, "console.read"):
        return await _close_unknown(websocket)
    line = await _accept(websocket, hall, decode_console, chamber, build)
    line.link.bucket = Bucket(*CLERK_BUCKET)
    acting = Acting(hall, line.link, login, chamber.sitting)

    def join(hello: Hello) -> None:
        line.link.put(
            Welcome(
                protocol=PROTOCOL,
                build=build,
                server_time=stamp(hall.clock.now()),
                staff=StaffView(staff=login.staff, name=login.name, role=login.role, acts=acts_of(login.role)),
                sittings=hall.sittings,
            )
        )
        chamber.join_console(line.link, closes=may(login.role, "CloseVote"))

    def handle(message: Any) -> Any:
        if not acting.may(message):
            return None
        if isinstance(message, MakeEnrolment | RevokeTerminals):
            return _terminal_act(line, login, message)
        if isinstance(message, StartRehearsal):
            return _start_rehearsal(line, login, message)
        chamber.act(line.link, message, by=login)
        return None

    await line.converse(Attached(line.link, chamber, login=login), join, handle)


async def display(websocket: WebSocket, hall: Hall, build: str) -> None:
    """/ws/display: shows what everyone in the hall sees; nothing it sends is an act."""
    chamber = hall.chamber(websocket.query_params.get("sitting"), websocket.query_params.get("body"))
    address = network_of(websocket.client.host) if websocket.client is not None else ""
    crowded = hall.displays(address) >= DISPLAYS_AT_MOST
    if not _origin_allowed(websocket, without=True) or chamber is None or crowded:
        return await _reject(websocket)
    line = _line(websocket, hall, decode_display, chamber, build)
    line.link.bucket = Bucket(*DISPLAY_BUCKET)
    attached = Attached(line.link, chamber, display_at=address)
    hall.attach(attached)  # counted before it is let in, so that many at once cannot slip through

    def join(hello: Hello) -> None:
        line.link.put(Welcome(protocol=PROTOCOL, build=build, server_time=stamp(hall.clock.now())))
        chamber.join_display(line.link)

    try:
        await websocket.accept()
        await line.converse(attached, join, lambda message: None)
    finally:
        hall.detach(attached)


async def _terminal_act(line: Line, login: Login, act: MakeEnrolment | RevokeTerminals) -> None:
    """A desk's keys are given and taken beside the ledger."""
    hall, body, now = line.hall, line.chamber.data.plan.body.id, line.hall.clock.now()
    try:
        if isinstance(act, RevokeTerminals):
            await hall.access.revoke(body, act.desk_no, now)
            line.chamber.cut(act.desk_no)
            hall.check_links()
            await hall.register.catch_up(now)
            line.link.put(Done(act=act.act))
            return
        code, expires_at = await hall.access.make_enrolment(body, act.desk_no, login.staff, now)
        path = f"/terminal?code={code}"
        address = hall.url or line.websocket.headers.get("origin")
        line.link.put(
            EnrolmentMade(
                act=act.act,
                desk_no=act.desk_no,
                code=code,
                path=path,
                expires_at=stamp(expires_at),
                rows=address_rows(address + path) if address is not None else (),
            )
        )
    except NoSuchDesk:
        text = sentence("no_such_desk", line.link.lang, desk=act.desk_no)
        line.link.put(Refused(code="no_such_desk", text=text, act=act.act))
    except LOST as error:
        logger.warning("terminal_act_failed act=%s error=%s", type(act).__name__, type(error).__name__)
        line.link.put(Refused(code="no_database", text=sentence("no_database", line.link.lang), act=act.act))


async def _start_rehearsal(line: Line, login: Login, act: StartRehearsal) -> None:
    """The lines of the body are closed by it; a console that comes back and asks again is told that it holds."""
    try:
        await line.hall.start_rehearsal(line.chamber, login.staff)
        line.link.put(Done(act=act.act))
    except Refusal as refusal:
        line.link.put(Refused(code=refusal.code, text=refusal.sentence(line.link.lang), act=act.act))
    except LOST as error:
        logger.warning("rehearsal_not_started error=%s", type(error).__name__)
        line.link.put(Refused(code="no_database", text=sentence("no_database", line.link.lang), act=act.act))


# --- opening ------------------------------------------------------------------------------------------------------


def _origin_allowed(websocket: WebSocket, *, without: bool) -> bool:
    """A browser's page must be of this host; `without`: a client that is no browser may come."""
    own = own_origin(websocket.headers)
    return without if own is None else own


async def _accept(websocket: WebSocket, hall: Hall, decode: Callable[[str], Any], chamber: Chamber, build: str) -> Line:
    await websocket.accept()
    return _line(websocket, hall, decode, chamber, build)


def _line(websocket: WebSocket, hall: Hall, decode: Callable[[str], Any], chamber: Chamber, build: str) -> Line:
    extensions = websocket.scope["extensions"]
    abort, write = extensions.get("hlasno.abort", lambda: None), extensions.get("hlasno.write")

    async def send(frame: str) -> None:
        await websocket.send({"type": "websocket.send", "text": frame})

    async def close(code: int) -> None:
        if websocket.application_state is WebSocketState.CONNECTED:
            await websocket.close(code)

    link = Link(send, close, abort, write, chamber.data.plan.body.locale)
    return Line(hall, websocket, link, decode, chamber, build)


async def _reject(websocket: WebSocket) -> None:
    """403 instead of a websocket."""
    await websocket.close()


async def _close_unknown(websocket: WebSocket) -> None:
    """A browser cannot see why a handshake failed; it is told by a close code, and its page asks for the key anew."""
    await websocket.accept()
    await websocket.close(REVOKED)


def _ended(sender: asyncio.Task[None]) -> None:
    """The line is gone: that is how senders end. Anything else is noted."""
    if not sender.cancelled() and (error := sender.exception()) is not None:
        logger.debug("sender_ended error=%s", type(error).__name__)


__all__ = ["Terminal", "console", "display", "terminal"]
