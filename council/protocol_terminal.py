"""What a terminal and the hall say to each other, besides what every client does (`protocol.py`). Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from council.message import Boot, Id, Line, Message, Nonce, PositiveInt, SignatureText
from council.protocol_acts import FloorKindText
from council.state_console import SpeechView
from council.state_parts import (
    ChosenOption,
    ItemView,
    MemberView,
    RequirementView,
    SecretView,
    SittingView,
    Texts,
    VoteView,
)

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


# --- from the hall ----------------------------------------------------------------------------------------------


class Challenge(Message, frozen=True, tag="Challenge"):
    """To a terminal, first of all: what its key signs in Hello."""

    nonce: Nonce


class ChamberState(Message, frozen=True, tag="ChamberState"):
    """To every terminal, whenever something all may know has changed. `rev` counts up. `requirement`: of the vote that
    would open next, while an item with a motion waits. `speech`: who has the floor and how long still, with
    `warning_seconds` from when on the end is near. `secret`: the last ballot of the current item, if no vote by name
    came after it."""

    rev: int
    sitting: SittingView
    item: ItemView | None
    vote: VoteView | None
    requirement: RequirementView | None = None
    speech: SpeechView | None = None
    warning_seconds: int = 0
    call: str | None = None  # in a called roll call: the name of whose turn it is
    secret: SecretView | None = None


class RecusalView(Struct, frozen=True):
    """A member's own conflict of interest in the current item, or in one that is voted on: since when, and by which
    article.

    `exception`: by the same article the member votes all the same, should recusals cost the quorum."""

    at: str | None
    source: Texts
    exception: bool
    item: str


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
    recusal: RecusalView | None = None  # if recused
    request: OwnRequest | None = None
    speaking: bool = False
    called: bool = False


class InclusionView(Struct, frozen=True):
    """Of a receipt among several: its way to the root that was signed (`voting.receipt.Inclusion`)."""

    index: int
    size: int
    path: tuple[str, ...]


class Recorded(Message, frozen=True, tag="Recorded"):
    """The receipt: this press is on disk and stands. Answers (boot, n) and every repeat of it.

    `receipt`: the hall's signature over `signed.receipt_text(...)`, or, with `inclusion`, over `receipts_text(...)` of
    all that came to disk together; `vkey` the key to check it with. Whoever keeps the receipt can show what was
    recorded."""

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
    inclusion: InclusionView | None = None
    vkey: str = ""
