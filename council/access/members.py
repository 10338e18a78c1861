"""How a member signs in at a desk that is not theirs by seating: the card they carry, or a PIN.

Neither is stored: the card's number as a keyed hash, the PIN as argon2id over one. Tries are counted by desk and by
member, so that neither a desk nor a member's name is a way to guess."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import sql
from council.access.audit import Audit
from council.access.errors import BadCredential
from council.access.logins import Login
from council.access.sealed import Sealed
from council.access.tries import Tries

CARD = re.compile(r"(?!(.)\1*\Z)[0-9A-Z]{8,64}")  # shorter ones could be guessed at a desk
PIN = re.compile(r"[0-9]{4,12}")


def card_number(typed: str) -> str:
    """As readers and people write it: without spaces, hyphens and colons, in capitals."""
    return re.sub(r"[\s:-]", "", typed).upper()


class MemberCredentials(Audit):
    def __init__(self, pool: Any, cookie_key: bytes) -> None:
        super().__init__(pool, cookie_key)
        self._sealed = Sealed(cookie_key)
        self._pins_by_desk = Tries(5, 300)
        self._pins_by_member = Tries(5, 300)
        self._cards_by_desk = Tries(20, 60)

    async def member_by_card(self, card: str, body: str, desk: str = "") -> str | None:
        """The id of the body's member, or None: no member's card. `desk`: who asks (body and number). Raises
        TooManyTries, and what asyncpg raises."""
        card = card_number(card)
        self._cards_by_desk.check(desk)
        self._cards_by_desk.add(desk)  # counted before it is looked for, so that tries at once cannot slip through
        if not CARD.fullmatch(card):
            return None
        async with self._pool.acquire() as connection:
            hashed = self._sealed.card_hash(card)
            member: str | None = await self._queries.member_by_card(connection, body=body, card_hash=hashed)
        if member is not None:
            self._cards_by_desk.take_back(desk)
        return member

    async def check_pin(self, member: str, pin: str, desk: str) -> bool:
        """Whether it is the member's PIN. Raises TooManyTries after five wrong ones in five minutes at this desk or for
        this member, and what asyncpg raises."""
        self._pins_by_desk.check(desk)
        self._pins_by_member.check(member)
        self._pins_by_desk.add(desk)  # counted before the slow check, so that tries at once cannot slip through
        self._pins_by_member.add(member)
        if not PIN.fullmatch(pin):
            return False
        async with self._pool.acquire() as connection:
            pin_hash = await self._queries.pin_hash(connection, member=member)
        if pin_hash is None or not await self._sealed.is_pin(pin_hash, member, pin):
            return False
        self._pins_by_desk.take_back(desk)  # one's own PIN does not clear what was guessed of others' at the desk
        self._pins_by_member.forget(member)
        return True

    async def members_with(self, body: str) -> list[tuple[str, str, bool, bool]]:
        """Id, name, whether there is a card, whether there is a PIN, in alphabet order."""
        async with self._pool.acquire() as connection:
            return [
                (row["id"], row["name"], row["has_card"], row["has_pin"])
                async for row in self._queries.members_with_credentials(connection, body=body)
            ]

    async def set_credential(
        self, member: str, now: datetime, *, by: Login, card: str | None = None, pin: str | None = None
    ) -> None:
        """None leaves what is there, "" takes it away. Raises BadCredential."""
        async with self._pool.acquire() as connection:
            await set_credential(connection, self._sealed, member, by.staff, now, card=card, pin=pin)
        what = [name for name, value in (("card", card), ("pin", pin)) if value is not None]
        self.note_act(by.staff, by.role, "credential_set", at=now, detail=f"{member}: {', '.join(what)}")


async def set_credential(
    connection: Any, sealed: Sealed, member: str, by: str, now: datetime, *, card: str | None, pin: str | None
) -> None:
    """Give a member a card or a PIN; None leaves what is there, "" takes it away.

    Raises BadCredential."""
    queries = sql.load("access")
    if not await queries.member_exists(connection, member=member):
        raise BadCredential("no_member", f"there is no member {member!r}")
    if card is not None:
        card = card_number(card)
        if card and not CARD.fullmatch(card):
            raise BadCredential(
                "bad_card",
                "a card's number has 8 to 64 digits or letters A to Z, not all the same: others could be guessed",
            )
        card_hash = sealed.card_hash(card) if card else None
        owner = await queries.card_owner(connection, member=member, card_hash=card_hash) if card_hash else None
        if owner is not None:
            raise BadCredential("card_taken", f"this card is member {owner}'s")
        await queries.set_card(connection, member=member, card_hash=card_hash, at=now, by=by)
    if pin is not None:
        if pin and not PIN.fullmatch(pin):
            raise BadCredential("bad_pin", "a PIN has 4 to 12 digits")
        pin_hash = await sealed.hash_pin(member, pin) if pin else None
        await queries.set_pin(connection, member=member, pin_hash=pin_hash, at=now, by=by)
