"""The second factor: one-time codes and passkeys, on a real database; the authenticator is made here."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from council.access import Access, BadStaff, Login, NoHalf, Relying, TooManyTries, WrongFactor, WrongPassword
from council.access.factors import totp_picture, totp_uri
from council.access.passwords import is_password
from council.access.staff import set_password

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
HERE = Relying("zala.example", "https://zala.example")


@pytest.fixture
async def pool(db: TestDatabase, house: ModuleType) -> AsyncIterator[Any]:
    await house.furnish(db.database("hall"), 3)
    pool = await db.database("hall").pool(1, 4)
    async with pool.acquire() as conn:
        await house.add_staff(conn, "auditor", "Ревізор", "auditor")
        await house.add_staff(conn, "admin", "Адміністратор", "administrator")
    yield pool
    await pool.close()


@pytest.fixture
async def access(pool: Any) -> Access:
    access = Access(pool, b"k" * 32)
    await access.refresh()
    return access


def code_at(secret: str | None, moment: datetime) -> str:
    assert secret is not None
    return pyotp.TOTP(secret).at(int(moment.timestamp()))


async def with_totp(access: Access, house: ModuleType, now: datetime = NOW) -> str:
    """The clerk sets up one-time codes; the secret."""
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", now)
    assert step.stage == "set_up"
    secret = access.half_of(step.cookie, now).totp
    login = await access.second_step(step.cookie, now, code=code_at(secret, now))
    assert access.login_of(login, now) is not None and secret is not None
    return secret


async def administrator(access: Access, house: ModuleType, now: datetime) -> Login:
    """An administrator who has set up codes and signed in."""
    step = await access.sign_in("admin", house.PASSWORD, "10.0.0.9", now)
    assert step.stage == "set_up"
    cookie = await access.second_step(step.cookie, now, code=code_at(access.half_of(step.cookie, now).totp, now))
    login = access.login_of(cookie, now)
    assert login is not None
    return login


# --- one-time codes -----------------------------------------------------------------------------------------------


async def test_clerk_without_a_second_factor_has_to_set_one_up(access: Access, pool: Any, house: ModuleType) -> None:
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", NOW)
    assert access.login_of(step.cookie, NOW) is None
    secret = await with_totp(access, house)
    stored = str([dict(row) for row in await pool.fetch("select * from staff")])
    assert secret not in stored and base64.b32decode(secret).hex() not in stored
    assert pyotp.parse_uri(totp_uri(secret, "clerk")).secret == secret
    assert totp_picture(totp_uri(secret, "clerk")).startswith("data:image/svg+xml")


async def test_role_that_commands_no_vote_needs_none_but_uses_the_one_it_has(access: Access, house: ModuleType) -> None:
    step = await access.sign_in("auditor", house.PASSWORD, "10.0.0.1", NOW)
    assert step.stage == "done"
    login = access.login_of(step.cookie, NOW)
    assert login is not None and login.role == "auditor"
    adding = await access.add_factor(login, house.PASSWORD, "10.0.0.1", NOW)
    secret = access.half_of(adding.cookie, NOW).totp
    renewed = await access.second_step(adding.cookie, NOW, code=code_at(secret, NOW))
    assert access.login_of(step.cookie, NOW) is None and access.login_of(renewed, NOW) is not None
    again = await access.sign_in("auditor", house.PASSWORD, "10.0.0.1", NOW)
    assert again.stage == "factor"


async def test_optional_second_factor_is_asked_of_nobody_who_has_none(pool: Any, house: ModuleType) -> None:
    access = Access(pool, b"k" * 32, second_factor_required=False)
    assert (await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", NOW)).stage == "done"


async def test_code_signs_in_once_and_only_in_its_time(access: Access, house: ModuleType) -> None:
    secret = await with_totp(access, house)
    later = NOW + timedelta(minutes=10)
    for moment in (NOW, later - timedelta(seconds=90), later + timedelta(seconds=90)):
        step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", later)
        with pytest.raises(WrongFactor):
            await access.second_step(step.cookie, later, code=code_at(secret, moment))
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", later)
    spoken = code_at(secret, later)
    login = await access.second_step(step.cookie, later, code=f"{spoken[:3]} {spoken[3:]}")
    assert access.login_of(login, later) is not None
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", later)
    with pytest.raises(WrongFactor):  # the same code again
        await access.second_step(step.cookie, later, code=spoken)


async def test_two_sign_ins_at_once_with_one_code_let_one_in(access: Access, house: ModuleType) -> None:
    secret = await with_totp(access, house)
    later = NOW + timedelta(minutes=10)
    steps = [await access.sign_in("clerk", house.PASSWORD, f"10.0.0.{i}", later) for i in range(4)]
    code = code_at(secret, later)
    outcomes = await asyncio.gather(
        *(access.second_step(step.cookie, later, code=code) for step in steps), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["WrongFactor"] * 3 + ["str"]


async def test_guessing_codes_ends_the_half_and_is_held_back(access: Access, house: ModuleType) -> None:
    secret = await with_totp(access, house)
    later = NOW + timedelta(minutes=10)
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.66", later)
    for _ in range(5):
        with pytest.raises(WrongFactor):
            await access.second_step(step.cookie, later, code="000000")
    with pytest.raises(NoHalf):
        await access.second_step(step.cookie, later, code=code_at(secret, later))
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.66", later)
    with pytest.raises(TooManyTries):
        await access.second_step(step.cookie, later, code=code_at(secret, later))
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.7", later)  # the clerk's own place is not locked
    assert await access.second_step(step.cookie, later, code=code_at(secret, later))


async def test_half_opens_nothing_expires_and_cannot_be_made_up(access: Access, house: ModuleType) -> None:
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", NOW)
    with pytest.raises(NoHalf):
        access.half_of(step.cookie, NOW + timedelta(minutes=5))
    for forged in (None, "", "x", "ї.ї", step.cookie[:-1]):
        with pytest.raises(NoHalf):
            access.half_of(forged, NOW)
    assert access.login_of(step.cookie, NOW) is None


async def test_secret_sealed_with_another_key_opens_nothing(access: Access, pool: Any, house: ModuleType) -> None:
    secret = await with_totp(access, house)
    other = Access(pool, b"o" * 32)
    later = NOW + timedelta(minutes=10)
    step = await other.sign_in("clerk", house.PASSWORD, "10.0.0.1", later)
    assert step.stage == "factor"
    with pytest.raises(WrongFactor):
        await other.second_step(step.cookie, later, code=code_at(secret, later))


# --- passkeys -----------------------------------------------------------------------------------------------------


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def cbor(value: Any) -> bytes:
    """As much CBOR (RFC 8949) as an attestation takes."""

    def head(major: int, n: int) -> bytes:
        if n < 24:
            return bytes([major << 5 | n])
        return bytes([major << 5 | 24, n]) if n < 256 else bytes([major << 5 | 25]) + struct.pack(">H", n)

    match value:
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            return head(3, len(value)) + value.encode()
        case dict():
            return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())
    raise TypeError(value)


@dataclass
class Authenticator:
    """A passkey as a security key makes it, attestation "none" (W3C Web Authentication, 6.1 and 6.5)."""

    relying: Relying = HERE
    id: bytes = b"passkey-1"
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.relying.origin}).encode()

    def _data(self, flags: int) -> bytes:
        self.count += 1
        return sha256(self.relying.id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def create(self, options: Any) -> str:
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        held = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor(cose)
        response = {
            "clientDataJSON": b64(self._client("webauthn.create", options["challenge"])),
            "attestationObject": b64(cbor({"fmt": "none", "attStmt": {}, "authData": self._data(0x45) + held})),
        }
        return self._credential(response)

    def get(self, options: Any) -> str:
        client, data = self._client("webauthn.get", options["challenge"]), self._data(0x05)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)}
        return self._credential(response)

    def _credential(self, response: dict[str, str]) -> str:
        id_ = b64(self.id)
        return json.dumps({"id": id_, "rawId": id_, "type": "public-key", "response": response})


async def with_passkey(access: Access, house: ModuleType) -> Authenticator:
    """The clerk makes a passkey."""
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", NOW)
    authenticator = Authenticator()
    options = access.passkey_options(access.half_of(step.cookie, NOW), HERE)
    assert (options["rp"]["id"], options["user"]["name"]) == ("zala.example", "clerk")
    credential = authenticator.create(options)
    login = await access.second_step(step.cookie, NOW, credential=credential, relying=HERE)
    assert access.login_of(login, NOW) is not None
    return authenticator


async def asked(access: Access, house: ModuleType) -> tuple[str, Any]:
    """The clerk's password is right: the half's cookie, and what the browser is asked."""
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", NOW)
    assert step.stage == "factor"
    return step.cookie, access.passkey_options(access.half_of(step.cookie, NOW), HERE)


async def test_passkey_signs_in_again_and_again(access: Access, pool: Any, house: ModuleType) -> None:
    authenticator = await with_passkey(access, house)
    for _ in range(2):
        cookie, options = await asked(access, house)
        assert [key["id"] for key in options["allowCredentials"]] == [b64(authenticator.id)]
        login = await access.second_step(cookie, NOW, credential=authenticator.get(options), relying=HERE)
        assert access.login_of(login, NOW) is not None
    assert await pool.fetchval("select sign_count from passkey") == 3


async def test_passkey_answer_is_good_once_and_for_its_own_challenge(access: Access, house: ModuleType) -> None:
    authenticator = await with_passkey(access, house)
    cookie, options = await asked(access, house)
    answer = authenticator.get(options)
    assert await access.second_step(cookie, NOW, credential=answer, relying=HERE)
    cookie, options = await asked(access, house)
    with pytest.raises(WrongFactor):  # recorded and sent again
        await access.second_step(cookie, NOW, credential=answer, relying=HERE)
    with pytest.raises(WrongFactor):  # a challenge is answered once, a wrong answer too
        await access.second_step(cookie, NOW, credential=authenticator.get(options), relying=HERE)


async def test_copied_passkey_whose_counter_went_back_is_refused(access: Access, house: ModuleType) -> None:
    authenticator = await with_passkey(access, house)
    cookie, options = await asked(access, house)
    assert await access.second_step(cookie, NOW, credential=authenticator.get(options), relying=HERE)
    authenticator.count -= 1
    cookie, options = await asked(access, house)
    with pytest.raises(WrongFactor):
        await access.second_step(cookie, NOW, credential=authenticator.get(options), relying=HERE)


@pytest.mark.parametrize(
    ("relying", "where"),
    [
        (Relying("zala.example", "https://zala.example.evil"), HERE),  # a page that looks like ours asked for it
        (Relying("evil.example", "https://zala.example"), HERE),
        (HERE, None),  # the hall was not asked by its configured address
    ],
)
async def test_passkey_for_another_place_is_refused(
    access: Access, house: ModuleType, relying: Relying, where: Relying | None
) -> None:
    authenticator = await with_passkey(access, house)
    authenticator.relying = relying
    cookie, options = await asked(access, house)
    with pytest.raises(WrongFactor):
        await access.second_step(cookie, NOW, credential=authenticator.get(options), relying=where)


@pytest.mark.parametrize(
    "made_up", ["{}", "[]", "null", "no json", '{"id": 1}', '{"id": "AA", "rawId": "AA", "type": "x"}', "ї"]
)
async def test_credential_that_is_none_is_refused(access: Access, house: ModuleType, made_up: str) -> None:
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", NOW)
    access.passkey_options(access.half_of(step.cookie, NOW), HERE)
    with pytest.raises(WrongFactor):
        await access.second_step(step.cookie, NOW, credential=made_up, relying=HERE)
    await with_passkey(access, house)
    cookie, _ = await asked(access, house)
    with pytest.raises(WrongFactor):
        await access.second_step(cookie, NOW, credential=made_up, relying=HERE)


# --- staff --------------------------------------------------------------------------------------------------------


async def test_reset_factor_lets_it_be_set_up_anew_and_ends_logins(access: Access, house: ModuleType) -> None:
    await with_passkey(access, house)
    await with_totp_added(access, house)
    admin = await administrator(access, house, NOW)
    before = next(one for one in await access.staff() if one.id == "clerk")
    assert (before.totp, before.passkeys) == (True, 1)
    await access.change_staff("reset_factor", "clerk", NOW, by=admin)
    after = next(one for one in await access.staff() if one.id == "clerk")
    assert (after.totp, after.passkeys) == (False, 0)
    assert not [login for login in access._logins.values() if login.staff == "clerk"]
    assert (await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", NOW)).stage == "set_up"


async def with_totp_added(access: Access, house: ModuleType) -> None:
    login = next(login for login in access._logins.values() if login.staff == "clerk")
    adding = await access.add_factor(login, house.PASSWORD, "10.0.0.1", NOW)
    secret = access.half_of(adding.cookie, NOW).totp
    assert access.login_of(await access.second_step(adding.cookie, NOW, code=code_at(secret, NOW)), NOW) is not None


async def test_removed_person_is_out_at_once_and_may_be_added_again(access: Access, house: ModuleType) -> None:
    step = await access.sign_in("auditor", house.PASSWORD, "10.0.0.1", NOW)
    admin = await administrator(access, house, NOW)
    await access.change_staff("remove", "auditor", NOW, by=admin)
    assert access.login_of(step.cookie, NOW) is None
    with pytest.raises(WrongPassword):
        await access.sign_in("auditor", house.PASSWORD, "10.0.0.1", NOW)
    with pytest.raises(BadStaff):
        await access.change_staff("role", "auditor", NOW, by=admin, role="clerk")
    given = {"name": "Ревізор", "password": "a new long password", "role": "auditor"}
    await access.change_staff("add", "auditor", NOW, by=admin, **given)
    with pytest.raises(BadStaff):
        await access.change_staff("add", "auditor", NOW, by=admin, **given)
    assert (await access.sign_in("auditor", "a new long password", "10.0.0.1", NOW)).stage == "done"


async def test_half_of_a_person_whose_factor_was_reset_signs_nobody_in(access: Access, house: ModuleType) -> None:
    """A thief who has the password and the phone is stopped by the reset, though the code is on its way."""
    secret = await with_totp(access, house)
    later = NOW + timedelta(minutes=10)
    step = await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", later)
    admin = await administrator(access, house, later)
    await access.change_staff("reset_factor", "clerk", later, by=admin)
    with pytest.raises((WrongFactor, NoHalf)):
        await access.second_step(step.cookie, later, code=code_at(secret, later))


async def test_password_changed_beside_the_hall_ends_what_was_begun_with_the_old(
    access: Access, pool: Any, house: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`council user password` is another process: neither the half nor a password being checked knows of it."""
    now = datetime.now(UTC)
    begun = (await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", now)).cookie
    secret = access.half_of(begun, now).totp

    async def change(password: str) -> None:
        async with pool.acquire() as conn:
            await set_password(conn, "clerk", now, password=password)
            await set_password(conn, "auditor", now, password=password)

    await change("another long password")
    with pytest.raises(WrongFactor):
        await access.second_step(begun, now, code=code_at(secret, now))
    assert not await pool.fetchval("select count(totp_secret) from staff") + await pool.fetchval(
        "select count(*) from login"
    )

    async def slowly(stored: str | None, typed: str) -> bool:
        right = await is_password(stored, typed)
        await change("yet another password")
        return right

    monkeypatch.setattr("council.access.sign_in.is_password", slowly)
    with pytest.raises(WrongPassword):
        await access.sign_in("auditor", "another long password", "10.0.0.2", now)
    assert not await pool.fetchval("select count(*) from login")
