"""WebVTT: what is read, what is told of a file that is not, and that what is written is read again."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streaming import webvtt
from streaming.webvtt import CaptionsRefused, Cue, Problem

FILE = """\ufeffWEBVTT - засідання
Kind: captions

STYLE
::cue { color: red }

NOTE Хто говорить, стоїть у кожному субтитрі.

1
00:01.000 --> 00:02.500 align:start position:0%
<v.loud Голова &amp; Ко>Добрий  <b>день</b>!</v><v Секретар>Так &lt;3 &#x41; & R

01:00:02.000 --> 01:00:03.000
перший<00:00:02.500><c> рядок</c>
другий
"""


def problems(text: str | bytes) -> list[tuple[int, str]]:
    with pytest.raises(CaptionsRefused) as refused:
        webvtt.read(text if isinstance(text, bytes) else text.encode())
    return [(problem.line, problem.code) for problem in refused.value.problems]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_cues_are_read_with_their_voices_and_without_markup(line_end: str) -> None:
    assert webvtt.read(FILE.replace("\n", line_end).encode()) == [
        Cue(1000, 2500, "Добрий день!", "Голова & Ко", 10),
        Cue(1000, 2500, "Так <3 A & R", "Секретар", 10),
        Cue(3_602_000, 3_603_000, "перший рядок\nдругий", "", 13),
    ]


def test_every_problem_of_a_file_is_told_with_its_line() -> None:
    text = "\n".join(
        (
            *("WEBVTT", "", "00:01,000 --> 00:02.000", "a <b>x", "", "слово", ""),
            *("00:05.000 --> 00:04.000 foo:1", "a <z> 1 < 2", "", "00:01.000 --> 00:09.000", ""),
            *("00:10.000 --> 00:11.000", "x", "00:12.000 --> 00:13.000", "y", ""),
            *("00:14.000 --> 30:14.000", "<v>z</i>", "", "STYLE", "::cue {}", ""),
            *("0:15.000->16", "y", "", "00:16:00.000 --> 00:99.000", "y"),
        )
    )
    assert problems(text) == [
        *((3, "comma_time"), (4, "tag_open"), (6, "no_timing"), (8, "bad_setting"), (8, "ends_early")),
        *((9, "bad_tag"), (9, "bare_less"), (11, "out_of_order"), (11, "no_text"), (15, "no_blank")),
        *((18, "too_long_shown"), (19, "no_speaker"), (19, "tag_not_open"), (21, "style_late")),
        *((24, "no_timing"), (27, "bad_time")),
    ]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", (0, "empty")),
        (b"WEBVTT\n\nNOTE\n", (0, "no_cues")),
        (b"WEBVTTX\n", (1, "not_webvtt")),
        (b"1\n00:00:01,000 --> 00:00:02,000\nx", (1, "is_subrip")),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nї".encode("cp1251"), (4, "not_utf8")),
        (b"WEBVTT\nX-TIMESTAMP-MAP=LOCAL:0,MPEGTS:0\n", (2, "timestamp_map")),
        (b"WEBVTT" + b" " * webvtt.MAX_BYTES, (0, "too_large")),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"x" * 1001, (4, "text_long")),
    ],
)
def test_what_is_no_captions_file_says_what_it_is(data: bytes, told: tuple[int, str]) -> None:
    assert told in problems(data)


def test_no_more_problems_are_told_than_one_reads() -> None:
    with pytest.raises(CaptionsRefused) as refused:
        webvtt.read(b"WEBVTT\n\n" + b"x\n\n" * 60)
    assert (len(refused.value.problems), refused.value.more) == (50, 10)
    assert refused.value.problems[0] == Problem("no_timing", 3, "x")


@pytest.mark.parametrize("text", ["<", "<v ", "<b>", "&a", "<b.a", "-->\n", "x\n\n"])
def test_a_file_made_to_be_slow_is_refused_before_it_is(text: str) -> None:
    data = "WEBVTT\n\n00:01.000 --> 00:02.000\n" + text * (3_000_000 // len(text))
    with pytest.raises(CaptionsRefused) as refused:
        webvtt.read(data.encode())
    assert all(len(problem.value) <= 200 for problem in refused.value.problems) and refused.value.more <= 1000


words = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20).map(webvtt.clean).filter(bool)


@settings(suppress_health_check=[HealthCheck.too_slow])  # its tables of letters are made on first use
@given(st.lists(st.tuples(st.integers(0, 10**8), st.integers(1, 600_000), words, words | st.just(""))))
def test_what_is_written_is_read_again(given_cues: list[tuple[int, int, str, str]]) -> None:
    cues = [Cue(start, start + length, text, speaker) for start, length, text, speaker in sorted(given_cues)]
    if cues:
        read = webvtt.read(webvtt.write(cues, "not --> read\nby anyone").encode())
        assert [(one.start_ms, one.end_ms, one.text, one.speaker) for one in read] == [
            (one.start_ms, one.end_ms, one.text, one.speaker) for one in cues
        ]


@given(st.text(st.sampled_from("WEBVTT\n\r \t-><&/vbc.:0123;%"), max_size=200) | st.text(max_size=60))
def test_any_file_is_read_or_refused_in_words(text: str) -> None:
    try:
        cues = webvtt.read(b"WEBVTT\n\n" + text.encode("utf-8", "surrogatepass"))
    except CaptionsRefused as refused:
        assert refused.problems
    else:
        assert all(cue.text and cue.start_ms < cue.end_ms for cue in cues)
