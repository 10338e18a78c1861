"""Servers that nobody here wrote, recorded: what they sent is in the files, byte for byte, and nothing is counted lost.

Two come with the tests; GStreamer's is asked where the system has it. All are recorded at once, as they wait most of
the time.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import numpy as np
import pytest

from streaming import filming, g711, ingest
from streaming.filming import CameraSource, CameraThread
from streaming.journal import Record
from streaming.rtsp.session import Transport
from streaming.segments import Run, Segment

PROGRAM = Path(__file__).with_name("peer.py")
PICTURES, FPS = 150, 25  # long enough for GStreamer's first sender report
RATE = 48_000
PEERS: tuple[tuple[str, Transport], ...] = (
    ("aio_rtsp_toolkit", "tcp"),
    ("espp", "tcp"),  # it hangs up, and is asked for UDP
    ("gstreamer", "tcp"),
    ("gstreamer", "udp"),
)


def make_film(path: Path) -> None:
    """Grainy, so that a picture takes many packets; AAC beside it."""
    chance = np.random.default_rng(1)
    with av.open(str(path), "w") as film:
        video, sound = film.add_stream("libx264", rate=FPS), film.add_stream("aac", rate=RATE)
        video.width, video.height, video.pix_fmt, sound.layout = 320, 240, "yuv420p", "mono"
        video.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "keyint=25:scenecut=0"}
        for i in range(PICTURES):
            grain = chance.integers(0, 60, (240, 320, 3), np.uint8)
            picture = av.VideoFrame.from_ndarray(grain, format="rgb24")
            picture.pts, picture.time_base = i, Fraction(1, FPS)
            film.mux(video.encode(picture))
            noise = (chance.random((1, RATE // FPS)) / 8).astype(np.float32)
            heard = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
            heard.sample_rate, heard.pts = RATE, i * RATE // FPS
            film.mux(sound.encode(heard))
        film.mux(video.encode(None))
        film.mux(sound.encode(None))


def slices(data: bytes) -> list[bytes]:
    """The units of a picture in MP4, without parameter sets and messages."""
    found = []
    while data:
        size = int.from_bytes(data[:4])
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    return [unit for unit in found if unit[0] & 31 in (1, 5)]


def contents(film: Any) -> tuple[list[list[bytes]], list[bytes]]:
    """Pictures and sounds of an MP4, as they are stored."""
    with av.open(film, "r", format="mp4") as file:
        packets = [(packet.stream.type, bytes(packet)) for packet in file.demux() if packet.size]
    return [slices(data) for kind, data in packets if kind == "video"], [
        data for kind, data in packets if kind != "video"
    ]


@dataclass
class Recorded:
    folder: Path
    told: list[Record]
    lost: int  # as the console shows it

    def of(self, kind: type) -> list[Any]:
        return [record for record in self.told if isinstance(record, kind)]

    def film(self, run: Run) -> BytesIO:
        paths = (run.init_path, *(segment.path for segment in self.of(Segment) if segment.run_id == run.id))
        return BytesIO(b"".join((self.folder / path).read_bytes() for path in paths))


def record(peer: str, transport: Transport, film: Path, folder: Path, port: int) -> Recorded:
    """All that the server plays, by the recorder's own thread."""
    with subprocess.Popen(
        [sys.executable, PROGRAM, peer, film, str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        silent = threading.Timer(60, server.kill)  # one that says nothing
        silent.start()
        try:
            assert server.stdout is not None
            url = next(line for line in server.stdout if line.startswith("rtsp://")).strip()
            told: list[Record] = []
            thread = CameraThread(CameraSource("hall-1", url, transport), folder, told.append, None)
            thread.start()
            until = time.monotonic() + 30
            while thread.state.state != "lost":  # it is, once the film is over
                assert time.monotonic() < until, thread.state
                time.sleep(0.05)
            thread.stop()
            thread.join(30)
            thread.close()
            return Recorded(folder, told, thread.state.packets_lost)
        finally:
            silent.cancel()
            server.kill()


def installed(peer: str) -> bool:
    if peer == "gstreamer":
        return ctypes.util.find_library("gstrtspserver-1.0") is not None
    return importlib.util.find_spec(peer) is not None


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("peers") / "film.mp4"
    make_film(path)
    return path


@pytest.fixture(scope="module")
def recorded(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Future[Recorded]]]:
    """By server and transport: a future of what was recorded."""
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(len(PEERS)) as pool:
        patch.setattr(ingest, "SILENT_S", 3.0)
        patch.setattr(filming, "BACKOFF_S", (30.0, 30.0))  # not another connection when the film is over
        found: dict[tuple[str, str], Future[Recorded]] = {}
        for peer, transport in PEERS:
            if installed(peer):
                folder = tmp_path_factory.mktemp(f"{peer}-{transport}")
                found[peer, transport] = pool.submit(record, peer, transport, film, folder, free_port())
        yield found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(params=PEERS, ids="-".join)
def peer(request: pytest.FixtureRequest, recorded: dict[tuple[str, str], Future[Recorded]]) -> tuple[str, Recorded]:
    """Server, and what was recorded of it."""
    if request.param not in recorded:
        pytest.skip(f"{request.param[0]} is not installed")
    return request.param[0], recorded[request.param].result()


def test_film_of_a_strange_server_is_recorded_byte_for_byte_and_nothing_is_lost(
    peer: tuple[str, Recorded], film: Path
) -> None:
    name, made = peer
    segments = made.of(Segment)
    sent, _ = contents(str(film))
    kept = [one for run in made.of(Run) for one in contents(made.film(run))[0]]
    missing = [one for one in sent if one not in kept]
    assert kept == [one for one in sent if one not in missing]
    assert made.lost >= sum(segment.packets_lost for segment in segments)
    if name == "espp":  # throws pictures away when the machine is busy; then it is counted
        assert bool(missing) == bool(made.lost) and len(missing) < PICTURES / 5
    else:
        assert missing == [] and made.lost == 0 and not any(segment.frames_damaged for segment in segments)


def test_sound_of_a_strange_server_is_recorded_as_it_was_sent(
    peer: tuple[str, Recorded], film: Path, strangers: ModuleType
) -> None:
    name, made = peer
    if name == "espp":  # telephone sound becomes FLAC: what is heard is what was meant
        [run] = made.of(Run)
        with av.open(made.film(run), "r", format="mp4") as file:
            heard = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)]).tobytes()
        table = g711._table("PCMA")
        places = [heard.find(table[np.frombuffer(one, np.uint8)].tobytes()) for one in strangers.tone(PICTURES)]
        found = [place for place in places if place >= 0]
        assert found == sorted(found) and len(found) > PICTURES / 2  # it throws sound away too
        return
    _, sent = contents(str(film))
    kept = []
    for run in made.of(Run):
        own = [unit for unit in contents(made.film(run))[1] if unit in sent]  # the rest is silence, at the ends
        assert own == sent[sent.index(own[0]) :][: len(own)]
        kept += own
    assert len(kept) >= len(sent) - 20 * len(made.of(Run))


def test_clock_is_the_strange_server_s_where_it_reports(peer: tuple[str, Recorded]) -> None:
    """GStreamer reports late: the run by arrival ends, and the next one has the better clock."""
    name, made = peer
    known = {"aio_rtsp_toolkit": "sender_report", "espp": "arrival", "gstreamer": "sender_report"}
    assert made.of(Run)[-1].clock == known[name]
    assert {run.clock for run in made.of(Run)} <= {"arrival", known[name]}
