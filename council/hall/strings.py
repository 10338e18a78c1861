"""Every word on the hall's pages: terminal, console, display, sign-in, enrolment; a module `strings_*` for each.

English is the msgid; the catalogue is locales/{locale}/hall.po. `{name}` is filled in by the page's script, `*bold*`
marks what stands out; both only in these strings, so a name or a title can never be read as markup. A pair is a
plural: the page gets a form for each CLDR category of its language ("one", "few", "many") and picks by count.
Letters of the console's keys are words too: "V KeyV" is what the cap shows and the physical key (KeyboardEvent.code).
Source of the Ukrainian texts: the house's HALL.md.
"""

from __future__ import annotations

from functools import cache

from council.hall.strings_audit import AUDIT
from council.hall.strings_captions import CAPTIONS
from council.hall.strings_chair import CHAIR
from council.hall.strings_console import CONSOLE, KEYS
from council.hall.strings_display import DISPLAY
from council.hall.strings_forms import FORMS
from council.hall.strings_prepare import PREPARE
from council.hall.strings_room import ROOM
from council.hall.strings_shared import SHARED
from council.hall.strings_staff import STAFF
from council.hall.strings_terminal import TERMINAL
from council.verdict import option_word
from council.words import plural_examples, translations
from voting.entries import Option

PAGES = {
    "terminal": TERMINAL,
    "console": CONSOLE,
    "chair": CHAIR,
    "display": DISPLAY,
    **dict.fromkeys(("login", "factor", "set_up", "account", "enrol", "message"), FORMS),
    "home": ROOM,
    **dict.fromkeys(("staff", "members"), STAFF),
    "audit": STAFF | AUDIT,
    "readiness": STAFF | ROOM,
    **dict.fromkeys(("prepare", "prepare_sitting", "prepare_item", "prepare_seats"), STAFF | PREPARE),
    **dict.fromkeys(("prepare_captions", "prepare_track"), STAFF | PREPARE | CAPTIONS),
}


@cache
def strings(locale: str, page: str) -> dict[str, str | dict[str, str]]:
    """The words of one page: key to text, or to a text by plural category.

    page: one of PAGES. Raises KeyError, ValueError for an unknown page or
    language."""
    t = translations(locale, "hall")
    words: dict[str, str | dict[str, str]] = {}
    for key, text in (SHARED | PAGES[page]).items():
        if isinstance(text, str):
            words[key] = t.gettext(text)
        else:
            words[key] = {form: t.ngettext(*text, n) for form, n in plural_examples(locale).items()}
    if page in ("console", "chair"):
        for act, key in KEYS.items():
            words[f"key_{act}"] = t.pgettext(f"key, {act}", key)
    if page in ("terminal", "console", "chair", "display"):
        for option in Option:
            words[f"option_{option}"] = option_word(option, None, locale)
            words[f"option_{option}_f"] = option_word(option, "f", locale)
    return words
