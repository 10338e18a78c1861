"""`council certificate`: HTTPS for a hall that has no certificate of a public authority.

Makes a small authority of the council's own, once, and a certificate signed by it for the names given. Browsers make
the key of a seat only on pages they trust, so the authority's certificate has to be installed on each terminal."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from council.config import Config, ConfigError, load

AUTHORITY_LIFE = timedelta(days=3650)
CERTIFICATE_LIFE = timedelta(days=397)  # what browsers take at most
EARLIER = timedelta(days=1)  # a terminal's clock may be behind


def certificate(options: argparse.Namespace) -> int:
    """Raises ConfigError."""
    config = load(options.config)
    authority, made = make(config, options.host, datetime.now(UTC))
    where = Path(os.path.relpath(made, config.path.parent))
    print(f"""\
{made} is written, for {", ".join(options.host)}; good until {datetime.now(UTC) + CERTIFICATE_LIFE:%Y-%m-%d}.

1. In council.toml, under [hall]:

   url = "https://{options.host[0]}:{config.file.hall.port}"
   certificate = "{where.as_posix()}"
   key = "{where.with_suffix(".key").as_posix()}"

2. On every terminal and console install the authority {authority}
   so that browsers trust the hall:
   Chromium, Chrome, Edge   Settings, Privacy and security, Security, Manage certificates, Authorities: import it
   Firefox                  Settings, Privacy & Security, Certificates, View Certificates, Authorities: import it
   Android, iPad            send the file to the device and open it; on an iPad also Settings, General, About,
                            Certificate Trust Settings
   a desk's program         SSL_CERT_FILE={authority.name} council terminal --hall https://{options.host[0]}:…

3. Keep {authority.with_suffix(".key").name} secret: whoever has it can pretend to be the hall.
   Before the certificate ends, run this command again; the terminals keep the authority they have.""")
    return 0


def make(config: Config, hosts: list[str], now: datetime) -> tuple[Path, Path]:
    """The files of the authority's certificate and of the hall's; their keys lie beside them, mode 0600.

    An authority that is there already is used. Raises ConfigError where it is damaged or half gone."""
    folder = config.secrets
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority_file, file = folder / "hall-authority.pem", folder / "hall.pem"
    authority, authority_key = _authority(authority_file, config.file.municipality, now)
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([_name(host) for host in hosts])
    signed = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(min(now + CERTIFICATE_LIFE, authority.not_valid_after_utc))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_identifier(authority_key), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _keep(file.with_suffix(".key"), _pem(key), 0o600)
    _keep(file, signed.public_bytes(serialization.Encoding.PEM), 0o644)
    return authority_file, file


def _authority(file: Path, municipality: str, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key_file = file.with_suffix(".key")
    if file.exists() or key_file.exists():
        try:
            there = x509.load_pem_x509_certificate(file.read_bytes())
            key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{file} and {key_file.name} are damaged or one is missing: restore both from the backup, or remove "
                "both and install the new authority on every terminal"
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != there.public_key():
            raise ConfigError(f"{key_file} is not the key of {file}")
        return there, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Hlasno hall, {municipality}"[:64])])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_only_signs(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _keep(key_file, _pem(key), 0o600)
    _keep(file, made.public_bytes(serialization.Encoding.PEM), 0o644)
    return made, key


def _only_signs() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _identifier(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host.encode("idna").decode().lower())
    except (UnicodeError, ValueError):
        raise ConfigError(f"{host!r} is neither a name nor an address") from None


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _keep(path: Path, data: bytes, mode: int) -> None:
    """Whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
