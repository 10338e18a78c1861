"""A page's forms: only our own pages may send them."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import Any

from itsdangerous import Signer

from council.access.audit import Audit


class Forms(Audit):
    def __init__(self, pool: Any, cookie_key: bytes) -> None:
        super().__init__(pool, cookie_key)
        self._csrf_cookie = Signer(cookie_key, salt="csrf", digest_method=sha256)

    def csrf(self, cookie: str | None) -> str:
        """The token for a page's forms: the cookie's own while it is genuine, else a new one to set as the cookie."""
        if cookie and self._csrf_cookie.validate(cookie):
            return cookie
        return self._csrf_cookie.sign(secrets.token_hex(16)).decode()

    def csrf_ok(self, cookie: str | None, field: str | None) -> bool:
        """Whether the form came from a page of ours: the field equals the cookie, and the cookie is genuine."""
        if not cookie or not field or not hmac.compare_digest(cookie.encode(), field.encode()):
            return False
        return self._csrf_cookie.validate(cookie)
