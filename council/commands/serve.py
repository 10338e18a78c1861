"""`council serve`: database, hall, record and public on one machine, under one command.

Each part is a child process, started again when it ends, so that a crash in a codec or a page cannot touch a vote. The
children die with this process, even by kill -9.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sql import child as child_program
from sql.embedded import Embedded
from sql.errors import DatabaseError

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
STEADY_SECONDS = 10.0  # a child that lived so long starts again at once
EMBEDDED_SECONDS = 0.25


def child_command(*arguments: str) -> list[str]:
    """A command that is interrupted when this process dies."""
    return [
        *(sys.executable, "-I", "-S", child_program.__file__),
        *(str(os.getpid()), str(os.geteuid()), str(os.getegid())),
        *(sys.executable, *arguments),
    ]


@dataclass(slots=True)
class Child:
    """One part of the house. `arguments` go to this Python; what it says goes to `log_file`, or to our own stderr."""

    name: str
    arguments: Sequence[str]
    log_file: Path | None = None
    process: asyncio.subprocess.Process | None = None
    starts: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    async def keep(self) -> None:
        """Start it, and start it again whenever it ends, until cancelled; then stop it."""
        failures = 0
        try:
            while True:
                started = time.monotonic()
                try:
                    await self._start()
                    code = await self._wait()
                    log.warning("child_ended name=%s code=%s", self.name, code)
                except OSError as error:  # no memory, no room: the other parts go on
                    log.error("child_does_not_start name=%s error=%s", self.name, error)
                failures = 0 if time.monotonic() - started > STEADY_SECONDS else failures + 1
                await asyncio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1] if failures else 0)
        finally:
            await self._stop()

    async def _start(self) -> None:
        with contextlib.ExitStack() as stack:
            where = stack.enter_context(self.log_file.open("ab")) if self.log_file else None
            self.process = await asyncio.create_subprocess_exec(
                *child_command(*self.arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=where,
                stderr=where,
                start_new_session=True,  # Ctrl+C goes to us, who stop the parts in order
                env={**os.environ, **self.environment},
            )
        self.starts += 1

    async def _wait(self) -> int:
        if self.process is None:
            raise RuntimeError(f"{self.name} was not started")
        return await self.process.wait()

    async def _stop(self) -> None:
        process = self.process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(asyncio.shield(process.wait()), STOP_SECONDS)
        except TimeoutError:
            log.warning("child_killed name=%s", self.name)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def keep_embedded(embedded: Embedded) -> None:
    """Start the embedded server again whenever it has died."""
    while True:
        await asyncio.sleep(EMBEDDED_SECONDS)
        if not embedded.alive():
            log.warning("database_ended starting_again=yes")
            try:
                await asyncio.to_thread(embedded.start)
            except (DatabaseError, OSError) as error:  # the hall keeps what it has not written; the console says so
                log.error("database_does_not_start error=%s", error)
                await asyncio.sleep(BACKOFF_SECONDS[-1])


async def keep_all(children: Sequence[Child], embedded: Embedded | None) -> None:
    """Keep every part running until cancelled."""
    async with asyncio.TaskGroup() as group:
        for part in children:
            group.create_task(part.keep())
        if embedded is not None:
            group.create_task(keep_embedded(embedded))


def on_stop(act: Callable[[], object]) -> None:
    """Call `act` on SIGINT or SIGTERM."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, act)


async def until_stopped(main: asyncio.Task[None]) -> None:
    """Cancel `main` on SIGINT or SIGTERM and wait for its clean end."""
    on_stop(main.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await main


def parts(config: Path, groups: Sequence[str], log_folder: Path | None = None) -> list[Child]:
    """hall, public and a recorder for each group of cameras."""
    several = len(groups) > 1
    recorders = {f"record-{group}" if several else "record": ("--group", group) if several else () for group in groups}
    return [
        Child(
            name,
            ("-m", "council", name.partition("-")[0], "--config", str(config), *more),
            log_folder / f"{name}.log" if log_folder else None,
        )
        for name, more in ({"hall": (), "public": ()} | recorders).items()
    ]
