"""What the pages of preparation show: rows of the agenda, its publication, in the reader's words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from council.agenda.changes import Changes, changes
from council.agenda.deadline import due, due_source, is_late
from council.agenda.points import as_published
from council.agenda.publishing import needs_ground
from council.hall.strings import strings
from council.profile import Profile, spoken
from council.sitting import Listed, PlannedItem, SittingPlan
from voting.entries import AgendaPublished, Document, parse_stamp


@dataclass(frozen=True, slots=True)
class SittingRow:
    """`notes`: state, number of items, publication, in words."""

    id: str
    body_name: str
    label: str
    day: str
    notes: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """`notes`: what is special about it, in words. `first`, `last`: it cannot be moved further."""

    item: str
    title: str
    notes: tuple[str, ...]
    drafts: tuple[Document, ...]
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Publication:
    """`said`: what was published and when. `changed`: since then, a sentence each. `ground`: one of urgency is asked
    for. `offered`: there is something to publish."""

    said: tuple[str, ...]
    changed: tuple[str, ...]
    dues: tuple[str, ...]
    late: bool
    ground: bool
    offered: bool
    again: bool


class Speaker:
    """The words of one language, filled in."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._words = strings(locale, "prepare")

    def word(self, key: str, **figures: object) -> str:
        text = self._words[key]
        if not isinstance(text, str):
            raise TypeError(f"{key} is a plural")
        for name, value in figures.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def number(self, key: str, n: int) -> str:
        forms = self._words[key]
        if isinstance(forms, str):
            raise TypeError(f"{key} is no plural")
        return forms[Locale.parse(self.locale).plural_form(n)].replace("{n}", str(n))

    def day(self, day: date) -> str:
        return format_date(day, "d MMMM y", locale=self.locale)  # CLDR's plain English puts the month first


def sitting_rows(sittings: Sequence[Listed], locale: str) -> list[SittingRow]:
    words = Speaker(locale)
    rows = []
    for one in sittings:
        agenda = words.word("published_version", version=one.versions) if one.versions else words.word("not_published")
        notes = " · ".join((words.word(f"state_{one.state}"), words.number("items_count", one.items), agenda))
        rows.append(SittingRow(one.id, one.body_name, one.session_label, words.day(one.held_on), notes))
    return rows


def item_rows(items: Sequence[PlannedItem], profile: Profile, locale: str) -> list[ItemRow]:
    words = Speaker(locale)
    return [
        ItemRow(item.item, item.title, _notes(item, profile, words), item.drafts, place == 0, place == len(items) - 1)
        for place, item in enumerate(items)
    ]


def _notes(item: PlannedItem, profile: Profile, words: Speaker) -> tuple[str, ...]:
    if not item.motions:
        return (words.word("no_vote"),)
    notes = [words.word("put", text=motion.text) for motion in item.motions if motion.text != item.title]
    notes += [words.word("consent")] if item.consent else []
    if len(item.motions) > 1:
        notes.append(words.number("motions_count", len(item.motions)))
    special = [motion.rule for motion in item.motions if motion.rule != profile.default_rule]
    notes += [
        spoken(profile.rules[rule].short, words.locale) if rule in profile.rules else rule
        for rule in dict.fromkeys(special)
    ]
    notes += [
        words.number("seconds_count", seconds)
        for seconds in dict.fromkeys(motion.seconds for motion in item.motions if motion.seconds is not None)
    ]
    return tuple(notes)


def publication_view(
    plan: SittingPlan, versions: Sequence[AgendaPublished], profile: Profile, now: datetime, locale: str
) -> Publication:
    words = Speaker(locale)
    last = versions[-1] if versions else None
    since = changes(last.points, as_published(plan.items)) if last is not None else Changes()
    changed = change_sentences(since, words)
    if last is not None and (last.session_label, last.held_on) != (plan.session_label, plan.held_on.isoformat()):
        changed = [words.word("change_label"), *changed]
    dues = due(profile, plan.held_on)
    today = now.astimezone(ZoneInfo(plan.body.timezone)).date()
    offered = bool(plan.items) and (last is None or bool(changed))
    return Publication(
        said=_published(last, plan, words),
        changed=tuple(changed),
        dues=tuple(words.word(f"due_{one.what}", on=words.day(one.on), source=due_source(one, locale)) for one in dues),
        late=offered and is_late(dues, today),
        ground=offered and needs_ground(plan, profile, now),
        offered=offered,
        again=last is not None,
    )


def _published(last: AgendaPublished | None, plan: SittingPlan, words: Speaker) -> tuple[str, ...]:
    if last is None:
        return (words.word("never_published"),)
    at = parse_stamp(last.at).astimezone(ZoneInfo(plan.body.timezone))
    said = [words.word("published_at", version=last.version, at=f"{words.day(at.date())}, {at:%H:%M}")]
    if last.urgency is not None:
        said.append(words.word("urgency_was", ground=last.urgency))
    return tuple(said)


def change_sentences(since: Changes, words: Speaker) -> list[str]:
    said = [words.word("change_added", item=one.item, title=one.title) for one in since.added]
    said += [words.word("change_removed", item=one.item, title=one.title) for one in since.removed]
    said += [words.word("change_retitled", item=one.item, title=one.after) for one in since.retitled]
    if since.moved:
        said.append(words.word("change_moved", item=", ".join(since.moved)))
    for one in since.consent:
        said.append(words.word("change_consent_on" if one.consent else "change_consent_off", item=one.item))
    for file in since.drafts:
        key = "change_draft_on" if file.added else "change_draft_off"
        said.append(words.word(key, item=file.item, name=file.document.name))
    return said


def rule_choices(profile: Profile, locale: str) -> list[tuple[str, str]]:
    """Name and few words of every rule, the default first."""
    names = sorted(profile.rules, key=lambda name: name != profile.default_rule)
    return [(name, spoken(profile.rules[name].short, locale)) for name in names]


def motion_fields(item: PlannedItem | None, given: Mapping[str, str] | None = None) -> list[dict[str, str]]:
    """The motions of an item as the form has them, and an empty one behind. `given`: as typed, after a refusal."""
    if given is not None:
        count = sum(1 for name in given if name.startswith("text-"))
        return [
            {
                "text": given.get(f"text-{n}", ""),
                "rule": given.get(f"rule-{n}", ""),
                "seconds": given.get(f"seconds-{n}", ""),
            }
            for n in range(1, count + 1)
        ]
    motions = item.motions if item is not None else ()
    shown = [{"text": motion.text, "rule": motion.rule, "seconds": str(motion.seconds or "")} for motion in motions]
    return [*shown, {"text": "", "rule": "", "seconds": ""}]
