"""The console's rules without a screen: what is offered, asked, said and sent, run in Chromium."""

from __future__ import annotations

import json
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from council.rights import RIGHTS, may
from council.state_console import SecretBallot

if TYPE_CHECKING:
    from playwright.async_api import Page

LOCAL = {
    "link": "up",
    "staff": "olena",
    "presence": False,
    "chosen": None,
    "confirm": None,
    "refused": None,
    "lost": None,
}

OFFERS = """
async ([state, local, rights]) => {
  const { offers } = await import("/static/console_offers.js");
  return offers(state, local, new Set(rights));
}
"""


def plain(value: Any) -> Any:
    return json.loads(msgspec.json.encode(value))


async def offered(
    modules: Page, stages: ModuleType, state: Any, role: str = "clerk", **local: Any
) -> tuple[str | None, list[str], list[str]]:
    """The next act, those beside it, all."""
    rights = list(stages.welcome(role).staff.acts)
    found = await modules.evaluate(OFFERS, [plain(state), LOCAL | local, rights])
    return found["main"], found["others"], found["all"]


@pytest.mark.parametrize(
    ("name", "main", "others"),
    [
        ("item", "open_vote", ["change_time", "change_text", "mark_presence"]),
        ("no_quorum", "mark_presence", ["open_vote", "change_time"]),
        ("spoken", "next_speaker", ["pause_floor", "end_floor"]),
        ("open", "close_vote", ["hold_vote", "void_vote"]),
        ("held", "resume_vote", ["close_vote", "void_vote"]),
        ("entered", "enter_answers", ["void_vote"]),
        ("entered_own", None, ["enter_answers", "void_vote"]),
        ("entered_other", "close_vote", ["enter_answers", "void_vote"]),
        ("tied", None, ["decide_for", "decide_against", "void_vote"]),
        ("tied_unled", "set_chair", ["void_vote"]),
        ("tied_recused", "set_chair", ["void_vote"]),
        ("closed", "announce", ["void_vote", "print"]),
        ("announced", "call_item", ["print", "reconsider", "mark_presence"]),
        ("secret", "call_item", ["print", "mark_presence"]),
        ("secret_void", "repeat_secret", ["mark_presence", "print"]),
        ("voided", "repeat_vote", ["change_time", "mark_presence", "print"]),
        ("over", "minutes", ["past_votes"]),
    ],
)
async def test_each_state_has_one_next_act_and_at_most_three_beside_it(
    modules: Page, stages: ModuleType, name: str, main: str | None, others: list[str]
) -> None:
    hand = stages.vote(method="entered", seconds=None, closes_at=None)
    blocked = stages.guard("Кворуму немає.", ok=False, blocked=True)
    states = {
        "item": stages.state(),
        "no_quorum": stages.state(present=17, guard=blocked),
        "spoken": stages.state(floor=stages.floor([stages.request(5)], stages.speech())),
        "open": stages.opened(),
        "held": stages.opened(vote=stages.vote(state="held", left_ms=20_000)),
        "entered": stages.opened(vote=hand, voted=0),
        "entered_own": stages.opened(vote=hand, entered_by=stages.clerks(olena="Олена Писар")),
        "entered_other": stages.opened(vote=hand, entered_by=stages.clerks(ganna="Ганна Друга")),
        "tied": stages.closed(vote=stages.vote(state="tied", result=stages.result("tied"))),
        "tied_unled": stages.closed(vote=stages.vote(state="tied", result=stages.result("tied")), chair=None),
        "tied_recused": stages.closed(vote=stages.vote(state="tied", result=stages.result("tied")), chair_casts=False),
        "closed": stages.closed(),
        "announced": stages.closed(
            vote=stages.vote(state="announced", result=stages.result()), votes=(stages.past(4),)
        ),
        "secret": ballot(stages),
        "secret_void": void_ballot(stages),
        "voided": stages.state(
            vote=stages.vote(state="voided"), votes=(stages.past(4, "voided", "repeat", "print"), stages.past(3))
        ),
        "over": stages.state(sitting=stages.sitting("closed")),
    }
    assert (await offered(modules, stages, states[name]))[:2] == (main, others)


def ballot(stages: ModuleType) -> Any:
    """A secret ballot after a named vote on the same item."""
    before = stages.vote(state="announced", result=stages.result())
    votes = (stages.past(5, "secret", "print"), stages.past(4))
    named = stages.desks(lambda n: {"option": "against"})
    return stages.closed(vote=before, secret=stages.secret(), next_vote_n=6, votes=votes, desks=named)


def void_ballot(stages: ModuleType) -> Any:
    spoilt = msgspec.structs.replace(stages.secret(), void_reason="Зайвий бюлетень")
    again = msgspec.structs.replace(stages.past(5, "voided", "repeat", "print"), ballot=SecretBallot("secretary"))
    return msgspec.structs.replace(ballot(stages), secret=spoilt, votes=(again, stages.past(4)))


async def test_void_secret_ballot_shows_its_reason_and_no_totals_and_is_repeated_on_paper(
    modules: Page, stages: ModuleType
) -> None:
    script = """
    async ([state, local]) => {
      const { kicker, phaseOf, repeatable, shownVote } = await import("/static/console_state.js");
      const { deskView } = await import("/static/console_cells.js");
      const { guard } = await import("/static/console_guard.js");
      const shown = [phaseOf(state), kicker(state)[1].n, shownVote(state).result, deskView(state.desks[4], state).lamp];
      return [...shown, guard(state, local).says[0], repeatable(state).n];
    }
    """
    shown = await modules.evaluate(script, [plain(void_ballot(stages)), LOCAL])
    assert shown == ["voided", 5, None, "ring", ["guard_voided", {"reason": "Зайвий бюлетень"}], 5]
    _, _, every = await offered(modules, stages, void_ballot(stages))
    assert not {"void_vote", "open_vote", "repeat_vote", "change_time"} & set(every)
    valid = msgspec.structs.replace(ballot(stages), votes=(stages.past(5, "secret", "void", "print"), stages.past(4)))
    assert "void_vote" in (await offered(modules, stages, valid))[2]


async def test_secret_ballot_takes_the_place_of_the_vote_before_it_and_has_no_roll(
    modules: Page, stages: ModuleType
) -> None:
    script = """
    async ([state, local]) => {
      const { kicker, shownVote, title } = await import("/static/console_state.js");
      const { deskView } = await import("/static/console_cells.js");
      const { guard } = await import("/static/console_guard.js");
      const { meaning } = await import("/static/console_offers.js");
      const { result } = shownVote(state);
      const shown = [title(state), kicker(state)[1].n, result.counts.length, deskView(state.desks[4], state).lamp];
      return [...shown, guard(state, local).says[0][0], meaning("print", state, local)];
    }
    """
    shown = await modules.evaluate(script, [plain(ballot(stages)), LOCAL])
    assert shown == ["Обрати секретаря ради", 5, 2, "ring", "secret_recorded", "print false 5"]
    _, _, every = await offered(modules, stages, ballot(stages))
    assert not {"void_vote", "reconsider", "repeat_vote"} & set(every)  # of the vote before


async def test_a_speech_must_end_before_a_vote_is_offered(modules: Page, stages: ModuleType) -> None:
    speaking = stages.state(floor=stages.floor((), stages.speech()))
    main, others, every = await offered(modules, stages, speaking)
    assert (main, others) == ("end_floor", ["pause_floor"])
    assert not {"open_vote", "ad_hoc", "secret_vote"} & set(every)
    paused = stages.state(floor=stages.floor((), stages.speech(paused=True)))
    assert "ad_hoc" in (await offered(modules, stages, paused))[2]


@pytest.mark.parametrize(
    ("role", "never"),
    [
        ("auditor", {"open_vote", "close_vote", "announce", "next_speaker", "set_chair", "rehearse"}),
        ("chair", {"open_vote", "void_vote", "call_item", "mark_presence", "readiness"}),
        ("technician", {"open_vote", "announce", "give_floor"}),
    ],
)
async def test_acts_without_the_right_are_not_there(
    modules: Page, stages: ModuleType, role: str, never: set[str]
) -> None:
    for state in (stages.state(), stages.opened(), stages.closed()):
        assert not never & set((await offered(modules, stages, state, role))[2])


async def test_what_asks_once_more_is_seen_wherever_its_letter_was_pressed(modules: Page, stages: ModuleType) -> None:
    """The agenda is not done: closing the sitting has no button of its own, but its question has."""
    asked = {"act": "close_sitting", "at": 0}
    state = stages.state()
    main, others, _ = await offered(modules, stages, state)
    assert (main, others) == ("open_vote", ["change_time", "change_text", "mark_presence"])
    main, others, _ = await offered(modules, stages, state, confirm=asked)
    assert (main, others) == ("close_sitting", ["change_time", "change_text", "mark_presence"])
    script = """
    async ([state, local]) => (await import("/static/console_offers.js")).actWord("close_sitting", state, local, "A");
    """
    words = [
        await modules.evaluate(script, [plain(one), LOCAL | {"confirm": asked}])
        for one in (state, stages.state(agenda=stages.agenda(6)))
    ]
    assert words == [["confirm_close_left", {"n": 2, "key": "A"}], ["confirm_close_sitting", {"key": "A"}]]
    main, others, _ = await offered(modules, stages, stages.opened(), confirm={"act": "close_vote", "at": 0})
    assert (main, others) == ("close_vote", ["hold_vote", "void_vote"])


async def test_repeated_vote_has_the_time_of_the_void_one_unless_another_is_chosen(
    modules: Page, stages: ModuleType
) -> None:
    script = """
    async ([state, ...all]) => {
      const { message } = await import("/static/console_offers.js");
      return all.map((local) => message("repeat_vote", state, local, "id").seconds);
    }
    """
    void = stages.state(vote=stages.vote(state="voided"), votes=(stages.past(4, "voided", "repeat"),))
    chosen = LOCAL | {"chosen": {"vote_n": 4, "seconds": 30}}
    assert await modules.evaluate(script, [plain(void), LOCAL, chosen]) == [90, 30]


async def test_an_act_that_has_another_meaning_is_a_new_one(modules: Page, stages: ModuleType) -> None:
    """So its deaf second begins again: a doubled key gives the floor once."""
    script = """
    async ([one, other, local]) => {
      const { meaning } = await import("/static/console_offers.js");
      return ["next_speaker", "close_vote"].map((act) => meaning(act, one, local) === meaning(act, other, local));
    }
    """
    one = stages.state(floor=stages.floor([stages.request(5), stages.request(7)], stages.speech()))
    other = msgspec.structs.replace(one, floor=msgspec.structs.replace(one.floor, next_speech=5))
    assert await modules.evaluate(script, [plain(one), plain(other), LOCAL]) == [False, True]


async def test_guard_says_what_is_wrong_here_before_what_the_hall_says(modules: Page, stages: ModuleType) -> None:
    script = """
    async ([state, locals]) => {
      const { guard } = await import("/static/console_guard.js");
      return locals.map((local) => {
        const { band, says, texts } = guard(state, local);
        return [band, says[0]?.[0] ?? null, texts?.uk ?? null];
      });
    }
    """
    state = stages.state(guard=stages.guard("Місце 8 не на зв’язку.", ok=False))
    changes: list[dict[str, Any]] = [
        {"link": "down"},
        {"refused": "пізно"},
        {"lost": "Закрити"},
        {"presence": True},
        {},
    ]
    assert await modules.evaluate(script, [plain(state), [LOCAL | one for one in changes]]) == [
        ["inverted", "offline", None],
        ["inverted", "act_refused", None],
        ["inverted", "act_lost", None],
        ["notice", "guard_presence", None],
        ["notice", None, "Місце 8 не на зв’язку."],
    ]
    done = {"vote": stages.vote(state="announced", result=stages.result()), "next_motion": None}
    said = []
    for mode in ("ordinary", "rehearsal"):
        state = stages.closed(sitting=stages.sitting(mode=mode), **done)
        said += await modules.evaluate(script, [plain(state), [LOCAL]])
    assert [word for _, word, _ in said] == ["guard_announced", "guard_rehearsed"]


@pytest.mark.parametrize("role", sorted(RIGHTS))
async def test_printing_is_offered_to_whom_the_hall_prints_for(modules: Page, stages: ModuleType, role: str) -> None:
    state = stages.closed(vote=stages.vote(state="announced", result=stages.result()), votes=(stages.past(4),))
    _, _, everything = await offered(modules, stages, state, role)
    printing = {"print", "minutes"} if may(role, "papers.print") else set()
    assert {"print", "minutes"} & set(everything) == printing


async def test_a_cell_never_tells_how_before_the_close(modules: Page, stages: ModuleType) -> None:
    script = """
    async ([states]) => {
      const { deskView } = await import("/static/console_cells.js");
      return states.map((state) => deskView(state.desks[4], state).lamp);
    }
    """
    told = stages.opened(desks=stages.desks(lambda n: {"voted": True, "option": "against"}))
    recused = stages.opened(desks=stages.desks(lambda n: {"recused": True}))
    shown = stages.closed(desks=stages.desks(lambda n: {"option": "against"}))
    away = stages.state(desks=stages.desks(lambda n: {"present": False, "linked": False}))
    lamps = await modules.evaluate(script, [[plain(one) for one in (told, recused, shown, away)]])
    assert lamps == ["filled", "recused", "against", "struck"]


async def test_a_cell_marks_who_sits_at_anothers_seat(modules: Page, stages: ModuleType) -> None:
    script = """
    async ([states]) => {
      const { deskView } = await import("/static/console_cells.js");
      const seen = states.map((state) => deskView(state.desks[4], state));
      return seen.map(({ other, says }) => [other, says.includes("cell_other")]);
    }
    """
    other = [stages.desks(lambda n, one=one: one) for one in ({"usual": "Жук"}, {}, {"usual": "Жук", "member": None})]
    other.append(stages.desks(lambda n: {"usual": "Жук", "recused": True}))
    shown = await modules.evaluate(script, [[plain(stages.opened(desks=desks)) for desks in other]])
    assert shown == [[True, True], [False, False], [False, False], [True, True]], "a vacant seat is nobody's"


# --- lists, letters --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [("", 4), ("яків", 1), ("ЯКІВ ян", 1), ("п’я", 1), ("пя", 1), ("ків", 0)],
)
async def test_list_is_found_by_the_beginnings_of_words(modules: Page, typed: str, found: int) -> None:
    script = """
    async ([typed]) => {
      const { find } = await import("/static/console_find.js");
      return find(["Янів Яків", "П’ятак Олег", "«Лука» (фракція)", "Ґудзь"], typed, (one) => one).length;
    }
    """
    assert await modules.evaluate(script, [typed]) == found


async def test_letter_with_shift_is_another_act(modules: Page) -> None:
    script = """
    async () => {
      const { actOf, parse } = await import("/static/console_keys.js");
      const tie = { cap: "1", code: null, shift: false };
      const keys = { call_item: parse("Н KeyY"), call_other: parse("⇧Н KeyY"), decide_for: tie };
      const of = (code, shiftKey, allowed) => actOf({ code, shiftKey }, keys, allowed);
      const all = ["call_item", "call_other", "decide_for"];
      const one = [of("KeyY", false, all), of("KeyY", true, all), of("KeyY", true, ["call_item"])];
      return [...one, of("Numpad1", false, all), of("KeyQ", false, all)];
    }
    """
    assert await modules.evaluate(script) == ["call_item", "call_other", None, "decide_for", None]
