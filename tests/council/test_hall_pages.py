"""The hall's pages as files: words in every language, no script or style inside, colours that can be read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import html5lib
import pytest

from council.access import Staff, StaffAct
from council.agenda.points import item_of
from council.hall.caption_view import CueRow, TrackRow, VersionRow
from council.hall.page import templates
from council.hall.prepare_view import Publication, SittingRow, item_rows, motion_fields
from council.hall.strings import KEYS, PAGES, strings
from council.papers.readiness import DeskRow
from council.profile import load
from council.readiness import LastRehearsal
from council.rights import ROLES
from council.sitting import KINDS, Body, SittingPlan
from council.words import LANGUAGES
from voting.entries import Document

HALL = Path(__file__).parents[2] / "council" / "hall"
STATIC = HALL / "static"
SCREENS = ("terminal", "console", "chair", "display")
SCRIPTS = sorted(STATIC.glob("*.js"))
STYLES = sorted(STATIC.glob("*.css"))


STAMP = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PEOPLE = [Staff("clerk", "<b>Писар</b>", "clerk", True, 2), Staff("admin", "Ада", "administrator", False, 0)]
SIGN_IN = {
    "action": "/login/factor",
    "stage": "set_up",
    "totp": True,
    "passkeys": True,
    "totp_secret": "ABCD EFGH",
    "totp_uri": "otpauth://totp/x",
    "totp_picture": "data:image/svg+xml,x",
    "own": PEOPLE[0],
}
STAFF = {
    "may": lambda right: True,
    "here": "/staff",
    "said": "Збережено.",
    "people": PEOPLE,
    "roles": ROLES,
    "bodies": [("rada", "Рада"), ("other", "Друга")],
    "body": "rada",
    "members": [("m1", "<b>Дуб</b>", True, True), ("m2", "Клен", False, False)],
    "acts": [
        (
            StaffAct(STAMP, "", "", "signed_in", None, "<b>from</b>", "wrong_password"),
            "2026-03-01 09:00:00",
            "<b>Why</b>",
            "<b>from</b> somewhere",
        )
    ],
    "kept": {"staff": "", "sitting": ""},
    "older": "/audit?before=1",
    "newest": "/audit",
    "json": "/audit.json",
}
FILE = Document("<b>проєкт</b>.pdf", "a" * 64, 1)
ITEM = item_of("7а", "<b>Про</b>", (("Текст <b>", "majority_of_seats", 20),), consent=True, drafts=(FILE,))
PLAN = SittingPlan(
    "rada-2026-03-01",
    Body("rada", "Місто", "<b>Рада</b>", 37, "ua", "uk", "Europe/Kyiv", training=False),
    "<b>I</b>",
    "plenary",
    date(2026, 3, 1),
    "ordinary",
    None,
    (),
    (ITEM,),
)
PREPARE = {
    "sittings": [SittingRow("rada-2026-03-01", "<b>Рада</b>", "<b>I</b>", "1 березня 2026", "ще не відкрито")],
    "kinds": KINDS,
    "typed": {"body": "rada", "held_on": "", "label": "<b>", "kind": "plenary"},
    "problems": ["<b>x</b>"],
    "done": "Збережено.",
    "plan": PLAN,
    "day": "1 березня 2026",
    "begun": False,
    "publication": Publication(("так",), ("<b>додано</b>",), ("до",), True, True, True, True),
    "seen": "0" * 16,
    "headings": "Назва",
    "pasted": "<b>",
    "ground": "<b>",
    "files": True,
    "skipped": ["<b>"],
    "item": ITEM,
    "attached": [FILE],
    "fields": {"number": "7а", "title": "<b>", "consent": True, "vote": True},
    "motions": motion_fields(ITEM),
    "rules": [("majority_of_seats", "більшість")],
    "usual_seconds": 20,
    "releasable": True,
}
VERSION = VersionRow(2, "Редакція 2, <b>Писар</b>", True)
CAPTIONS = {
    "tracks": [TrackRow("uk", "Українська", 2, 1, False, "Редакція 2, <b>Писар</b>", True)],
    "cameras": ["hall-1"],
    "languages": [("uk", "Українська"), ("mr", "मराठी")],
    "language": "uk",
    "shown": VERSION,
    "newest": 2,
    "editable": True,
    "withdrawn": False,
    "machine": True,
    "versions": [VERSION],
    "cues": [CueRow(1, "10:00:01", "10:00:04", "https://рада/?at=1", "<b>Голова</b>", "<b>Добрий день</b>")],
    "page_no": 1,
    "pages": [(1, "1–100", True), (2, "101–120", False)],
    "lost": ["<b>x</b>"],
}
ROOM = {
    "held": [{"body": "<b>Рада</b>", "label": "<b>I</b>", "state": "state_open", "screens": [("console", "/console")]}],
    "label": "<b>I</b>",
    "rehearsal": LastRehearsal("rada-2026-03-01-rehearsal-1", "rada-2026-03-01", 1, STAMP, None),
    "made_at": "1 березня 2026, 11:00",
    "ready": 1,
    "keys": ("1", "2", "3"),
}
ROWS = {  # of each page that has some
    "readiness": [
        DeskRow(1, "<b>Дуб</b>", (True, True, True), 12, linked=True, build_ok=True),
        DeskRow(2, "Клен", (True, False, False), None, linked=False, build_ok=False),
    ],
    "prepare_sitting": item_rows((ITEM, ITEM), load("ua"), "uk")[:1],
    "prepare_seats": [("m1", "<b>Дуб</b>", "<b>", 1, "2"), ("m2", "Клен", "", None, "")],
}


ROOM_PAGES = ("home", "readiness")


def rendered(name: str, locale: str, **changed: Any) -> str:
    page = {"ws": f"/ws/{name}", "build": "b", "lang": locale, "words": strings(locale, name), "use": True}
    context = {
        "locale": locale,
        "lang_links": [("uk", "Українська", "?lang=uk"), ("en", "English", "?lang=en")],
        "csrf": "token",
        "clerk": "<b>Писар</b>",
        "page": page,
        "error": "Ім’я або <пароль>",
        "ended": "Засідання закрито.",
        "code": None,
        "name": None,
        "next": None,
        "title": "404",
        "text": "Такої сторінки немає.",
        "link": {"url": "/console", "name": "Назад"},
        "may_change": True,
        **SIGN_IN,
        **STAFF,
        **PREPARE,
        **CAPTIONS,
        **ROOM,
        "rows": ROWS.get(name, []),
    }
    return templates().get_template(f"{name}.html").render(**(context | changed))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_valid_and_has_neither_inline_script_nor_style(name: str, locale: str) -> None:
    html = rendered(name, locale)
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree = parser.parse(html)
    assert tree.get("lang") == locale
    assert tree.find("head/title").text
    assert not tree.findall(".//style")
    for script in tree.iter("script"):
        assert script.get("src") or script.get("type") == "application/json"
    for element in tree.iter():
        if isinstance(element.tag, str):
            assert not [name for name in element.attrib if name == "style" or name.startswith("on")]
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("name", [name for name in PAGES if name in ("staff", "members") or name.startswith("prepare")])
def test_page_for_who_only_reads_has_nothing_that_changes_anything(name: str, begun: bool) -> None:
    html = rendered(name, "en", may_change=False, begun=begun)
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    forms = [form.get("action") for form in tree.iter("form") if form.get("method") != "get"]
    assert forms == ["/logout"]
    inside = {button for form in tree.iter("form") for button in form.iter("button")}
    assert set(tree.iter("button")) <= inside
    assert not [*tree.iter("textarea"), *tree.iter("details")]
    assert {field.get("type") for field in tree.iter("input")} == {"hidden"}
    assert "This sign-in reads and changes nothing." in {p.text for p in tree.iter("p") if p.get("class") == "notice"}
    assert "<b>" not in html and "This sign-in" not in rendered(name, "en", begun=begun)


@pytest.mark.parametrize("name", PAGES)
def test_fields_have_labels(name: str) -> None:
    tree = html5lib.parse(rendered(name, "uk"), namespaceHTMLElements=False)
    named = {label.get("for") for label in tree.iter("label")}
    fields = [
        *tree.iter("select"),
        *tree.iter("textarea"),
        *(field for field in tree.iter("input") if field.get("type") != "hidden"),
    ]
    assert {field.get("id") for field in fields} <= named


def test_what_people_typed_is_escaped() -> None:
    assert "<b>Писар" not in rendered("console", "uk")
    assert "<пароль>" not in rendered("login", "uk")
    for name in (
        "staff",
        "members",
        "audit",
        "prepare",
        "prepare_sitting",
        "prepare_item",
        "prepare_seats",
        "prepare_captions",
        "prepare_track",
        *ROOM_PAGES,
    ):
        assert "<b>" not in rendered(name, "uk")
    assert "</script><img" not in rendered(
        "terminal", "uk", page={"ws": "</script><img>", "words": strings("uk", "terminal")}
    )


@pytest.mark.parametrize("screen", SCREENS)
def test_every_element_that_a_script_asks_for_is_on_its_page(screen: str) -> None:
    tree = html5lib.parse(rendered(screen, "uk"), namespaceHTMLElements=False)
    ids = {element.get("id") for element in tree.iter() if element.get("id")}
    asked = set()
    for script in STATIC.glob(f"{screen}*.js"):
        asked |= set(re.findall(r'byId\("([\w-]+)"\)', script.read_text(encoding="utf-8")))
    assert asked <= ids


@pytest.mark.parametrize("screen", SCREENS)
def test_every_word_that_a_script_says_is_in_its_catalogue(screen: str) -> None:
    words = strings("uk", screen)
    said = set()
    for script in [*STATIC.glob(f"{screen}*.js"), STATIC / "strip.js"]:
        text = script.read_text(encoding="utf-8")
        said |= set(re.findall(r'\b(?:say|rich)\(\s*"(\w+)"', text))
        said |= set(re.findall(r'\[\s*"([a-z_]{4,})"\s*,\s*\{', text))
    assert said
    assert said <= set(words)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_letters_of_the_console_are_one_each_and_never_look_like_a_figure(locale: str) -> None:
    words = strings(locale, "console")
    letters = {act: str(words[f"key_{act}"]).split() for act in KEYS}
    assert all(re.fullmatch(r"Key[A-Z]", code) and re.fullmatch(r"⇧?\w", cap) for cap, code in letters.values())
    assert not {cap[-1] for cap, _ in letters.values()} & set("ЗОІOIB")
    assert len({(cap[0] == "⇧", code) for cap, code in letters.values()}) == len(KEYS)


def test_ukrainian_letters_stand_where_the_keyboard_has_them() -> None:
    layout = dict(zip("ЙЦУКЕНГШЩЗФІВАПРОЛДЯЧСМИТЬ", "QWERTYUIOPASDFGHJKLZXCVBNM", strict=True))
    words = strings("uk", "console")
    for act in KEYS:
        cap, code = str(words[f"key_{act}"]).split()
        assert code == f"Key{layout[cap[-1]]}"


@pytest.mark.parametrize("locale", LANGUAGES)
def test_no_two_acts_of_the_console_have_one_key(locale: str) -> None:
    keys = [str(strings(locale, "console")[f"key_{act}"]).split() for act in KEYS]
    assert len({cap for cap, _ in keys}) == len({(cap.startswith("⇧"), code) for cap, code in keys}) == len(KEYS)


def test_letters_in_the_readme_are_those_of_the_catalogues() -> None:
    readme = (HALL / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| [a-z’, -]+ \| (⇧?[А-ЯІЇЄҐ])\b[^|]*\| (⇧?[A-Z])\b[^|]*\|", readme)
    caps = [{str(strings(locale, "console")[f"key_{act}"]).split()[0] for act in KEYS} for locale in ("uk", "en")]
    assert [{row[0] for row in rows}, {row[1] for row in rows}] == caps
    assert len(rows) == len(KEYS)


def test_plural_words_have_every_form_of_their_language() -> None:
    assert strings("uk", "console")["confirm_close"] == {
        "one": "Закрити зараз? Ще {n} не голосував — {key}",
        "few": "Закрити зараз? Ще {n} не голосували — {key}",
        "many": "Закрити зараз? Ще {n} не голосували — {key}",
        "other": "Закрити зараз? Ще {n} не голосували — {key}",
    }
    assert set(strings("en", "console")["confirm_close"]) == {"one", "other"}


@pytest.mark.parametrize(
    "file", [*SCRIPTS, *STYLES, *sorted((HALL / "templates").glob("*"))], ids=lambda file: file.name
)
def test_file_is_short_and_puts_no_markup_on_the_page(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|http://(?!www\.w3\.org/)", text
    )


def _themes() -> dict[str, dict[str, str]]:
    css = (STATIC / "tokens.css").read_text(encoding="utf-8")
    blocks = re.findall(r"(?m)^(@media [^{]+\{\s*)?\s*(:root[\w.-]*) \{([^}]*)\}", css)
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", body)) for _, _, body in blocks]
    light, dark, more, more_dark, wall = found
    return {
        "light": light,
        "dark": dark,
        "light, more contrast": light | more,
        "dark, more contrast": dark | more_dark,
        "wall": wall,
    }


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, dim = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize(
    ("theme", "least"),
    [("light", 4.5), ("dark", 4.5), ("light, more contrast", 7), ("dark, more contrast", 7), ("wall", 7)],
)
def test_text_can_be_read_on_every_ground_it_stands_on(theme: str, least: float) -> None:
    tokens = _themes()[theme]
    pairs = [(ink, ground) for ink in ("ink", "ink-soft") for ground in ("ground", "surface")]
    pairs += [("ink", "notice"), ("ink", "accent-wash"), ("accent", "ground"), ("accent", "surface"), ("on", "accent")]
    if theme != "wall":  # there an option's colour is only a shape's
        pairs += [(option, "surface") for option in ("for", "against", "abstain")]
    pairs += [("on", option) for option in ("for", "against", "abstain")]
    if theme in ("light", "dark"):
        pairs += [("ink-soft", "sunken")]
    bad = {pair: round(_contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in bad.items() if ratio < least} == {}
