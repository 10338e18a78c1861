from __future__ import annotations

import pytest

from public_site.wording import NO_BREAK, bind, clock_length, parse, short_faction, stamp, wording

UK = wording("uk", "Europe/Kyiv")


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("Прийнято: 21 «за» — потрібно щонайменше 19", "Прийнято: 21_«за»_— потрібно щонайменше 19"),
        ("ст. 59 ч. 2 Закону", "ст._59 ч._2 Закону"),
        ("бюджету м. Дрогобича на 2017", "бюджету м._Дрогобича на_2017"),
        ("Запис № 3 з 27, триває 2 с", "Запис №_3 з_27, триває 2_с"),
        ("Об’єднання", "Об’єднання"),
        ("98 %", "98_%"),
        ("o 12. głosowaniu i w art. 14 ust. 1", "o_12. głosowaniu i_w_art._14 ust._1"),
        ("19 „za”, art. 139 alin. (1)", "19_„za”, art._139 alin._(1)"),
        ("मतदानात भाग घेत सदस्य, 17 मि. 02 से.", "मतदानात भाग घेत सदस्य, 17_मि. 02_से."),
    ],
)
def test_bind_keeps_small_words_with_what_follows(text: str, bound: str) -> None:
    assert bind(text) == bound.replace("_", NO_BREAK)
    assert bind(bind(text)) == bind(text)


def test_day_has_the_apostrophe_that_all_else_is_written_with() -> None:
    assert UK.day("2017-11-24", "full").endswith("п’ятниця")


@pytest.mark.parametrize(
    ("locale", "full", "short", "number", "seconds"),
    [
        ("uk", "22 листопада 2017 року, середа", "22.11.2017", "123 456", "0,04"),
        ("en", "Wednesday, 22 November 2017", "22/11/2017", "123,456", "0.04"),
        ("pl", "środa, 22 listopada 2017", "22.11.2017", "123 456", "0,04"),
        ("ro", "miercuri, 22 noiembrie 2017", "22.11.2017", "123.456", "0,04"),
        ("mr", "बुधवार, 22 नोव्हेंबर 2017", "22/11/2017", "1,23,456", "0.04"),
    ],
)
def test_dates_and_figures_are_as_each_language_writes_them_with_one_set_of_digits(
    locale: str, full: str, short: str, number: str, seconds: str
) -> None:
    w = wording(locale, "UTC")
    said = [w.day("2017-11-22", "full"), w.day("2017-11-22", "short"), w.number(123_456), w.decimal(0.04)]
    assert [text.replace(NO_BREAK, " ") for text in said] == [full, short, number, seconds]
    assert (w.number(9500), w.decimal(1.0), w.time("2017-11-22T08:17:51.000Z")) == ("9500", "1", "08:17:51")


def test_times_are_those_of_the_hall_in_winter_and_summer() -> None:
    assert UK.time("2017-11-22T08:17:51.000Z") == "10:17:51"
    assert UK.time("2017-07-22T08:17:51.000Z") == "11:17:51"


def test_stamp_gives_back_what_was_parsed() -> None:
    assert stamp(parse("2017-11-22T10:17:51.123+02:00")) == "2017-11-22T08:17:51.123Z"
    with pytest.raises(ValueError, match="no time zone"):
        parse("2017-11-22T10:17:51")


def test_sentence_escapes_its_values_and_agrees_in_number() -> None:
    assert str(UK.say("There is no member “%(member)s”.", member="<b>")) == "Депутата «&lt;b&gt;» немає."
    words = [str(UK.count("%(count)s member", "%(count)s members", n)).split()[1] for n in (1, 2, 5, 21, 112)]
    assert words == ["депутат", "депутати", "депутатів", "депутат", "депутатів"]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Громадський рух «Народний контроль»", "Народний контроль"),
        ("Українське об’єднання патріотів — УКРОП", "УКРОП"),
        ("Народний Рух України", "Народний Рух України"),
        ("Klub Radnych „Wspólne Miasto”", "Wspólne Miasto"),
    ],
)
def test_short_faction_is_what_people_say(name: str, short: str) -> None:
    assert short_faction(name) == short


def test_lengths_in_words_and_figures() -> None:
    assert UK.length(20).replace(NO_BREAK, " ") == "20 с"
    assert UK.length(1022).replace(NO_BREAK, " ") == "17 хв 02 с"
    assert clock_length(1022) == "17:02"
    assert clock_length(7509) == "2:05:09"
