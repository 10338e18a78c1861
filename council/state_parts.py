"""What the hall's states are made of: the parts that `protocol.py` sends, and the transient state of the public page.

Pure. Words meant for people come in every language at once (`Texts`), so that a state is encoded once for all.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

ChosenOption = Literal["for", "against", "abstain"]
Mode = Literal["ordinary", "replay", "training"]
Texts = dict[str, str]  # one sentence by language: {"uk": "…", "en": "…"}; each client shows its own


class MemberView(Struct, frozen=True):
    member: str
    family_name: str
    given_name: str
    patronymic: str | None
    gender: Literal["f", "m"] | None
    faction: str | None


class RequirementView(Struct, frozen=True):
    needed: int
    seats: int
    text: Texts  # in words with its source: «більшість складу ради, ст. 59 ч. 2»


class TallyView(Struct, frozen=True):
    for_: int = msgspec.field(name="for")
    against: int
    abstain: int
    not_voting: int
    absent: int
    recused: int
    no_record: int


class ResultView(Struct, frozen=True):
    """`verdict` is the big word, `reason` the sentence under it."""

    result: Literal["adopted", "rejected", "no_quorum"]
    verdict: Texts
    reason: Texts
    tally: TallyView


class VoteView(Struct, frozen=True):
    """A vote event without any option. `result` stands once it may be known (profile: at closing or announcement)."""

    n: int
    item: str | None
    title: str
    state: Literal["open", "closed", "announced"]
    requirement: RequirementView
    opened_at: str
    seconds: int | None
    closes_at: str | None
    closed_at: str | None
    original_at: str | None
    result: ResultView | None


class ItemView(Struct, frozen=True):
    """`state`: waiting, current, or done; `verdict` in words once a vote on it is closed («прийнято, 19 «за»»)."""

    item: str
    title: str
    state: Literal["waiting", "current", "done"]
    verdict: Texts | None


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
    """One desk on the console. `voted`: a press is on disk; never how. `option` only once the vote is closed."""

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


class RollLine(Struct, frozen=True):
    """One line of the closed roll, in alphabet order: «Андрухів А.»"""

    name: str
    option: str


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
