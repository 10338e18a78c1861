"""Sittings of acts at random: what the hall puts into the ledger the fold takes and the audit finds right, every screen
can be drawn on the way, and at the end every paper can be printed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from council import protocol as desk
from council import protocol_acts as say
from council.acts import SignedIn, facts_of
from council.acts.corrections import propose
from council.acts.moves import close, hold, void
from council.applied import apply_entry
from council.entering import answers_of
from council.papers.chronicle import chronicle
from council.papers.minutes import minutes
from council.papers.plain import text
from council.papers.seal import Setting
from council.papers.sheet import NoSheet, sheet
from council.profile import load
from council.refusals import Refusal
from council.views_console import console_state, entered_answers
from council.views_display import display_state, live_state
from council.views_terminal import chamber_state, standing
from voting.entries import CHOSEN, Clerk, Entry, Fact, Option, VoteClosed, VoteOpened, decode, encode
from voting.errors import BadVote, FoldError, VotingError
from voting.recount import recount_closing, recount_opening
from voting.recount_facts import recount_fact
from voting.vote_event import Press

CLERKS = (Clerk("a", "Перша"), Clerk("b", "Друга"))
MEMBERS = [f"m{n}" for n in range(1, 10)]
FLOOR = ("speech", "reply", "question", "point_of_order")
SUBJECTS = (None, "motion", "procedural", "amendment", "as_amended", "block", "alternative")
RELATIONS = ("repeat", "reconsideration", "as_amended", "alternative")


class Walk:
    """One sitting; `entries` is its ledger. Each method whose name ends in _ does something at random."""

    def __init__(self, room: Any, rng: random.Random) -> None:
        self.room, self.rng = room, rng
        self.entries: list[Entry] = []

    @property
    def data(self) -> Any:
        return self.room.data

    @property
    def record(self) -> Any:
        return self.room.folder.record

    def context(self, desk_no: int | None = None) -> Any:
        return replace(self.room.context(desk_no), by=self.rng.choice(CLERKS))

    def write(self, facts: Sequence[Fact]) -> None:
        """As the chamber does, and then as the audit does."""
        for fact in facts:
            entry = Entry(len(self.entries), self.room.folder.sitting, self.room.at, fact)
            assert decode(encode(entry)) == entry
            self.entries.append(entry)
            apply_entry(self.data, self.room.folder, entry)
            if isinstance(fact, VoteOpened):
                wrong = recount_opening(self.record, fact)
            elif isinstance(fact, VoteClosed):
                wrong = recount_closing(self.record, self.record.votes[fact.n])
            else:
                wrong = recount_fact(self.record, fact)
            assert wrong == []

    def do(self, kind: Any, **fields: Any) -> None:
        self.write(facts_of(kind(act=f"{self.rng.getrandbits(64):016x}", **fields), self.context()))

    def item(self) -> str:
        return self.rng.choice(list(self.record.items))

    def vote(self) -> int:
        return self.rng.choice([*self.record.votes, *self.record.secret_votes, self.record.next_vote_n])

    def speech(self) -> int:
        return max(1, len(self.record.speeches) + self.rng.choice((1, 1, 0, -1)))

    def who(self) -> str:
        return self.rng.choice(MEMBERS)

    def maybe(self, *values: Any) -> Any:
        return self.rng.choice((None, *values))

    # --- what happens -----------------------------------------------------------------------------------------------

    def come_(self) -> None:
        self.do(say.SetPresence, member=self.who(), present=self.rng.random() < 0.8)

    def excuse_(self) -> None:
        self.do(say.JustifyAbsence, member=self.who(), reason=self.maybe("хвороба", " "))

    def sit_(self) -> None:
        self.do(say.SetSeat, desk_no=self.rng.randint(1, 10), member=self.maybe(*MEMBERS))

    def preside_(self) -> None:
        self.do(say.SetChair, member=self.who())

    def recuse_(self) -> None:
        self.do(say.SetRecusal, member=self.who(), item=self.item(), recused=self.rng.random() < 0.7)

    def call_(self) -> None:
        self.do(say.CallItem, item=self.item())

    def agenda_(self) -> None:
        n = self.maybe(self.vote())
        match self.rng.randrange(4):
            case 0:
                item = self.rng.choice((self.item(), "9", "7а"))
                self.do(say.AddItem, item=item, title="Нове", after=self.maybe(self.item()), vote_n=n, ground="!")
            case 1:
                self.do(say.WithdrawItem, item=self.item(), vote_n=n)
            case _:
                order = [item for item in self.record.items if item not in self.record.withdrawn_items]
                self.do(say.ReorderAgenda, order=tuple(self.rng.sample(order, len(order))), vote_n=n)

    def open_(self) -> None:
        method = self.rng.choice((*["terminal"] * 6, "called", "entered"))
        fields: dict[str, Any] = {"vote_n": self.record.next_vote_n, "seconds": self.maybe(20), "method": method}
        fields |= {"override": self.maybe("привід", " "), "rule": self.maybe(*self.data.profile.rules)}
        match self.rng.randrange(5):
            case 0:
                fields |= {"motion": "Інше", "subject": self.rng.choice(SUBJECTS)}
            case 1:
                fields |= {"motion": "Обрати", "candidates": ("Коваль", "Мороз", "Гай")[: self.rng.randint(1, 3)]}
            case 2:
                fields |= {"also_items": (self.item(), self.item())}
            case 3:
                fields |= {"relation": self.rng.choice(RELATIONS), "refers_to": self.vote()}
                fields |= {"motion": self.maybe("Ще раз"), "reason": self.maybe("привід")}
        self.do(say.OpenVote, **fields)

    def press_(self) -> None:
        """Many at once, of whom most agree, or two halves."""
        event, lean, halves = self.data.event, self.rng.choice((Option.FOR, *CHOSEN)), self.rng.random() < 0.4
        roll = event.opened.entitled if event is not None else ()
        for place, member in enumerate(roll[: len(roll) // 2 * 2] if halves else roll):
            option = CHOSEN[place % 2] if halves else self.rng.choice((*[lean] * 9, *CHOSEN))
            candidate = 1 if event.opened.candidates and option is Option.FOR else None
            if event.check_press(member, "0" * 16, len(self.entries), option, candidate) is None:
                made = Press(member, "0" * 16, len(self.entries), option, self.room.at, candidate)
                event.apply(replace(made, terminal="t", signature="A" * 86 + "=="))

    def enter_(self) -> None:
        by, chosen = self.rng.choice(CLERKS), ("for", "against", "abstain", "not_voting", 1)
        answers = {member: self.rng.choice(chosen) for member in self.rng.sample(MEMBERS, 3)}
        act = say.EnterAnswers(f"{self.rng.getrandbits(64):016x}", self.vote(), answers, self.maybe("for"))
        for press in answers_of(act, self.data, self.room.now):
            self.data.event.apply(press)
            self.data.answered |= {press.member}
            self.data.entered_by = tuple(dict.fromkeys((*self.data.entered_by, by)))

    def close_(self) -> None:
        self.write(close(self.context(), max(self.record.votes, default=1), self.room.at, "clerk"))

    def hold_(self) -> None:
        self.write(hold(self.context(), self.vote(), self.room.at, 5000))

    def resume_(self) -> None:
        self.do(say.ResumeVote, vote_n=self.vote())

    def outcome_(self) -> None:
        self.do(say.DecideTie, vote_n=max(self.record.votes, default=1), option=self.rng.choice(("for", "against")))

    def announce_(self) -> None:
        self.do(say.AnnounceResult, vote_n=max(self.record.votes, default=1))

    def void_(self) -> None:
        self.write(void(self.context(), self.vote(), self.rng.choice(("збій", " "))))

    def correct_(self) -> None:
        meant, words = self.rng.choice(("for", "against", "abstain", 1, 2)), self.rng.choice(("хиба", " "))
        number = len(self.data.proposals) + len(self.data.settled) + 1
        act = say.NoteCorrection(f"{number:016x}", self.vote(), self.who(), meant, words)
        proposal = propose(act, self.context(), number)
        if proposal is not None:
            self.data.proposals[number] = proposal
            self.do(say.ConfirmProposal, proposal=number)

    def secret_(self) -> None:
        if self.rng.random() < 0.7:
            return
        for_, against = self.rng.randint(0, 5), self.rng.randint(0, 5)
        names = self.rng.choice(((), (), ("Коваль", "Мороз")))
        void = [n for n, one in self.record.all_votes.items() if one.void_reason is not None]
        found = for_ + against
        self.do(
            say.RecordSecretVote, vote_n=self.record.next_vote_n, motion="Обрати", ground=self.ground(),
            rule=self.maybe(*self.data.profile.rules), issued=found + self.rng.randint(0, 3), found=found, invalid=0,
            votes_for=for_, votes_against=against, votes_abstain=0, candidates=names, counts=(for_, 0) if names else (),
            protocol_name="п.pdf", protocol_sha256="a" * 64, protocol_bytes=1, repeats=self.maybe(1, *void, *void),
        )  # fmt: skip

    def ground(self) -> str:
        return self.rng.choice(("none", *self.data.profile.grounds))

    def floor_(self) -> None:
        n, request = self.speech(), self.rng.randint(1, len(self.record.requests) + 1)
        match self.rng.randrange(7):
            case 0:
                self.do(say.AskFloorFor, member=self.who(), floor=self.rng.choice(FLOOR))
            case 1:
                self.do(say.WithdrawRequest, request=request)
            case 2:
                one: dict[str, Any] = self.rng.choice(
                    ({"request": request}, {"member": self.who()}, {"speaker": "Гість"})
                )
                self.do(say.GiveFloor, speech=n, floor=self.rng.choice(FLOOR), seconds=self.maybe(30), **one)
            case 3:
                self.do(say.NextSpeaker, speech=n)
            case other:
                self.do((say.PauseFloor, say.ResumeFloor, say.EndFloor)[other - 4], speech=n)

    def film_(self) -> None:
        if self.rng.random() < 0.5:
            self.do(say.PauseFilming, ground=self.maybe(*self.data.profile.grounds), reason=self.maybe("таємно"))
        else:
            self.do(say.ResumeFilming)

    def desk_(self) -> None:
        act = self.rng.choice(
            (desk.Arrive(), desk.Leave(), desk.LeaveSeat(), SignedIn(self.who(), "card"), desk.AskFloor("speech"),
             desk.DeclareRecusal(self.item(), None), desk.WithdrawFloor(1))
        )  # fmt: skip
        self.write(facts_of(act, self.context(self.rng.randint(1, 9))))

    def time_(self) -> None:
        self.room.later(self.rng.choice((1, 40, 300)))

    def look(self) -> None:
        """Every screen."""
        data, now = self.data, self.room.now
        data.tick(now, self.room.monotonic)
        console_state(data, now), display_state(data, now), live_state(data, now), chamber_state(data, now)
        entered_answers(data)
        assert [standing(data, member) for member in (None, *MEMBERS)]


WEIGHT = {"press_": 14, "close_": 6, "open_": 9, "announce_": 7, "come_": 3, "call_": 2, "outcome_": 3, "floor_": 5}
STEPS: list[Callable[[Walk], None]] = [
    step
    for name, step in vars(Walk).items()
    if name.endswith("_")
    for _ in range(WEIGHT.get(name, 1))
    if name[0] != "_"
]


@pytest.mark.parametrize("seed", range(32))
def test_what_the_hall_takes_the_audit_finds_right_and_every_screen_and_paper_shows(
    acts_room: ModuleType, seed: int
) -> None:
    rng = random.Random(seed)
    profile = load(("ua", "in", "pl", "in", "ro")[seed % 5])
    recusal = replace(profile.recusal, exception=rng.random() < 0.5, counts_for_quorum=False)
    walk = Walk(acts_room.Room(replace(profile, recusal=recusal)), rng)
    walk.do(say.OpenSitting)
    for member in MEMBERS[: rng.randint(4, 9)]:
        walk.do(say.SetPresence, member=member, present=True)
    walk.do(say.CallItem, item="1")
    for step in range(300):
        try:
            rng.choice(STEPS)(walk)
        except Refusal as refusal:
            assert refusal.sentence("uk")
        except FoldError:
            raise
        except BadVote as error:
            assert "without saying how" in str(error)  # what no console sends
        except VotingError:
            pass  # of a press
        if step % 20 == 0:
            walk.look()
    setting = Setting(rng.choice(("uk", "en", "pl", "ro", "mr")), "uk", None)
    told = chronicle(tuple(walk.entries))
    printed = text(minutes(told, None, setting))
    for n in (*walk.record.votes, *walk.record.secret_votes):
        try:
            printed += text(sheet(told, n, None, setting))
        except NoSheet:
            assert walk.record.votes[n].roll is None
    assert "%(" not in printed
