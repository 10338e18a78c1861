"""Signatures checked in the hall and beside it: each is answered once and rightly, whatever becomes of the process."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from council import checking
from council.check_process import GOOD, request, serve
from council.checking import WINDOW, Checker
from council.keys import SigningKey, signature_bytes

KEY = SigningKey(bytes(range(32)))
PUBLIC = bytes.fromhex(KEY.public)
RIGHT = [n % 7 != 3 for n in range(4 * WINDOW)]


def signature(message: bytes, right: bool = True) -> bytes:
    found = signature_bytes(KEY.sign(message.decode() if right else "another text"))
    assert found is not None
    return found


SIGNED = [(f"press {n}".encode(), signature(f"press {n}".encode(), right)) for n, right in enumerate(RIGHT)]


@pytest.fixture
async def checker() -> AsyncIterator[Checker]:
    checker = Checker()
    yield checker
    await checker.stop()


class Answers:
    """Which of the presses were found to be signed, as they are told."""

    def __init__(self) -> None:
        self.found: dict[int, list[bool]] = {}

    def of(self, n: int) -> Callable[[bool], None]:
        return self.found.setdefault(n, []).append

    @property
    def waiting(self) -> int:
        return sum(not told for told in self.found.values())

    async def all(self) -> list[list[bool]]:
        async with asyncio.timeout(20):
            while self.waiting:
                await asyncio.sleep(0.005)
        return [self.found[n] for n in sorted(self.found)]


def ask(checker: Checker) -> Answers:
    """All in one turn of the loop."""
    answers = Answers()
    for n, (message, given) in enumerate(SIGNED):
        checker.check(PUBLIC, message, given, answers.of(n))
    return answers


async def test_without_a_process_all_are_checked_at_once(checker: Checker) -> None:
    assert list(ask(checker).found.values()) == [[right] for right in RIGHT]


async def test_with_a_process_the_first_of_a_turn_is_checked_at_once_and_all_rightly(checker: Checker) -> None:
    checker.start()
    answers = ask(checker)
    assert answers.found[0] == [RIGHT[0]]
    assert 0 < answers.waiting <= WINDOW
    assert await answers.all() == [[right] for right in RIGHT]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_what_a_process_that_ends_or_stands_still_was_given_is_checked_in_the_hall(
    checker: Checker, how: signal.Signals, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(checking, "ANSWER_S", 0.2)
    checker.start()
    assert checker._process is not None
    os.kill(checker._process.pid, how)
    answers = ask(checker)
    assert await answers.all() == [[right] for right in RIGHT]
    assert "checker_lost" in caplog.text
    checker.start()  # not again at once
    assert checker._process is None
    assert list(ask(checker).found.values()) == [[right] for right in RIGHT]


async def test_process_that_cannot_be_started_is_done_without(
    checker: Checker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(checking.sys, "executable", "/nowhere/python")
    checker.start()
    assert "checker_not_started error=FileNotFoundError" in caplog.text
    assert list(ask(checker).found.values()) == [[right] for right in RIGHT]


async def test_it_is_given_no_secret_of_the_environment_and_when_stopped_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HLASNO_SECRET", "a word that is nobody's")
    checker = Checker()
    checker.start()
    process = checker._process
    assert process is not None
    assert await ask(checker).all() == [[right] for right in RIGHT]
    assert b"SECRET" not in Path(f"/proc/{process.pid}/environ").read_bytes()
    await checker.stop()
    assert process.returncode == 0
    checker.start()  # by a message that was still waiting
    assert checker._process is None


def test_requests_that_come_in_pieces_are_answered_in_their_order_until_the_line_ends() -> None:
    ours, theirs = socket.socketpair()
    serving = threading.Thread(target=serve, args=(theirs,), daemon=True)
    serving.start()
    sent = b"".join(request(PUBLIC, *one) for one in SIGNED[:20])
    with ours:
        ours.settimeout(20)
        for start in range(0, len(sent), 61):
            ours.sendall(sent[start : start + 61])
        answers = b""
        while len(answers) < 20:
            answers += (came := ours.recv(64))
            assert came, "it ended"
    serving.join(20)
    theirs.close()
    assert not serving.is_alive()
    assert [answer == GOOD[0] for answer in answers] == RIGHT[:20]
