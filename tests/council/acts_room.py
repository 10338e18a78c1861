"""A sitting in memory for tests of acts: what an act answers is folded at once, as the ledger would have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from council.acts import Context, facts_of
from council.chamber_data import ChamberData
from council.floor import FloorClock
from council.profile import Profile, load
from council.refusals import Refusal
from council.sitting import Body, PlannedItem, PlannedMotion, SittingPlan
from voting.entries import Entry, Fact, Seated, stamp
from voting.folder import Folder
from voting.record import SittingRecord

START = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
SITTING = "rada-2026-03-01"
FAMILIES = ("Андрухів", "Балог", "Гуль", "Дуб", "Ґудзь", "Жук", "Зозуля", "Їжак", "Клен")
FACTIONS = ("Лани", "Лани", "Лани", "Ріка", "Ріка", "Ріка", None, None, None)


def seats() -> tuple[Seated, ...]:
    """Nine members m1 … m9 at the desks 1 … 9; quorum of the profile `ua`: 5."""
    return tuple(
        Seated(f"m{n}", family, "Олена" if n % 2 else "Іван", None, "f" if n % 2 else "m", FACTIONS[n - 1], n)
        for n, family in enumerate(FAMILIES, 1)
    )


def plan() -> SittingPlan:
    items = tuple(
        PlannedItem(
            str(i), f"Про питання {i}", (PlannedMotion(str(i), 1, f"Рішення {i}", "majority_of_seats", 20, None, ()),)
        )
        for i in (1, 2, 3)
    )
    body = Body("rada", "Вигадане", "Вигадана рада", 9, "ua", "uk", "Europe/Kyiv", training=False)
    return SittingPlan(SITTING, body, "I сесія", "plenary", date(2026, 3, 1), "ordinary", None, seats(), items)


class Room:
    """`now` goes on by hand. `do` folds what an act answers; `refused` is the code of its Refusal."""

    def __init__(self, profile: Profile | None = None) -> None:
        self.data = ChamberData(plan(), profile or load("ua"))
        self.now = START
        self.monotonic = 1000.0
        self.floor_clock = FloorClock()
        self.folder = Folder(SITTING)
        self.seq = 0

    @property
    def record(self) -> SittingRecord:
        assert self.folder.record is not None
        return self.folder.record

    @property
    def at(self) -> str:
        return stamp(self.now)

    def change(self, **parts: Any) -> None:
        """Another profile from now on: `room.change(floor=…)`"""
        self.data.profile = replace(self.data.profile, **parts)

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.monotonic += seconds

    def speech_ms(self) -> int:
        return self.floor_clock.speech_ms(self.folder.record, self.now, self.monotonic)

    def context(self, desk_no: int | None = None) -> Context:
        record = self.folder.record
        member = record.desks.get(desk_no) if record is not None and desk_no is not None else None
        return Context(self.data, self.now, member=member, desk_no=desk_no, speech_ms=self.speech_ms())

    def feed(self, facts: Sequence[Fact]) -> list[Fact]:
        for fact in facts:
            self.folder.feed(Entry(self.seq, SITTING, self.at, fact))
            self.seq += 1
        self.data.record = self.folder.record
        return list(facts)

    def do(self, act: Any, desk_no: int | None = None) -> list[Fact]:
        return self.feed(facts_of(act, self.context(desk_no)))

    def refused(self, act: Any, desk_no: int | None = None) -> str:
        try:
            facts_of(act, self.context(desk_no))
        except Refusal as refusal:
            assert refusal.sentence("uk") and refusal.sentence("en")
            return refusal.code
        raise AssertionError(f"{act} was not refused")
