"""A sitting of an invented Polish town under the profile `pl`, by the hall's own acts, and its papers in Polish."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import ModuleType
from typing import Any

import pytest

from council import profile
from council.acts import facts_of
from council.acts.moves import announce, close
from council.chamber_data import ChamberData
from council.papers import plain
from council.papers.chronicle import chronicle
from council.papers.minutes import minutes
from council.papers.seal import Setting
from council.papers.sheet import sheet
from council.protocol_acts import AddItem, CallItem, CloseSitting, OpenSitting, OpenVote, RecordSecretVote, SetPresence
from council.sitting import Body, PlannedItem, PlannedMotion, SittingPlan
from voting.entries import Entry, Option, Seated
from voting.folder import Folder
from voting.vote_event import Press, VoteEvent

ACT, SITTING = "0" * 16, "zmyslonka-2026-03-05"
PEOPLE = (
    *(("Borówka", "Jadwiga", "f"), ("Chaber", "Mikołaj", "m"), ("Dzwonek", "Łucja", "f"), ("Głóg", "Śnieżan", "m")),
    *(("Jaskółka", "Żaneta", "f"), ("Kąkol", "Ignacy", "m"), ("Łopian", "Bożena", "f"), ("Mięta", "Cezary", "m")),
    *(("Ostrokrzew", "Ewa", "f"), ("Piołun", "Hieronim", "m"), ("Rzęsa", "Iga", "f"), ("Szczaw", "Józef", "m")),
    *(("Ślaz", "Klara", "f"), ("Żywokost", "Leon", "m"), ("Źdźbło", "Maja", "f")),
)
SECRET = {
    "vote_n": 4, "ground": "chair", "rule": "absolute_of_votes", "motion": "Wybór przewodniczącego rady",
    "issued": 13, "found": 13, "invalid": 1, "votes_for": 10, "votes_against": 1, "votes_abstain": 1,
    "candidates": ("Borówka Jadwiga", "Chaber Mikołaj"), "counts": (7, 3),
    "protocol_name": "protokol-komisji-skrutacyjnej.pdf", "protocol_sha256": "5e" * 32, "protocol_bytes": 40_000,
}  # fmt: skip


class Sitting:
    """Thirteen of fifteen are there; each act is folded as the ledger would have it."""

    def __init__(self, acts_room: ModuleType) -> None:
        self.room = acts_room.Room(profile.load("pl"))
        self.room.now, self.room.folder = datetime(2026, 3, 5, 9, 0, tzinfo=UTC), Folder(SITTING)
        members = tuple(
            Seated(f"m{n}", family, given, None, gender, "Klub „Łąka”" if n < 9 else None, n)  # type: ignore[arg-type]
            for n, (family, given, gender) in enumerate(PEOPLE, 1)
        )
        motions = (PlannedMotion("1", 1, "Uchwała w sprawie nazwania kładki Mruczną", "simple_majority", 20, None, ()),)
        items = (PlannedItem("1", "Nazwa kładki", motions), PlannedItem("2", "Wybór przewodniczącego rady", ()))
        body = Body(
            "zm", "Gmina Zmyślonka", "Rada Miejska w Zmyślonce", 15, "pl", "pl", "Europe/Warsaw", training=False
        )
        day = date(2026, 3, 5)
        plan = SittingPlan(SITTING, body, "XII sesja", "plenary", day, "ordinary", None, members, items)
        self.room.data = ChamberData(plan, profile.load("pl"))
        self.entries: list[Entry] = []

    def say(self, facts: Any) -> None:
        for fact in facts:
            self.entries.append(Entry(self.room.seq, SITTING, self.room.at, fact))
            self.room.folder.feed(self.entries[-1])
            self.room.seq += 1
        self.room.data.record = self.room.folder.record
        self.room.later(3)

    def do(self, act: Any) -> None:
        self.say(facts_of(act, self.room.context()))

    def vote(self, n: int, choices: str, **opening: Any) -> None:
        """`choices`: + - 0 of m1, m2, …; who has none sits still."""
        self.do(OpenVote(act=ACT, vote_n=n, seconds=None, **opening))
        data = self.room.data
        data.event = VoteEvent(data.record.votes[n].opened, [seated.member for seated in data.plan.members])
        options = {"+": Option.FOR, "-": Option.AGAINST, "0": Option.ABSTAIN}
        for place, choice in enumerate(choices, 1):
            press = Press(f"m{place}", "b" * 16, 1, options[choice], self.room.at, None, "terminal", f"t{place}")
            data.event.apply(press)
        closed = close(self.room.context(), n, self.room.at, "clerk")
        data.event.apply(closed[0])
        self.say(closed)
        announced = announce(self.room.context(), n)
        data.event.apply(announced[0])
        self.say(announced)


@pytest.fixture(scope="module")
def sitting(acts_room: ModuleType) -> Sitting:
    told = Sitting(acts_room)
    told.do(OpenSitting(act=ACT))
    for n in range(1, 14):
        told.do(SetPresence(act=ACT, member=f"m{n}", present=True))
    told.do(CallItem(act=ACT, item="1"))
    extra = {"motion": "Wprowadzić punkt o kocie", "rule": "absolute_of_seats", "subject": "procedural"}
    told.vote(1, "++++++++-----", **extra)
    told.do(AddItem(act=ACT, item="3", title="Kot w ratuszu", after=None, vote_n=1, ground="kot czeka"))
    told.vote(2, "+++++----000")
    told.vote(3, "++++++----000", motion="Zaciągnąć pożyczkę na kładkę", rule="absolute_of_votes")
    told.do(CallItem(act=ACT, item="2"))
    told.do(RecordSecretVote(act=ACT, **SECRET))
    told.do(CloseSitting(act=ACT))
    return told


def test_each_polish_majority_is_counted_from_what_its_law_says(sitting: Sitting) -> None:
    record = sitting.room.record
    assert record.opened.quorum == 8  # at least half of 15
    assert [(vote.requirement.base, vote.result) for vote in record.votes.values()] == [
        ("seats", "adopted"),  # 8 of 15
        ("cast", "adopted"),  # 5 to 4, and 3 who abstained
        ("voted", "rejected"),  # 6 are more than 4, and not more than 4 and 3
    ]
    secret = record.secret_votes[4].fact
    assert (secret.chosen, secret.ground) == (1, "chair")


SAID = {
    1: (
        "Wymagane: bezwzględna większość ustawowego składu rady, 8 z 15 (art. 20 ust. 1a i art. 28a ust. 2 ustawy",
        "Wniosek formalny; głosowanie jawne imienne",
        "Przyjęto: 8 „za” — dokładnie tyle, ile trzeba",
    ),
    2: (
        "Wymagane: więcej głosów „za” niż „przeciw” (art. 14 ust. 1 ustawy o samorządzie gminnym).",
        "Przyjęto: 5 „za”, 4 „przeciw” — więcej „za” niż „przeciw”",
        "11. Rzęsa Iga: Wstrzymuję się 12. Szczaw Józef: Wstrzymuję się 13. Ślaz Klara: Nie głosowała",
    ),
    3: (
        "Wymagane: bezwzględna większość głosów (art. 19 ust. 1 i 4 oraz art. 58 ust. 2 ustawy o samorządzie gminnym).",
        "Nie przyjęto: 6 „za” z 7 wymaganych, zabrakło 1",
    ),
    4: (
        "Zestawienie głosowania tajnego nr 4",
        "Głosowanie tajne (art. 19 ust. 1 i 4 ustawy o samorządzie gminnym): nigdzie nie zapisano, kto jak głosował.",
        "Wybrano: Borówka Jadwiga — 7, wymagane co najmniej 7",
        "Kart wyjętych z urny: 13 Kart nieważnych: 1",
    ),
}
MINUTES = (
    "Protokół z posiedzenia",
    "dodano na końcu: 3. Kot w ratuszu (głosowanie nr 1); tryb pilny: kot czeka",
    "Wymagane 7 z 13 głosów, łącznie z wstrzymującymi się (art. 19 ust. 1 i 4 oraz art. 58 ust. 2 ustawy o samorządzie "
    "gminnym); za — 6; zabrakło 1: nie przyjęto.",
    "Lp.: 4; Punkt: 2; Wniosek: Wybór przewodniczącego rady; Wynik: Wybrano",
)


def test_sheets_and_minutes_speak_polish_throughout(sitting: Sitting) -> None:
    told, setting = chronicle(sitting.entries), Setting("pl", "pl", None)
    papers = {n: plain.text(sheet(told, n, None, setting)) for n in SAID} | {
        0: plain.text(minutes(told, None, setting))
    }
    for n, words in {**SAID, 0: MINUTES}.items():
        text = " ".join(papers[n].split())
        assert [said for said in words if said not in text] == [], n
        assert f"nr {n}" in text or n == 0
        assert "№" not in text
