"""Opening a vote: what is put, under which rule, who may vote, and what it refers to. Pure.

A vote is prepared (the current item's next motion), ad hoc (a text that the clerk gives), or refers to an earlier one:
the repeat of a void one, the reconsideration of one that was decided. Nothing is paused or ended for it: while somebody
speaks, or another vote is not announced, it is refused.
Source: the profile (rules, recusal, reconsideration); art. 59-1 of the Law on Local Self-Government for the exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from council.acts.context import Context, open_record, require_settled
from council.acts.motions import next_motion
from council.acts.presence import RollAtOpening, roll_at_opening
from council.guard import must_override
from council.profile import Profile
from council.protocol_acts import OpenVote
from council.refusals import Refusal
from council.sitting import SittingPlan
from council.words import translations
from voting.entries import Candidate, Fact, Override, Relation, Requirement, Subject, stamp
from voting.record import AnyVote, SecretRecord, SittingRecord, VoteRecord
from voting.vote_event import open_vote

DECIDED = ("announced",)
KEYS = 8  # a terminal has for candidates


@dataclass(frozen=True, slots=True)
class Put:
    """What a vote puts: a motion, on which items, under which rule of the profile."""

    motion: str
    rule: str
    item: str | None
    also_items: tuple[str, ...] = ()
    subject: Subject = "motion"
    candidates: tuple[Candidate, ...] = ()
    relation: Relation | None = None
    refers_to: int | None = None
    reason: str | None = None
    original_at: str | None = None
    no_record: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[str, ...]:
        return (() if self.item is None else (self.item,)) + self.also_items


def open_vote_facts(act: OpenVote, context: Context) -> Sequence[Fact]:
    """Raises Refusal; BadVote, ProfileError of what no refusal has words for."""
    record = context.record
    if record is not None and (act.vote_n in record.votes or act.vote_n in record.secret_votes):
        return []  # opened before, whatever has become of it
    record = open_record(record)
    require_settled(record)
    if act.vote_n != record.next_vote_n:
        raise Refusal("wrong_vote", n=record.next_vote_n)
    if record.running_speech is not None:
        raise Refusal("speech_running")
    put = what_is_put(act, context, record)
    roll = roll_at_opening(record, context.profile, put.items, put.no_record)
    by_hand = act.method != "terminal"
    return [
        open_vote(
            n=act.vote_n,
            item=put.item,
            motion=put.motion,
            requirement=required(context.plan, context.profile, put.rule, roll),
            members=record.members,
            present=roll.present,
            no_record=put.no_record,
            seconds=None if by_hand else act.seconds,
            at=stamp(context.now),
            original_at=put.original_at,
            recused=roll.recused,
            exception=roll.exception,
            in_quorum=roll.in_quorum,
            method=act.method,
            order=(act.order or "alphabet") if act.method == "called" else None,
            subject=put.subject,
            also_items=put.also_items,
            candidates=put.candidates,
            relation=put.relation,
            refers_to=put.refers_to,
            reason=put.reason,
            override=_override(act, context, roll),
        )
    ]


def required(plan: SittingPlan, profile: Profile, rule: str, roll: RollAtOpening) -> Requirement:
    """What adoption needs under `rule` with this roll. Raises Refusal for a rule that is not in the profile."""
    if rule not in profile.rules:
        raise Refusal("no_such_rule")
    return profile.requirement(
        rule,
        seats=plan.body.seats,
        in_office=len(plan.members),
        present=len(roll.present),
        locale=plan.body.locale,
    )


def what_is_put(act: OpenVote, context: Context, record: SittingRecord) -> Put:
    """Raises Refusal."""
    put = _referred(act, context, record)
    if put is None:
        put = _prepared(act, context, record) if act.motion is None else _ad_hoc(act, context, record)
    for item in put.items:
        if item not in record.items:
            raise Refusal("no_such_item", item=item)
        if item in record.withdrawn_items:
            raise Refusal("item_withdrawn", item=item)
    if (put.subject == "candidates") != bool(put.candidates):
        raise Refusal("candidates_missing")
    if put.also_items and put.subject != "block":
        raise Refusal("not_a_block")
    return put


def _prepared(act: OpenVote, context: Context, record: SittingRecord) -> Put:
    """The current item's next motion; for a block, a sentence that names its items."""
    if record.current_item is None:
        raise Refusal("no_item")
    if act.also_items:
        return _block(act, context, record, record.current_item, None)
    motion = next_motion(context.data, record.current_item)
    if motion is None:
        raise Refusal("no_motion")
    return Put(
        motion=motion.text,
        rule=act.rule or motion.rule,
        item=motion.item,
        subject=act.subject or "motion",
        candidates=_candidates(act),
        relation=act.relation,
        refers_to=act.refers_to,
        original_at=stamp(motion.original_at) if motion.original_at is not None else None,
        no_record=motion.no_record if context.plan.mode == "replay" else (),
    )


def _ad_hoc(act: OpenVote, context: Context, record: SittingRecord) -> Put:
    rule = act.rule or context.profile.default_rule
    if act.also_items:
        if record.current_item is None:
            raise Refusal("no_item")
        return _block(act, context, record, record.current_item, act.motion)
    return Put(
        motion=act.motion or "",
        rule=rule,
        item=record.current_item,
        subject=act.subject or ("candidates" if act.candidates else "motion"),
        candidates=_candidates(act),
        relation=act.relation,
        refers_to=act.refers_to,
    )


def _block(act: OpenVote, context: Context, record: SittingRecord, item: str, text: str | None) -> Put:
    """The current item and others, in the order of the agenda."""
    asked = set(act.also_items) - {item}
    for other in asked - record.items.keys():
        raise Refusal("no_such_item", item=other)
    others = tuple(other for other in record.items if other in asked)
    if text is None:
        t = translations(context.plan.body.locale, "hall")
        text = t.gettext("On items %(items)s of the agenda: adopt the decisions as a whole") % {
            "items": ", ".join((item, *others))
        }
    return Put(
        motion=text,
        rule=act.rule or context.profile.default_rule,
        item=item,
        also_items=others,
        subject=act.subject or "block",
    )


def _referred(act: OpenVote, context: Context, record: SittingRecord) -> Put | None:
    """Checks what `refers_to` and `relation` ask for. A repeat and a reconsideration put what was put before, unless
    the act brings its own text; a repeat without a reason of its own has the one for which the first is void. None: the
    vote refers to no other."""
    if act.refers_to is None and act.relation is None:
        return None
    any_vote = record.all_votes.get(act.refers_to or 0)
    if any_vote is None or act.relation is None:
        raise Refusal("no_such_vote", n=act.refers_to or "")
    if isinstance(any_vote, SecretRecord):
        return _after_secret(act, any_vote, record)
    before = any_vote
    if act.relation in ("repeat", "reconsideration"):
        _may_be_put_again(act.relation, before, context.profile, record)
        reason = (act.reason or "").strip() or (before.void_reason if act.relation == "repeat" else None)
        if not reason:
            raise Refusal("reason_needed")
        return Put(
            motion=act.motion or before.motion,
            rule=act.rule or before.requirement.rule,
            item=before.item,
            also_items=before.opened.also_items,
            subject=before.opened.subject,
            candidates=_candidates(act) or before.opened.candidates,
            relation=act.relation,
            refers_to=before.n,
            reason=reason,
        )
    if before.state == "voided":
        raise Refusal("vote_voided", n=before.n)
    if act.relation == "alternative":
        first = _first_alternative(before, record)
        put = _prepared(act, context, record) if act.motion is None else _ad_hoc(act, context, record)
        if first.item != put.item:
            raise Refusal("not_on_this_item", n=first.n)
        return replace(put, subject="alternative", refers_to=first.n)
    if before.state not in DECIDED or before.item != record.current_item:
        raise Refusal("not_on_this_item", n=before.n)
    if act.motion is None:
        raise Refusal("text_needed")
    return replace(_ad_hoc(act, context, record), subject="as_amended")


def _after_secret(act: OpenVote, before: SecretRecord, record: SittingRecord) -> Put:
    """A secret ballot that is void may be repeated by name: votes are, unless a ground allows them to be secret."""
    if act.relation != "repeat":
        raise Refusal("secret_vote")
    require_repeatable(record, before)
    candidates = _candidates(act) or before.fact.candidates
    if len(candidates) > KEYS:
        raise Refusal("too_many_candidates", most=KEYS)
    return Put(
        motion=act.motion or before.motion,
        rule=act.rule or before.fact.requirement.rule,
        item=before.item,
        subject="candidates" if candidates else "motion",
        candidates=candidates,
        relation="repeat",
        refers_to=before.n,
        reason=(act.reason or "").strip() or before.void_reason,
    )


def require_repeatable(record: SittingRecord, before: AnyVote) -> None:
    """It is void, and nothing stands in its place. Raises Refusal."""
    if before.void_reason is None:
        raise Refusal("not_void", n=before.n)
    if (again := record.repeated_by(before.n)) is not None:
        raise Refusal("repeated_already", n=before.n, again=again)


def _may_be_put_again(relation: str, before: VoteRecord, profile: Profile, record: SittingRecord) -> None:
    if relation == "repeat":
        require_repeatable(record, before)
        return
    if not profile.reconsideration.allowed:
        raise Refusal("no_reconsideration")
    if before.state not in DECIDED:
        raise Refusal("not_decided", n=before.n)


def _first_alternative(vote: VoteRecord, record: SittingRecord) -> VoteRecord:
    """Alternative motions all refer to the first of them."""
    before = record.votes.get(vote.opened.refers_to or 0)
    return _first_alternative(before, record) if before is not None and vote.opened.relation == "alternative" else vote


def _candidates(act: OpenVote) -> tuple[Candidate, ...]:
    return tuple(Candidate(n, name) for n, name in enumerate(act.candidates, 1))


def _override(act: OpenVote, context: Context, roll: RollAtOpening) -> Override | None:
    """What blocks the vote and is overridden, with the clerk's reason. Raises Refusal if there is none."""
    quorum = open_record(context.record).opened.quorum
    over = must_override(roll, quorum)
    if not over:
        return None
    assert context.by is not None  # noqa: S101 - no terminal sends this act
    if not (act.override or "").strip():
        raise Refusal("no_quorum", present=roll.in_quorum, quorum=quorum)
    return Override(act.override or "", over, context.by)
