"""The console's forms without a screen: answers entered, votes of every kind, secret totals; run in Chromium."""

from __future__ import annotations

import json
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

if TYPE_CHECKING:
    from playwright.async_api import Page

ENTRY = """
async ([state, steps]) => {
  const entry = await import("/static/console_entry.js");
  let now = entry.beginEntry(state.vote.n);
  for (const [member, answer] of steps) {
    now = member === null ? entry.withRest(now, answer) : entry.withAnswer(now, member, answer);
  }
  return { sent: entry.entered(now), sums: entry.sums(now, state).map(({ answer, n }) => [answer, n]) };
}
"""
FORM = """
async ([state, choices, act, changes, blocked, about, relation]) => {
  const { begin, check } = await import("/static/console_vote.js");
  const form = begin(act, { state, choices, seconds: 60 }, about, relation);
  return { begun: form, ...check({ ...form, ...changes }, state, blocked) };
}
"""


def plain(value: Any) -> Any:
    return json.loads(msgspec.json.encode(value))


# --- entering -------------------------------------------------------------------------------------------------------


async def test_all_for_except_sends_the_rest_and_the_exceptions(modules: Page, stages: ModuleType) -> None:
    state = stages.opened(vote=stages.vote(method="entered", seconds=None, closes_at=None), voted=0)
    steps = [
        [None, "for"],
        ["m3", "against"],
        ["m5", "abstain"],
        ["m6", "against"],
        ["m6", "for"],
        ["m7", "not_voting"],
    ]
    done = await modules.evaluate(ENTRY, [plain(state), steps])
    assert done["sent"] == {
        "vote_n": 4,
        "answers": {"m3": "against", "m5": "abstain", "m7": "not_voting"},
        "rest": "for",
    }
    assert done["sums"] == [["for", 33], ["against", 1], ["abstain", 1], ["not_voting", 1]]


async def test_candidates_have_their_own_figures_and_nine_abstains(modules: Page, stages: ModuleType) -> None:
    script = """
    async ([vote]) => {
      const { answerKeys } = await import("/static/console_entry.js");
      return answerKeys(vote).map(({ digit, answer }) => [digit, answer]);
    }
    """
    vote = stages.vote(candidates=stages.candidates("Барвінок", "Волошка"))
    assert await modules.evaluate(script, [plain(vote)]) == [["1", 1], ["2", 2], ["9", "abstain"], ["0", "not_voting"]]


async def test_one_back_goes_along_those_who_have_answered(modules: Page, stages: ModuleType) -> None:
    script = """
    async ([state]) => {
      const { before } = await import("/static/console_entry.js");
      return [null, "m5", "m4", "m2", "m1"].map((member) => before(state, member));
    }
    """
    assert await modules.evaluate(script, [plain(stages.opened(call=stages.call(5)))]) == ["m4", "m4", "m3", "m1", None]


# --- the form of a vote ---------------------------------------------------------------------------------------------


async def form(
    modules: Page, stages: ModuleType, state: Any, act: str, changes: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    about = plain(more["about"]) if more.get("about") is not None else None
    given = [
        plain(state),
        plain(stages.CHOICES),
        act,
        changes or {},
        more.get("blocked", False),
        about,
        more.get("relation"),
    ]
    found: dict[str, Any] = await modules.evaluate(FORM, given)
    return found


async def test_prepared_motion_called_aloud_is_left_to_the_hall(modules: Page, stages: ModuleType) -> None:
    made = await form(modules, stages, stages.state(), "call_roll")
    assert made["fields"] == {"vote_n": 4, "seconds": None, "method": "called", "order": "seating"}


async def test_changed_text_goes_with_the_prepared_rule(modules: Page, stages: ModuleType) -> None:
    state = stages.state(next_rule="two_thirds_of_seats")
    made = await form(modules, stages, state, "change_text", {"text": "Про інше"})
    assert made["fields"] == {
        "vote_n": 4,
        "seconds": 60,
        "method": "terminal",
        "motion": "Про інше",
        "rule": "two_thirds_of_seats",
    }


async def test_vote_from_the_floor_has_its_own_text_rule_and_kind(modules: Page, stages: ModuleType) -> None:
    changes = {"text": " Оголосити\n перерву ", "seconds": "", "kind": "procedural"}
    made = await form(modules, stages, stages.state(), "ad_hoc", changes)
    assert made["fields"] == {
        "vote_n": 4,
        "seconds": None,
        "method": "terminal",
        "motion": "Оголосити перерву",
        "rule": "majority_of_seats",
        "subject": "procedural",
    }


async def test_block_takes_the_consent_items_beside_the_current_one(modules: Page, stages: ModuleType) -> None:
    made = await form(modules, stages, stages.state(), "block_vote")
    assert made["begun"]["items"] == ["4", "5", "6"]
    assert made["fields"]["also_items"] == ["5", "6"]
    assert "motion" not in made["fields"]


async def test_reconsideration_puts_what_was_put_and_wants_a_reason(modules: Page, stages: ModuleType) -> None:
    about, state = stages.past(3), stages.state()
    given = {"about": about, "relation": "reconsideration"}
    assert (await form(modules, stages, state, "reconsider", **given))["errors"] == {"reason": "reason_missing"}
    made = await form(modules, stages, state, "reconsider", {"reason": "нові обставини"}, **given)
    assert made["fields"] == {
        "vote_n": 4,
        "seconds": 90,
        "method": "terminal",
        "relation": "reconsideration",
        "refers_to": 3,
        "reason": "нові обставини",
    }


async def test_motion_as_amended_refers_to_the_last_announced_vote_of_the_item(
    modules: Page, stages: ModuleType
) -> None:
    here = msgspec.structs.replace(stages.past(3), item="4")
    made = await form(modules, stages, stages.state(votes=(here, stages.past(2))), "as_amended")
    assert made["fields"]["relation"] == made["fields"]["subject"] == "as_amended"
    assert made["fields"]["refers_to"] == 3
    assert (await form(modules, stages, stages.state(), "as_amended"))["errors"] == {"refers_to": "refers_missing"}


@pytest.mark.parametrize(
    ("act", "changes", "errors"),
    [
        ("ad_hoc", {}, {"text": "text_missing"}),
        ("ad_hoc", {"text": "Так", "seconds": "4"}, {"seconds": "time_bad"}),
        ("candidates", {"text": "Хто", "candidates": "Барвінок\n"}, {"candidates": "candidates_few"}),
        ("candidates", {"text": "Хто", "candidates": "\n".join("абвгґдеєж")}, {"candidates": "candidates_many"}),
        ("candidates", {"text": "Хто", "candidates": "Дуб\nДуб"}, {"candidates": "candidates_same"}),
        ("block_vote", {"items": ["4"]}, {"items": "items_few"}),
    ],
)
async def test_form_says_what_is_missing(
    modules: Page, stages: ModuleType, act: str, changes: dict[str, Any], errors: dict[str, str]
) -> None:
    assert (await form(modules, stages, stages.state(), act, changes))["errors"] == errors


async def test_override_goes_with_its_reason(modules: Page, stages: ModuleType) -> None:
    state = stages.state()
    assert (await form(modules, stages, state, "call_roll", blocked=True))["errors"] == {"override": "reason_missing"}
    made = await form(modules, stages, state, "call_roll", {"override": "чекати немає кого"}, blocked=True)
    assert made["fields"]["override"] == "чекати немає кого"


# --- a secret ballot --------------------------------------------------------------------------------

SECRET = """
async ([figures, counts, names, document]) => {
  const { balance, check } = await import("/static/console_secret.js");
  const form = { text: "Обрати", ground: "secretary", rule: "majority_of_seats", figures, counts };
  return { sum: balance(form, names), ...check(form, names, document, 4) };
}
"""
FIGURES = {
    "issued": "36",
    "found": "35",
    "invalid": "1",
    "votes_for": "20",
    "votes_against": "10",
    "votes_abstain": "4",
}
SCAN = {"name": "p.pdf", "sha256": "a" * 64, "bytes": 9}


async def test_secret_totals_must_add_up(modules: Page) -> None:
    right = await modules.evaluate(SECRET, [FIGURES, [], [], SCAN])
    assert right["sum"] == {"valid": 34, "spread": 34, "short": 0}
    assert right["fields"]["votes_for"] == 20
    wrong = await modules.evaluate(SECRET, [FIGURES | {"votes_for": "19"}, [], [], None])
    assert wrong["errors"] == {"sum": "sum_wrong", "document": "document_missing"}
    more = await modules.evaluate(SECRET, [FIGURES | {"issued": "30"}, [], [], SCAN])
    assert more["errors"] == {"found": "found_more"}
    none = await modules.evaluate(SECRET, [FIGURES | {"invalid": "one"}, [], [], SCAN])
    assert none["errors"] == {"invalid": "figure_bad"}


async def test_secret_choice_of_candidates_counts_them_as_for(modules: Page) -> None:
    names = ["Барвінок", "Волошка"]
    made = await modules.evaluate(SECRET, [FIGURES | {"votes_for": ""}, ["12", "8"], names, SCAN])
    assert made["fields"]["votes_for"] == 20
    assert made["fields"]["counts"] == [12, 8]
