"""Every websocket message between the hall and its terminals, consoles and displays, once.

Pure. JSON text frames, one message each, tagged by `type`; imperative from a client, past tense or a state in answer.
Decoding is strict: an unknown field, a wrong type or an oversized frame is `BadMessage`, never a guess. Times are
RFC 3339 UTC with milliseconds. Every message of a client is safe to repeat; the docstring says what a repeat does.

Who speaks is known from the connection (a terminal's key, a clerk's login), never from a message.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from council.message import Boot, Id, Line, Message, Nonce, PositiveInt, SignatureText
from council.protocol_acts import (
    Act,
    FloorKindText,
)
from council.state_console import (
    CallView,
    FloorKindChoice,
    FloorView,
    GroundChoice,
    GuardView,
    PastVote,
    PresetChoice,
    ProposalView,
    RuleChoice,
    SittingChoice,
    SpeechView,
    StaffView,
)
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
    SecretView,
    SittingView,
    Texts,
    VoteView,
)

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


# --- from a terminal --------------------------------------------------------------------------------------------


class PressOption(Message, frozen=True, tag="PressOption"):
    """A member's choice. A repeat of (boot, n), or an older n, is answered with what stands and writes nothing.

    `candidate`: whom `for` chooses, in a vote on candidates. `signature`: the terminal's key over
    `signed.press_text(...)`, so that nobody can press for another or change what was pressed."""

    boot: Boot
    n: PositiveInt
    vote_n: PositiveInt
    option: ChosenOption
    signature: SignatureText | None = None
    candidate: PositiveInt | None = None


class Arrive(Message, frozen=True, tag="Arrive"):
    """The member at this terminal registers as present. A repeat changes nothing."""


class Leave(Message, frozen=True, tag="Leave"):
    """The member at this terminal goes. A repeat changes nothing."""


class TakeSeat(Message, frozen=True, tag="TakeSeat"):
    """Who sits here: by the number of a card, or by a PIN (of `member`, or of whom the seating names). The member is
    registered as present with it. Answered by a new Standing, or Refused."""

    card: Annotated[str, Meta(min_length=4, max_length=64)] | None = None
    pin: Annotated[str, Meta(pattern="^[0-9]{4,12}\\Z")] | None = None
    member: Id | None = None


class LeaveSeat(Message, frozen=True, tag="LeaveSeat"):
    """Nobody sits here any more."""


class DeclareRecusal(Message, frozen=True, tag="DeclareRecusal"):
    """A conflict of interest in this item. A repeat changes nothing."""

    item: Id
    reason: Line | None = None


class AskFloor(Message, frozen=True, tag="AskFloor"):
    """One request a member waits at a time; a repeat of the same kind changes nothing."""

    floor: FloorKindText


class WithdrawFloor(Message, frozen=True, tag="WithdrawFloor"):
    request: PositiveInt


FromTerminal = (
    Hello | Ping | PressOption | Arrive | Leave | TakeSeat | LeaveSeat | DeclareRecusal | AskFloor | WithdrawFloor
)
FromConsole = Hello | Ping | Act
FromDisplay = Hello | Ping


# --- from the hall ----------------------------------------------------------------------------------------------


class Challenge(Message, frozen=True, tag="Challenge"):
    """To a terminal, first of all: what its key signs in Hello."""

    nonce: Nonce


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


class ChamberState(Message, frozen=True, tag="ChamberState"):
    """To every terminal, whenever something all may know has changed. `rev` counts up. `requirement`: of the vote that
    would open next, while an item with a motion waits. `speech`: who has the floor and how long still. `secret`: the
    last ballot of the current item, if no vote by name came after it."""

    rev: int
    sitting: SittingView
    item: ItemView | None
    vote: VoteView | None
    requirement: RequirementView | None = None
    speech: SpeechView | None = None
    call: str | None = None  # in a called roll call: the name of whose turn it is
    secret: SecretView | None = None


class OwnRequest(Struct, frozen=True):
    """A member's own request for the floor: its place in the queue, from 1."""

    request: int
    floor: FloorKindText
    place: int


class Standing(Message, frozen=True, tag="Standing"):
    """To one terminal: where its own member stands in the current vote, on connecting and after each change.

    `option`, `candidate`, `boot`, `n`, `recorded_at`: the press that is on disk, or None. After closing, `final` is the
    member's option in the roll (`final_candidate` whom it chose). `member`: who sits at this desk now; None: nobody,
    or who should has not signed in (`usual` then says who that would be). `recused`: in the current item; who is
    `entitled` nevertheless votes by the exception. `called`: it is this member's turn in a called roll call."""

    present: bool
    vote_n: int | None
    entitled: bool
    option: ChosenOption | None
    boot: str | None
    n: int | None
    recorded_at: str | None
    final: str | None
    candidate: int | None = None
    final_candidate: int | None = None
    channel: Literal["terminal", "called", "entered"] | None = None  # how what stands came
    member: MemberView | None = None
    usual: MemberView | None = None
    recused: bool = False
    request: OwnRequest | None = None
    speaking: bool = False
    called: bool = False


class Recorded(Message, frozen=True, tag="Recorded"):
    """The receipt: this press is on disk and stands. Answers (boot, n) and every repeat of it.

    `receipt`: the hall's signature over `signed.receipt_text(...)`; `vkey` the key to check it with. Whoever keeps the
    receipt can show what was recorded."""

    boot: str
    n: int
    vote_n: int
    option: ChosenOption
    recorded_at: str
    candidate: int | None = None
    sitting: str = ""
    member: str = ""
    terminal: str = ""
    signature: str = ""  # the press's own
    receipt: str = ""
    vkey: str = ""


class Refused(Message, frozen=True, tag="Refused"):
    """`code` is for programs, `text` for people. A terminal's press names (boot, n), a console's act its `act`."""

    code: str
    text: str
    boot: str | None = None
    n: int | None = None
    act: str | None = None


class Done(Message, frozen=True, tag="Done"):
    """The act holds and is on disk (or held already). `proposal`: it now waits for another clerk under this number."""

    act: str
    proposal: int | None = None


class EnrolmentMade(Message, frozen=True, tag="EnrolmentMade"):
    """`path` opens on the terminal's browser: /terminal?code=…; `rows` is the whole address as a QR, when known."""

    act: str
    desk_no: int
    code: str
    path: str
    expires_at: str
    rows: tuple[str, ...] = ()


class ConsoleChoices(Message, frozen=True, tag="ConsoleChoices"):
    """What a console can choose from in this sitting: sent after Welcome, and again when the preparation changes."""

    rules: tuple[RuleChoice, ...]
    default_rule: str
    presets: tuple[PresetChoice, ...]
    grounds: tuple[GroundChoice, ...]
    floor_kinds: tuple[FloorKindChoice, ...]
    members: tuple[MemberView, ...]  # in alphabet order
    vote_seconds: int | None = None  # the time that the profile gives a vote


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
    guard: GuardView | None = None  # of the vote that would open next, or of the open one
    floor: FloorView | None = None
    call: CallView | None = None
    votes: tuple[PastVote, ...] = ()  # newest first
    proposals: tuple[ProposalView, ...] = ()
    chair: MemberView | None = None
    prompt: Texts | None = None  # what the chair says and does next
    prompt_do: Texts | None = None
    consent: tuple[str, ...] = ()  # items that a block vote would take now
    recused: tuple[str, ...] = ()  # names, in the current item
    margin: int | None = None  # how many may leave before the quorum is lost; negative: it is
    rehearsal: bool = False  # a rehearsal may be started
    next_rule: str | None = None  # of the next motion, as it is prepared
    entered_by: tuple[str, ...] = ()  # staff who entered answers in the vote that is open: one of them may not close it


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


ToTerminal = Challenge | Welcome | Pong | ChamberState | Standing | Recorded | Refused
ToConsole = Welcome | Pong | ConsoleChoices | ConsoleState | Done | Refused | EnrolmentMade
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
