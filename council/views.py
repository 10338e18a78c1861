"""The states that terminals, consoles, displays and the public page are shown, made from a chamber's data.

Pure. Three rules hold here and nowhere else: before `VoteClosed` no view holds an option or a sum of options; the
result stands on terminals and display only from the profile's moment of publication on; the console has it at closing.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Literal

from council.acts.context import next_motion, next_vote_n, planned_item, requirement
from council.chamber_data import CHOICES, ChamberData
from council.profile import Profile
from council.protocol import (
    ChamberState,
    ConsoleState,
    DisplayState,
    Standing,
)
from council.state_parts import (
    DeskView,
    ItemView,
    LiveState,
    MemberView,
    RequirementView,
    ResultView,
    RollLine,
    SeatView,
    SittingView,
    TallyView,
    VoteView,
)
from council.verdict import hall_reason, item_verdict, requirement_phrase, verdict_word
from council.words import LANGUAGES, texts
from voting.entries import Requirement, Result, Seated, Tally, stamp
from voting.record import SittingRecord

# --- parts --------------------------------------------------------------------------------------------------------


def member_view(seated: Seated) -> MemberView:
    return MemberView(
        member=seated.member,
        family_name=seated.family_name,
        given_name=seated.given_name,
        patronymic=seated.patronymic,
        gender=seated.gender,
        faction=seated.faction,
    )


def sitting_view(data: ChamberData) -> SittingView:
    plan, record = data.plan, data.record
    return SittingView(
        sitting=plan.id,
        body_name=plan.body.name,
        municipality=plan.body.municipality,
        session_label=plan.session_label,
        mode=plan.mode,
        original_date=plan.held_on.isoformat() if plan.mode == "replay" else None,
        state="planned" if record is None else "open" if record.closed_seq is None else "closed",
        timezone=plan.body.timezone,
    )


def requirement_view(needed: Requirement, profile: Profile) -> RequirementView:
    """In the few words of the profile; a rule that it no longer has is said without its article."""
    rule = profile.rules.get(needed.rule)
    short = rule.short if rule is not None else {}
    return RequirementView(
        needed=needed.needed,
        seats=needed.seats,
        text={locale: short.get(locale) or requirement_phrase(needed, locale) for locale in LANGUAGES},
    )


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


def result_view(result: Result, needed: Requirement, tally: Tally, present: int, profile: Profile) -> ResultView:
    rule = requirement_view(needed, profile).text
    return ResultView(
        result=result.value,
        verdict=texts(lambda locale: verdict_word(result, locale)),
        reason=texts(lambda locale: hall_reason(result, needed, tally, present, rule[locale], locale)),
        tally=tally_view(tally),
    )


def vote_view(data: ChamberData, *, with_result: bool) -> VoteView | None:
    vote = data.vote
    if vote is None or vote.opened_at is None:
        return None
    result = None
    if with_result and vote.result is not None and vote.tally is not None:
        result = result_view(vote.result, vote.requirement, vote.tally, len(vote.present), data.profile)
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
        result=result,
    )


def item_view(data: ChamberData, item: str | None, *, with_result: bool) -> ItemView | None:
    planned = planned_item(data.plan, item)
    if planned is None:
        return None
    record = data.record
    own = record.items.get(planned.item) if record is not None else None
    state: Literal["waiting", "current", "done"] = "waiting"
    if record is not None and record.current_item == planned.item:
        state = "current"
    elif own is not None and own.called_at:
        state = "done"
    verdict = None
    for n in reversed(own.votes if own is not None else []):
        vote = record.votes[n] if record is not None else None
        known = vote is not None and (with_result or vote is not data.vote or data.published)
        if vote is not None and known and vote.result is not None and vote.tally is not None:
            verdict = item_words(vote.result, vote.tally)
            break
    return ItemView(
        item=planned.item,
        title=planned.title,
        state=state,
        verdict=verdict,
    )


@lru_cache(maxsize=1024)
def item_words(result: Result, tally: Tally) -> dict[str, str]:
    return texts(lambda locale: item_verdict(result, tally, locale))


def quorum(data: ChamberData) -> int:
    """Of the sitting as it was opened; before that, as its rules will have it."""
    if data.record is not None:
        return data.record.opened.quorum
    return data.profile.quorum_needed(data.plan.body.seats, len(data.plan.members))


def counted(data: ChamberData) -> tuple[int, int]:
    """How many have voted in the last vote, and how many may."""
    if data.vote is None:
        return 0, 0
    if data.vote.state == "open" or data.vote.roll is None:
        return len(data.voted), len(data.vote.entitled)
    return sum(1 for line in data.vote.roll if line.boot is not None), len(data.vote.entitled)


def current_item(data: ChamberData) -> str | None:
    return data.record.current_item if data.record is not None else None


# --- whole states -------------------------------------------------------------------------------------------------


def chamber_state(data: ChamberData) -> ChamberState:
    return ChamberState(
        rev=data.rev,
        sitting=sitting_view(data),
        item=item_view(data, current_item(data), with_result=False),
        vote=vote_view(data, with_result=data.published),
    )


def standing(data: ChamberData, member: str) -> Standing:
    """Where one member stands: their own option, for them alone, and their line of the roll once it is closed."""
    vote, event = data.vote, data.event
    present = data.record is not None and member in data.record.present
    if vote is None or event is None:
        return Standing(
            present=present,
            vote_n=None,
            entitled=False,
            option=None,
            boot=None,
            n=None,
            recorded_at=None,
            final=None,
        )
    press = event.standing.get(member)
    final = next((line.option.value for line in vote.roll or () if line.member == member), None)
    return Standing(
        present=present,
        vote_n=vote.n,
        entitled=member in vote.entitled,
        option=CHOICES[press.option] if press is not None else None,
        boot=press.boot if press is not None else None,
        n=press.n if press is not None else None,
        recorded_at=press.recorded_at if press is not None else None,
        final=final,
    )


def console_state(data: ChamberData, now: datetime) -> ConsoleState:
    record = data.record
    item = current_item(data)
    motion = next_motion(data.plan, record, item)
    waiting = [planned.item for planned in data.plan.items if not _called(record, planned.item)]
    present = len(record.present) if record is not None else 0
    voted, entitled = counted(data)
    seconds = None
    if motion is not None:
        seconds = motion.seconds if motion.seconds is not None else data.profile.vote_seconds
    return ConsoleState(
        rev=data.rev,
        server_time=stamp(now),
        sitting=sitting_view(data),
        agenda=tuple(
            view for planned in data.plan.items if (view := item_view(data, planned.item, with_result=True)) is not None
        ),
        item=item_view(data, item, with_result=True),
        next_item=waiting[0] if waiting else None,
        next_motion=motion.text if motion is not None else None,
        vote=vote_view(data, with_result=True),
        next_vote_n=next_vote_n(record),
        next_seconds=seconds,
        requirement=None
        if motion is None
        else requirement_view(requirement(data.plan, data.profile, motion, present), data.profile),
        desks=desk_views(data),
        present=present,
        seats=data.plan.body.seats,
        quorum=quorum(data),
        voted=voted,
        entitled=entitled,
        equipment=data.equipment,
    )


def desk_views(data: ChamberData) -> tuple[DeskView, ...]:
    """By desk number; a member without a desk is not among them."""
    vote, names, by_desk, voted = data.vote, data.names, data.by_desk, data.voted
    roll = {line.member: line.option.value for line in (vote.roll or () if vote is not None else ())}
    present = data.record.present if data.record is not None else set()
    no_record = vote.no_record if vote is not None else ()
    views = []
    for desk_no in sorted(by_desk.keys() | data.enrolled | data.linked.keys()):
        seated = by_desk.get(desk_no)
        member = seated.member if seated is not None else None
        views.append(
            DeskView(
                desk_no=desk_no,
                member=member,
                name=names[member] if member is not None else "",
                present=member in present,
                no_record=member in no_record,
                linked=desk_no in data.linked,
                enrolled=desk_no in data.enrolled,
                rtt_ms=data.linked.get(desk_no),
                voted=member in voted,
                option=roll.get(member) if member is not None else None,
            )
        )
    return tuple(views)


def display_state(data: ChamberData, now: datetime) -> DisplayState:
    record, vote = data.record, data.vote
    present = record.present if record is not None else set()
    voted, entitled = counted(data)
    voted_now = data.voted
    open_now = vote is not None and vote.state == "open"
    roll = vote.roll if vote is not None and data.published and vote.roll is not None else ()
    return DisplayState(
        rev=data.rev,
        server_time=stamp(now),
        sitting=sitting_view(data),
        item=item_view(data, current_item(data), with_result=False),
        vote=vote_view(data, with_result=data.published),
        seats=tuple(
            SeatView(
                desk_no=desk_no,
                present=seated.member in (vote.present if open_now and vote is not None else present),
                no_record=vote is not None and seated.member in vote.no_record,
                voted=seated.member in voted_now,
            )
            for desk_no, seated in data.by_desk.items()
        ),
        voted=voted,
        entitled=entitled,
        present=len(present),
        quorum=quorum(data),
        roll=tuple(RollLine(name=data.roll_names[line.member], option=line.option.value) for line in roll),
        opened_checkpoint=data.opened_checkpoint,
        closed_checkpoint=data.closed_checkpoint,
    )


def live_state(data: ChamberData, now: datetime) -> LiveState:
    vote = data.vote
    open_now = vote is not None and vote.state == "open"
    return LiveState(
        sitting=data.plan.id,
        rev=data.rev,
        server_time=stamp(now),
        present=tuple(sorted(data.record.present)) if data.record is not None else (),
        vote_n=vote.n if vote is not None and open_now else None,
        voted=tuple(sorted(data.voted)) if open_now else (),
        closes_at=data.closes_at if open_now else None,
        live_camera=data.live_camera,
    )


def _called(record: SittingRecord | None, item: str) -> bool:
    own = record.items.get(item) if record is not None else None
    return own is not None and bool(own.called_at)
