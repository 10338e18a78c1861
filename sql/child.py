"""Become another program: leave root's rights, hold on to the working folder, be interrupted when the parent dies.

Run by its path under `python -I -S`, so it imports the standard library alone. Done here and not in a `preexec_fn`,
which may deadlock in a program with threads. The kernel forgets the death signal when rights change, hence the order.
Arguments: the parent's pid, user id, group id, then the program and its arguments."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
FOLDER = 9  # the descriptor under which the program finds the folder it was started in


def main(parent: int, user: int, group: int, command: list[str]) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    os.umask(0o077)
    os.dup2(os.open(".", os.O_RDONLY | os.O_DIRECTORY), FOLDER)
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGINT) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died before the signal was set
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
