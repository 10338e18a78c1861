"""Who of the staff may do what: one table, by role. Pure.

A right is an act of the console, by the name of its class in `protocol_acts.py`, or one of the page rights below. What
no row names, nobody may. That a second person confirms an entry or a correction is the act's own rule, not a role's.
"""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["clerk", "second_clerk", "chair", "technician", "auditor", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)

# console.read: the console's state. audit.read: what staff did. staff.manage: names, roles, second factors.
# members.manage: members' cards and PINs. agenda.prepare: sittings before they open. papers.print: sheets and minutes.
# captions.edit: captions of recordings.
PAGES = frozenset(
    (
        *("console.read", "audit.read", "staff.manage", "members.manage", "agenda.prepare", "papers.print"),
        "captions.edit",
    )
)

SITTING = frozenset(("OpenSitting", "CloseSitting", "SetChair"))
REHEARSAL = frozenset(("StartRehearsal", "EndRehearsal"))
PRESENCE = frozenset(("SetPresence", "JustifyAbsence", "SetRecusal"))
SEATS = frozenset(("SetSeat",))
AGENDA = frozenset(("CallItem", "AddItem", "WithdrawItem", "ReorderAgenda"))
VOTES = frozenset(
    (
        *("OpenVote", "HoldVote", "ResumeVote", "EnterAnswers", "CloseVote", "VoidVote", "RecordSecretVote"),
        *("NoteCorrection", "ConfirmProposal", "DropProposal"),
    )
)
OUTCOME = frozenset(("DecideTie", "AnnounceResult"))
FLOOR = frozenset(
    ("AskFloorFor", "WithdrawRequest", "GiveFloor", "NextSpeaker", "PauseFloor", "ResumeFloor", "EndFloor")
)
FILMING = frozenset(("PauseFilming", "ResumeFilming"))
TERMINALS = frozenset(("MakeEnrolment", "RevokeTerminals"))

_CLERK = (
    SITTING | REHEARSAL | PRESENCE | SEATS | AGENDA | VOTES | OUTCOME | FLOOR | FILMING | TERMINALS
    | {"console.read", "audit.read", "agenda.prepare", "papers.print", "captions.edit"}
)  # fmt: skip

RIGHTS: dict[str, frozenset[str]] = {
    "clerk": _CLERK,
    "second_clerk": _CLERK,
    "chair": FLOOR | OUTCOME | {"console.read", "papers.print"},
    "technician": TERMINALS | SEATS | REHEARSAL | {"console.read", "members.manage"},
    "auditor": frozenset(("console.read", "audit.read", "papers.print")),
    "administrator": TERMINALS | {"console.read", "audit.read", "staff.manage", "members.manage"},
}


def may(role: str, right: str) -> bool:
    return right in RIGHTS.get(role, frozenset())


def acts_of(role: str) -> tuple[str, ...]:
    """What the console offers the role, in alphabet order: acts by name, and `papers.print`."""
    return tuple(sorted(RIGHTS.get(role, frozenset()) - PAGES | RIGHTS.get(role, frozenset()) & {"papers.print"}))


COMMANDING = frozenset(role for role in ROLES if RIGHTS[role] & (VOTES | OUTCOME))
"""Roles that command a vote."""

VOTING = TERMINALS | SEATS | {"members.manage", "staff.manage"}
"""Who gives a desk its terminal, or a member a desk, a card or a PIN, could vote in that member's name."""

WITH_FACTOR = COMMANDING | {role for role in ROLES if RIGHTS[role] & VOTING}
"""Roles that sign in with a second factor where it is required: those that command a vote, those that say whose a vote
is, and who can make either."""
