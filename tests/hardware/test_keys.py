"""A desk's keys: two at once are none, and a script says what is wrong with it before anything is pressed."""

from __future__ import annotations

import asyncio
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
        ("1 2 3", "line 1: '1 2 3' is not <seconds> <key>"),
        ("0 p\nsoon 1", "line 2: 'soon 1' is not <seconds> <key>"),
        ("2 1\n1 2", "line 2: the times must go up"),
        ("nan 1", "line 1: the times must go up"),
        ("0 9", "line 1: there is no key '9'"),
    ],
)
def test_script_with_a_bad_line_names_it(script: str, why: str) -> None:
    with pytest.raises(BadScript, match=why.replace("(", r"\(")):
        list(read_script(script))


async def test_script_gives_each_key_at_its_time(tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_text("# the desk's morning\n\n0 p\n0.05 1  # for\n0.05 2\n", "utf-8")
    start = asyncio.get_running_loop().time()
    assert [key async for key in from_script(path)] == ["p", "1", "2"]
    assert asyncio.get_running_loop().time() - start >= 0.05
