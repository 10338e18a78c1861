"""Who of the staff may do what: one table, by role. Pure.

A right is an act of the console, by the name of its class in `protocol_acts.py`, or one of the page rights below. What
no row names, nobody may. That a second person confirms an entry or a correction is the act's own rule, not a role's.
"""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["clerk", "second_clerk", "chair", "technician", "auditor", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)

# console: its state. audit: what staff did. staff: names, roles, second factors. members: who has a card or a PIN.
# agenda: sittings before they open. captions: of recordings. readiness: of desks, after a rehearsal. papers: sheets,
# minutes.
READS = frozenset(
    (
        *("console.read", "audit.read", "staff.read", "members.read", "agenda.read", "captions.read"),
        *("readiness.read", "papers.print"),
    )
)
CHANGES = {
    "staff.manage": "staff.read",
    "members.manage": "members.read",
    "agenda.prepare": "agenda.read",
    "captions.edit": "captions.read",
}
"""The page rights that change something, each with the one that reads the same pages: who has the first has both."""
PAGES = READS | CHANGES.keys()
ON_CONSOLE = frozenset(("papers.print", "readiness.read"))
"""Page rights behind which the console has an act of its own."""

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
    | {"console.read", "audit.read", "agenda.read", "agenda.prepare", "captions.read", "captions.edit"}
    | {"readiness.read", "papers.print"}
)  # fmt: skip

RIGHTS: dict[str, frozenset[str]] = {
    "clerk": _CLERK,
    "second_clerk": _CLERK,
    "chair": FLOOR | OUTCOME | {"console.read", "papers.print"},
    "technician": TERMINALS | SEATS | REHEARSAL | {"console.read", "readiness.read", "members.read", "members.manage"},
    "auditor": READS,
    "administrator": (
        TERMINALS | {"console.read", "audit.read", "staff.read", "staff.manage", "members.read", "members.manage"}
    ),
}


def may(role: str, right: str) -> bool:
    return right in RIGHTS.get(role, frozenset())


def acts_of(role: str) -> tuple[str, ...]:
    """What the console offers the role, in alphabet order: acts by name, and ON_CONSOLE's."""
    return tuple(sorted(RIGHTS.get(role, frozenset()) - (PAGES - ON_CONSOLE)))


COMMANDING = frozenset(role for role in ROLES if RIGHTS[role] & (VOTES | OUTCOME))
"""Roles that command a vote."""

VOTING = TERMINALS | SEATS | {"members.manage", "staff.manage"}
"""Who gives a desk its terminal, or a member a desk, a card or a PIN, could vote in that member's name."""

WITH_FACTOR = COMMANDING | {role for role in ROLES if RIGHTS[role] & VOTING}
"""Roles that sign in with a second factor where it is required: those that command a vote, those that say whose a vote
is, and who can make either."""
