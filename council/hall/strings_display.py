"""The wall's words. How they are written: `strings.py`."""

from __future__ import annotations

from council.hall.strings_shared import Text

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
