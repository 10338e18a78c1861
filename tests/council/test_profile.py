"""Rules of procedure: the profile that ships, and what is refused."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from council import profile
from council.profile import ProfileError
from voting.entries import Base, Option, Requirement

UA = (files("council") / "profiles" / "ua.toml").read_text(encoding="utf-8")


def test_ua_for_37_seats_needs_19_and_a_quorum_of_19() -> None:
    ua = profile.load("ua")
    assert ua.quorum_needed(37, 30) == 19
    assert ua.requirement(ua.default_rule, seats=37, in_office=37, present=36, locale="uk") == Requirement(
        rule="majority_of_seats",
        base=Base.SEATS,
        numerator=1,
        denominator=2,
        strict=True,
        seats=37,
        needed=19,
        quorum=19,
        source="ст. 59 ч. 2 Закону України «Про місцеве самоврядування в Україні»",
    )


@pytest.mark.parametrize(("seats", "half", "two_thirds"), [(36, 19, 24), (37, 19, 25), (54, 28, 36), (120, 61, 80)])
def test_ua_majorities_of_even_and_odd_councils(seats: int, half: int, two_thirds: int) -> None:
    ua = profile.load("ua")
    needs = [
        ua.requirement(rule, seats=seats, in_office=1, present=1, locale="uk").needed
        for rule in ("majority_of_seats", "two_thirds_of_seats")
    ]
    assert (needs, ua.quorum_needed(seats, 1)) == ([half, two_thirds], half)


def test_ua_says_what_the_clerk_must_confirm_and_publishes_at_closing() -> None:
    ua = profile.load("ua")
    assert ua.to_verify() == [
        "quorum",
        "rules.two_thirds_of_seats",
        "recusal",
        "secrecy.grounds.secretary",
        "secrecy.grounds.mayor",
        "floor",
        "agenda",
        "reconsideration",
        "correction",
        "weights",
        "retention.video",
        "deadlines.recording_published",
        "deadlines.sitting_announced",
        "deadlines.mayor_may_stop",
        "deadlines.stopped_decision_reconsidered",
    ]
    assert (ua.publication, ua.vote_seconds) == ("closing", 20)
    assert ua.chosen == (Option.FOR, Option.AGAINST, Option.ABSTAIN)
    assert (ua.retention["votes"].years, ua.retention["video"].years) == (None, 5)


def test_ua_has_each_text_in_ukrainian_and_english() -> None:
    ua = profile.load("ua")
    texts = [ua.title, ua.quorum.source, ua.publication_source, *ua.meaning.values()]
    for rule in ua.rules.values():
        texts += [rule.source, rule.short]
    texts += [part.source for part in (*ua.retention.values(), *ua.deadlines.values())]
    assert {tuple(text) for text in texts} == {("uk", "en")}


def test_requirement_in_a_language_the_profile_lacks_quotes_the_first() -> None:
    ua = profile.load("ua")
    requirement = ua.requirement("majority_of_seats", seats=37, in_office=37, present=36, locale="ro")
    assert requirement.source.startswith("ст. 59 ч. 2")


@pytest.mark.parametrize(
    ("base", "needed"), [("seats", 6), ("in_office", 5), ("present", 4), ("cast", 4)], ids=lambda value: str(value)
)
def test_requirement_counts_from_its_base(base: str, needed: int) -> None:
    text = UA.replace('[rules.majority_of_seats]\nbase = "seats"', f'[rules.majority_of_seats]\nbase = "{base}"')
    changed = profile.parse(text.encode(), "own.toml")
    requirement = changed.requirement("majority_of_seats", seats=10, in_office=9, present=7, locale="uk")
    assert requirement.needed == needed


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("vote_seconds = 20", "vote_seconds = 20\nsecret = true", "own.toml: secret: expected no such key"),
        (
            'short = { uk = "дві',
            'shrot = 1\nshort = { uk = "дві',
            "[rules.two_thirds_of_seats] shrot: expected no such",
        ),
        ("strict = false\nsource", "strict = false\nsauce", "[rules.two_thirds_of_seats] source: expected the legal"),
        ("numerator = 2", "numerator = 4", "numerator: expected a fraction that can be reached, not 4/3, found 4"),
        ("denominator = 3", "denominator = 0", "denominator: expected a whole number from 1 to 1000, found 0"),
        ("numerator = 1\ndenominator = 2", "numerator = 2\ndenominator = 2", "[quorum] numerator: expected a fraction"),
        ("numerator = 2", "numerator = 2.0", "numerator: expected a whole number from 1 to 1000, found 2.0"),
        ("strict = false", "strict = 0", "[rules.two_thirds_of_seats] strict: expected true or false, found 0"),
        ('base = "seats"', 'base = "present"', "[quorum] base: expected one of seats, in_office, found 'present'"),
        (
            'default_rule = "majority_of_seats"',
            'default_rule = "half"',
            "default_rule: expected one of majority_of_seats",
        ),
        ('moment = "closing"', 'moment = "later"', "[publication] moment: expected one of closing, announcement"),
        ('["for", "against", "abstain"]', '["against"]', "[options] chosen: expected a list with “for” in it"),
        ('["for", "against", "abstain"]', '["for", "for"]', "none twice, found ['for', 'for']"),
        ('for = { uk = "за рішення"', 'for = { ukr = "за"', "[options.meaning] for: expected texts by language"),
        ("keep = 5", 'keep = "long"', "[retention.video] keep: expected one of forever, found 'long'"),
        ("working_days = 10", "working_days = 10\ndays = 1", "expected either days or working_days, not both"),
        ('name = "ua"', 'name = "ua', "own.toml is not TOML"),
        ('name = "ua"', 'name = " "', "own.toml: name: expected a text that is not empty"),
    ],
)
def test_profile_with_a_fault_is_refused_by_place(old: str, new: str, words: str) -> None:
    assert old in UA
    with pytest.raises(ProfileError) as error:
        profile.parse(UA.replace(old, new, 1).encode(), "own.toml")
    assert words in str(error.value)


def test_load_takes_a_councils_own_file_and_says_what_ships(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(UA.replace('moment = "closing"', 'moment = "announcement"'), encoding="utf-8")
    assert profile.load(own).publication == "announcement"
    with pytest.raises(ProfileError, match="cannot be read"):
        profile.load(tmp_path / "none.toml")
    with pytest.raises(ProfileError, match="there is no profile 'xx': expected one of ua"):
        profile.load("xx")


def test_requirement_of_an_unknown_rule_names_those_there_are() -> None:
    with pytest.raises(ProfileError, match="no rule 'half', only majority_of_seats, two_thirds_of_seats"):
        profile.load("ua").requirement("half", seats=37, in_office=37, present=37, locale="uk")
