"""Keys of terminals: what the ledger is told of them, and what proves one when a terminal links up."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from council.hall.register import TerminalRegister
from council.keys import SigningKey
from hardware import enrolment
from voting import ledger
from voting.entries import Entry, TerminalEnrolled, TerminalRevoked
from voting.signed import hello_text

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


async def told(db: TestDatabase) -> list[tuple[str, str]]:
    """(kind, terminal) of the ledger's entries about terminals, in order."""
    connection = await db.database("hall").connect()
    try:
        entries: list[Entry] = await ledger.read(connection)
    finally:
        await connection.close()
    facts = [entry.fact for entry in entries if entry.sitting is None]
    return [
        (type(fact).__name__, fact.terminal) for fact in facts if isinstance(fact, TerminalEnrolled | TerminalRevoked)
    ]


async def test_ledger_knows_each_key_once_over_restarts(db: TestDatabase, house: ModuleType) -> None:
    await house.furnish(db.database("hall"), 3)
    wanted = [("TerminalEnrolled", f"terminal-{n}") for n in (1, 2, 3)]
    for _ in range(2):
        async with house.running(db.database("hall")):
            assert await told(db) == wanted


async def test_enrolled_and_revoked_keys_are_in_the_ledger_when_the_answer_comes(
    db: TestDatabase, house: ModuleType
) -> None:
    await house.furnish(db.database("hall"), 3)
    async with house.running(db.database("hall")) as hall, house.clerk(hall.url) as console:
        made = await console.act("MakeEnrolment", desk_no=2)
        identity = await asyncio.to_thread(enrolment.enrol, hall.url, made["code"])
        terminal = await hall.hall.access.terminal_of(identity.secret)
        assert (await told(db))[3:] == [("TerminalEnrolled", terminal.id)]
        connection = await db.database("hall").connect()
        entry = (await ledger.read(connection))[-1].fact
        await connection.close()
        assert isinstance(entry, TerminalEnrolled)
        assert (entry.body, entry.desk_no, entry.public_key) == (house.BODY, 2, identity.key.public)
        assert (await console.act("RevokeTerminals", desk_no=2))["type"] == "Done"
        assert (await told(db))[4:] == [("TerminalRevoked", "terminal-2"), ("TerminalRevoked", terminal.id)]


async def test_what_a_crash_left_out_is_told_later_and_what_never_spoke_is_not(
    db: TestDatabase, house: ModuleType
) -> None:
    await house.furnish(db.database("hall"), 3)
    async with house.running(db.database("hall")) as hall:
        at = datetime.now(UTC)
        add = (
            "insert into terminal (id, body_id, desk_no, secret_hash, public_key, enrolled_at, revoked_at, enrolled_by)"
            " values ($1, 'rada', 1, sha256($1::text::bytea), $2, $3, $4, 'test')"
        )
        async with hall.hall.pool.acquire() as connection:
            await connection.execute("update terminal set revoked_at = $1 where id = 'terminal-1'", at)
            await connection.execute(add, "late", SigningKey.new().public, at, None)
            await connection.execute(add, "silent", SigningKey.new().public, at, at + timedelta(seconds=1))
        await asyncio.gather(*(hall.hall.register.catch_up(at) for _ in range(3)))
        more = [("TerminalRevoked", "terminal-1"), ("TerminalEnrolled", "late")]
        assert sorted((await told(db))[3:]) == sorted(more)
        await TerminalRegister(hall.hall.pool, hall.hall.ledger).catch_up(at)  # one that reads the ledger anew
        assert sorted((await told(db))[3:]) == sorted(more)


# --- Hello ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", ["none", "another key", "another nonce", "another boot", "no signature"])
async def test_terminal_that_does_not_prove_its_key_is_refused(hall: Any, house: ModuleType, proof: str) -> None:
    async with house.seat(hall.url, 3, hello=False) as line:
        nonce, boot = (await line.expect("Challenge"))["nonce"], house.boot_of(3)
        own = house.signing_key(3)
        signature = {
            "none": None,
            "another key": house.signing_key(4).sign(hello_text(nonce, boot)),
            "another nonce": own.sign(hello_text("0" * 32, boot)),
            "another boot": own.sign(hello_text(nonce, "0" * 16)),
            "no signature": "A" * 86 + "==",
        }[proof]
        await line.send("Hello", protocol=2, boot=boot, signature=signature, lang="en")
        assert (await line.expect("Refused"))["code"] == "bad_signature"
        assert await line.closed() == 4004


async def test_each_connection_has_a_challenge_of_its_own(hall: Any, house: ModuleType) -> None:
    nonces = set()
    for _ in range(3):
        async with house.seat(hall.url, 3, hello=False) as line:
            nonces.add((await line.expect("Challenge"))["nonce"])
    assert len(nonces) == 3
