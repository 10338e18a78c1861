"""What the hall tells a console besides what every client hears (`protocol.py`). Its acts: `protocol_acts.py`. Pure."""

from __future__ import annotations

from council.message import Message
from council.protocol_acts import Answer
from council.state_console import (
    CallView,
    ClerkView,
    FloorKindChoice,
    FloorView,
    GroundChoice,
    GuardView,
    PastVote,
    PresetChoice,
    ProposalView,
    RuleChoice,
)
from council.state_parts import (
    ClosedView,
    DeskView,
    EquipmentView,
    ItemView,
    MemberView,
    RequirementView,
    SecretView,
    SittingView,
    Texts,
    VoteView,
)


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


class EnteredAnswers(Message, frozen=True, tag="EnteredAnswers"):
    """What was entered in the vote by hand that is open, by member as in EnterAnswers; who is not in it has no answer.
    To the consoles that may close it, before each ConsoleState: the clerk who confirms the entry sees what it is."""

    vote_n: int
    answers: dict[str, Answer | int]


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
    chair_casts: bool = True  # false: in a tie that waits, the chair is not here or has a conflict of interest
    prompt: Texts | None = None  # what the chair says and does next
    prompt_do: Texts | None = None
    consent: tuple[str, ...] = ()  # items that a block vote would take now
    recused: tuple[str, ...] = ()  # names, in the current item
    margin: int | None = None  # how many may leave before the quorum is lost; negative: it is
    rehearsal: bool = False  # a rehearsal may be started
    next_rule: str | None = None  # of the next motion, as it is prepared
    secret: SecretView | None = None  # as in ChamberState
    closed: ClosedView | None = None
    entered_by: tuple[ClerkView, ...] = ()  # who entered answers in the open vote: none of them may close it
