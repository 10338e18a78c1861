"""A recorder killed at each step of its durable recipe: `python kill_at_steps.py ADDRESS RECORDINGS`.

For each step in turn a child begins to record, as camera `step-NNN`, and kills itself with signal 9 right before that
step: a folder made, a file opened, bytes written, synced, cut off, a name given. The last child comes to no such step
and ends by itself. One line is printed for each: its camera, and how many pictures it had in hand.
"""

from __future__ import annotations

import mmap
import os
import pathlib
import signal
import struct
import sys
from collections.abc import Callable
from typing import Any

from streaming import clock, filming
from streaming.cutting import Cutter

ENOUGH = 130  # pictures: two segments and a part


class Kill:
    """Before the `at`-th step below `folder`."""

    def __init__(self, at: int, told: mmap.mmap) -> None:
        self.left, self._told = at, told

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)

        return step

    def in_hand(self, feed: Callable[..., Any], thread: filming.CameraThread) -> Callable[..., Any]:
        def fed(*arguments: Any) -> Any:
            (count,) = struct.unpack("i", self._told[:4])
            self._told[:4] = struct.pack("i", count + 1)
            if count + 1 >= ENOUGH:
                thread.stop()
            return feed(*arguments)

        return fed


def record_until_killed(url: str, recordings: pathlib.Path, step: int, told: mmap.mmap) -> None:
    thread = filming.CameraThread(filming.CameraSource(f"step-{step:03}", url), recordings, lambda _: None, None)
    kill = Kill(step, told)
    Cutter.feed = kill.in_hand(Cutter.feed, thread)  # type: ignore[method-assign]
    for name in ("write", "fsync", "ftruncate", "open", "mkdir", "rename"):
        setattr(os, name, kill.before(getattr(os, name)))
    thread.start()
    thread.join()


def main() -> None:
    url, recordings = sys.argv[1], pathlib.Path(sys.argv[2])
    clock.TRUST_US = clock.JUMP_US = clock.SERVER_JUMP_US = 10**12  # the camera sends faster than it films
    step = 1
    while True:
        told = mmap.mmap(-1, 4)
        child = os.fork()
        if child == 0:
            record_until_killed(url, recordings, step, told)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(f"step-{step:03}", struct.unpack("i", told[:4])[0], flush=True)
        if status == 0:
            return
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        step += 1


if __name__ == "__main__":
    main()
