"""What the chair is told to say and do, in every state of a sitting."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from council.floor import floor_view
from council.prompts import prompts
from council.protocol_acts import (
    AskFloorFor,
    CallItem,
    CloseSitting,
    GiveFloor,
    OpenSitting,
    PauseFloor,
    SetPresence,
    SetRecusal,
)
from council.words import LANGUAGES
from voting.entries import (
    Ballots,
    Base,
    Candidate,
    ChairTook,
    Clerk,
    Document,
    Option,
    Requirement,
    Result,
    ResultAnnounced,
    SecretVoteRecorded,
    TieDecided,
    VoteHeld,
    VoteVoided,
)
from voting.vote_event import Press, VoteEvent, motion_sha256, open_vote

ACT = "0" * 16
SEATS = Requirement("majority_of_seats", Base.SEATS, 1, 2, True, 9, 5, 5, "ст. 59 ч. 2")


@pytest.fixture
def room(acts_room: ModuleType) -> Any:
    """Opened, m1 … m6 present, item 1 called."""
    room = acts_room.Room()
    room.do(OpenSitting(act=ACT))
    for n in range(1, 7):
        room.do(SetPresence(act=ACT, member=f"m{n}", present=True))
    room.do(CallItem(act=ACT, item="1"))
    return room


def told(room: Any, locale: str = "uk") -> tuple[str, str]:
    floor = None
    if room.folder.record is not None:
        floor = floor_view(room.record, room.data.profile, room.data.roll_names, room.now, room.speech_ms())
    say, do = prompts(room.data, floor)
    assert say.keys() == do.keys() == LANGUAGES.keys()
    assert all(sentence and "%(" not in sentence for sentence in (*say.values(), *do.values()))
    return say[locale], do[locale]


def opened(room: Any, **parts: Any) -> VoteEvent:
    """A vote on item 1 among those present, put into the record and the data."""
    members = [seated.member for seated in room.record.opened.members]
    fact = open_vote(
        **{
            "n": room.record.next_vote_n,
            "item": "1",
            "motion": "Рішення 1",
            "requirement": SEATS,
            "members": members,
            "present": [m for m in members if m in room.record.present],
            "seconds": 20,
            "at": room.at,
            **parts,
        }
    )
    room.feed([fact])
    room.data.event = VoteEvent(fact, members)
    return room.data.event


def vote(room: Any, event: VoteEvent, choices: str, *, announce: bool = True, **candidates: int) -> None:
    """`choices`: + - 0 of m1, m2, …; then closed, and announced."""
    options = {"+": Option.FOR, "-": Option.AGAINST, "0": Option.ABSTAIN}
    for n, choice in enumerate(choices, 1):
        candidate = candidates.get(f"m{n}")
        press = Press(f"m{n}", "b" * 16, 1, options[choice], room.at, candidate, "terminal", f"t{n}", "A" * 86 + "==")
        event.apply(press)
    closed = event.close(room.at, "clerk")
    event.apply(closed)
    room.feed([closed])
    if announce:
        announced = ResultAnnounced(room.at, event.opened.n)
        event.apply(announced)
        room.feed([announced])


def test_before_the_opening_the_chair_asks_to_be_seated(acts_room: ModuleType) -> None:
    assert told(acts_room.Room()) == (
        "Шановні колеги, прошу займати місця.",
        "Коли всі готові, секретар відкриває засідання.",
    )


def test_an_opened_sitting_waits_for_its_quorum_and_then_for_the_first_item(acts_room: ModuleType) -> None:
    room = acts_room.Room()
    room.do(OpenSitting(act=ACT))
    for n in range(1, 5):
        room.do(SetPresence(act=ACT, member=f"m{n}", present=True))
    assert told(room) == (
        "Кворуму немає: 4 із потрібних 5. Прошу реєструватися.",
        "Бракує 1 депутата. Зачекайте або оголосіть перерву; для голосування потрібна підстава в протоколі.",
    )
    room.do(SetPresence(act=ACT, member="m5", present=True))
    assert told(room) == (
        "Зареєструвалися 5 із 9, кворум є. Оголошую засідання відкритим.",
        "Секретар оголошує питання 1.",
    )


def test_a_called_item_is_debated_and_the_queue_is_named(room: Any) -> None:
    assert told(room) == (
        "Питання 1: «Про питання 1». Хто бажає виступити?",
        "Слова ніхто не просить. Коли обговорення завершено, секретар відкриває голосування.",
    )
    room.do(AskFloorFor(act=ACT, member="m2", floor="speech"))
    assert told(room)[1] == "Слова чекає 1 (Балог І.). Надайте слово або завершіть обговорення голосуванням."
    room.do(AskFloorFor(act=ACT, member="m3", floor="question"))
    assert told(room)[1] == "Слова чекають 2 (на черзі Гуль О.). Надайте слово або завершіть обговорення голосуванням."


def test_recusals_in_the_item_can_cost_the_quorum(room: Any) -> None:
    room.change(recusal=replace(room.data.profile.recusal, exception=False))
    for n in (1, 2):
        room.do(SetRecusal(act=ACT, member=f"m{n}", item="1", recused=True))
    assert told(room)[0] == "Кворуму немає: 4 із потрібних 5. Прошу реєструватися."


def test_who_has_the_floor_is_named_with_the_limit_and_told_when_it_is_over(room: Any) -> None:
    room.do(AskFloorFor(act=ACT, member="m4", floor="reply"))
    room.do(GiveFloor(act=ACT, speech=1, member="m1", seconds=90))
    assert told(room) == ("Слово має Андрухів Олена: виступ, до 1 хв 30 с.", "Далі: Дуб І., репліка.")
    room.later(90)
    assert told(room) == (
        "Ваш час вийшов. Прошу завершувати.",
        "Час вийшов (Андрухів Олена): завершіть виступ або дайте договорити. Далі: Дуб І., репліка.",
    )
    room.do(PauseFloor(act=ACT, speech=1))
    assert told(room)[0] == "Виступ призупинено: Андрухів Олена."
    room.do(GiveFloor(act=ACT, speech=2, member="m2", floor="point_of_order"))
    assert told(room) == (
        "Слово має Балог Іван: щодо порядку ведення, до 1 хв.",
        "Після завершення слово повертається тому, чий виступ перервано.",
    )


def test_an_open_vote_is_put_in_words_with_what_it_needs(room: Any) -> None:
    event = opened(room)
    assert told(room) == (
        "Ставлю на голосування: «Рішення 1». Для прийняття потрібно щонайменше 5 «за»: "
        "більшість складу ради, ст. 59 ч. 2. Прошу голосувати.",
        "Проголосували 0 із 6. Голосування закриється саме, щойно вийде час.",
    )
    assert told(room, "en")[0].startswith("I put to the vote: “Рішення 1”. 5 votes for are needed:")
    held = VoteHeld(room.at, 1, 12_000)
    event.apply(held)
    room.feed([held])
    assert told(room)[0] == "Голосування призупинено. Усе записане збережено. Прошу залишатися на місцях."


def test_an_open_vote_names_candidates_who_stands_aside_and_how_it_is_taken(room: Any) -> None:
    opened(
        room,
        recused=("m2",),
        seconds=None,
        method="called",
        order="seating",
        subject="candidates",
        candidates=(Candidate(1, "Олена Коваль"), Candidate(2, "Іван Гай")),
    )
    say, do = told(room)
    assert "Кандидати: 1 — Олена Коваль, 2 — Іван Гай." in say
    assert "Не голосують через конфлікт інтересів: Балог." in say
    assert say.endswith("Прошу відповідати вголос, коли назвуть ваше прізвище.")
    assert do == "Секретар називає прізвища. Відповіли 0 із 5."


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ("+++++-", "За — 5, проти — 1, утрималися — 0, не голосували — 0. Рішення прийнято."),
        ("+++0", "За — 3, проти — 0, утримався — 1, не голосували — 2. Рішення не прийнято."),
        ("+-000", "За — 1, проти — 1, утрималися — 3, не голосував — 1. Рішення не прийнято."),
    ],
)
def test_a_closed_vote_is_read_with_every_figure_in_its_number(room: Any, choices: str, said: str) -> None:
    vote(room, opened(room), choices, announce=False)
    assert told(room) == (said, "Зачитайте результат і оголосіть його.")


def test_a_procedural_motion_is_a_proposal_and_the_recused_are_read(room: Any) -> None:
    vote(room, opened(room, subject="procedural", recused=("m6",)), "+++++", announce=False)
    assert told(room)[0].endswith("утрималися — 0, не голосували — 0, відвід — 1. Пропозицію прийнято.")


def test_a_choice_among_candidates_is_read_with_the_one_chosen(room: Any) -> None:
    candidates = (Candidate(1, "Олена Коваль"), Candidate(2, "Іван Гай"))
    event = opened(room, subject="candidates", candidates=candidates)
    vote(room, event, "++++++", announce=False, m1=2, m2=1, m3=1, m4=1, m5=1, m6=1)
    assert told(room)[0] == "Обрано: Олена Коваль — 5, потрібно щонайменше 5."


def test_a_tie_is_asked_of_the_chair_by_name(room: Any) -> None:
    room.feed([ChairTook(room.at, "m3")])
    tie = Requirement("simple", Base.CAST, 1, 2, True, 9, 4, 5, "§ 12", "chair")
    vote(room, opened(room, requirement=tie), "++--", announce=False)
    assert room.record.votes[1].result is Result.TIED
    assert told(room) == (
        "За — 2, проти — 2, утрималися — 0, не голосували — 2. Голоси розділилися порівну, вирішальний голос — мій.",
        "Гуль Олена, вирішальний голос за вами: «за» чи «проти»? Скажіть уголос.",
    )
    room.feed([TieDecided(room.at, 1, "m3", Option.FOR, Result.ADOPTED, Clerk("ivan", "Іван Явір"))])
    assert told(room)[0].endswith("не голосували — 2. Вирішальним був голос головуючого. Рішення прийнято.")


def test_after_the_announcement_the_next_item_is_passed_on_to(room: Any) -> None:
    vote(room, opened(room), "+++++")
    assert told(room) == ("Переходимо до питання 2: «Про питання 2».", "Секретар оголошує питання 2.")


def test_a_void_vote_is_said_with_its_reason(room: Any) -> None:
    event = opened(room)
    voided = VoteVoided(room.at, 1, "збій обладнання")
    event.apply(voided)
    room.feed([voided])
    say, do = told(room)
    assert say == "Голосування № 1 визнано недійсним: збій обладнання."
    assert do == "Назвіть причину. Секретар може відкрити голосування повторно."
    room.do(CallItem(act=ACT, item="2"))
    assert told(room)[0].startswith("Питання 2:")


def test_a_secret_ballot_is_read_from_its_protocol(room: Any) -> None:
    room.feed(
        [
            SecretVoteRecorded(
                at=room.at,
                n=1,
                item="1",
                motion="Обрати секретаря",
                motion_sha256=motion_sha256("Обрати секретаря"),
                requirement=SEATS,
                ground="secretary",
                ground_source="ст. 59 ч. 3",
                in_quorum=6,
                ballots=Ballots(6, 6, 1),
                for_=5,
                against=0,
                abstain=0,
                candidates=(),
                counts=(),
                chosen=None,
                result=Result.ADOPTED,
                protocol=Document("protokol.pdf", "0" * 64, 1000),
            )
        ]
    )
    say, do = told(room)
    assert say.startswith("Таємне голосування. Бюлетенів видано: 6, виявлено: 6, недійсних: 1. Прийнято:")
    assert do.startswith("Зачитайте протокол лічильної комісії. Далі: ")
    room.feed([VoteVoided(room.at, 1, "зайвий бюлетень")])
    say, do = told(room)
    assert say == "Голосування № 1 визнано недійсним: зайвий бюлетень."
    assert do.startswith("Назвіть причину. Коли таємне голосування проведуть повторно")


def test_at_the_end_of_the_agenda_the_sitting_is_closed(room: Any) -> None:
    for n in (1, 2, 3):
        room.do(CallItem(act=ACT, item=str(n)))
        vote(room, opened(room, item=str(n), motion=f"Рішення {n}"), "+++++")
    assert told(room) == ("Порядок денний вичерпано. Оголошую засідання закритим.", "Секретар закриває засідання.")
    room.do(CloseSitting(act=ACT))
    assert told(room) == ("Засідання закрито. Дякую за роботу.", "Тут більше нічого робити не треба.")
