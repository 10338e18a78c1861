"""A desk's line to the hall, kept up for ever.

A press is resent, on every new connection and while it stays unanswered, until the hall has answered exactly it; the
hall knows a repeat by (boot, n), so resending is always safe. What the lamp says is `desk.py`'s matter.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import CloseCode

from council.protocol import (
    MAX_STATE_BYTES,
    PROTOCOL,
    Arrive,
    AskFloor,
    BadMessage,
    Challenge,
    DeclareRecusal,
    FromTerminal,
    Hello,
    Leave,
    LeaveSeat,
    Ping,
    Pong,
    Recorded,
    Refused,
    Standing,
    TakeSeat,
    ToTerminal,
    Welcome,
    WithdrawFloor,
    decode_to_terminal,
    encode,
)
from council.protocol_acts import FloorKindText
from council.state_parts import ChosenOption
from hardware.desk import DeskState, Lamp
from hardware.enrolment import Identity
from hardware.pace import MANY, PACE, Pace
from hardware.receipts import keep_receipt
from voting.signed import hello_text

log = logging.getLogger(__name__)

REVOKED = 4004
NOT_NOW = frozenset((4001, 4002, 4003, REVOKED))  # the hall's close codes after which coming back at once is no use
PASSING = frozenset(("too_fast", "no_database", "internal"))  # refusals after which the same may be asked again


class Desk:
    """One terminal. `async with Desk(...) as desk`, or `await desk.run()` in a task of your own.

    hall_url: http://… of the hall. identity: from `enrol`. lang: of the refusals' sentences. receipts: a folder, to
    keep each receipt in."""

    def __init__(
        self,
        hall_url: str,
        identity: Identity,
        *,
        lang: str = "uk",
        pace: Pace = PACE,
        receipts: Path | None = None,
    ) -> None:
        self.state = DeskState(secrets.token_hex(8), identity.key.sign)
        self.rtt_ms: int | None = None
        self.rejected = False  # the hall does not know the secret (any more)
        self.connections = 0  # made so far
        self._url, self._identity, self._lang, self._pace = _socket_url(hall_url), identity, lang, pace
        self._receipts = receipts
        self._arriving = False
        self._outbox: asyncio.Queue[str] | None = None  # while there is a connection
        self._told = False  # on this connection, the hall has said where this desk stands
        self._pong_at = self._sent_at = 0.0  # loop time
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def lamp(self) -> Lamp:
        return self.state.lamp

    @property
    def recorded(self) -> Recorded | None:
        """The press on disk for the current vote."""
        return self.state.recorded

    def press(self, option: ChosenOption, candidate: int | None = None) -> bool:
        """A key. False: nothing is sent, as no vote is open for this member or the option stands already."""
        message = self.state.press(option, candidate)
        if message is None:
            return False
        self._sent_at = asyncio.get_running_loop().time()
        self._send(message)
        self._tick()
        return True

    def arrive(self) -> None:
        """Register as present; repeated on each connection until the hall says so."""
        self._arriving = True
        self._send(Arrive())

    # What follows is asked once. False: there is no connection, or nothing to ask.

    def leave(self) -> bool:
        """Go; a desk at which one signs in is then nobody's."""
        by_seating = self.state.welcome is None or self.state.welcome.seat_by in (None, "seating")
        return self._ask(Leave(), *([] if by_seating else [LeaveSeat()]))

    def take_seat(self, *, card: str | None = None, pin: str | None = None, member: str | None = None) -> bool:
        """Sign in. member: whose the PIN is; None: of whom the seating names."""
        return self._ask(TakeSeat(card=card, pin=pin, member=member))

    def ask_floor(self, floor: FloorKindText) -> bool:
        return self._ask(AskFloor(floor))

    def withdraw_floor(self) -> bool:
        standing = self.state.standing
        if standing is None or standing.request is None:
            return False
        return self._ask(WithdrawFloor(standing.request.request))

    def recuse(self) -> bool:
        """Declare a conflict of interest in the item that is called now."""
        item = self.state.chamber.item if self.state.chamber is not None else None
        return item is not None and self._ask(DeclareRecusal(item.item))

    def _ask(self, *messages: FromTerminal) -> bool:
        if not self.state.linked:
            return False
        for message in messages:
            self._send(message)
        return True

    async def until(self, condition: Callable[[Desk], bool], seconds: float = 10.0) -> None:
        """Return as soon as `condition` holds. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not condition(self):
                await self._changed.wait()

    async def changes(self) -> AsyncIterator[None]:
        """Yields after each change, several at once as one."""
        while True:
            changed = self._changed
            yield
            await changed.wait()

    async def run(self) -> None:
        """Connect, converse, connect again: for ever."""
        failures = 0
        while True:
            before = self.connections
            try:
                await self._converse()
            except InvalidStatus as error:
                self.rejected = error.response.status_code in (401, 403)
            except ConnectionClosed as error:
                code = error.rcvd.code if error.rcvd is not None else None
                self.rejected = code == REVOKED
                if code in NOT_NOW:
                    before = self.connections
                    failures = MANY
            except BadMessage as error:
                log.warning("bad_message error=%s", error)
            except (OSError, TimeoutError, WebSocketException) as error:
                log.info("no_connection error=%s", type(error).__name__)
            self.state.linked = False
            self._tick()
            failures = failures + 1 if self.connections == before else 1
            await asyncio.sleep(self._pace.wait(failures))

    async def __aenter__(self) -> Desk:
        self._task = asyncio.create_task(self.run(), name="desk")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _converse(self) -> None:
        """One connection; raises when it ends."""
        socket = await connect(
            self._url,
            additional_headers={"Authorization": f"Bearer {self._identity.secret}"},
            user_agent_header=None,
            compression=None,
            ping_interval=None,  # the protocol has its own Ping
            open_timeout=self._pace.give_up_after,
            close_timeout=0.5,
            max_size=MAX_STATE_BYTES,
            proxy=None,
        )
        tasks: set[asyncio.Task[None]] = set()
        try:
            signature = self._identity.key.sign(hello_text(await self._challenge(socket), self.state.boot))
            self._outbox = outbox = asyncio.Queue[str]()
            self._send(Hello(protocol=PROTOCOL, boot=self.state.boot, signature=signature, lang=self._lang))
            self._repeat()
            parts = (self._listen(socket), _talk(socket, outbox), self._beat(socket))
            tasks |= {asyncio.create_task(part) for part in parts}
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._outbox = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await socket.close(CloseCode.GOING_AWAY)

    async def _challenge(self, socket: ClientConnection) -> str:
        """The nonce of this connection, the hall's first word. Raises BadMessage, TimeoutError."""
        async with asyncio.timeout(self._pace.give_up_after):
            frame = await socket.recv()
        message = decode_to_terminal(frame) if isinstance(frame, str) else None
        if not isinstance(message, Challenge):
            raise BadMessage("the hall did not begin with a challenge")
        return message.nonce

    async def _listen(self, socket: ClientConnection) -> None:
        while True:
            frame = await socket.recv()
            if not isinstance(frame, str):
                raise BadMessage("the hall sent a frame that is not text")
            self._hear(decode_to_terminal(frame))

    def _hear(self, message: ToTerminal) -> None:
        match message:
            case Pong(t=sent):
                now = asyncio.get_running_loop().time()
                self._pong_at, self.rtt_ms = now, max(0, round((now - sent) * 1000))
                if not self.state.linked and self._told:
                    self.state.linked = True
                    self._tick()
                return
            case Welcome(protocol=protocol, member=member):
                if protocol != PROTOCOL:
                    raise BadMessage(f"the hall speaks protocol {protocol}, this program {PROTOCOL}")
                self.connections += 1
                self.rejected, self._told = False, member is None
            case Standing(present=present):
                self._told = True
                self._arriving = self._arriving and not present
            case Refused(n=None, code=code):
                self._arriving = self._arriving and code in PASSING
            case Recorded() if self._receipts is not None:
                self._keep(message, self._receipts)
        self.state.hear(message)
        self.state.linked = self.state.linked or self._told
        self._tick()

    def _keep(self, recorded: Recorded, folder: Path) -> None:
        """A receipt that cannot be kept must not keep a member from voting."""
        try:
            keep_receipt(recorded, folder)
        except OSError as error:
            log.warning("receipt_not_kept error=%s", type(error).__name__)

    async def _beat(self, socket: ClientConnection) -> None:
        """Ping, notice a dead line, repeat what is unanswered. Raises TimeoutError when the line is given up."""
        loop = asyncio.get_running_loop()
        self._pong_at = loop.time()
        while True:
            now = loop.time()
            silent = now - self._pong_at
            if silent >= self._pace.give_up_after:
                socket.transport.abort()
                raise TimeoutError
            if silent >= self._pace.lost_after and self.state.linked:
                self.state.linked = False
                self._tick()
            if now - self._sent_at >= self._pace.resend:
                self._repeat()
            self._send(Ping(t=now, rtt_ms=self.rtt_ms))
            await asyncio.sleep(self._pace.ping)

    def _repeat(self) -> None:
        """Send again what the hall has not answered."""
        if self._arriving:
            self._send(Arrive())
        if self.state.pending is not None:
            self._send(self.state.pending)
        self._sent_at = asyncio.get_running_loop().time()

    def _send(self, message: FromTerminal) -> None:
        """Now or, without a connection, never: what must arrive is sent by `_repeat`."""
        if self._outbox is not None:
            self._outbox.put_nowait(encode(message))

    def _tick(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


async def _talk(socket: ClientConnection, outbox: asyncio.Queue[str]) -> None:
    while True:
        await socket.send(await outbox.get())


def _socket_url(hall_url: str) -> str:
    """http://127.0.0.1:8081 -> ws://127.0.0.1:8081/ws/terminal. Raises ValueError for anything but http(s)."""
    parts = urlsplit(hall_url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme)
    if scheme is None or not parts.netloc:
        raise ValueError(f"{hall_url!r} is not a hall's address; it looks like http://127.0.0.1:8081")
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}/ws/terminal"
