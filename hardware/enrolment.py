"""What makes a terminal this terminal: a secret got once for the clerk's code, and a key of its own that signs.

Both are kept in a file that only its owner reads; the key never leaves this machine."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from council.keys import SigningKey

TIMEOUT_SECONDS = 10


class EnrolmentRefused(Exception):
    """The hall did not take the code; the text is its reason, for people."""


@dataclass(frozen=True, slots=True)
class Identity:
    """`secret` opens the connection; `key` signs what this terminal says and presses."""

    secret: str = field(repr=False)
    key: SigningKey


def enrol(hall_url: str, code: str) -> Identity:
    """Makes a key and gives the hall its public part. Blocks, for up to 10 s.

    A code works once: keep the identity. Raises EnrolmentRefused, OSError (no hall there), ValueError (no address)."""
    if not hall_url.startswith(("http://", "https://")):
        raise ValueError(f"{hall_url!r} is not a hall's address; it looks like http://127.0.0.1:8081")
    key = SigningKey.new()
    request = urllib.request.Request(  # noqa: S310 - http or https, as checked above
        hall_url.rstrip("/") + "/terminal/enrol",
        data=json.dumps({"code": code, "public_key": key.public}).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
        method="POST",
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=TIMEOUT_SECONDS) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            raise EnrolmentRefused(_reason(error)) from None
    except json.JSONDecodeError:
        raise EnrolmentRefused("the answer is not the hall's: is this the hall's address?") from None
    secret = answer.get("secret") if isinstance(answer, dict) else None
    if not isinstance(secret, str) or not secret:
        raise EnrolmentRefused("the answer holds no secret: is this the hall's address?")
    return Identity(secret, key)


def keep(identity: Identity, path: Path) -> None:
    """Write the identity where only its owner can read it (mode 0600), replacing an older one at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"secret": identity.secret, "key": identity.key.seed.hex()}, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def kept(path: Path) -> Identity:
    """The identity in the file. Raises OSError, PermissionError when others may read it, ValueError when it is none."""
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"others may read {path}: chmod 600 it, or enrol this terminal anew")
    try:
        found = json.loads(path.read_text())
        seed = bytes.fromhex(found["key"])
        if len(seed) != 32:
            raise ValueError
        return Identity(str(found["secret"]), SigningKey(seed))
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} holds no secret with its key: enrol this terminal anew") from None


def _reason(error: urllib.error.HTTPError) -> str:
    """The sentence in the hall's one error shape, else the status."""
    try:
        answer = json.load(error)
    except ValueError:
        return f"the hall answered {error.code} {error.reason}"
    found = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(found, dict):
        found = found.get("message")
    return found if isinstance(found, str) else f"the hall answered {error.code} {error.reason}"
