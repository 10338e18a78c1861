"""What the parts of an opened vote must agree on. Pure: asked before a vote is opened, and again by the audit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from voting.entries import VoteOpened
from voting.roll import in_quorum


def motion_sha256(motion: str) -> str:
    """The SHA-256 of the motion's UTF-8 bytes, in hexadecimal digits."""
    return hashlib.sha256(motion.encode()).hexdigest()


def contradictions(opened: VoteOpened) -> Iterator[str]:
    """Sentences, one for each part that does not fit the others; none for a vote that can be taken."""
    if opened.order is not None and opened.method != "called":
        yield "members are called in an order only in a called roll call"
    if (opened.subject == "candidates") != bool(opened.candidates):
        yield "a vote on candidates needs candidates, and no other vote has any"
    if [candidate.candidate for candidate in opened.candidates] != list(range(1, len(opened.candidates) + 1)):
        yield "the candidates are not numbered from 1"
    yield from _items(opened)
    yield from _reference(opened)
    yield from _quorum(opened)
    if opened.override is not None and not (opened.override.reason.strip() and opened.override.over):
        yield "a warning is overridden without saying which, or without a reason"


def _items(opened: VoteOpened) -> Iterator[str]:
    if not opened.also_items:
        return
    if opened.subject != "block" or opened.item is None:
        yield "it decides several items and is no block vote on the first of them"
    if len({opened.item, *opened.also_items}) != 1 + len(opened.also_items):
        yield "it decides an item twice"


def _reference(opened: VoteOpened) -> Iterator[str]:
    if (opened.relation is None) != (opened.refers_to is None):
        yield "it refers to another vote without saying how, or says how without a vote"
    if opened.refers_to is not None and opened.refers_to >= opened.n:
        yield f"it refers to vote {opened.refers_to}, which is not before it"
    if opened.relation in ("repeat", "reconsideration") and not (opened.reason or "").strip():
        yield f"a {opened.relation} needs a reason"


def _quorum(opened: VoteOpened) -> Iterator[str]:
    present, recused = len(opened.present), len(opened.recused)
    if not set(opened.recused) <= set(opened.present):
        yield "somebody stands aside who is not present"
    if opened.exception and not (recused and present - recused < opened.requirement.quorum):
        yield "the recused vote by exception, and there would be a quorum without them"
    counted = in_quorum(opened)
    if counted != present and (opened.exception or counted != present - recused):
        yield f"{counted} count for the quorum; {present} are present, {recused} of them recused"
