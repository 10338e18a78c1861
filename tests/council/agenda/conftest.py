"""A hall in which sittings are prepared, and who does it: a browser without script."""

from __future__ import annotations

import asyncio
import http.client
import importlib.util
import re
import sys
from collections.abc import AsyncIterator, Callable
from http.cookies import SimpleCookie
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


@pytest.fixture(scope="session")
def house() -> ModuleType:
    """The module tests/hall_house.py."""
    if "hall_house" not in sys.modules:
        path = Path(__file__).parents[2] / "hall_house.py"
        spec = importlib.util.spec_from_file_location("hall_house", path)
        assert spec is not None and spec.loader is not None
        sys.modules["hall_house"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["hall_house"])
    return sys.modules["hall_house"]


class Reader:
    """A browser without script, signed in."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port = port
        self.jar = dict(one.split("=", 1) for one in cookie.split("; ")) | {"lang": "uk"}
        self.status, self.text, self.location = 0, "", ""
        self.headers: dict[str, str] = {}
        self.body = b""

    async def get(self, path: str) -> str:
        return await asyncio.to_thread(self._ask, "GET", path, None, {})

    async def post(self, path: str, files: dict[str, tuple[str, bytes]] | None = None, **fields: str) -> str:
        """Follows what it is sent to."""
        fields = {"csrf": self.jar["csrf"].strip('"')} | fields
        if files is None:
            body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = multipart(fields, files)
        await asyncio.to_thread(self._ask, "POST", path, body, {"Content-Type": kind})
        if self.status == 303:
            await self.get(self.location.partition("#")[0])
        return self.text

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        connection.request(method, path, body, {"Cookie": cookies, **headers})
        answer = connection.getresponse()
        for value in answer.headers.get_all("set-cookie", []):
            self.jar |= {name: morsel.coded_value for name, morsel in SimpleCookie(value).items()}
        self.status, self.location = answer.status, answer.headers.get("location", "")
        self.headers = {name.lower(): value for name, value in answer.headers.items()}
        self.body = answer.read()
        self.text = self.body.decode(errors="replace")
        connection.close()
        return self.text

    @property
    def seen(self) -> str:
        found = re.search(r'name="seen" value="([0-9a-f]{16})"', self.text)
        assert found is not None
        return found[1]

    @property
    def told(self) -> list[str]:
        """The problems on the page."""
        block = re.search(r'<div class="problems".*?</div>', self.text, re.S)
        return re.findall(r"<li>(.*?)</li>", block[0]) if block is not None else []


def multipart(fields: dict[str, str], files: dict[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, (filename, data) in files.items():
        head = (
            f'--x\r\nContent-Disposition: form-data; name="{name.rstrip("0123456789")}"; filename="{filename}"\r\n\r\n'
        )
        parts.append(head.encode() + data + b"\r\n")
    return b"".join(parts) + b"--x--\r\n", "multipart/form-data; boundary=x"


@pytest.fixture
async def running(db: TestDatabase, house: ModuleType, tmp_path: Path) -> AsyncIterator[Any]:
    await house.furnish(db.database("hall"), 5)
    await house.hire(db.database("hall"), "tech", "technician")
    async with house.running(db.database("hall"), drafts=tmp_path / "drafts") as running:
        yield running


@pytest.fixture
async def clerk(running: Any, house: ModuleType) -> Reader:
    _, cookie = await asyncio.to_thread(house.sign_in, running.url)
    return Reader(running.port, cookie)


@pytest.fixture
def reader() -> Callable[[int, str], Reader]:
    """Another browser: by port and cookie."""
    return Reader
