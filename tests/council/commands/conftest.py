"""The `council` command, typed in a folder."""

from __future__ import annotations

import contextlib
import io
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from council.__main__ import main
from tests.ports import free_ports

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


class Said(NamedTuple):
    """How a command ended; `err`: the lines of its standard error."""

    code: int
    out: str
    err: list[str]


Council = Callable[..., Said]


def _here(folder: Path, *arguments: str, said: str = "") -> Said:
    """In this process: starting another costs more than most commands do."""
    out, err = io.StringIO(), io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []  # as in a process that has not said anything yet
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.chdir(folder)
        patch.setattr(sys, "stdin", io.StringIO(said))
        try:
            code = main(list(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
    return Said(code, out.getvalue(), err.getvalue().splitlines())


def _process(folder: Path, *arguments: str, said: str = "") -> Said:
    """`said` is typed on its standard input."""
    command = [sys.executable, "-m", "council", *arguments]
    done = subprocess.run(command, cwd=folder, input=said, capture_output=True, text=True, timeout=120)
    return Said(done.returncode, done.stdout, done.stderr.splitlines())


@pytest.fixture(scope="session")
def council() -> Council:
    return _here


@pytest.fixture(scope="session")
def council_process() -> Council:
    return _process


@pytest.fixture
def bare_town(tmp_path: Path, council: Council) -> Path:
    """A folder with what `council init` writes, on free ports; its database is the command's own."""
    assert council(tmp_path, "init").code == 0
    config = tmp_path / "council.toml"
    text = config.read_text(encoding="utf-8")
    free = free_ports(2)
    for place, port in enumerate((8080, 8081)):
        text = text.replace(f"port = {port}", f"port = {free + place}")
    config.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def town(bare_town: Path, db: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A town whose database is an outside server's."""
    monkeypatch.setenv("DATABASE_URL", db.url())
    return bare_town
