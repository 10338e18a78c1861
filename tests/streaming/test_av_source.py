"""Files and pictures over HTTP, recorded."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from streaming.cutting import AccessUnit, Begin, Cut, Cutter, Part
from streaming.ingest import Capture, Lost, Opened
from streaming.sound import SoundUnit


class Taken:
    """What a capture gives, until it is lost or there are `enough` pictures."""

    def __init__(self, url: str, enough: int = 10**6) -> None:
        self.units, self.sound = list[AccessUnit](), list[SoundUnit]()
        capture = Capture(url, "hall-1")
        capture.start()
        until = time.monotonic() + 30
        while not isinstance(event := capture.next_event(0.2), Lost):
            assert time.monotonic() < until
            if isinstance(event, Opened):
                self.opened = event
            elif isinstance(event, AccessUnit):
                self.units.append(event)
            elif isinstance(event, SoundUnit):
                self.sound.append(event)
            if len(self.units) >= enough:
                capture.stop()
        self.lost = event
        capture.join(20)

    def recorded(self) -> tuple[Begin, bytes]:
        cutter = Cutter(self.opened.timescale, self.opened.sets, self.opened.sound)
        for unit in self.sound:
            cutter.hear(unit)
        acts = [act for unit in self.units for act in cutter.feed(unit)] + cutter.finish("stopped")
        assert any(isinstance(act, Cut) for act in acts)
        [begin] = [act for act in acts if isinstance(act, Begin)]
        return begin, b"".join(act.data for act in acts if isinstance(act, Part))


@pytest.mark.parametrize("bframes", [0, 2])
def test_file_is_played_at_its_pace_and_recorded_to_the_frame(
    film_on_disk: Callable[..., Path], shown: Any, bframes: int
) -> None:
    path, began = film_on_disk(bframes), time.monotonic()
    taken = Taken(f"file://{path}")
    assert taken.lost.code == "dropped" and time.monotonic() - began > 1.5
    begin, data = taken.recorded()
    assert [picture.number for picture in shown(begin.init, data)] == list(range(50))
    assert begin.codec.endswith(",mp4a.40.2") and len(taken.sound) > 80


@pytest.fixture
def film_on_disk(tmp_path: Path, written: Callable[..., Any]) -> Callable[[int], Path]:
    """Two seconds with sound."""

    def make(bframes: int) -> Path:
        run, *segments, _ = written(tmp_path, "aac", count=50, bframes=bframes)
        path = tmp_path / "film.mp4"
        path.write_bytes(
            b"".join((tmp_path / name).read_bytes() for name in [run.init_path, *(s.path for s in segments)])
        )
        return path

    return make


asked: list[str] = []  # of the camera below


@pytest.fixture
def jpegs() -> Iterator[str]:
    """A camera that sends a picture each 40 ms over HTTP, as long as somebody watches; without end."""

    asked.clear()

    class Pictures(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("location", "/film")
                self.end_headers()
                return
            if self.path == "/list":
                self.send_response(200)
                self.send_header("content-type", "application/vnd.apple.mpegurl")
                self.end_headers()
                film = f"http://{self.headers['host']}/film.ts"
                self.wfile.write(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{film}\n#EXT-X-ENDLIST\n".encode())
                return
            if self.path != "/film":
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("content-type", "multipart/x-mixed-replace; boundary=next")
            self.end_headers()
            try:
                for n in range(1000):
                    _, data = cv2.imencode(".jpg", np.full((120, 161, 3), n % 200, np.uint8))
                    head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                    self.wfile.write(head.encode() + data.tobytes() + b"\r\n")
                    time.sleep(0.04)
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(20)
    server.server_close()


def test_pictures_over_http_are_recorded_as_h264(jpegs: str) -> None:
    taken = Taken(f"{jpegs}/film", 70)
    assert taken.lost.code == "stopped"
    begin, data = taken.recorded()
    assert begin.codec.startswith("avc1.") and (begin.width, begin.height) == (160, 120) and data
    steps = np.diff([unit.pts for unit in taken.units])
    assert (steps > 0).all() and 2000 < np.median(steps) < 12_000


@pytest.mark.parametrize(
    ("url", "code"),
    [("{jpegs}/other", "not_found"), ("file:///nowhere/film.mp4", "not_found"), ("http://127.0.0.1:9/x", "absent")],
)
def test_source_that_is_not_there_is_named(jpegs: str, url: str, code: str) -> None:
    taken = Taken(url.format(jpegs=jpegs))
    assert taken.lost.code == code, taken.lost


@pytest.mark.parametrize("path", ["/list", "/moved"])
def test_a_camera_may_not_send_us_to_other_addresses(jpegs: str, path: str) -> None:
    taken = Taken(f"{jpegs}{path}", 1)
    assert taken.units == [] and taken.lost.code in ("garbage", "absent") and asked == [path]


def test_a_clock_of_the_server_that_is_set_is_followed_over_http(jpegs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real, since = time.time_ns, time.monotonic()

    def set_back() -> int:
        return real() - (3600 * 10**9 if time.monotonic() - since > 1 else 0)

    monkeypatch.setattr("streaming.av_source.time.time_ns", set_back)
    taken = Taken(f"{jpegs}/film", 60)
    assert taken.units[0].arrived_us - taken.units[-1].arrived_us > 3590 * 10**6


def test_file_that_is_no_film_is_garbage_and_may_lead_nowhere_else(tmp_path: Path, jpegs: str) -> None:
    (tmp_path / "noise.mp4").write_bytes(bytes(range(256)) * 40)
    assert Taken(f"file://{tmp_path / 'noise.mp4'}").lost.code == "garbage"
    (tmp_path / "list.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{jpegs}/film\n#EXT-X-ENDLIST\n")
    taken = Taken(f"file://{tmp_path / 'list.m3u8'}")
    assert taken.units == [] and taken.lost.code != "stopped"
