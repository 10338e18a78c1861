"""`council check` says of the clock what the kernel says, and where it says nothing, so."""

from __future__ import annotations

import pytest

from council.commands import check


@pytest.mark.parametrize(
    ("state", "level", "words"),
    [(0, "ok     ", "kept by NTP"), (5, "PROBLEM", "nobody keeps it right"), (-1, "WARNING", "cannot be seen")],
)
def test_clock_is_called_kept_only_where_it_is_known_to_be(
    state: int, level: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "clock_state", lambda: state)
    line = str(check._clock())
    assert line.startswith(level) and words in line
