"""People and their places in a body: who they are, how their names are ordered, shortened and printed.

Pure. Names are data; what differs by language is one alphabet or one table of endings, and a language without one
gets the plain fallback. Alphabet order is kept as a text key, because the embedded PostgreSQL has no ICU: keys compare
rightly byte by byte (collation C or C.UTF-8), in Python and in SQL alike.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from voting.entries import Seated

Gender = Literal["f", "m"]


@dataclass(frozen=True, slots=True)
class Term:
    """One elected council's time in office; both dates are days in it."""

    id: str
    body: str
    label: str
    from_on: date | None
    until_on: date | None


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    family_name: str
    given_name: str
    patronymic: str | None
    gender: Gender | None
    sort_key: str  # `sort_key(family given patronymic, the council's language)`


@dataclass(frozen=True, slots=True)
class Member:
    """A person's place in a body; both dates are days in office, None is open."""

    id: str
    person: str
    body: str
    term: str | None
    from_on: date | None
    until_on: date | None


@dataclass(frozen=True, slots=True)
class Faction:
    id: str
    body: str
    name: str


# --- alphabet order ---------------------------------------------------------------------------------------------

ALPHABETS = {
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "pl": "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż",
    "ro": "aăâbcdefghiîjklmnopqrsștțuvwxyz",
}
OTHER_FORMS = str.maketrans("şţ", "șț")  # Romanian as old programs write it
APOSTROPHES = "'’ʼ`´‘′"
RANKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # ascending in ASCII, one for each letter
FOREIGN = "~"  # before a character that is not in the alphabet: after all that are


def sort_key(name: str, locale: str) -> str:
    """The key by which `name` (family name first) stands in the alphabet order of `locale`.

    Case and apostrophes do not count; a blank comes before a hyphen, a hyphen before figures, figures before letters,
    letters of other alphabets last. Two names may have one key: order them further by their id."""
    alphabet = ALPHABETS.get(locale)
    text = unicodedata.normalize("NFC", name).casefold().translate(OTHER_FORMS)
    if alphabet is None:
        text = unicodedata.normalize("NFD", text.replace("ł", "l").replace("đ", "d"))
    text = "".join(c for c in text if c not in APOSTROPHES and not unicodedata.combining(c))
    text = " ".join(text.replace("—", "-").replace("–", "-").split())
    if alphabet is None:
        return text
    return "".join(_rank(letter, alphabet) for letter in text)


def _rank(letter: str, alphabet: str) -> str:
    place = alphabet.find(letter)
    if place >= 0:
        return RANKS[place]
    return letter if letter in " -0123456789" else FOREIGN + letter


def gender_of(patronymic: str | None) -> Gender | None:
    """What a patronymic tells, for the agreement of words: «Вікторівна» f, «Васильович», «Ілліч» m; else None."""
    word = unicodedata.normalize("NFC", patronymic or "").strip().casefold()
    if word.endswith(("івна", "ївна", "овна", "евна", "ична", "ічна")):
        return "f"
    if word.endswith(("ич", "іч")):
        return "m"
    return None


# --- printed names ----------------------------------------------------------------------------------------------


def _initial(name: str | None) -> str:
    return f"{name[0]}." if name else ""


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def display_name(seated: Seated) -> str:
    """«Андрухів Андрій»: the name in a list, in a page's roll and in JSON."""
    return _joined(seated.family_name, seated.given_name)


def full_name(seated: Seated) -> str:
    """«Андрухів Андрій Васильович»: on the member's own page and on the vote sheet."""
    return _joined(seated.family_name, seated.given_name, seated.patronymic)


# From short to long; a member gets the first that no other member of the list reads alike.
LADDER: tuple[Callable[[Seated], str], ...] = (
    lambda m: m.family_name,
    lambda m: _joined(m.family_name, _initial(m.given_name)),
    lambda m: _joined(m.family_name, _initial(m.given_name), _initial(m.patronymic)),
    display_name,
    full_name,
    lambda m: _joined(full_name(m), f"({m.member if m.desk_no is None else m.desk_no})"),
)


def _names(members: Iterable[Seated], ladder: tuple[Callable[[Seated], str], ...]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    everyone = waiting = list(members)
    for rung in ladder:
        alike = Counter(rung(member) for member in everyone)
        chosen |= {member.member: rung(member) for member in waiting}
        waiting = [member for member in waiting if alike[rung(member)] > 1]
    return chosen


def short_names(members: Iterable[Seated]) -> dict[str, str]:
    """Member to surname; with initials, then names, only where two read alike: «Балог», «Янів А.», «Янів О.»"""
    return _names(members, LADDER)


def roll_names(members: Iterable[Seated]) -> dict[str, str]:
    """Member to surname and initial, «Андрухів А.»; longer only where two read alike."""
    return _names(members, LADDER[1:])


# --- ids people can read ----------------------------------------------------------------------------------------

# Resolution 55 of the Cabinet of Ministers of Ukraine, 27.01.2010; the forms for the middle of a word.
_ROMAN = "a b v h g d e ie zh z y i i i k l m n o p r s t u f kh ts ch sh shch  iu ia"
ROMAN = dict(zip(ALPHABETS["uk"], _ROMAN.split(" "), strict=True))


def slug(text: str) -> str:
    """`text` as part of an id, `[a-z0-9-]`, at most 40 characters: «БПП «Солідарність»» is "bpp-solidarnist". What
    has no Latin form at all becomes its SHA-256, cut."""
    latin = "".join(ROMAN.get(c, c) for c in unicodedata.normalize("NFC", text).casefold() if c not in APOSTROPHES)
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return "-".join(words)[:40].strip("-") or hashlib.sha256(text.encode()).hexdigest()[:12]
