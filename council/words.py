"""The languages that pages, screens and papers speak, and their catalogues.

Words live in gettext catalogues, `locales/{language}/{domain}.po`, read once with babel; there is nothing to compile.
English is the language of the msgids and has no catalogue. Domains: `words` (options, verdicts, requirements: said the
same everywhere), `papers` (vote sheet and minutes), `hall` (terminal, console, display), `site` (the public site),
`profile` (what rules of procedure mean). Each is complete in all of LANGUAGES: a test compares.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"uk": "Українська", "en": "English", "pl": "Polski", "ro": "Română", "mr": "मराठी"}
DEFAULT = "uk"


@cache
def translations(locale: str, domain: str) -> gettext.NullTranslations:
    """The catalogue of one language and domain; English, whose words the msgids are, has none.

    Raises ValueError for a language that is not in LANGUAGES."""
    if locale not in LANGUAGES:
        raise ValueError(f"no language {locale!r}; there are {', '.join(LANGUAGES)}")
    catalogue = files("council") / "locales" / locale / f"{domain}.po"
    if not catalogue.is_file():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with catalogue.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale, domain=domain))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def spoken(locale: str, domain: str) -> gettext.NullTranslations:
    """The catalogue of a language that a client names; English for one that there is not."""
    return translations(locale if locale in LANGUAGES else "en", domain)


_read: ContextVar[tuple[str, ...]] = ContextVar("_read", default=tuple(LANGUAGES))


@contextmanager
def read_in(languages: Iterable[str | None]) -> Iterator[None]:
    """Within it `texts` are in these languages of LANGUAGES alone: a state for many readers need not speak what none of
    them reads. None among them, or nothing else: in all."""
    wanted = set(languages)
    chosen = tuple(LANGUAGES) if None in wanted else tuple(locale for locale in LANGUAGES if locale in wanted)
    token = _read.set(chosen or tuple(LANGUAGES))
    try:
        yield
    finally:
        _read.reset(token)


def languages_read() -> tuple[str, ...]:
    """What `texts` are in: all of LANGUAGES, but for `read_in`."""
    return _read.get()


def texts(say: Callable[[str], str]) -> dict[str, str]:
    """One sentence in every language that is read: `say(locale)` for each."""
    return {locale: say(locale) for locale in languages_read()}


@cache
def plural_examples(locale: str) -> dict[str, int]:
    """The first number of each plural category (CLDR): {"one": 1, "few": 2, "many": 0, "other": 0}. A category that no
    whole number has is as "many": a page asks for it of fractions alone."""
    plural = Locale.parse(locale).plural_form
    found: dict[str, int] = {}
    for n in range(200):
        found.setdefault(plural(n), n)
    found.setdefault("other", found.get("many", 0))
    return found
