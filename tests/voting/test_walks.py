"""Sittings at random: what cannot be changes nothing, and what was done adds up and passes the audit."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import astuple, replace
from typing import Any

from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import signed_desks
from voting.entries import (
    CHOSEN,
    AbsenceJustified,
    AgendaPublished,
    AgendaReordered,
    Base,
    Candidate,
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
    FloorWithdrawn,
    ItemAdded,
    ItemWithdrawn,
    MemberArrived,
    MemberLeft,
    MinutesPublished,
    Option,
    Override,
    RecusalDeclared,
    RecusalWithdrawn,
    Result,
    SeatLeft,
    SeatTaken,
    SittingClosed,
    VoteOpened,
    VoteVoided,
    decode,
    encode,
)
from voting.errors import FoldError, VotingError
from voting.folder import Folder, fold
from voting.record import SittingRecord
from voting.requirement import needed
from voting.verify import verify
from voting.vote_event import CHANNELS, Press, State, VoteEvent

AT = "2017-11-22T08:17:51.000Z"
CLERK, SECOND = Clerk("a", "Аліна"), Clerk("b", "Богдан")
PAPER = Document("документ.pdf", "ab" * 32, 5)
ITEMS = ("1", "2", "3")
PAIR = (Candidate(1, "Айстра"), Candidate(2, "Бузок"))
OPTIONS = (*CHOSEN, Option.NOT_VOTING)


class Walk:
    """A hall that is asked for anything: each of its methods makes a fact of three small numbers, or raises."""

    def __init__(self, town: Any) -> None:
        self.town = town
        self.folder = Folder(town.sitting)
        self.entries: list[Entry] = town.house()
        self.vote: VoteEvent | None = None
        self.pressed: list[Press] = []  # of the vote, as recorded
        self.n = 0  # of presses, and of what the clerk enters
        self.feed(replace(town.opened(), chair="1007"))
        for member in town.members[:5]:
            self.feed(MemberArrived(AT, member, "terminal"))

    @property
    def record(self) -> SittingRecord:
        assert self.folder.record is not None
        return self.folder.record

    def feed(self, fact: Fact) -> None:
        entry = Entry(len(self.entries), self.town.sitting, AT, fact)
        assert decode(encode(entry)) == entry
        self.folder.feed(entry)
        self.entries.append(entry)

    def attempt(self, word: str, a: int, b: int, c: int) -> None:
        """One thing that is asked of it; "on" and "floor" are what is likely now in the life of a vote or a speech."""
        speech = self.record.current_speech
        if word == "floor" and speech is not None:
            a = speech - 1
            word = "end" if b % 3 == 0 else "pause" if self.record.running_speech else "go on"
        elif word == "floor":
            word = "give"
        if word == "on":
            state = self.vote.state if self.vote is not None else None
            word = {
                State.OPEN: "press" if b % 4 else "close",
                State.HELD: "resume" if b % 2 else "close",
                State.TIED: "tie",
                State.CLOSED: "say",
            }.get(state or State.VOIDED, "open")
        before, state = deepcopy(self.folder.record), self.vote and self.vote.state
        try:
            fact = ATTEMPTS[word](self, a, b, c)
            if fact is not None:
                self.feed(fact)
        except VotingError as error:
            assert str(error)
            assert self.folder.record == before
            assert (self.vote and self.vote.state) == state
            note(f"{word} refused")
            return
        note(f"{word} taken")
        if isinstance(fact, VoteOpened):
            self.vote, self.pressed = VoteEvent(fact, self.town.members), []
        elif fact is not None and self.vote is not None and word in ("hold", "resume", "close", "tie", "say", "void"):
            self.vote.apply(fact)  # type: ignore[arg-type]

    def member(self, a: int) -> str:
        return str(self.town.members[a % len(self.town.members)])

    def event(self) -> VoteEvent:
        if self.vote is None:
            raise FoldError(0, "there is no vote")
        return self.vote

    def presiding(self) -> str:
        """Who may give the casting vote."""
        vote = self.record.votes[self.event().opened.n]
        out = self.record.recused(vote.items) if not vote.opened.exception else frozenset()
        if self.record.chair is None or self.record.chair not in self.record.present - out:
            raise FoldError(0, "nobody may give the casting vote")
        return self.record.chair

    def open(self, a: int, b: int, c: int) -> Fact:
        record, n = self.record, self.record.next_vote_n
        present = [member for member in self.town.members if member in record.present]
        item = ITEMS[a % 3] if a % 4 else None
        block = item == "1" and b % 3 == 0
        recused = record.recused((item or "", *(("2",) if block else ())))
        aside = len(recused & record.present)
        breaks = aside > 0 and len(present) - aside < 4
        base = (Base.CAST, Base.SEATS, Base.CAST, Base.PRESENT, Base.CAST, Base.IN_OFFICE)[b % 6]
        counted = {Base.SEATS: 7, Base.IN_OFFICE: 7}.get(base, len(present))
        requirement = replace(
            self.town.requirement,
            base=base,
            needed=needed(counted, 1, 2, True),
            tie="chair" if c % 4 else "rejected",
        )
        before = (a + b) % n
        opened: VoteOpened = self.town.vote(
            n,
            present=present,
            item=item,
            requirement=requirement,
            recused=recused,
            exception=breaks and c % 3 == 0,
            in_quorum=None if c % 3 == 0 else len(present) - aside,
            method=("terminal", "terminal", "called", "entered")[c % 4],
            subject="block" if block else "candidates" if b % 5 == 0 else "motion",
            also_items=("2",) if block else (),
            candidates=PAIR if b % 5 == 0 and not block else (),
            relation="alternative" if before else None,
            refers_to=before or None,
            override=Override("так вирішили", ("no_quorum",), CLERK) if a % 2 else None,
        )
        return opened

    def press(self, a: int, b: int, c: int) -> None:
        """At the desk where the member sits; a repeat or an old press writes nothing."""
        event, member = self.event(), self.member(a)
        option = OPTIONS[b // 4 % 4]
        candidate = c // 3 % 4 or None if event.opened.candidates and option is Option.FOR else None
        desk_no = self.record.desk_of(member)
        self.n += 1
        n = self.n if c % 3 else max(1, self.n - 3)
        channel = CHANNELS[event.opened.method][c // 6 % len(CHANNELS[event.opened.method])]
        if channel == "terminal" and desk_no is not None and option is not Option.NOT_VOTING:
            boot = f"{desk_no:016x}"
            made = signed_desks.press(
                self.town.sitting, event.opened.n, desk_no, member, option, at=AT, boot=boot, n=n, candidate=candidate
            )
        else:
            aloud = "called" if channel == "terminal" else channel
            made = Press(member, self.town.console, n, option, AT, candidate, aloud)
        stands = event.check_press(member, made.boot, made.n, option, candidate, made.channel)
        if stands is None:
            event.apply(made)
            self.pressed.append(made)
        else:
            assert stands.member == member
            event_before = dict(event.standing)
            if event.state is State.OPEN:
                event.apply(made)
            assert event.standing == event_before

    def close(self, a: int, b: int, c: int) -> Fact:
        event = self.event()
        two = {"entered_by": (CLERK,), "confirmed_by": SECOND if event.opened.method == "entered" else None}
        closed = event.close(AT, "clerk" if a % 2 else "time", **two)
        assert sum(astuple(closed.tally)) == len(closed.roll) == len(self.town.members)
        assert {line.member: line.option for line in closed.roll if line.option in CHOSEN} == self.expected()
        assert sum(count.votes for count in closed.counts) == (closed.tally.for_ if event.opened.candidates else 0)
        return closed

    def expected(self) -> dict[str, Option]:
        """By a plain reading of the recorded presses: the last counts; what was taken back lets the last key stand."""
        stands: dict[str, Option] = {}
        for press in self.pressed:
            if press.option is not Option.NOT_VOTING:
                stands[press.member] = press.option
                continue
            stands.pop(press.member, None)
            keys = [key for key in self.pressed[: self.pressed.index(press)] if key.member == press.member]
            keys = [key for key in keys if key.channel == "terminal"]
            if keys:
                stands[press.member] = keys[-1].option
        return stands

    def correct(self, a: int, b: int, c: int) -> Fact:
        vote = self.record.votes.get(1 + a % 3)
        if vote is None or vote.roll is None:
            raise FoldError(0, "there is no roll")
        line = vote.roll[b % len(vote.roll)]
        if vote.opened.candidates and line.candidate != 1:
            return CorrectionNoted(AT, vote.n, line.member, line.option, Option.FOR, "помилка", CLERK, SECOND, 1)
        meant = next(option for option in reversed(CHOSEN) if option is not line.option)
        return CorrectionNoted(AT, vote.n, line.member, line.option, meant, "помилка", CLERK, SECOND)

    def end(self, a: int, b: int, c: int) -> Fact:
        speech = self.record.speeches.get(1 + a % 4)
        used = speech.used_ms + (0 if speech.paused else b) if speech is not None else b
        return FloorEnded(AT, 1 + a % 4, used)


ATTEMPTS: dict[str, Callable[[Walk, int, int, int], Fact | None]] = {
    "arrive": lambda w, a, b, c: MemberArrived(AT, w.member(a), "card"),
    "leave": lambda w, a, b, c: MemberLeft(AT, w.member(a), "console"),
    "justify": lambda w, a, b, c: AbsenceJustified(AT, w.member(a), "хвороба" if b % 2 else ""),
    "sit": lambda w, a, b, c: SeatTaken(AT, w.member(a), 1 + b % 7, "pin"),
    "rise": lambda w, a, b, c: SeatLeft(AT, w.member(a), 1 + b % 7, "pin"),
    "preside": lambda w, a, b, c: ChairTook(AT, w.member(a)),
    "recuse": lambda w, a, b, c: RecusalDeclared(AT, w.member(a), ITEMS[b % 3], None, "terminal"),
    "unrecuse": lambda w, a, b, c: RecusalWithdrawn(AT, w.member(a), ITEMS[b % 3], "console"),
    "ask": lambda w, a, b, c: FloorRequested(AT, len(w.record.requests) + 1, w.member(a), "reply", None),
    "unask": lambda w, a, b, c: FloorWithdrawn(AT, 1 + a % 4),
    "give": lambda w, a, b, c: FloorGiven(
        AT, len(w.record.speeches) + 1, 1 + b % 4 if c % 2 else None, w.member(a), None, "speech", None, 60
    ),
    "pause": lambda w, a, b, c: FloorPaused(AT, 1 + a % 4, b),
    "go on": lambda w, a, b, c: FloorResumed(AT, 1 + a % 4),
    "end": Walk.end,
    "call": lambda w, a, b, c: w.town.called(ITEMS[a % 3]),
    "add": lambda w, a, b, c: ItemAdded(AT, ITEMS[a % 3], "Додане", ITEMS[b % 3] if c % 2 else None, None, None),
    "drop": lambda w, a, b, c: ItemWithdrawn(AT, ITEMS[a % 3], None),
    "reorder": lambda w, a, b, c: AgendaReordered(AT, tuple(sorted(w.record.items, reverse=a % 2 == 0)), None),
    "publish": lambda w, a, b, c: AgendaPublished(
        AT, len(w.record.agenda_versions) + a % 2 + 1, "XXX", "2017-11-22", ()
    ),
    "attach": lambda w, a, b, c: DocumentAttached(AT, ITEMS[a % 3], PAPER),
    "minutes": lambda w, a, b, c: MinutesPublished(AT, PAPER),
    "secret": lambda w, a, b, c: w.town.secret(
        w.record.next_vote_n,
        item=ITEMS[a % 3],
        in_quorum=len(w.record.present),
        result=Result.ADOPTED if len(w.record.present) >= 4 else Result.NO_QUORUM,
        repeats=b % 3 or None if c % 2 else next((n for n, one in w.record.secret_votes.items() if one.voided), None),
    ),
    "set aside": lambda w, a, b, c: VoteVoided(
        AT, (min, max)[a % 2](w.record.secret_votes, default=99), "збій" if c % 3 else ""
    ),
    "open": Walk.open,
    "press": Walk.press,
    "hold": lambda w, a, b, c: w.event().hold(AT, a),
    "resume": lambda w, a, b, c: w.event().resume(AT, a),
    "close": Walk.close,
    "tie": lambda w, a, b, c: w.event().decide_tie(AT, w.presiding(), (Option.FOR, Option.AGAINST)[a % 2], CLERK),
    "say": lambda w, a, b, c: w.event().announce(AT),
    "void": lambda w, a, b, c: w.event().void(AT, "збій" if a % 3 else ""),
    "correct": Walk.correct,
    "shut": lambda w, a, b, c: SittingClosed(AT) if a == b == c else ItemWithdrawn(AT, "9", None),
}
NUMBER = st.integers(0, 59)
STEPS = st.lists(
    st.tuples(st.sampled_from([*ATTEMPTS, *["on"] * 40, *["floor"] * 8]), NUMBER, NUMBER, NUMBER),
    min_size=20,
    max_size=70,
)


@settings(max_examples=120, deadline=None)
@given(STEPS)
def test_sitting_at_random_never_half_applies_adds_up_and_passes_the_audit(
    town: Any, steps: list[tuple[str, int, int, int]]
) -> None:
    walk = Walk(town)
    for word, a, b, c in steps:
        walk.attempt(word, a, b, c)
        record = walk.record
        vote = record.open_vote
        assert not (vote is not None and vote.state == "open" and record.running_speech is not None)
        assert record.next_vote_n == 1 + len(record.votes) + len(record.secret_votes)
        assert len(set(record.desks.values())) == len(record.desks)
        assert walk.vote is None or walk.vote.state == record.votes[walk.vote.opened.n].state
    own = [entry for entry in walk.entries if entry.sitting is not None]
    assert fold(own) == walk.record
    report = verify(town.export(walk.entries).splitlines(keepends=True))
    assert report.problems == []
    closed = [vote for vote in walk.record.votes.values() if vote.roll is not None]
    assert (report.votes, report.secret_votes) == (len(closed), len(walk.record.secret_votes))
    chosen = [line for vote in closed for line in vote.roll or () if line.option in CHOSEN]
    assert report.signed + report.aloud == len(chosen)
