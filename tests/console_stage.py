"""The console's page without a hall: its template and scripts in a browser, its websocket played by the test.

States are made of the protocol's own structs, so that a field which the hall does not send cannot be shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from council.hall import strings as words
from council.hall.strings import strings
from council.protocol import PROTOCOL, ConsoleChoices, ConsoleState, Welcome
from council.rights import acts_of
from council.state_console import (
    CallView,
    ClerkView,
    FloorKindChoice,
    FloorView,
    GroundChoice,
    GuardLine,
    GuardView,
    PastVote,
    PresetChoice,
    ProposalView,
    RequestView,
    RuleChoice,
    SittingChoice,
    SpeechView,
    StaffView,
)
from council.state_parts import (
    CandidateView,
    DeskView,
    EquipmentView,
    ItemView,
    MemberView,
    RequirementView,
    ResultView,
    SecretView,
    SittingView,
    TallyView,
    VoteView,
)
from voting.entries import stamp

if TYPE_CHECKING:
    from tests.theatre import Stage, Theatre

FOLDER = Path(words.__file__).parent
TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
NAMES = ("Барвінок", "Безсмертник", "Волошка", "Деревій", "Дивосил", "Живокіст", "Звіробій", "Кульбаба", "Любисток")
GIVEN = ("Омелян", "Явдоха", "Уляна", "Гнат", "Лаврін", "Юхим", "Тиміш", "Пріська", "Олекса")
SEATS = 37
QUORUM = 19
KINDS = {"speech": ("Виступ", 180), "reply": ("Репліка", 60), "question": ("Запитання", 60)} | {
    "point_of_order": ("До процедури", 60)
}


def uk(text: str) -> dict[str, str]:
    return {"uk": text, "en": text}


def now(plus: float = 0) -> str:
    return stamp(datetime.now(UTC) + timedelta(seconds=plus))


def name(desk: int) -> str:
    family = NAMES[desk % len(NAMES)]
    return family if desk <= len(NAMES) else f"{family} {chr(0x410 + desk % 28)}."


MEMBERS = tuple(
    MemberView(
        f"m{n}", name(n), GIVEN[n % len(GIVEN)], None, "f" if n % 3 == 1 else "m", "Фракція «Лука»" if n % 2 else None
    )
    for n in range(1, SEATS + 1)
)
CHOICES = ConsoleChoices(
    rules=(
        RuleChoice("majority_of_seats", uk("більшість складу ради, ст. 59 ч. 2"), uk("рішення ради")),
        RuleChoice("two_thirds_of_seats", uk("дві третини складу ради, ст. 59 ч. 4"), uk("подолання вето")),
    ),
    default_rule="majority_of_seats",
    presets=tuple(
        PresetChoice(key, uk(text), "majority_of_seats", subject)
        for key, text, subject in (
            ("as_basis", "Прийняти за основу", "procedural"),
            ("as_a_whole", "Прийняти рішення в цілому", "motion"),
            ("amendment", "Врахувати поправку", "amendment"),
            ("add_item", "Включити питання до порядку денного", "procedural"),
            ("withdraw_item", "Зняти питання з розгляду", "procedural"),
            ("break", "Оголосити перерву", "procedural"),
        )
    ),
    grounds=(GroundChoice("secretary", uk("обрання секретаря ради")), GroundChoice("mayor", uk("повноваження голови"))),
    floor_kinds=tuple(FloorKindChoice(kind, limit, uk(word)) for kind, (word, limit) in KINDS.items()),  # type: ignore[arg-type]
    members=tuple(sorted(MEMBERS, key=lambda one: one.family_name)),
    vote_seconds=20,
)
REQUIREMENT = RequirementView(19, SEATS, uk("більшість складу ради, ст. 59 ч. 2"))
TITLES = (
    "Про порядок денний навчального засідання",
    "Про колір лавок у вигаданому парку",
    "Про ім’я для кота, який живе в навчальній раді",
    "Про внесення змін до спеціального фонду (бюджету розвитку) вигаданого бюджету на 2026 рік",
    "Про день, коли всі приходять у вишиванках",
    "Про посадку однієї яблуні на вигаданій площі",
)


def sitting(state: str = "open", mode: str = "ordinary") -> SittingView:
    return SittingView(
        "rada-2026",
        "Навчальна рада",
        "Вигадане",
        "III сесія",
        mode,
        None,
        state,
        "Europe/Kyiv",  # type: ignore[arg-type]
    )


def agenda(current: int = 4, verdict: str | None = None) -> tuple[ItemView, ...]:
    def one(n: int, title: str) -> ItemView:
        state = "done" if n < current else "current" if n == current else "waiting"
        said = "прийнято, 21 «за»" if n < current else verdict if n == current else None
        return ItemView(str(n), title, state, uk(said) if said else None, consent=n > 4)  # type: ignore[arg-type]

    return tuple(one(n, title) for n, title in enumerate(TITLES, 1))


def desk(n: int, **changed: Any) -> DeskView:
    view = DeskView(
        desk_no=n, member=f"m{n}", name=name(n), present=n != 8, no_record=False, linked=n != 8, enrolled=True,
        rtt_ms=480 if n == 30 else 40, voted=False, option=None,
    )  # fmt: skip
    return msgspec.structs.replace(view, **changed)


def desks(change: Callable[[int], dict[str, Any]] = lambda n: {}) -> tuple[DeskView, ...]:
    return tuple(desk(n, **change(n)) for n in range(1, SEATS + 1))


def guard(
    text: str = "Усі на зв’язку. Кворум є. Голосування можна відкривати.", *, ok: bool = True, blocked: bool = False
) -> GuardView:
    lines = () if ok else (GuardLine("no_quorum" if blocked else "offline", blocked, (8,), uk(text)),)
    return GuardView(ok, blocked, lines, uk(text))


def vote(n: int = 4, state: str = "open", **changed: Any) -> VoteView:
    view = VoteView(
        n=n, item="4", title=TITLES[3], state=state, requirement=REQUIREMENT, opened_at=now(-36), seconds=60,  # type: ignore[arg-type]
        closes_at=now(24) if state == "open" else None, closed_at=None if state in ("open", "held") else now(-2),
        original_at=None, result=None, entitled=36,
    )  # fmt: skip
    return msgspec.structs.replace(view, **changed)


def result(result: str = "adopted", **changed: Any) -> ResultView:
    words = {
        "adopted": ("Прийнято", "21 «за», потрібно 19 із 37: на 2 більше — ст. 59 ч. 2"),
        "rejected": ("Не прийнято", "18 «за», потрібно 19 із 37: бракує 1 — ст. 59 ч. 2"),
        "tied": ("Голосів порівну", "10 «за», 10 «проти» — вирішує голова"),
    }
    verdict, reason = words[result]
    view = ResultView(result, uk(verdict), uk(reason), TallyView(21, 3, 2, 10, 1, 0, 0))  # type: ignore[arg-type]
    return msgspec.structs.replace(view, **changed)


def past(n: int, state: str = "announced", *may: str) -> PastVote:
    return PastVote(
        n,
        str(n),
        TITLES[n - 1],
        state,
        uk("прийнято, 21 «за»"),
        may or ("void", "reconsider", "correct", "print"),
        seconds=90,
    )  # type: ignore[arg-type]


def request(n: int, floor: str = "speech") -> RequestView:
    return RequestView(n, f"m{n}", name(n), n, "Фракція «Лука»", floor, KINDS[floor][1], now())  # type: ignore[arg-type]


def speech(*, left: float = 100, paused: bool = False) -> SpeechView:
    return SpeechView(
        3, "m3", name(3), GIVEN[3], "Фракція «Лука»", 3, "speech", "4", now(left - 180), 180, paused,
        None if paused else now(left), int(left * 1000) if paused else None, int((180 - left) * 1000),
    )  # fmt: skip


def floor(queue: Sequence[RequestView] = (), speaking: SpeechView | None = None) -> FloorView:
    return FloorView(speaking, tuple(queue), (), 4, 30)


def call(place: int = 5) -> CallView:
    rest = [name(n) for n in range(place + 1, place + 6)]
    return CallView(f"m{place}", name(place), place, 36, tuple(rest), tuple(f"m{n}" for n in range(1, place)))


EQUIPMENT = (
    EquipmentView("camera", True, uk("Камера 1 пише")),
    EquipmentView("disk", True, uk("Диск: місця на 212 год")),
    EquipmentView("clock", True, uk("Годинник: похибка 4 мс")),
    EquipmentView("ledger", True, uk("Журнал: запис 411 на диску")),
)


def state(**changed: Any) -> ConsoleState:
    """An item has been called, nothing stands against opening its vote."""
    view = ConsoleState(
        rev=1,
        server_time=now(),
        sitting=sitting(),
        agenda=agenda(),
        item=agenda()[3],
        next_item="5",
        next_motion=TITLES[3],
        vote=None,
        next_vote_n=4,
        next_seconds=60,
        requirement=REQUIREMENT,
        desks=desks(),
        present=36,
        seats=SEATS,
        quorum=QUORUM,
        voted=0,
        entitled=0,
        equipment=EQUIPMENT,
        guard=guard(),
        floor=floor(),
        votes=(past(3), past(2), past(1)),
        chair=MEMBERS[0],
        prompt=uk("Питання 4. Хто бажає виступити?"),
        prompt_do=uk("Ніхто не чекає на слово. Після обговорення секретар відкриє голосування."),
        consent=("5", "6"),
        margin=17,
        next_rule="majority_of_seats",
    )
    return msgspec.structs.replace(view, **changed)


def opened(voted: int = 14, **changed: Any) -> ConsoleState:
    how = {"vote": vote(), "voted": voted, "entitled": 36, "next_vote_n": 5, "next_motion": None}
    how |= {"votes": (past(4, "open", "void"), past(3))}
    how |= {"desks": desks(lambda n: {"voted": n <= voted and n != 8})}
    return state(**(how | changed))


def closed(**changed: Any) -> ConsoleState:
    options = ("for", "for", "against", "abstain", "not_voting")
    how = {
        "vote": vote(state="closed", result=result()),
        "next_vote_n": 5,
        "next_motion": None,
        "entitled": 36,
        "voted": 21,
    }
    how |= {"desks": desks(lambda n: {"option": "absent" if n == 8 else options[n % 5]})}
    how |= {
        "prompt": uk("«За — 21, проти — 3, утрималися — 2, не голосували — 10. Рішення прийнято»."),
        "votes": (past(4, "closed", "void", "print"), past(3)),
    }
    return state(**(how | changed))


def welcome(role: str = "clerk", staff: str = "olena", sittings: Sequence[SittingChoice] = ()) -> Welcome:
    acts = acts_of(role)
    return Welcome(
        protocol=PROTOCOL, build="b", server_time=now(), staff=StaffView(staff, "Олена Писар", role, acts),  # type: ignore[arg-type]
        sittings=tuple(sittings),
    )  # fmt: skip


def proposal(by: str = "olena") -> ProposalView:
    text = f"{name(5)}: записано «не голосував», мало бути «за»."
    return ProposalView(1, "correction", by, "Ганна Друга", uk(text))


def clerks(**names: str) -> tuple[ClerkView, ...]:
    """By staff id."""
    return tuple(ClerkView(staff, name) for staff, name in names.items())


def candidates(*names: str) -> tuple[CandidateView, ...]:
    return tuple(CandidateView(n, one) for n, one in enumerate(names, 1))


def secret(n: int = 5) -> SecretView:
    """A ballot on the current item, after vote `n` - 1."""
    words = uk("Обрано"), uk("Ярина Волошка — 21 «за», потрібно 19 із 37")
    figures: Any = {"issued": 36, "found": 36, "invalid": 1, "for_": 30, "against": 3, "abstain": 2}
    return SecretView(
        n, "4", "Обрати секретаря ради", now(-2), uk("Таємне голосування."), *words, **figures,
        candidates=candidates("Ярина Волошка", "Гнат Деревій"), counts=((1, 21), (2, 9)), chosen=1,
    )  # fmt: skip


theatre: Theatre = None  # type: ignore[assignment]  # the session's, put here by the fixture `stages`


@asynccontextmanager
async def stage(
    screen: str = "console",
    *,
    first: ConsoleState | None = None,
    hello: Welcome | None = None,
    choices: ConsoleChoices = CHOICES,
    language: str = "uk",
    **options: Any,
) -> AsyncIterator[Stage]:
    """The page, shown its first state. options: as of `Theatre.playing`."""
    made = theatre.stage(hello or welcome(), choices)
    context = {
        "locale": language, "lang_links": [("uk", "Українська", "?lang=uk"), ("en", "English", "?lang=en")],
        "csrf": "token", "clerk": "Олена Писар", "error": None, "code": None, "name": None, "next": None,
        "link": None,
        "may": lambda right: True,
        "page": {"ws": "/ws/console", "build": "b", "lang": language, "words": strings(language, screen)},
    }  # fmt: skip
    html = TEMPLATES.get_template(f"{screen}.html").render(**context)
    said: list[str] = []

    def hear(error: object) -> None:
        said.append(str(error))

    async with theatre.playing(html, made.attach, locale=language, **options) as made.page:
        made.page.on("pageerror", hear)
        try:
            made.show(first or state())
            await made.page.goto(f"{theatre.url}/{screen}")
            yield made
        finally:
            made.page.remove_listener("pageerror", hear)
    assert said == [], said


FRESH_S = 1.2  # an act that has just appeared is deaf for a second


@asynccontextmanager
async def console(state: ConsoleState | None = None, **options: Any) -> AsyncIterator[Stage]:
    """Shown its first state, whose acts have been there for a second."""
    async with stage(first=state, **options) as made:
        await made.page.locator("#acts > *").first.wait_for()
        await asyncio.sleep(FRESH_S)
        yield made


async def keys(on: Stage, *pressed: str) -> None:
    for key in pressed:
        await on.page.keyboard.press(key)


async def act(on: Stage, type_: str) -> dict[str, Any]:
    """The next message of this type that the page sends, without its number."""
    async with asyncio.timeout(10):
        while not (on.acts and on.acts[-1]["type"] == type_):
            await asyncio.sleep(0.02)
    return {name: value for name, value in on.acts[-1].items() if name not in ("type", "act")}
