"""What a profile is made of: rules of procedure as values, each with its legal source.

Pure. `profile_parsing.py` makes them from TOML and refuses contradictions; `profile.py` finds the files. A part with
`verify` true has a source nobody checked: the clerk is asked to confirm it. Sources of the numbers: beside each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from council.profile_reading import ProfileError
from voting.entries import Base, Option, Requirement
from voting.requirement import needed
from voting.values import Subject

Texts = dict[str, str]  # by language
TieRule = Literal["rejected", "chair"]


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many must be present: strictly more than (or at least) the fraction of the body's seats, or of its members in
    office."""

    base: Literal[Base.SEATS, Base.IN_OFFICE]
    numerator: int
    denominator: int
    strict: bool
    source: Texts
    verify: bool  # the source is not checked: the clerk is asked to confirm it


@dataclass(frozen=True, slots=True)
class Rule:
    """What adoption needs. `short` names rule and article in a few words, `source` the article in full, `matters` what
    is decided under it. `tie`: as many for as against; only "more for than against" (`cast`) knows one."""

    name: str
    base: Base
    numerator: int
    denominator: int
    strict: bool
    source: Texts
    short: Texts
    verify: bool
    tie: TieRule
    matters: Texts

    @property
    def can_tie(self) -> bool:
        return self.base is Base.CAST and self.strict and self.numerator * 2 == self.denominator


@dataclass(frozen=True, slots=True)
class Retention:
    """`years` to keep at least; None: for ever."""

    years: int | None
    source: Texts
    verify: bool


@dataclass(frozen=True, slots=True)
class Deadline:
    """`days` after (or before) `event`; 0 is the day itself."""

    days: int
    working: bool
    side: Literal["after", "before"]
    event: str
    source: Texts
    verify: bool


@dataclass(frozen=True, slots=True)
class RecusalRule:
    """`counts_for_quorum`: whoever is recused still counts as taking part. `exception`: where recusals would break the
    quorum, the recused may vote after all."""

    counts_for_quorum: bool
    exception: bool
    source: Texts
    verify: bool

    def counted(self, present: int, recused: int, quorum: int) -> tuple[int, bool]:
        """How many count for the quorum, and whether the recused vote by the exception.

        present: all, the `recused` among them. Where a quorum is lacking anyway nothing is gained by the exception."""
        counted = present if self.counts_for_quorum else present - recused
        exception = self.exception and counted < quorum <= present
        return (present if exception else counted), exception


@dataclass(frozen=True, slots=True)
class Ground:
    """A matter that the law lets a council decide by secret ballot."""

    name: str
    text: Texts
    source: Texts
    verify: bool


@dataclass(frozen=True, slots=True)
class FloorKind:
    """A reason to speak: its time limit in seconds and its place in the queue, the lowest `priority` first."""

    name: str
    seconds: int
    priority: int


@dataclass(frozen=True, slots=True)
class FloorRules:
    """`faction_seconds`: what a faction may speak under one item, None: no budget. `warning_seconds`: how long before
    the end of a speech the screens say so."""

    kinds: dict[str, FloorKind]  # all four, in the order of the file
    faction_seconds: int | None
    warning_seconds: int
    source: Texts
    verify: bool


@dataclass(frozen=True, slots=True)
class Preset:
    """A vote the chair may call for at any moment; the console shows them in this order, on the keys 1 to 9."""

    name: str
    text: Texts
    rule: str
    subject: Subject


@dataclass(frozen=True, slots=True)
class AgendaRules:
    """Which of the deadlines bind drafts and the notice of the agenda; None: none. `urgency_ground`: what comes later
    needs a stated ground."""

    drafts: Deadline | None
    notice: Deadline | None
    urgency_ground: bool
    source: Texts
    verify: bool


@dataclass(frozen=True, slots=True)
class Reconsideration:
    """Whether a motion decided may be put again, what asking for it needs, and until when: the end of the sitting, or
    the end of the council's term."""

    allowed: bool
    rule: str
    within: Literal["sitting", "term"]
    source: Texts
    verify: bool


@dataclass(frozen=True, slots=True)
class Correction:
    """Whether a member's statement that a vote was meant otherwise is noted after the announcement. The tally stays."""

    allowed: bool
    source: Texts
    verify: bool


@dataclass(frozen=True, slots=True)
class OneVote:
    """Why each member has one vote and casts it in person. This version knows neither weights nor proxies."""

    source: Texts
    verify: bool


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    title: Texts
    quorum: Quorum
    rules: dict[str, Rule]
    default_rule: str
    publication: Literal["closing", "announcement"]  # when names and result may be known, everywhere at once
    publication_source: Texts
    publication_verify: bool
    vote_seconds: int  # the time limit a vote is offered with
    chosen: tuple[Option, ...]  # in the order of the keys
    passive: tuple[Option, ...]
    meaning: dict[Option, Texts]
    retention: dict[str, Retention]
    deadlines: dict[str, Deadline]
    recusal: RecusalRule
    secrecy_source: Texts  # that votes are open, but for the grounds
    secrecy_verify: bool
    grounds: dict[str, Ground]  # for a secret ballot; none: every vote is open
    floor: FloorRules
    presets: tuple[Preset, ...]
    agenda: AgendaRules
    reconsideration: Reconsideration
    correction: Correction
    weights: OneVote

    def quorum_needed(self, seats: int, in_office: int) -> int:
        """Members who must be present, of a body with `seats` seats by law and so many members in office."""
        count = seats if self.quorum.base is Base.SEATS else in_office
        return needed(count, self.quorum.numerator, self.quorum.denominator, self.quorum.strict)

    def requirement(self, rule: str, *, seats: int, in_office: int, present: int, locale: str) -> Requirement:
        """The rule applied to one vote, its source in the council's language. `present` stands in for `cast` and
        `voted`, whose numbers are only known at closing. Raises ProfileError for a rule that is not in the profile."""
        if rule not in self.rules:
            raise ProfileError(f"profile {self.name}: there is no rule {rule!r}, only {', '.join(sorted(self.rules))}")
        chosen = self.rules[rule]
        counts = {Base.SEATS: seats, Base.IN_OFFICE: in_office}  # all others are of those present
        return Requirement(
            rule=rule,
            base=chosen.base,
            numerator=chosen.numerator,
            denominator=chosen.denominator,
            strict=chosen.strict,
            seats=seats,
            needed=needed(counts.get(chosen.base, present), chosen.numerator, chosen.denominator, chosen.strict),
            quorum=self.quorum_needed(seats, in_office),
            source=spoken(chosen.source, locale),
            tie=chosen.tie,
        )

    def to_verify(self) -> list[str]:
        """What the clerk is asked to confirm: the tables marked `verify`, in the order of the file."""
        marked = [("quorum", self.quorum.verify)]
        marked += [(f"rules.{name}", rule.verify) for name, rule in self.rules.items()]
        marked += [("publication", self.publication_verify), ("recusal", self.recusal.verify)]
        marked += [("secrecy", self.secrecy_verify)]
        marked += [(f"secrecy.grounds.{name}", ground.verify) for name, ground in self.grounds.items()]
        marked += [("floor", self.floor.verify), ("agenda", self.agenda.verify)]
        marked += [("reconsideration", self.reconsideration.verify), ("correction", self.correction.verify)]
        marked += [("weights", self.weights.verify)]
        marked += [(f"retention.{name}", kept.verify) for name, kept in self.retention.items()]
        marked += [(f"deadlines.{name}", deadline.verify) for name, deadline in self.deadlines.items()]
        return [table for table, verify in marked if verify]


def spoken(texts: Texts, locale: str) -> str:
    """The text in `locale`, else in the profile's first language."""
    return texts.get(locale) or next(iter(texts.values()))
