"""Everything that voting refuses. `code` is the word sent to a terminal; the text is a sentence a clerk understands."""

from __future__ import annotations


class VotingError(Exception):
    """The root. Never raised itself."""

    code = "voting"


# --- bytes ------------------------------------------------------------------------------------------------------


class NotCanonical(VotingError):
    """A value that canonical JSON cannot hold: a float, a number beyond 2^53 - 1, half a surrogate pair."""

    code = "not_canonical"


class BadEntry(VotingError):
    """Bytes or a fact that are no entry of this ledger; the text names the field."""

    code = "bad_entry"


class NewerEntry(VotingError):
    """An entry of a later version of this program: it can be hashed, not understood."""

    code = "newer_entry"


class BadNote(VotingError):
    """A checkpoint, its signature or a key that is malformed or does not fit."""

    code = "bad_note"


class BadReceipt(VotingError):
    """A file that is no receipt, or one of a later format."""

    code = "bad_receipt"


# --- rules ------------------------------------------------------------------------------------------------------


class BadRequirement(VotingError):
    """A fraction that no vote could be decided by, such as 3/2 or "more than all"."""

    code = "bad_requirement"


class UnknownMember(VotingError):
    """Someone who is not among the sitting's members."""

    code = "unknown_member"


class WrongMove(VotingError):
    """A fact that the state of the vote does not allow; the text names both."""

    code = "wrong_move"


class VoteNotOpen(WrongMove):
    """A new press for a vote that is closed."""

    code = "vote_not_open"


class VoteHeldError(WrongMove):
    """A new press for a vote that is held."""

    code = "vote_held"


class NotEntitled(VotingError):
    """A press of a member who is not entitled in this vote: absent at its opening, recused or not on record."""

    code = "not_entitled"


class BadOption(VotingError):
    """A press of something that cannot be chosen in this vote: `absent`, or a candidate who does not stand."""

    code = "bad_option"


class WrongChannel(VotingError):
    """An answer that came otherwise than this vote is taken: aloud in a vote entered by hand, say."""

    code = "wrong_channel"


class NotByTerminal(WrongChannel):
    """A press at a desk in a vote whose answers the clerk enters."""

    code = "not_by_terminal"


class NotConfirmed(VotingError):
    """A vote entered by hand that does not name two different clerks."""

    code = "not_confirmed"


class NoReason(VotingError):
    """A vote is not set aside, nor repeated, without a reason."""

    code = "no_reason"


class BadVote(VotingError):
    """A vote whose parts contradict each other: candidates in a vote on a motion, say."""

    code = "bad_vote"


class FoldError(VotingError):
    """An entry that cannot follow those before it. `seq` is its place."""

    code = "fold"

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"entry {seq}: {reason}")
        self.seq = seq
        self.reason = reason


# --- the ledger -------------------------------------------------------------------------------------------------


class LedgerBusy(VotingError):
    """Another hall holds the ledger, or has written to it since this one did."""

    code = "ledger_busy"


class LedgerDamaged(VotingError):
    """What is stored is not what was signed."""

    code = "ledger_damaged"


class LedgerClosed(VotingError):
    """The ledger was told to stop. The last append, if it waited for the database, may stand or not; the next start
    reads which."""

    code = "ledger_closed"


class WrongKey(VotingError):
    """The last checkpoint was signed with another key than the one given."""

    code = "wrong_key"
