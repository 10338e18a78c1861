"""The tables of council/README.md against the code, and every sentence of the hall against its catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

import council
from council import links
from council.refusals import CODES, sentence
from council.words import LANGUAGES

FOLDER = Path(council.__file__).parent


def test_close_codes_in_the_readme_are_those_of_the_code() -> None:
    table = set(map(int, re.findall(r"^\| (\d{4}) \|", (FOLDER / "README.md").read_text(), re.M)))
    codes = {value for name, value in vars(links).items() if name.isupper() and isinstance(value, int)}
    assert table == {code for code in codes if code in range(1000, 5000)} | {1009}


@pytest.mark.parametrize("file", ["refusals.py", "equipment.py", "hall/sentences.py"])
@pytest.mark.parametrize("locale", [locale for locale in LANGUAGES if locale != "en"])
def test_every_sentence_is_in_the_catalogue_with_the_same_figures(file: str, locale: str) -> None:
    with (FOLDER / "locales" / locale / "hall.po").open("rb") as opened:
        catalogue = read_po(opened)
    for _, message, _, _ in extract_from_file("python", FOLDER / file):
        one, figures = message if isinstance(message, str) else message[0], r"%\(\w+\)[.\d]*[a-z]"
        found = catalogue.get(one)
        assert found is not None and found.string and not found.fuzzy, message
        for said in (found.string,) if isinstance(found.string, str) else found.string:
            assert sorted(re.findall(figures, said)) == sorted(re.findall(figures, one)), message


def test_refusals_that_the_code_makes_have_sentences() -> None:
    used = set()
    for file in FOLDER.rglob("*.py"):
        used |= set(re.findall(r'(?:Refusal|[^_]sentence|\.refuse|_bad)\(\s*"(\w+)"', file.read_text()))
    either = {"internal", "no_database", "vote_closed", "no_vote", "vote_voided", "not_entitled", "secret_vote"}
    assert used | either == CODES  # of `either` one of two is said
    assert all(sentence(code, "en").endswith(".") for code in CODES)
