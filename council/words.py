"""The languages the pages and screens speak, and their catalogues.

Words live in gettext catalogues, `locales/{language}/{domain}.po`, read once with babel; there is nothing to compile.
English is the language of the msgids, so its catalogue holds only what is not English there (legal sources, which a
ledger quotes in its council's own language). Domains: `words` (options, verdicts, requirements: said the same
everywhere), `hall` (terminal, console, display), `site` (the public site).
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"uk": "Українська", "en": "English"}  # only those whose catalogues are complete
DEFAULT = "uk"


@cache
def translations(locale: str, domain: str) -> gettext.NullTranslations:
    """The catalogue of one language and domain; a language without one speaks English.

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


def texts(say: Callable[[str], str]) -> dict[str, str]:
    """One sentence in every language: `say(locale)` for each."""
    return {locale: say(locale) for locale in LANGUAGES}
