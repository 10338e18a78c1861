"""How the site says things: catalogue, dates and times, numbers, and the blanks at which no line may break.

Pure but for the catalogues. One `Wording` a language; templates reach it as `w`. Msgids are English; catalogue:
council/locales/{language}/site.po. Sentences of verdicts and options come from council.verdict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from gettext import NullTranslations
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from council.words import translations

NO_BREAK = "\N{NO-BREAK SPACE}"

# CLDR's own long forms abbreviate the year in Ukrainian («р.»), put the month first in plain English and a comma before
# the year in Marathi. Figures are 0 to 9 in every language, as on papers and terminals (council/papers/phrases.py).
DATE_PATTERNS = {
    "uk": {"full": "d MMMM y 'року', EEEE", "long": "d MMMM y", "month": "d MMMM", "short": "dd.MM.y"},
    "en": {"full": "EEEE, d MMMM y", "long": "d MMMM y", "month": "d MMMM", "short": "dd/MM/y"},
    "pl": {"full": "EEEE, d MMMM y", "long": "d MMMM y", "month": "d MMMM", "short": "dd.MM.y"},
    "ro": {"full": "EEEE, d MMMM y", "long": "d MMMM y", "month": "d MMMM", "short": "dd.MM.y"},
    "mr": {"full": "EEEE, d MMMM y", "long": "d MMMM y", "month": "d MMMM", "short": "dd/MM/y"},
}

# Of Cyrillic and Latin; in Devanagari a letter with its vowel sign is no word, and none is bound.
_SMALL = re.compile(
    r"(?<![\w’'%)\u0900-\u097f])"
    r"((?:[^\W\d_\u0900-\u097f]{1,2}\.?|№|ст\.|вул\.|art\.|ust\.|pkt|alin\.|lit\.)) (?=\S)"
)
_DASH = re.compile(r" (?=[—–])")  # no line begins with one
_UNIT = re.compile(r"(\d|\)[sd]) (?=[«“„]|(?:с|хв|год|кБ|МБ|ГБ|s|min|h|kB|MB|GB|से\.|मि\.|तास)(?!\w)|%)")


def bind(text: str) -> str:
    """No-break spaces after words of one and two letters, before a dash, in «19 «за»», «ст. 59», «№ 1», «2 с»."""
    text = _SMALL.sub(rf"\1{NO_BREAK}", text)
    text = _UNIT.sub(rf"\1{NO_BREAK}", text)
    return _DASH.sub(NO_BREAK, text)


def parse(stamp: str) -> datetime:
    """A ledger's time. Raises ValueError for anything that is not RFC 3339 with a zone."""
    moment = datetime.fromisoformat(stamp)
    if moment.tzinfo is None:
        raise ValueError(f"{stamp!r} has no time zone")
    return moment.astimezone(UTC)


def stamp(moment: datetime) -> str:
    """RFC 3339 UTC with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def exact_stamp(moment: datetime) -> str:
    """RFC 3339 UTC with milliseconds, or with microseconds where there are any: the very frame, if it begins there."""
    return stamp(moment).replace("Z", f"{moment.microsecond % 1000:03d}Z" if moment.microsecond % 1000 else "Z")


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's words; times are shown in `zone`, the body's."""

    locale: str
    zone: ZoneInfo
    catalogue: NullTranslations = field(repr=False)

    def say(self, message: str, **values: Any) -> Markup:
        """A sentence of the catalogue with its values put in; they are escaped, unless they are Markup."""
        return _fill(self.catalogue.gettext(message), values)

    def count(self, one: str, many: str, count: int, **values: Any) -> Markup:
        """As `say`, agreeing with `count`, which is `%(count)s` in the sentence."""
        return _fill(self.catalogue.ngettext(one, many, count), {"count": self.number(count), **values})

    def number(self, number: int) -> str:
        """«950», «9500», «12 345»; in Marathi «1,23,456»."""
        return str(format_decimal(number, locale=self.locale)) if number >= 10_000 else str(number)

    def decimal(self, number: float) -> str:
        """«0,5», «1.25»: with the language's own point, to the thousandth."""
        return str(format_decimal(number, "0.###", locale=self.locale))

    def day(self, day: date | str, form: str = "long") -> str:
        """full: «22 листопада 2017 року, середа»; long: without weekday; month: «22 листопада»; short: «22.11.2017»."""
        if isinstance(day, str):
            day = date.fromisoformat(day)
        text = format_date(day, DATE_PATTERNS[self.locale][form], locale=self.locale)
        return re.sub(r"^(\d+) ", rf"\1{NO_BREAK}", text.replace("ʼ", "’"))  # «п’ятниця», as all else is written

    def local(self, moment: str | datetime) -> datetime:
        return (parse(moment) if isinstance(moment, str) else moment).astimezone(self.zone)

    def day_of(self, moment: str | datetime) -> date:
        return self.local(moment).date()

    def time(self, moment: str | datetime, form: str = "%H:%M:%S") -> str:
        return self.local(moment).strftime(form)

    def minute(self, moment: str | datetime) -> str:
        return self.time(moment, "%H:%M")

    def length(self, seconds: float) -> str:
        """A duration: «20 с», «17 хв 02 с», «2 год 05 хв»."""
        whole = max(0, round(seconds))
        if whole < 60:
            return str(self.say("%(seconds)s s", seconds=whole))
        if whole < 3600:
            return str(self.say("%(minutes)s min %(seconds)s s", minutes=whole // 60, seconds=f"{whole % 60:02d}"))
        return str(self.say("%(hours)s h %(minutes)s min", hours=whole // 3600, minutes=f"{whole % 3600 // 60:02d}"))


@cache
def wording(locale: str, timezone: str) -> Wording:
    """Raises ValueError for a language that is not offered."""
    return Wording(locale, ZoneInfo(timezone), translations(locale, "site"))


def clock_length(seconds: float) -> str:
    """A recording's length in figures: «17:02», «2:05:09»."""
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def _fill(text: str, values: Mapping[str, Any]) -> Markup:
    return _pattern(text) % values if values else _pattern(text)


@cache  # there are as many as in the catalogues
def _pattern(text: str) -> Markup:
    return Markup(bind(str(escape(text))))  # noqa: S704 escaped just here; Markup's own % escapes the values


def short_faction(name: str) -> str:
    """What fits beside a wedge: the name in quotes, or the abbreviation after a dash, else the whole name."""
    quoted = re.search(r"[«“„\"]([^»”\"]+)[»”\"]", name)
    if quoted:
        return quoted[1]
    return re.split(r"\s[-—–]\s", name)[-1]


def kind_word(kind: str, w: Wording) -> str:
    words = {
        "plenary": w.say("Plenary sitting"),
        "committee": w.say("Commission sitting"),
        "briefing": w.say("Briefing"),
        "hearing": w.say("Hearing"),
    }
    return str(words[kind])
