"""`council camera list` and `test`: film tried, and what is wrong said in words with what to do."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from council.commands.camera import no_film
from sql.migrate import migrate
from streaming import index
from streaming.segments import CameraState
from streaming.trial import trial
from tests.streaming.conftest import Camera, Shape

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

CAMERA = '\n[[camera]]\nid = "{}"\nname = "Зала"\nurl = "{}"\nbody = "zrazkove-council"\n'


@contextmanager
def answering(answer: str) -> Iterator[int]:
    """The port of something that gives every request the same answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    while asked := client.recv(4096):
                        number = asked.partition(b"CSeq: ")[2].partition(b"\r\n")[0].decode()
                        client.sendall(answer.format(number=number).encode())

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def added(town: Path, *cameras: str) -> None:
    with (town / "council.toml").open("a", encoding="utf-8") as file:
        file.writelines(cameras)


def test_camera_that_films_is_described_and_gives_a_picture(bare_town: Path, council: Any) -> None:
    with Camera(Shape(), loop=True, clock_error=-2.0) as camera:
        added(bare_town, CAMERA.format("hall-1", camera.url), 'login = "hall-1.login"\n')
        (bare_town / "hall-1.login").write_text("anna:pa ss\n", encoding="utf-8")
        tried = council(bare_town, "camera", "test", "hall-1", "--seconds", "1")
    assert (tried.code, [line for line in tried.err if "WARNING" in line or "council" in line]) == (0, [])
    lines = tried.out.splitlines()
    assert lines[0].startswith("film        H.264 (avc1.") and ", 320 × 240, 25 pictures a second, " in lines[0]
    assert lines[1] == "sound       none that can be recorded (AAC and G.711 can)"
    assert lines[2].startswith("clock       2.0 s behind this server's: not believed. Set the camera to ask an NTP")
    assert lines[3].startswith("lost        0 packets, 0 pictures damaged, of ")
    assert lines[4] == "picture     hall-1.jpg"
    assert (bare_town / "hall-1.jpg").read_bytes()[:2] == b"\xff\xd8"
    assert "pa ss" not in tried.out and "pa%20ss" not in "".join(tried.err)


UNAUTHORISED = 'RTSP/1.0 401 Unauthorized\r\nCSeq: {number}\r\nWWW-Authenticate: Basic realm="c"\r\n\r\n'
NOT_FOUND = "RTSP/1.0 404 Not Found\r\nCSeq: {number}\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "user", "what", "advice"),
    [
        (UNAUTHORISED, "", "it refuses the user or the password", "neither `login` nor the address names a user"),
        (UNAUTHORISED, "anna:wrong@", "it refuses the user or the password", "open the camera's own page with them"),
        (NOT_FOUND, "", "it has no film at this address", "`council camera set-up 127.0.0.1` asks the camera"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "", "what it sends cannot be read", "not as a camera does"),
    ],
)
def test_camera_that_does_not_film_is_explained(
    tmp_path: Path, council: Any, answer: str, user: str, what: str, advice: str
) -> None:
    with answering(answer) as port:
        tried = council(tmp_path, "camera", "test", f"rtsp://{user}127.0.0.1:{port}/1")
    said = tried.err[-1]
    assert (tried.code, tried.out) == (1, "")
    assert said.startswith(f"council camera: rtsp://127.0.0.1:{port}/1: {what}")
    assert advice in said and "wrong@" not in said


def test_camera_at_a_wrong_address_is_explained(bare_town: Path, council: Any, free_port: int) -> None:
    tried = council(bare_town, "camera", "test", f"rtsp://127.0.0.1:{free_port}/1")
    assert tried.code == 1 and "nothing answers" in tried.err[-1] and "cable" in tried.err[-1]
    for wrong in ("ftp://127.0.0.1/1", "rtsp://:0/1", "rtsp://[::1/1"):
        tried = council(bare_town, "camera", "test", wrong)
        assert tried.code == 1 and "its address cannot be used" in tried.err[-1], wrong
    missing = council(bare_town, "camera", "test", f"file://{bare_town}/film.mp4")
    assert missing.code == 1 and "See whether the file is there" in missing.err[-1]
    nobody = council(bare_town, "camera", "test", "hall-9")
    assert nobody.err == ["council camera: 'hall-9' is no camera of council.toml. It has: none"]


class NoKeys(Shape):
    def units(self) -> tuple[tuple[int, bytes], ...]:
        return super().units()[1:]


def test_trial_of_a_camera_without_key_frames_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.trial.NO_KEY_S", 0.4)
    with Camera(NoKeys(gop=250, sdp_sets=False)) as camera:
        tried = trial(camera.url, seconds=0.2)
    assert (tried.codec, tried.picture, tried.lost) == ("", None, None) and tried.frames > 0
    assert "Set the key frame interval" in no_film(camera.url, tried)


async def test_cameras_are_listed_with_what_the_recorder_said_last(town: Path, db: TestDatabase, council: Any) -> None:
    added(town, *(CAMERA.format(f"hall-{n}", f"rtsp://anna:secret@192.0.2.{n}/1") for n in (1, 2, 3)))
    now = datetime.now(UTC)
    await migrate(db.database("owner"))
    connection = await db.database("record").connect()
    try:
        await index.camera_state(
            connection, CameraState("hall-1", "recording", now, now, 4_200_000, None, "", packets_lost=3)
        )
        await index.camera_state(connection, CameraState("hall-2", "lost", now, None, None, None, "refused"))
    finally:
        await connection.close()
    listed = await asyncio.to_thread(council, town, "camera", "list")
    lines = listed.out.splitlines()
    place = "hall-1  Зала  (zrazkove-council)  rtsp://192.0.2.1/1  "
    assert lines[0].startswith(place + "recording, 4.2 Mbit/s, 3 packets lost, since 20")
    assert "lost, it refuses the user or the password, since " in lines[1]
    assert lines[2].endswith("never recorded yet")
    assert listed.code == 1 and "secret" not in listed.out
