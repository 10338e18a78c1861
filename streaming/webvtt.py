"""WebVTT, read strictly and written: cues with times, a speaker each, plain text (W3C WebVTT, 2019). Pure.

Read are cues, their voices (`<v Name>`), and what characters stand for. Where a cue stands on the picture, its bold and
its colours are checked and left out: pages and players set captions anew. A file with a problem is not taken at all;
all its problems are told at once, each with its line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MAX_BYTES = 4_000_000  # a sitting of a day is some 1 MB
MAX_CUES = 20_000
MAX_TEXT = 1000  # characters of a cue
MAX_SPEAKER = 100
MAX_CUE_MS = 600_000
MOST = 50  # problems told of one file
_COUNTED = 1000  # and counted, before it is not read on
_MARKUP = 10  # times the text may be as long with its markup
_LINE = 1000  # characters of a line of times

_TIME = re.compile(r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})")
_TIMING = re.compile(r"[ \t]*(?P<start>\S+)[ \t]+-->[ \t]+(?P<end>\S+)(?P<settings>(?:[ \t].*)?)")
_NUMBER, _ANCHOR = r"-?\d+(?:\.\d+)?", "start|center|end"
_SETTINGS = {
    "vertical": re.compile("rl|lr"),
    "line": re.compile(rf"{_NUMBER}%?(?:,(?:{_ANCHOR}))?"),
    "position": re.compile(rf"{_NUMBER}%(?:,(?:line-left|center|line-right|{_ANCHOR}))?"),
    "size": re.compile(rf"{_NUMBER}%"),
    "align": re.compile("start|center|end|left|right|middle"),  # middle: what center was called at first
    "region": re.compile(r"\S+"),
}
_ENTITY = r"&(?:amp|lt|gt|nbsp|lrm|rlm|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});"
_TOKEN = re.compile(rf"<([^<>\n]*)>|([^<>&]+)|({_ENTITY})|(.)", re.S)
_TAG = re.compile(r"(/?)(b|i|u|c|v|lang|ruby|rt)((?:\.[^\s.<>&]+)*)(?:[ \t]+(.*))?", re.S)
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "nbsp": " ", "lrm": "", "rlm": "", "quot": '"', "apos": "'"}


@dataclass(frozen=True, slots=True)
class Cue:
    """Times in ms. `text`: lines without markup, none of them empty. `line`: where it stands in a file read, from 1."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` counts from 1; 0: the file as a whole. `value`: what stands there; `expected`: a limit, or what may."""

    code: str
    line: int = 0
    value: str = ""
    expected: str = ""


class CaptionsRefused(Exception):
    """At least one problem, in the order of lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"line {problems[0].line}: {problems[0].code} {problems[0].value}")
        self.problems = tuple(problems[:MOST])
        self.more = len(problems) - len(self.problems)


def clean(text: str) -> str:
    """As cues keep it: NFC, single blanks, no empty line."""
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines())
    return "\n".join(line for line in lines if line)


def read(data: bytes) -> list[Cue]:
    """The cues of a file, in its order. Raises CaptionsRefused."""
    if len(data) > MAX_BYTES:
        raise CaptionsRefused([Problem("too_large", expected=f"{MAX_BYTES // 1_000_000} MB")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaptionsRefused([Problem("not_utf8", data.count(b"\n", 0, error.start) + 1)]) from error
    if not text.strip():
        raise CaptionsRefused([Problem("empty")])
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]) is None:
        subrip = lines[0].strip().isdigit() or ("-->" in lines[0] and "," in lines[0])
        raise CaptionsRefused([Problem("is_subrip" if subrip else "not_webvtt", 1, lines[0])])
    reading = _Reading()
    for first, block in _blocks(lines):
        reading.block(first, block)
    if not reading.problems and not reading.cues:
        reading.problems.append(Problem("no_cues"))
    if reading.problems:
        raise CaptionsRefused(sorted(reading.problems, key=lambda problem: problem.line))
    return reading.cues


def write(cues: Iterable[Cue], note: str = "") -> str:
    """A WebVTT file. note: a sentence on the whole, which players do not show."""
    parts = ["WEBVTT\n"]
    if note:
        parts.append(f"\nNOTE {' '.join(note.replace('-->', '').split())}\n")
    for cue in cues:
        voice = f"<v {_escaped(cue.speaker)}>" if cue.speaker else ""
        parts.append(f"\n{clock(cue.start_ms)} --> {clock(cue.end_ms)}\n{voice}{_escaped(cue.text)}\n")
    return "".join(parts)


def clock(ms: int) -> str:
    """«00:10:26.140»"""
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{ms:03d}"


def time_of(text: str) -> int | None:
    """A time of WebVTT in ms; None: it is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds, ms = (int(part or 0) for part in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Number of the first line, and lines up to the next empty one. The first is the header."""
    first, block = 1, list[str]()
    for n, line in enumerate([*lines, ""], 1):
        if line:
            first = first if block else n
            block.append(line)
        elif block:
            yield first, block
            block = []


class _Reading:
    def __init__(self) -> None:
        self.cues: list[Cue] = []
        self.problems: list[Problem] = []
        self._last_ms = 0
        self._begun = False

    def block(self, first: int, lines: list[str]) -> None:
        if first == 1:
            self._header(lines)
        elif lines[0] == "NOTE" or lines[0].startswith(("NOTE ", "NOTE\t")):
            self._note(first, lines)
        elif lines[0].rstrip() in ("STYLE", "REGION"):
            if self._begun:
                self._wrong("style_late", first, lines[0])
        else:
            self._cue(first, lines)

    def _header(self, lines: list[str]) -> None:
        for n, line in enumerate(lines[1:], 2):
            if "-->" in line:
                self._wrong("no_blank", n, line)
            elif line.startswith("X-TIMESTAMP-MAP"):
                self._wrong("timestamp_map", n, line)

    def _note(self, first: int, lines: list[str]) -> None:
        for n, line in enumerate(lines, first):
            if "-->" in line:
                self._wrong("no_blank", n, line)

    def _cue(self, first: int, lines: list[str]) -> None:
        self._begun = True
        at = 0 if "-->" in lines[0] else 1
        if len(lines) <= at or "-->" not in lines[at]:
            self._wrong("no_timing", first, lines[0])
            return
        times = self._timing(first + at, lines[at])
        voices = self._text(first + at + 1, lines[at + 1 :])
        if times is None or voices is None:
            return
        for speaker, text in voices:
            self.cues.append(Cue(*times, text, speaker, first + at))
        if len(self.cues) > MAX_CUES and not any(problem.code == "too_many" for problem in self.problems):
            self._wrong("too_many", first, expected=str(MAX_CUES))

    def _timing(self, n: int, line: str) -> tuple[int, int] | None:
        found = _TIMING.fullmatch(line) if len(line) <= _LINE else None
        if found is None:
            self._wrong("bad_timing", n, line)
            return None
        start, end = time_of(found["start"]), time_of(found["end"])
        for given, ms in ((found["start"], start), (found["end"], end)):
            if ms is None:
                self._wrong("comma_time" if "," in given else "bad_time", n, given)
        for setting in found["settings"].split():
            name, colon, value = setting.partition(":")
            if not colon or name not in _SETTINGS or _SETTINGS[name].fullmatch(value) is None:
                self._wrong("bad_setting", n, setting)
        if start is None or end is None:
            return None
        if end <= start:
            self._wrong("ends_early", n, f"{found['start']} --> {found['end']}")
        elif end - start > MAX_CUE_MS:
            self._wrong("too_long_shown", n, f"{found['start']} --> {found['end']}", str(MAX_CUE_MS // 60_000))
        if start < self._last_ms:
            self._wrong("out_of_order", n, found["start"], clock(self._last_ms))
        self._last_ms = max(self._last_ms, start)
        return start, end

    def _text(self, first: int, lines: list[str]) -> list[tuple[str, str]] | None:
        """Speaker and text of each voice; None: something is wrong."""
        before = len(self.problems)
        if sum(map(len, lines)) > _MARKUP * MAX_TEXT:
            self._wrong("text_long", first, lines[0], str(MAX_TEXT))
            return None
        for n, line in enumerate(lines, first):
            if "-->" in line:
                self._wrong("no_blank", n, line)
        if len(self.problems) > before:
            return None
        voices = [(" ".join(clean(speaker).split()), clean(text)) for speaker, text in self._spoken(first, lines)]
        voices = [(speaker, text) for speaker, text in voices if text]
        if not voices:
            self._wrong("no_text", max(1, first - 1))
        for speaker, text in voices:
            if len(text) > MAX_TEXT:
                self._wrong("text_long", first, text, str(MAX_TEXT))
            if len(speaker) > MAX_SPEAKER:
                self._wrong("speaker_long", first, speaker, str(MAX_SPEAKER))
        return voices if len(self.problems) == before else None

    def _spoken(self, first: int, lines: list[str]) -> list[tuple[str, str]]:
        spoken: list[tuple[str, str]] = [("", "")]
        open_tags: list[str] = []
        n = first
        for token in _TOKEN.finditer("\n".join(lines)):
            tag, plain, entity, other = token.groups()
            if tag is not None:
                self._tag(n, tag, open_tags, spoken)
            elif other == "<":
                self._wrong("bare_less", n, lines[n - first])
            else:
                speaker, said = spoken[-1]
                spoken[-1] = speaker, said + (plain or _character(entity) if entity or plain else other)
            n += token[0].count("\n")
        if left := [tag for tag in open_tags if tag != "v"]:  # a voice may go on to the end of the cue
            self._wrong("tag_open", first, f"<{left[-1]}>")
        return spoken

    def _tag(self, n: int, tag: str, open_tags: list[str], spoken: list[tuple[str, str]]) -> None:
        if time_of(tag) is not None:  # when the next words are spoken
            return
        found = _TAG.fullmatch(tag)
        if found is None:
            self._wrong("bad_tag", n, f"<{tag}>")
            return
        closing, name, _, annotation = found.groups()
        if closing:
            if not open_tags or open_tags[-1] != name:
                self._wrong("tag_not_open", n, f"</{name}>")
                return
            open_tags.pop()
            if name == "v":
                spoken.append(("", ""))
            return
        if name == "v":
            if not (annotation or "").strip():
                self._wrong("no_speaker", n, f"<{tag}>")
                return
            if "v" in open_tags:
                open_tags.remove("v")
            names = re.sub(r"&\w+;", lambda one: _character(one[0]), annotation or "")
            spoken.append((names, ""))
        open_tags.append(name)

    def _wrong(self, code: str, line: int, value: str = "", expected: str = "") -> None:
        self.problems.append(Problem(code, line, value[:200].strip(), expected))
        if len(self.problems) >= _COUNTED:
            raise CaptionsRefused(self.problems)


def _character(entity: str) -> str:
    """«&amp;» as «&»; what is no character of Unicode, as it stands."""
    name = entity[1:-1]
    if not name.startswith("#"):
        return _NAMED.get(name, entity)
    number = int(name[2:], 16) if name[1:2] == "x" else int(name[1:])
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else entity
