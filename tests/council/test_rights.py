"""The table of rights: whole, and what each role is kept from."""

from __future__ import annotations

import typing

import pytest

from council.hall.strings_staff import STAFF
from council.protocol import Act
from council.rights import CHANGES, COMMANDING, PAGES, READS, RIGHTS, ROLES, WITH_FACTOR, acts_of, may

ACTS = {act.__name__ for act in typing.get_args(Act)}


def test_every_act_of_the_protocol_is_somebodys_right_and_nothing_else_is_a_right() -> None:
    assert len(ACTS) > 30
    assert set().union(*RIGHTS.values()) == ACTS | PAGES


def test_audit_view_has_a_word_for_every_act_and_role() -> None:
    assert {f"act_{act}" for act in ACTS} | {f"role_{role}" for role in ROLES} <= set(STAFF)


def test_every_role_has_a_row() -> None:
    assert tuple(RIGHTS) == ROLES


@pytest.mark.parametrize("role", ROLES)
def test_roles_that_change_nothing_of_a_sitting_hold_no_act_of_it(role: str) -> None:
    sitting = RIGHTS[role] & ACTS - {"MakeEnrolment", "RevokeTerminals", "SetSeat", "StartRehearsal", "EndRehearsal"}
    assert bool(sitting) == (role in ("clerk", "second_clerk", "chair"))


def test_auditor_reads_and_changes_nothing() -> None:
    assert RIGHTS["auditor"] == READS
    assert set(CHANGES) == PAGES - READS and set(CHANGES.values()) <= READS
    assert not any(right.endswith((".manage", ".prepare", ".edit")) for right in READS)
    assert acts_of("auditor") == ("papers.print", "readiness.read")


@pytest.mark.parametrize("role", ROLES)
def test_who_changes_what_is_on_a_page_reads_it_too(role: str) -> None:
    assert {CHANGES[right] for right in RIGHTS[role] & CHANGES.keys()} <= RIGHTS[role]
    assert ("readiness.read" in RIGHTS[role]) == ("StartRehearsal" in RIGHTS[role] or role == "auditor")


def test_chair_has_the_floor_the_tie_and_the_announcement_alone() -> None:
    acts = RIGHTS["chair"] & ACTS
    assert {"GiveFloor", "NextSpeaker", "DecideTie", "AnnounceResult"} <= acts
    assert not acts & {"OpenVote", "CloseVote", "VoidVote", "EnterAnswers", "SetPresence", "RevokeTerminals"}


def test_second_clerk_may_what_the_clerk_may() -> None:
    """Another person, not another right, is what a confirmation asks for."""
    assert RIGHTS["second_clerk"] == RIGHTS["clerk"]


def test_commanding_roles_are_those_with_votes_in_their_hands() -> None:
    assert {"clerk", "second_clerk", "chair"} == COMMANDING
    assert {"clerk", "second_clerk", "chair", "technician", "administrator"} == WITH_FACTOR  # all who act


def test_unknown_role_or_right_is_no_right() -> None:
    assert not may("mayor", "OpenVote")
    assert not may("clerk", "open_vote")
    assert not may("clerk", "staff.manage")
