"""Everything the hall refuses, in words: a code for programs, a sentence for people, in each language.

Pure but for the catalogues. The rules themselves stand where they are checked; here is only what is said.
"""

from __future__ import annotations

from collections.abc import Callable
from gettext import NullTranslations
from typing import Any

from council.words import spoken


def error_json(status: int, code: str, message: str, help_: str = "") -> dict[str, Any]:
    """The one shape of every JSON error, of hall and public site: `code` for programs, `message` what is wrong, `help`
    what to do."""
    return {"error": {"status": status, "code": code, "message": message, "help": help_}}


class Refusal(Exception):
    """An act or a press is not done. `figures` fill the sentence."""

    def __init__(self, code: str, **figures: object) -> None:
        super().__init__(code)
        self.code = code
        self.figures = figures

    def sentence(self, locale: str) -> str:
        """In `locale`; English for a language that the pages do not speak."""
        return sentence(self.code, locale, **self.figures)


_SENTENCES: dict[str, Callable[[NullTranslations], str]] = {
    # any connection
    "bad_message": lambda t: t.gettext("The hall did not understand this message."),
    "wrong_protocol": lambda t: t.gettext("This program speaks another version of the protocol. Reload or update it."),
    "no_hello": lambda t: t.gettext("The first message must be Hello."),
    "too_fast": lambda t: t.gettext("Too many messages at once. Wait a moment."),
    "internal": lambda t: t.gettext("The hall could not do this. It is noted in its log; nothing was changed."),
    "unseen_letter": lambda t: t.gettext(
        "The text has a character that cannot be seen (%(letter)s). Type it anew, or paste it as plain text."
    ),
    "not_allowed": lambda t: t.gettext("Your role does not include this act."),
    # terminals
    "bad_signature": lambda t: t.gettext("This terminal did not prove its key. Ask the clerk for a new code."),
    "no_boot": lambda t: t.gettext("This terminal did not say which start of it speaks. Restart it."),
    "foreign_boot": lambda t: t.gettext("This press belongs to another start of the terminal and was not taken."),
    "no_member": lambda t: t.gettext("No member sits at this desk."),
    "member_elsewhere": lambda t: t.gettext(
        "Another terminal of this member is connected. Only one can vote; call the clerk."
    ),
    "no_vote": lambda t: t.gettext("No vote is open."),
    "vote_closed": lambda t: t.gettext("The vote is already closed."),
    "not_entitled": lambda t: t.gettext(
        "You were not on the roll when this vote opened. You can vote from the next one on."
    ),
    "vote_held": lambda t: t.gettext("The vote is on hold. Wait until it goes on."),
    "recused": lambda t: t.gettext("You declared a conflict of interest in this item and do not vote."),
    "not_by_terminal": lambda t: t.gettext("In this vote you answer aloud; the clerk enters what you say."),
    "bad_option": lambda t: t.gettext("This cannot be chosen in this vote."),
    "not_recorded": lambda t: t.gettext("The hall could not record this press. Tell the clerk your vote aloud."),
    "said_aloud": lambda t: t.gettext("Your answer was given aloud since. What the clerk entered stands."),
    "unknown_card": lambda t: t.gettext("Nobody has this card. Ask the clerk."),
    "wrong_pin": lambda t: t.gettext("That is not the right PIN."),
    "too_many_seat_tries": lambda t: t.gettext("Too many tries. Wait %(seconds)s s, or ask the clerk."),
    "seats_are_given": lambda t: t.gettext("At this desk nobody signs in that way. Ask the clerk."),
    # acts
    "sitting_not_open": lambda t: t.gettext("The sitting is not open yet."),
    "sitting_closed": lambda t: t.gettext("The sitting is closed."),
    "no_such_member": lambda t: t.gettext("There is no such member in this sitting."),
    "no_such_item": lambda t: t.gettext("There is no item %(item)s on this agenda."),
    "no_such_desk": lambda t: t.gettext("There is no desk %(desk)s in this hall."),
    "no_item": lambda t: t.gettext("Call an agenda item first."),
    "no_motion": lambda t: t.gettext("Every motion of this item has been voted on."),
    "no_quorum": lambda t: t.gettext(
        "No quorum: %(present)s present, %(quorum)s needed. Opening needs a reason, which goes into the minutes."
    ),
    "vote_running": lambda t: t.gettext("Vote %(n)s is open. Close it first."),
    "not_announced": lambda t: t.gettext("Announce the result of vote %(n)s first."),
    "not_closed": lambda t: t.gettext("Vote %(n)s is still open."),
    "wrong_vote": lambda t: t.gettext("The next vote is number %(n)s. Look at the console again."),
    # kinds of vote
    "speech_running": lambda t: t.gettext("Somebody has the floor. End or pause the speech first."),
    "no_such_rule": lambda t: t.gettext("The rules of procedure do not have this rule."),
    "text_needed": lambda t: t.gettext("Write the text that is put to the vote."),
    "reason_needed": lambda t: t.gettext("State a reason: it goes into the ledger."),
    "candidates_missing": lambda t: t.gettext("A vote on candidates needs their names, and no other vote has any."),
    "not_a_block": lambda t: t.gettext("Only a block vote decides several items."),
    "no_such_vote": lambda t: t.gettext("There is no vote %(n)s in this sitting that this one could refer to."),
    "secret_vote": lambda t: t.gettext("That vote was secret: its totals stand as the commission gave them."),
    "vote_voided": lambda t: t.gettext("Vote %(n)s is void."),
    "not_void": lambda t: t.gettext("Vote %(n)s is not void. Set it aside before you repeat it, or reconsider it."),
    "repeated_already": lambda t: t.gettext("Vote %(n)s was repeated by vote %(again)s."),
    "block_not_secret": lambda t: t.gettext("Vote %(n)s decided several items. A secret ballot is on one."),
    "too_many_candidates": lambda t: t.gettext("A terminal has keys for %(most)s candidates at most."),
    "no_reconsideration": lambda t: t.gettext("The rules of procedure know no reconsideration."),
    "not_decided": lambda t: t.gettext("Vote %(n)s is not announced. Only what is decided can be reconsidered."),
    "not_on_this_item": lambda t: t.gettext("Vote %(n)s is not a decided vote on the current item."),
    "tie_undecided": lambda t: t.gettext("Vote %(n)s is a tie: the chair decides it first."),
    "tie_decided": lambda t: t.gettext("The chair has decided the tie of vote %(n)s otherwise."),
    "no_tie": lambda t: t.gettext("Vote %(n)s is not a tie."),
    "no_chair": lambda t: t.gettext("Say first who presides: the casting vote is the chair’s."),
    "chair_absent": lambda t: t.gettext("Whoever presides has left: say first who does so now."),
    "chair_recused": lambda t: t.gettext(
        "Whoever presides declared a conflict of interest in this item: say first who does so instead."
    ),
    "second_clerk_needed": lambda t: t.gettext("Another clerk than the one who entered this must confirm it."),
    "nothing_entered": lambda t: t.gettext("Nothing has been entered yet. Enter the answers, or set the vote aside."),
    "rest_not_here": lambda t: t.gettext("“All the others” is for votes entered by hand. Enter each answer."),
    "member_not_entitled": lambda t: t.gettext("%(name)s may not vote in this vote."),
    "no_ground": lambda t: t.gettext("A secret vote needs a ground that the rules of procedure name."),
    "no_closed_ground": lambda t: t.gettext("The rules of procedure do not name this ground."),
    "more_papers_issued": lambda t: t.gettext("%(issued)s papers issued, but only %(members)s members are in office."),
    "more_papers_found": lambda t: t.gettext("%(found)s papers found, but only %(issued)s were issued."),
    "counts_do_not_add_up": lambda t: t.gettext(
        "The candidates have %(counted)s votes together, but %(votes)s votes for are entered."
    ),
    "papers_do_not_add_up": lambda t: t.gettext(
        "For, against, abstentions and invalid papers make %(counted)s, but %(found)s papers were found."
    ),
    "no_corrections": lambda t: t.gettext("The rules of procedure know no statements on how a vote was meant."),
    "statement_needed": lambda t: t.gettext("Write what the member states: it goes into the ledger."),
    "same_option": lambda t: t.gettext("That is what is recorded."),
    "no_such_proposal": lambda t: t.gettext("This proposal does not wait any more. Enter it again."),
    "rehearsal_too_late": lambda t: t.gettext("Only a sitting that is not open yet can be rehearsed."),
    "no_rehearsal": lambda t: t.gettext("This is not a rehearsal."),
    # presence, seats, the floor
    "member_present": lambda t: t.gettext("This member is present. Only an absence can be justified."),
    "member_absent": lambda t: t.gettext("This member is not marked as present. Mark them present first."),
    "recusal_not_current": lambda t: t.gettext(
        "From the seat a conflict of interest can be declared in the current item only. For another one tell the clerk."
    ),
    "recusal_vote_open": lambda t: t.gettext(
        "Vote %(n)s on this item is running: a conflict of interest is declared before it opens. Do not vote, and tell "
        "the clerk."
    ),
    "item_withdrawn": lambda t: t.gettext("Item %(item)s was taken off the agenda."),
    "no_such_request": lambda t: t.gettext("This request to speak does not wait any more."),
    "not_one_speaker": lambda t: t.gettext("Name one speaker: a request, a member, or a guest."),
    "wrong_speech": lambda t: t.gettext("The next speech is number %(n)s. Look at the console again."),
    "speech_over": lambda t: t.gettext("Speech %(n)s has ended."),
    "floor_interrupted": lambda t: t.gettext("End the point of order first: it has interrupted a speech."),
    "floor_vote_open": lambda t: t.gettext("Vote %(n)s is open. The floor is given when it is closed."),
    "faction_time_used": lambda t: t.gettext(
        "%(faction)s has no time left in this item. If the chair allows it, give the floor with a limit of its own."
    ),
    # the agenda in the sitting
    "item_exists": lambda t: t.gettext(
        "There is an item %(item)s on this agenda already. Give the new one another number."
    ),
    "urgency_ground": lambda t: t.gettext("The rules ask for a ground of urgency. State it."),
    "agenda_empty": lambda t: t.gettext("There is nothing on this agenda yet."),
    "agenda_unchanged": lambda t: t.gettext("This agenda is published just so already."),
    "ground_too_long": lambda t: t.gettext("The ground has 300 characters at most."),
    "agenda_fixed": lambda t: t.gettext("The sitting has been opened: its agenda is changed from the console now."),
    "vote_not_adopted": lambda t: t.gettext("Vote %(n)s did not adopt this."),
    "wrong_order": lambda t: t.gettext("The new order must name each item of the agenda once. Look at it again."),
    "no_database": lambda t: t.gettext("The database does not answer. Try again in a moment; nothing was changed."),
}

CODES = frozenset(_SENTENCES)


def sentence(code: str, locale: str, **figures: object) -> str:
    """What is said for `code`. A code without a sentence is said as the general refusal."""
    t = spoken(locale, "hall")
    text = _SENTENCES.get(code, _SENTENCES["internal"])(t)
    return text % figures if figures else text
