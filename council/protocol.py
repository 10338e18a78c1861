"""Every websocket message between the hall and its terminals, consoles and displays, once: here what any client says
and hears and what a display does, in `protocol_terminal.py` and `protocol_console.py` what only those do.

Pure. JSON text frames, one message each, tagged by `type`; imperative from a client, past tense or a state in answer.
Decoding is strict: an unknown field, a wrong type or an oversized frame is `BadMessage`, never a guess. Times are
RFC 3339 UTC with milliseconds. Every message of a client is safe to repeat; the docstring says what a repeat does.

Who speaks is known from the connection (a terminal's key, a clerk's login), never from a message.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from council.message import Boot, Id, Message, SignatureText
from council.protocol_acts import Act
from council.protocol_console import ConsoleChoices, ConsoleState, Done, EnrolmentMade, EnteredAnswers
from council.protocol_terminal import (
    Arrive,
    AskFloor,
    Challenge,
    ChamberState,
    DeclareRecusal,
    Leave,
    LeaveSeat,
    OwnRequest,
    PressOption,
    Recorded,
    Standing,
    TakeSeat,
    WithdrawFloor,
)
from council.state_console import CallView, FloorView, SittingChoice, StaffView
from council.state_parts import (
    CheckpointView,
    ClosedView,
    ItemView,
    LiveState,
    MemberView,
    RollLine,
    SeatView,
    SecretView,
    SittingView,
    VoteView,
)

__all__ = [
    "MAX_FRAME_BYTES",
    "MAX_STATE_BYTES",
    "PROTOCOL",
    "Act",
    "Arrive",
    "AskFloor",
    "BadMessage",
    "Challenge",
    "ChamberState",
    "ConsoleChoices",
    "ConsoleState",
    "DeclareRecusal",
    "DisplayState",
    "Done",
    "EnrolmentMade",
    "EnteredAnswers",
    "FromConsole",
    "FromDisplay",
    "FromTerminal",
    "Hello",
    "Leave",
    "LeaveSeat",
    "OwnRequest",
    "Ping",
    "Pong",
    "PressOption",
    "Recorded",
    "Refused",
    "Standing",
    "TakeSeat",
    "ToConsole",
    "ToDisplay",
    "ToTerminal",
    "Welcome",
    "WithdrawFloor",
    "decode_console",
    "decode_display",
    "decode_terminal",
    "decode_to_console",
    "decode_to_display",
    "decode_to_terminal",
    "encode",
]

PROTOCOL = 2
MAX_FRAME_BYTES = 16_384  # of a client's message: a roll of 120 answers entered by hand fits
MAX_STATE_BYTES = 2**20  # of a message of the hall's


class BadMessage(Exception):
    """A frame that is not a message of this protocol. The sender is told `Refused(code)`, and cut off if it repeats."""

    code = "bad_message"


# --- from any client --------------------------------------------------------------------------------------------


class Hello(Message, frozen=True, tag="Hello"):
    """First message of a client. A terminal gives the `boot` it made at random when it started, and its key's signature
    of `signed.hello_text(nonce, boot)`, the nonce being the Challenge's. `lang` is the language of the sentences in
    `Refused`, `build` that of a page: the guard names terminals that show an old one."""

    protocol: int
    boot: Boot | None = None
    signature: SignatureText | None = None
    build: Id | None = None
    lang: Annotated[str, Meta(pattern="^[a-z]{2}\\Z")] | None = None


class Ping(Message, frozen=True, tag="Ping"):
    """Every second; `t` comes back as it was. `rtt_ms` is the client's last measured round trip."""

    t: Annotated[float, Meta(ge=0)]
    rtt_ms: Annotated[int, Meta(ge=0, le=600_000)] | None = None


FromTerminal = (
    Hello | Ping | PressOption | Arrive | Leave | TakeSeat | LeaveSeat | DeclareRecusal | AskFloor | WithdrawFloor
)
FromConsole = Hello | Ping | Act
FromDisplay = Hello | Ping


# --- from the hall ----------------------------------------------------------------------------------------------


class Welcome(Message, frozen=True, tag="Welcome"):
    """First answer to Hello. `build` changes when the pages change: a page of another build reloads itself.

    To a terminal: its desk, its own id, how a member signs in at it (`seat_by`), and who is seated there now or
    usually; `members`: by whose PIN one may sign in, in alphabet order (empty unless `seat_by` is "pin").
    To a console: who is signed in and which sittings the hall holds."""

    protocol: int
    build: str
    server_time: str
    desk_no: int | None = None
    member: MemberView | None = None
    terminal: str | None = None
    seat_by: Literal["seating", "card", "pin"] | None = None
    members: tuple[MemberView, ...] = ()
    staff: StaffView | None = None
    sittings: tuple[SittingChoice, ...] = ()


class Pong(Message, frozen=True, tag="Pong"):
    t: float
    server_time: str


class Refused(Message, frozen=True, tag="Refused"):
    """`code` is for programs, `text` for people. A terminal's press names (boot, n), a console's act its `act`."""

    code: str
    text: str
    boot: str | None = None
    n: int | None = None
    act: str | None = None


class DisplayState(Message, frozen=True, tag="DisplayState"):
    """The whole display, at most ten times a second. `seats`: where somebody sits; `whole`: of how many by law."""

    rev: int
    server_time: str
    sitting: SittingView
    item: ItemView | None
    vote: VoteView | None
    seats: tuple[SeatView, ...]
    voted: int
    entitled: int
    present: int
    quorum: int
    roll: tuple[RollLine, ...]
    opened_checkpoint: CheckpointView | None
    closed_checkpoint: CheckpointView | None
    floor: FloorView | None = None
    call: CallView | None = None
    secret: SecretView | None = None  # as in ChamberState
    whole: int | None = None
    closed: ClosedView | None = None


ToTerminal = Challenge | Welcome | Pong | ChamberState | Standing | Recorded | Refused
ToConsole = Welcome | Pong | ConsoleChoices | ConsoleState | EnteredAnswers | Done | Refused | EnrolmentMade
ToDisplay = Welcome | Pong | DisplayState | Refused

T = TypeVar("T")

_terminal: msgspec.json.Decoder[FromTerminal] = msgspec.json.Decoder(FromTerminal)
_console: msgspec.json.Decoder[FromConsole] = msgspec.json.Decoder(FromConsole)
_display: msgspec.json.Decoder[FromDisplay] = msgspec.json.Decoder(FromDisplay)
_to_terminal: msgspec.json.Decoder[ToTerminal] = msgspec.json.Decoder(ToTerminal)
_to_console: msgspec.json.Decoder[ToConsole] = msgspec.json.Decoder(ToConsole)
_to_display: msgspec.json.Decoder[ToDisplay] = msgspec.json.Decoder(ToDisplay)
_encoder = msgspec.json.Encoder()


def _decode(decoder: msgspec.json.Decoder[T], frame: str, at_most: int = MAX_FRAME_BYTES) -> T:
    if len(frame) > at_most:
        raise BadMessage(f"the message has {len(frame)} characters, at most {at_most} are allowed")
    try:
        return decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadMessage(str(error)) from error


def decode_terminal(frame: str) -> FromTerminal:
    return _decode(_terminal, frame)


def decode_console(frame: str) -> FromConsole:
    return _decode(_console, frame)


def decode_display(frame: str) -> FromDisplay:
    return _decode(_display, frame)


def decode_to_terminal(frame: str) -> ToTerminal:
    """What the hall tells a terminal; for programs that are one."""
    return _decode(_to_terminal, frame, MAX_STATE_BYTES)


def decode_to_console(frame: str) -> ToConsole:
    return _decode(_to_console, frame, MAX_STATE_BYTES)


def decode_to_display(frame: str) -> ToDisplay:
    return _decode(_to_display, frame, MAX_STATE_BYTES)


def encode(message: Message | LiveState) -> str:
    return _encoder.encode(message).decode()
