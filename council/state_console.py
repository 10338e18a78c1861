"""Parts of the hall's states that only staff see, and those of the floor. Pure.

Words meant for people come in every language that is read (`Texts`). Times are RFC 3339 UTC; a timer is sent as the
moment at which it ends, so that every screen counts down by the server's clock.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Texts = dict[str, str]


class RequestView(Struct, frozen=True):
    """A request for the floor that waits, in the order in which it will be given."""

    request: int
    member: str
    name: str  # «Андрухів А.»
    desk_no: int | None
    faction: str | None
    floor: Literal["speech", "reply", "question", "point_of_order"]
    seconds: int | None  # the limit it will have
    asked_at: str


class SpeechView(Struct, frozen=True):
    """Who has the floor. Running: `ends_at` is the moment the limit is reached (None: no limit) and `left_ms` None.
    Paused: `ends_at` None and `left_ms` what is left (negative beyond the limit; None: no limit)."""

    speech: int
    member: str | None
    family_name: str  # of a guest the whole name
    given_name: str
    faction: str | None
    desk_no: int | None
    floor: Literal["speech", "reply", "question", "point_of_order"]
    item: str | None
    started_at: str
    seconds: int | None
    paused: bool
    ends_at: str | None
    left_ms: int | None
    used_ms: int  # at the state's server_time


class BudgetView(Struct, frozen=True):
    """A faction's time in the current item, where the profile gives one."""

    faction: str
    seconds: int
    used_ms: int


class FloorView(Struct, frozen=True):
    """`speech` None: nobody speaks. `warning_seconds`: from when on the end is near."""

    speech: SpeechView | None
    queue: tuple[RequestView, ...]
    budgets: tuple[BudgetView, ...]
    next_speech: int
    warning_seconds: int


class GuardLine(Struct, frozen=True):
    """One thing that may be wrong before a vote opens: `code` (guard.py), desks it is about, and the sentence."""

    code: str
    blocks: bool  # opening needs an override
    desks: tuple[int, ...]
    text: Texts


class GuardView(Struct, frozen=True):
    """`ok`: nothing blocks and nothing warns. `text` is the whole line in words."""

    ok: bool
    blocked: bool
    lines: tuple[GuardLine, ...]
    text: Texts


class CallView(Struct, frozen=True):
    """A called roll call: whose turn it is, and who has answered (never how)."""

    member: str | None
    name: str | None
    place: int  # of `of`, from 1
    of: int
    following: tuple[str, ...]  # the next names
    answered: tuple[str, ...]  # members


class ClerkView(Struct, frozen=True):
    staff: str  # id
    name: str


class ProposalView(Struct, frozen=True):
    """What one clerk has asked for and another must confirm."""

    proposal: int
    kind: Literal["correction"]
    by: str  # staff id
    by_name: str
    text: Texts


class SecretBallot(Struct, frozen=True):
    """What a repeat of it begins with."""

    ground: str  # its name in the profile


PastAct = Literal["void", "repeat", "repeat_otherwise", "reconsider", "correct", "print"]


class PastVote(Struct, frozen=True):
    """A vote of this sitting, for voiding, reconsidering, correcting, printing. `may`: the acts that it allows.
    `seconds`: the time limit that it is repeated or reconsidered with; None: without one. `ballot`: it was secret, on
    paper; state `secret` says so of one that stands. `repeat_otherwise`: a vote by name as a secret ballot, a secret
    ballot by name."""

    n: int
    item: str | None
    title: str
    state: Literal["open", "held", "closed", "tied", "announced", "voided", "secret"]
    verdict: Texts
    may: tuple[PastAct, ...]
    rule: str = ""  # of the profile
    seconds: int | None = None
    candidates: tuple[str, ...] = ()  # names, the first is candidate 1
    ballot: SecretBallot | None = None


class RuleChoice(Struct, frozen=True):
    rule: str
    text: Texts
    matters: Texts


class PresetChoice(Struct, frozen=True):
    """An ad hoc vote in two keys: its text by language, its rule and subject."""

    name: str
    text: Texts
    rule: str
    subject: str


class GroundChoice(Struct, frozen=True):
    ground: str
    text: Texts


class FloorKindChoice(Struct, frozen=True):
    floor: Literal["speech", "reply", "question", "point_of_order"]
    seconds: int
    text: Texts


class StaffView(Struct, frozen=True):
    """Who is signed in at this console, and the acts that the role allows (names of messages)."""

    staff: str
    name: str
    role: Literal["clerk", "second_clerk", "chair", "technician", "auditor", "administrator"]
    acts: tuple[str, ...]


class SittingChoice(Struct, frozen=True):
    """A sitting this hall holds now, for the console's switch between rooms."""

    sitting: str
    body_name: str
    session_label: str
    state: Literal["planned", "open", "closed"]
