"""The lower third of a clip: a vote's title, verdict, tally and names, drawn over the film's lower edge.

Set by typst in the council's own language, with the fonts of its papers, as pictures with transparency. Blocks for some
0.1 s a vote: call it from a thread. Before a vote is closed it says that the vote is open, and nothing of who votes.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import typst

from council.papers.typeset import fonts
from council.people import roll_names
from council.verdict import key_word, tally_of, tally_word, vote_verdict
from public_site.views import ORDER
from public_site.vote_lines import standing
from public_site.wording import bind, parse, wording
from streaming.clip import Cut
from streaming.clip_burn import Overlay, Pixels, size
from voting.entries import Option
from voting.record import SittingRecord, VoteRecord

BAND = 0.32  # of the film's height
RESULT = timedelta(seconds=8)  # how long the verdict stands
PAGE = timedelta(seconds=6)  # then each page of names
SHOWN = timedelta(seconds=60)  # so long after a closing it may still be shown
FOLDER = Path(__file__).parent


def overlays(record: SittingRecord, clip: Cut, locale: str) -> list[Overlay]:
    """Of the named votes that a clip shows; in order, none over another."""
    start, end, shape = clip.source.start, clip.source.end, size(clip)
    shown: list[tuple[datetime, datetime, Pixels]] = []
    for _, vote in sorted(record.votes.items()):
        over = vote.closed_at or vote.voided_at
        closed = parse(over) if over else end
        if not vote.opened_at or parse(vote.opened_at) >= end or closed + SHOWN <= start:
            continue
        shown.append((parse(vote.opened_at), closed, card(record, vote, locale, shape, decided=False)))
        if over:
            pages = [card(record, vote, locale, shape, decided=True), *names(record, vote, locale, shape)]
            for n, page in enumerate(pages):
                at = closed + (RESULT + (n - 1) * PAGE if n else timedelta())
                shown.append((at, at + (PAGE if n else RESULT), page))
    ends = [after[0] for after in shown[1:]] + [end]  # a vote may be opened while names are still shown
    return [
        Overlay(clip.place(begin), clip.place(min(until, after)), page)
        for (begin, until, page), after in zip(shown, ends, strict=True)
        if begin < end and min(until, after) > max(start, begin)
    ]


def card(record: SittingRecord, vote: VoteRecord, locale: str, shape: tuple[int, int], *, decided: bool) -> Pixels:
    w = wording(locale, record.opened.timezone)
    running = replace(vote, state="open", result=None, tally=None)  # as it was until it was closed
    word, rest = vote_verdict(vote if decided else running, locale)
    tally = vote.tally if decided and vote.state != "voided" else None
    counted = [(option, tally_of(tally, option)) for option in ORDER] if tally is not None else []
    return _drawn(
        {
            "kind": "card",
            "result": standing(vote) if decided else "open",
            "kicker": f"{w.say('Vote No. %(n)s', n=vote.n)} · {w.day(record.opened.held_on)}",
            "title": bind(vote.motion.strip()),
            "word": bind(word),
            "rest": bind(rest),
            "tally": [
                {"option": option.value, "count": count, "word": tally_word(option, count, locale)}
                for option, count in counted
                if count or option is Option.FOR
            ],
        },
        locale,
        shape,
    )[0]


def names(record: SittingRecord, vote: VoteRecord, locale: str, shape: tuple[int, int]) -> list[Pixels]:
    """The roll, as many pages as it needs; none of a vote without one."""
    if not vote.roll or vote.state == "voided":
        return []
    called = roll_names(record.opened.members)
    groups = [
        {
            "option": option.value,
            "word": key_word(option, locale),
            "names": [called[entry.member] for entry in vote.roll if entry.option is option],
        }
        for option in ORDER
    ]
    told = {"kind": "names", "result": standing(vote), "groups": [group for group in groups if group["names"]]}
    return _drawn(told, locale, shape)


def _drawn(told: dict[str, Any], locale: str, shape: tuple[int, int]) -> list[Pixels]:
    width, height = shape
    told = {**told, "language": locale, "width": width, "height": height, "band": round(height * BAND)}
    root: Any = FOLDER
    made: Any = typst.compile(
        (FOLDER / "lower_third.typ").read_bytes(),
        root=root,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"told": json.dumps(told, ensure_ascii=False)},
        format="png",
        ppi=72,
    )
    pages = made if isinstance(made, list) else [made]
    return [np.asarray(cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_UNCHANGED)) for page in pages]
