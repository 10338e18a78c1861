"""What is wrong with captions, where, and what to do, in words."""

from __future__ import annotations

from collections.abc import Callable
from gettext import NullTranslations

from council.agenda.problems import shortened
from council.words import spoken
from streaming.webvtt import CaptionsRefused, Problem


def sentences(refused: CaptionsRefused, locale: str, *, name: str = "", of_cues: bool = False) -> list[str]:
    """Each with the name of the file before it. of_cues: lines are numbers of captions on a page."""
    t = spoken(locale, "hall")
    before = f"{name}: " if name else ""
    told = [before + _sentence(problem, t, of_cues) for problem in refused.problems]
    if refused.more:
        told.append(t.gettext("… and %(count)d more.") % {"count": refused.more})
    return told


def _sentence(problem: Problem, t: NullTranslations, of_cues: bool) -> str:
    figures = {"value": shortened(problem.value), "expected": problem.expected}
    told = _SENTENCES[problem.code](t) % figures
    if not problem.line:
        return told
    where = t.gettext("Caption %(line)d: %(what)s") if of_cues else t.gettext("Line %(line)d: %(what)s")
    return where % {"line": problem.line, "what": told}


_SENTENCES: dict[str, Callable[[NullTranslations], str]] = {
    # the file
    "too_large": lambda t: t.gettext("The file is too large: %(expected)s at most."),
    "empty": lambda t: t.gettext("There is nothing in it."),
    "not_utf8": lambda t: t.gettext("these letters are not UTF-8. Save the file as UTF-8."),
    "not_webvtt": lambda t: t.gettext("a WebVTT file begins with the word WEBVTT, not with “%(value)s”."),
    "is_subrip": lambda t: t.gettext("this looks like SubRip (.srt). Save the captions as WebVTT (.vtt)."),
    "timestamp_map": lambda t: t.gettext(
        "X-TIMESTAMP-MAP would move all times. Take the line away, and say below what the file counts from."
    ),
    "no_cues": lambda t: t.gettext("There is no caption in it."),
    "too_many": lambda t: t.gettext("there are too many captions: %(expected)s at most."),
    "style_late": lambda t: t.gettext(
        "STYLE and REGION stand before the first caption. Move it there or take it away."
    ),
    # times
    "no_timing": lambda t: t.gettext(
        "a caption needs a line with its times, like 00:01.000 --> 00:04.000. Here stands “%(value)s”."
    ),
    "bad_timing": lambda t: t.gettext("“%(value)s” is no line of times. Expected: 00:01.000 --> 00:04.000."),
    "bad_time": lambda t: t.gettext("“%(value)s” is no time. Expected: 01:26.140 or 00:01:26.140."),
    "comma_time": lambda t: t.gettext("“%(value)s” has a comma, as in SubRip. WebVTT has a point before thousandths."),
    "bad_setting": lambda t: t.gettext("“%(value)s” says nothing about a caption’s place. Take it away."),
    "ends_early": lambda t: t.gettext("a caption ends after it begins; here it is %(value)s."),
    "too_long_shown": lambda t: t.gettext("a caption is shown for %(expected)s minutes at most; here it is %(value)s."),
    "out_of_order": lambda t: t.gettext("%(value)s comes before %(expected)s, which stands above. Put them in order."),
    "beyond_end": lambda t: t.gettext(
        "the recording has ended here: it is %(expected)s long. Choose another camera or another beginning."
    ),
    "not_of_sitting": lambda t: t.gettext("%(value)s is not within the sitting. Choose another beginning."),
    "bad_begins": lambda t: t.gettext("“%(value)s” is no time of this sitting. Expected: 10:26:23."),
    "begins_twice": lambda t: t.gettext(
        "it was “%(value)s” more than once in this sitting. Put the day before it: 2017-11-22 10:26:23."
    ),
    "no_recording": lambda t: t.gettext("There is no recording that it could count from."),
    # text
    "no_blank": lambda t: t.gettext("an empty line is missing before “%(value)s”."),
    "no_text": lambda t: t.gettext("this caption has no text. Write it, or take the caption away."),
    "text_long": lambda t: t.gettext("the text is too long: %(expected)s characters at most. Split the caption."),
    "speaker_long": lambda t: t.gettext("the speaker’s name is too long: %(expected)s characters at most."),
    "unseen": lambda t: t.gettext("there is a character here that cannot be seen (%(value)s). Type the text anew."),
    "bare_less": lambda t: t.gettext("a “<” that opens nothing stands in “%(value)s”. Write &lt; for the sign itself."),
    "bad_tag": lambda t: t.gettext(
        "%(value)s is not known in captions. Take it away, or write &lt; for the sign itself."
    ),
    "tag_open": lambda t: t.gettext("%(value)s is not closed in its caption."),
    "tag_not_open": lambda t: t.gettext("%(value)s closes what is not open."),
    "no_speaker": lambda t: t.gettext("%(value)s names no speaker. Expected: <v Name>."),
}

CODES = frozenset(_SENTENCES)
