"""What may be wrong before a vote opens: one line, green or a sentence. Pure but for the catalogues.

Only a missing quorum blocks: opening then needs an override with a reason. While somebody speaks no vote opens at all.
Everything else is said, because a vote can go on without a desk: the member's answer is taken aloud. What is only news
(who stands aside, terminals of members who are not there, rules nobody has checked) does not turn the line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from gettext import NullTranslations

from council.acts.motions import consent_items
from council.acts.presence import RollAtOpening, roll_at_opening
from council.chamber_data import ChamberData
from council.profile import spoken
from council.state_console import GuardLine, GuardView
from council.state_parts import DeskView
from council.words import texts, translations
from voting.record import SittingRecord

SLOW_MS = 300  # of a round trip: from here on a press may feel lost to whoever makes it
NEAR = 1  # so few may still leave: the quorum is close to its end
LISTED = 6  # desks or names; the rest is a number
NEWS = ("recused", "recused_block", "offline_absent", "unverified")  # codes that do not turn the line
UNSAID = ("unverified",)  # codes that are among the lines and not in the sentence

Say = Callable[[NullTranslations, str], str]


def must_override(roll: RollAtOpening, quorum: int) -> tuple[str, ...]:
    """The codes of what blocks opening a vote with this roll; the override's `over`."""
    return ("no_quorum",) if roll.in_quorum < quorum else ()


def guard(data: ChamberData, desks: Sequence[DeskView], rule: str | None) -> GuardView | None:
    """Before the opening of the next vote; while one is open or held, of that one. None unless the sitting is open.

    desks: the console's. rule: the profile's, of the vote that would open next."""
    record = data.record
    if record is None or record.closed_seq is not None:
        return None
    vote = record.open_vote
    item = () if record.current_item is None else (record.current_item,)
    roll = roll_at_opening(record, data.profile, item if vote is None else vote.items)
    lines = [*_roll_lines(data, record, roll), *_terminal_lines(data, record, desks)]
    if vote is None:
        lines += _block_line(data, record, roll)
        lines += [*_speech_line(data, record), *_unverified_line(data, rule)]
    blocked = any(line.blocks for line in lines)
    return GuardView(
        ok=all(line.code in NEWS for line in lines),
        blocked=blocked,
        lines=tuple(lines),
        text=texts(
            lambda locale: _whole(lines, locale, opening=vote is None, blocked=blocked, nobody=not record.present)
        ),
    )


def _whole(lines: Sequence[GuardLine], locale: str, *, opening: bool, blocked: bool, nobody: bool) -> str:
    t = translations(locale, "hall")
    codes = {line.code for line in lines}
    said = [line.text[locale] for line in lines if line.code not in UNSAID]
    if nobody:
        said.append(t.gettext("Nobody has registered yet."))
    elif not codes & {"offline", "no_terminal", "slow", "old_page"}:
        said.append(t.gettext("All who are present are connected."))
    if not codes & {"no_quorum", "quorum_near", "exception"}:
        said.append(t.gettext("There is a quorum."))
    if opening and "speech" not in codes:
        said.append(
            t.gettext("Opening needs a reason, which goes into the minutes.")
            if blocked
            else t.gettext("The vote can be opened.")
        )
    return " ".join(said)


def _roll_lines(data: ChamberData, record: SittingRecord, roll: RollAtOpening) -> list[GuardLine]:
    quorum = record.opened.quorum
    figures = {"present": roll.in_quorum, "quorum": quorum, "missing": quorum - roll.in_quorum}
    lines = []
    if must_override(roll, quorum):
        lines.append(
            _line(
                "no_quorum",
                lambda t, locale: (
                    t.gettext("No quorum: %(present)d of the %(quorum)d needed, %(missing)d missing.") % figures
                ),
                blocks=True,
            )
        )
    elif roll.exception:
        lines.append(
            _line(
                "exception",
                lambda t, locale: (
                    t.gettext(
                        "Without those who declared a conflict of interest there is no quorum, so they vote too "
                        "(%(source)s): %(names)s."
                    )
                    % {
                        "source": spoken(data.profile.recusal.source, locale),
                        "names": _names(data, roll.recused, locale),
                    }
                ),
            )
        )
    elif roll.in_quorum - quorum <= NEAR:
        lines.append(_line("quorum_near", lambda t, locale: _near(t, roll.in_quorum - quorum, figures)))
    if roll.recused and not roll.exception:
        lines.append(
            _line(
                "recused",
                lambda t, locale: (
                    t.gettext("Not voting because of a conflict of interest: %(names)s.")
                    % {"names": _names(data, roll.recused, locale)}
                ),
            )
        )
    return lines


def _block_line(data: ChamberData, record: SittingRecord, alone: RollAtOpening) -> list[GuardLine]:
    """What a conflict of interest in another consent item does, should they be put in one vote. alone: the roll of a
    vote on the current item."""
    items = consent_items(data)
    if record.current_item is None or not items:
        return []
    block = roll_at_opening(record, data.profile, (record.current_item, *items))
    if set(block.recused) <= set(alone.recused):
        return []
    quorum, more = record.opened.quorum, [member for member in block.recused if member not in alone.recused]

    def say(t: NullTranslations, locale: str) -> str:
        if must_override(block, quorum):
            text = t.gettext(
                "In one vote with items %(items)s there would be no quorum: %(counted)d of the %(quorum)d needed."
            )
        elif block.exception:
            text = t.gettext("In one vote with items %(items)s these would vote too, for the quorum: %(names)s.")
        else:
            text = t.gettext(
                "In one vote with items %(items)s a conflict of interest would keep from voting: %(names)s."
            )
        names = _names(data, block.recused if block.exception else more, locale)
        listed = _listed(t, items)
        return text % {"items": listed, "names": names, "counted": block.in_quorum, "quorum": quorum}

    return [_line("recused_block", say)]


def _near(t: NullTranslations, margin: int, figures: dict[str, int]) -> str:
    if margin == 0:
        return t.gettext("A quorum, exactly: %(present)d. If one more leaves, it is lost.") % figures
    text = t.ngettext(
        "The quorum is near its end: only %(count)d more may leave.",
        "The quorum is near its end: only %(count)d more may leave.",
        margin,
    )
    return text % {"count": margin}


def _terminal_lines(data: ChamberData, record: SittingRecord, desks: Sequence[DeskView]) -> list[GuardLine]:
    offline = [desk for desk in desks if desk.enrolled and not desk.linked]
    here = [desk for desk in offline if desk.present]
    away = [desk for desk in offline if not desk.present]
    slow = [desk for desk in desks if desk.linked and desk.rtt_ms is not None and desk.rtt_ms >= SLOW_MS]
    old = [desk for desk in desks if desk.linked and desk.old_page]
    with_terminal = {desk.member for desk in desks if desk.enrolled}
    without = [m.member for m in record.opened.members if m.member in record.present and m.member not in with_terminal]
    return [
        *_desk_line("offline", here, _say_offline, lambda t, desk: f"{desk.desk_no} ({desk.name})"),
        *_no_terminal_line(data, without),
        *_desk_line("slow", slow, _say_slow, lambda t, desk: t.gettext("%(desk)d (%(ms)d ms)") % _slow(desk)),
        *_desk_line("old_page", old, _say_old, lambda t, desk: str(desk.desk_no)),
        *_desk_line("offline_absent", away, _say_away, lambda t, desk: str(desk.desk_no)),
    ]


def _slow(desk: DeskView) -> dict[str, int]:
    return {"desk": desk.desk_no, "ms": desk.rtt_ms or 0}


def _say_offline(t: NullTranslations, count: int) -> str:
    return t.ngettext(
        "%(count)d desk is not connected: %(list)s.", "%(count)d desks are not connected: %(list)s.", count
    )


def _say_slow(t: NullTranslations, count: int) -> str:
    return t.ngettext("%(count)d is slow: %(list)s.", "%(count)d are slow: %(list)s.", count)


def _say_old(t: NullTranslations, count: int) -> str:
    return t.ngettext(
        "%(count)d shows an old page, reload it: %(list)s.", "%(count)d show an old page, reload them: %(list)s.", count
    )


def _say_away(t: NullTranslations, count: int) -> str:
    return t.ngettext(
        "Of absent members %(count)d terminal is off: %(list)s.",
        "Of absent members %(count)d terminals are off: %(list)s.",
        count,
    )


def _desk_line(
    code: str,
    desks: Sequence[DeskView],
    sentence: Callable[[NullTranslations, int], str],
    word: Callable[[NullTranslations, DeskView], str],
) -> list[GuardLine]:
    if not desks:
        return []

    def say(t: NullTranslations, locale: str) -> str:
        return sentence(t, len(desks)) % {"count": len(desks), "list": _listed(t, [word(t, desk) for desk in desks])}

    return [_line(code, say, desks=tuple(desk.desk_no for desk in desks))]


def _no_terminal_line(data: ChamberData, members: Sequence[str]) -> list[GuardLine]:
    if not members:
        return []
    return [
        _line(
            "no_terminal",
            lambda t, locale: (
                t.gettext("Without a terminal, to be asked aloud: %(names)s.")
                % {"names": _names(data, members, locale)}
            ),
        )
    ]


def _speech_line(data: ChamberData, record: SittingRecord) -> list[GuardLine]:
    n = record.running_speech
    if n is None:
        return []
    fact = record.speeches[n].fact
    name = data.names[fact.member] if fact.member is not None else fact.speaker
    return [
        _line(
            "speech",
            lambda t, locale: t.gettext("%(name)s has the floor: end or pause the speech first.") % {"name": name},
        )
    ]


def _unverified_line(data: ChamberData, rule: str | None) -> list[GuardLine]:
    """Of what decides this very vote: its rule, the quorum and who stands aside."""
    profile = data.profile
    unchecked = [profile.quorum.source] if profile.quorum.verify else []
    unchecked += [profile.recusal.source] if profile.recusal.verify else []
    unchecked += [profile.rules[rule].source] if rule in profile.rules and profile.rules[rule].verify else []
    if not unchecked:
        return []
    return [
        _line(
            "unverified",
            lambda t, locale: (
                t.gettext("Not yet checked against the law by anybody: %(sources)s.")
                % {"sources": "; ".join(dict.fromkeys(spoken(source, locale) for source in unchecked))}
            ),
        )
    ]


def _line(code: str, say: Say, *, desks: tuple[int, ...] = (), blocks: bool = False) -> GuardLine:
    return GuardLine(
        code=code,
        blocks=blocks,
        desks=desks,
        text=texts(lambda locale: say(translations(locale, "hall"), locale)),
    )


def _names(data: ChamberData, members: Collection[str], locale: str) -> str:
    return _listed(translations(locale, "hall"), [data.names[member] for member in members])


def _listed(t: NullTranslations, words: Sequence[str]) -> str:
    if len(words) <= LISTED + 1:  # «and 1 more» would be as long as the one
        return ", ".join(words)
    shown = ", ".join(words[:LISTED])
    return t.gettext("%(shown)s and %(count)d more") % {"shown": shown, "count": len(words) - LISTED}
