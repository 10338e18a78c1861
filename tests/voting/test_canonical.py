"""Canonical JSON against the reference implementation of RFC 8785."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from voting.canonical import MAX_INT, are_bytes_of, encode
from voting.errors import NotCanonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INT, MAX_INT) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_encode_any_value_gives_the_bytes_of_rfc8785(value: Any) -> None:
    assert encode(value) == rfc8785.dumps(value)
    assert json.loads(encode(value)) == value


KEYS = st.text(st.characters(max_codepoint=127), max_size=4)
READ = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INT, MAX_INT) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(READ)
def test_bytes_are_told_from_those_of_another_spelling(value: Any) -> None:
    data = encode(value)
    assert are_bytes_of(data, json.loads(data))
    for other in (json.dumps(value).encode(), json.dumps(value, ensure_ascii=False).encode(), data + b" "):
        assert are_bytes_of(other, json.loads(other)) == (other == data)


@pytest.mark.parametrize("text", ['{"b":1,"a":2}', "[9007199254740992]", '{"a":-9007199254740993}', '"\\ud800"'])
def test_bytes_that_are_not_canonical_are_refused_as_by_encode(text: str) -> None:
    data, value = text.encode(), json.loads(text)
    try:
        expected = encode(value) == data
    except NotCanonical:
        with pytest.raises(NotCanonical):
            are_bytes_of(data, value)
    else:
        assert are_bytes_of(data, value) is expected is False


def test_encode_keys_above_the_basic_plane_sorts_by_utf16() -> None:
    assert encode({"\U0001f600": 1, "\ufb33": 2, "a": 3}) == '{"a":3,"\U0001f600":1,"\ufb33":2}'.encode()


def test_encode_control_characters_uses_the_short_escapes() -> None:
    assert encode('\b\t\n\f\r"\\/\x00\x1f\x7f') == b'"\\b\\t\\n\\f\\r\\"\\\\/\\u0000\\u001f\x7f"'


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        MAX_INT + 1,
        -MAX_INT - 1,
        "\ud800",
        {"\udfff": 1},
        {1: 2},
        {None: 1},
        b"bytes",
        {1, 2},
        object(),
    ],
)
@pytest.mark.parametrize("within", [lambda value: value, lambda value: [value], lambda value: {"a": [value]}])
def test_encode_what_has_no_canonical_form_is_refused(value: Any, within: Any) -> None:
    with pytest.raises(NotCanonical):
        encode(within(value))
