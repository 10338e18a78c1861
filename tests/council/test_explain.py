"""Rules of procedure in words: what is said follows the profile, and the examples follow the code that decides."""

from __future__ import annotations

from importlib.resources import files

import pytest

from council import explain, profile
from council.profile import Profile
from council.words import LANGUAGES

UA = (files("council") / "profiles" / "ua.toml").read_text(encoding="utf-8")
IN = (files("council") / "profiles" / "in.toml").read_text(encoding="utf-8")


def changed(text: str, old: str, new: str) -> Profile:
    assert old in text
    return profile.parse(text.replace(old, new, 1).encode(), "own.toml")


def words(rules: Profile, locale: str = "en", seats: int = 37) -> str:
    return explain.as_text(rules, locale, seats)


def test_explanation_of_37_seats_works_out_what_suffices_and_what_does_not() -> None:
    text = words(profile.load("ua"))
    needs = "19 of 37 needed (a majority of the council’s seats, art. 59(2))"
    assert f"19 for, 0 against, 10 abstaining → {needs}; 19 for: adopted" in text
    assert f"18 for, 0 against, 11 abstaining → {needs}; 18 for; 1 short: not adopted" in text
    assert "18 present: no quorum. 19 present: a quorum." in text
    assert "18 of 37 present, 19 needed for a quorum: no decision" in text


def test_explanation_of_a_casting_vote_shows_the_tie_and_both_its_ends() -> None:
    text = words(profile.load("in"))
    assert "9 for, 9 against: a tie, the chair decides" in text
    assert "by the casting vote: adopted" in text
    assert "by the casting vote: not adopted" in text
    assert "casting" not in words(profile.load("pl"))
    assert "9 for, 9 against: not adopted" in words(profile.load("pl"))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("", "", "19 present, 2 of them recused: without the two no quorum, so they may vote too."),
        ("exception = true", "exception = false", "2 of them recused: 17 count, 19 needed: no quorum."),
        (
            "counts_for_quorum = false\nexception = true",
            "counts_for_quorum = true\nexception = false",
            "2 of them recused: 19 count, 19 needed: a quorum.",
        ),
    ],
)
def test_explanation_of_recusal_shows_when_the_quorum_breaks(old: str, new: str, sentence: str) -> None:
    assert sentence in words(changed(UA, old, new))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('moment = "closing"', 'moment = "announcement"', "public when the chair announces the result"),
        ("faction_seconds = 0", "faction_seconds = 600", "A faction may speak for 10:00 under one item."),
        ("warning_seconds = 30", "warning_seconds = 15", "Screens warn 0:15 before the end."),
        ('notice = "sitting_announced"', 'notice = "none"', "The agenda has no term."),
        ("urgency_ground = true", "urgency_ground = false", "What comes later needs no ground"),
        ('within = "sitting"', 'within = "term"', "may be put again in the council’s term"),
        (
            'allowed = true\nrule = "majority_of_seats"\nwithin = "sitting"',
            "allowed = false",
            "A motion that was decided is not put again",
        ),
        ("[correction]\nallowed = true", "[correction]\nallowed = false", "No statement that a vote was meant"),
        ('after = "decision"', 'after = "the vote"', "5 days after “the vote”"),
        ("priority = 4", "priority = 50", "point of order 1:00, reply 1:00, question 1:00, speech 3:00"),
    ],
)
def test_explanation_follows_what_the_profile_says(old: str, new: str, sentence: str) -> None:
    assert sentence in words(changed(UA, old, new))


def test_explanation_marks_exactly_the_tables_that_are_not_checked() -> None:
    for name in profile.shipped():
        rules = profile.load(name)
        marked = [line for section in explain.explain(rules, "en") for line in section.lines if line.verify]
        twice = [term for term in (rules.agenda.notice, rules.agenda.drafts) if term is not None and term.verify]
        assert len(marked) - len(twice) == len(rules.to_verify()), name
    checked = changed(UA, "verify = true\n\n# What", "verify = false\n\n# What")
    assert "(?) At least 19 must be present" in words(profile.load("ua"))
    assert "(?) At least 19 must be present" not in words(checked)
    assert "14 tables" in words(checked)


def test_explanation_without_anything_to_confirm_has_no_marks() -> None:
    assert "(?)" not in words(profile.parse(UA.replace("verify = true", "verify = false").encode(), "own.toml"))


@pytest.mark.parametrize("name", profile.shipped())
@pytest.mark.parametrize("seats", [3, 4, 15, 36, 120])
def test_explanation_of_every_profile_and_size_is_said_in_every_language(name: str, seats: int) -> None:
    rules = profile.load(name)
    for locale in LANGUAGES:
        sections = explain.explain(rules, locale, seats)
        assert all(section.lines for section in sections)
        assert len({section.title for section in sections}) == 11
        assert not [line.text for section in sections for line in section.lines if "%(" in line.text]


def test_explanation_in_ukrainian_takes_the_profiles_own_texts() -> None:
    text = words(profile.load("ua"), "uk")
    assert "Прийняти за основу — процедурна пропозиція; більшість складу ради, ст. 59 ч. 2." in text
    assert "проєкти оприлюднено: 10 робочих днів до засідання" in text
    assert "a simple majority, art. 14(1)" in words(profile.load("pl"), "uk")


def test_profile_without_presets_or_grounds_says_so() -> None:
    head, rest = UA.split("[presets.as_basis]")
    without = head + "[agenda]" + rest.split("[agenda]", 1)[1]
    assert "Votes at hand on the console\n  None." in words(profile.parse(without.encode(), "own.toml"))
    assert "There is no ground for a secret ballot." in words(profile.load("in"))
