"""What an option is called, beside a name, on a key and under a figure. Pure but for the catalogues.

`verdict.py` hands these on: who needs words about votes asks there.
"""

from __future__ import annotations

from council.words import translations
from voting.entries import Option, Tally
from voting.values import Channel


def option_word(option: Option, gender: str | None, locale: str) -> str:
    """A member's option beside the name, agreeing in gender: «Утрималася»"""
    t = translations(locale, "words")
    woman = gender == "f"
    match option:
        case Option.FOR:
            return t.gettext("For")
        case Option.AGAINST:
            return t.gettext("Against")
        case Option.ABSTAIN:
            return t.pgettext("a woman", "Abstained") if woman else t.pgettext("a man", "Abstained")
        case Option.NOT_VOTING:
            return t.pgettext("a woman", "Did not vote") if woman else t.pgettext("a man", "Did not vote")
        case Option.ABSENT:
            return t.pgettext("a woman", "Absent") if woman else t.pgettext("a man", "Absent")
        case Option.RECUSED:
            return t.gettext("Recused (conflict of interest)")
        case Option.NO_RECORD:
            return t.gettext("Not in the record")


def key_word(option: Option, locale: str) -> str:
    """The word on a voting key and in the middle of a sentence, without a gender: «Утримався»"""
    return option_word(option, None, locale)


def tally_word(option: Option, count: int, locale: str) -> str:
    """The word under a figure, agreeing in number: 1 «утримався», 3 «утрималися»"""
    t = translations(locale, "words")
    match option:
        case Option.FOR:
            return t.gettext("for")
        case Option.AGAINST:
            return t.gettext("against")
        case Option.ABSTAIN:
            return t.ngettext("abstained", "abstained", count)
        case Option.NOT_VOTING:
            return t.ngettext("did not vote", "did not vote", count)
        case Option.ABSENT:
            return t.ngettext("absent", "absent", count)
        case Option.RECUSED:
            return t.ngettext("recused", "recused", count)
        case Option.NO_RECORD:
            return t.gettext("not in the record")


def tally_of(tally: Tally, option: Option) -> int:
    """The tally's count of one option."""
    counts = {
        Option.FOR: tally.for_,
        Option.AGAINST: tally.against,
        Option.ABSTAIN: tally.abstain,
        Option.NOT_VOTING: tally.not_voting,
        Option.ABSENT: tally.absent,
        Option.RECUSED: tally.recused,
        Option.NO_RECORD: tally.no_record,
    }
    return counts[option]


def channel_word(channel: Channel, locale: str) -> str:
    """How an option came, beside it: «з місця», «уголос», «з рук»"""
    t = translations(locale, "words")
    match channel:
        case "terminal":
            return t.gettext("by terminal")
        case "called":
            return t.gettext("said aloud")
        case "entered":
            return t.gettext("entered by hand")
