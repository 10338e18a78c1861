"""From a profile's TOML to its values. Pure.

Strict: an unknown key, a missing source or a contradiction is a `ProfileError` that names file, table, key and what
was expected; nothing has a default but `verify` (false).
"""

from __future__ import annotations

from typing import get_args

from council.profile_reading import Table, read
from council.profile_rules import (
    AgendaRules,
    Correction,
    Deadline,
    FloorKind,
    FloorRules,
    Ground,
    OneVote,
    Preset,
    Profile,
    Quorum,
    Reconsideration,
    RecusalRule,
    Retention,
    Rule,
    Texts,
)
from council.sitting import KINDS
from voting.entries import CHOSEN, Base, Option
from voting.values import FloorKind as KindOfSpeech
from voting.values import Subject

PASSIVE = (Option.NOT_VOTING, Option.ABSENT, Option.RECUSED)
SUBJECTS: dict[str, Subject] = {word: word for word in get_args(Subject)}
KEPT = ("votes", "video", *(f"video_{kind}" for kind in KINDS))
MOST_PRESETS = 9  # a key each


def parse(data: bytes, file: str) -> Profile:
    """The profile that `data` (TOML) says; `file` is its name in errors. Raises ProfileError."""
    top = read(data, file)
    title = top.texts("title")  # before all other texts: its languages are theirs
    publication, options, secrecy = top.table("publication"), top.table("options"), top.table("secrecy")
    chosen, passive = _options(options)
    moment = publication.one_of("moment", ["closing", "announcement"])
    rules = {name: _rule(name, table) for name, table in top.tables("rules")}
    default_rule = top.one_of("default_rule", list(rules))
    deadlines = {name: _deadline(table) for name, table in top.tables("deadlines")}
    profile = Profile(
        name=top.text("name"),
        title=title,
        quorum=_quorum(top.table("quorum")),
        rules=rules,
        default_rule=default_rule,
        publication="closing" if moment == "closing" else "announcement",
        publication_source=publication.source(),
        publication_verify=publication.flag("verify", default=False),
        vote_seconds=top.number("vote_seconds", 5, 86_400),
        chosen=chosen,
        passive=passive,
        meaning=_meaning(options.table("meaning"), chosen + passive),
        retention=_retentions(top),
        deadlines=deadlines,
        recusal=_recusal(top.table("recusal")),
        secrecy_source=secrecy.source(),
        secrecy_verify=secrecy.flag("verify", default=False),
        grounds={name: _ground(name, table) for name, table in secrecy.tables("grounds", least=0)},
        floor=_floor(top.table("floor")),
        presets=_presets(top, rules),
        agenda=_agenda(top.table("agenda"), deadlines),
        reconsideration=_reconsideration(top.table("reconsideration"), rules, default_rule),
        correction=_correction(top.table("correction")),
        weights=_weights(top.table("weights")),
    )
    top.done()
    _can_be_quorate(profile, top)
    return profile


def _fraction(table: Table) -> tuple[int, int, bool]:
    denominator = table.number("denominator", 1, 1000)
    numerator = table.number("numerator", 1, 1000)
    strict = table.flag("strict")
    if numerator > denominator or (strict and numerator == denominator):
        more = "more than " if strict else ""
        raise table.wrong("numerator", f"a fraction that can be reached, not {more}{numerator}/{denominator}")
    return numerator, denominator, strict


def _quorum(table: Table) -> Quorum:
    base = table.one_of("base", ["seats", "in_office"])
    numerator, denominator, strict = _fraction(table)
    return Quorum(
        base=Base.SEATS if base == "seats" else Base.IN_OFFICE,
        numerator=numerator,
        denominator=denominator,
        strict=strict,
        source=table.source(),
        verify=table.flag("verify", default=False),
    )


def _can_be_quorate(profile: Profile, top: Table) -> None:
    quorum, recusal = profile.quorum, profile.recusal
    if quorum.numerator == quorum.denominator and not (recusal.counts_for_quorum or recusal.exception):
        raise top.table("quorum").wrong(
            "numerator",
            "less than all seats: the first recusal would end the quorum, because the recused do not count for it; or "
            "[recusal] counts_for_quorum = true",
        )


def _rule(name: str, table: Table) -> Rule:
    base = Base(table.one_of("base", [base.value for base in Base]))
    numerator, denominator, strict = _fraction(table)
    half_cast = base is Base.CAST and numerator * 2 == denominator
    if half_cast and not strict:
        raise table.wrong("strict", "true: with “at least half of the votes cast” a tie would be adopted")
    tie = table.one_of("tie", ["rejected", "chair"])
    if tie == "chair" and not half_cast:
        raise table.wrong(
            "tie", f"“rejected”: a tie is as many for as against, and only more than 1/2 of “cast” has one, not {base}"
        )
    return Rule(
        name=name,
        base=base,
        numerator=numerator,
        denominator=denominator,
        strict=strict,
        source=table.source(),
        short=table.texts("short"),
        verify=table.flag("verify", default=False),
        tie="chair" if tie == "chair" else "rejected",
        matters=table.texts("matters"),
    )


def _options(table: Table) -> tuple[tuple[Option, ...], tuple[Option, ...]]:
    chosen = tuple(Option(word) for word in table.words("chosen", [option.value for option in CHOSEN]))
    passive = tuple(Option(word) for word in table.words("passive", [option.value for option in PASSIVE]))
    if chosen != CHOSEN:
        raise table.wrong("chosen", "“for”, “against”, “abstain” in this order: the keys 1, 2 and 3 of every terminal")
    if len(passive) < len(PASSIVE):
        raise table.wrong("passive", "all of not_voting, absent, recused: a roll can say each of them")
    return chosen, passive


def _meaning(table: Table, options: tuple[Option, ...]) -> dict[Option, Texts]:
    return {option: table.texts(option.value) for option in options}


def _retentions(top: Table) -> dict[str, Retention]:
    """Raises ProfileError for a class that nothing is of: it would keep nothing."""
    found = {}
    for name, table in top.tables("retention"):
        if name not in KEPT:
            raise table.wrong("keep", f"the table’s name to be one of {', '.join(KEPT)}")
        found[name] = _retention(table)
    return found


def _retention(table: Table) -> Retention:
    years = None if table.is_text("keep") else table.number("keep", 1, 1000)
    if years is None:
        table.one_of("keep", ["forever"])
    return Retention(years, source=table.source(), verify=table.flag("verify", default=False))


def _deadline(table: Table) -> Deadline:
    unit = table.either("days", "working_days")
    side = table.either("after", "before")
    return Deadline(
        days=table.number(unit, 0, 3650),
        working=unit == "working_days",
        side="after" if side == "after" else "before",
        event=table.text(side),
        source=table.source(),
        verify=table.flag("verify", default=False),
    )


def _recusal(table: Table) -> RecusalRule:
    counts, exception = table.flag("counts_for_quorum"), table.flag("exception")
    if counts and exception:
        raise table.wrong("exception", "false: recusals cannot break a quorum for which the recused count")
    return RecusalRule(counts, exception, source=table.source(), verify=table.flag("verify", default=False))


def _ground(name: str, table: Table) -> Ground:
    text = table.texts("text")
    return Ground(name, text, source=table.source(), verify=table.flag("verify", default=False))


def _floor(table: Table) -> FloorRules:
    words = get_args(KindOfSpeech)
    named = dict(table.tables("kinds"))
    if set(named) != set(words):
        raise table.wrong("kinds", f"a table for each of {', '.join(words)}")
    kinds: dict[str, FloorKind] = {}
    for name, within in named.items():
        kind = FloorKind(name, within.number("seconds", 5, 86_400), within.number("priority", 1, 99))
        for other in kinds.values():
            if other.priority == kind.priority:
                raise within.wrong("priority", f"a priority of its own: {other.name} has {other.priority} already")
        kinds[name] = kind
    warning = table.number("warning_seconds", 0, 3600)
    shortest = min(kinds.values(), key=lambda kind: kind.seconds)
    if warning >= shortest.seconds:
        raise table.wrong("warning_seconds", f"less than the shortest limit: {shortest.name}, {shortest.seconds}")
    budget = table.number("faction_seconds", 0, 86_400)
    if 0 < budget < kinds["speech"].seconds:
        raise table.wrong("faction_seconds", f"0 (no budget) or room for one speech: {kinds['speech'].seconds}")
    return FloorRules(kinds, budget or None, warning, table.source(), table.flag("verify", default=False))


def _presets(top: Table, rules: dict[str, Rule]) -> tuple[Preset, ...]:
    presets = tuple(_preset(name, table, rules) for name, table in top.tables("presets", least=0))
    if len(presets) > MOST_PRESETS:
        raise top.wrong("presets", f"at most {MOST_PRESETS} tables: each has a key on the console")
    return presets


def _preset(name: str, table: Table, rules: dict[str, Rule]) -> Preset:
    text = table.texts("text")
    rule = table.one_of("rule", list(rules))
    return Preset(name, text, rule, SUBJECTS[table.one_of("subject", list(SUBJECTS))])


def _agenda(table: Table, deadlines: dict[str, Deadline]) -> AgendaRules:
    def deadline(key: str) -> Deadline | None:
        found = deadlines.get(table.one_of(key, [*deadlines, "none"]))
        if found is not None and (found.side, found.event) != ("before", "sitting"):
            raise table.wrong(key, "a deadline before = “sitting”: an agenda is due before its sitting")
        return found

    return AgendaRules(
        drafts=deadline("drafts"),
        notice=deadline("notice"),
        urgency_ground=table.flag("urgency_ground"),
        source=table.source(),
        verify=table.flag("verify", default=False),
    )


def _reconsideration(table: Table, rules: dict[str, Rule], default_rule: str) -> Reconsideration:
    allowed = table.flag("allowed")
    within = table.one_of("within", ["sitting", "term"]) if allowed else "sitting"
    return Reconsideration(
        allowed=allowed,
        rule=table.one_of("rule", list(rules)) if allowed else default_rule,
        within="sitting" if within == "sitting" else "term",
        source=table.source(),
        verify=table.flag("verify", default=False),
    )


def _correction(table: Table) -> Correction:
    return Correction(table.flag("allowed"), table.source(), table.flag("verify", default=False))


def _weights(table: Table) -> OneVote:
    for key in ("weights", "proxies"):
        if table.flag(key):
            raise table.wrong(key, "false: this version counts one vote a member, cast in person")
    return OneVote(table.source(), table.flag("verify", default=False))
