"""A desk's keys: two at once are none, and a script says what is wrong with it before anything is pressed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import termios
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hardware.keys import CLASH, BadScript, from_script, read_script, settled


async def typed(*keys: tuple[float, str]) -> AsyncIterator[str]:
    for seconds, key in keys:
        await asyncio.sleep(seconds)
        yield key


@pytest.mark.parametrize(
    ("keys", "come"),
    [
        (((0, "1"),), ["1"]),
        (((0, "1"), (0.02, "2")), [CLASH]),
        (((0, "1"), (0.02, "2"), (0.02, "1")), [CLASH]),
        (((0, "1"), (0.02, "1")), ["1"]),
        (((0, "1"), (0.15, "2")), ["1", "2"]),
        (((0, "1"), (0, "p")), ["1", "p"]),
        (((0, "p"), (0, "x"), (0, "3")), ["p", "x", "3"]),
        ((), []),
    ],
)
async def test_keys_within_80_ms_of_each_other_clash(keys: tuple[tuple[float, str], ...], come: list[str]) -> None:
    assert [key async for key in settled(typed(*keys))] == come


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("1 2 3", "line 1: there is no key '2 3'"),
        ("0 p\nsoon 1", "line 2: 'soon 1' is not <seconds> <key>"),
        ("2 1\n1 2", "line 2: the times must go up"),
        ("nan 1", "line 1: the times must go up"),
        ("0 x", "line 1: there is no key 'x'"),
        ("0 card 12", "line 1: there is no key 'card 12'"),
        ("5", "line 1: '5' is not <seconds> <key>"),
    ],
)
def test_script_with_a_bad_line_names_it(script: str, why: str) -> None:
    with pytest.raises(BadScript, match=why.replace("(", r"\(")):
        list(read_script(script))


def test_script_that_is_bad_is_refused_before_anything_runs(tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_text("soon 1", "utf-8")
    with pytest.raises(BadScript):
        from_script(path)


PROGRAM = """
import asyncio
from hardware.keys import from_standard_input
async def main():
    print("ready", flush=True)
    async for key in from_standard_input():
        print(key, end="", flush=True)
asyncio.run(main())
"""


def test_standard_input_from_a_pipe_gives_keys_without_line_ends_until_it_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input="1\np\n2card  4821\nnonsense\nleave",
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.stdout, done.stderr) == ("ready\n1p2card 4821leave", "")


def test_standard_input_of_a_terminal_gives_each_key_without_enter_until_it_is_gone() -> None:
    ours, its = os.openpty()
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=its, stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None and program.stdout.readline() == "ready\n"
        until = time.monotonic() + 20
        while termios.tcgetattr(its)[3] & termios.ICANON:
            assert program.poll() is None and time.monotonic() < until
            time.sleep(0.02)
        os.write(ours, b"1")
        assert program.stdout.read(1) == "1"
        os.close(ours)  # the terminal is gone: the input ends
        assert program.wait(10) == 0
    finally:
        program.kill()
        program.wait()
        os.close(its)
        if program.stdout is not None:
            program.stdout.close()


async def test_script_gives_each_key_at_its_time(tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_text("# the desk's morning\n\n0 card  00123456\n0.05 1  # for\n0.05 pin 4821 m7\n", "utf-8")
    start = asyncio.get_running_loop().time()
    assert [key async for key in from_script(path)] == ["card 00123456", "1", "pin 4821 m7"]
    assert asyncio.get_running_loop().time() - start >= 0.05
