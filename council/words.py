"""The languages the pages and screens speak, and their catalogues.

Words live in gettext catalogues, `locales/{language}/{domain}.po`, read once with babel; there is nothing to compile.
English is the language of the msgids and has no catalogue. Domains: `words` (options, verdicts, requirements: said the
same everywhere), `papers` (vote sheet and minutes), `hall` (terminal, console, display), `site` (the public site),
`profile` (what rules of procedure mean). Pages and screens speak LANGUAGES; papers PAPER_LANGUAGES, which the domains
`words` and `papers` are complete in.
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
PAPER_LANGUAGES = LANGUAGES | {"pl": "Polski", "ro": "Română", "mr": "मराठी"}
DEFAULT = "uk"


@cache
def translations(locale: str, domain: str) -> gettext.NullTranslations:
    """The catalogue of one language and domain; a language without one speaks English.

    Raises ValueError for a language that is not in PAPER_LANGUAGES."""
    if locale not in PAPER_LANGUAGES:
        raise ValueError(f"no language {locale!r}; there are {', '.join(PAPER_LANGUAGES)}")
    catalogue = files("council") / "locales" / locale / f"{domain}.po"
    if not catalogue.is_file():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with catalogue.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale, domain=domain))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def spoken(locale: str, domain: str) -> gettext.NullTranslations:
    """The catalogue of a language that pages and screens speak; English for any other."""
    return translations(locale if locale in LANGUAGES else "en", domain)


def texts(say: Callable[[str], str]) -> dict[str, str]:
    """One sentence in every language of pages and screens: `say(locale)` for each."""
    return {locale: say(locale) for locale in LANGUAGES}
