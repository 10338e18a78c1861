"""What a result is called, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from council import candidate_words, verdict, vote_words
from council.vote_notes import secret_notes, vote_notes
from council.words import LANGUAGES, translations
from voting.entries import (
    Base,
    CorrectionNoted,
    Option,
    Requirement,
    Result,
    RollEntry,
    SecretVoteRecorded,
    Tally,
    TieDecided,
    VoteOpened,
    VoteVoided,
)
from voting.record import SecretRecord, VoteRecord
from voting.values import Ballots, Candidate, CandidateCount, Clerk, Document, Override


def requirement(
    base: Base = Base.SEATS, *, needed: int = 19, fraction: tuple[int, int, bool] = (1, 2, True)
) -> Requirement:
    numerator, denominator, strict = fraction
    return Requirement("rule", base, numerator, denominator, strict, 37, needed, 19, "art. 59")


SEATS, CAST, PRESENT = requirement(), requirement(Base.CAST), requirement(Base.PRESENT, needed=16)
TWO_THIRDS_CAST = requirement(Base.CAST, fraction=(2, 3, False))


@pytest.mark.parametrize(
    ("rule", "result", "tally", "words"),
    [
        (SEATS, Result.REJECTED, Tally(18), "19 of 37 needed (art. 59); 18 for; 1 short: not adopted"),
        (SEATS, Result.ADOPTED, Tally(21), "19 of 37 needed (art. 59); 21 for: adopted"),
        (PRESENT, Result.REJECTED, Tally(11, 2), "16 of 30 present needed (art. 59); 11 for; 5 short: not adopted"),
        (
            requirement(Base.IN_OFFICE),
            Result.ADOPTED,
            Tally(19),
            "19 needed, a majority of the members in office (art. 59); 19 for: adopted",
        ),
        (CAST, Result.ADOPTED, Tally(3, 2), "more for than against needed (art. 59); 3 for, 2 against: adopted"),
        (CAST, Result.REJECTED, Tally(2, 2), "more for than against needed (art. 59); 2 for, 2 against: not adopted"),
        (
            CAST,
            Result.TIED,
            Tally(2, 2),
            "more for than against needed (art. 59); 2 for, 2 against: a tie, the chair decides",
        ),
        (
            TWO_THIRDS_CAST,
            Result.REJECTED,
            Tally(9, 6),
            "10 of 15 votes cast needed (art. 59); 9 for; 1 short: not adopted",
        ),
        (
            requirement(Base.VOTED),
            Result.REJECTED,
            Tally(10, 5, 5),
            "11 of 20 votes needed, abstentions included (art. 59); 10 for; 1 short: not adopted",
        ),
        (SEATS, Result.NO_QUORUM, Tally(18), "30 of 37 present, 19 needed for a quorum: no decision"),
    ],
)
def test_verdict_sentence_says_what_was_needed_and_what_there_was(
    rule: Requirement, result: Result, tally: Tally, words: str
) -> None:
    assert verdict.verdict_sentence(result, rule, tally, 30, "en") == words


def test_verdict_sentence_of_a_casting_vote_says_whose_it_was() -> None:
    tally = Tally(2, 2)
    said = [
        verdict.verdict_sentence(result, CAST, tally, 30, "en", casting=True, source="s. 1")
        for result in (Result.ADOPTED, Result.REJECTED)
    ]
    head = "more for than against needed (s. 1); 2 for, 2 against; by the casting vote: "
    assert said == [f"{head}adopted", f"{head}not adopted"]


@pytest.mark.parametrize(
    ("rule", "result", "tally", "words"),
    [
        (SEATS, Result.ADOPTED, Tally(19), "19 «за» — рівно стільки, скільки потрібно"),
        (SEATS, Result.REJECTED, Tally(11), "11 «за» з 19 потрібних, забракло 8"),
        (CAST, Result.ADOPTED, Tally(3, 2), "3 «за», 2 «проти» — «за» більше, ніж «проти»"),
        (CAST, Result.REJECTED, Tally(2, 2), "2 «за», 2 «проти» — «за» не більше, ніж «проти»"),
        (CAST, Result.TIED, Tally(2, 2), "2 «за», 2 «проти» — вирішує головуючий"),
        (TWO_THIRDS_CAST, Result.ADOPTED, Tally(10, 5), "10 «за» — рівно стільки, скільки потрібно"),
        (TWO_THIRDS_CAST, Result.REJECTED, Tally(9, 6), "9 «за» з 10 потрібних, забракло 1"),
        (SEATS, Result.NO_QUORUM, Tally(18), "присутні 18 з 37, потрібно 19"),
    ],
)
def test_verdict_rest_agrees_with_the_base(rule: Requirement, result: Result, tally: Tally, words: str) -> None:
    assert verdict.verdict_rest(result, rule, tally, 18, "uk") == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (SEATS, "20 “for”, 19 of 37 needed — art. 1"),
        (PRESENT, "20 “for”, 16 needed — art. 1"),
        (CAST, "20 “for”, 3 “against” — art. 1"),
    ],
)
def test_hall_reason_agrees_with_the_base(rule: Requirement, words: str) -> None:
    assert verdict.hall_reason(Result.ADOPTED, rule, Tally(20, 3), 30, "art. 1", "en") == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (SEATS, "Needed: a majority of the council’s seats, 19 of 37 (art. 59)."),
        (PRESENT, "Needed: a majority of those present, 16 (art. 59)."),
        (CAST, "Needed: more votes for than against (art. 59)."),
        (TWO_THIRDS_CAST, "Needed: at least 2/3 of the votes cast (art. 59)."),
        (requirement(Base.VOTED), "Needed: a majority of all votes, abstentions included (art. 59)."),
        (requirement(fraction=(3, 5, True)), "Needed: more than 3/5 of the council’s seats — 19 of 37 (art. 59)."),
    ],
)
def test_requirement_long_names_no_number_that_only_the_closing_gives(rule: Requirement, words: str) -> None:
    assert verdict.requirement_long(rule, "en").startswith(f"{words} Whoever ")


def test_legal_source_is_in_the_readers_language_where_a_profile_has_it() -> None:
    ours = "ст. 59 ч. 2 Закону України «Про місцеве самоврядування в Україні»"
    rule = Requirement("r", Base.SEATS, 1, 2, True, 37, 19, 19, ours)
    english = "art. 59(2) of the Law of Ukraine “On Local Self-Government in Ukraine”"
    assert [verdict.legal_source(rule, locale) for locale in ("en", "uk", "mr")] == [english, ours, ours]
    assert verdict.legal_source(SEATS, "uk") == "art. 59"


CANDIDATES = (Candidate(1, "Olena Koval"), Candidate(2, "Petro Lys"), Candidate(3, "Ihor Bik"))


@pytest.mark.parametrize(
    ("votes", "chosen", "word", "rest"),
    [
        ((20, 10, 1), 1, "Chosen", "Olena Koval — 20, at least 19 needed"),
        ((15, 12, 4), None, "Nobody chosen", "the most is 15 of the 19 needed, 4 short"),
        ((0, 0, 0), None, "Nobody chosen", "the most is 0 of the 19 needed, 19 short"),
    ],
)
def test_candidates_are_said_with_their_counts(
    votes: tuple[int, int, int], chosen: int | None, word: str, rest: str
) -> None:
    counts = [CandidateCount(number, count) for number, count in enumerate(votes, 1) if count]
    tally = Tally(sum(votes))
    said = candidate_words.candidates_rest(CANDIDATES, counts, chosen, SEATS, tally, "en")
    assert (candidate_words.candidates_word(chosen is not None, "en"), said) == (word, rest)


def test_candidates_who_lead_together_are_not_chosen_and_it_says_why() -> None:
    low = requirement(Base.CAST, fraction=(1, 3, False))
    said = candidate_words.candidates_rest(
        CANDIDATES, [CandidateCount(1, 6), CandidateCount(3, 6)], None, low, Tally(12), "en"
    )
    assert said == "2 candidates have 6 each, and one alone must lead"


def test_relation_to_an_earlier_vote_is_one_sentence() -> None:
    said = [
        vote_words.relation_sentence("repeat", 3, "the desks were off", "en", voided="the power failed"),
        vote_words.relation_sentence("repeat", 3, "the desks were off", "en"),
        vote_words.relation_sentence("reconsideration", 5, "a new letter came!", "en", voided="the power failed"),
        vote_words.relation_sentence("reconsideration", 5, None, "en"),
        vote_words.relation_sentence("as_amended", 4, None, "en"),
        vote_words.relation_sentence("alternative", 6, None, "en"),
    ]
    assert said == [
        "Repeat of vote 3, void: the power failed.",
        "Repeat of vote 3: the desks were off.",
        "Reconsideration of vote 5: a new letter came!",
        "Reconsideration of vote 5.",
        "As amended by vote 4.",
        "Alternative to the motion of vote 6.",
    ]


def test_what_befell_a_vote_is_said_with_its_reason() -> None:
    assert vote_words.voided_sentence("збій обладнання", "uk") == "Недійсне: збій обладнання."
    without = vote_words.override_sentence(Override("flood", ("no_quorum", "desk_offline"), Clerk("a", "Alina")), "en")
    warned = vote_words.override_sentence(Override("known", ("desk_offline",), Clerk("a", "Alina")), "en")
    assert (without, warned) == (
        "Opened without a quorum: flood (Alina).",
        "Opened in spite of the hall’s warning: known (Alina).",
    )
    assert vote_words.casting_sentence("R. Kuraj", Option.AGAINST, "en") == (
        "Casting vote of the chair, R. Kuraj: “Against”."
    )


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("uk", ["1 депутат заявив", "3 депутати заявили", "12 депутатів заявили", "21 депутат заявив"]),
        ("pl", ["1 radny zgłosił", "3 radni zgłosili", "12 radnych zgłosiło", "21 radnych zgłosiło"]),
        ("ro", ["1 consilier a", "3 consilieri au", "12 consilieri au", "21 de consilieri au"]),
        ("mr", ["हितसंबंध जाहीर केलेल्या 1 सदस्यानेही", "हितसंबंध जाहीर केलेल्या 3 सदस्यांनीही", "", ""]),
    ],
)
def test_number_of_recused_agrees_in_every_language(locale: str, words: list[str]) -> None:
    said = [vote_words.recused_sentence(count, locale, exception=locale == "mr") for count in (1, 3, 12, 21)]
    assert [sentence[: len(start)] for sentence, start in zip(said, words, strict=True)] == words


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_word_for_an_option_is_said_in_every_language(locale: str) -> None:
    words = [verdict.option_word(option, gender, locale) for option in Option for gender in ("f", "m", None)]
    words += [verdict.tally_word(option, count, locale) for option in Option for count in (0, 1, 2, 5, 21)]
    assert all(words)
    said = {"uk": "За", "en": "For", "pl": "Za", "ro": "Pentru", "mr": "बाजूने"}
    assert verdict.option_word(Option.FOR, None, locale) == said[locale]


AT = "2017-11-22T08:17:51.000Z"


def vote(n: int = 1, rule: Requirement = SEATS, **changed: Any) -> VoteRecord:
    """An open vote with three present; `changed` are fields of VoteOpened."""
    opened = VoteOpened(
        at=AT,
        n=n,
        item="1",
        motion="The motion",
        motion_sha256="0" * 64,
        requirement=rule,
        present=("a", "b", "c"),
        entitled=("a", "b", "c"),
        no_record=(),
        seconds=20,
    )
    return VoteRecord(replace(opened, **changed), opened_seq=n)


def test_vote_verdict_follows_the_vote_through_its_life() -> None:
    one = vote()
    said = [verdict.vote_verdict(one, "en")]
    one.state = "held"
    said.append(verdict.vote_verdict(one, "en"))
    one.state, one.tally, one.result = "closed", Tally(20, 3), Result.ADOPTED
    said.append(verdict.vote_verdict(one, "en"))
    assert verdict.vote_sentence(one, "en") == "19 of 37 needed (art. 59); 20 for: adopted"
    one.state, one.void_reason = "voided", "the power failed"
    said.append(verdict.vote_verdict(one, "en"))
    assert said == [
        ("Open, still running", ""),
        ("On hold", ""),
        ("Adopted", "20 “for” — at least 19 needed"),
        ("Void", "the power failed"),
    ]
    assert verdict.vote_sentence(one, "en") == "Void: the power failed"


def test_vote_without_a_quorum_counts_those_who_counted_for_it() -> None:
    one = vote(in_quorum=2, recused=("c",))
    one.state, one.tally, one.result = "closed", Tally(3), Result.NO_QUORUM
    assert verdict.vote_verdict(one, "en") == ("No quorum", "2 of 37 present, 19 needed")
    assert verdict.vote_sentence(one, "en") == "2 of 37 present, 19 needed for a quorum: no decision"


def test_tie_is_said_before_and_after_the_chair_decides() -> None:
    one = vote(rule=CAST)
    one.state, one.tally, one.result = "tied", Tally(1, 1, 1), Result.TIED
    assert verdict.vote_verdict(one, "en") == ("A tie", "1 “for”, 1 “against” — the chair decides")
    one.state, one.result = "closed", Result.ADOPTED
    one.tie = TieDecided(AT, 1, "a", Option.FOR, Result.ADOPTED, Clerk("a", "Alina"))
    rest = "1 “for”, 1 “against” — the chair’s casting vote decided"
    assert verdict.vote_verdict(one, "en") == ("Adopted", rest)
    assert vote_notes(one, {1: one}, {"a": "Anna A."}, "en") == ("Casting vote of the chair, Anna A.: “For”.",)


def test_vote_on_candidates_says_who_was_chosen() -> None:
    one = vote(candidates=CANDIDATES, subject="candidates")
    one.state, one.tally, one.result, one.chosen = "closed", Tally(30), Result.ADOPTED, 2
    one.counts = (CandidateCount(1, 10), CandidateCount(2, 20))
    assert verdict.vote_sentence(one, "en") == "Chosen: Petro Lys — 20, at least 19 needed"
    one.result = Result.NO_QUORUM
    assert verdict.vote_verdict(one, "en")[0] == "No quorum"


def test_secret_ballot_says_its_totals_alone() -> None:
    ballot = SecretVoteRecorded(
        at=AT,
        n=2,
        item="1",
        motion="Elect the secretary",
        motion_sha256="0" * 64,
        requirement=SEATS,
        ground="secretary",
        ground_source="art. 59(3)",
        in_quorum=30,
        ballots=Ballots(30, 29, 1),
        for_=18,
        against=10,
        abstain=0,
        candidates=(),
        counts=(),
        chosen=None,
        result=Result.REJECTED,
        protocol=Document("protocol.pdf", "0" * 64, 1),
    )
    assert verdict.secret_verdict(SecretRecord(ballot), "en") == ("Not adopted", "18 “for” of the 19 needed, 1 short")
    elected = replace(
        ballot, candidates=CANDIDATES, counts=(CandidateCount(3, 19),), chosen=3, result=Result.ADOPTED, for_=19
    )
    assert verdict.secret_verdict(SecretRecord(elected), "en") == ("Chosen", "Ihor Bik — 19, at least 19 needed")
    void = SecretRecord(elected, VoteVoided(AT, 2, "spoilt papers"), [3])
    assert verdict.secret_verdict(void, "en") == ("Void", "spoilt papers")
    again = SecretRecord(replace(ballot, n=3, repeats=2))
    secret = "Secret ballot (art. 59(3)): who voted how is not recorded anywhere."
    assert secret_notes(void, {2: void, 3: again}, "en") == (secret, "Repeated as vote 3.")
    assert secret_notes(again, {2: void, 3: again}, "en") == (secret, "Repeat of vote 2, void: spoilt papers.")


def test_plain_vote_by_terminals_has_no_notes() -> None:
    assert vote_notes(vote(), {}, {}, "en") == ()


def test_notes_of_a_vote_on_a_bad_day_are_in_a_fixed_order() -> None:
    first = vote(3)
    first.state, first.void_reason, first.followed_by = "voided", "the power failed", [5]
    again = vote(
        5,
        subject="amendment",
        relation="repeat",
        refers_to=3,
        reason="the power failed",
        recused=("a", "b"),
        exception=True,
        override=Override("only two sat down", ("no_quorum",), Clerk("a", "Alina")),
    )
    again.roll = (RollEntry("c", Option.FOR, channel="called"), RollEntry("a", Option.FOR, channel="terminal"))
    again.corrections.append(
        CorrectionNoted(
            AT,
            5,
            "c",
            Option.FOR,
            Option.AGAINST,
            "I pressed the wrong key",
            Clerk("o.bila", "Oleh Bilyi"),
            Clerk("i.hryn", "Iryna Hryn"),
        )
    )
    votes = {3: first, 5: again}
    assert vote_notes(again, votes, {"c": "C. Third"}, "en") == (
        "Amendment.",
        "Repeat of vote 3, void: the power failed.",
        "1 answer was given aloud and entered by the clerk.",
        "Opened without a quorum: only two sat down (Alina).",
        "2 members with a declared conflict of interest voted too: otherwise there would be no quorum.",
        "C. Third stated after the announcement: recorded “For”, meant “Against”. The tally stays.",
    )
    assert vote_notes(first, votes, {}, "en") == ("Void: the power failed.", "Repeated as vote 5.")


def test_called_roll_call_and_entry_by_hand_say_how_they_were_taken() -> None:
    taken = [
        vote(method="called", order="seating"),
        vote(method="called", order="alphabet"),
        vote(method="entered"),
    ]
    assert [vote_notes(one, {}, {}, "en") for one in taken] == [
        ("Called roll call in seating order, answered aloud, entered by the clerk.",),
        ("Called roll call in alphabetical order, answered aloud, entered by the clerk.",),
        ("Entered by hand by one clerk and confirmed by another.",),
    ]


def test_translations_of_a_language_nobody_has_are_refused() -> None:
    with pytest.raises(ValueError, match="there are uk, en, pl, ro, mr"):
        translations("de", "words")
