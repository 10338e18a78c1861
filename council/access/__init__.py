"""Who may speak to the hall: staff by password and second factor, a terminal by its key, a member by card or PIN.

No secret is stored, only its hash; what must be read again is sealed. Never logs a password, a code, a key, a PIN or a
cookie. What each role may do is in `council.rights`."""

from council.access.access import Access
from council.access.audit import MACHINE, Noted, StaffAct
from council.access.errors import (
    AccessError,
    BadCode,
    BadCredential,
    BadPassword,
    BadStaff,
    ExpiredCode,
    NoHalf,
    NoSuchDesk,
    TooManyTries,
    WrongFactor,
    WrongPassword,
)
from council.access.factors import Relying
from council.access.logins import AFTER_SITTING, LOGIN_LIFE, SITTING_LIFE, Login
from council.access.passwords import hash_of
from council.access.sign_in import Half, Step
from council.access.staff import Staff, add_staff
from council.access.terminals import CODE_ALPHABET, CODE_LENGTH, Terminal, new_code
from council.access.tries import Tries, network_of

__all__ = [
    "AFTER_SITTING",
    "CODE_ALPHABET",
    "CODE_LENGTH",
    "LOGIN_LIFE",
    "MACHINE",
    "SITTING_LIFE",
    "Access",
    "AccessError",
    "BadCode",
    "BadCredential",
    "BadPassword",
    "BadStaff",
    "ExpiredCode",
    "Half",
    "Login",
    "NoHalf",
    "NoSuchDesk",
    "Noted",
    "Relying",
    "Staff",
    "StaffAct",
    "Step",
    "Terminal",
    "TooManyTries",
    "Tries",
    "WrongFactor",
    "WrongPassword",
    "add_staff",
    "hash_of",
    "network_of",
    "new_code",
]
