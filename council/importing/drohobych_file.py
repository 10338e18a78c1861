"""Reading the files of Drohobych council's voting system: a roster and one JSON a sitting. Pure: bytes in, values out.

    [{"firstName", "lastName", "fathersName", "id", "faction", "startDate": "20.10.2015", "endDate", "photoLink"}]
    {"sessionDate": "22.11.17", "sessionName", "voting": [{"voteName", "voteTimestamp": "22.11.17 10:17:51",
                                                          "namedVoting": [{"1016": "ЗА"}, …]}, …]}

A vote is taken over whole or not at all: with one option nobody could defend, its tally would be wrong. So an option
that is not in OPTIONS, a member who is not in office that day or stands twice, or a time that does not exist refuses
that vote, by place and reason, and the others are read. A member whom a vote does not mention is simply not in it.
Source of the traps: the 45 files of the archive (PROVENANCE in `council/data/drohobych/SOURCE.md`).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from council.importing.report import Problem
from council.importing.strict_json import Unreadable, checked, field, parsed, shown, text_of
from voting.entries import Option

# All spellings of the archive that say one option, in capitals and with single blanks. Left out on purpose, since they
# do not: "" (once), "НЕ" (9 times, cut), "PF" (once; «ЗА» on a Latin keyboard, but who can tell).
OPTIONS = {
    "ЗА": Option.FOR,
    "ПРОТИ": Option.AGAINST,
    "УТРИМАВСЯ": Option.ABSTAIN,
    "УТРИМАЛАСЬ": Option.ABSTAIN,
    "УТРИМАЛАСЯ": Option.ABSTAIN,
    "НЕ ГОЛОСУВАВ": Option.NOT_VOTING,
    "НЕ ГОЛОСУВАЛА": Option.NOT_VOTING,
    "НА ГОЛОСУВАВ": Option.NOT_VOTING,
    "НЕ ГОЛОСУ": Option.NOT_VOTING,
    "ВІДСУТНІЙ": Option.ABSENT,
    "ВІДСУТНЯ": Option.ABSENT,
    "ВІДСУТ": Option.ABSENT,
}
# One faction was spelt in two ways: 7 members in the first, 1 (1008) in the second.
FACTION_ALIASES = {"Громадянський рух «Народний контроль»": "Громадський рух «Народний контроль»"}
NO_FACTION = ("", "Позафракційний", "Позафракційна")
TIMEZONE = "Europe/Kyiv"


@dataclass(frozen=True, slots=True)
class SourceMember:
    """`faction` as printed, None: of none; `spelling` as in the file."""

    member: str
    family_name: str
    given_name: str
    patronymic: str | None
    faction: str | None
    spelling: str
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class SourceVote:
    """`place` counts the votes of the file from 1; `options` holds the members the vote mentions, no others."""

    place: int
    title: str  # verbatim but for outer blanks
    at: datetime  # UTC
    options: dict[str, Option]


@dataclass(frozen=True, slots=True)
class SourceSitting:
    held_on: date
    session_label: str
    votes: tuple[SourceVote, ...]  # in the order of the file
    refused: int  # votes of the file that are not in `votes`


def _day(text: str, form: str, place: str, key: str) -> date:
    try:
        return datetime.strptime(text, form).date()
    except ValueError:
        raise Unreadable(place, f"“{key}” is {shown(text)}, expected a date like 20.10.2015 or 22.11.17") from None


# --- the roster -------------------------------------------------------------------------------------------------


def read_roster(data: bytes, file: str) -> tuple[list[SourceMember], list[Problem]]:
    """The members that can be read, in the order of the file, and the parts that cannot."""
    try:
        records = parsed(data)
        if not isinstance(records, list):
            raise Unreadable("", "expected a list of members [ … ]")
    except Unreadable as error:
        return [], [Problem(file, error.place, error.reason)]
    members: dict[str, SourceMember] = {}
    problems = []
    for number, record in enumerate(records, 1):
        try:
            member = _member(record, f"member {number}")
            if member.member in members:
                raise Unreadable(f"member {number}", f"id {member.member} stands twice")
            members[member.member] = member
        except Unreadable as error:
            problems.append(Problem(file, error.place, error.reason))
    return list(members.values()), problems


def _member(record: Any, place: str) -> SourceMember:
    number: int = field(record, "id", int, place, "a whole number")
    if number < 1:
        raise Unreadable(place, f"“id” is {number}, expected a number above 0")
    place = f"{place} (id {number})"
    family_name = _typographic(text_of(record, "lastName", place))
    if not family_name:
        raise Unreadable(place, "“lastName” is empty")
    spelling = text_of(record, "faction", place)
    end = text_of(record, "endDate", place)
    member = SourceMember(
        member=str(number),
        family_name=family_name,
        given_name=_typographic(text_of(record, "firstName", place)),
        patronymic=_typographic(text_of(record, "fathersName", place)) or None,
        faction=faction_name(spelling),
        spelling=spelling,
        from_on=_day(text_of(record, "startDate", place), "%d.%m.%Y", place, "startDate"),
        until_on=_day(end, "%d.%m.%Y", place, "endDate") if end else None,
    )
    if member.until_on is not None and member.until_on < member.from_on:
        raise Unreadable(place, f"“endDate” {end} is before “startDate”")
    return member


def _typographic(text: str) -> str:
    """Single blanks, the apostrophe ’, quotes «» for a pair of straight ones, a dash between blanks."""
    text = " ".join(re.sub("['ʼ`]", "’", text).split())
    return re.sub('"([^"]*)"', r"«\1»", text).replace(" - ", " — ")


def faction_name(spelling: str) -> str | None:
    """A faction's name as it is printed; None for members of none."""
    name = _typographic(spelling)
    return None if name in NO_FACTION else FACTION_ALIASES.get(name, name)


# --- a sitting --------------------------------------------------------------------------------------------------


def read_heading(data: bytes) -> tuple[date, str]:
    """The day and the session's label alone. Raises Unreadable."""
    return _heading(parsed(data))


def _heading(record: Any) -> tuple[date, str]:
    held_on = _day(text_of(record, "sessionDate", "heading"), "%d.%m.%y", "heading", "sessionDate")
    return held_on, text_of(record, "sessionName", "heading")


def read_sitting(
    data: bytes, file: str, members: Collection[str] | None = None, timezone: str = TIMEZONE
) -> tuple[SourceSitting | None, list[Problem]]:
    """The votes that can be read, and the parts that cannot; None where the whole file cannot.

    `members`: those in office that day; a vote that mentions another is refused. None: whoever is mentioned."""
    try:
        record = parsed(data)
        held_on, session_label = _heading(record)
        records = field(record, "voting", list, "heading", "a list of votes [ … ]")
    except Unreadable as error:
        return None, [Problem(file, error.place, error.reason)]
    votes: list[SourceVote] = []
    problems: list[Problem] = []
    for place, vote in enumerate(records, 1):
        faults: list[Unreadable] = []
        if read := _vote(vote, place, members, ZoneInfo(timezone), faults):
            votes.append(read)
        problems += [Problem(file, fault.place, f"{fault.reason}; this vote is not taken over") for fault in faults]
    return SourceSitting(held_on, session_label, tuple(votes), len(records) - len(votes)), problems


def _vote(
    record: Any, number: int, members: Collection[str] | None, zone: ZoneInfo, faults: list[Unreadable]
) -> SourceVote | None:
    """None where there are faults."""
    place = f"vote {number}"
    options: dict[str, Option] = {}
    try:
        title = text_of(record, "voteName", place)
        if not title:
            raise Unreadable(place, "“voteName” is empty")
        at = _moment(text_of(record, "voteTimestamp", place), zone, place)
        lines = field(record, "namedVoting", list, place, "a list of members' options [ … ]")
        pairs = [pair for line in lines for pair in checked(line, place).items()]
        if not pairs:
            raise Unreadable(place, "it mentions no member")
    except Unreadable as error:
        faults.append(error)
        return None
    for member, spelling in pairs:
        where = f"{place}, member {member}"
        try:
            if members is not None and member not in members:
                raise Unreadable(where, "no such member in office that day")
            if member in options:
                raise Unreadable(where, "the member stands twice")
            options[member] = _option(spelling, where)
        except Unreadable as error:
            faults.append(error)
    return None if faults else SourceVote(number, title, at, options)


def _option(spelling: Any, place: str) -> Option:
    option = OPTIONS.get(" ".join(spelling.split()).upper()) if isinstance(spelling, str) else None
    if option is None:
        raise Unreadable(place, f"unknown option {shown(spelling)}")
    return option


def _moment(text: str, zone: ZoneInfo, place: str) -> datetime:
    """Local time without a zone to UTC. A time that the clocks skipped or had twice is not guessed."""
    try:
        local = datetime.strptime(text, "%d.%m.%y %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        expected = "expected a time like 22.11.17 10:17:51"
        raise Unreadable(place, f"“voteTimestamp” is {shown(text)}, {expected}") from None
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        raise Unreadable(place, f"“voteTimestamp” {text} is a moment when clocks were changed in {zone.key}")
    return local.astimezone(UTC)
