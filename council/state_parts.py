"""What the hall's states are made of: the parts that `protocol.py` sends, and the transient state of the public page.

Pure. Words meant for people come in every language that is read (`Texts`), so that a state is encoded once for all.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from council.state_console import FloorView

ChosenOption = Literal["for", "against", "abstain"]
Mode = Literal["ordinary", "replay", "training", "rehearsal"]
Texts = dict[str, str]  # one sentence by language: {"uk": "…", "en": "…"}; each client shows its own


class MemberView(Struct, frozen=True):
    member: str
    family_name: str
    given_name: str
    patronymic: str | None
    gender: Literal["f", "m"] | None
    faction: str | None


class RequirementView(Struct, frozen=True):
    """`base` "cast" or "voted": how many are needed is known only when the votes are, and `needed` is then no figure to
    be shown."""

    needed: int
    seats: int
    text: Texts  # in words with its source: «більшість складу ради, ст. 59 ч. 2»
    base: Literal["seats", "in_office", "present", "cast", "voted"] = "seats"


class TallyView(Struct, frozen=True):
    for_: int = msgspec.field(name="for")
    against: int
    abstain: int
    not_voting: int
    absent: int
    recused: int
    no_record: int


class ResultView(Struct, frozen=True):
    """`verdict` is the big word, `reason` the sentence under it. `counts` by candidate, `chosen` the one elected."""

    result: Literal["adopted", "rejected", "no_quorum", "tied"]
    verdict: Texts
    reason: Texts
    tally: TallyView
    counts: tuple[tuple[int, int], ...] = ()  # candidate, votes
    chosen: int | None = None


class CandidateView(Struct, frozen=True):
    candidate: int  # its number is its key on the terminal
    name: str


class VoteView(Struct, frozen=True):
    """A vote event without any option. `result` stands once it may be known (profile: at closing or announcement).

    Held: `closes_at` None and `left_ms` what is left of the limit. `label`: what kind of vote this is and what it
    refers to, in words («Повторне голосування замість № 3»); None for a plain one."""

    n: int
    item: str | None
    title: str
    state: Literal["open", "held", "closed", "tied", "announced", "voided"]
    requirement: RequirementView
    opened_at: str
    seconds: int | None
    closes_at: str | None
    closed_at: str | None
    original_at: str | None
    result: ResultView | None
    method: Literal["terminal", "called", "entered"] = "terminal"
    subject: str = "motion"
    label: Texts | None = None
    candidates: tuple[CandidateView, ...] = ()
    left_ms: int | None = None
    void_reason: str | None = None
    exception: bool = False
    entitled: int = 0


class SecretView(Struct, frozen=True):
    """The totals of a secret ballot on paper; `ground` its legal source in words, and which one it repeats. There is no
    name in it. With `void_reason` it is void, and its totals decide nothing."""

    n: int
    item: str | None
    title: str
    at: str
    ground: Texts
    verdict: Texts
    reason: Texts
    issued: int
    found: int
    invalid: int
    for_: int = msgspec.field(name="for")
    against: int
    abstain: int
    candidates: tuple[CandidateView, ...] = ()
    counts: tuple[tuple[int, int], ...] = ()  # candidate, votes
    chosen: int | None = None
    void_reason: str | None = None


class ItemView(Struct, frozen=True):
    """`state`: waiting, current, done or withdrawn; `verdict`: how the item itself was decided, in words («прийнято, 19
    «за»»), not what was voted on its procedure. `consent`: put to the vote in a block with the others that are."""

    item: str
    title: str
    state: Literal["waiting", "current", "done", "withdrawn"]
    verdict: Texts | None
    consent: bool = False


class SittingView(Struct, frozen=True):
    """`original_date` only in a replay: the date of the sitting in the source."""

    sitting: str
    body_name: str
    municipality: str
    session_label: str
    mode: Mode
    original_date: str | None
    state: Literal["planned", "open", "closed"]
    timezone: str


class CheckpointView(Struct, frozen=True):
    """What the display's QR says: rows of '0' and '1', without a quiet zone; `payload` is its text."""

    size: int
    root: str  # hex
    at: str
    rows: tuple[str, ...]
    payload: str


class DeskView(Struct, frozen=True):
    """One desk on the console. `voted`: a press is on disk; never how. `option` only once the vote is closed.

    `recused`: in the current item. `usual`: who the seating names, where somebody else, or nobody, sits there now.
    `old_page`: the terminal shows a page of another build. `asks`: waits for the floor."""

    desk_no: int
    member: str | None
    name: str  # surname, with an initial where two are alike
    present: bool
    no_record: bool
    linked: bool
    enrolled: bool
    rtt_ms: int | None
    voted: bool
    option: str | None
    candidate: int | None = None
    recused: bool = False
    justified: str | None = None  # the reason of an excused absence
    usual: str | None = None  # a name
    old_page: bool = False
    asks: bool = False


class CameraStop(Struct, frozen=True):
    """A camera in a closed part. `stopped`: its recorder has said so, and says so still."""

    name: str
    stopped: bool


class ClosedView(Struct, frozen=True):
    """The closed part that lasts: no camera films. `reason` as it stands in the ledger, `source` its article.
    `cameras`: to consoles only, and of the body's; none in a rehearsal, in which the cameras film on."""

    since: str
    reason: str
    source: str | None = None
    cameras: tuple[CameraStop, ...] = ()


class EquipmentView(Struct, frozen=True):
    """One line under «Обладнання», in words; a fault says what to do and that voting goes on."""

    part: Literal["camera", "disk", "clock", "ledger", "terminal"]
    ok: bool
    text: Texts


class SeatView(Struct, frozen=True):
    """One seat on the display. `voted` never says how."""

    desk_no: int
    present: bool
    no_record: bool
    voted: bool
    recused: bool = False


class RollLine(Struct, frozen=True):
    """One line of the closed roll, in alphabet order: «Андрухів А.»"""

    name: str
    option: str
    candidate: int | None = None


class LiveState(Struct, frozen=True):
    """The hall's transient state for the public page, kept in table `live_state`: who is present and has voted, never
    how. What is official comes from the ledger."""

    sitting: str
    rev: int
    server_time: str
    present: tuple[str, ...]
    vote_n: int | None  # the open vote
    voted: tuple[str, ...]
    closes_at: str | None
    live_camera: str | None
    floor: FloorView | None = None
    held: bool = False
