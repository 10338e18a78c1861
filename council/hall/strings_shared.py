"""Words that every screen of the hall says. How they are written: `strings.py`."""

from __future__ import annotations

Text = str | tuple[str, str]  # a pair: singular, plural

SHARED: dict[str, Text] = {
    "replay": "Replay of a record.",
    "replay_note": "Sitting of {date}, the seats are simulated",
    "replay_vote_note": "Sitting of {date}, the seats are simulated; in the record this vote was at {time}",
    "training": "Training council.",
    "training_note": "People and items are invented, the votes do not count",
    "rehearsal": "Rehearsal.",
    "rehearsal_note": "Nothing of it goes into the record of the sitting",
    "item": "Item {item}",
    "needed": "Needed: *{needed} “for” of {seats}*",
    "needed_count": "Needed: *{needed} “for”*",
    "needed_rule": "Needed: *{rule}*",
    "link_up": "Connected",
    "link_down": "No connection",
    "link_connecting": "Connecting…",
    "closing_now": "closing…",
    "no_limit": "no time limit",
    "noscript": "This page needs JavaScript. Please turn it on in the browser’s settings and load the page again.",
}
