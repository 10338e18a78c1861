"""The page that draws a terminal's receipt as a QR: for enrolled terminals, of receipts only, keeping nothing."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from contextlib import closing
from types import ModuleType
from typing import Any

import pytest

from council.hall import pages

RECEIPT = {
    "receipt": 1,
    "sitting": "rada-2026-03-01",
    "vote_n": 1,
    "member": "m3",
    "option": "for",
    "candidate": None,
    "boot": "0" * 16,
    "n": 1,
    "recorded_at": "2026-03-01T12:00:00.000Z",
    "signature": "A" * 86 + "==",
    "terminal": "terminal-3",
    "receipt_signature": "B" * 86 + "==",
    "inclusion": {"index": 17, "size": 32, "path": ["C" * 42 + "A="] * 5},
    "vkey": "test.hlasno+00000000+AAAA",
}


async def post(url: str, body: bytes, **headers: str) -> tuple[int, Any]:
    def ask() -> tuple[int, Any]:
        with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)) as connection:
            connection.request("POST", "/terminal/receipt", body, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    return await asyncio.to_thread(ask)


async def test_receipt_of_an_enrolled_terminal_becomes_rows_of_a_code(hall: Any, house: ModuleType) -> None:
    ours = {"Cookie": f"terminal={house.key(3)}", "Origin": hall.url}
    status, answer = await post(hall.url, json.dumps(RECEIPT).encode(), **ours)
    rows = answer["rows"]
    assert status == 200
    assert len(rows) > 40 and {len(row) for row in rows} == {len(rows)} and set("".join(rows)) == {"0", "1"}


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Origin": True}, RECEIPT, 403),
        ({"Cookie": True}, RECEIPT, 403),
        ({"Cookie": True, "Origin": "http://elsewhere.test"}, RECEIPT, 403),
        ({"Cookie": True, "Origin": True}, {**RECEIPT, "more": 1}, 400),
        ({"Cookie": True, "Origin": True}, {"receipt": 1}, 400),
        ({"Cookie": True, "Origin": True}, {**RECEIPT, "member": "m" * 2000}, 400),
        ({"Cookie": True, "Origin": True}, ["http://elsewhere.test"], 400),
    ],
)
async def test_anything_else_is_turned_away(
    hall: Any, house: ModuleType, headers: dict[str, Any], body: Any, status: int
) -> None:
    real = {"Cookie": f"terminal={house.key(3)}", "Origin": hall.url}
    sent = {name: real[name] if value is True else value for name, value in headers.items()}
    assert (await post(hall.url, json.dumps(body).encode(), **sent))[0] == status


async def test_receipts_asked_for_without_end_are_drawn_a_few_times_and_beside_the_hall(
    hall: Any, house: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawing one costs a fifth of a second: presses must not wait for it."""
    threads = []

    def drawn(text: str) -> tuple[str, ...]:
        threads.append(threading.current_thread())
        return ("1",)

    monkeypatch.setattr(pages, "receipt_rows", drawn)
    ours = {"Cookie": f"terminal={house.key(3)}", "Origin": hall.url}
    answers = [await post(hall.url, json.dumps(RECEIPT).encode(), **ours) for _ in range(12)]
    assert [status for status, _ in answers] == [200] * 10 + [429] * 2
    assert answers[-1][1]["error"]["code"] == "too_many_tries"
    assert threading.main_thread() not in threads
    theirs = {"Cookie": f"terminal={house.key(4)}", "Origin": hall.url}
    assert (await post(hall.url, json.dumps(RECEIPT).encode(), **theirs))[0] == 200
