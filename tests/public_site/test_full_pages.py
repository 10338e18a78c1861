"""A sitting in which everything happens, on the pages: what citizens read of each kind of vote and of the sitting."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx2
import pytest

from council.verdict import vote_verdict

SITTING = "/sittings/meadow-council-2026-11-22"


SAID = {
    1: [
        "Процедурна пропозиція.",
        "Питання порядку денного: 1. Про порядок денний",
    ],
    2: [
        "1 відповідь дано вголос і внесено секретарем.",
        "1 депутат заявив конфлікт інтересів і не брав участі.",
        "Дивосил Лаврін , 10:04:08: робить лавки його брат",
        "записано «Проти», малось на увазі «За»; заявлено о 10:49:55",
        "натиснув не ту клавішу",
        "підпис термінала мають 7 з 7 натискань",
    ],
    3: [
        "Недійсне: збій обладнання",
        "Його визнано недійсним до закриття: голоси не рахували.",
        "Повторено голосуванням № 4.",
    ],
    4: [
        "Повторення голосування № 3, визнаного недійсним: збій обладнання.",
        "Внесення: Секретар Ірина, підтвердження: Секретар Остап.",
    ],
    5: [
        "Поправка.",
        "Поіменне опитування за абеткою",
    ],
    6: [
        "Прийнято: 4 «за», 4 «проти» — вирішив голос головуючого",
        "Вирішальний голос головуючого, Безсмертник Явдоха: «За».",
        "Переголосовано голосуванням № 7: діє пізніше.",
    ],
    7: [
        "Відкрито без кворуму: термінове питання (Секретар Ірина).",
        "Переголосування після голосування № 6: прохання трьох депутатів.",
    ],
    8: [
        "Цим голосуванням вирішено: 4. Про посадку однієї яблуні 5. Про посадку другої яблуні",
    ],
    9: [
        "Обрано: Волошка Уляна — 7",
        "1 Волошка Уляна обрано 7 2 Нагідка Одарка 1",
        "2. Нагідка Одарка",
    ],
    10: [
        "Таємне голосування № 10",
        "хто як голосував, не записано ніде",
        "1 Волошка Уляна 8 2 Нагідка Одарка 2",
        "видано 11 у скриньці 11 недійсних 1",
        "protokol-komisii-1.pdf",
        "Недійсне: підсумки внесено з помилкою",
    ],
    11: [
        "1 Волошка Уляна обрано 7 2 Нагідка Одарка 3",
        "Повторення голосування № 10, визнаного недійсним: підсумки внесено з помилкою.",
    ],
}


def text_of(page: str) -> str:
    text = re.sub(r"(?s)<(script|template|svg).*?</\1>", " ", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
async def whole(meadow: Any, full: Any, meadow_site: httpx2.AsyncClient) -> httpx2.AsyncClient:
    await meadow.tell(full.whole())
    return meadow_site


async def test_each_vote_page_says_what_is_particular_to_it(whole: httpx2.AsyncClient) -> None:
    for n, said in SAID.items():
        text = text_of((await whole.get(f"{SITTING}/votes/{n}")).text)
        assert [words for words in said if words not in text] == [], n


async def test_line_of_the_gauge_is_drawn_only_where_a_number_says_it(whole: httpx2.AsyncClient) -> None:
    """More for than against: what the votes cast ask for; a choice among candidates: none."""
    needs = [
        re.search(r'class="hall-needs"[^>]*>([^<]*)<', (await whole.get(f"{SITTING}/votes/{n}")).text)
        for n in (2, 6, 9)
    ]
    assert [found and found[1].replace("\N{NO-BREAK SPACE}", " ") for found in needs] == [
        "потрібно 7",
        "потрібно 5",
        "",
    ]
    twins = [(await whole.get(f"{SITTING}/votes/{n}.json")).json()["needed"] for n in (2, 6, 9)]
    assert twins == [7, 5, 0]


async def test_votes_that_refer_to_each_other_are_linked_both_ways(whole: httpx2.AsyncClient) -> None:
    for earlier, later in ((3, 4), (5, 6), (6, 7), (10, 11)):
        assert f'href="{SITTING}/votes/{later}"' in (await whole.get(f"{SITTING}/votes/{earlier}")).text
        assert f'href="{SITTING}/votes/{earlier}"' in (await whole.get(f"{SITTING}/votes/{later}")).text


async def test_void_vote_has_no_result_anywhere(whole: httpx2.AsyncClient) -> None:
    twin = (await whole.get(f"{SITTING}/votes/3.json")).json()
    assert (twin["state"], twin["result"], twin["tally"], twin["roll"]) == ("voided", None, None, [])
    assert twin["void"]["reason"] == "збій обладнання"
    page = (await whole.get(SITTING)).text
    row = re.search(r'(?s)<li class="vote-row" data-n="3">.*?</li>', page)
    assert row is not None
    assert "struck" in row[0] and "Недійсне" in row[0] and "cell" not in row[0]
    shown = {line["n"]: line for line in (await whole.get(f"{SITTING}.json")).json()["votes"]}
    assert [(shown[n]["state"], shown[n]["result"]) for n in (3, 10)] == [("voided", None)] * 2


async def test_void_secret_vote_keeps_its_totals_and_has_no_result_anywhere(whole: httpx2.AsyncClient) -> None:
    twin = (await whole.get(f"{SITTING}/votes/10.json")).json()
    assert (twin["state"], twin["result"], twin["repeats"], twin["followed_by"]) == ("voided", None, None, [11])
    assert twin["void"]["reason"] == "підсумки внесено з помилкою"
    again = (await whole.get(f"{SITTING}/votes/11.json")).json()
    assert (again["state"], again["result"], again["repeats"], again["void"]) == ("recorded", "adopted", 10, None)
    text = text_of((await whole.get(f"{SITTING}/votes/10")).text)
    assert "Недійсне: підсумки внесено з помилкою" in text and "Повторено голосуванням № 11." in text
    assert "Записане збережено нижче, але нічого не вирішує." in text and "Обрано" not in text
    row = re.search(r'(?s)<li class="vote-row" data-n="10">.*?</li>', (await whole.get(SITTING)).text)
    assert row is not None
    assert "struck" in row[0] and "Недійсне" in row[0] and "Волошка" not in row[0]


async def test_vote_voided_after_its_announcement_keeps_names_and_loses_its_result(
    meadow: Any, full: Any, meadow_site: httpx2.AsyncClient
) -> None:
    from voting.entries import VoteVoided

    void = full.Told()
    void.say(full.opening())
    void.arrive(full.MEMBERS[:9])
    void.open(1, "Пропозиція")
    void.press(dict.fromkeys(full.MEMBERS[:8], full.For))
    void.close()
    void.say(VoteVoided(void.at(), 1, "не той текст"))
    void.open(2, "Обрати голову", "1", subject="candidates", candidates=full.TWO)
    void.press(dict.fromkeys(full.MEMBERS[:8], (full.For, 1)))
    void.close()
    void.say(VoteVoided(void.at(), 2, "не ті кандидати"))
    void.say(full.ballot(void.at(), 3, "1", "Обрати голову", repeats=2))  # in secret; and by name again
    void.say(VoteVoided(void.at(), 3, "не ті бюлетені"))
    again = {"relation": "repeat", "refers_to": 3, "reason": "не ті бюлетені"}
    void.open(4, "Обрати голову", "1", subject="candidates", candidates=full.TWO, **again)
    void.press(dict.fromkeys(full.MEMBERS[:8], (full.For, 1)))
    void.close()
    await meadow.tell(void)
    text = text_of((await meadow_site.get(f"{SITTING}/votes/1")).text)
    assert "Недійсне: не той текст" in text
    assert "Записане збережено нижче, але нічого не вирішує." in text
    assert "Барвінок Омелян За" in text and "Прийнято" not in text
    twin = (await meadow_site.get(f"{SITTING}/votes/1.json")).json()
    assert (twin["state"], twin["result"], twin["tally"]["for"]) == ("voided", None, 8)
    election = (await meadow_site.get(f"{SITTING}/votes/2.json")).json()
    assert (election["chosen"], election["candidates"][0]["votes"]) == (None, 8)
    second = (await meadow_site.get(f"{SITTING}/votes/2")).text
    assert "candidate chosen" not in second and "Повторено голосуванням № 3." in text_of(second)
    assert election["followed_by"] == [3]
    third, fourth = [text_of((await meadow_site.get(f"{SITTING}/votes/{n}")).text) for n in (3, 4)]
    assert "Повторення голосування № 2, визнаного недійсним: не ті кандидати." in third
    assert "Повторено голосуванням № 4." in third
    assert "Повторення голосування № 3, визнаного недійсним: не ті бюлетені." in fourth
    told = [(await meadow_site.get(f"{SITTING}/votes/{n}.json")).json() for n in (3, 4)]
    assert (told[0]["repeats"], told[0]["followed_by"], told[0]["result"]) == (2, [4], None)
    assert (told[1]["relation"]["kind"], told[1]["relation"]["n"], told[1]["result"]) == ("repeat", 3, "adopted")


async def test_secret_vote_names_no_voter_on_page_or_in_twin(whole: httpx2.AsyncClient, full: Any) -> None:
    page, twin = (await whole.get(f"{SITTING}/votes/10")).text, (await whole.get(f"{SITTING}/votes/10.json")).text
    for seated in full.seated():
        if seated.family_name not in ("Волошка", "Нагідка"):  # the candidates
            assert seated.family_name not in page and seated.family_name not in twin
    told = json.loads(twin)
    assert told["tally"] == {"for": 10, "against": 0, "abstain": 0}
    assert (told["secret"], told["ballots"]) == (True, {"issued": 11, "found": 11, "invalid": 1})
    assert told["protocol"] == {"name": "protokol-komisii-1.pdf", "sha256": "5e" * 32, "bytes": 48213}
    assert "roll" not in told


async def test_twin_carries_each_press_with_its_signature(whole: httpx2.AsyncClient, full: Any) -> None:
    roll = (await whole.get(f"{SITTING}/votes/2.json")).json()["roll"]
    by = {line["member_id"]: line for line in roll}
    pressed, aloud = by[full.MEMBERS[0]], by[full.MEMBERS[5]]
    assert pressed["signature"] == full.SIGNATURE and pressed["terminal"] == "desk-1" and pressed["n"] == 1
    assert (aloud["channel"], aloud["signature"], aloud["terminal"]) == ("called", None, None)
    assert by[full.MEMBERS[4]]["option"] == "recused"


async def test_sitting_page_tells_agenda_presence_and_speeches(whole: httpx2.AsyncClient) -> None:
    text = text_of((await whole.get(SITTING)).text)
    for words in (
        "Редакція 2, оприлюднена 20 листопада 2026 року, 10:00:00; невідкладно: невідкладне питання 7; додано: 7.",
        "10:00:59: додано після питання 3: 8. Про вигадану річку (голосування № 1); невідкладно: повінь",
        "10:01:01: новий порядок розгляду: 1, 3, 8, 2, 4, 5, 6",
        "Питання 7 Про питання, яке знімуть знято з розгляду",
        "Питання 8 Про вигадану річку Не розглядали",
        "Питання 2 Про колір лавок у вигаданому парку proekt-2-lavky.pdf SHA-256 " + "d2" * 32,
        "без обговорення, разом з іншими",
        "10:01:23–10:03:35: Деревій Гнат Юрійович, виступ, 1 хв 52 с",
        "10:03:36–10:04:07: Садівник Лук’ян, запитання, 31 с",
        "Звіробій Тиміш 10:00:07–10:07:14, 10:07:45 — до кінця",
        "Нагідка Одарка: поважна причина (у відрядженні)",
        "Головування: Безсмертник Явдоха Петрівна, з 10:04:55",
        "9 голосувань; недійсних 2 8 прийнято, не прийнято 1",
    ):
        assert words in text, words
    assert text.count("Підтримати питання 4 і 5") == 2  # under each item it decided


async def test_each_line_says_what_its_own_vote_needed_and_the_same_result_as_its_page(
    whole: httpx2.AsyncClient,
) -> None:
    """A sitting has votes of several requirements, and a choice among candidates has none but its own figures."""
    page = (await whole.get(SITTING)).text
    lines = {int(n): text_of(row) for n, row in re.findall(r'(?s)<li class="vote-row" data-n="(\d+)">(.*?)</li>', page)}
    assert "потрібно 7" in lines[2] and "більше голосів" not in lines[2]
    assert "Прийнято 4 «за», 4 «проти» — вирішив голос головуючого" in lines[6] and "потрібно" not in lines[6]
    assert "Обрано" in lines[9] and "Волошка Уляна — 7, потрібно щонайменше 7" in lines[9]
    assert "Таємне голосування · Повторення голосування № 10" in lines[11]
    assert "Обрано" in lines[11] and "Волошка Уляна — 7" in lines[11] and "потрібно" not in lines[3]
    assert "скільки «за» було потрібно" in text_of(page)
    member = text_of((await whole.get("/members/meadow-1")).text)
    assert "Обрати голову лічильної комісії За кандидат № 1 Обрано 22.11.2026" in member


async def test_sitting_twin_tells_the_same(whole: httpx2.AsyncClient, full: Any) -> None:
    twin = (await whole.get(f"{SITTING}.json")).json()
    assert [item["item"] for item in twin["agenda"]] == ["1", "3", "8", "2", "4", "5", "6", "7"]
    assert [item["item"] for item in twin["agenda"] if item["withdrawn"]] == ["7"]
    assert [version["version"] for version in twin["agenda_versions"]] == [1, 2]
    assert [(one["name"], one["used_ms"]) for one in twin["speeches"]] == [
        ("Деревій Гнат", 112_000),
        ("Садівник Лук’ян", 31_000),
    ]
    assert twin["speech"] is None
    assert twin["documents"][0]["sha256"] == "d2" * 32
    absent = next(one for one in twin["members"] if one["member_id"] == full.MEMBERS[11])
    assert (absent["arrived"], absent["absence_justified"]) == (False, "у відрядженні")
    assert twin["minutes"] == f"{SITTING}/minutes.pdf"


async def test_published_agenda_is_shown_before_the_sitting_with_its_changes(
    meadow: Any, full: Any, meadow_site: httpx2.AsyncClient
) -> None:
    told = full.whole()
    part = full.Told()
    part.facts, part.times = told.facts[:3], told.times[:3]
    await meadow.tell(part)
    page = await meadow_site.get(SITTING)
    text = text_of(page.text)
    assert page.status_code == 200
    assert "7 Про питання, яке знімуть" in text
    assert "Редакція 1, оприлюднена 10 листопада 2026 року" in text
    assert "невідкладно: невідкладне питання 7; додано: 7." in text
    assert "proekt-2-lavky.pdf" in text
    assert len((await meadow_site.get(f"{SITTING}.json")).json()["agenda_versions"]) == 2


async def test_live_page_tells_how_things_stand(meadow: Any, full: Any, meadow_site: httpx2.AsyncClient) -> None:
    told, before = full.whole(), 0
    for count, said in (
        (25, ["Деревій Гнат", "виступ"]),
        (35, ["Призупинено", "Голосування призупинено; записане збережено."]),
        (43, ["Недійсне: збій обладнання"]),
        (51, ["Порівну голосів: 4 «за», 4 «проти» — вирішує головуючий"]),
        (75, ["Таємне голосування", "Обрати секретаря ради"]),
    ):
        part = full.Told()
        part.facts, part.times = told.facts[:count], told.times[:count]
        await meadow.tell(part, before)
        before = count
        text = text_of((await meadow_site.get(SITTING)).text)
        assert [words for words in said if words not in text] == [], text


async def test_held_vote_tells_nobody_how_anyone_votes(meadow: Any, full: Any, meadow_site: httpx2.AsyncClient) -> None:
    told = full.whole()
    part = full.Told()
    part.facts, part.times = told.facts[:35], told.times[:35]
    await meadow.tell(part)
    for address in (SITTING, f"{SITTING}/votes/2"):
        answer = await meadow_site.get(address)
        assert answer.headers["cache-control"] == "no-store"
        signs = set(re.findall(r'data-member="[^"]+" data-sign="(\w+)"', answer.text))
        assert signs <= {"voted", "waiting", "absent"}
    twin = (await meadow_site.get(f"{SITTING}/votes/2.json")).json()
    assert (twin["state"], twin["result"], twin["tally"], twin["roll"]) == ("held", None, None, [])
    assert (twin["left_ms"], twin["held_at"] is not None) == (9_000, True)


async def test_verdict_words_of_twin_and_page_are_the_papers(whole: httpx2.AsyncClient, full: Any) -> None:
    """One wording everywhere: page, twin, sheet."""
    from voting.folder import fold

    record = fold(full.whole().entries())
    for n in record.votes:
        word, rest = vote_verdict(record.votes[n], "uk")
        twin = (await whole.get(f"{SITTING}/votes/{n}.json")).json()["words"]["uk"]
        assert (twin["verdict"], twin["sentence"]) == (word, rest)
        sheet = " ".join((await whole.get(f"{SITTING}/votes/{n}/sheet.txt")).text.split())
        assert f"{word}: {rest}" in sheet


async def test_pages_are_in_english_too(whole: httpx2.AsyncClient) -> None:
    for path in ("", *(f"/votes/{n}" for n in range(1, 11))):
        answer = await whole.get(SITTING + path, headers={"cookie": "lang=en"})
        assert answer.status_code == 200
        assert answer.headers["content-language"] == "en"
