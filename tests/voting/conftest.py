"""A town of seven members whose sitting can be told in a line each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests import signed_desks
from voting.checkpoint import Signer
from voting.entries import (
    AgendaPoint,
    Ballots,
    Base,
    Channel,
    Document,
    Entry,
    Fact,
    ItemCalled,
    MemberArrived,
    MemberLeft,
    Option,
    Requirement,
    Result,
    ResultAnnounced,
    Seated,
    SecretVoteRecorded,
    SittingClosed,
    SittingOpened,
    TerminalEnrolled,
    VoteClosed,
    VoteOpened,
    encode,
)
from voting.export import export_lines
from voting.ledger import Ledger
from voting.opening import motion_sha256
from voting.tree import leaf_hash, root_of
from voting.vote_event import Press, VoteEvent, open_vote

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

AT = "2017-11-22T08:17:51.000Z"


@dataclass(frozen=True)
class Town:
    """`members` in the sitting's order; 7 seats, 4 of them make a quorum and a majority."""

    sitting: str = "town-council-2017-11-22"
    members: tuple[str, ...] = ("1001", "1002", "1003", "1004", "1005", "1006", "1007")
    at: str = AT
    boot: str = "00112233445566ff"
    console: str = "cc" * 8  # the boot of the clerk's
    signer: Signer = field(default_factory=lambda: Signer("town.example/ledger", bytes(range(32))))

    @property
    def requirement(self) -> Requirement:
        return Requirement("majority_of_seats", Base.SEATS, 1, 2, True, 7, 4, 4, "ст. 59 ч. 2")

    def opened(self, seats: int = 7) -> SittingOpened:
        factions = ("Схід", "Захід", None)
        return SittingOpened(
            at=AT,
            body="town-council",
            body_name="Міська рада",
            municipality="Місто",
            session_label="XXX сесія",
            sitting_kind="plenary",
            held_on="2017-11-22",
            timezone="Europe/Kyiv",
            mode="ordinary",
            seats=seats,
            quorum=4,
            quorum_source="ст. 46",
            members=tuple(
                Seated(member, f"Прізвище{place}", "Ім'я", None, "f", factions[place % 3], place + 1)
                for place, member in enumerate(self.members)
            ),
            agenda=(AgendaPoint("1", "Про бюджет"), AgendaPoint("2", "Різне")),
        )

    def arrived(self, *members: str) -> list[Fact]:
        return [MemberArrived(AT, member, "terminal") for member in members]

    def left(self, member: str) -> MemberLeft:
        return MemberLeft(AT, member, "console")

    def called(self, item: str, title: str = "Про бюджет") -> ItemCalled:
        return ItemCalled(AT, item, title)

    def vote(
        self,
        n: int = 1,
        present: Sequence[str] | None = None,
        no_record: Sequence[str] = (),
        item: str | None = "1",
        requirement: Requirement | None = None,
        motion: str = "Затвердити бюджет",
        **kind: Any,
    ) -> VoteOpened:
        return open_vote(
            n=n,
            item=item,
            motion=motion,
            requirement=requirement or self.requirement,
            members=self.members,
            present=self.members if present is None else present,
            no_record=no_record,
            seconds=30,
            at=AT,
            **kind,
        )

    def press(
        self,
        member: str,
        option: Option = Option.FOR,
        n: int = 1,
        boot: str | None = None,
        vote_n: int = 1,
        candidate: int | None = None,
    ) -> Press:
        """At the member's own desk, signed by its terminal; at no desk of this town if the member is of no town."""
        place = self.members.index(member) + 1 if member in self.members else 99
        return signed_desks.press(
            self.sitting, vote_n, place, member, option, at=AT, boot=boot or self.boot, n=n, candidate=candidate
        )

    def aloud(
        self,
        member: str,
        option: Option = Option.FOR,
        n: int = 1,
        channel: Channel = "called",
        candidate: int | None = None,
    ) -> Press:
        """An answer that the clerk entered; NOT_VOTING takes it back."""
        return Press(member, self.console, n, option, AT, candidate, channel)

    def closed(self, opened: VoteOpened, choices: Mapping[str, Option]) -> VoteClosed:
        event = VoteEvent(opened, self.members)
        for member, option in choices.items():
            event.apply(self.press(member, option, vote_n=opened.n))
        return event.close(AT, "clerk")

    def terminals(self) -> list[TerminalEnrolled]:
        """The house before any sitting: a terminal at each desk."""
        return [signed_desks.enrolled("town-council", place + 1, AT) for place in range(len(self.members))]

    def house(self) -> list[Entry]:
        return [Entry(seq, None, AT, fact) for seq, fact in enumerate(self.terminals())]

    def secret(self, n: int = 1, **changes: Any) -> SecretVoteRecorded:
        """Seven papers, one of them invalid: 5 for, 1 against."""
        motion = "Обрати голову комісії"
        plain = SecretVoteRecorded(
            at=AT,
            n=n,
            item="1",
            motion=motion,
            motion_sha256=motion_sha256(motion),
            requirement=self.requirement,
            ground="election",
            ground_source="ст. 59 ч. 3",
            in_quorum=7,
            ballots=Ballots(issued=7, found=7, invalid=1),
            for_=5,
            against=1,
            abstain=0,
            candidates=(),
            counts=(),
            chosen=None,
            result=Result.ADOPTED,
            protocol=Document("протокол лічильної комісії.pdf", "ab" * 32, 1000),
        )
        return replace(plain, **changes)

    def entries(self, *facts: Fact, sitting: str | None = None, start: int = 0) -> list[Entry]:
        return [Entry(start + place, sitting or self.sitting, AT, fact) for place, fact in enumerate(facts)]

    def installed(self) -> list[Entry]:
        """The terminals, then the whole sitting."""
        return [*self.house(), *self.whole(start=len(self.members))]

    def whole(self, start: int = 0) -> list[Entry]:
        """A sitting with two votes: 5 for of 7 present, then 3 for of 6 present, one of them not on record."""
        first = self.vote(1)
        second = self.vote(2, present=self.members[1:], no_record=("1003",), item="2", motion="Різне")
        yes = dict.fromkeys(self.members[:5], Option.FOR)
        some = dict.fromkeys(("1002", "1005", "1006"), Option.FOR) | {"1007": Option.AGAINST, "1004": Option.ABSTAIN}
        one, two = self.closed(first, yes), self.closed(second, some)
        return self.entries(
            self.opened(),
            *self.arrived(*self.members),
            self.called("1"),
            first,
            one,
            ResultAnnounced(AT, 1),
            self.left("1001"),
            self.called("2", "Різне"),
            second,
            two,
            ResultAnnounced(AT, 2),
            SittingClosed(AT),
            start=start,
        )

    def export(self, entries: Sequence[Entry], signer: Signer | None = None) -> bytes:
        return self.export_bodies([encode(entry) for entry in entries], signer)

    def export_bodies(self, bodies: Sequence[bytes], signer: Signer | None = None) -> bytes:
        signer = signer or self.signer
        note = signer.sign(len(bodies), root_of(leaf_hash(body) for body in bodies))
        return b"".join(export_lines(bodies, note, signer.origin, signer.vkey))


@pytest.fixture(scope="session")
def town() -> Town:
    return Town()


@pytest.fixture
async def ledger(db: TestDatabase, town: Town) -> AsyncIterator[Ledger]:
    opened = await Ledger.open(db.database("hall").connect, town.signer)
    yield opened
    await opened.close()


@pytest.fixture
async def reader(db: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await db.database("public").connect()
    yield connection
    await connection.close()


@pytest.fixture
async def owner(db: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await db.database("owner").connect()
    yield connection
    await connection.close()
