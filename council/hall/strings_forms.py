"""Words of sign-in and enrolment. How they are written: `strings.py`."""

from __future__ import annotations

from council.hall.strings_shared import Text

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
