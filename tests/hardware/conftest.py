"""A tiny hall: one desk's side of the protocol, driven by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest
from msgspec import structs
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from council.keys import SigningKey, verify
from council.message import Message
from council.protocol import (
    PROTOCOL,
    Arrive,
    Challenge,
    ChamberState,
    Hello,
    Ping,
    Pong,
    PressOption,
    Recorded,
    Refused,
    Standing,
    Welcome,
    decode_terminal,
    encode,
)
from council.state_parts import ItemView, MemberView, RequirementView, SittingView, VoteView
from hardware.enrolment import Identity
from voting.entries import Option
from voting.signed import hello_text, press_text

NONCE = "0" * 32
IDENTITY = Identity("the-desk-s-secret", SigningKey(b"\x05" * 32))
AT = "2026-11-22T12:02:20.104Z"
MEMBER = MemberView("1001", "Андрухів", "Олена", "Іванівна", "f", None)
ITEM = ItemView("1", "Про бюджет", "current", None)
SITTING = SittingView("c-2026-11-22", "Рада", "Місто", "I", "ordinary", None, "open", "Europe/Kyiv")


def standing(present: bool = True, **changed: Any) -> Standing:
    nothing = {"option": None, "boot": None, "n": None, "recorded_at": None, "final": None}
    fields = {"vote_n": None, "entitled": False, "member": MEMBER, **nothing, **changed}
    return Standing(present=present, **fields)


def vote_view(n: int, state: str) -> VoteView:
    need = RequirementView(19, 37, {"uk": "більшість складу ради, ст. 59 ч. 2"})
    return VoteView(n, "1", "Про бюджет", state, need, AT, 30, None, None, None, None)  # type: ignore[arg-type]


def is_genuine(press: PressOption) -> bool:
    """Signed by the desk's key for its member, in this sitting."""
    option = Option(press.option)
    text = press_text(SITTING.sitting, press.vote_n, MEMBER.member, option, press.candidate, press.boot, press.n)
    return verify(IDENTITY.key.public, text, press.signature or "")


@dataclass
class TinyHall:
    """Switches: `challenges`, `answers` (to presses), `pongs`. `presses`: every PressOption that came, repeats too."""

    challenges: bool = True
    answers: bool = True
    pongs: bool = True
    presses: list[PressOption] = field(default_factory=list)
    hellos: list[Hello] = field(default_factory=list)
    sockets: list[ServerConnection] = field(default_factory=list)
    chamber: ChamberState = field(default_factory=lambda: ChamberState(1, SITTING, ITEM, None))
    seat_by: Any = "seating"
    others: list[Message] = field(default_factory=list)  # what came beside presses
    standing: Standing = field(default_factory=lambda: standing(present=False))
    port: int = 0
    server: Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self.server = await serve(self.converse, "127.0.0.1", self.port, process_request=self.admit, ping_interval=None)
        self.port = next(iter(self.server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        assert self.server is not None
        for socket in self.sockets:
            socket.transport.abort()
        self.server.close()
        await self.server.wait_closed()

    def admit(self, socket: ServerConnection, request: Request) -> Response | None:
        if request.path == "/ws/terminal" and request.headers.get("Authorization") == f"Bearer {IDENTITY.secret}":
            return None
        return socket.respond(HTTPStatus.UNAUTHORIZED, "")

    async def converse(self, socket: ServerConnection) -> None:
        self.sockets.append(socket)
        if self.challenges:
            await self.tell(Challenge(NONCE))
        async for frame in socket:
            assert isinstance(frame, str)
            match decode_terminal(frame):
                case Hello() as hello:
                    assert verify(IDENTITY.key.public, hello_text(NONCE, hello.boot or ""), hello.signature or "")
                    self.hellos.append(hello)
                    await self.tell(
                        Welcome(PROTOCOL, "b1", AT, 4, MEMBER, "t4", self.seat_by), self.chamber, self.standing
                    )
                case Ping(t=t) if self.pongs:
                    await self.tell(Pong(t, AT))
                case Arrive():
                    self.standing = standing()
                    await self.tell(self.standing)
                case PressOption() as press:
                    assert is_genuine(press)
                    self.presses.append(press)
                    if self.answers:
                        await self.answer(press)
                case other:
                    self.others.append(other)

    async def answer(self, press: PressOption) -> None:
        vote = self.chamber.vote
        if vote is None or vote.state != "open" or vote.n != press.vote_n:
            await self.tell(Refused("vote_closed", "Голосування вже закрито.", press.boot, press.n))
            return
        stands = {"option": press.option, "boot": press.boot, "n": press.n, "recorded_at": AT}
        recorded = Recorded(vote_n=press.vote_n, candidate=press.candidate, **stands, **self.receipt(press))
        self.standing = standing(vote_n=vote.n, entitled=True, candidate=press.candidate, **stands)
        await self.tell(recorded)

    def receipt(self, press: PressOption) -> dict[str, str]:
        """What a hall that signs its answers adds to them."""
        return {}

    async def vote(self, n: int, state: str, final: str | None = None) -> None:
        """Open or close vote n."""
        self.chamber = ChamberState(self.chamber.rev + 1, SITTING, ITEM, vote_view(n, state))
        if self.standing.vote_n != n:
            self.standing = standing(vote_n=n, entitled=True, final=final)
        elif final is not None:
            self.standing = structs.replace(self.standing, final=final)
        await self.tell(self.chamber, self.standing)

    async def tell(self, *messages: Message) -> None:
        """To the newest connection."""
        for message in messages:
            await self.sockets[-1].send(encode(message))


@pytest.fixture
async def hall() -> AsyncIterator[TinyHall]:
    tiny = TinyHall()
    await tiny.start()
    yield tiny
    await tiny.stop()
