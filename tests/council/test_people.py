"""Names: order, shortening, gender, ids."""

from __future__ import annotations

import pytest

from council.people import display_name, full_name, gender_of, roll_names, short_names, slug, sort_key
from voting.entries import Seated

ALPHABET = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"


def seated(member: str, family: str, given: str, patronymic: str | None = None, desk: int | None = None) -> Seated:
    return Seated(member, family, given, patronymic, None, None, desk)


def test_sort_key_of_each_letter_ascends_bytewise_through_the_alphabet() -> None:
    keys = [sort_key(letter, "uk").encode() for letter in ALPHABET]
    assert keys == sorted(keys)
    assert len(set(keys)) == 33


@pytest.mark.parametrize(
    "names",
    [
        ["Гнатюк", "Ґудзь", "Дацюк"],  # code points put ґ after я
        ["Ільницький", "Їжак", "Йосипенко", "Клим"],
        ["Янів Андрій", "Янів Олена", "Янівський Андрій"],
        ["Нечай Ярина", "Нечай-Заєць Анна", "Нечайчук Іван"],
        ["Житар", "Ящук", "Smith"],
    ],
)
def test_sort_key_of_names_gives_alphabet_order(names: list[str]) -> None:
    assert sorted(reversed(names), key=lambda name: sort_key(name, "uk").encode()) == names


def test_sort_key_ignores_case_apostrophes_and_composition() -> None:
    alike = ["Мар’яна Йой", "МАР'ЯНА ЙОЙ", "Мар`яна  Йой", "Маряна И\u0306ои\u0306", "Маря\u0301на Йой"]
    assert len({sort_key(name, "uk") for name in alike}) == 1


def test_sort_key_without_an_alphabet_sorts_accented_letters_with_their_plain_ones() -> None:
    names = ["Żak", "Łoś", "Loza", "Ćwik", "Zając", "Lis"]
    assert sorted(names, key=lambda name: sort_key(name, "en")) == ["Ćwik", "Lis", "Łoś", "Loza", "Zając", "Żak"]


@pytest.mark.parametrize(
    ("locale", "names"),
    [
        ("pl", ["Cwikła", "Ćwik", "Lis", "Loza", "Łoś", "Zając", "Źrebiec", "Żak"]),
        ("ro", ["Anghel", "Ănescu", "Ilie", "Înțeleptu", "Sava", "Şandru", "Șerban", "Tudor", "Țuțea"]),
        ("mr", ["अत्रे", "काळे", "पवार", "शिंदे"]),
    ],
)
def test_sort_key_of_each_language_gives_its_order(locale: str, names: list[str]) -> None:
    assert sorted(reversed(names), key=lambda name: sort_key(name, locale).encode()) == names


@pytest.mark.parametrize(
    ("patronymic", "gender"),
    [
        ("Вікторівна", "f"),
        ("Георгіївна", "f"),
        ("Іллівна", "f"),
        ("Ольговна", "f"),
        ("Никитична", "f"),
        ("Васильович", "m"),
        ("Євгенійович", "m"),
        ("Мар'янович", "m"),
        ("Ілліч", "m"),
        ("Лукич ", "m"),
        ("ЮРІЙОВИЧ", "m"),
        ("Джон", None),
        ("", None),
        (None, None),
    ],
)
def test_gender_of_a_patronymic(patronymic: str | None, gender: str | None) -> None:
    assert gender_of(patronymic) == gender


def test_names_of_a_member_without_given_name_are_the_family_name() -> None:
    alone = seated("1", "Зоряна", "")
    assert (display_name(alone), full_name(alone)) == ("Зоряна", "Зоряна")
    assert roll_names([alone]) == {"1": "Зоряна"}


def test_short_names_grow_only_where_two_read_alike() -> None:
    members = [
        seated("1", "Балог", "Олег", "Богданович"),
        seated("2", "Янів", "Андрій", "Євстахійович"),
        seated("3", "Янів", "Олена", "Георгіївна"),
        seated("4", "Коваль", "Іван", "Петрович"),
        seated("5", "Коваль", "Ігор", "Юрійович"),
        seated("6", "Мак", "Іван", "Петрович"),
        seated("7", "Мак", "Ілля", "Павлович"),
        seated("8", "Рак", "Іван", "Петрович", 8),
        seated("9", "Рак", "Іван", "Петрович"),
    ]
    assert short_names(members) == {
        "1": "Балог",
        "2": "Янів А.",
        "3": "Янів О.",
        "4": "Коваль І. П.",
        "5": "Коваль І. Ю.",
        "6": "Мак Іван",
        "7": "Мак Ілля",
        "8": "Рак Іван Петрович (8)",
        "9": "Рак Іван Петрович (9)",
    }
    assert roll_names(members)["1"] == "Балог О."
    assert roll_names(members)["6"] == "Мак Іван"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Громадський рух «Народний контроль»", "hromadskyi-rukh-narodnyi-kontrol"),
        ("Об’єднання «Самопоміч»", "obiednannia-samopomich"),
        ("Klub Radnych Łódź", "klub-radnych-odz"),
        ("नगर", "3ff015501dc7"),
    ],
)
def test_slug_of_a_name_is_fit_for_an_id(text: str, expected: str) -> None:
    assert slug(text) == expected
