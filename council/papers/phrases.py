"""How papers say things: catalogue, dates, times and lengths, in the five languages papers are made in.

Pure but for the catalogues (council/locales/{language}/papers.po; msgids are English). Times are those of the sitting's
own clock. Figures are written 0 to 9 in every language, Marathi too, as they are in the ledger and on the terminals, so
that a number can be compared at a glance. Verdicts and options are worded by council.verdict and council.vote_words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from gettext import NullTranslations
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date

from council.words import translations
from voting.entries import parse_stamp
from voting.record import SittingRecord

# CLDR's long forms abbreviate «року» in Ukrainian and put the month first in plain English.
DAYS = {"uk": "d MMMM y 'року'", "en": "d MMMM y", "pl": "d MMMM y 'r.'", "ro": "d MMMM y", "mr": "d MMMM y"}


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's words; times are shown in `zone`."""

    locale: str
    zone: ZoneInfo
    catalogue: NullTranslations = field(repr=False)

    def say(self, message: str, **values: Any) -> str:
        text = self.catalogue.gettext(message)
        return text % values if values else text

    def count(self, one: str, many: str, count: int, **values: Any) -> str:
        """Agreeing with `count`, which is `%(count)d` in the sentence."""
        return self.catalogue.ngettext(one, many, count) % {"count": count, **values}

    def pgettext(self, context: str, message: str) -> str:
        return self.catalogue.pgettext(context, message)

    def day(self, day: date | str) -> str:
        """«22 листопада 2026 року»"""
        return format_date(date.fromisoformat(day) if isinstance(day, str) else day, DAYS[self.locale], self.locale)

    def day_of(self, stamp: str) -> date:
        return parse_stamp(stamp).astimezone(self.zone).date()

    def time(self, stamp: str) -> str:
        """«10:17:51» on the sitting's clock."""
        return parse_stamp(stamp).astimezone(self.zone).strftime("%H:%M:%S")

    def moment(self, stamp: str, day: str) -> str:
        """The time; with its date where that is not `day`, the sitting's."""
        on = self.day_of(stamp)
        return self.time(stamp) if on.isoformat() == day else f"{self.day(on)}, {self.time(stamp)}"

    def day_untold(self, record: SittingRecord) -> str:
        """The date without which times are told, as `moment` wants it: the sitting's; a replay's own, which its page
        and its minutes name once, where they say when it was opened."""
        opened = record.opened
        return self.day_of(record.opened_at).isoformat() if opened.replay and record.opened_at else opened.held_on

    def length(self, ms: int) -> str:
        """«2 хв 52 с»"""
        minutes, seconds = divmod(ms // 1000, 60)
        if minutes:
            return self.say("%(minutes)d min %(seconds)d s", minutes=minutes, seconds=seconds)
        return self.say("%(seconds)d s", seconds=seconds)


@cache
def phrases(locale: str, timezone: str) -> Phrases:
    """Raises ValueError for a language in which no papers are made."""
    return Phrases(locale, ZoneInfo(timezone), translations(locale, "papers"))
