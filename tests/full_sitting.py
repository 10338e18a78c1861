"""One sitting of an invented council in which everything happens that a ledger can tell: for tests of papers and pages.

Twelve people named after meadow herbs, three factions; 13 seats, 7 for a quorum and for a majority. Pure: facts with
their times, made by the rules of `voting` itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from voting.entries import (
    AbsenceJustified,
    AgendaPoint,
    AgendaPublished,
    AgendaReordered,
    Ballots,
    Base,
    Candidate,
    CandidateCount,
    ChairTook,
    Clerk,
    CorrectionNoted,
    Document,
    DocumentAttached,
    Entry,
    Fact,
    FloorEnded,
    FloorGiven,
    FloorPaused,
    FloorRequested,
    FloorResumed,
    ItemAdded,
    ItemCalled,
    ItemWithdrawn,
    MemberArrived,
    MemberLeft,
    Option,
    Override,
    RecusalDeclared,
    RecusalWithdrawn,
    Requirement,
    Result,
    Seated,
    SecretVoteRecorded,
    SittingClosed,
    SittingOpened,
    TieDecided,
    VoteHeld,
    VoteOpened,
    VoteResumed,
    VoteVoided,
    stamp,
)
from voting.vote_event import Press, VoteEvent, motion_sha256, open_vote

LUKA, HILL, WILLOW = "Фракція «Лука»", "Фракція «Пагорб»", "Група «Верболіз»"
PEOPLE = (
    ("Барвінок", "Омелян", "Іванович", "m", LUKA),
    ("Безсмертник", "Явдоха", "Петрівна", "f", LUKA),
    ("Волошка", "Уляна", None, "f", LUKA),
    ("Деревій", "Гнат", "Юрійович", "m", HILL),
    ("Дивосил", "Лаврін", None, "m", HILL),
    ("Живокіст", "Юхим", None, "m", None),
    ("Звіробій", "Тиміш", "Ількович", "m", LUKA),
    ("Кульбаба", "Пріська", None, "f", WILLOW),
    ("Любисток", "Олекса", None, "m", WILLOW),
    ("Материнка", "Соломія", "Денисівна", "f", HILL),
    ("М’ята", "Дарина", None, "f", WILLOW),
    ("Нагідка", "Одарка", None, "f", LUKA),
)
MEMBERS = tuple(f"meadow-{place}" for place in range(1, len(PEOPLE) + 1))
CLERK, SECOND = Clerk("iryna", "Секретар Ірина"), Clerk("ostap", "Секретар Остап")
SITTING = "meadow-council-2026-11-22"
START = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)  # 10:00 in Kyiv
SEATS_SOURCE = "ст. 59 ч. 2 Закону України «Про місцеве самоврядування в Україні»"
SEATS = Requirement("majority_of_seats", Base.SEATS, 1, 2, True, 13, 7, 7, SEATS_SOURCE)
CAST = Requirement("more_for_than_against", Base.CAST, 1, 2, True, 13, 1, 7, "регламент, ст. 12", "chair")
SIGNATURE = "A" * 86 + "=="
PROTOCOL = Document("protokol-komisii-1.pdf", "5e" * 32, 48_213)
DRAFT = Document("proekt-2-lavky.pdf", "d2" * 32, 120_004)

For, Against, Abstain = Option.FOR, Option.AGAINST, Option.ABSTAIN


def seated() -> tuple[Seated, ...]:
    return tuple(
        Seated(member, family, given, patronymic, gender, faction, desk)  # type: ignore[arg-type]
        for desk, (member, (family, given, patronymic, gender, faction)) in enumerate(
            zip(MEMBERS, PEOPLE, strict=True), 1
        )
    )


@dataclass
class Told:
    """A sitting being told: `facts` in order, `now` goes on with each."""

    now: datetime = START
    facts: list[Fact] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    event: VoteEvent | None = None
    members: tuple[str, ...] = MEMBERS

    def at(self, seconds: float = 1) -> str:
        self.now += timedelta(seconds=seconds)
        return stamp(self.now)

    def say(self, *facts: Fact) -> None:
        self.facts += facts
        self.times += [self.now] * len(facts)

    def arrive(self, members: Collection[str], channel: Any = "terminal") -> None:
        for member in members:
            self.present.append(member)
            self.say(MemberArrived(self.at(), member, channel))

    def leave(self, member: str) -> None:
        self.present.remove(member)
        self.say(MemberLeft(self.at(), member, "console"))

    def call(self, item: str, title: str) -> None:
        self.say(ItemCalled(self.at(20), item, title))

    def open(self, n: int, motion: str, item: str | None = None, **options: Any) -> VoteOpened:
        options = {"requirement": SEATS, "seconds": 20, **options}
        opened = open_vote(
            n=n, item=item, motion=motion, members=self.members, present=self.present, at=self.at(5), **options
        )
        self.say(opened)
        self.event = VoteEvent(opened, self.members)
        return opened

    def press(self, choices: Mapping[str, Option | tuple[Option, int]], channel: Any = "terminal") -> None:
        assert self.event is not None
        for number, (member, chosen) in enumerate(choices.items(), 1):
            option, candidate = chosen if isinstance(chosen, tuple) else (chosen, None)
            by_key = channel == "terminal"
            self.event.apply(
                Press(
                    member=member,
                    boot=f"{number:016x}",
                    n=1,
                    option=option,
                    recorded_at=self.at(0.25),
                    candidate=candidate,
                    channel=channel,
                    terminal=f"desk-{number}" if by_key else None,
                    signature=SIGNATURE if by_key else None,
                )
            )

    def close(self, cause: Any = "clerk", announce: bool = True, **options: Any) -> None:
        assert self.event is not None
        closed = self.event.close(self.at(12), cause, **options)
        self.say(closed)
        self.event.apply(closed)
        if announce:
            self.announce()

    def announce(self) -> None:
        assert self.event is not None
        self.say(self.event.announce(self.at(8)))

    def entries(self, sitting: str = SITTING, start: int = 0) -> tuple[Entry, ...]:
        return tuple(
            Entry(start + place, sitting, stamp(moment), fact)
            for place, (fact, moment) in enumerate(zip(self.facts, self.times, strict=True))
        )


TWO = (Candidate(1, "Волошка Уляна"), Candidate(2, "Нагідка Одарка"))


def opening(**changes: Any) -> SittingOpened:
    opened = SittingOpened(
        at=stamp(START),
        body="meadow-council",
        body_name="Вигадана міська рада",
        municipality="Вигадане місто",
        session_label="VII сесія, друге засідання",
        sitting_kind="plenary",
        held_on="2026-11-22",
        timezone="Europe/Kyiv",
        mode="ordinary",
        seats=13,
        quorum=7,
        quorum_source="ст. 46 Закону України «Про місцеве самоврядування в Україні»",
        members=seated(),
        agenda=(
            AgendaPoint("1", "Про порядок денний"),
            AgendaPoint("2", "Про колір лавок у вигаданому парку", drafts=(DRAFT,)),
            AgendaPoint("3", "Про ім’я для кота, який живе в раді"),
            AgendaPoint("4", "Про посадку однієї яблуні", consent=True),
            AgendaPoint("5", "Про посадку другої яблуні", consent=True),
            AgendaPoint("6", "Про обрання голови лічильної комісії"),
            AgendaPoint("7", "Про питання, яке знімуть"),
        ),
        chair=MEMBERS[0],
    )
    return replace(opened, **changes)


def all_of(option: Option, members: Sequence[str]) -> dict[str, Option]:
    return dict.fromkeys(members, option)


def whole(*, start: datetime = START, **changes: Any) -> Told:
    """Everything, from the published agenda to the closing and a correction. `changes`: of SittingOpened."""
    m = MEMBERS
    opened = opening(at=stamp(start), **changes)
    told = Told(now=start - timedelta(days=12))
    told.say(AgendaPublished(stamp(told.now), 1, opened.session_label, opened.held_on, opened.agenda[:6]))
    told.now = start - timedelta(days=2)
    told.say(
        AgendaPublished(
            stamp(told.now), 2, opened.session_label, opened.held_on, opened.agenda, urgency="невідкладне питання 7"
        ),
        DocumentAttached(stamp(told.now), "2", DRAFT),
    )
    told.now = start
    told.say(opened)
    told.arrive(m[:10])
    told.say(AbsenceJustified(told.at(), m[11], "у відрядженні"))
    _agenda(told)
    _benches(told)
    _cat(told)
    _trees(told)
    _election(told)
    told.leave(m[9])
    told.say(SittingClosed(told.at(30)))
    told.say(CorrectionNoted(told.at(600), 2, m[3], Against, For, "натиснув не ту клавішу", CLERK, SECOND))
    return told


def _agenda(told: Told) -> None:
    """Vote 1: procedural, adds item 8; then the order changes and item 7 is withdrawn."""
    m = MEMBERS
    told.call("1", "Про порядок денний")
    told.open(1, "Включити до порядку денного питання про вигадану річку", "1", subject="procedural")
    told.press(all_of(For, m[:9]))
    told.close()
    told.say(ItemAdded(told.at(), "8", "Про вигадану річку", "3", 1, "повінь"))
    told.say(ItemWithdrawn(told.at(), "7", None))
    told.say(AgendaReordered(told.at(), ("1", "3", "8", "2", "4", "5", "6"), None))


def _benches(told: Told) -> None:
    """Item 2: a speech with a pause, a recusal, vote 2 with an answer said aloud, held in the middle."""
    m = MEMBERS
    told.call("2", "Про колір лавок у вигаданому парку")
    told.say(FloorRequested(told.at(), 1, m[3], "speech", "2"))
    told.say(FloorGiven(told.at(), 1, 1, m[3], None, "speech", "2", 180))
    told.say(FloorPaused(told.at(60), 1, 60_000), FloorResumed(told.at(20), 1), FloorEnded(told.at(52), 1, 112_000))
    told.say(FloorGiven(told.at(), 2, None, None, "Садівник Лук’ян", "question", "2", 60))
    told.say(FloorEnded(told.at(31), 2, 31_000))
    told.say(RecusalDeclared(told.at(), m[4], "2", "робить лавки його брат", "terminal"))
    told.say(RecusalDeclared(told.at(), m[5], "2", None, "console"), RecusalWithdrawn(told.at(), m[5], "2", "console"))
    told.open(2, "Пофарбувати лавки в синій колір", "2", recused=(m[4],), in_quorum=9)
    told.press({**all_of(For, (*m[:3], *m[6:9])), m[3]: Against})
    told.press({m[5]: For}, "called")
    told.say(VoteHeld(told.at(), 2, 9_000), VoteResumed(told.at(15), 2, 9_000))
    told.close("time", entered_by=(CLERK,))
    told.arrive((m[10],), "card")


def _cat(told: Told) -> None:
    """Item 3: vote 3 is voided and repeated by hand as vote 4; an amendment, the motion as amended with a tie that the
    chair breaks; a reconsideration without a quorum, overridden."""
    m = MEMBERS
    told.say(ChairTook(told.at(), m[1]))
    told.call("3", "Про ім’я для кота, який живе в раді")
    told.open(3, "Назвати кота Мурчиком", "3")
    told.press(all_of(For, m[:4]))
    told.say(VoteVoided(told.at(), 3, "збій обладнання"))
    told.open(
        4, "Назвати кота Мурчиком", "3", relation="repeat", refers_to=3, reason="збій обладнання", method="entered"
    )
    told.press({**all_of(For, m[:8]), m[8]: Abstain}, "entered")
    told.close(entered_by=(CLERK,), confirmed_by=SECOND)
    told.open(5, "Замінити «Мурчиком» на «Сірком»", "3", subject="amendment", method="called", order="alphabet")
    told.press(all_of(For, m[:7]), "called")
    told.close(entered_by=(CLERK,))
    told.open(6, "Назвати кота Сірком", "3", requirement=CAST, subject="as_amended", relation="as_amended", refers_to=5)
    told.press({**all_of(For, m[:4]), **all_of(Against, m[4:8])})
    told.close(announce=False)
    assert told.event is not None
    decided = TieDecided(told.at(30), 6, m[1], For, Result.ADOPTED, CLERK)
    told.say(decided)
    told.event.apply(decided)
    told.announce()
    told.present, everyone = list(m[:6]), told.present
    told.say(*(MemberLeft(told.at(), member, "console") for member in everyone if member not in told.present))
    told.open(
        7,
        "Назвати кота Сірком",
        "3",
        relation="reconsideration",
        refers_to=6,
        reason="прохання трьох депутатів",
        override=Override("термінове питання", ("no_quorum",), CLERK),
    )
    told.press(all_of(For, m[:6]))
    told.close()
    told.arrive([member for member in everyone if member not in told.present])


def _trees(told: Told) -> None:
    """Items 4 and 5 in one vote, 8."""
    told.call("4", "Про посадку однієї яблуні")
    told.open(8, "Підтримати питання 4 і 5", "4", subject="block", also_items=("5",))
    told.press(all_of(For, MEMBERS[:10]))
    told.close()


def _election(told: Told) -> None:
    """Item 6: among candidates by name, vote 9; in secret, vote 10, whose totals were typed wrongly, and again 11."""
    m = MEMBERS
    told.call("6", "Про обрання голови лічильної комісії")
    told.open(9, "Обрати голову лічильної комісії", "6", subject="candidates", candidates=TWO)
    told.press({**{member: (For, 1) for member in m[:7]}, m[7]: (For, 2), m[8]: Abstain})
    told.close()
    first = ballot(told.at(1798), 10, "6", "Обрати секретаря ради")
    told.say(first, VoteVoided(told.at(), 10, "підсумки внесено з помилкою"))
    counts = (CandidateCount(1, 7), CandidateCount(2, 3))
    told.say(replace(first, at=told.at(), n=11, counts=counts, repeats=10))


def ballot(at: str, n: int, item: str, motion: str, **more: Any) -> SecretVoteRecorded:
    """A secret ballot among two: 8, 2, and one paper invalid."""
    return SecretVoteRecorded(
        at=at,
        n=n,
        item=item,
        motion=motion,
        motion_sha256=motion_sha256(motion),
        requirement=SEATS,
        ground="secretary",
        ground_source="ст. 59 ч. 3",
        in_quorum=11,
        ballots=Ballots(11, 11, 1),
        for_=10,
        against=0,
        abstain=0,
        candidates=TWO,
        counts=(CandidateCount(1, 8), CandidateCount(2, 2)),
        chosen=1,
        result=Result.ADOPTED,
        protocol=PROTOCOL,
        **more,
    )
