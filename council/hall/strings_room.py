"""Words of the pages about the hall itself: the sittings it holds, the readiness of its desks. How: `strings.py`."""

from __future__ import annotations

from council.hall.strings_shared import Text

ROOM: dict[str, Text] = {
    "home_title": "Sittings in this hall",
    "home_lead": "There are several sittings here. Open the screen of the right one.",
    "state_planned": "not opened yet",
    "state_open": "open",
    "state_closed": "closed",
    "screen_console": "Console",
    "screen_chair": "Chair",
    "screen_display": "Hall display",
    "readiness_title": "Readiness of the hall",
    "readiness_lead": "Every desk presses every key once; what was recorded is ticked here.",
    "readiness_of": "Rehearsal {n}",
    "readiness_ready": ("{n} desk is ready.", "{n} desks are ready."),
    "readiness_not": ("{n} desk is not.", "{n} desks are not."),
    "readiness_none": "No desk has pressed anything yet.",
    "desk": "Desk",
    "member": "Member",
    "key": "Key {key}",
    "pressed": "recorded",
    "not_pressed": "not pressed",
    "ms": "{ms} ms",
    "way": "There and back",
    "line": "Line",
    "linked": "connected",
    "not_linked": "not connected",
    "page_now": "Version",
    "page_ok": "this one",
    "page_old": "an old one: reload it",
    "not_measured": "not measured",
    "made_at": "Made",
    "back": "Back",
}
