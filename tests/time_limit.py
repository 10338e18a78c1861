"""No test waits for ever: what takes longer than the limit fails, and says what it was waiting for.

Each phase of a test (its making, itself, its unmaking) has the limit of its own, also after a failure: a server that
does not stop would otherwise hold the whole run, and nobody would learn which. With `--regenerate` there is none.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

LIMIT_S = 240
AGAIN_S = 60  # after so long once more: a task that was just running may have taken the failure upon itself
FRAMES, AWAITED = ("cr_frame", "gi_frame", "ag_frame"), ("cr_await", "gi_yieldfrom", "ag_await")


def waiting() -> str:
    """Where each unfinished task of this process waits: its name, then its calls, the innermost last."""
    lines: list[str] = []
    for task in (found for found in gc.get_objects() if isinstance(found, asyncio.Task) and not found.done()):
        lines.append(task.get_name())
        awaited: Any = task.get_coro()
        while awaited is not None:
            frame = next((getattr(awaited, name) for name in FRAMES if getattr(awaited, name, None)), None)
            if frame is not None:
                lines.append(f"  {frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_qualname}")
            awaited = next((getattr(awaited, name) for name in AWAITED if getattr(awaited, name, None)), None)
    return "\n".join(lines)


@contextmanager
def limited(item: pytest.Item, phase: str, limit_s: float = LIMIT_S, again_s: float = AGAIN_S) -> Iterator[None]:
    """Let the block, which the main thread runs, fail after so many seconds."""

    def late(_signal: int, _frame: FrameType | None) -> None:
        told = waiting()  # takes its time
        signal.setitimer(signal.ITIMER_REAL, again_s)
        pytest.fail(f"{item.nodeid}: {phase} took more than {limit_s:g} s\n{told}")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _phase(item: pytest.Item, phase: str) -> Generator[None, object, object]:
    if item.config.getoption("--regenerate"):
        return (yield)
    with limited(item, phase):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    return (yield from _phase(item, "its making"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    return (yield from _phase(item, "it"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    return (yield from _phase(item, "its unmaking"))


class AtOnce:
    """A failure is told when it happens: a run that is ended from outside has then said what it saw."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.write(f"\n{report.nodeid} failed in {report.when}:\n{report.longreprtext[-3000:]}\n", flush=True)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("numprocesses"):  # of many processes, the one that writes; alone, the end is soon enough
        config.pluginmanager.register(AtOnce(config))
