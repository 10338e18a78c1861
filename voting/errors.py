"""Everything that voting refuses. `code` is the word sent to a terminal; the text is a sentence a clerk understands."""

from __future__ import annotations


class VotingError(Exception):
    """The root. Never raised itself."""

    code = "voting"
