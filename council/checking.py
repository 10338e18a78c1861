"""Whether presses are signed by their terminals' keys: checked in the hall, and with many terminals beside it.

A check takes 45 µs, as long as everything else the hall does for a press. So where many may press in one instant, a
process of its own (`check_process.py`) takes what it can, and the hall does the rest itself. It holds no secret and
decides nothing but that one question. If it ends or does not answer, the hall checks what it was given, and all that
follows, until another is started: a press can wait for it only so long.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import council
from council.check_process import GOOD, request
from council.keys import fits

logger = logging.getLogger(__name__)

WINDOW = 48  # requests on their way; while there are so many the hall checks by itself
TOGETHER = 12  # requests sent at once
ANSWER_S = 1.0  # without an answer for so long it counts as lost
AGAIN_S = 60.0  # before another is started
END_S = 2.0
KEPT = ("PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT")  # of the environment

Told = Callable[[bool], None]


@dataclass(slots=True)
class Job:
    public: bytes
    message: bytes
    signature: bytes
    told: Told


class Checker:
    """Belongs to one task's loop; nothing here waits. Without `start` everything is checked at once."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._jobs: deque[Job] = deque()  # given to the process and not answered, in order
        self._unsent: list[bytes] = []  # requests of the last of them
        self._round: asyncio.Handle | None = None  # at the end of this turn of the loop
        self._watch: asyncio.TimerHandle | None = None
        self._answered_at = 0.0
        self._stopped = False
        self._again: asyncio.TimerHandle | None = None  # then another is started

    def start(self) -> None:
        """Start the process, unless it runs, was lost a moment ago, or all is stopped."""
        if self._line is not None or self._again is not None or self._stopped:
            return
        ours, theirs = socket.socketpair()
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}  # and nothing that is secret
        path = os.pathsep.join(filter(None, (str(Path(council.__file__).parents[1]), kept.get("PYTHONPATH"))))
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "council.check_process"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=kept | {"PYTHONPATH": path},
            )
        except OSError as error:
            ours.close()
            self._later()
            logger.warning("checker_not_started error=%s", type(error).__name__)
            return
        finally:
            theirs.close()
        ours.setblocking(False)
        self._line = ours
        asyncio.get_running_loop().add_reader(ours, self._hear)

    async def stop(self) -> None:
        """End the process, for good; what was given to it is answered no more."""
        self._stopped = True
        self._jobs.clear()
        process, self._process = self._process, None
        self._part()
        if process is not None:
            await asyncio.to_thread(_end, process)

    def check(self, public: bytes, message: bytes, signature: bytes, told: Told) -> None:
        """`told` is called with whether they fit, now or later: at once for the first of each turn of the loop, so that
        a press that comes alone waits for nobody. public: 32 bytes; signature: 64."""
        if self._line is not None and self._round is None:
            self._round = asyncio.get_running_loop().call_soon(self._end_round)
        elif self._line is not None:
            if len(self._jobs) >= WINDOW:
                self._hear()
            if self._line is not None and len(self._jobs) < WINDOW:
                self._give(Job(public, message, signature, told))
                return
        told(fits(public, message, signature))

    def _give(self, job: Job) -> None:
        if not self._jobs:
            self._answered_at = time.monotonic()
        self._jobs.append(job)
        self._unsent.append(request(job.public, job.message, job.signature))
        if len(self._unsent) >= TOGETHER:
            self._send()

    def _end_round(self) -> None:
        self._round = None
        if self._unsent:
            self._send()

    def _send(self) -> None:
        requests, self._unsent = b"".join(self._unsent), []
        if self._watch is None:
            self._watch = asyncio.get_running_loop().call_later(ANSWER_S, self._late)
        try:
            whole = self._line is not None and self._line.send(requests) == len(requests)
        except OSError:
            whole = False
        if not whole:
            self._lose()

    def _hear(self) -> None:
        if self._line is None:
            return
        try:
            answers = self._line.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            answers = b""
        if not answers or len(answers) > len(self._jobs):
            self._lose()
            return
        self._answered_at = time.monotonic()
        for answer in answers:
            self._jobs.popleft().told(answer == GOOD[0])

    def _late(self) -> None:
        self._watch = None
        self._hear()
        if self._jobs:
            if time.monotonic() - self._answered_at >= ANSWER_S:
                self._lose()
            else:
                self._watch = asyncio.get_running_loop().call_later(ANSWER_S, self._late)

    def _lose(self) -> None:
        """Go on without it."""
        process, self._process = self._process, None
        logger.warning("checker_lost waiting=%d code=%s", len(self._jobs), process.poll() if process else None)
        self._part()
        loop = asyncio.get_running_loop()
        if process is not None:
            process.kill()
            loop.run_in_executor(None, process.wait)
        self._later()
        jobs, self._jobs = self._jobs, deque()
        for job in jobs:
            job.told(fits(job.public, job.message, job.signature))

    def _later(self) -> None:
        def again() -> None:
            self._again = None
            self.start()

        self._again = asyncio.get_running_loop().call_later(AGAIN_S, again)

    def _part(self) -> None:
        """No line to the process any more, and nothing that waits for it."""
        self._unsent = []
        for timer in (self._round, self._watch, self._again):
            if timer is not None:
                timer.cancel()
        self._round = self._watch = self._again = None
        if self._line is not None:
            asyncio.get_running_loop().remove_reader(self._line)
            self._line.close()
            self._line = None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Its line is closed: it ends by itself."""
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
