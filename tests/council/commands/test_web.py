"""Behind a proxy and beset by strangers: who a request is from, and lines on which nothing comes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from council.commands import web
from council.config import ConfigError, load
from tests.council.test_config import LEAST, written
from tests.serving import serving

NGINX = "10.0.5.7"


async def seen(proxies: list[str], peer: str, scope_type: str = "http", **headers: str) -> tuple[str, str]:
    """Address and scheme that the application is told of, as uvicorn is configured."""
    told: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        told.append(scope)

    config = uvicorn.Config(app, log_config=None, **web.behind(proxies))
    config.load()
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: Any = {"type": scope_type, "asgi": {"version": "3.0"}, "scheme": "http", "headers": given}
    await config.loaded_app(scope | {"client": (peer, 5)}, None, None)
    return told[0]["client"][0], told[0]["scheme"]


async def test_forwarded_headers_of_a_peer_that_is_no_trusted_proxy_change_nothing() -> None:
    spoofed = {"x_forwarded_for": "192.0.2.9", "x_forwarded_proto": "https"}
    assert await seen([], "127.0.0.1", **spoofed) == ("127.0.0.1", "http")
    assert await seen([NGINX], "10.0.5.8", **spoofed) == ("10.0.5.8", "http")


@pytest.mark.parametrize("peer", [NGINX, f"::ffff:{NGINX}"])
async def test_trusted_proxy_tells_who_asks_and_the_scheme(peer: str) -> None:
    told = {"x_forwarded_for": "198.51.100.1, 192.0.2.9, 10.0.5.9", "x_forwarded_proto": "https"}
    # what the visitor wrote to the left of the address that the outermost proxy saw is not believed
    assert await seen(["10.0.5.0/24"], peer, **told) == ("192.0.2.9", "https")
    assert await seen(["10.0.5.0/24"], peer, "websocket", **told) == ("192.0.2.9", "wss")


@pytest.mark.parametrize("proxy", ["*", "proxy.example", "0.0.0.0/0", "10.0.0.1/24", ""])
def test_proxy_that_is_no_address_is_refused_with_the_place(tmp_path: Path, proxy: str) -> None:
    with pytest.raises(ConfigError, match=r"\[hall\] trusts the proxy"):
        load(written(tmp_path, f'{LEAST.lstrip()}[hall]\ntrusted_proxies = ["{proxy}"]\n'))


def test_proxies_of_both_sites_are_read(tmp_path: Path) -> None:
    text = LEAST + '[hall]\ntrusted_proxies = ["127.0.0.1"]\n[public]\ntrusted_proxies = ["10.0.5.0/24", "::1"]\n'
    file = load(written(tmp_path, text)).file
    assert (file.hall.trusted_proxies, file.public.trusted_proxies) == (("127.0.0.1",), ("10.0.5.0/24", "::1"))


@contextlib.asynccontextmanager
async def served(body: bytes = b"", ended: asyncio.Event | None = None, **limits: Any) -> AsyncIterator[int]:
    """ended: set when an answer has been taken, or its line cut."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while scope["type"] == "http" and (await receive()).get("more_body"):
            pass
        if scope["type"] == "http":
            headers = [(b"content-length", b"%d" % len(body))] if body else []
            await send({"type": "http.response.start", "status": 200 if body else 204, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": bool(body)})
            if body:
                await send({"type": "http.response.body", "body": b""})
        if ended is not None:
            ended.set()

    http = web.patient(HttpToolsProtocol, **limits)
    config = uvicorn.Config(app, log_config=None, lifespan="off", http=http, timeout_graceful_shutdown=1)
    listening = socket.create_server(("127.0.0.1", 0))
    async with serving(config, listening):
        yield listening.getsockname()[1]


async def test_line_on_which_no_whole_request_comes_is_cut_and_a_live_one_is_not() -> None:
    async with served(head_s=0.3, body_s=0.6) as port, asyncio.timeout(20):
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        (silent, _), (slow, slowly), (half, halfway) = lines
        slowly.write(b"GET / HTTP/1.1\r\nHost: a\r\n")
        halfway.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1234")
        for reader in (silent, slow, half):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""  # the end, and no answer
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):  # a line may be used again
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
        reader, endless = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError):
            endless.write(b"GET / HTTP/1.1\r\n" + b"x-more: and more\r\n" * 10_000)
            assert await reader.read() == b""
        for one in (writer, endless, *(writer for _, writer in lines)):
            one.close()


async def test_line_whose_answer_nobody_takes_is_cut_and_a_slow_reader_gets_all_of_it() -> None:
    """What is not taken waits in memory: a stranger who reads nothing could fill it."""
    ended, whole = asyncio.Event(), 16_000_000
    async with served(b"x" * whole, ended, answer_s=2.0) as port, asyncio.timeout(60):
        for pause in (0.1, None):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=100_000)  # takes no more by itself
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            if pause is None:
                await ended.wait()
                with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                    await reader.readexactly(whole)
            else:
                for _ in range(40):
                    await reader.readexactly(whole // 40)
                    await asyncio.sleep(pause)
            ended.clear()
            writer.close()


async def test_a_second_small_answer_does_not_wait_until_the_first_is_acknowledged() -> None:
    """asyncio sends without that delay only on a socket that says it is of TCP: it was 40 ms a press and a page."""
    sent_at_once = asyncio.get_running_loop().create_future()

    def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted_socket = writer.get_extra_info("socket")
        sent_at_once.set_result(accepted_socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listening = web.listen("127.0.0.1", 0)
    async with await asyncio.start_server(accepted, sock=listening):
        _, writer = await asyncio.open_connection(*listening.getsockname())
        writer.close()
        assert await sent_at_once


async def test_strangers_write_nothing_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The server's own words repeat an address of 8 kB for each handshake, and a line for each that is none."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close"})

    caplog.set_level(logging.INFO)
    caplog.set_level(logging.NOTSET, "uvicorn.error")  # whatever it is set to is taken back afterwards
    config = uvicorn.Config(app, lifespan="off", **web.SETTINGS)
    listening = socket.create_server(("127.0.0.1", 0))
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    async with serving(config, listening), asyncio.timeout(20):
        for asked in (f"GET /?{'A' * 7000} HTTP/1.1\r\nHost: a\r\n{upgrade}{key}\r\n", "no request\r\n\r\n"):
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            writer.write(asked.encode())
            assert await reader.read()
            writer.close()
    assert [record.getMessage()[:80] for record in caplog.records if record.name.startswith("uvicorn")] == []


async def test_lines_of_one_address_have_an_end_and_the_machines_own_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(at_most=2) as port, asyncio.timeout(20):
        ours = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        monkeypatch.setattr(web, "own_machine", lambda host: False)
        theirs = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        with contextlib.suppress(ConnectionError):
            assert await theirs[2][0].read() == b""
        theirs[0][1].close()
        for reader, writer in (*ours, theirs[1]):
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
        for _, writer in (*ours, *theirs):
            writer.close()
