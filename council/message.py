"""What every websocket message is made of. Pure; the messages are in `protocol.py` and `protocol_acts.py`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

# Patterns end with \\Z: before a line break at the end $ would hold, too, and the database takes none there.
Boot = Annotated[str, Meta(pattern="^[0-9a-f]{16}\\Z")]
Nonce = Annotated[str, Meta(pattern="^[0-9a-f]{32}\\Z")]
SignatureText = Annotated[str, Meta(pattern="^[A-Za-z0-9+/]{86}==\\Z")]  # Ed25519, base64
PositiveInt = Annotated[int, Meta(ge=1, le=2**53 - 1)]
# No control character can be typed there. What is typed or pasted unseen is refused in words (`letters.py`).
_NO_CONTROL = "^[^\\x00-\\x1f\\x7f-\\x9f]*\\Z"
Id = Annotated[str, Meta(min_length=1, max_length=127, pattern=_NO_CONTROL)]
ActId = Annotated[str, Meta(pattern="^[0-9a-f]{16}\\Z")]
Line = Annotated[
    str, Meta(min_length=1, max_length=300, pattern=_NO_CONTROL)
]  # a reason, a name: one line of what somebody typed
Paragraph = Annotated[str, Meta(min_length=1, max_length=4000)]  # a motion's text


class Message(Struct, tag_field="type", forbid_unknown_fields=True, frozen=True):
    """The root of every message."""
