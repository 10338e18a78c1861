"""What the hall's states have in common: members, requirements, results, items, votes, made from a chamber's data.

Pure. Three rules hold in the views and nowhere else: before `VoteClosed` none holds an option or a sum of options; the
result stands on terminals and display only from the profile's moment of publication on; the console has it at closing.
The whole states are in `views_terminal.py`, `views_console.py` and `views_display.py`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from council import vote_words
from council.acts.motions import deciding, first_of, items_now, next_motion
from council.acts.presence import roll_at_opening
from council.chamber_data import ChamberData, is_published
from council.profile import Profile
from council.sitting import PlannedItem
from council.state_console import CallView
from council.state_parts import (
    CameraStop,
    CandidateView,
    ClosedView,
    ItemView,
    MemberView,
    RequirementView,
    ResultView,
    SittingView,
    TallyView,
    Texts,
    VoteView,
)
from council.verdict import hall_reason, item_verdict, requirement_phrase, vote_verdict
from council.words import texts
from voting.entries import Requirement, Result, Seated, Tally
from voting.record import SecretRecord, SittingRecord, VoteRecord
from voting.roll import in_quorum

FOLLOWING = 3  # names that a called roll call says in advance


def member_view(seated: Seated) -> MemberView:
    return MemberView(
        member=seated.member,
        family_name=seated.family_name,
        given_name=seated.given_name,
        patronymic=seated.patronymic,
        gender=seated.gender,
        faction=seated.faction,
    )


def sitting_state(record: SittingRecord | None) -> Literal["planned", "open", "closed"]:
    return "planned" if record is None else "open" if record.closed_seq is None else "closed"


def sitting_view(data: ChamberData) -> SittingView:
    plan = data.plan
    return SittingView(
        sitting=plan.id,
        body_name=plan.body.name,
        municipality=plan.body.municipality,
        session_label=plan.session_label,
        mode=plan.mode,
        original_date=plan.held_on.isoformat() if plan.mode == "replay" else None,
        state=sitting_state(data.record),
        timezone=plan.body.timezone,
    )


def quorum(data: ChamberData) -> int:
    if data.record is not None:
        return data.record.opened.quorum
    return data.profile.quorum_needed(data.plan.body.seats, len(data.plan.members))


# --- requirements and results -------------------------------------------------------------------------------------


def requirement_view(needed: Requirement, profile: Profile) -> RequirementView:
    """In the few words of the profile; a rule that it no longer has is said without its article."""
    rule = profile.rules.get(needed.rule)
    short = rule.short if rule is not None else {}
    return RequirementView(
        needed=needed.needed,
        seats=needed.seats,
        text=texts(lambda locale: short.get(locale) or requirement_phrase(needed, locale)),
        base=needed.base.value,
    )


def next_requirement(data: ChamberData) -> RequirementView | None:
    """Of the vote that would open next, with who is present now; None where no motion waits."""
    record = data.record
    motion = next_motion(data, record.current_item if record is not None else None)
    if record is None or motion is None or motion.rule not in data.profile.rules:
        return None
    roll = roll_at_opening(record, data.profile, (motion.item,))
    body = data.plan.body
    needed = data.profile.requirement(
        motion.rule,
        seats=body.seats,
        in_office=len(data.plan.members),
        present=len(roll.present),
        locale=body.locale,
    )
    return requirement_view(needed, data.profile)


def tally_view(tally: Tally) -> TallyView:
    return TallyView(
        for_=tally.for_,
        against=tally.against,
        abstain=tally.abstain,
        not_voting=tally.not_voting,
        absent=tally.absent,
        recused=tally.recused,
        no_record=tally.no_record,
    )


def result_view(vote: VoteRecord, profile: Profile) -> ResultView | None:
    """None unless the vote is closed and stands."""
    if vote.result is None or vote.tally is None or vote.state == "voided":
        return None
    tally, casting = vote.tally, vote.tie is not None
    rule = requirement_view(vote.requirement, profile).text
    named = bool(vote.opened.candidates) and vote.result is not Result.NO_QUORUM
    result, present = vote.result, in_quorum(vote.opened)
    return ResultView(
        result=vote.result.value,
        verdict=texts(lambda locale: vote_verdict(vote, locale)[0]),
        reason=texts(
            lambda locale: (
                vote_verdict(vote, locale)[1]
                if named
                else hall_reason(result, vote.requirement, tally, present, rule[locale], locale, casting=casting)
            )
        ),
        tally=tally_view(tally),
        counts=tuple((count.candidate, count.votes) for count in vote.counts),
        chosen=vote.chosen,
    )


# --- votes and items ----------------------------------------------------------------------------------------------


def vote_view(data: ChamberData, *, with_result: bool) -> VoteView | None:
    vote = data.vote
    if vote is None or vote.opened_at is None:
        return None
    opened = vote.opened
    return VoteView(
        n=vote.n,
        item=vote.item,
        title=vote.motion,
        state=vote.state,
        requirement=requirement_view(vote.requirement, data.profile),
        opened_at=vote.opened_at,
        seconds=vote.seconds,
        closes_at=data.closes_at if vote.state == "open" else None,
        closed_at=vote.closed_at,
        original_at=vote.original_at,
        result=result_view(vote, data.profile) if with_result else None,
        method=opened.method,
        subject=opened.subject,
        label=vote_label(vote, data.record),
        candidates=tuple(CandidateView(candidate.candidate, candidate.name) for candidate in opened.candidates),
        left_ms=vote.left_ms if vote.state == "held" else None,
        void_reason=vote.void_reason,
        exception=opened.exception,
        entitled=len(vote.entitled),
    )


def vote_label(vote: VoteRecord, record: SittingRecord | None) -> Texts | None:
    """«Повторення голосування № 3: збій обладнання.»; None for a plain vote."""
    opened = vote.opened
    relation, refers_to = opened.relation, opened.refers_to
    if relation is not None and refers_to is not None:
        before = record.all_votes.get(refers_to) if record is not None else None
        voided = before.void_reason if before is not None else None
        return texts(
            lambda locale: vote_words.relation_sentence(relation, refers_to, opened.reason, locale, voided=voided)
        )
    if opened.subject == "motion":
        return None
    return texts(lambda locale: vote_words.subject_word(opened.subject, locale))


def item_view(data: ChamberData, item: str | None, *, with_result: bool) -> ItemView | None:
    planned = next((planned for planned in items_now(data) if planned.item == item), None)
    return _item_view(data, planned, with_result=with_result) if planned is not None else None


def agenda_views(data: ChamberData, *, with_result: bool) -> tuple[ItemView, ...]:
    return tuple(_item_view(data, planned, with_result=with_result) for planned in items_now(data))


def _item_view(data: ChamberData, planned: PlannedItem, *, with_result: bool) -> ItemView:
    record = data.record
    own = record.items.get(planned.item) if record is not None else None
    state: Literal["waiting", "current", "done", "withdrawn"] = "waiting"
    if record is not None and planned.item in record.withdrawn_items:
        state = "withdrawn"
    elif record is not None and record.current_item == planned.item:
        state = "current"
    elif record is not None and own is not None and (own.called_at or any(_stands(record.votes[n]) for n in own.votes)):
        state = "done"
    return ItemView(
        item=planned.item,
        title=planned.title,
        state=state,
        verdict=_item_verdict(data, planned, with_result=with_result),
        consent=planned.consent,
    )


def _stands(vote: VoteRecord) -> bool:
    return vote.result is not None and vote.state != "voided"


def _item_verdict(data: ChamberData, item: PlannedItem, *, with_result: bool) -> Texts | None:
    """The item's own decision: of the latest vote that decides it and is closed. Of alternative motions an adopted one
    stands, though the last was not, unless it was reconsidered."""
    known: dict[int, tuple[Result, Tally, bool, bool]] = {}  # by the first vote on the same; the latest last
    for vote in deciding(data, item):
        first = first_of(data.record, vote) if data.record is not None else vote.n
        if isinstance(vote, SecretRecord):
            fact = vote.fact
            tally = Tally(for_=fact.for_, against=fact.against, abstain=fact.abstain)
            known.pop(first, None)
            known[first] = (fact.result, tally, bool(fact.candidates), False)
        elif (with_result or is_published(vote, data.profile)) and vote.result is not None and vote.tally is not None:
            lost = vote.opened.subject == "alternative" and vote.result is not Result.ADOPTED
            known.pop(first, None)
            known[first] = (vote.result, vote.tally, bool(vote.opened.candidates), lost)
    stands: tuple[Result, Tally, bool] | None = None
    for result, tally, elected, lost in known.values():
        if not (lost and stands is not None and stands[0] is Result.ADOPTED):
            stands = (result, tally, elected)
    return texts(lambda locale: item_words(*stands, locale)) if stands is not None else None


@lru_cache(maxsize=1024)
def item_words(result: Result, tally: Tally, candidates: bool, locale: str) -> str:
    return item_verdict(result, tally, locale, candidates=candidates)


def counted(data: ChamberData) -> tuple[int, int]:
    """How many have voted in the last vote, and how many may."""
    vote = data.vote
    if vote is None:
        return 0, 0
    if vote.roll is None:
        return len(data.voted), len(vote.entitled)
    return sum(1 for line in vote.roll if line.boot is not None), len(vote.entitled)


def current_item(data: ChamberData) -> str | None:
    return data.record.current_item if data.record is not None else None


def in_question(data: ChamberData) -> tuple[str, ...]:
    """The items in which a conflict of interest counts now: those of the vote that runs, else the current one."""
    item = current_item(data)
    return data.running.items if data.running is not None else () if item is None else (item,)


# --- a closed part ------------------------------------------------------------------------------------------------


def closed_view(data: ChamberData, cameras: tuple[CameraStop, ...] = ()) -> ClosedView | None:
    part = data.record.closed_part if data.record is not None else None
    return ClosedView(part.fact.since, part.fact.reason, part.fact.source, cameras) if part is not None else None


# --- a called roll call -------------------------------------------------------------------------------------------


def call_order(data: ChamberData) -> tuple[str, ...]:
    """Who is called, one after the other, in the open vote; empty unless it is a called roll call."""
    vote, record = data.running, data.record
    if vote is None or record is None or vote.opened.method != "called":
        return ()
    if vote.opened.order == "seating":
        without = max(record.desks, default=0) + 1
        return tuple(sorted(vote.entitled, key=lambda member: record.desk_of(member) or without))
    return vote.entitled


def whose_turn(data: ChamberData) -> str | None:
    """The first in the order for whom nothing was entered yet."""
    order = call_order(data)
    have = data.answered | data.voted if order else frozenset()
    return next((member for member in order if member not in have), None)


def call_view(data: ChamberData) -> CallView | None:
    order = call_order(data)
    if not order:
        return None
    have = data.answered | data.voted
    waiting = [member for member in order if member not in have]
    member = waiting[0] if waiting else None
    return CallView(
        member=member,
        name=data.roll_names[member] if member is not None else None,
        place=order.index(member) + 1 if member is not None else len(order),
        of=len(order),
        following=tuple(data.roll_names[name] for name in waiting[1 : 1 + FOLLOWING]),
        answered=tuple(name for name in order if name in have),
    )
