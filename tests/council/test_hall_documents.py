"""The scan of a secret ballot's protocol, sent up from the console: who may, what is taken, where it lies."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

PDF = b"%PDF-1.7\nscan"
BOUNDARY = "--------------------hall"


@pytest.fixture
async def hall(house: ModuleType, db: TestDatabase, tmp_path: Path) -> AsyncIterator[Any]:
    await house.furnish(db.database("hall"))
    await house.hire(db.database("hall"), "auditor", "auditor")
    async with house.running(db.database("hall"), drafts=tmp_path) as running:
        yield running


def _send(url: str, cookie: str, csrf: str, name: str, data: bytes) -> tuple[int, dict[str, Any]]:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{csrf}\r\n'.encode(),
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + data,
        f"\r\n--{BOUNDARY}--\r\n".encode(),
    ]
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    headers = {"Cookie": cookie, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    connection.request("POST", "/console/documents", b"".join(parts), headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, json.loads(body) if body else {}


async def send(
    house: ModuleType,
    hall: Any,
    data: bytes,
    *,
    name: str = "Протокол.pdf",
    as_: str = "clerk",
    csrf: str | None = None,
) -> tuple[int, dict[str, Any]]:
    _, cookie = await asyncio.to_thread(house.sign_in, hall.url, as_)
    token = csrf if csrf is not None else cookie.partition("csrf=")[2].split(";")[0].strip('"')
    return await asyncio.to_thread(_send, hall.url, cookie, token, name, data)


async def test_scan_is_kept_under_its_hash_and_once(house: ModuleType, hall: Any, tmp_path: Path) -> None:
    digest = hashlib.sha256(PDF).hexdigest()
    answers = [await send(house, hall, PDF) for _ in range(2)]
    assert answers == [(200, {"name": "Протокол.pdf", "sha256": digest, "bytes": len(PDF)})] * 2
    assert [path.name for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size] == [digest]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("protocol.docx", b"PK\x03\x04", "draft_type"),
        ("protocol.pdf", b"<html>", "damaged"),
        ("protocol.png", b"", "empty"),
    ],
)
async def test_what_is_no_scan_is_refused_in_words(
    house: ModuleType, hall: Any, tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    status, answer = await send(house, hall, data, name=name)
    assert (status, answer["error"]["code"]) == (400, code)
    assert answer["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def _announce(url: str, length: int) -> int:
    """The answer to a body that is only announced."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    connection.putrequest("POST", "/console/documents")
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


async def test_scan_that_is_too_large_is_not_read(hall: Any) -> None:
    assert await asyncio.to_thread(_announce, hall.url, 22_000_000) == 413


@pytest.mark.parametrize(("as_", "csrf"), [("auditor", None), ("clerk", "stolen")])
async def test_who_may_not_and_foreign_pages_keep_nothing(
    house: ModuleType, hall: Any, tmp_path: Path, as_: str, csrf: str | None
) -> None:
    assert (await send(house, hall, PDF, as_=as_, csrf=csrf))[0] == 403
    assert list(tmp_path.iterdir()) == []
