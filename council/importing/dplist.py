"""Reading one vote of the «Рада-4» family of voting systems (Kyiv, Lviv, Dubno), DPList JSON. Pure.

    {"GLTime": "08.06.2023 11:13:40", "GL_Text": …, "DPList": [{"DPName": "Андронов В. Є.", "DPGolos": "За       "}, …],
     "YESCnt": 63, "NOCnt": 0, "UTRCnt": 0, "NGCnt": 14, "TotalCnt": 77, "RESULT": " РІШЕННЯ ПРИЙНЯТЕ "}

Keys beyond these are left alone. A vote is taken over whole or not at all: an option that is not in OPTIONS, a name
that stands twice, or printed counts that are not those of the list refuse it. `TotalCnt` leaves absentees out; a place
whose name has no letter is vacant; blanks in names count for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from council.importing.report import Problem
from council.importing.strict_json import Unreadable, field, parsed, shown, text_of
from voting.entries import Option, Result, RollEntry, Tally
from voting.tally import count

OPTIONS = {
    "за": Option.FOR,
    "проти": Option.AGAINST,
    "утримався": Option.ABSTAIN,
    "не голосував": Option.NOT_VOTING,
    ".........": Option.ABSENT,
    "відсутній": Option.ABSENT,  # as cleaned copies have it
}
Word = TypeVar("Word", Option, Result)
RESULTS = {"рішення прийняте": Result.ADOPTED, "рішення не прийняте": Result.REJECTED}


@dataclass(frozen=True, slots=True)
class DPListVote:
    """`roll`: who holds a place, by name, in the order of the file; `vacant`: places nobody holds. `tally` is that of
    the roll and of the printed counts; `result` is as printed."""

    title: str
    printed_at: str  # local time without a zone, verbatim
    roll: tuple[RollEntry, ...]
    vacant: int
    tally: Tally
    result: Result

    @property
    def seats(self) -> int:
        return len(self.roll) + self.vacant

    @property
    def present(self) -> int:
        return len(self.roll) - self.tally.absent


def read_vote(data: bytes, file: str) -> tuple[DPListVote | None, list[Problem]]:
    """The vote, or why it cannot be read."""
    try:
        return _vote(parsed(data)), []
    except Unreadable as error:
        return None, [Problem(file, error.place, error.reason)]


def _vote(record: Any) -> DPListVote:
    lines = field(record, "DPList", list, "", "a list of members [ … ]")
    roll: dict[str, Option] = {}
    vacant = 0
    for number, line in enumerate(lines, 1):
        place = f"member {number}"
        name = " ".join(text_of(line, "DPName", place).split())
        option = _word(text_of(line, "DPGolos", place), OPTIONS, place, "DPGolos")
        if not any(letter.isalpha() for letter in name):
            if option is not Option.ABSENT:
                raise Unreadable(place, f"a vacant place has the option {option}")
            vacant += 1
        elif name in roll:
            raise Unreadable(place, f"{name} stands twice")
        else:
            roll[name] = option
    tally = count(entries := tuple(RollEntry(name, option) for name, option in roll.items()))
    _same_counts(record, tally)
    return DPListVote(
        title=text_of(record, "GL_Text", ""),
        printed_at=text_of(record, "GLTime", ""),
        roll=entries,
        vacant=vacant,
        tally=tally,
        result=_word(text_of(record, "RESULT", ""), RESULTS, "", "RESULT"),
    )


def _word(text: str, words: Mapping[str, Word], place: str, key: str) -> Word:
    known = words.get(" ".join(text.split()).lower())
    if known is None:
        raise Unreadable(place, f"“{key}” is {shown(text)}, expected one of {', '.join(words)}")
    return known


def _same_counts(record: Any, tally: Tally) -> None:
    counted = {
        "YESCnt": tally.for_,
        "NOCnt": tally.against,
        "UTRCnt": tally.abstain,
        "NGCnt": tally.not_voting,
    }
    counted["TotalCnt"] = sum(counted.values())
    for key, found in counted.items():
        printed: int = field(record, key, int, "", "a whole number")
        if printed != found:
            raise Unreadable("", f"“{key}” is {printed}, but the list of members gives {found}")
