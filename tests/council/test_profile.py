"""Rules of procedure: the profile that ships, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

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


SHIPPED = {"ua": ("uk", "en"), "pl": ("pl", "en"), "ro": ("ro", "en"), "in": ("mr", "en")}


def test_profiles_that_ship_are_the_four() -> None:
    assert profile.shipped() == sorted(SHIPPED)


@pytest.mark.parametrize(("name", "languages"), SHIPPED.items())
def test_each_profile_has_each_text_in_its_languages(name: str, languages: tuple[str, ...]) -> None:
    def texts(value: Any) -> Iterator[tuple[str, ...]]:
        if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()) and value:
            yield tuple(value)
        elif isinstance(value, dict):
            for within in value.values():
                yield from texts(within)
        elif isinstance(value, tuple):
            for within in value:
                yield from texts(within)
        elif is_dataclass(value):
            for field in fields(value):
                yield from texts(getattr(value, field.name))

    found = list(texts(profile.load(name)))
    assert len(found) > 35
    assert set(found) == {languages}


@pytest.mark.parametrize("name", SHIPPED)
def test_each_profile_is_complete_for_a_sitting(name: str) -> None:
    rules = profile.load(name)
    assert rules.chosen == (Option.FOR, Option.AGAINST, Option.ABSTAIN)
    assert 1 <= len(rules.presets) <= 9
    assert {preset.subject for preset in rules.presets} >= {"motion", "amendment", "procedural"}
    assert set(rules.retention) == {"votes", "video"}
    assert rules.retention["votes"].years is None
    assert rules.agenda.notice is not None
    assert rules.recusal.exception is (name == "ua")
    assert bool(rules.grounds) is (name != "in")


def test_law_that_was_read_in_the_primary_text_is_all_that_is_not_marked() -> None:
    """LAW.md's "checked" rows; everything else the clerk is asked to confirm."""
    checked = {
        "ua": {"rules.majority_of_seats", "publication", "secrecy", "retention.votes"}
        | {"deadlines.roll_call_published", "deadlines.drafts_published"},
        "pl": set(),
        "ro": {"secrecy", "weights", "deadlines.sitting_announced"},
        "in": set(),
    }
    for name, tables in checked.items():
        rules = profile.load(name)
        everything = profile.parse(profile.shipped_file(name).replace(b"verify = false", b"verify = true"), "x.toml")
        assert set(everything.to_verify()) - set(rules.to_verify()) == tables, name


@pytest.mark.parametrize(
    ("name", "seats", "in_office", "quorum", "needs"),
    [
        ("ua", 37, 30, 19, {"majority_of_seats": 19, "two_thirds_of_seats": 25}),
        (
            "pl",
            28,
            28,
            14,
            {"simple_majority": 13, "absolute_of_votes": 13, "absolute_of_seats": 15, "three_fifths_of_seats": 17},
        ),
        ("ro", 27, 25, 13, {"simple_majority": 13, "absolute_majority": 13, "two_thirds": 17}),
        ("in", 162, 160, 54, {"majority_of_votes": 13, "half_of_seats": 81, "five_eighths_of_seats": 102}),
    ],
)
def test_each_profile_counts_from_its_own_base(
    name: str, seats: int, in_office: int, quorum: int, needs: dict[str, int]
) -> None:
    rules = profile.load(name)
    found = {
        rule: rules.requirement(rule, seats=seats, in_office=in_office, present=25, locale="en") for rule in rules.rules
    }
    assert {rule: requirement.needed for rule, requirement in found.items()} == needs
    assert {requirement.quorum for requirement in found.values()} == {quorum}
    assert {requirement.tie for requirement in found.values()} == (
        {"rejected", "chair"} if name == "in" else {"rejected"}
    )


@pytest.mark.parametrize(
    ("present", "recused", "counted", "exception"),
    [(19, 0, 19, False), (21, 2, 19, False), (20, 2, 20, True), (19, 19, 19, True), (18, 2, 16, False)],
)
def test_recusal_in_ua_lets_the_recused_vote_only_where_they_break_the_quorum(
    present: int, recused: int, counted: int, exception: bool
) -> None:
    assert profile.load("ua").recusal.counted(present, recused, 19) == (counted, exception)


def test_requirement_in_a_language_the_profile_lacks_quotes_the_first() -> None:
    ua = profile.load("ua")
    requirement = ua.requirement("majority_of_seats", seats=37, in_office=37, present=36, locale="ro")
    assert requirement.source.startswith("ст. 59 ч. 2")


@pytest.mark.parametrize(
    ("base", "needed"),
    [("seats", 6), ("in_office", 5), ("present", 4), ("cast", 4), ("voted", 4)],
    ids=lambda value: str(value),
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
        (
            '["for", "against", "abstain"]',
            '["for", "against"]',
            "[options] chosen: expected “for”, “against”, “abstain” in this order: the keys 1, 2",
        ),
        ('["for", "against", "abstain"]', '["against", "for", "abstain"]', "the keys 1, 2 and 3 of every terminal"),
        ('["for", "against", "abstain"]', '["for", "for"]', "none twice, found ['for', 'for']"),
        ('for = { uk = "за рішення"', 'for = { ukr = "за"', "[options.meaning] for: expected texts by language"),
        ("keep = 5", 'keep = "long"', "[retention.video] keep: expected one of forever, found 'long'"),
        (
            "[retention.video]",
            "[retention.film]",
            "[retention.film] keep: expected the table’s name to be one of votes",
        ),
        ("working_days = 10", "working_days = 10\ndays = 1", "expected either days or working_days, not both"),
        ('name = "ua"', 'name = "ua', "own.toml is not TOML"),
        ('name = "ua"', 'name = " "', "own.toml: name: expected a text that is not empty"),
        (
            'tie = "rejected"',
            'tie = "chair"',
            "[rules.majority_of_seats] tie: expected “rejected”: a tie is as many for",
        ),
        ('tie = "rejected"', 'tie = "mayor"', "[rules.majority_of_seats] tie: expected one of rejected, chair"),
        (
            'base = "seats"\nnumerator = 1\ndenominator = 2\nstrict = true\nsource = { uk = "ст. 59 ч. 2',
            'base = "cast"\nnumerator = 1\ndenominator = 2\nstrict = false\nsource = { uk = "ст. 59 ч. 2',
            "[rules.majority_of_seats] strict: expected true: with “at least half of the votes cast” a tie would be",
        ),
        (
            "counts_for_quorum = false",
            "counts_for_quorum = true",
            "[recusal] exception: expected false: recusals cannot break a quorum for which the recused count",
        ),
        (
            'text = { uk = "обрання чи звільнення секретаря ради"',
            'sauce = { uk = "обрання"',
            "[secrecy.grounds.secretary] text: expected texts by language",
        ),
        (
            'source = { uk = "ст. 59 ч. 3; п. 4',
            'sauce = { uk = "ст. 59 ч. 3; п. 4',
            "[secrecy.grounds.secretary] source: expected the legal source, by language: no number stands without one",
        ),
        ('"\nsubject', 'x"\nsubject', "[presets.as_basis] rule: expected one of majority_of_seats"),
        ('subject = "motion"', 'subject = "bill"', "[presets.as_a_whole] subject: expected one of motion, procedural"),
        (
            "priority = 2",
            "priority = 1",
            "[floor.kinds.reply] priority: expected a priority of its own: point_of_order has 1 already, found 1",
        ),
        (
            "warning_seconds = 30",
            "warning_seconds = 60",
            "[floor] warning_seconds: expected less than the shortest limit: point_of_order, 60, found 60",
        ),
        (
            "faction_seconds = 0",
            "faction_seconds = 60",
            "[floor] faction_seconds: expected 0 (no budget) or room for one speech: 180, found 60",
        ),
        (
            "[floor.kinds.reply]",
            "[floor.kinds.remark]",
            "[floor] kinds: expected a table for each of speech, reply, question, point_of_order",
        ),
        (
            'notice = "sitting_announced"',
            'notice = "mayor_may_stop"',
            "[agenda] notice: expected a deadline before = “sitting”: an agenda is due before its sitting",
        ),
        (
            'drafts = "drafts_published"',
            'drafts = "drafts"',
            "[agenda] drafts: expected one of roll_call_published, recording_published",
        ),
        (
            "weights = false",
            "weights = true",
            "[weights] weights: expected false: this version counts one vote a member",
        ),
        (
            "proxies = false",
            "proxies = true",
            "[weights] proxies: expected false: this version counts one vote a member",
        ),
        (
            'within = "sitting"',
            'within = "year"',
            "[reconsideration] within: expected one of sitting, term, found 'year'",
        ),
        (
            'allowed = true\nrule = "majority_of_seats"',
            'allowed = false\nrule = "majority_of_seats"',
            "[reconsideration] rule: expected no such key; known here: allowed, source, verify",
        ),
        (
            '"absent", "recused"]',
            '"absent"]',
            "[options] passive: expected all of not_voting, absent, recused",
        ),
        (
            'title = { uk = "Місцева рада, Україна", en',
            'title = { uk = "Місцева рада, Україна", pl',
            "expected a text in each of the title's languages: uk, pl",
        ),
    ],
)
def test_profile_with_a_fault_is_refused_by_place(old: str, new: str, words: str) -> None:
    assert old in UA
    with pytest.raises(ProfileError) as error:
        profile.parse(UA.replace(old, new, 1).encode(), "own.toml")
    assert words in str(error.value)


def test_profile_whose_first_recusal_ends_every_quorum_is_refused() -> None:
    whole = UA.replace(
        "numerator = 1\ndenominator = 2\nstrict = true # more", "numerator = 1\ndenominator = 1\nstrict = false # more"
    )
    profile.parse(whole.encode(), "own.toml")  # the exception mends it
    with pytest.raises(
        ProfileError, match=r"own.toml: \[quorum\] numerator: expected less than all seats: the first recusal"
    ):
        profile.parse(whole.replace("exception = true", "exception = false").encode(), "own.toml")


def test_profile_with_more_votes_at_hand_than_keys_is_refused() -> None:
    more = "".join(
        f'[presets.more_{n}]\ntext = {{ uk = "Ще", en = "More" }}\nrule = "majority_of_seats"\nsubject = "motion"\n'
        for n in (1, 2)
    )
    with pytest.raises(ProfileError, match=r"own\.toml: presets: expected at most 9 tables: each has a key"):
        profile.parse(UA.replace("[agenda]", more + "[agenda]").encode(), "own.toml")


def test_load_takes_a_councils_own_file_and_says_what_ships(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(UA.replace('moment = "closing"', 'moment = "announcement"'), encoding="utf-8")
    assert profile.load(own).publication == "announcement"
    with pytest.raises(ProfileError, match="cannot be read"):
        profile.load(tmp_path / "none.toml")
    with pytest.raises(ProfileError, match="there is no profile 'xx': expected one of in, pl, ro, ua or a path"):
        profile.load("xx")


def test_requirement_of_an_unknown_rule_names_those_there_are() -> None:
    with pytest.raises(ProfileError, match="no rule 'half', only majority_of_seats, two_thirds_of_seats"):
        profile.load("ua").requirement("half", seats=37, in_office=37, present=37, locale="uk")
