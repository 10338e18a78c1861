"""Every websocket message between the hall and its terminals, consoles and displays, once.

Pure. JSON text frames, one message each, tagged by `type`; imperative from a client, past tense or a state in answer.
Decoding is strict: an unknown field, a wrong type or an oversized frame is `BadMessage`, never a guess. Times are
RFC 3339 UTC with milliseconds. Every message of a client is safe to repeat; the docstring says what a repeat does.

Who speaks is known from the connection (a terminal's key, a clerk's login), never from a message.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from council.state_parts import (
    CheckpointView,
    ChosenOption,
    DeskView,
    EquipmentView,
    ItemView,
    LiveState,
    MemberView,
    RequirementView,
    RollLine,
    SeatView,
    SittingView,
    VoteView,
)

PROTOCOL = 1
MAX_FRAME_BYTES = 4096  # of a client's message
MAX_STATE_BYTES = 2**20  # of a message of the hall's

Boot = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
PositiveInt = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Id = Annotated[str, Meta(min_length=1, max_length=127)]
ActId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]


class BadMessage(Exception):
    """A frame that is not a message of this protocol. The sender is told `Refused(code)`, and cut off if it repeats."""

    code = "bad_message"


class Message(Struct, tag_field="type", forbid_unknown_fields=True, frozen=True):
    """The root of every message."""


# --- from any client --------------------------------------------------------------------------------------------


class Hello(Message, frozen=True, tag="Hello"):
    """First message of a connection. A terminal gives the `boot` it made at random when it started; `lang` is the
    language of the sentences in `Refused`."""

    protocol: int
    boot: Boot | None = None
    lang: Annotated[str, Meta(pattern="^[a-z]{2}$")] | None = None


class Ping(Message, frozen=True, tag="Ping"):
    """Every second; `t` comes back as it was. `rtt_ms` is the client's last measured round trip."""

    t: Annotated[float, Meta(ge=0)]
    rtt_ms: Annotated[int, Meta(ge=0, le=600_000)] | None = None


# --- from a terminal --------------------------------------------------------------------------------------------


class PressOption(Message, frozen=True, tag="PressOption"):
    """A member's choice. A repeat of (boot, n), or an older n, is answered with what stands and writes nothing."""

    boot: Boot
    n: PositiveInt
    vote_n: PositiveInt
    option: ChosenOption


class Arrive(Message, frozen=True, tag="Arrive"):
    """The member at this terminal registers as present. A repeat changes nothing."""


# --- from a console: acts. `act` names the try; each is answered by Done(act) or Refused(act) -----------------------


class OpenSitting(Message, frozen=True, tag="OpenSitting"):
    act: ActId


class SetPresence(Message, frozen=True, tag="SetPresence"):
    act: ActId
    member: Id
    present: bool


class CallItem(Message, frozen=True, tag="CallItem"):
    act: ActId
    item: Id


class OpenVote(Message, frozen=True, tag="OpenVote"):
    """Open the current item's next motion. `seconds` None: open-ended. `vote_n` is the number it will have, so that a
    repeat cannot open a second vote."""

    act: ActId
    vote_n: PositiveInt
    seconds: Annotated[int, Meta(ge=1, le=86_400)] | None


class CloseVote(Message, frozen=True, tag="CloseVote"):
    act: ActId
    vote_n: PositiveInt


class AnnounceResult(Message, frozen=True, tag="AnnounceResult"):
    act: ActId
    vote_n: PositiveInt


class CloseSitting(Message, frozen=True, tag="CloseSitting"):
    act: ActId


class MakeEnrolment(Message, frozen=True, tag="MakeEnrolment"):
    """A one-time code for a desk's terminal; answered by EnrolmentMade."""

    act: ActId
    desk_no: PositiveInt


class RevokeTerminals(Message, frozen=True, tag="RevokeTerminals"):
    """All terminals of a desk lose their key at once."""

    act: ActId
    desk_no: PositiveInt


FromTerminal = Hello | Ping | PressOption | Arrive
Act = (
    OpenSitting
    | SetPresence
    | CallItem
    | OpenVote
    | CloseVote
    | AnnounceResult
    | CloseSitting
    | MakeEnrolment
    | RevokeTerminals
)
FromConsole = Hello | Ping | Act
FromDisplay = Hello | Ping


# --- from the hall ----------------------------------------------------------------------------------------------


class Welcome(Message, frozen=True, tag="Welcome"):
    """First answer to Hello. `build` changes when the pages change: a page of another build reloads itself."""

    protocol: int
    build: str
    server_time: str
    desk_no: int | None = None
    member: MemberView | None = None


class Pong(Message, frozen=True, tag="Pong"):
    t: float
    server_time: str


class ChamberState(Message, frozen=True, tag="ChamberState"):
    """To every terminal, whenever something all may know has changed. `rev` counts up."""

    rev: int
    sitting: SittingView
    item: ItemView | None
    vote: VoteView | None


class Standing(Message, frozen=True, tag="Standing"):
    """To one terminal: where its own member stands in the current vote, on connecting and after each change.

    `option`, `boot`, `n`, `recorded_at`: the press that is on disk, or None. After closing, `final` is the member's
    option in the roll."""

    present: bool
    vote_n: int | None
    entitled: bool
    option: ChosenOption | None
    boot: str | None
    n: int | None
    recorded_at: str | None
    final: str | None


class Recorded(Message, frozen=True, tag="Recorded"):
    """The receipt: this press is on disk and stands. Answers (boot, n) and every repeat of it."""

    boot: str
    n: int
    vote_n: int
    option: ChosenOption
    recorded_at: str


class Refused(Message, frozen=True, tag="Refused"):
    """`code` is for programs, `text` for people. A terminal's press names (boot, n), a console's act its `act`."""

    code: str
    text: str
    boot: str | None = None
    n: int | None = None
    act: str | None = None


class Done(Message, frozen=True, tag="Done"):
    """The act holds and is on disk (or held already)."""

    act: str


class EnrolmentMade(Message, frozen=True, tag="EnrolmentMade"):
    """`path` opens on the terminal's browser: /terminal?code=…"""

    act: str
    desk_no: int
    code: str
    path: str
    expires_at: str


class ConsoleState(Message, frozen=True, tag="ConsoleState"):
    """The whole console, at most ten times a second."""

    rev: int
    server_time: str
    sitting: SittingView
    agenda: tuple[ItemView, ...]
    item: ItemView | None
    next_item: str | None
    next_motion: str | None  # the text of the current item's motion that has not been voted on yet
    vote: VoteView | None
    next_vote_n: int
    next_seconds: int | None  # the prepared time limit of the next motion
    requirement: RequirementView | None  # of the vote that would open next
    desks: tuple[DeskView, ...]
    present: int
    seats: int
    quorum: int
    voted: int
    entitled: int
    equipment: tuple[EquipmentView, ...]


class DisplayState(Message, frozen=True, tag="DisplayState"):
    """The whole display, at most ten times a second."""

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


ToTerminal = Welcome | Pong | ChamberState | Standing | Recorded | Refused
ToConsole = Welcome | Pong | ConsoleState | Done | Refused | EnrolmentMade
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
