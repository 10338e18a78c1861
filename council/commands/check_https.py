"""Of `council check`: what stands between a stranger and a vote. Does the hall's certificate still hold, is it for the
hall's name, is the proxy before it known, are the keys this user's alone?

Changes nothing. What a proxy's own certificate says is not looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from council.config import Config
from council.limits import own_machine

SOON = timedelta(days=30)

Finding = tuple[str, str, str]
"""ok, WARNING or PROBLEM; the part; the sentence with what to do."""


def findings(config: Config, now: datetime) -> Iterator[Finding]:
    yield from _proxies(config)
    yield from _secrets(config)
    files = config.hall_certificate
    host = urlsplit(config.file.hall.url or "").hostname
    if files is None:
        address = config.file.hall
        if not own_machine(address.host) and not (address.url or "").startswith("https://"):
            yield (
                *("PROBLEM", "hall"),
                f"listens on {address.host} without HTTPS: browsers make no key for a desk there. Put a proxy before "
                f"it, or run: council certificate {host or 'NAME-OF-THE-HALL'}",
            )
        return
    file, key_file = files
    again = f"Run: council certificate {host or 'NAME-OF-THE-HALL'}, then start the hall again."
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        yield "PROBLEM", "certificate", f"{file} with {key_file.name} cannot be read ({error}). {again}"
        return
    if _public(key.public_key()) != _public(certificate.public_key()):
        yield "PROBLEM", "certificate", f"{key_file} is not the key of {file.name}. {again}"
    names = _names(certificate)
    if host is not None and not any(_is_for(name, host) for name in names):
        said = ", ".join(names) or "no name at all"
        yield "PROBLEM", "certificate", f"is for {said}, but the hall's url is {host}: browsers refuse it. {again}"
    yield _life(certificate, now, again)


def _life(certificate: x509.Certificate, now: datetime, again: str) -> Finding:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begins:
        return "PROBLEM", "certificate", f"begins only on {begins:%Y-%m-%d}. Look at this machine's clock. {again}"
    if now >= ends:
        return "PROBLEM", "certificate", f"ended on {ends:%Y-%m-%d}: no desk and no console can connect. {again}"
    if ends - now < SOON:
        return "WARNING", "certificate", f"ends on {ends:%Y-%m-%d}, in {(ends - now).days} days. {again}"
    return "ok", "certificate", f"good until {ends:%Y-%m-%d}"


def _proxies(config: Config) -> Iterator[Finding]:
    """Whoever is reached by HTTPS and does not speak it stands behind a proxy."""
    for part, address in (("public", config.file.public), ("hall", config.file.hall)):
        speaks = part == "hall" and config.hall_certificate is not None
        if (address.url or "").startswith("https://") and not speaks and not address.trusted_proxies:
            yield (
                *("PROBLEM", part),
                f"is reached at {address.url} through a proxy that council.toml does not name: all visitors look "
                f"like one, and too many tries of one keep out all. Under [{part}] write the proxy's address, as in: "
                'trusted_proxies = ["127.0.0.1"]',
            )


def _secrets(config: Config) -> Iterator[Finding]:
    for path in (config.secrets, *sorted(config.secrets.glob("*.key"))):
        if path.exists() and path.stat().st_mode & 0o077:
            what = "700" if path.is_dir() else "600"
            yield "PROBLEM", "secrets", f"others of this machine can read {path}. Run: chmod {what} {path}"
    if config.file.access.second_factor == "optional":
        yield (
            *("WARNING", "access"),
            "second_factor is optional: who learns a clerk's password commands votes. Under [access] write: "
            'second_factor = "required"',
        )


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in names if isinstance(name, x509.DNSName | x509.IPAddress)]


def _is_for(name: str, host: str) -> bool:
    """As browsers compare: addresses as addresses, and one label for a `*` at the front (RFC 6125)."""
    try:
        return ip_address(name) == ip_address(host)
    except ValueError:
        pass
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        return False
    name, host = name.lower(), host.lower()
    return name == host or (name.startswith("*.") and name[2:] == host.partition(".")[2])


def _public(key: object) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    made: bytes = key.public_bytes(serialization.Encoding.DER, form)  # type: ignore[attr-defined]
    return made
