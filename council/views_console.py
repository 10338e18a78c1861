"""What the clerk's and the chair's console is shown, and what it can choose from. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from gettext import NullTranslations

from msgspec.structs import replace

from council import vote_words
from council.acts.context import next_vote_n
from council.acts.motions import consent_items, items_now, next_motion
from council.acts.moves import no_casting
from council.acts.presence import margin
from council.acts.votes import KEYS
from council.chamber_data import CHOICES, ChamberData
from council.floor import waiting
from council.guard import guard
from council.profile import spoken
from council.prompts import prompts
from council.protocol_acts import Answer
from council.protocol_console import ConsoleChoices, ConsoleState, EnteredAnswers
from council.state_console import (
    ClerkView,
    FloorKindChoice,
    GroundChoice,
    PastAct,
    PastVote,
    PresetChoice,
    ProposalView,
    RuleChoice,
    SecretBallot,
)
from council.state_parts import DeskView, MemberView, Texts
from council.verdict import secret_verdict, vote_verdict
from council.views import (
    agenda_views,
    call_view,
    closed_view,
    counted,
    current_item,
    in_question,
    item_view,
    member_view,
    next_requirement,
    quorum,
    sitting_view,
    vote_view,
)
from council.views_secret import secret_view
from council.views_terminal import floor_of
from council.words import languages_read, texts, translations
from voting.entries import CorrectionNoted, stamp
from voting.record import SecretRecord, SittingRecord, VoteRecord
from voting.values import FloorKind

FLOOR_KINDS: tuple[FloorKind, ...] = ("speech", "reply", "question", "point_of_order")  # as a console offers them


def console_state(data: ChamberData, now: datetime) -> ConsoleState:
    """`data.tick(now, …)` comes before."""
    record, vote = data.record, data.vote
    item = current_item(data)
    motion = next_motion(data, item)
    present = len(record.present) if record is not None else 0
    voted, entitled = counted(data)
    seconds = None
    if motion is not None:
        seconds = motion.seconds if motion.seconds is not None else data.profile.vote_seconds
    desks = desk_views(data)
    floor = floor_of(data, now)
    prompt, prompt_do = prompts(data, floor)
    items = (item,) if item is not None else ()
    return ConsoleState(
        rev=data.rev,
        server_time=stamp(now),
        sitting=sitting_view(data),
        agenda=agenda_views(data, with_result=True),
        item=item_view(data, item, with_result=True),
        next_item=_next_item(data),
        next_motion=motion.text if motion is not None else None,
        vote=vote_view(data, with_result=True),
        next_vote_n=next_vote_n(record),
        next_seconds=seconds,
        requirement=next_requirement(data),
        desks=desks,
        present=present,
        seats=data.plan.body.seats,
        quorum=quorum(data),
        voted=voted,
        entitled=entitled,
        equipment=tuple(replace(part, text=_as_read(part.text)) for part in data.equipment),
        guard=guard(data, desks, motion.rule if motion is not None else data.profile.default_rule),
        floor=floor,
        call=call_view(data),
        votes=past_votes(data),
        proposals=tuple(_proposals(data)),
        chair=_chair(data),
        chair_casts=vote is None or record is None or vote.state != "tied" or no_casting(record, vote) is None,
        prompt=prompt,
        prompt_do=prompt_do,
        consent=consent_items(data),
        recused=tuple(data.names[member] for member in data.by_id if record and member in record.recused(items)),
        margin=margin(record, data.profile, items) if record is not None and record.closed_seq is None else None,
        rehearsal=data.rehearsable and record is None and data.plan.mode != "rehearsal",
        next_rule=motion.rule if motion is not None else None,
        secret=secret_view(data),
        closed=closed_view(data, data.cameras),
        entered_by=tuple(ClerkView(clerk.staff, clerk.name) for clerk in data.entered_by),
    )


def _as_read(text: Texts) -> Texts:
    return {locale: text[locale] for locale in languages_read() if locale in text}


def entered_answers(data: ChamberData) -> EnteredAnswers | None:
    """None unless a vote by hand is open and answers were entered. For those who may close it, and for nobody else."""
    vote, event = data.running, data.event
    if vote is None or event is None or vote.opened.method != "entered" or not data.answered:
        return None
    answers: dict[str, Answer | int] = {}
    for member in sorted(data.answered):
        press = event.standing.get(member)
        answers[member] = "not_voting" if press is None else press.candidate or CHOICES[press.option]
    return EnteredAnswers(vote_n=vote.n, answers=answers)


def _next_item(data: ChamberData) -> str | None:
    """The first that was neither called nor decided in a block."""
    record = data.record
    if record is None:
        return next((planned.item for planned in data.plan.items), None)
    for planned in items_now(data):
        own = record.items[planned.item]
        if planned.item not in record.withdrawn_items and not own.called_at and not _decided(record, own.votes):
            return planned.item
    return None


def _decided(record: SittingRecord, votes: list[int]) -> bool:
    return any(record.votes[n].state == "announced" for n in votes)


def desk_views(data: ChamberData) -> tuple[DeskView, ...]:
    """By desk number; a member without a desk is not among them."""
    vote, record, names, by_desk = data.vote, data.record, data.names, data.by_desk
    usual, voted = data.usual, data.voted
    roll = data.roll_lines
    present = record.present if record is not None else set()
    recused = record.recused(in_question(data)) if record is not None else set()
    asking = {request.fact.member for request in waiting(record, data.profile)} if record is not None else set()
    views = []
    for desk_no in sorted(by_desk.keys() | usual.keys() | data.enrolled | data.linked.keys()):
        seated = by_desk.get(desk_no)
        member = seated.member if seated is not None else None
        line = roll.get(member) if member is not None else None
        expected = usual.get(desk_no)
        views.append(
            DeskView(
                desk_no=desk_no,
                member=member,
                name=names[member] if member is not None else "",
                present=member in present,
                no_record=vote is not None and member in vote.no_record,
                linked=desk_no in data.linked,
                enrolled=desk_no in data.enrolled,
                rtt_ms=data.linked.get(desk_no),
                voted=member in voted,
                option=line.option.value if line is not None else None,
                candidate=line.candidate if line is not None else None,
                recused=member in recused,
                justified=record.justified.get(member) if record is not None and member is not None else None,
                usual=names.get(expected) if expected is not None and expected != member else None,
                old_page=desk_no in data.old_pages,
                asks=member in asking,
            )
        )
    return tuple(views)


def _chair(data: ChamberData) -> MemberView | None:
    member = data.record.chair if data.record is not None else data.chair
    seated = data.by_id.get(member) if member is not None else None
    return member_view(seated) if seated is not None else None


def _proposals(data: ChamberData) -> Iterator[ProposalView]:
    """Whoever confirms reads which vote, what is recorded, what was meant, and the member's words."""
    for proposal in data.proposals.values():
        fact = proposal.fact
        if data.record is None or fact.n not in data.record.votes:
            continue
        vote = data.record.votes[fact.n]
        yield ProposalView(
            proposal=proposal.n,
            kind="correction",
            by=proposal.by.staff,
            by_name=proposal.by.name,
            text=texts(
                lambda locale, fact=fact, vote=vote: _correction(data, vote, fact, locale)  # type: ignore[misc]
            ),
        )


def _correction(data: ChamberData, vote: VoteRecord, fact: CorrectionNoted, locale: str) -> str:
    sentence = vote_words.correction_sentence(data.names[fact.member], vote, fact, locale)
    text = translations(locale, "hall").gettext("Vote %(n)d. %(sentence)s The member’s words: “%(statement)s”")
    return text % {"n": fact.n, "sentence": sentence, "statement": fact.statement}


# --- votes of the sitting -----------------------------------------------------------------------------------------


def past_votes(data: ChamberData) -> tuple[PastVote, ...]:
    """Newest first. A state is made ten times a second: what has not changed since the last is kept."""
    record = data.record
    if record is None:
        return ()
    views = []
    for n in sorted((*record.votes, *record.secret_votes), reverse=True):
        if n in record.secret_votes:
            secret = record.secret_votes[n]
            again = record.repeated_by(n)
            views.append(
                _kept(
                    data,
                    n,
                    (secret.voided, again, record.closed_seq),
                    lambda secret=secret, again=again: _past_secret(data, record, secret, again),  # type: ignore[misc]
                )
            )
            continue
        vote = record.votes[n]
        key = (vote.state, vote.result, record.closed_seq, record.repeated_by(n))
        views.append(_kept(data, n, key, lambda vote=vote: _past(data, record, vote)))  # type: ignore[misc]
    return tuple(views)


def _kept(data: ChamberData, n: int, key: object, make: Callable[[], PastVote]) -> PastVote:
    known = data.past.get(n)
    key = (key, languages_read())
    if known is None or known[0] != key:
        known = data.past[n] = (key, make())
    return known[1]


def _past(data: ChamberData, record: SittingRecord, vote: VoteRecord) -> PastVote:
    may: list[PastAct] = []
    sitting_open = record.closed_seq is None
    if sitting_open and vote.state != "voided":
        may.append("void")
    if sitting_open and vote.state == "voided" and record.repeated_by(vote.n) is None:
        may.append("repeat")
        if data.profile.grounds and not vote.opened.also_items:
            may.append("repeat_otherwise")
    if sitting_open and vote.state == "announced" and data.profile.reconsideration.allowed:
        may.append("reconsider")
    if vote.state == "announced" and data.profile.correction.allowed:
        may.append("correct")
    if vote.roll is not None:
        may.append("print")
    return PastVote(
        n=vote.n,
        item=vote.item,
        title=vote.motion,
        state=vote.state,
        verdict=texts(lambda locale: ": ".join(filter(None, vote_verdict(vote, locale)))),
        may=tuple(may),
        rule=vote.requirement.rule,
        candidates=tuple(one.name for one in vote.opened.candidates),
        seconds=vote.opened.seconds if vote.opened.method == "terminal" else data.profile.vote_seconds,
    )


def _past_secret(data: ChamberData, record: SittingRecord, vote: SecretRecord, again: int | None) -> PastVote:
    may: list[PastAct] = []
    if record.closed_seq is None and vote.voided is None:
        may.append("void")
    if record.closed_seq is None and vote.voided is not None and again is None:
        may.append("repeat")
        if len(vote.fact.candidates) <= KEYS:
            may.append("repeat_otherwise")
    return PastVote(
        n=vote.n,
        item=vote.item,
        title=vote.motion,
        state="secret" if vote.voided is None else "voided",
        verdict=texts(lambda locale: ": ".join(filter(None, secret_verdict(vote, locale)))),
        may=(*may, "print"),
        candidates=tuple(one.name for one in vote.fact.candidates),
        seconds=data.profile.vote_seconds,
        rule=vote.fact.requirement.rule,
        ballot=SecretBallot(vote.fact.ground),
    )


# --- what to choose from ------------------------------------------------------------------------------------------


def console_choices(data: ChamberData) -> ConsoleChoices:
    """Of the profile and the sitting's members; they change with the preparation alone."""
    profile = data.profile
    return ConsoleChoices(
        rules=tuple(
            RuleChoice(
                rule=name,
                text=texts(lambda locale, rule=rule: spoken(rule.short, locale)),  # type: ignore[misc]
                matters=texts(lambda locale, rule=rule: spoken(rule.matters, locale)),  # type: ignore[misc]
            )
            for name, rule in profile.rules.items()
        ),
        default_rule=profile.default_rule,
        presets=tuple(
            PresetChoice(
                name=preset.name,
                text=texts(lambda locale, preset=preset: spoken(preset.text, locale)),  # type: ignore[misc]
                rule=preset.rule,
                subject=preset.subject,
            )
            for preset in profile.presets
        ),
        grounds=tuple(
            GroundChoice(ground=name, text=texts(lambda locale, ground=ground: spoken(ground.text, locale)))  # type: ignore[misc]
            for name, ground in profile.grounds.items()
        ),
        floor_kinds=tuple(
            FloorKindChoice(floor=kind, seconds=profile.floor.kinds[kind].seconds, text=_floor_words(kind))
            for kind in FLOOR_KINDS
        ),
        members=tuple(member_view(seated) for seated in data.members),
        vote_seconds=profile.vote_seconds,
    )


def _floor_words(kind: FloorKind) -> Texts:
    return texts(lambda locale: _floor_word(kind, translations(locale, "hall")))


def _floor_word(kind: FloorKind, t: NullTranslations) -> str:
    match kind:
        case "speech":
            return t.gettext("Speech")
        case "reply":
            return t.gettext("Reply")
        case "question":
            return t.gettext("Question")
        case "point_of_order":
            return t.gettext("Point of order")
