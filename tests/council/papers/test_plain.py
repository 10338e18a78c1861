"""Papers as text: whole values, 80 columns, nothing that reads badly aloud."""

from __future__ import annotations

from typing import Any

import pytest

from council.papers import plain
from council.papers.chronicle import Chronicle, chronicle
from council.papers.minutes import minutes
from council.papers.paper import (
    Break,
    Code,
    Fact,
    Facts,
    Figures,
    Heading,
    Listing,
    Motion,
    Paper,
    Paragraph,
    Proof,
    Roll,
    RollGroup,
    RollLine,
    Signatures,
    Table,
    Verdict,
)
from council.papers.seal import Seal, Setting
from council.papers.sheet import sheet
from council.words import LANGUAGES

SHEET = """\
Вигадане місто
Вигадана міська рада

Відомість поіменного голосування № 2

Засідання: VII сесія, друге засідання
Дата: 22 листопада 2026 року
Питання порядку денного: 2. Про колір лавок у вигаданому парку
Вид голосування: Пропозиція; відкрите поіменне голосування
Спосіб голосування: Голосували з місць, клавішами. Хто вніс: Секретар Ірина.
Час: відкрито 10:04:15; призупинено 10:04:18–10:04:33; закрито 10:04:45, коли
  вийшов час; оголошено 10:04:53

Текст, поставлений на голосування:
  Пофарбувати лавки в синій колір

Присутність:
  загальний склад: 13
  обрано: 12
  присутні: 10
  мали право голосу: 9
  потрібно для кворуму: 7

Кворум є: враховано 9, потрібно 7.

Потрібна більшість від усього складу ради: 7 з 13 (ст. 59 ч. 2 Закону України
«Про місцеве самоврядування в Україні»). Хто утримався, не голосував або
відсутній, до «за» не додається.

Підсумок:
  за: 7
  проти: 1
  утрималися: 0
  не голосував: 1
  відсутні: 2
  відвід: 1

Прийнято: 7 «за» — рівно стільки, скільки потрібно

Поіменні результати

Фракція «Лука». за 4, відсутній 1
  1. Барвінок Омелян Іванович: За
  2. Безсмертник Явдоха Петрівна: За
  3. Волошка Уляна: За
  4. Звіробій Тиміш Ількович: За
  5. Нагідка Одарка: Відсутня

Група «Верболіз». за 2, відсутній 1
  6. Кульбаба Пріська: За
  7. Любисток Олекса: За
  8. М’ята Дарина: Відсутня

Фракція «Пагорб». проти 1, не голосував 1, відвід 1
  9. Деревій Гнат Юрійович: Проти
  10. Дивосил Лаврін: Відвід (конфлікт інтересів)
  11. Материнка Соломія Денисівна: Не голосувала

Поза фракціями. за 1
  12. Живокіст Юхим: За (уголос)

Конфлікт інтересів

1 депутат заявив конфлікт інтересів і не брав участі.

- Дивосил Лаврін, заявлено о 10:04:08: робить лавки його брат

Заяви про помилку в голосуванні

- Деревій Гнат Юрійович заявляє після оголошення: записано «Проти», малось на
  увазі «За». Підсумок не змінюється. Заявлено о 10:49:55: «натиснув не ту
  клавішу»; записано: Секретар Ірина, підтверджено: Секретар Остап.

Натискань із підписом термінала депутата: 7 з 7; підписи оприлюднено разом із
голосуванням.

Перевірка

Запис у журналі: № 30 з 80
  cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
Стан журналу: розмір 80, підписано 22 листопада 2026 року, 14:00:00
Корінь журналу: abababababababababababababababababababababababababababababababab
Чий підпис: meadow.example/ledger

Сторінка цього голосування:
https://rada.example/sittings/meadow-council-2026-11-22/votes/2

Головуючий на засіданні: Барвінок Омелян Іванович
Секретар засідання:

Вигадана міська рада, VII сесія, друге засідання, 22 листопада 2026 року, № 2
"""


def one_of_each() -> Paper:
    line = RollLine(1, "Барвінок Омелян", "За", "уголос", True)
    return Paper(
        language="uk",
        tongue="uk",
        title="Назва",
        head=("Місто",),
        mark="Репетиція.",
        foot="Підніжжя",
        page_of="{page} з {pages}",
        made_at=None,
        blocks=(
            Facts((Fact("Час", "10:00"), Fact("Питання", "1. Перше\n2. Друге", quoted=True))),
            Heading("Заголовок"),
            Paragraph("Речення."),
            Motion("Текст", "Пропозиція"),
            Figures("Підсумок", (("за", 1), ("проти", 0))),
            Verdict("Прийнято", "1 «за»"),
            Verdict("Недійсне", ""),
            Roll(("№", "Хто", "Як"), (RollGroup("Фракція", "за 1", (line,)), RollGroup("", "за 1", (line,)))),
            Table(("№", "Хто"), (("1", "Балог"), ("2", "")), (1, 2)),
            Break(),
            Listing(("перше", "друге")),
            Proof((Fact("Корінь", "ab"),), Code("Сторінка", "https://x.example/1")),
            Signatures((("Голова", "Балог"), ("Секретар", ""))),
        ),
    )


def test_text_of_each_block_is_lines_that_read_well_aloud() -> None:
    assert plain.text(one_of_each()) == (
        "Репетиція.\n\nМісто\n\nНазва\n\n"
        "Час: 10:00\nПитання: 1. Перше\n  2. Друге\n\n"
        "Заголовок\n\nРечення.\n\nТекст:\n  Пропозиція\n\n"
        "Підсумок:\n  за: 1\n  проти: 0\n\nПрийнято: 1 «за»\n\nНедійсне\n\n"
        "Фракція. за 1\n  1. Барвінок Омелян: За (уголос)\n\nза 1\n  1. Барвінок Омелян: За (уголос)\n\n"
        "№: 1; Хто: Балог\n№: 2\n\n- перше\n- друге\n\n"
        "Корінь: ab\n\nСторінка: https://x.example/1\n\nГолова: Балог\nСекретар:\n\n"
        "Підніжжя\n\nРепетиція.\n"
    )


def test_sheet_of_a_vote_with_everything_is_this_text(told: Chronicle, seal: Seal) -> None:
    assert plain.text(sheet(told, 2, seal, Setting("uk", "uk", "https://rada.example"))) == SHEET


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_longer_than_80_columns(told: Chronicle, seal: Seal, language: str) -> None:
    setting = Setting(language, "uk", "https://rada.example")
    texts = [
        plain.text(minutes(told, seal, setting)),
        *(plain.text(sheet(told, n, seal, setting)) for n in range(1, 12)),
    ]
    assert [line for text in texts for line in text.splitlines() if plain.width(line) > plain.WIDTH] == []
    assert all(text.endswith("\n") and "\n\n\n" not in text for text in texts)


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("одне\nдва\r\nтри\tчотири", ["одне два три чотири"]),
        ("до\x1b[31mчервоне\x00", ["до[31mчервоне"]),
        ("х" * 100, ["х" * 100]),
        ("", []),
        ("ст.\u00a059 " + "слово " * 13, ["ст. 59 " + " ".join(["слово"] * 12), "слово"]),
    ],
)
def test_what_people_typed_cannot_break_the_lines(typed: str, lines: list[str]) -> None:
    assert plain.wrapped(typed) == lines


def test_marks_of_devanagari_take_no_column() -> None:
    assert plain.width("गणपूर्ती") == len("गणपूर्ती") - 2  # the vowel sign under the letter and the virama


def test_text_says_it_is_a_rehearsal_before_and_after_everything(full: Any, seal: Seal) -> None:
    rehearsed = chronicle(full.whole(mode="rehearsal").entries())
    lines = plain.text(sheet(rehearsed, 1, None, Setting("en", "uk", "https://rada.example"))).splitlines()
    assert (lines[0], lines[-1]) == ("Rehearsal. Not a record.", "Rehearsal. Not a record.")
    assert "https://rada.example" not in "\n".join(lines)  # the public site knows nothing of a rehearsal
