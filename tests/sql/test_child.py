"""A program that leaves root's rights and does not outlive who started it."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from sql import child

TELL = "import os; print(os.getuid(), os.getgid(), os.getgroups(), os.umask(0), os.readlink('/proc/self/fd/9'))"


def launch(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", child.__file__, *map(str, arguments)], cwd="/", capture_output=True, text=True
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_program_started_by_root_has_the_users_rights_alone() -> None:
    nobody = pwd.getpwnam("nobody")
    shell = Path("/bin/sh")
    told = launch(os.getpid(), nobody.pw_uid, nobody.pw_gid, shell, "-c", "id -u; id -g; id -G; umask; pwd")
    expected = [str(nobody.pw_uid), str(nobody.pw_gid), str(nobody.pw_gid), "0077", "/"]
    assert told.stdout.split() == expected


def test_program_finds_its_folder_by_descriptor() -> None:
    told = launch(os.getpid(), os.geteuid(), os.getegid(), sys.executable, "-c", TELL)
    assert told.stdout.split()[-1] == "/"


def test_program_whose_parent_is_gone_already_is_not_run() -> None:
    told = launch(1, os.geteuid(), os.getegid(), sys.executable, "-c", "print('ran')")
    assert (told.returncode, told.stdout) == (1, "")
