"""The motions of the agenda as it is now, which of them is to be voted on next, and what decided an item. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from council.acts.agenda import agenda_now
from council.chamber_data import ChamberData
from council.sitting import PlannedItem, PlannedMotion
from voting.entries import Result
from voting.record import AnyVote, SecretRecord, SittingRecord, VoteRecord
from voting.vote_event import motion_sha256

ON_THE_WAY = ("procedural", "amendment")  # subjects of votes that decide something about an item, and not the item


def items_now(data: ChamberData) -> tuple[PlannedItem, ...]:
    return data.keep("items", data.plan, lambda: agenda_now(data.plan, data.record, data.profile.default_rule))


def next_motion(data: ChamberData, item: str | None) -> PlannedMotion | None:
    """The item's first motion that no vote has decided; they are voted in their order.

    A vote decides the motion whose very text it put, a secret ballot too; a motion as amended, the first of those left;
    a block that was not rejected, all. What is put ad hoc beside them takes nothing from the list. A void vote decides
    nothing, and a vote with those that repeat or reconsider it counts once."""
    planned = next((planned for planned in items_now(data) if planned.item == item), None)
    if planned is None:
        return None
    due, record = list(planned.motions), data.record
    if record is None or planned.item not in record.items:
        return due[0] if due else None
    decided: dict[int, AnyVote] = {}  # by the first vote of those on one motion
    own = record.items[planned.item]
    for n in sorted((*own.votes, *own.secret_votes)):
        vote = record.vote(n)
        if vote.void_reason is None:
            decided[first_of(record, vote)] = vote
    amended = 0
    for first, vote in decided.items():
        subject = record.votes[first].opened.subject if first in record.votes else "motion"
        if subject == "block" and vote.result in (None, Result.ADOPTED):
            return None
        same = _of_text(due, vote.motion_sha256)
        if same is not None:
            due.remove(same)
        elif subject == "as_amended":
            amended += 1
    return due[amended] if amended < len(due) else None


def deciding(data: ChamberData, item: PlannedItem) -> list[VoteRecord | SecretRecord]:
    """The votes that decide the item itself, in their order, in whatever state but void: none on procedure or on an
    amendment. A secret ballot decides it on a prepared text, on the item's title, or on candidates."""
    record = data.record
    own = record.items.get(item.item) if record is not None else None
    if record is None or own is None:
        return []
    texts = {motion_sha256(text) for text in (item.title, *(motion.text for motion in item.motions))}
    found: dict[int, VoteRecord | SecretRecord] = {}
    for n in own.votes:
        vote = record.votes[n]
        if vote.state != "voided" and vote.opened.subject not in ON_THE_WAY:
            found[n] = vote
    for n in own.secret_votes:
        secret = record.secret_votes[n]
        if secret.voided is None and (secret.fact.candidates or secret.motion_sha256 in texts):
            found[n] = secret
    return [found[n] for n in sorted(found)]


def consent_items(data: ChamberData) -> tuple[str, ...]:
    """Those that a block vote would take beside the current item, if that is put to the vote in a block itself."""
    record = data.record
    if record is None or record.current_item is None:
        return ()
    consent = [item.item for item in items_now(data) if item.consent and item.item not in record.withdrawn_items]
    if record.current_item not in consent:
        return ()
    return tuple(item for item in consent if item != record.current_item and next_motion(data, item) is not None)


def _of_text(motions: Sequence[PlannedMotion], sha256: str) -> PlannedMotion | None:
    return next((motion for motion in motions if motion_sha256(motion.text) == sha256), None)


def first_of(record: SittingRecord, vote: AnyVote) -> int:
    """The vote that this one, by whatever steps, repeats or reconsiders; itself if none."""
    if vote.relation not in ("repeat", "reconsideration") or vote.refers_to is None:
        return vote.n
    return first_of(record, record.vote(vote.refers_to))
