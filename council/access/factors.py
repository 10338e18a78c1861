"""The second factor: a one-time code (TOTP) or a passkey (WebAuthn), beside the password.

A code works once: the last step whose code was taken is stored. A passkey is bound to the hall's configured address;
its counter may only grow. Sources: RFC 6238 (30 s, 6 digits, one step either way); W3C Web Authentication Level 2."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import pyotp
import segno

from council.access.errors import WrongFactor

ISSUER = "Hlasno"
STEP_S = 30
BAD = (ValueError, KeyError, TypeError, AttributeError)  # what a made-up credential can end in, beside its own errors


@dataclass(frozen=True, slots=True)
class Relying:
    """For whom a passkey is good. id: the host of the hall's address; origin: scheme, host and port."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Passkey:
    credential_id: bytes
    public_key: bytes
    sign_count: int


# --- one-time codes -------------------------------------------------------------------------------------------------


def new_totp() -> str:
    """A secret for an authenticator app, base32."""
    return pyotp.random_base32()


def totp_step(secret: str, typed: str, now: datetime, after: int) -> int:
    """The step whose code was typed; `after`: only later ones count. Raises WrongFactor."""
    digits = "".join(c for c in typed[:40] if c in "0123456789")
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    for step in (current, current - 1, current + 1):
        if step > after and hmac.compare_digest(totp.generate_otp(step), digits):
            return step
    raise WrongFactor


def totp_uri(secret: str, staff: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=staff, issuer_name=ISSUER)


def totp_picture(uri: str) -> str:
    """A data: address of the QR code, dark on white whatever the page's colours are."""
    code = segno.make(uri, error="m", micro=False)
    picture: str = code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff")
    return picture


# --- passkeys -------------------------------------------------------------------------------------------------------
# webauthn is imported by whom it serves: it takes long to load, and each command and each start of the hall would wait.


def creation_options(relying: Relying, staff: str, name: str, known: list[Passkey]) -> tuple[Any, bytes]:
    """What a browser needs to make a passkey, as JSON values, and the challenge it signs."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=relying.id,
        rp_name=ISSUER,
        user_name=staff,
        user_id=sha256(f"hlasno staff {staff}".encode()).digest(),
        user_display_name=name,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.DISCOURAGED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=key.credential_id) for key in known],
    )
    return json.loads(webauthn.options_to_json(options)), options.challenge


def made_passkey(relying: Relying, credential: str, challenge: bytes) -> Passkey:
    """Raises WrongFactor."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=relying.id,
            expected_origin=relying.origin,
        )
    except (*BAD, WebAuthnException) as error:
        raise WrongFactor from error
    return Passkey(made.credential_id, made.credential_public_key, made.sign_count)


def request_options(relying: Relying, known: list[Passkey]) -> tuple[Any, bytes]:
    """What a browser needs to use a passkey, as JSON values, and the challenge it signs."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=relying.id,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=key.credential_id) for key in known],
        user_verification=structs.UserVerificationRequirement.PREFERRED,
    )
    return json.loads(webauthn.options_to_json(options)), options.challenge


def used_passkey(relying: Relying, credential: str, challenge: bytes, known: list[Passkey]) -> Passkey:
    """The passkey with its new counter. Raises WrongFactor: not one of these, another challenge or address, a signature
    that is none, or a counter that went back, as a copied authenticator's does."""
    import webauthn
    from webauthn.helpers import parse_authentication_credential_json
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        given = parse_authentication_credential_json(credential)
        key = next(key for key in known if key.credential_id == given.raw_id)
        used = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=relying.id,
            expected_origin=relying.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
        )
    except (*BAD, WebAuthnException, StopIteration) as error:
        raise WrongFactor from error
    return Passkey(key.credential_id, key.public_key, used.new_sign_count)
