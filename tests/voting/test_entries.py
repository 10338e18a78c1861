"""Facts to bytes and back: exactly one sequence of bytes for each entry, and nothing else is read."""

from __future__ import annotations

import base64
import json
import types
import typing
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting import canonical
from voting.entries import (
    VERSION,
    Count,
    Date,
    Entry,
    Fact,
    MemberArrived,
    Number,
    Option,
    PublicKey,
    Sha256,
    Signature,
    SittingId,
    SittingOpened,
    Tally,
    Time,
    VoteClosed,
    decode,
    encode,
    kind,
    parse_stamp,
    stamp,
)
from voting.errors import BadEntry, NewerEntry, NotCanonical

MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
BY_ALIAS: dict[Any, st.SearchStrategy[Any]] = {
    Time: MOMENTS.map(stamp),
    Date: st.dates().map(lambda day: day.isoformat()),
    Sha256: st.binary(min_size=32, max_size=32).map(bytes.hex),
    PublicKey: st.binary(min_size=32, max_size=32).map(bytes.hex),
    Signature: st.binary(min_size=64, max_size=64).map(lambda data: base64.b64encode(data).decode()),
    SittingId: st.from_regex(r"[a-z0-9][a-z0-9-]{0,126}", fullmatch=True),
    Count: st.integers(0, canonical.MAX_INT),
    Number: st.integers(1, canonical.MAX_INT),
    str: TEXT,
    int: st.integers(-canonical.MAX_INT, canonical.MAX_INT),
    bool: st.booleans(),
}


def values(of: Any) -> st.SearchStrategy[Any]:
    """Every value that a type allows; written apart from the codec."""
    if of in BY_ALIAS:
        return BY_ALIAS[of]
    origin, arguments = typing.get_origin(of), get_args(of)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(st.none() if argument is types.NoneType else values(argument) for argument in arguments)
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if isinstance(of, type) and issubclass(of, StrEnum):
        return st.sampled_from(list(of))
    assert is_dataclass(of), of
    hints = typing.get_type_hints(of, include_extras=True)
    return st.builds(of, **{field.name: values(hints[field.name]) for field in fields(of)})


ENTRIES = values(Entry)


def wire(entry: Entry) -> dict[str, Any]:
    return dict(json.loads(encode(entry)))


BEFORE = "2017-11-22T08:17:50.999Z"
ARRIVED = Entry(3, "town-2017-11-22", "2017-11-22T08:17:51.000Z", MemberArrived(BEFORE, "7", "console"))


def test_encode_an_arrival_gives_these_bytes() -> None:
    assert encode(ARRIVED) == (
        b'{"at":"2017-11-22T08:17:50.999Z","channel":"console","kind":"MemberArrived","member":"7",'
        b'"recorded_at":"2017-11-22T08:17:51.000Z","seq":3,"sitting":"town-2017-11-22","v":1}'
    )


def test_encode_a_tally_says_for_without_an_underscore(town: Any) -> None:
    closed = next(entry for entry in town.whole() if isinstance(entry.fact, VoteClosed))
    assert wire(closed)["tally"] == {
        "for": 5,
        "against": 0,
        "abstain": 0,
        "not_voting": 2,
        "absent": 0,
        "recused": 0,
        "no_record": 0,
    }


@given(ENTRIES)
def test_decode_of_encode_gives_the_same_entry(entry: Entry) -> None:
    assert decode(encode(entry)) == entry


@given(ENTRIES, st.data())
def test_decode_of_altered_bytes_gives_an_error_or_an_entry_with_exactly_those_bytes(
    entry: Entry, data: st.DataObject
) -> None:
    body = encode(entry)
    place = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.binary(max_size=2))
    altered = body[:place] + byte + body[place + 1 :]
    try:
        read = decode(altered)
    except (BadEntry, NewerEntry):
        return
    assert encode(read) == altered
    assert (read == entry) == (altered == body)


@given(st.binary() | st.from_type(object).map(repr).map(str.encode))
def test_decode_of_any_bytes_raises_nothing_but_bad_or_newer_entry(data: bytes) -> None:
    with pytest.raises((BadEntry, NewerEntry)):
        decode(data)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"v":' + b"9" * 5000 + b"}", b"\xff", b"", b"null", b'{"v":1}'])
def test_decode_of_hostile_bytes_raises_bad_entry(data: bytes) -> None:
    with pytest.raises(BadEntry):
        decode(data)


def test_decode_of_any_depth_raises_bad_entry() -> None:
    body = encode(ARRIVED)
    for depth in range(1, 1100):
        with pytest.raises(BadEntry):
            decode(body.replace(b'"7"', b"[" * depth + b"]" * depth))


@pytest.mark.parametrize("fact", get_args(Fact))
def test_decode_without_any_one_field_or_with_one_more_names_the_field(fact: type) -> None:
    whole = wire(Entry(0, None, "2017-11-22T08:17:51.000Z", EXAMPLES[fact]))
    for name in whole:
        fewer = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(BadEntry, match=name):
            decode(canonical.encode(fewer))
    with pytest.raises(BadEntry, match="colour: unknown field"):
        decode(canonical.encode(whole | {"colour": "red"}))


EXAMPLES: dict[type, Any] = {}


@pytest.fixture(scope="module", autouse=True)
def examples() -> None:
    """The plainest value of each kind of fact."""
    for fact in get_args(Fact):
        EXAMPLES[fact] = _plain(fact)


def _plain(of: Any) -> Any:
    plain: dict[Any, Any] = {
        Time: "2017-11-22T08:17:51.000Z",
        Date: "2017-11-22",
        Sha256: "0" * 64,
        PublicKey: "0" * 64,
        Signature: "A" * 86 + "==",
        Count: 0,
        Number: 1,
        str: "x",
        bool: True,
    }
    if of in plain:
        return plain[of]
    origin, arguments = typing.get_origin(of), get_args(of)
    if origin is Annotated:
        return plain[of]
    if origin is Literal:
        return arguments[0]
    if origin in (typing.Union, types.UnionType):
        return _plain(arguments[0])
    if origin is tuple:
        return (_plain(arguments[0]),)
    if issubclass(of, StrEnum):
        return next(iter(of))
    hints = typing.get_type_hints(of, include_extras=True)
    return of(**{field.name: _plain(hints[field.name]) for field in fields(of)})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seq": True}, "seq: expected a whole number"),
        ({"seq": -1}, "seq: expected a whole number of at least 0"),
        ({"seq": "3"}, "seq: expected a whole number"),
        ({"sitting": "Town"}, "sitting: expected a sitting's id"),
        ({"sitting": 1}, "sitting: expected a text"),
        ({"recorded_at": "2017-11-22T08:17:51Z"}, "recorded_at: expected a time"),
        ({"recorded_at": "2017-11-31T08:17:51.000Z"}, "recorded_at: expected a time"),
        ({"recorded_at": "２017-11-22T08:17:51.000Z"}, "recorded_at: expected a time"),
        ({"channel": "post"}, "channel: expected one of terminal, card, pin, console"),
        ({"member": None}, "member: expected a text"),
        ({"kind": "MemberVanished"}, "kind: 'MemberVanished' is not known"),
        ({"kind": ["MemberArrived"]}, "kind"),
        ({"v": 0}, "v: MemberArrived has no version 0"),
        ({"v": True}, "v: "),
        ({"v": "1"}, "v: "),
    ],
)
def test_decode_with_a_wrong_value_names_the_field(change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadEntry, match=words):
        decode(canonical.encode(wire(ARRIVED) | change))


def test_decode_of_a_wrong_option_deep_inside_names_its_path(town: Any) -> None:
    closed = next(entry for entry in town.whole() if isinstance(entry.fact, VoteClosed))
    altered = wire(closed)
    altered["roll"][3]["option"] = "maybe"
    with pytest.raises(BadEntry, match=r"roll\[3\]\.option: expected one of for, against"):
        decode(canonical.encode(altered))


@pytest.mark.parametrize("word", ["MemberArrived", "DroneArrived"])
def test_decode_of_a_later_version_says_newer(word: str) -> None:
    with pytest.raises(NewerEntry, match=f"{word} of version {VERSION + 1}"):
        decode(canonical.encode({"v": VERSION + 1, "kind": word, "anything": []}))


@pytest.mark.parametrize(
    "spelling",
    [
        lambda body: body + b" ",
        lambda body: body.replace(b":3,", b":3.0,"),
        lambda body: body.replace(b":3,", b":03,"),
        lambda body: body.replace(b'"7"', b'"\\u0037"'),
        lambda body: body.replace(b'"7"', b'"\\ud800"'),
        lambda body: body.replace(b":3,", b":9007199254740992,"),
        lambda body: body.replace(b'"seq":3', b'"seq":2,"seq":3'),
        lambda body: b"\xef\xbb\xbf" + body,
        lambda body: json.dumps(json.loads(body)).encode(),
    ],
)
def test_decode_of_another_spelling_is_refused(spelling: Any) -> None:
    altered = spelling(encode(ARRIVED))
    assert altered != encode(ARRIVED)
    with pytest.raises(BadEntry):
        decode(altered)


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (MemberArrived("now", "7", "console"), "at: expected a time"),
        (MemberArrived(BEFORE, 7, "console"), "member: expected a text"),  # type: ignore[arg-type]
        (Tally(), "Tally is no fact"),
        ("MemberArrived", "str is no fact"),
    ],
)
def test_encode_what_could_not_be_read_back_is_refused(fact: Any, words: str) -> None:
    with pytest.raises(BadEntry, match=words):
        encode(replace(ARRIVED, fact=fact))


def test_encode_a_text_with_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(NotCanonical):
        encode(replace(ARRIVED, fact=MemberArrived(BEFORE, "\ud800", "console")))


def test_encode_an_option_given_as_plain_text_is_refused(town: Any) -> None:
    closed = next(entry.fact for entry in town.whole() if isinstance(entry.fact, VoteClosed))
    line = replace(closed.roll[0], option="for")
    with pytest.raises(BadEntry, match=r"roll\[0\]\.option: expected a Option"):
        encode(replace(ARRIVED, fact=replace(closed, roll=(line, *closed.roll[1:]))))


def test_kind_of_a_fact_is_its_class(town: Any) -> None:
    assert kind(town.opened()) == "SittingOpened" == SittingOpened.__name__
    assert Option("for") is Option.FOR


@given(MOMENTS)
def test_parse_stamp_of_stamp_gives_the_moment_cut_to_milliseconds(at: datetime) -> None:
    cut = at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert parse_stamp(stamp(at)) == cut
    assert stamp(at.astimezone(timezone(timedelta(hours=3)))) == stamp(at)


def test_stamp_of_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        stamp(datetime(2017, 11, 22))


@pytest.mark.parametrize(
    "text", ["2017-11-22T08:17:51.000+00:00", "2017-11-22 08:17:51.000Z", "", "2017-02-29T00:00:00.000Z"]
)
def test_parse_stamp_of_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_stamp(text)
