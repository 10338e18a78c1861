"""A server for a test to maltreat, and another OS user to be."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import asyncpg
import pytest

import sql
from sql.embedded import Embedded

Ask = Callable[[Embedded, str], Awaitable[object]]
RunAs = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def ask() -> Ask:
    """One question to the database `hlasno` of a server, as its owner."""

    async def ask(embedded: Embedded, question: str) -> object:
        connection = await asyncpg.connect(embedded.url())
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return ask


@pytest.fixture(scope="session")
def run_as_daemon() -> RunAs:
    """`run_as_daemon(code, *arguments)` runs Python as the OS user `daemon`, with our packages.

    Skips if we are not root, or if no Python here can be run so: ours may lie under a private folder."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    user = pwd.getpwnam("daemon")
    paths = [str(Path(sql.__file__).parents[1]), *filter(None, sys.path)]

    def run(code: str, *arguments: object, python: str) -> subprocess.CompletedProcess[str]:
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

    for python in (sys.executable, "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            if not run("import asyncpg, sql.embedded", python=python).returncode:
                return partial(run, python=python)
    pytest.skip("no Python here that another OS user could run with our packages")
