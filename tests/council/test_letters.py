"""What nobody can see is in no name, title or reason; what languages need is."""

from __future__ import annotations

import pytest

from council.importing.strict_json import Unreadable, text_of
from council.letters import cleared, unseen, unseen_in
from council.protocol import BadMessage, decode_console, decode_terminal
from council.protocol_acts import OpenVote

UNSEEN = [0x0, 0x7, 0x9, 0x7F, 0x85, 0x200B, 0x200E, 0x200F, 0x2028, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0x61C]
UNSEEN += [0xFEFF, 0xE000, 0xE0041, 0xFFFE]


@pytest.mark.parametrize("code", UNSEEN)
def test_character_that_cannot_be_seen_is_named(code: int) -> None:
    assert unseen(f"Про{chr(code)}питання") == f"U+{code:04X}"
    assert cleared(f"а{chr(code)}б") == "а\N{REPLACEMENT CHARACTER}б"


@pytest.mark.parametrize(
    "text",
    ["Про «питання» № 7", "नगरसेवक र्‍य क्‌ष", "Ś-ść ă ț", "два\nрядки", "м\N{SOFT HYPHEN}я", "100\N{NO-BREAK SPACE}грн"],
)
def test_text_of_the_languages_that_councils_speak_is_taken(text: str) -> None:
    assert unseen(text) is None and cleared(text) == text


def test_line_has_no_line_break_and_no_control() -> None:
    assert unseen("два\nрядки", lines=False) == "U+000A"
    for reason in (r"а\nб", r"а\u0000б", r"а\u009bб"):
        with pytest.raises(BadMessage):
            decode_terminal(f'{{"type":"DeclareRecusal","item":"1","reason":"{reason}"}}')
        with pytest.raises(BadMessage):
            decode_console(f'{{"type":"CallItem","act":"{"0" * 16}","item":"{reason}"}}')


def test_every_text_of_an_act_is_looked_at() -> None:
    act = OpenVote(act="0" * 16, vote_n=1, seconds=None, motion="Про питання\nдва", candidates=("Гуль", "Ду\u200bб"))
    assert unseen_in(act) == "U+200B"
    assert unseen_in(OpenVote(act="0" * 16, vote_n=1, seconds=None, motion="Про питання\nдва")) is None


def test_import_names_the_place_and_the_character() -> None:
    with pytest.raises(Unreadable, match=r"vote 7: “name” holds a character that cannot be seen, U\+202E"):
        text_of({"name": "Іваненко\u202e"}, "name", "vote 7")
    assert text_of({"name": "Про\tпитання\r\n"}, "name", "vote 7") == "Про\tпитання"
