"""The headings of an agenda's table, in the languages of the councils. Pure data.

A heading is compared without case, spaces around it, and a colon or asterisk behind it. The first of each is what is
offered in that language's example.
"""

from __future__ import annotations

import unicodedata

COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "item": {
        "en": ("No.", "no", "number", "item"),
        "uk": ("№", "номер", "пункт", "№ з/п", "№ п/п", "№ питання", "номер питання"),
        "pl": ("Nr", "nr.", "lp", "lp.", "l.p.", "punkt", "numer"),
        "ro": ("Nr. crt.", "nr crt", "număr", "numar", "punct", "poz."),
        "mr": ("क्र.", "क्र", "अ.क्र.", "क्रमांक", "विषय क्रमांक"),
    },
    "title": {
        "en": ("Title", "subject", "name"),
        "uk": ("Назва", "питання", "назва питання", "тема", "зміст питання"),
        "pl": ("Tytuł", "temat", "nazwa", "sprawa"),
        "ro": ("Titlu", "denumire", "subiect", "titlul"),
        "mr": ("विषय", "शीर्षक"),
    },
    "motion": {
        "en": ("Motion", "motion text", "text of the motion"),
        "uk": ("Текст рішення", "рішення", "проєкт рішення", "проект рішення", "текст пропозиції", "на голосування"),
        "pl": ("Wniosek", "treść uchwały", "uchwała", "treść wniosku"),
        "ro": ("Propunere", "moțiune", "motiune", "hotărâre", "hotarare", "text"),
        "mr": ("ठराव", "प्रस्ताव"),
    },
    "rule": {
        "en": ("Rule", "majority", "requirement"),
        "uk": ("Правило", "більшість", "вимога"),
        "pl": ("Większość", "zasada"),
        "ro": ("Majoritate", "regulă", "regula"),
        "mr": ("बहुमत", "नियम"),
    },
    "seconds": {
        "en": ("Seconds", "time limit", "time"),
        "uk": ("Секунд", "секунди", "час", "час, с", "час на голосування"),
        "pl": ("Sekundy", "czas", "czas, s"),
        "ro": ("Secunde", "timp", "durată", "durata"),
        "mr": ("सेकंद", "वेळ"),
    },
    "consent": {
        "en": ("Consent", "block"),
        "uk": ("Пакетом", "пакет", "без обговорення", "в пакеті"),
        "pl": ("Blok", "bez dyskusji", "łącznie"),
        "ro": ("Bloc", "consens", "fără dezbatere", "fara dezbatere"),
        "mr": ("एकत्रित", "सहमती"),
    },
    "draft": {
        "en": ("File", "draft", "document"),
        "uk": ("Файл", "документ", "файл проєкту", "файл проекту"),
        "pl": ("Plik", "dokument", "załącznik"),
        "ro": ("Fișier", "fisier", "document", "anexă", "anexa"),
        "mr": ("फाइल", "दस्तऐवज"),
    },
}

YES = frozenset(("yes", "y", "true", "1", "x", "х", "+", "✓", "так", "т", "tak", "t", "da", "होय", "हो"))
NO = frozenset(("", "no", "n", "false", "0", "-", "–", "—", "ні", "н", "nie", "nu", "नाही"))
NO_VOTE = frozenset(("-", "–", "—"))  # in the motion's cell: nothing is put to the vote


def plain(text: str) -> str:
    """A heading or a choice as it is compared."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split()).rstrip(":* ")


_MEANING = {
    plain(word): column for column, languages in COLUMNS.items() for words in languages.values() for word in words
}


def meaning(heading: str) -> str | None:
    """Which column a heading names; None: none that is known."""
    return _MEANING.get(plain(heading))


def offered(locale: str) -> str:
    """The headings that are known in a language, to be told: «№, Назва, …»"""
    return ", ".join(languages.get(locale, languages["en"])[0] for languages in COLUMNS.values())
