"""The details of the audit view in words, and the raw ones that no form fits."""

from __future__ import annotations

import typing
from datetime import UTC, datetime

import pytest

from council.access import StaffAct
from council.hall.acting import TOLD
from council.hall.audit_words import PAIR, Names, detail_words
from council.hall.strings import strings
from council.protocol_acts import OpenVote

WORDS = {key: text for key, text in strings("uk", "audit").items() if isinstance(text, str)}
NAMES = Names(
    {"m5": "Балог Олег"}, {"two_thirds_of_seats": "дві третини складу ради"}, {"mayor": "повноваження голови"}
)


def told(act: str, detail: str) -> str:
    return detail_words(StaffAct(datetime(2026, 1, 1, tzinfo=UTC), "", "", act, detail=detail), WORDS, NAMES)


@pytest.mark.parametrize(
    ("act", "detail", "words"),
    [
        ("OpenVote", "vote_n=6 method=terminal", "голосування № 6, клавішами на місцях"),
        (
            "OpenVote",
            "vote_n=7 seconds=60 method=called rule=two_thirds_of_seats relation=repeat refers_to=6 reason=збій, ще",
            "голосування № 7, 60 с, поіменним опитуванням уголос, більшість: дві третини складу ради, повторення, "
            "стосується голосування № 6, причина: збій, ще",
        ),
        ("SetPresence", "member=m5 present=False", "Балог Олег, відсутній"),
        ("SetRecusal", "item=4 member=m9 recused=True", "питання 4, m9, конфлікт заявлено"),
        ("PauseFilming", "ground=mayor", "підстава: повноваження голови"),
        ("GiveFloor", "speech=3 speaker=Гість = гість", "виступ № 3, гість: Гість = гість"),
        ("credential_set", "m5: card, pin", "Балог Олег: картка, PIN"),
        ("staff_add", "maria second_clerk", "maria: Другий секретар"),
        ("staff_remove", "maria", "maria"),
        ("signed_in", "from 192.0.2.1", "з адреси 192.0.2.1"),
        ("seat_taken", "desk 4, as m5, terminal-0a", "місце 4, як Балог Олег, його ключ: terminal-0a"),
        ("factor_added", "totp", "код із застосунку"),
        ("agenda_changed", "move 3.1 up", "пересунуто вгору: питання 3.1"),
        ("agenda_changed", "attach Проєкт to 5.pdf to 5", "до питання 5 додано файл «Проєкт to 5.pdf»"),
        (
            "captions_changed",
            "uk version 3: edited 4 cues, read through",
            "uk, версія 3, змінено субтитрів: 4, вичитано",
        ),
        ("captions_changed", "uk version 1: uploaded a, b.vtt", "uk, версія 1, із файлу «a, b.vtt»"),
        ("sitting_made", "III сесія, перша = друга", "III сесія, перша = друга"),
        ("CallItem", "colour=red", "colour=red"),
        ("OpenSitting", "", ""),
    ],
)
def test_detail_is_told_in_words_and_an_unknown_one_as_it_was_written(act: str, detail: str, words: str) -> None:
    assert told(act, detail) == words


def test_everything_that_is_noted_of_an_act_has_words() -> None:
    choices = {"present": ("True", "False"), "recused": ("True", "False"), "floor": ("speech", "point_of_order")}
    hints = typing.get_type_hints(OpenVote)
    choices |= {"method": typing.get_args(hints["method"])}
    choices |= {"relation": typing.get_args(typing.get_args(hints["relation"])[0])}
    for name in set(TOLD) - {"member"}:
        for value in choices.get(name, ("1",)):
            assert f"{name}=" not in told("x", f"{name}={value}") and PAIR.match(f"{name}={value}"), name
