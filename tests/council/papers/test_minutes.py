"""The minutes: everything that happened is in them, in the order it happened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from council.papers import plain
from council.papers.chronicle import Chronicle, chronicle
from council.papers.minutes import minutes
from council.papers.paper import Heading, Roll, Table
from council.papers.seal import Seal, Setting
from council.words import LANGUAGES
from voting.entries import (
    AgendaPublished,
    Document,
    DocumentAttached,
    FloorGiven,
    MemberArrived,
    SittingClosed,
    Source,
)

EN = Setting("en", "uk", "https://rada.example")

FIRST_PART = """\
Вигадане місто
Вигадана міська рада

Minutes of the sitting

Sitting: VII сесія, друге засідання
Kind: plenary sitting
Date: 22 November 2026
Opened: 10:00:00
Closed: 10:39:55

Presence

Seats by law: 13
Members: 12
Needed for a quorum: 7 (ст. 46 Закону України «Про місцеве самоврядування в
  Україні»)
Took part: 11

Member: Барвінок Омелян Іванович; Faction: Фракція «Лука»; Present: 10:00:01 to
  the end
Member: Безсмертник Явдоха Петрівна; Faction: Фракція «Лука»; Present: 10:00:02
  to the end
Member: Волошка Уляна; Faction: Фракція «Лука»; Present: 10:00:03 to the end
Member: Деревій Гнат Юрійович; Faction: Фракція «Пагорб»; Present: 10:00:04 to
  the end
Member: Дивосил Лаврін; Faction: Фракція «Пагорб»; Present: 10:00:05 to the end
Member: Живокіст Юхим; Present: 10:00:06 to the end
Member: Звіробій Тиміш Ількович; Faction: Фракція «Лука»; Present:
  10:00:07–10:07:14, 10:07:45 to the end
Member: Кульбаба Пріська; Faction: Група «Верболіз»; Present: 10:00:08–10:07:15,
  10:07:46 to the end
Member: Любисток Олекса; Faction: Група «Верболіз»; Present: 10:00:09–10:07:16,
  10:07:47 to the end
Member: Материнка Соломія Денисівна; Faction: Фракція «Пагорб»; Present:
  10:00:10–10:07:17, 10:07:48–10:39:25
Member: М’ята Дарина; Faction: Група «Верболіз»; Present: 10:04:54–10:07:18,
  10:07:49 to the end

1 member was absent

- Нагідка Одарка: excused (у відрядженні)

Who presided

- Барвінок Омелян Іванович, from 10:00:00
- Безсмертник Явдоха Петрівна, from 10:04:55

Agenda

- 1. Про порядок денний
- 3. Про ім’я для кота, який живе в раді
- 8. Про вигадану річку
- 2. Про колір лавок у вигаданому парку
- 4. Про посадку однієї яблуні
- 5. Про посадку другої яблуні
- 6. Про обрання голови лічильної комісії
- 7. Про питання, яке знімуть (withdrawn)

How it was published

- Version 1, published on 10 November 2026, 10:00:00; 6 items.
- Version 2, published on 20 November 2026, 10:00:00; urgent: невідкладне
  питання 7; added: 7. Про питання, яке знімуть.

Changes during the sitting

- 10:00:59: added after item 3: 8. Про вигадану річку (vote No. 1); urgent:
  повінь
- 10:01:00: withdrawn: 7. Про питання, яке знімуть
- 10:01:01: new order: 1, 3, 8, 2, 4, 5, 6

Course of the sitting

1. Про порядок денний

Called at 10:00:31.

Vote No. 1, 10:00:36

Включити до порядку денного питання про вигадану річку

7 of 13 needed (ст. 59 ч. 2 Закону України «Про місцеве самоврядування в
Україні»); 9 for: adopted.

Procedural motion.

Roll: annex 1.

2. Про колір лавок у вигаданому парку

Called at 10:01:21.

Document: proekt-2-lavky.pdf, SHA-256
d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2.

10:04:08: Дивосил Лаврін declared a conflict of interest: робить лавки його
брат.

10:04:09: Живокіст Юхим declared a conflict of interest; withdrawn at 10:04:10.

Spoke:

- 10:01:23–10:03:35: Деревій Гнат Юрійович, speech, 1 min 52 s
- 10:03:36–10:04:07: Садівник Лук’ян, question, 31 s

Vote No. 2, 10:04:15
"""


def test_minutes_begin_with_presence_agenda_and_the_course_of_the_sitting(told: Chronicle, seal: Seal) -> None:
    english = plain.text(minutes(told, seal, EN))
    source = "art. 59(2) of the Law of Ukraine “On Local Self-Government in Ukraine”"
    assert english.startswith(FIRST_PART.split("Course of the sitting", maxsplit=1)[0])
    assert " ".join(english.split()).startswith(
        " ".join(FIRST_PART.split()).replace(
            "ст. 59 ч. 2 Закону України «Про місцеве самоврядування в Україні»", source
        )
    )


def test_every_roll_is_an_annex_and_every_vote_refers_to_its_own(told: Chronicle, seal: Seal) -> None:
    paper = minutes(told, seal, EN)
    text = " ".join(plain.text(paper).split())
    named = [n for n, vote in told.record.votes.items() if vote.roll is not None]
    assert sum(isinstance(block, Roll) for block in paper.blocks) == len(named) == 8
    for n in named:
        assert f"Roll: annex {n}." in text and f"Annex {n}. Vote No. {n}" in text
    assert "Record: annex 10." in text and "Annex 10. Secret vote No. 10" in text
    rolls = [block for block in paper.blocks if isinstance(block, Roll)]
    assert {roll.size for roll in rolls} == {12}


def test_items_stand_as_they_were_taken_up_and_those_never_called_come_last(told: Chronicle, seal: Seal) -> None:
    paper = minutes(told, seal, EN)
    heads = [block.text for block in paper.blocks if isinstance(block, Heading) and block.level == 2 and block.quoted]
    assert [head.split(".")[0] for head in heads] == ["1", "2", "3", "4", "5", "6", "8", "7"]
    text = plain.text(paper)
    assert "8. Про вигадану річку\n\nNot considered.\n" in text
    assert "7. Про питання, яке знімуть\n\nWithdrawn from the agenda.\n" in text


def test_list_of_votes_says_each_result(told: Chronicle, seal: Seal) -> None:
    table = [block for block in minutes(told, seal, EN).blocks if isinstance(block, Table)][1]
    assert table.heads == ("No.", "Item", "Motion", "Result")
    assert [(row[0], row[1], row[3]) for row in table.rows] == [
        ("1", "1", "Adopted (9:0:0)"),
        ("2", "2", "Adopted (7:1:0)"),
        ("3", "3", "Void"),
        ("4", "3", "Adopted (8:0:1)"),
        ("5", "3", "Adopted (7:0:0)"),
        ("6", "3", "Adopted (4:4:0)"),
        ("7", "3", "Not adopted (6:0:0)"),
        ("8", "4, 5", "Adopted (10:0:0)"),
        ("9", "6", "Chosen"),
        ("10", "6", "Void"),
        ("11", "6", "Chosen"),
    ]


def test_override_void_repeat_tie_and_reconsideration_are_told_where_they_happened(told: Chronicle, seal: Seal) -> None:
    text = " ".join(plain.text(minutes(told, seal, EN)).split())
    for words in (
        "Назвати кота Мурчиком Void: збій обладнання. Repeated as vote 4.",
        "Repeat of vote 3, void: збій обладнання. Entered by hand by one clerk and confirmed by another.",
        "Casting vote of the chair, Безсмертник Явдоха Петрівна: “For”. Reconsidered in vote 7: the later one counts.",
        "Reconsideration of vote 6: прохання трьох депутатів. "
        "Opened without a quorum: термінове питання (Секретар Ірина).",
        "recorded “Against”, meant “For”. The tally stays.",
        "Void: підсумки внесено з помилкою. Secret ballot (ст. 59 ч. 3): who voted how is not recorded anywhere. "
        "Repeated as vote 11. Record: annex 10.",
        "Repeat of vote 10, void: підсумки внесено з помилкою. Record: annex 11.",
        "The sitting was closed at 10:39:55.",
    ):
        assert words in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_minutes_in_each_language_hold_every_name_and_number_of_the_record(
    told: Chronicle, seal: Seal, language: str
) -> None:
    text = " ".join(plain.text(minutes(told, seal, Setting(language, "uk", None))).split())
    record = told.record
    wanted = {vote.motion for vote in record.votes.values()} | {item.title for item in record.items.values()}
    wanted |= {seated.family_name for seated in record.opened.members}
    wanted |= {vote.void_reason for vote in record.votes.values() if vote.void_reason}
    wanted |= {document.document.sha256 for document in record.documents}
    wanted |= {vote.opened.override.reason for vote in record.votes.values() if vote.opened.override}
    wanted |= {seal.root, "у відрядженні", "робить лавки його брат", "повінь", "натиснув не ту клавішу"}
    wanted |= {"Секретар Ірина", "Садівник Лук’ян", "10:39:55", "5e" * 32}
    assert sorted(words for words in wanted if words not in text) == []
    if language not in ("en",):
        assert "Annex" not in text and "Vote No." not in text  # nothing was left in the language of the msgids


def test_minutes_of_a_running_sitting_are_a_draft(full: Any) -> None:
    running = full.Told()
    running.say(full.opening())
    running.arrive(full.MEMBERS[:3])
    running.call("1", "Про порядок денний")
    running.say(FloorGiven(running.at(), 1, None, full.MEMBERS[0], None, "reply", "1", None))
    paper = minutes(chronicle(running.entries()), None, EN)
    text = " ".join(plain.text(paper).split())
    assert paper.mark == "Draft. It may still change."
    assert "The sitting has not been closed yet." in text
    assert "Барвінок Омелян Іванович, reply, still speaking" in text
    assert "There was no vote." in text
    assert "1. Про порядок денний Called at 10:00:23." in text and "There was no vote on it." in text
    running.arrive(full.MEMBERS[3:])
    everybody = plain.text(minutes(chronicle(running.entries()), None, EN))
    assert "\n\nNobody was absent.\n\n" in everybody and everybody.count("absent") == 1


def test_votes_without_an_item_stand_under_a_heading_of_their_own(full: Any) -> None:
    told = full.Told()
    told.say(full.opening())
    told.arrive(full.MEMBERS[:8])
    told.open(1, "Затвердити порядок денний", subject="procedural")
    told.press(dict.fromkeys(full.MEMBERS[:8], full.For))
    told.close()
    told.call("1", "Про порядок денний")
    told.say(SittingClosed(told.at()))
    heads = [b.text for b in minutes(chronicle(told.entries()), None, EN).blocks if isinstance(b, Heading)]
    outside = heads.index("Outside the items of the agenda")
    assert heads[outside + 1] == "Vote No. 1, 10:00:13"
    assert outside < heads.index("1. Про порядок денний")


def test_import_without_times_says_what_its_source_does_not(full: Any) -> None:
    told = full.Told()
    source = Source("Відкриті дані", "ee" * 32)
    told.say(full.opening(at=None, imported=source, chair=None))
    told.present = list(full.MEMBERS[:8])
    told.open(1, "Затвердити", no_record=full.MEMBERS[8:])
    told.press(dict.fromkeys(full.MEMBERS[:8], full.For))
    told.close("import", announce=False)
    told.say(SittingClosed(None))
    paper = minutes(chronicle(told.entries()), None, EN)
    text = " ".join(plain.text(paper).split())
    assert paper.mark == ""
    assert "Taken over from published data: Відкриті дані. SHA-256: " + "ee" * 32 in text
    assert "The source does not say who came when; the rolls below say who voted." in text
    assert "not in the record: 4" in text


def test_stays_of_two_days_and_a_justified_absence_after_leaving(full: Any) -> None:
    """A member who comes back the next day; a version of the agenda that only changes words and order."""
    m, told = full.MEMBERS, full.Told()
    opened = full.opening()
    first = AgendaPublished(told.at(), 1, "VII", "2026-11-22", opened.agenda[:2], "2026-11-10", "ст. 15", None)
    turned = (opened.agenda[1], opened.agenda[0])
    told.say(first, AgendaPublished(told.at(), 2, "VII", "2026-11-22", turned))
    told.say(AgendaPublished(told.at(), 3, "VII", "2026-11-22", turned[:1]))
    file = Document("proekt.pdf", "bb" * 32, 7)
    told.say(AgendaPublished(told.at(), 4, "VII", "2026-11-22", (replace(turned[0], consent=True, drafts=(file,)),)))
    told.say(AgendaPublished(told.at(), 5, "VII", "2026-11-22", (replace(turned[0], drafts=()),)))
    told.say(DocumentAttached(told.at(), None, Document("zvit.pdf", "aa" * 32, 5)))
    told.say(opened)
    told.arrive(m[:1])
    told.leave(m[0])
    told.say(MemberArrived(told.at(86_400), m[0], "console"))
    text = " ".join(plain.text(minutes(chronicle(told.entries()), None, EN)).split())
    assert "10:00:07–10:00:08, 23 November 2026, 10:00:08 to the end" in text
    assert "due by 10 November 2026 (ст. 15); 2 items." in text
    assert "new order: 2, 1." in text
    assert "taken off: 1. Про порядок денний." in text
    assert "now by consent: 2. Про колір лавок у вигаданому парку; file added to item 2: proekt.pdf" in text
    assert "no longer by consent: 2." in text and "file taken off item 2: proekt.pdf" in text
    assert "Documents of the sitting - Document: zvit.pdf, SHA-256 " + "aa" * 32 in text
