"""A camera that answers as each test wants it to."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from streaming.errors import CameraLost
from streaming.rtsp import session as module
from streaming.rtsp.link import Link, Port
from streaming.rtsp.rtp import Packet
from streaming.rtsp.session import Session
from streaming.rtsp.stream import Stream

SDP = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"
PACKET = b"\x80\x60\x00\x01" + bytes(8) + b"\x65\x88"
Answer = tuple[int, list[str], str]


@dataclass
class Camera:
    """`answers`: by method; without one, what a good camera says. `asked`: method, address and headers, in order."""

    answers: dict[str, Callable[[dict[str, str]], Answer | None]] = field(default_factory=dict)
    after_play: bytes = b"$\x00" + len(PACKET).to_bytes(2) + PACKET
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    port: int = 0

    @asynccontextmanager
    async def open(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Camera]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        yield self
        server.close()

    @property
    def methods(self) -> list[str]:
        return [method for method, _, _ in self.asked]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while first := await reader.read(1):
                if first == b"$":
                    await reader.readexactly(int.from_bytes((await reader.readexactly(3))[1:]))
                    continue
                head = (first + await reader.readuntil(b"\r\n\r\n")).decode()
                method, url, _ = head.split(" ", 2)
                headers = {k.lower(): v for k, v in re.findall(r"\r\n([^:]+): ([^\r]*)", head)}
                self.asked.append((method, url, headers))
                answer = self.answers[method](headers) if method in self.answers else self._good(method)
                if answer is None:
                    continue
                status, extra, body = answer
                lines = [f"RTSP/1.0 {status} Said", f"CSeq: {headers['cseq']}", *extra]
                lines += [f"Content-Length: {len(body)}"] if body else []
                writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
                if method == "PLAY" and status == 200:
                    writer.write(self.after_play)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @staticmethod
    def _good(method: str) -> Answer:
        session = "Session: 1a;timeout=4"
        return {
            "OPTIONS": (200, ["Public: OPTIONS, GET_PARAMETER, PLAY"], ""),
            "DESCRIBE": (200, ["Content-Base: rtsp://camera.internal/1/"], SDP),
            "SETUP": (200, [session, "Transport: RTP/AVP/TCP;interleaved=0-1"], ""),
        }.get(method, (200, [session], ""))


class Taken:
    """A joiner that keeps the packets."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []

    def take(self, packet: Packet) -> None:
        self.packets.append(packet)

    def finish(self) -> None:
        pass


async def play(
    camera: Camera, user: str = "", silent_s: float = 0.5, open_s: float = 2.0, scheme: str = "rtsp", **options: Any
) -> tuple[CameraLost, Taken]:
    """Why it ended, and what came until then."""
    url, taken = f"{scheme}://{user}127.0.0.1:{camera.port}/1", Taken()
    session = Session(url, open_s=open_s, silent_s=silent_s, **options)
    try:
        found = (await session.describe()).media[0]
        stream = Stream(found.payload_type, found.clock_hz)
        stream.joiner = taken
        await session.setup(found, stream)
        await session.play()
        await session.run()
    except CameraLost as lost:
        return lost, taken
    finally:
        await session.close()
    raise AssertionError("a session ends by being lost")


def asks(*challenges: str) -> Callable[[dict[str, str]], Answer | None]:
    """DESCRIBE of a camera that wants to know who we are; it believes any Digest but none with the word `wrong`."""

    def answer(headers: dict[str, str]) -> Answer:
        told = headers.get("authorization", "wrong")
        if "wrong" in told:
            return 401, [f"WWW-Authenticate: {challenge}" for challenge in challenges], ""
        return Camera._good("DESCRIBE")

    return answer


async def test_camera_is_asked_in_the_order_of_the_standard_and_left_with_teardown() -> None:
    async with Camera().open() as camera:
        lost, taken = await play(camera)
    assert (lost.code, len(taken.packets)) == ("silent", 1)
    assert camera.methods == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN"]
    addresses = [url for _, url, _ in camera.asked]
    base = "rtsp://camera.internal/1/"
    assert addresses == [f"rtsp://127.0.0.1:{camera.port}/1"] * 2 + [f"{base}track1", base, base]
    assert [headers.get("session") for *_, headers in camera.asked] == [None] * 3 + ["1a"] * 2


async def test_user_and_password_are_told_when_asked_and_stand_in_no_address() -> None:
    async with Camera(
        {"DESCRIBE": asks('Digest realm="c", nonce="n", qop="auth"', 'Basic realm="c"')}
    ).open() as camera:
        lost, _ = await play(camera, "anna:secret@")
    assert lost.code == "silent"
    described = [headers.get("authorization", "") for method, _, headers in camera.asked if method == "DESCRIBE"]
    assert described[0] == "" and described[1].startswith('Digest username="anna"')
    assert all("nc=" in headers["authorization"] for *_, headers in camera.asked[2:])
    assert not any("secret" in url + str(headers) for _, url, headers in camera.asked)


@pytest.mark.parametrize("user", ["", "wrong:x@"])
async def test_wrong_or_absent_password_is_refused_without_trying_for_ever(user: str) -> None:
    async with Camera({"DESCRIBE": asks('Digest realm="c", nonce="n"')}).open() as camera:
        lost, _ = await play(camera, user)
    assert lost.code == "refused" and camera.methods.count("DESCRIBE") <= 2


async def test_nonce_that_has_become_stale_is_replaced_while_the_film_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_S", 0.3)
    nonces = iter(["first", "second"])

    def keep_alive(headers: dict[str, str]) -> Answer:
        if '"second"' in headers["authorization"]:
            return 200, [], ""
        return 401, [f'WWW-Authenticate: Digest realm="c", nonce="{next(nonces)}", stale=true'], ""

    describe = asks(f'Digest realm="c", nonce="{next(nonces)}"')
    async with Camera({"DESCRIBE": describe, "GET_PARAMETER": keep_alive}).open() as camera:
        lost, _ = await play(camera, "anna:x@", 1.0)
    assert lost.code == "silent" and camera.methods.count("GET_PARAMETER") >= 3


@pytest.mark.parametrize(
    ("method", "status", "code"),
    [("DESCRIBE", 404, "not_found"), ("SETUP", 403, "refused"), ("PLAY", 453, "dropped"), ("OPTIONS", 500, "dropped")],
)
async def test_camera_that_says_no_is_named(method: str, status: int, code: str) -> None:
    async with Camera({method: lambda _: (status, [], "")}).open() as camera:
        lost, _ = await play(camera)
    assert lost.code == code and str(status) in str(lost)


@pytest.mark.parametrize(
    "setup",
    [
        (200, ["Transport: RTP/AVP/TCP;interleaved=0-1"], ""),
        (200, ["Session: 1", "Transport: RTP/AVP/TCP;interleaved=300-301"], ""),
    ],
)
async def test_set_up_that_makes_no_sense_is_garbage(setup: Answer) -> None:
    async with Camera({"SETUP": lambda _: setup}).open() as camera:
        lost, _ = await play(camera)
    assert lost.code == "garbage"


async def test_camera_that_does_not_answer_is_silent() -> None:
    async with Camera({"DESCRIBE": lambda _: None}).open() as camera:
        lost, _ = await play(camera, open_s=0.3)
    assert lost.code == "silent" and camera.methods == ["OPTIONS", "DESCRIBE"]


async def test_other_channels_are_used_where_the_camera_wants_them() -> None:
    setup = (200, ["Session: 1", "Transport: RTP/AVP/TCP;unicast;interleaved=6-7"], "")
    data = b"$\x06" + len(PACKET).to_bytes(2) + PACKET
    async with Camera({"SETUP": lambda _: setup}, after_play=b"$\x00\x00\x04junk" + data).open() as camera:
        lost, taken = await play(camera)
    assert (lost.code, len(taken.packets)) == ("silent", 1)


async def test_noise_between_packets_ends_the_connection() -> None:
    async with Camera(after_play=Camera.after_play + b"noise without end or sense, at least 25 bytes").open() as camera:
        lost, taken = await play(camera, silent_s=5)
    assert (lost.code, len(taken.packets)) == ("garbage", 1)


async def test_session_is_kept_alive_in_the_way_the_camera_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_S", 0.3)
    async with Camera({"GET_PARAMETER": lambda _: (501, [], "")}).open() as camera:
        lost, _ = await play(camera, silent_s=1.2)
    assert lost.code == "silent"
    kept = camera.methods[camera.methods.index("PLAY") + 1 : -1]
    assert kept[0] == "GET_PARAMETER" and set(kept[1:]) == {"OPTIONS"}


async def test_what_comes_while_a_session_rests_is_taken_afterwards() -> None:
    async with Camera().open() as camera:
        session = Session(f"rtsp://127.0.0.1:{camera.port}/1")
        media = (await session.describe()).media[0]
        await session.setup(media, Stream(media.payload_type, media.clock_hz))
        await session.play()
        session.rest(60)
        asking = asyncio.create_task(session._ask("GET_PARAMETER", session._play_url))
        async with asyncio.timeout(10):
            while camera.methods[-1] != "GET_PARAMETER":
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert not asking.done() and not session.link.over.done()
        assert session.wake()
        assert (await asking).status == 200 and not session.wake()
        await session.close()


async def test_session_that_the_camera_has_forgotten_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_S", 0.3)
    async with Camera({"GET_PARAMETER": lambda _: (454, [], "")}).open() as camera:
        lost, _ = await play(camera, silent_s=5)
    assert lost.code == "dropped" and "session" in str(lost)


def certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A camera's, signed by itself, and its SHA-256."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=9))
    made = made.sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "cert").write_bytes(made.public_bytes(pem))
    (folder / "key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    return context, hashlib.sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest()


async def test_camera_over_tls_is_known_by_its_certificate_where_that_is_told(tmp_path: Path) -> None:
    tls, known = certificate(tmp_path)
    async with Camera().open(tls) as camera:
        for told in ("", known, ":".join(known.upper()[i : i + 2] for i in range(0, 64, 2))):
            lost, taken = await play(camera, scheme="rtsps", certificate=told)
            assert (lost.code, len(taken.packets)) == ("silent", 1)
        asked = len(camera.asked)
        lost, _ = await play(camera, scheme="rtsps", certificate="0" * 64)
        assert lost.code == "refused" and "certificate" in str(lost)
        assert len(camera.asked) == asked, "nothing was told to a stranger"


@pytest.mark.parametrize(("manner", "asked"), [("refuses", 2), ("hangs up", 2), ("refuses, then hangs up", 3)])
async def test_camera_that_sends_by_udp_only_is_asked_for_it(manner: str, asked: int) -> None:
    def setup(headers: dict[str, str]) -> Answer:
        port = re.fullmatch(r"RTP/AVP;unicast;client_port=(\d+)-(\d+)", headers["transport"])
        if (manner == "hangs up" and port is None) or camera.methods.count("SETUP") == asked - 1 == 2:
            raise ConnectionResetError
        if port is None:
            return 461, [], ""
        assert int(port[1]) % 2 == 0 and int(port[2]) == int(port[1]) + 1
        sending = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sending.sendto(PACKET, ("127.0.0.1", int(port[1])))
        sending.sendto(b"noise", ("127.0.0.1", int(port[1])))
        sending.close()
        return 200, ["Session: 1", f"Transport: {headers['transport']};server_port=6970-6971"], ""

    async with Camera({"SETUP": setup}).open() as camera:
        lost, taken = await play(camera)
    assert (lost.code, len(taken.packets)) == ("silent", 1)
    assert camera.methods.count("SETUP") == asked


async def test_a_camera_that_refuses_hangs_up_and_is_gone_leaves_no_port_open(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, real = list[Port](), module.ports

    def ports(*more: Any) -> tuple[Port, Port, int]:
        made = real(*more)
        opened.extend(made[:2])
        return made

    def setup(headers: dict[str, str]) -> Answer:
        if "interleaved" in headers["transport"]:
            return 461, [], ""
        session._addresses = ("127.0.0.2",)  # nobody is there any more
        raise ConnectionResetError

    monkeypatch.setattr(module, "ports", ports)
    async with Camera({"SETUP": setup}).open() as camera:
        session = Session(f"rtsp://127.0.0.1:{camera.port}/hall-1")
        media = (await session.describe()).media[0]
        with pytest.raises(CameraLost) as lost:
            await session.setup(media, Stream(96, 90_000))
        await session.close()
    assert lost.value.code == "absent" and [port._own.fileno() for port in opened] == [-1, -1]


def test_a_line_that_has_just_been_lost_takes_words_and_then_says_so() -> None:
    async def main() -> list[str]:
        server = await asyncio.start_server(lambda _, writer: writer.transport.abort(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        _, link = await asyncio.get_running_loop().create_connection(lambda: Link(lambda *_: None), "127.0.0.1", port)
        await link.over
        said = []
        try:
            link.send(1, b"report")
            await link.request("OPTIONS", "rtsp://x/", {}, 5)
        except (RuntimeError, CameraLost) as error:
            said.append(str(error))
        server.close()
        return said

    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main()) == ["the camera ended the connection"]


async def test_a_camera_that_asks_and_never_reads_is_left() -> None:
    ours, its = socket.socketpair()
    its.setblocking(False)
    loop = asyncio.get_running_loop()
    _, link = await loop.create_connection(lambda: Link(lambda *_: None), sock=ours)

    async def ask() -> None:
        while not link.over.done():
            await loop.sock_sendall(its, b"OPTIONS * RTSP/1.0\r\n\r\n" * 1000)

    asking = asyncio.create_task(ask())
    async with asyncio.timeout(20):
        lost = await link.over
    assert lost.code == "garbage" and link.transport.get_write_buffer_size() < 1_000_000
    link.transport.abort()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    its.close()
