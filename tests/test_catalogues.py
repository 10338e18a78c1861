"""The gettext catalogues: every sentence that pages and screens say exists in every language they offer.

Sentences are found where they stand as literals in a call by one of `CALLS`, in Python and in templates, and in the
tables of `council/hall/strings_*.py`. Legal sources come from rules of procedure and are not looked for."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from council.words import LANGUAGES

ROOT = Path(__file__).parents[1]
LOCALES = ROOT / "council" / "locales"
DOMAINS = ("words", "papers", "hall", "site", "profile")
CATALOGUES = [(language, name) for name in DOMAINS for language in LANGUAGES if language != "en"]  # that of the msgids

# Function or method -> how many of its first arguments are forms of one sentence; `pgettext` has its context first.
CALLS = {"_": 1, "gettext": 1, "say": 1, "ngettext": 2, "count": 2, "pgettext": 2}
COMMANDS = ROOT / "council" / "commands"  # what they print is for the IT office, in English
TABLES = sorted((ROOT / "council" / "hall").glob("strings_*.py"))
OF_WORDS = ("verdict", "option_words", "requirement_words", "vote_words", "candidate_words")

BLANK = re.compile(r"%\(\w+\)[.\d]*[sdf]|\{\w+\}")

Sentence = tuple[str | None, tuple[str, ...]]  # context; one form, or singular and plural


def domain(path: Path) -> str:
    """Whose catalogue a file speaks from."""
    place = path.relative_to(ROOT).as_posix()
    if place.startswith("public_site/"):
        return "site"
    if place.startswith("council/papers/"):
        return "papers"
    if place.startswith("council/explain"):
        return "profile"
    return "words" if path.parent.name == "council" and path.stem in OF_WORDS else "hall"


def sentences(path: Path) -> Iterator[Sentence]:
    text = path.read_text(encoding="utf-8")
    found = _in_template(text) if path.suffix in {".html", ".txt"} else _in_python(text)
    for name, arguments in found:
        for forms in _alternatives(arguments[: CALLS[name]], CALLS[name]):
            yield (forms[0], forms[1:]) if name == "pgettext" else (None, forms)


def _alternatives(arguments: list[tuple[str, ...]], count: int) -> list[tuple[str, ...]]:
    """Whole literals alone; `a if b else c` gives both."""
    if len(arguments) < count or not all(arguments):
        return []
    return list(zip(*arguments, strict=True)) if len({len(one) for one in arguments}) == 1 else []


def _in_python(text: str) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in CALLS:
                yield name, [_python_literals(argument) for argument in node.args]


def _python_literals(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.IfExp):
        return _python_literals(node.body) + _python_literals(node.orelse)
    return (node.value,) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ()


def _in_template(text: str) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    for node in Environment(autoescape=True).parse(text).find_all(nodes.Call):
        name = getattr(node.node, "name", getattr(node.node, "attr", ""))
        if name in CALLS:
            yield name, [_template_literals(argument) for argument in node.args]


def _template_literals(node: nodes.Node | None) -> tuple[str, ...]:
    if isinstance(node, nodes.CondExpr):
        return _template_literals(node.expr1) + _template_literals(node.expr2)
    return (node.value,) if isinstance(node, nodes.Const) and isinstance(node.value, str) else ()


def _in_table(path: Path) -> Iterator[Sentence]:
    """The hall's pages take their words from dicts of type `dict[str, Text]`."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AnnAssign) and "Text" in ast.unparse(node.annotation):
            table = ast.literal_eval(node.value) if node.value is not None else {}
            for text in table.values():
                yield None, (text,) if isinstance(text, str) else text


def said(wanted: str) -> dict[Sentence, str]:
    """Every sentence of a domain and the file it stands in."""
    found: dict[Sentence, str] = {}
    for package in ("council", "public_site", "hardware"):
        for path in sorted((ROOT / package).rglob("*")):
            if COMMANDS in path.parents:
                continue
            if path.suffix in {".py", ".html", ".txt"} and domain(path) == wanted:
                found |= dict.fromkeys(sentences(path), path.relative_to(ROOT).as_posix())
    if wanted == "hall":
        for path in TABLES:
            found |= dict.fromkeys(_in_table(path), path.relative_to(ROOT).as_posix())
    return found


def catalogue(language: str, name: str) -> Catalog:
    with (LOCALES / language / f"{name}.po").open("rb") as file:
        return read_po(file, locale=language, domain=name, abort_invalid=True)


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def english_of(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def keeps_blanks(message: Message, form: str) -> bool:
    """A form of a plural may leave out the number: «один голос»."""
    texts = english_of(message)
    needed, given = set(BLANK.findall(texts[-1])), set(BLANK.findall(form))
    return given <= needed if message.pluralizable else given == needed


@pytest.mark.parametrize(("language", "name"), CATALOGUES)
def test_catalogue_has_every_sentence_that_is_said(language: str, name: str) -> None:
    words = catalogue(language, name)
    missing = []
    for (context, texts), place in said(name).items():
        message = words.get(texts[0], context)
        whole = message is not None and all(forms(message)) and not message.fuzzy
        plural = message is not None and (message.id if message.pluralizable else (message.id,)) == texts
        if not whole or not plural:
            missing.append(f"{place}: {' | '.join(texts)}")
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("name", DOMAINS)
def test_domain_has_sentences(name: str) -> None:
    """Or the search above finds nothing and passes."""
    assert len(said(name)) > 20


@pytest.mark.parametrize("path", sorted(LOCALES.glob("*/*.po")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_translations_are_whole_and_keep_every_blank(path: Path) -> None:
    wrong = [
        f"{message.id!r} -> {form!r}"
        for message in catalogue(path.parent.name, path.stem)
        if message.id
        for form in forms(message)
        if not form or message.fuzzy or not keeps_blanks(message, form)
    ]
    assert not wrong, "\n".join(wrong)


# What a language may say with the English word's own letters. Beside them: keys, units, what is not words at all.
SAME = {
    "uk": {"PIN"},
    "mr": {"PIN"},
    "pl": {"Administrator", "PIN"},
    "ro": {"Absent", "absent", "Administrator", "Auditor", "Camera", "card", "Document", "PIN", "Text", "urgent"},
}
OWN_LETTERS = {"uk": re.compile(r"[а-яєіїґ]", re.I), "mr": re.compile(r"[\u0900-\u097f]")}
NO_WORDS = re.compile(r"⇧?\w Key\w|SHA-256|\b(?:s|ms|min|h|MB|GB|kbit)\b")


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", NO_WORDS.sub(" ", BLANK.sub(" ", text))))


@pytest.mark.parametrize(("language", "name"), CATALOGUES)
def test_nothing_is_left_in_english(language: str, name: str) -> None:
    own = OWN_LETTERS.get(language, re.compile(""))
    wrong = [
        f"{message.id!r} -> {form!r}"
        for message in catalogue(language, name)
        for form in (forms(message) if message.id else ())
        if (form in english_of(message) or not own.search(form)) and words_of(form) - SAME.get(language, set())
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", sorted(LOCALES.glob("*/*.po")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_plurals_are_those_of_the_language(path: Path) -> None:
    """A page asks by the categories of CLDR, gettext by the catalogue's own rule: both must part the numbers alike."""
    words, category = catalogue(path.parent.name, path.stem), Locale.parse(path.parent.name).plural_form
    rule = gettext.c2py(words.plural_expr.strip("()"))
    pairs = {(category(n), rule(n)) for n in range(1000)}
    assert len(pairs) == len({name for name, _ in pairs}) == len({form for _, form in pairs}) == words.num_plurals
    wrong = [message.id for message in words if message.pluralizable and len(forms(message)) != words.num_plurals]
    assert not wrong
