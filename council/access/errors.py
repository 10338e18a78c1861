"""What access refuses, and why. Pure."""

from __future__ import annotations


class AccessError(Exception):
    """`code` for programs; the page has the sentence."""

    code = "access"


class WrongPassword(AccessError):
    """No such name, or not its password: never said which."""

    code = "wrong_password"


class WrongFactor(AccessError):
    """The one-time code or the passkey is not this person's, or was used before."""

    code = "wrong_factor"


class NoHalf(AccessError):
    """The sign-in that this second step belongs to is over: it lasts five minutes and five tries."""

    code = "sign_in_again"


class TooManyTries(AccessError):
    """Wait `seconds` before the next try."""

    code = "too_many_tries"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class BadCode(AccessError):
    """The code is not known, or was used."""

    code = "bad_code"


class ExpiredCode(BadCode):
    """The code is right and was never used, but its ten minutes have passed, or the clerk took it back."""

    code = "expired_code"


class NoSuchDesk(AccessError):
    code = "no_such_desk"


class BadPassword(AccessError):
    """A new password is too short or too long."""

    code = "bad_password"


class BadStaff(AccessError):
    """no_staff: nobody of this name; staff_exists; bad_staff_name, bad_name: cannot be one; no_role: not a role."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class BadCredential(AccessError):
    """no_member: nobody of this id; bad_card, bad_pin: cannot be one; card_taken: another member has it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
