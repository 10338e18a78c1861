"""Who may speak to the hall: passwords, logins, codes and keys, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

import argon2
import pytest

from council.access import (
    Access,
    BadCode,
    BadPassword,
    ExpiredCode,
    NoSuchDesk,
    TooManyTries,
    WrongPassword,
    add_staff,
    network_of,
    passwords,
)
from council.access.logins import AFTER_SITTING, LOGIN_LIFE
from council.keys import BadKey, SigningKey
from council.rights import ROLES

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

KEY = SigningKey(b"\x01" * 32).public
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
async def pool(db: TestDatabase, house: ModuleType) -> AsyncIterator[Any]:
    await house.furnish(db.database("hall"), 3)
    pool = await db.database("hall").pool(1, 4)
    yield pool
    await pool.close()


@pytest.fixture
async def access(pool: Any) -> Access:
    access = Access(pool, b"k" * 32, second_factor_required=False)
    await access.refresh()
    return access


async def test_sign_in_gives_a_cookie_until_sign_out(access: Access, pool: Any, house: ModuleType) -> None:
    now = datetime.now(UTC)
    cookie = (await access.sign_in(" Clerk ", house.PASSWORD, "10.0.0.1", now)).cookie
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
    assert await access.why_ended(cookie, now) == "signed_out"


async def test_login_expires_and_a_forged_cookie_is_none(access: Access, pool: Any, house: ModuleType) -> None:
    now = datetime.now(UTC)
    cookie = (await access.sign_in(house.CLERK, house.PASSWORD, "10.0.0.1", now)).cookie
    assert access.login_of(cookie, now + LOGIN_LIFE) is None
    token, _, signature = cookie.rpartition(".")
    for forged in (None, "", "x", token, f"{token}x.{signature}", cookie[:-1], "Ї." + signature):
        assert access.login_of(forged, now) is None
    assert Access(pool, b"other" * 8).login_of(cookie, now) is None


async def test_wrong_password_and_unknown_name_are_not_told_apart(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = []
    verify = argon2.PasswordHasher.verify

    def watched(hasher: argon2.PasswordHasher, stored: str, given: str) -> bool:
        verified.append(argon2.extract_parameters(stored))
        return verify(hasher, stored, given)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", watched)
    for name, address in (("clerk", "10.0.0.1"), ("nobody", "10.0.0.2")):
        with pytest.raises(WrongPassword):
            await access.sign_in(name, "guess", address, NOW)
    stored = argon2.extract_parameters(await passwords.hash_password("a password of the hall"))
    assert len(verified) == 2
    assert verified[1] == stored  # the work that a password of the hall costs, not a short answer


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
    cookie = (await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", now)).cookie
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
        *(access.enrol(code.lower().replace("-", " "), KEY, f"10.0.0.{i}", NOW) for i in range(4)),
        return_exceptions=True,
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
    with pytest.raises(ExpiredCode):
        await access.enrol(code, KEY, "10.0.0.1", expires_at)
    with pytest.raises(NoSuchDesk):
        await access.make_enrolment("rada", 99, "clerk", NOW)
    for i in range(9):
        with pytest.raises(BadCode) as refused:
            await access.enrol(f"GUESS-{i}", KEY, "10.0.0.1", NOW)
        assert refused.value.code == "bad_code"
    with pytest.raises(TooManyTries):
        await access.enrol(code, KEY, "10.0.0.1", NOW)
    assert await access.enrol(code, KEY, "10.0.0.2", NOW)


async def test_revoked_desk_has_no_key_and_no_code(access: Access, pool: Any, house: ModuleType) -> None:
    known = await access.terminal_of(house.key(2))
    code, _ = await access.make_enrolment("rada", 2, "clerk", NOW)
    assert known is not None and access.is_enrolled(known) and access.enrolled("rada") == {1, 2, 3}
    assert await access.revoke("rada", 2, NOW) == 1
    assert not access.is_enrolled(known) and access.enrolled("rada") == {1, 3}
    assert await access.terminal_of(house.key(2)) is None
    with pytest.raises(BadCode):
        await access.enrol(code, KEY, "10.0.0.1", NOW)
    again = Access(pool, b"k" * 32)
    await again.refresh()
    assert await again.terminal_of(house.key(2)) is None


async def test_code_used_in_the_instant_of_a_revocation_gives_no_key(access: Access, pool: Any) -> None:
    code, _ = await access.make_enrolment("rada", 2, "clerk", NOW)
    async with pool.acquire() as other:
        transaction = other.transaction()
        await transaction.start()
        await other.execute("select from enrolment for update")  # so that the one does not overtake the other
        enrolling = asyncio.create_task(access.enrol(code, KEY, "10.0.0.1", NOW))
        async with asyncio.timeout(20):
            while not await other.fetchval("select count(*) from pg_locks where not granted"):
                await asyncio.sleep(0.01)
        revoking = asyncio.create_task(access.revoke("rada", 2, NOW))
        await asyncio.sleep(0.2)
        await transaction.rollback()
    secret, _ = await enrolling
    await revoking
    assert await access.terminal_of(secret) is None and access.enrolled("rada") == {1, 3}
    assert not await pool.fetchval("select count(*) from terminal where desk_no = 2 and revoked_at is null")


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


async def test_key_that_is_none_uses_up_no_code(access: Access) -> None:
    code, _ = await access.make_enrolment("rada", 2, "clerk", NOW)
    for bad in ("", "ab", "G" * 64, KEY.upper()):
        with pytest.raises(BadKey):
            await access.enrol(code, bad, "10.0.0.1", NOW)
    _, terminal = await access.enrol(code, KEY, "10.0.0.1", NOW)
    assert terminal.public_key == KEY


async def test_sign_out_while_the_database_is_away_is_final(access: Access, pool: Any, house: ModuleType) -> None:
    now = datetime.now(UTC)
    cookie = (await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", now)).cookie
    login = access.login_of(cookie, now)
    assert login is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access, "_pool", Away())
        with pytest.raises(ConnectionError):
            await access.sign_out(login, now)
        with pytest.raises(ConnectionError):
            await access.refresh()
        assert access.login_of(cookie, now) is None
    await access.refresh()  # it is back: what it still thinks open must not come back
    assert access.login_of(cookie, now) is None
    again = Access(pool, b"k" * 32)
    await again.refresh()
    assert again.login_of(cookie, now - timedelta(minutes=1)) is None  # nor by a clock that stepped back


class Away:
    def acquire(self) -> Any:
        raise ConnectionError


async def signed_in(access: Access, house: ModuleType, staff: str, now: datetime) -> str:
    return str((await access.sign_in(staff, house.PASSWORD, "10.0.0.1", now)).cookie)


async def test_logins_of_every_role_end_a_little_after_the_sitting(
    access: Access, pool: Any, house: ModuleType
) -> None:
    began = datetime.now(UTC)
    async with pool.acquire() as conn:
        for role in ROLES:
            await house.add_staff(conn, role, role, role)
    cookies = [await signed_in(access, house, role, began) for role in ROLES]
    await access.follow_sittings(False, [], began)
    opened = began + timedelta(hours=1)
    await access.follow_sittings(True, [], opened)
    cookies += [await signed_in(access, house, role, opened) for role in ROLES]  # it was open when they came
    await access.follow_sittings(True, [], opened)
    closed = began + timedelta(hours=9)  # longer than a login lives without a sitting
    just, later = closed + AFTER_SITTING - timedelta(seconds=1), closed + AFTER_SITTING
    again = Access(pool, b"k" * 32)
    await again.refresh()
    for hall in (access, again):
        assert all(hall.login_of(cookie, later) for cookie in cookies)
    for hall in (access, again):
        await hall.follow_sittings(False, [closed], closed)
        await hall.refresh()
        assert all(hall.login_of(cookie, just) for cookie in cookies)
        assert not any(hall.login_of(cookie, later) for cookie in cookies)
        assert [await hall.why_ended(cookie, just) for cookie in cookies] == [None] * len(cookies)
        assert [await hall.why_ended(cookie, later) for cookie in cookies] == ["sitting"] * len(cookies)


async def test_login_that_no_sitting_met_ends_after_a_days_work(access: Access, house: ModuleType) -> None:
    closed = datetime.now(UTC)
    began = closed + timedelta(minutes=1)  # to look into the last one
    cookie = await signed_in(access, house, "clerk", began)
    await access.follow_sittings(False, [closed], began)
    assert access.login_of(cookie, began + timedelta(hours=8, seconds=-1)) is not None
    assert access.login_of(cookie, began + timedelta(hours=8)) is None
    assert await access.why_ended(cookie, began + timedelta(hours=8)) == "expired"


async def test_next_sitting_keeps_who_is_signed_in(access: Access, pool: Any, house: ModuleType) -> None:
    began = datetime.now(UTC)
    cookie = await signed_in(access, house, "clerk", began)
    closed = began + timedelta(hours=2)
    await access.follow_sittings(True, [], began)
    await access.follow_sittings(False, [closed], closed)
    assert access.login_of(cookie, closed + timedelta(hours=1)) is None
    await access.follow_sittings(True, [closed], closed + timedelta(minutes=1))
    again = Access(pool, b"k" * 32)
    for hall in (access, again):
        await hall.refresh()
        assert hall.login_of(cookie, began + timedelta(hours=13)) is not None
        assert hall.login_of(cookie, began + timedelta(hours=15)) is None


async def test_login_that_ended_with_a_sitting_is_not_brought_back_by_the_next(
    access: Access, house: ModuleType
) -> None:
    began = datetime.now(UTC)
    cookie = await signed_in(access, house, "clerk", began)
    closed = began + timedelta(hours=2)
    await access.follow_sittings(False, [closed], closed)
    later = closed + AFTER_SITTING
    await access.follow_sittings(True, [], later)
    assert access.login_of(cookie, later) is None


async def test_nobody_is_cut_off_in_the_room_that_still_sits(access: Access, pool: Any, house: ModuleType) -> None:
    began = datetime.now(UTC)
    cookie = await signed_in(access, house, "clerk", began)
    first, last = began + timedelta(hours=1), began + timedelta(hours=2)
    again = Access(pool, b"k" * 32)
    await again.refresh()
    for hall in (access, again):
        await hall.follow_sittings(True, [first], first)
        assert hall.login_of(cookie, last) is not None
        await hall.follow_sittings(False, [first, last], last)
        assert hall.login_of(cookie, last) is not None
        assert hall.login_of(cookie, last + AFTER_SITTING) is None


async def test_why_a_login_ended_is_told_to_its_cookie_alone(access: Access, pool: Any, house: ModuleType) -> None:
    now = datetime.now(UTC)
    cookie = await signed_in(access, house, "clerk", now)
    admin = access.login_of(cookie, now)
    assert admin is not None and await access.why_ended(cookie, now) is None
    await access.change_staff("password", "clerk", now, by=admin, password="another password")
    again = Access(pool, b"k" * 32)
    for hall in (access, again):
        await hall.refresh()
        assert await hall.why_ended(cookie, now) == "account"
        for forged in (None, "", "x", cookie[:-1], f"x{cookie}"):
            assert await hall.why_ended(forged, now) is None


def test_tries_are_counted_by_address_or_ipv6_network() -> None:
    assert network_of("10.0.0.1") == "10.0.0.1"
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::"
    assert network_of("::ffff:10.0.0.1") == "::ffff:a00:1"
    assert network_of("unix") == "unix"
