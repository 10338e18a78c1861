"""Every word on the hall's pages: terminal, console, display, sign-in, enrolment.

English is the msgid; the catalogue is locales/{locale}/hall.po. `{name}` is filled in by the page's script, `*bold*`
marks what stands out; both only in these strings, so a name or a title can never be read as markup. A pair is a
plural: the page gets a form for each CLDR category of its language ("one", "few", "many") and picks by count.
Letters of the console's keys are words too: "V KeyV" is what the cap shows and the physical key (KeyboardEvent.code).
Source of the Ukrainian texts: the house's HALL.md.
"""

from __future__ import annotations

from functools import cache

from babel import Locale

from council.verdict import option_word
from council.words import translations
from voting.entries import Option

Text = str | tuple[str, str]  # a pair: singular, plural

SHARED: dict[str, Text] = {
    "replay": "Replay of a record.",
    "replay_note": "Sitting of {date}, the seats are simulated",
    "replay_vote_note": "Sitting of {date}, the seats are simulated; in the record this vote was at {time}",
    "training": "Training council.",
    "training_note": "People and items are invented, the votes do not count",
    "item": "Item {item}",
    "needed": "Needed: *{needed} “for” of {seats}*",
    "link_up": "Connected",
    "link_down": "No connection",
    "link_connecting": "Connecting…",
    "closing_now": "closing…",
    "no_limit": "no time limit",
    "noscript": "This page needs JavaScript. Please turn it on in the browser’s settings and load the page again.",
}

TERMINAL: dict[str, Text] = {
    "title": "Seat",
    "desk": "Seat {no}",
    "no_member": "No member is listed at this seat",
    "no_member_soft": "Please call the clerk.",
    "considering": "Now before the council: item {item}",
    "no_item": "No item has been called yet",
    "item_vote": "Item {item} · vote {n}",
    "vote": "Vote {n}",
    "item_vote_closed": "Item {item} · vote {n} closed at {time}",
    "vote_closed": "Vote {n} closed at {time}",
    "spoken_outcome": "{verdict}. Your vote: {option}.",
    "to_closing": "to closing",
    "about_to_closing": "to closing, roughly",
    "connecting": "Connecting to the server",
    "connecting_soft": "The keys will switch on by themselves.",
    "sitting_planned": "The sitting is not open yet",
    "sitting_closed": "The sitting is closed",
    "sitting_closed_soft": "Thank you. There is nothing to press.",
    "waiting": "The vote is not open yet",
    "waiting_soft": "The keys will switch on by themselves. There is nothing to press.",
    "not_present": "You are not registered",
    "not_present_soft": "Please register to take part in the votes: key 7.",
    "arrive": "Register",
    "arriving": "Registering…",
    "open": "The vote is open: press one key",
    "open_soft": "You can change your choice until the vote is closed.",
    "not_entitled": "You do not vote this time",
    "not_entitled_absent": "You were not registered when the vote was opened.",
    "not_entitled_present": "You are not among those who vote now. If that is wrong, raise your hand.",
    "pending": "“{option}” pressed — not yet recorded",
    "pending_soft": "Sending. There is no need to press again.",
    "tag_pending": "not yet recorded",
    "recorded": "Recorded: “{option}”",
    "recorded_soft": "at {time}. You can change it until closing: press another key.",
    "recorded_short": "at {time}",
    "tag_recorded": "recorded",
    "changing_soft": "For now “{option}” is recorded ({time}).",
    "two_keys": "Two keys were pressed. Press one.",
    "refused": "Not accepted: {reason}.",
    "stands": "“{option}” is recorded.",
    "stands_none": "You have not voted yet.",
    "offline_pending": "No connection. “{option}” is pressed but not yet recorded",
    "offline_recorded": "No connection. “{option}” was recorded at {time}",
    "offline_none": "No connection. You have not voted yet",
    "offline_soft": "We send it as soon as the connection is back. Long? Raise your hand: you may vote aloud.",
    "offline_idle": "No connection",
    "offline_idle_soft": "We reconnect by ourselves. There is nothing to press.",
    "turned_away": "Not connected: {reason}.",
    "replaced": "This seat is open in another window",
    "replaced_soft": "To vote here, close the other window and load this page again.",
    "closed": "The vote is closed",
    "closed_soft": "The chair will announce the result.",
    "your_vote": "Your vote",
    "your_vote_time": "recorded at {time}, counted",
    "your_vote_not_voting": "nothing was recorded before closing",
    "your_vote_absent": "you were not registered",
    "your_vote_recused": "you declared a conflict of interest",
    "your_vote_no_record": "the record does not mention it",
    "lost": "“{option}” was pressed but not recorded before closing. Your vote: {final}.",
    "checking": "“{option}” was pressed. We are checking whether it was recorded before closing.",
    "keys": "Voting keys",
    "motion": "What is voted on",
}

CONSOLE: dict[str, Text] = {
    "title": "Clerk’s console",
    "clerk": "Clerk: {name}",
    "log_out": "Sign out",
    "agenda": "Agenda",
    "seats": "Seats",
    "no_agenda": "The agenda is empty.",
    "item_waiting": "not considered",
    "item_done": "considered",
    "item_current": "being considered",
    "item_open": "the vote is open",
    "item_closed": "closed, not announced",
    "item_announced": "announced",
    "no_item": "No item has been called yet",
    "sitting_planned": "The sitting is not open yet",
    "sitting_open": "The sitting is open",
    "sitting_closed": "The sitting is closed",
    "vote_next": "Item {item} · vote {n} is not open yet",
    "vote_open": "Item {item} · vote {n} opened at {time}",
    "vote_closed": "Item {item} · vote {n} closed at {time}",
    "vote_open_only": "Vote {n} opened at {time}",
    "vote_closed_only": "Vote {n} closed at {time}",
    "item_no_motion": "Item {item} · there is nothing to vote on",
    "time_limit": "time for the vote",
    "closes_in": "closes by itself in",
    "open_ended": "open until you close it",
    "not_announced": "not announced yet",
    "announced": "announced",
    "open_sitting": "Open the sitting",
    "call_item": "Call item {item}",
    "call_next": "Call the next item",
    "call_other": "Call another item",
    "open_vote": "Open the vote",
    "change_time": "Change the time",
    "mark_presence": "Mark presence",
    "close_vote": "Close the vote",
    "confirm_close": ("Close now? {n} has not voted — {key}", "Close now? {n} have not voted — {key}"),
    "announce": "Announce the result",
    "close_sitting": "Close the sitting",
    "confirm_close_sitting": "Close the sitting? It cannot be opened again — {key}",
    "sending": "Sending…",
    "links_ok": ("{n} seat connected, the slowest {ms} ms.", "{n} seats connected, the slowest {ms} ms."),
    "links_ok_plain": ("{n} seat connected.", "{n} seats connected."),
    "links_down": ("*{n} seat is not connected:* {list}.", "*{n} seats are not connected:* {list}."),
    "links_down_many": ("*{n} seat is not connected.*", "*{n} seats are not connected.*"),
    "links_slow": ("*{n} is slow:* {list}.", "*{n} are slow:* {list}."),
    "not_registered": "not registered",
    "ms": "{ms} ms",
    "quorum_yes": "There is a quorum.",
    "quorum_no": "*There is no quorum:* {present} present, {quorum} needed.",
    "may_open": "You can open the vote.",
    "may_not_open": "The vote cannot be opened yet.",
    "guard_planned": "Members can register once the sitting is open.",
    "guard_sitting_closed": "The sitting is over. Its votes stay on the public page.",
    "guard_announced": "The result is announced, the roll call is public.",
    "guard_more_motions": "There is one more vote in this item.",
    "guard_agenda_done": "All items have been considered.",
    "guard_presence": "*Marking presence:* arrows and Enter, or a click. Esc — done.",
    "words_for_chair": "Words for the chair",
    "chair": "“For — {for}, against — {against}, abstained — {abstain}, not voting — {not_voting}. {decision}”.",
    "decision_adopted": "The decision is adopted",
    "decision_rejected": "The decision is not adopted",
    "decision_no_quorum": "The decision is not adopted: there was no quorum",
    "act_refused": "*Not done:* {reason}.",
    "act_lost": "*There is no answer to “{act}”.* Look at what stands now, and repeat it if needed.",
    "offline": "No connection to the server. Voting at the seats goes on, the countdown runs on the server.",
    "as_of": "as of {time}",
    "present": "Present",
    "of": "of {n}",
    "voted": "Voted",
    "tally": "Result",
    "quorum": "quorum {n}",
    "meter": "{present} of {seats} present, quorum {quorum}",
    "equipment": "Equipment",
    "legend_linked": "present, connected",
    "legend_away": "not on the roll",
    "legend_voted": "voted",
    "legend_not_yet": "not yet",
    "legend_secret": "How they vote is seen only after closing.",
    "cell_present": "present",
    "cell_away": "not registered",
    "cell_voted": "voted",
    "cell_not_voted": "has not voted",
    "cell_offline": "not connected",
    "cell_empty": "nobody sits here",
    "cell_no_record": "not mentioned in the record",
    "empty_desk": "free",
    "dialog_desk": "Seat {no}",
    "dialog_close": "Done",
    "dialog_cancel": "Cancel",
    "set_present": "Mark as present",
    "set_absent": "Mark as absent",
    "enrol": "Connect a terminal",
    "enrol_address": "On the terminal open the address",
    "enrol_code": "and type the code",
    "enrol_until": "The code works once, until {time}.",
    "revoke": "Revoke the terminal’s key",
    "confirm_revoke": "The seat will not be able to vote. Revoke?",
    "revoked": "The key is revoked. To vote, connect a terminal again.",
    "terminal_linked": "The terminal is connected, {ms} ms",
    "terminal_linked_plain": "The terminal is connected",
    "terminal_off": "The terminal has a key but is not connected",
    "terminal_none": "There is no terminal here",
    "dialog_time": "Time for the vote",
    "time_seconds": "Other, in seconds",
    "time_set": "Set",
    "time_bad": "From 5 to 86,400 seconds.",
    "dialog_items": "Which item to call?",
    "menu_language": "Language",
}

KEYS = {  # act: what the cap shows and KeyboardEvent.code; the msgid's context is "key, " and the act
    "open_sitting": "S KeyS",
    "call_item": "N KeyN",
    "open_vote": "V KeyV",
    "change_time": "T KeyT",
    "mark_presence": "P KeyP",
    "close_vote": "C KeyC",
    "announce": "R KeyR",
    "close_sitting": "E KeyE",
}

DISPLAY: dict[str, Text] = {
    "title": "Hall display",
    "training_note": "People, items and votes are invented",
    "sitting_planned": "The sitting is not open yet",
    "sitting_closed": "The sitting is closed",
    "no_item": "No item has been called yet",
    "considering": "Now before the council",
    "vote_open": "The vote is open",
    "vote_closed": "The vote is closed",
    "item_small": "· item {item}",
    "result_head": "Item {item} · vote {n} closed at {time}",
    "result_head_only": "Vote {n} closed at {time}",
    "to_closing": "to closing",
    "voted": ("*{n}* of {entitled} voted", "*{n}* of {entitled} voted"),
    "present": ("*{n}* of {seats} present", "*{n}* of {seats} present"),
    "seat_note": "The number is the seat in the hall. How they vote is seen after closing",
    "seat_note_present": "The number is the seat in the hall. A dotted ring: not registered",
    "quorum_yes": "There is a quorum: {quorum} needed",
    "quorum_no": "There is no quorum: {quorum} needed",
    "chair_announces": "The chair will announce the result",
    "ledger_entry": "Ledger: entry {size}",
    "opened_utc": "opened {time} UTC",
    "closed_utc": "closed {time} UTC",
    "needed_line": "needed {needed}",
    "offline": "No connection to the server, as of {time}",
    "offline_never": "No connection to the server",
    "page_of": "{page} of {pages}",
    "qr": "Checkpoint of the ledger: {payload}",
    "arc": "Seats: {voted} of {entitled} voted",
    "arc_present": "Seats: {present} present",
    "bar": "{for} “for”, {needed} of {seats} needed",
}

FORMS: dict[str, Text] = {
    "login_title": "Clerk’s sign-in",
    "login_lead": "Only for those who run the sitting.",
    "login_name": "Name",
    "login_password": "Password",
    "login_submit": "Sign in",
    "enrol_title": "Connect this seat",
    "enrol_lead": "Type the code that the clerk sees on the console, under this seat.",
    "enrol_code": "Code",
    "enrol_submit": "Connect",
    "enrol_note": "It is done once. After that this device votes for its seat until the clerk revokes its key.",
    "back": "Back",
}

PAGES = {"terminal": TERMINAL, "console": CONSOLE, "display": DISPLAY, "login": FORMS, "enrol": FORMS, "message": FORMS}


@cache
def _examples(locale: str) -> dict[str, int]:
    """The first number of each plural category: {"one": 1, "few": 2, "many": 0}"""
    plural = Locale.parse(locale).plural_form
    found: dict[str, int] = {}
    for n in range(200):
        found.setdefault(plural(n), n)
    found.setdefault("other", found.get("many", 0))  # whole numbers never ask for it; a page's guard does
    return found


@cache
def strings(locale: str, page: str) -> dict[str, str | dict[str, str]]:
    """The words of one page: key to text, or to a text by plural category.

    page: terminal, console, display, login, enrol or message. Raises KeyError, ValueError for an unknown page or
    language."""
    t = translations(locale, "hall")
    words: dict[str, str | dict[str, str]] = {}
    for key, text in (SHARED | PAGES[page]).items():
        if isinstance(text, str):
            words[key] = t.gettext(text)
        else:
            words[key] = {form: t.ngettext(*text, n) for form, n in _examples(locale).items()}
    if page == "console":
        for act, key in KEYS.items():
            words[f"key_{act}"] = t.pgettext(f"key, {act}", key)
    if page in ("terminal", "console", "display"):
        for option in Option:
            words[f"option_{option}"] = option_word(option, None, locale)
            words[f"option_{option}_f"] = option_word(option, "f", locale)
    return words
