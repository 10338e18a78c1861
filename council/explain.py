"""What rules of procedure mean, in words: for whoever edits a profile and wants to see what it will do.

Pure but for the catalogues (domain `profile`). Nothing is counted here: the examples are, in
`explain_examples.py`, by the code that decides votes. A line whose source nobody has checked is marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from gettext import NullTranslations

from council.explain_examples import House, house, quorum_example, quorum_requirement, recusal_example, rule_examples
from council.profile import Deadline, Profile
from council.profile_rules import Texts
from council.verdict import key_word, requirement_phrase
from council.vote_words import subject_word
from council.words import translations

LEAST_SEATS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence. `verify`: its source is not checked. `depth`: 0 a statement, 1 what belongs to it, 2 an example."""

    text: str
    verify: bool = False
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: tuple[Line, ...]


def explain(profile: Profile, locale: str, seats: int = 37) -> list[Section]:
    """The whole profile, for a council of `seats` seats (at least LEAST_SEATS) in the examples.

    locale: one of LANGUAGES. Texts of the profile that are not in it are said in English, or as they stand."""
    t, example = translations(locale, "profile"), house(profile, seats)
    return [
        Section(t.gettext("Quorum"), _quorum(profile, example, locale)),
        Section(t.gettext("What a decision needs"), _rules(profile, example, locale)),
        Section(t.gettext("Options"), _options(profile, locale)),
        Section(t.gettext("Conflict of interest"), _recusal(profile, example, locale)),
        Section(t.gettext("Open and secret votes"), _secrecy(profile, locale)),
        Section(t.gettext("The floor"), _floor(profile, locale)),
        Section(t.gettext("Votes at hand on the console"), _presets(profile, locale)),
        Section(t.gettext("After a vote"), _after(profile, locale)),
        Section(t.gettext("Agenda"), _agenda(profile, locale)),
        Section(t.gettext("Terms"), _deadlines(profile, locale)),
        Section(t.gettext("How long things are kept"), _retention(profile, locale)),
    ]


def as_text(profile: Profile, locale: str, seats: int = 37) -> str:
    """The explanation as plain text, with a count of what is still to be confirmed."""
    t, example = translations(locale, "profile"), house(profile, seats)
    marked = len(profile.to_verify())
    head = t.gettext("Examples: %(seats)d seats, %(in_office)d members in office, %(present)d present.")
    figures = {"seats": example.seats, "in_office": example.in_office, "present": example.present}
    parts = [f"{in_words(profile.title, locale)} ({profile.name})", head % figures]
    if marked:
        text = t.ngettext(
            "(?) marks what nobody has checked against the law, %(count)d table: confirm, then write verify = false.",
            "(?) marks what nobody has checked against the law, %(count)d tables: confirm, then write verify = false.",
            marked,
        )
        parts.append(text % {"count": marked})
    for section in explain(profile, locale, seats):
        parts.append(f"\n{section.title}")
        parts += ["  " * (line.depth + 1) + ("(?) " if line.verify else "") + line.text for line in section.lines]
    return "\n".join(parts)


def in_words(texts: Texts, locale: str) -> str:
    """In `locale`, else in English, else as it stands."""
    return texts.get(locale) or texts.get("en") or next(iter(texts.values()))


def _quorum(profile: Profile, house: House, locale: str) -> tuple[Line, ...]:
    t = translations(locale, "profile")
    text = t.gettext("At least %(needed)d must be present: %(rule)s (%(source)s).") % {
        "needed": house.quorum,
        "rule": requirement_phrase(quorum_requirement(profile, house), locale),
        "source": in_words(profile.quorum.source, locale),
    }
    return Line(text, profile.quorum.verify), Line(quorum_example(house, locale), depth=2)


def _rules(profile: Profile, house: House, locale: str) -> tuple[Line, ...]:
    t, lines = translations(locale, "profile"), []
    for name, rule in profile.rules.items():
        figures = {"rule": name, "short": in_words(rule.short, locale), "matters": in_words(rule.matters, locale)}
        lines.append(Line(t.gettext("%(rule)s: %(short)s. For: %(matters)s.") % figures, rule.verify))
        source = t.gettext("Source: %(source)s.") % {"source": in_words(rule.source, locale)}
        lines.append(Line(source, depth=1))
        if name == profile.default_rule:
            lines.append(Line(t.gettext("This one holds where the clerk chooses no other."), depth=1))
        if rule.tie == "chair":
            lines.append(Line(t.gettext("As many for as against: the chair has the casting vote."), depth=1))
        elif rule.can_tie:
            lines.append(Line(t.gettext("As many for as against: not adopted."), depth=1))
        lines += [Line(example, depth=2) for example in rule_examples(profile, rule, house, locale)]
    return tuple(lines)


def _options(profile: Profile, locale: str) -> tuple[Line, ...]:
    t = translations(locale, "profile")
    keys = ", ".join(f"{n} {key_word(option, locale)}" for n, option in enumerate(profile.chosen, 1))
    lines = [Line(t.gettext("Keys: %(keys)s.") % {"keys": keys})]
    lines += [
        Line(f"{key_word(option, locale)}: {in_words(meaning, locale)}.", depth=1)
        for option, meaning in profile.meaning.items()
    ]
    seconds = t.gettext("A vote is offered with a limit of %(time)s.") % {"time": _time(profile.vote_seconds)}
    one = t.gettext("Each member has one vote and casts it in person (%(source)s).") % {
        "source": in_words(profile.weights.source, locale)
    }
    return (*lines, Line(seconds), Line(one, profile.weights.verify))


def _recusal(profile: Profile, house: House, locale: str) -> tuple[Line, ...]:
    t, rule = translations(locale, "profile"), profile.recusal
    if rule.counts_for_quorum:
        text = t.gettext("The recused do not vote on the item, but count for the quorum (%(source)s).")
    else:
        text = t.gettext("The recused do not vote on the item and do not count for the quorum (%(source)s).")
    lines = [Line(text % {"source": in_words(rule.source, locale)}, rule.verify)]
    if rule.exception:
        lines.append(Line(t.gettext("Where that would break the quorum they may vote, having declared it."), depth=1))
    return (*lines, Line(recusal_example(profile, house, locale), depth=2))


def _secrecy(profile: Profile, locale: str) -> tuple[Line, ...]:
    t = translations(locale, "profile")
    source = {"source": in_words(profile.secrecy_source, locale)}
    if profile.grounds:
        first = t.gettext("Votes are open and by name (%(source)s). A secret ballot needs one of these grounds:")
    else:
        first = t.gettext("Votes are open and by name (%(source)s). There is no ground for a secret ballot.")
    lines = [Line(first % source, profile.secrecy_verify)]
    for ground in profile.grounds.values():
        text = f"{in_words(ground.text, locale)} ({in_words(ground.source, locale)})."
        lines.append(Line(text, ground.verify, depth=1))
    if profile.publication == "closing":
        text = t.gettext("Names and result are public at the closing of the vote (%(source)s).")
    else:
        text = t.gettext("Names and result are public when the chair announces the result (%(source)s).")
    text = text % {"source": in_words(profile.publication_source, locale)}
    return (*lines, Line(text, profile.publication_verify))


def _floor(profile: Profile, locale: str) -> tuple[Line, ...]:
    t, floor = translations(locale, "profile"), profile.floor
    words = {
        "speech": t.gettext("speech"),
        "reply": t.gettext("reply"),
        "question": t.gettext("question"),
        "point_of_order": t.gettext("point of order"),
    }
    kinds = sorted(floor.kinds.values(), key=lambda kind: kind.priority)
    order = ", ".join(f"{words[kind.name]} {_time(kind.seconds)}" for kind in kinds)
    figures = {"order": order, "source": in_words(floor.source, locale)}
    lines = [Line(t.gettext("First to last, with their limits: %(order)s (%(source)s).") % figures, floor.verify)]
    if floor.warning_seconds:
        warning = t.gettext("Screens warn %(time)s before the end.") % {"time": _time(floor.warning_seconds)}
        lines.append(Line(warning, depth=1))
    if floor.faction_seconds is None:
        lines.append(Line(t.gettext("Factions have no budget of time."), depth=1))
    else:
        budget = t.gettext("A faction may speak for %(time)s under one item.")
        lines.append(Line(budget % {"time": _time(floor.faction_seconds)}, depth=1))
    return tuple(lines)


def _presets(profile: Profile, locale: str) -> tuple[Line, ...]:
    if not profile.presets:
        return (Line(translations(locale, "profile").gettext("None.")),)
    return tuple(
        Line(
            f"{n} {in_words(preset.text, locale)} — {subject_word(preset.subject, locale).lower()}; "
            f"{in_words(profile.rules[preset.rule].short, locale)}."
        )
        for n, preset in enumerate(profile.presets, 1)
    )


def _after(profile: Profile, locale: str) -> tuple[Line, ...]:
    t, again, correction = translations(locale, "profile"), profile.reconsideration, profile.correction
    figures = {
        "rule": in_words(profile.rules[again.rule].short, locale),
        "source": in_words(again.source, locale),
    }
    if not again.allowed:
        text = t.gettext("A motion that was decided is not put again (%(source)s).")
    elif again.within == "sitting":
        text = t.gettext("A decided motion may be put again in the same sitting: %(rule)s (%(source)s).")
    else:
        text = t.gettext("A decided motion may be put again in the council’s term: %(rule)s (%(source)s).")
    lines = [Line(text % figures, again.verify)]
    source = {"source": in_words(correction.source, locale)}
    if correction.allowed:
        text = t.gettext("Who meant to vote otherwise may say so after the announcement; the tally stays (%(source)s).")
    else:
        text = t.gettext("No statement that a vote was meant otherwise is noted (%(source)s).")
    return (*lines, Line(text % source, correction.verify))


def _agenda(profile: Profile, locale: str) -> tuple[Line, ...]:
    t, agenda = translations(locale, "profile"), profile.agenda
    lines = []
    for deadline, known, none in (
        (agenda.notice, t.gettext("The agenda is due %(when)s."), t.gettext("The agenda has no term.")),
        (agenda.drafts, t.gettext("Drafts are due %(when)s."), t.gettext("Drafts have no term.")),
    ):
        lines.append(Line(none) if deadline is None else Line(known % {"when": _when(deadline, t)}, deadline.verify))
    source = {"source": in_words(agenda.source, locale)}
    if agenda.urgency_ground:
        text = t.gettext("What comes later needs a stated ground of urgency (%(source)s).")
    else:
        text = t.gettext("What comes later needs no ground (%(source)s).")
    return (*lines, Line(text % source, agenda.verify))


def _deadlines(profile: Profile, locale: str) -> tuple[Line, ...]:
    t = translations(locale, "profile")
    names = {
        "roll_call_published": t.gettext("roll call published"),
        "recording_published": t.gettext("recording published"),
        "minutes_published": t.gettext("minutes published"),
        "drafts_published": t.gettext("drafts published"),
        "sitting_announced": t.gettext("sitting announced"),
        "mayor_may_stop": t.gettext("the mayor may stop a decision"),
        "stopped_decision_reconsidered": t.gettext("a stopped decision reconsidered"),
    }
    return tuple(
        Line(f"{names.get(name, name)}: {_when(term, t)} ({in_words(term.source, locale)}).", term.verify)
        for name, term in profile.deadlines.items()
    )


def _when(term: Deadline, t: NullTranslations) -> str:
    """«за 10 робочих днів до засідання»; an event nobody has a word for stands as it is."""
    before = {"sitting": t.gettext("before the sitting")}
    after = {
        "vote": t.gettext("after the vote"),
        "sitting": t.gettext("after the sitting"),
        "decision": t.gettext("after the decision"),
        "stop": t.gettext("after the decision was stopped"),
    }
    known = before if term.side == "before" else after
    other = t.gettext("before “%(event)s”") if term.side == "before" else t.gettext("after “%(event)s”")
    event = known.get(term.event) or other % {"event": term.event}
    figures = {"count": term.days, "event": event}
    if term.days == 0:
        return t.gettext("on the same day, %(event)s") % figures
    if term.working:
        text = t.ngettext("%(count)d working day %(event)s", "%(count)d working days %(event)s", term.days)
    else:
        text = t.ngettext("%(count)d day %(event)s", "%(count)d days %(event)s", term.days)
    return text % figures


def _retention(profile: Profile, locale: str) -> tuple[Line, ...]:
    t = translations(locale, "profile")
    names = {
        "votes": t.gettext("votes"),
        "video": t.gettext("video"),
        "video_plenary": t.gettext("video of plenary sittings"),
        "video_committee": t.gettext("video of committees"),
        "video_briefing": t.gettext("video of briefings"),
        "video_hearing": t.gettext("video of hearings"),
    }
    lines = []
    for name, kept in profile.retention.items():
        if kept.years is None:
            term = t.gettext("for ever")
        else:
            text = t.ngettext("at least %(count)d year", "at least %(count)d years", kept.years)
            term = text % {"count": kept.years}
        lines.append(Line(f"{names.get(name, name)}: {term} ({in_words(kept.source, locale)}).", kept.verify))
    return tuple(lines)


def _time(seconds: int) -> str:
    """3:00"""
    return f"{seconds // 60}:{seconds % 60:02d}"
