"""`council user`, `council member` and `council certificate` as an IT officer types them."""

from __future__ import annotations

import asyncio
import re
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from council.access.sealed import Sealed
from council.commands import ground, web
from council.commands.certificate import make
from council.config import ConfigError, load, secret

if TYPE_CHECKING:
    from tests.council.commands.conftest import Council


async def _rows(town: Path, query: str) -> list[tuple[Any, ...]]:
    with ground.borrow(load(town / "council.toml")) as at:
        connection = await at.database("owner").connect()
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()


def test_staff_is_added_changed_listed_and_removed(town: Path, council: Council) -> None:
    assert council(town, "user", "add", "maria", "--name", "Марія", said="long enough words\n").code == 0
    code, out, _ = council(town, "user", "add", "olha", "--role", "auditor", said="long enough words\n")
    assert (code, out) == (0, "olha may sign in, as auditor.\n")
    code, _, error = council(town, "user", "add", "maria", said="long enough words\n")
    assert code == 1 and error[-1].endswith("a new password: council user password maria")
    assert council(town, "user", "password", "maria", said="other long words\n").code == 0
    assert council(town, "user", "role", "maria", "chair").code == 0
    assert council(town, "user", "reset-factor", "maria").code == 0
    assert council(town, "user", "remove", "olha").code == 0
    for command in (["remove", "olha"], ["role", "nobody", "clerk"], ["reset-factor", "nobody"]):
        code, _, error = council(town, "user", *command)
        assert code == 1 and "nobody signs in as" in error[-1]
    _, out, _ = council(town, "user", "list")
    assert [line.split()[:2] for line in out.splitlines()] == [["maria", "chair"]]
    acts = asyncio.run(_rows(town, "select staff, act, detail from staff_act order by id"))
    assert acts == [
        ("machine", "staff_add", "maria clerk"),
        ("machine", "staff_add", "olha auditor"),
        ("machine", "staff_password", "maria"),
        ("machine", "staff_role", "maria chair"),
        ("machine", "staff_reset_factor", "maria"),
        ("machine", "staff_remove", "olha"),
    ]


def test_member_gets_a_card_and_a_pin_by_the_halls_own_key(town: Path, council: Council) -> None:
    assert council(town, "member", "card", "1", "04:A2:3B:91").out == "1 has a new card.\n"
    assert council(town, "member", "pin", "1", said="4711\n").out == "1 has a new PIN.\n"
    code, _, error = council(town, "member", "card", "2", "04A23B91")
    assert code == 1 and "member 1's" in error[-1]
    assert council(town, "member", "pin", "nobody", said="4711\n").code == 1
    rows = asyncio.run(_rows(town, "select member_id, card_hash, pin_hash is null from member_credential"))
    sealed = Sealed(secret(load(town / "council.toml"), "cookies"))
    assert rows == [("1", sealed.card_hash("04A23B91"), False)]
    assert council(town, "member", "card", "1", "--take").out == "1 has no card.\n"
    rows = asyncio.run(_rows(town, "select card_hash is null, pin_hash is null from member_credential"))
    assert rows == [(True, False)]


# --- HTTPS --------------------------------------------------------------------------------------------------------


def test_certificate_is_for_the_names_given_and_trusted_by_the_authority_alone(
    bare_town: Path, council: Council
) -> None:
    code, out, _ = council(bare_town, "certificate", "zala.example", "127.0.0.1", "localhost")
    assert code == 0 and 'certificate = "data/secrets/hall.pem"' in out and "hall-authority.pem" in out
    secrets = bare_town / "data" / "secrets"
    made = x509.load_pem_x509_certificate((secrets / "hall.pem").read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == ["zala.example", "127.0.0.1", "localhost"]
    authority = x509.load_pem_x509_certificate((secrets / "hall-authority.pem").read_bytes())
    made.verify_directly_issued_by(authority)
    for name in ("hall.key", "hall-authority.key"):
        assert (secrets / name).stat().st_mode & 0o077 == 0


def test_authority_is_made_once_and_its_loss_is_said(bare_town: Path) -> None:
    config, now = load(bare_town / "council.toml"), datetime(2027, 1, 1, tzinfo=UTC)
    authority_file, file = make(config, ["zala.example"], now)
    before, first = authority_file.read_bytes(), file.read_bytes()
    make(config, ["zala.example"], now + timedelta(days=390))
    assert authority_file.read_bytes() == before and file.read_bytes() != first
    authority_file.unlink()
    with pytest.raises(ConfigError, match="restore both"):
        make(config, ["zala.example"], now)
    with pytest.raises(ConfigError, match="neither a name nor an address"):
        authority_file.with_suffix(".key").unlink()
        make(config, ["a..b"], now)


def test_hall_speaks_https_to_who_trusts_its_authority(town: Path, council: Council) -> None:
    assert council(town, "certificate", "localhost", "127.0.0.1").code == 0
    toml = town / "council.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(re.sub(r"# (certificate|key) = ", r"\1 = ", text), encoding="utf-8")
    context = ssl.create_default_context(cafile=town / "data" / "secrets" / "hall-authority.pem")
    with subprocess.Popen([sys.executable, "-m", "council", "hall"], cwd=town, stderr=subprocess.DEVNULL) as hall:
        try:
            answer, cookies = asyncio.run(_get(load(toml).file.hall.port, context))
        finally:
            hall.terminate()
            try:
                hall.wait(60)
            finally:
                hall.kill()
    assert answer == 200
    assert cookies and all("secure" in cookie.lower() for cookie in cookies)


async def _get(port: int, context: ssl.SSLContext) -> tuple[int, list[str]]:
    """The sign-in page, as soon as the hall answers."""
    import urllib.request

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    async with asyncio.timeout(40):
        while True:
            try:
                with await asyncio.to_thread(opener.open, f"https://127.0.0.1:{port}/login", timeout=5) as page:
                    return page.status, page.headers.get_all("set-cookie") or []
            except OSError:
                await asyncio.sleep(0.1)


def test_certificate_that_cannot_be_used_is_said_before_anything_starts(bare_town: Path) -> None:
    toml = bare_town / "council.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(re.sub(r"# (certificate|key) = ", r"\1 = ", text), encoding="utf-8")
    with pytest.raises(web.BadCertificate, match="council certificate"):
        web.https(load(toml).hall_certificate)
    (bare_town / "data" / "secrets").mkdir(parents=True)
    for name in ("hall.pem", "hall.key"):
        (bare_town / "data" / "secrets" / name).write_text("no certificate", encoding="utf-8")
    with pytest.raises(web.BadCertificate, match="cannot be used"):
        web.https(load(toml).hall_certificate)
    toml.write_text(re.sub(r"(?m)^key = .*\n", "", toml.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ConfigError, match="but not both"):
        load(toml)
