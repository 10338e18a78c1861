"""The embedded PostgreSQL through its mishaps: killed, killed with its command, started twice, in awkward folders."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from sql import cluster
from sql.embedded import SOCKET_PATH_BYTES, Embedded
from sql.errors import AlreadyRunning, NotRunning

if TYPE_CHECKING:
    from tests.sql.conftest import Ask

COMMAND = """
import sys, time
from pathlib import Path
from sql.embedded import Embedded
server = Embedded(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


def wait_until_dead(embedded: Embedded) -> None:
    deadline = time.monotonic() + 5
    while embedded.alive():
        assert time.monotonic() < deadline
        time.sleep(0.01)


async def test_start_twice_by_one_owner_does_nothing(own: Embedded, ask: Ask) -> None:
    own.start()
    pid = own.pid
    own.start()
    assert own.pid == pid
    assert await ask(own, "select 1") == 1


async def test_stop_twice_and_start_again_serves_the_same_data(own: Embedded, ask: Ask) -> None:
    own.start()
    await ask(own, "create table kept ()")
    own.stop()
    own.stop()
    assert not own.alive()
    own.start()
    assert await ask(own, "select 'kept'::regclass::text") == "kept"


async def test_server_killed_and_started_again_keeps_what_was_committed(own: Embedded, ask: Ask) -> None:
    own.start()
    connection = await asyncpg.connect(own.url())
    await connection.execute("create table kept (n integer)")
    await connection.execute("insert into kept select generate_series(1, 1000)")
    os.kill(own.pid or 0, signal.SIGKILL)
    wait_until_dead(own)
    own.start()
    assert await ask(own, "select count(*) from kept") == 1000
    connection.terminate()


async def test_command_killed_stops_its_server_and_the_next_one_starts(own: Embedded, ask: Ask) -> None:
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


async def test_borrow_while_another_command_serves_uses_that_server(own: Embedded, ask: Ask) -> None:
    own.start()
    with Embedded(own.folder).borrow() as borrowed:
        assert not borrowed.alive()
        assert await ask(borrowed, "select 1") == 1
    assert own.alive()


async def test_borrow_while_nobody_serves_starts_and_stops_one(own: Embedded, ask: Ask) -> None:
    with own.borrow():
        assert await ask(own, "select 1") == 1
    assert not own.alive()


async def test_stale_pid_file_naming_a_living_process_is_no_hindrance(own: Embedded, ask: Ask) -> None:
    about = own.cluster.stat()
    stale = own.cluster / "postmaster.pid"
    stale.write_text(f"{os.getppid()}\n{own.cluster}\n1700000000\n5432\n\n\n  123 456\nready   \n")
    os.chown(stale, about.st_uid, about.st_gid)
    own.start()
    assert await ask(own, "select 1") == 1


async def test_url_too_long_for_a_socket_goes_by_a_short_private_folder(made: Path, tmp_path: Path, ask: Ask) -> None:
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


def test_start_that_fails_is_tried_again_then_tells_what_the_server_said(
    own: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.embedded.RETRY_SECONDS", 1.0)
    (own.cluster / "global" / "pg_control").rename(own.folder / "pg_control")
    began = time.monotonic()
    with pytest.raises(NotRunning, match="could not find the database system"):
        own.start()
    assert time.monotonic() - began > 1
    assert own.log.read_text().count("could not find the database system") > 1
    (own.folder / "pg_control").rename(own.cluster / "global" / "pg_control")
    own.start()
    assert own.alive()
