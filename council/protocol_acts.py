"""The acts of clerks and of the chair: what a console sends. Pure.

`act` names the try; each is answered by Done(act) or Refused(act), and is safe to repeat: what holds already is Done.
Who may do which is in `rights.py`. `override`: the clerk's reason for going on although the guard warned.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from council.message import ActId, Id, Line, Message, Paragraph, PositiveInt

Answer = Literal["for", "against", "abstain", "not_voting"]  # given aloud or entered; not_voting takes one back
FloorKindText = Literal["speech", "reply", "question", "point_of_order"]


class ActMessage(Message, frozen=True):
    """The root of every act."""

    act: ActId


# --- the sitting ----------------------------------------------------------------------------------------------------


class OpenSitting(ActMessage, frozen=True, tag="OpenSitting"):
    pass


class CloseSitting(ActMessage, frozen=True, tag="CloseSitting"):
    pass


class SetChair(ActMessage, frozen=True, tag="SetChair"):
    """The member presides from now on; before the opening: will preside."""

    member: Id


class StartRehearsal(ActMessage, frozen=True, tag="StartRehearsal"):
    """The prepared sitting is practised: same screens, a ledger of its own that is never public."""


class EndRehearsal(ActMessage, frozen=True, tag="EndRehearsal"):
    pass


# --- presence and seats ---------------------------------------------------------------------------------------------


class SetPresence(ActMessage, frozen=True, tag="SetPresence"):
    member: Id
    present: bool


class JustifyAbsence(ActMessage, frozen=True, tag="JustifyAbsence"):
    """`reason` None takes it back."""

    member: Id
    reason: Line | None


class SetSeat(ActMessage, frozen=True, tag="SetSeat"):
    """The member sits at this desk from now on; None: nobody does."""

    desk_no: PositiveInt
    member: Id | None


class SetRecusal(ActMessage, frozen=True, tag="SetRecusal"):
    member: Id
    item: Id
    recused: bool
    reason: Line | None = None


# --- agenda ---------------------------------------------------------------------------------------------------------


class CallItem(ActMessage, frozen=True, tag="CallItem"):
    item: Id


class AddItem(ActMessage, frozen=True, tag="AddItem"):
    """From the floor: after item `after` (None: at the end). `vote_n`: the vote that decided so. `item`: the number it
    is printed with."""

    item: Annotated[str, Meta(pattern=r"^[^\W_](?:[^\W_]|[.-]){0,15}\Z")]
    title: Paragraph
    after: Id | None
    vote_n: PositiveInt | None
    ground: Line | None = None


class WithdrawItem(ActMessage, frozen=True, tag="WithdrawItem"):
    item: Id
    vote_n: PositiveInt | None


class ReorderAgenda(ActMessage, frozen=True, tag="ReorderAgenda"):
    """`order`: every item not withdrawn, in the new order."""

    order: Annotated[tuple[Id, ...], Meta(max_length=500)]
    vote_n: PositiveInt | None


# --- votes ----------------------------------------------------------------------------------------------------------


class OpenVote(ActMessage, frozen=True, tag="OpenVote"):
    """`vote_n` is the number it will have, so that a repeat cannot open a second vote. `seconds` None: open-ended.

    `motion` None: the current item's next prepared motion. Else an ad hoc vote on that text under `rule` (None: the
    profile's default). With `refers_to` and `relation` "repeat" or "reconsideration", `motion` None takes the text and
    the rule of the vote referred to."""

    vote_n: PositiveInt
    seconds: Annotated[int, Meta(ge=1, le=86_400)] | None
    motion: Paragraph | None = None
    rule: Id | None = None
    method: Literal["terminal", "called", "entered"] = "terminal"
    order: Literal["seating", "alphabet"] | None = None
    subject: Literal["motion", "procedural", "amendment", "as_amended", "block", "alternative", "candidates"] | None = (
        None
    )
    also_items: Annotated[tuple[Id, ...], Meta(max_length=200)] = ()
    candidates: Annotated[tuple[Line, ...], Meta(max_length=8)] = ()
    relation: Literal["repeat", "reconsideration", "as_amended", "alternative"] | None = None
    refers_to: PositiveInt | None = None
    reason: Line | None = None
    override: Line | None = None


class HoldVote(ActMessage, frozen=True, tag="HoldVote"):
    vote_n: PositiveInt


class ResumeVote(ActMessage, frozen=True, tag="ResumeVote"):
    vote_n: PositiveInt


class EnterAnswers(ActMessage, frozen=True, tag="EnterAnswers"):
    """Answers given aloud or taken by hand: `answers` by member (a candidate's number where there are candidates), and
    `rest` for every other entitled member who has none yet ("all for, except…"). A later answer replaces an earlier."""

    vote_n: PositiveInt
    answers: dict[Id, Answer | PositiveInt]
    rest: Answer | None = None


class CloseVote(ActMessage, frozen=True, tag="CloseVote"):
    """A vote entered by hand is closed by another clerk than the one who entered it: that is the confirmation."""

    vote_n: PositiveInt


class DecideTie(ActMessage, frozen=True, tag="DecideTie"):
    """The chair's casting vote; by the chair, or by the clerk as the chair says aloud."""

    vote_n: PositiveInt
    option: Literal["for", "against"]


class AnnounceResult(ActMessage, frozen=True, tag="AnnounceResult"):
    vote_n: PositiveInt


class VoidVote(ActMessage, frozen=True, tag="VoidVote"):
    vote_n: PositiveInt
    reason: Line


class NoteCorrection(ActMessage, frozen=True, tag="NoteCorrection"):
    """A member's statement after the announcement; `meant` is a candidate's number where candidates stood. It waits for
    another clerk's ConfirmProposal."""

    vote_n: PositiveInt
    member: Id
    meant: Literal["for", "against", "abstain"] | PositiveInt
    statement: Paragraph


class ConfirmProposal(ActMessage, frozen=True, tag="ConfirmProposal"):
    proposal: PositiveInt


class DropProposal(ActMessage, frozen=True, tag="DropProposal"):
    proposal: PositiveInt


class RecordSecretVote(ActMessage, frozen=True, tag="RecordSecretVote"):
    """Totals of a ballot on paper and the name and hash of the scanned protocol, which was uploaded before. `repeats`:
    the void vote, secret or by name, in whose place it stands; it is then on that one's item."""

    vote_n: PositiveInt
    motion: Paragraph
    rule: Id | None
    ground: Id
    issued: Annotated[int, Meta(ge=0, le=100_000)]
    found: Annotated[int, Meta(ge=0, le=100_000)]
    invalid: Annotated[int, Meta(ge=0, le=100_000)]
    votes_for: Annotated[int, Meta(ge=0, le=100_000)]
    votes_against: Annotated[int, Meta(ge=0, le=100_000)]
    votes_abstain: Annotated[int, Meta(ge=0, le=100_000)]
    candidates: Annotated[tuple[Line, ...], Meta(max_length=50)]
    counts: Annotated[tuple[Annotated[int, Meta(ge=0, le=100_000)], ...], Meta(max_length=50)]
    protocol_name: Line
    protocol_sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}\\Z")]
    protocol_bytes: PositiveInt
    repeats: PositiveInt | None = None


# --- filming ---------------------------------------------------------------------------------------------------------


class PauseFilming(ActMessage, frozen=True, tag="PauseFilming"):
    """A closed part begins: no camera of the body films until it ends. `ground`: one of the profile's for secrecy;
    None: `reason` says why. `seconds_ago`: it has begun already; nobody is shown what was filmed since."""

    ground: Id | None = None
    reason: Line | None = None
    seconds_ago: Annotated[int, Meta(ge=0, le=600)] = 0


class ResumeFilming(ActMessage, frozen=True, tag="ResumeFilming"):
    pass


# --- the floor ------------------------------------------------------------------------------------------------------


class AskFloorFor(ActMessage, frozen=True, tag="AskFloorFor"):
    """A raised hand, put into the queue by the clerk."""

    member: Id
    floor: FloorKindText


class WithdrawRequest(ActMessage, frozen=True, tag="WithdrawRequest"):
    request: PositiveInt


class GiveFloor(ActMessage, frozen=True, tag="GiveFloor"):
    """To a request, to a member without one, or to a guest by name. `speech` is the number it will have, so that a
    repeat cannot give it twice. `seconds` None: the profile's limit for the kind."""

    speech: PositiveInt
    request: PositiveInt | None = None
    member: Id | None = None
    speaker: Line | None = None
    floor: FloorKindText = "speech"
    seconds: Annotated[int, Meta(ge=1, le=86_400)] | None = None


class NextSpeaker(ActMessage, frozen=True, tag="NextSpeaker"):
    """Ends the running speech and gives the floor to the first in the queue, who gets the number `speech`; with an
    empty queue it only ends. One key for clerk and chair."""

    speech: PositiveInt


class PauseFloor(ActMessage, frozen=True, tag="PauseFloor"):
    speech: PositiveInt


class ResumeFloor(ActMessage, frozen=True, tag="ResumeFloor"):
    speech: PositiveInt


class EndFloor(ActMessage, frozen=True, tag="EndFloor"):
    speech: PositiveInt


# --- terminals --------------------------------------------------------------------------------------------------------


class MakeEnrolment(ActMessage, frozen=True, tag="MakeEnrolment"):
    """A one-time code for a desk's terminal; answered by EnrolmentMade."""

    desk_no: PositiveInt


class RevokeTerminals(ActMessage, frozen=True, tag="RevokeTerminals"):
    """All terminals of a desk lose their key at once."""

    desk_no: PositiveInt


Act = (
    OpenSitting
    | CloseSitting
    | SetChair
    | StartRehearsal
    | EndRehearsal
    | SetPresence
    | JustifyAbsence
    | SetSeat
    | SetRecusal
    | CallItem
    | AddItem
    | WithdrawItem
    | ReorderAgenda
    | OpenVote
    | HoldVote
    | ResumeVote
    | EnterAnswers
    | CloseVote
    | DecideTie
    | AnnounceResult
    | VoidVote
    | NoteCorrection
    | ConfirmProposal
    | DropProposal
    | RecordSecretVote
    | PauseFilming
    | ResumeFilming
    | AskFloorFor
    | WithdrawRequest
    | GiveFloor
    | NextSpeaker
    | PauseFloor
    | ResumeFloor
    | EndFloor
    | MakeEnrolment
    | RevokeTerminals
)
