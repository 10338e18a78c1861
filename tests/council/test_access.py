"""Who may speak to the hall: passwords, logins, codes and keys, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from council.access import (
    Access,
    BadCode,
    BadPassword,
    NoSuchDesk,
    TooManyTries,
    WrongPassword,
    add_staff,
    network_of,
)

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
async def pool(db: TestDatabase, house: ModuleType) -> AsyncIterator[Any]:
    await house.furnish(db.database("hall"), 3)
    pool = await db.database("hall").pool(1, 4)
    yield pool
    await pool.close()


@pytest.fixture
async def access(pool: Any) -> Access:
    access = Access(pool, b"k" * 32)
    await access.refresh()
    return access


async def test_sign_in_gives_a_cookie_until_sign_out(access: Access, pool: Any, house: ModuleType) -> None:
    now = datetime.now(UTC)
    cookie = await access.sign_in(" Clerk ", house.PASSWORD, "10.0.0.1", now)
    login = access.login_of(cookie, now)
    assert login is not None and login.staff == house.CLERK
    stored = await pool.fetch("select token_hash from login")
    assert [row["token_hash"] for row in stored] == [login.token_hash]
    assert login.token_hash.hex() not in cookie and cookie.split(".")[0].encode() != login.token_hash
    again = Access(pool, b"k" * 32)  # the hall was started anew
    await again.refresh()
    assert again.login_of(cookie, now) == login
    await access.sign_out(login, now)
    await again.refresh()
    assert access.login_of(cookie, now) is None
    assert again.login_of(cookie, now) is None


async def test_login_expires_and_a_forged_cookie_is_none(access: Access, pool: Any, house: ModuleType) -> None:
    now = datetime.now(UTC)
    cookie = await access.sign_in(house.CLERK, house.PASSWORD, "10.0.0.1", now)
    assert access.login_of(cookie, now + timedelta(hours=15)) is None
    token, _, signature = cookie.rpartition(".")
    for forged in (None, "", "x", token, f"{token}x.{signature}", cookie[:-1], "Ї." + signature):
        assert access.login_of(forged, now) is None
    assert Access(pool, b"other" * 8).login_of(cookie, now) is None


async def test_wrong_password_and_unknown_name_are_not_told_apart(access: Access) -> None:
    loop = asyncio.get_running_loop()
    took = {}
    for name, address in (("clerk", "10.0.0.1"), ("nobody", "10.0.0.2")):
        began = loop.time()
        with pytest.raises(WrongPassword):
            await access.sign_in(name, "guess", address, NOW)
        took[name] = loop.time() - began
    assert took["nobody"] > took["clerk"] / 5  # the same work: argon2, not a short answer


async def test_guessing_is_held_back_but_the_clerk_elsewhere_is_not(access: Access, house: ModuleType) -> None:
    guesses = [access.sign_in("clerk", f"guess {i}", "10.0.0.66", NOW) for i in range(8)]
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(WrongPassword) == 5
    assert [type(outcome) for outcome in outcomes].count(TooManyTries) == 3
    with pytest.raises(TooManyTries) as refused:  # even the right one, from there, for now
        await access.sign_in("clerk", house.PASSWORD, "10.0.0.66", NOW)
    assert 0 < refused.value.seconds <= 301
    assert await access.sign_in("clerk", house.PASSWORD, "10.0.0.7", NOW)


async def test_new_password_ends_logins_made_with_the_old(access: Access, pool: Any, house: ModuleType) -> None:
    now = datetime.now(UTC)
    cookie = await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", now)
    async with pool.acquire() as conn:
        await add_staff(conn, "clerk", "Писар", "another long password", now)
        with pytest.raises(BadPassword):
            await add_staff(conn, "clerk", "Писар", "short", now)
    await access.refresh()
    assert access.login_of(cookie, now) is None
    assert await access.sign_in("clerk", "another long password", "10.0.0.1", now)


async def test_code_makes_one_terminal_once(access: Access, pool: Any) -> None:
    code, expires_at = await access.make_enrolment("rada", 2, "clerk", NOW)
    assert expires_at == NOW + timedelta(minutes=10)
    tries = await asyncio.gather(
        *(access.enrol(code.lower().replace("-", " "), f"10.0.0.{i}", NOW) for i in range(4)), return_exceptions=True
    )
    made = [outcome for outcome in tries if not isinstance(outcome, BaseException)]
    assert len(made) == 1 and [type(o) for o in tries].count(BadCode) == 3
    secret, terminal = made[0]
    assert (terminal.body, terminal.desk_no) == ("rada", 2)
    assert await access.terminal_of(secret) == terminal
    assert secret not in repr(terminal)
    stored = str([dict(row) for row in await pool.fetch("select * from terminal")])
    assert secret not in stored and code not in stored


async def test_code_too_old_unknown_or_guessed_is_refused(access: Access) -> None:
    code, expires_at = await access.make_enrolment("rada", 2, "clerk", NOW)
    with pytest.raises(BadCode):
        await access.enrol(code, "10.0.0.1", expires_at)
    with pytest.raises(NoSuchDesk):
        await access.make_enrolment("rada", 99, "clerk", NOW)
    for i in range(9):
        with pytest.raises(BadCode):
            await access.enrol(f"GUESS-{i}", "10.0.0.1", NOW)
    with pytest.raises(TooManyTries):
        await access.enrol(code, "10.0.0.1", NOW)
    assert await access.enrol(code, "10.0.0.2", NOW)


async def test_revoked_desk_has_no_key_and_no_code(access: Access, pool: Any, house: ModuleType) -> None:
    known = await access.terminal_of(house.key(2))
    code, _ = await access.make_enrolment("rada", 2, "clerk", NOW)
    assert known is not None and access.is_enrolled(known) and access.enrolled("rada") == {1, 2, 3}
    assert await access.revoke("rada", 2, NOW) == 1
    assert not access.is_enrolled(known) and access.enrolled("rada") == {1, 3}
    assert await access.terminal_of(house.key(2)) is None
    with pytest.raises(BadCode):
        await access.enrol(code, "10.0.0.1", NOW)
    again = Access(pool, b"k" * 32)
    await again.refresh()
    assert await again.terminal_of(house.key(2)) is None


async def test_refresh_overtaken_by_a_revocation_does_not_bring_the_key_back(access: Access, house: ModuleType) -> None:
    refreshing = asyncio.create_task(access.refresh())
    await asyncio.sleep(0)
    await access.revoke("rada", 2, NOW)
    await refreshing
    assert access.enrolled("rada") == {1, 3}


async def test_form_token_must_be_the_cookies_own_and_genuine(access: Access) -> None:
    token = access.csrf(None)
    assert access.csrf(token) == token
    assert access.csrf_ok(token, token)
    other = access.csrf(None)
    for cookie, field in ((token, other), (token, ""), ("", token), (None, None), ("made.up", "made.up"), ("ї", "ї")):
        assert not access.csrf_ok(cookie, field)


def test_tries_are_counted_by_address_or_ipv6_network() -> None:
    assert network_of("10.0.0.1") == "10.0.0.1"
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::"
    assert network_of("::ffff:10.0.0.1") == "::ffff:a00:1"
    assert network_of("unix") == "unix"
