"""The files of the embedded server: what it knows, what it tells its log, and who may come near it."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from sql.embedded import Embedded

if TYPE_CHECKING:
    from tests.sql.conftest import Ask, RunAs

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


async def test_cluster_knows_cyrillic_letters_and_checks_its_pages(own: Embedded, ask: Ask) -> None:
    own.start()
    assert await ask(own, "select lower('ЇЖАК') || upper('ґава') = 'їжакҐАВА'") is True
    for setting, value in {"data_checksums": "on", "fsync": "on", "listen_addresses": ""}.items():
        assert await ask(own, f"show {setting}") == value


async def test_owner_of_the_embedded_server_is_no_superuser(own: Embedded, ask: Ask) -> None:
    own.start()
    assert await ask(own, "select rolsuper from pg_roles where rolname = current_user") is False


async def test_log_after_refused_presses_tells_nothing_of_the_option(db, postgresql: Embedded) -> None:
    async def press(option: str) -> None:
        connection = await db.database("hall").connect()
        try:
            await connection.execute(
                "insert into press"
                " (sitting_id, vote_n, member_id, boot, n, option, terminal_id, signature, recorded_at)"
                " values ('s', 1, '1001', '0123456789abcdef', 1, $1, 't', $2, now())",
                option,
                "A" * 86 + "==",
            )
        finally:
            await connection.close()

    await press("against")
    with pytest.raises(asyncpg.UniqueViolationError):
        await press("against")
    with pytest.raises(asyncpg.CheckViolationError):
        await press("neither-nor")
    log = postgresql.log.read_text()
    assert "violates check constraint" in log
    assert "neither-nor" not in log
    assert "against" not in log


async def test_making_that_was_killed_halfway_begins_anew(tmp_path: Path, ask: Ask) -> None:
    half = tmp_path / "database" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with Embedded(tmp_path / "database") as embedded:
        assert await ask(embedded, "select 1") == 1
    assert not half.exists()


@as_root
def test_files_as_root_are_closed_to_everybody_else(own: Embedded) -> None:
    own.start()
    assert own.folder.stat().st_mode & 0o777 == 0o700
    assert own.folder.stat().st_uid == 0
    assert own.cluster.stat().st_mode & 0o777 == 0o700
    assert own.cluster.stat().st_uid == pwd.getpwnam("nobody").pw_uid


@as_root
def test_another_user_who_reaches_the_socket_is_refused_as_any_role(own: Embedded, run_as_daemon: RunAs) -> None:
    connect = "import asyncio, asyncpg, sys; asyncio.run(asyncpg.connect(sys.argv[1]))"
    own.start()
    for folder in (own.cluster, *own.cluster.parents):
        if folder.stat().st_uid in (0, own.cluster.stat().st_uid) and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    (own.cluster / ".s.PGSQL.5432").chmod(0o777)
    for role in ("owner", "hall", "record", "public"):
        answer = run_as_daemon(connect, own.url(role))  # type: ignore[arg-type]
        assert "Peer authentication failed" in answer.stderr


@as_root
def test_ordinary_user_runs_a_server_of_its_own_and_root_serves_it_too(run_as_daemon: RunAs) -> None:
    code = (
        "import asyncio, asyncpg, sys; from pathlib import Path; from sql.embedded import Embedded\n"
        "with Embedded(Path(sys.argv[1])) as server:\n"
        "    asyncio.run(asyncpg.connect(server.url('hall')))\n"
    )
    daemon = pwd.getpwnam("daemon")
    folder = Path(tempfile.mkdtemp(prefix="hlasno-test-"))
    try:
        os.chown(folder, daemon.pw_uid, daemon.pw_gid)
        answer = run_as_daemon(code, folder / "database")
        assert answer.returncode == 0, answer.stderr
        assert (folder / "database").stat().st_uid == daemon.pw_uid
        with Embedded(folder / "database") as embedded:
            assert Path(f"/proc/{embedded.pid}").stat().st_uid == daemon.pw_uid
        os.chown(folder / "database", 0, 0)
        answer = run_as_daemon(code, folder / "database")
        assert "belongs to another user" in answer.stderr
    finally:
        shutil.rmtree(folder)
