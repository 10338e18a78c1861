"""An RTSP server that nobody here wrote, as a program: `python peer.py SERVER FILM PORT`. It prints its address.

aio_rtsp_toolkit (PyPI): RTP inside the connection, H.264 or H.265 with AAC, sender reports; plays the film once, or for
ever at `?play_count=0`. espp (PyPI): by UDP alone, H.264 with G.711, no sender reports. gstreamer: the gst-rtsp-server
of the system, without its Python bindings; both ways, H.264 with AAC, sender reports.
"""

from __future__ import annotations

import asyncio
import ctypes
import random
import sys
import time
from pathlib import Path
from typing import Any

import av

FPS = 25
SOUND_BYTES = 8000 // FPS  # of G.711, with each picture


def pictures(film: Path) -> list[bytes]:
    """Annex B."""
    with av.open(str(film)) as container:
        plain = av.BitStreamFilterContext("h264_mp4toannexb", container.streams.video[0])
        return [bytes(one) for packet in container.demux(video=0) if packet.size for one in plain.filter(packet)]


def tone(count: int) -> list[bytes]:
    """For each picture its sound: noise, no two alike."""
    return [random.Random(i).randbytes(SOUND_BYTES) for i in range(count)]


async def aio_rtsp_toolkit(film: Path, port: int) -> None:
    from aio_rtsp_toolkit import server_streaming
    from aio_rtsp_toolkit.server import RtspServer

    server_streaming.QUEUE_PUT_POLL_INTERVAL = 60.0  # it sends twice what its queue takes slowly
    server = RtspServer(str(film.parent), "127.0.0.1", port)
    await server.start()
    told(server.port, film.name)
    await server.serve_forever()


def espp(film: Path, port: int) -> None:
    import espp as library

    units = pictures(film)
    sounds = tone(len(units))
    server: Any = library.RtspServer(library.RtspServer.Config("127.0.0.1", port, film.name))
    server.add_track(library.RtspServer.TrackConfig(0, library.H264Packetizer(library.H264Packetizer.Config())))
    sound = library.GenericPacketizer.Config(payload_type=8, clock_rate=8000, encoding_name="PCMA")
    server.add_track(library.RtspServer.TrackConfig(1, library.GenericPacketizer(sound)))
    server.start()
    told(port, film.name)
    while not server.has_active_sessions():
        time.sleep(0.01)
    began = time.monotonic()
    for i, (picture, heard) in enumerate(zip(units, sounds, strict=True)):
        time.sleep(max(0.0, began + i / FPS - time.monotonic()))
        server.send_frame(0, picture)
        server.send_frame(1, heard)
    while True:
        time.sleep(1)


def gstreamer(film: Path, port: int) -> None:
    rtsp, gst, glib = map(ctypes.CDLL, ("libgstrtspserver-1.0.so.0", "libgstreamer-1.0.so.0", "libglib-2.0.so.0"))

    def made(function: Any, *arguments: Any) -> ctypes.c_void_p:
        function.restype = ctypes.c_void_p
        return ctypes.c_void_p(function(*arguments))

    gst.gst_init(None, None)
    server = made(rtsp.gst_rtsp_server_new)
    rtsp.gst_rtsp_server_set_address(server, b"127.0.0.1")
    rtsp.gst_rtsp_server_set_service(server, str(port).encode())
    factory = made(rtsp.gst_rtsp_media_factory_new)
    pipeline = (
        f"( filesrc location={film} ! qtdemux name=film "
        "film.video_0 ! queue ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 "
        "film.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97 )"
    )
    rtsp.gst_rtsp_media_factory_set_launch(factory, pipeline.encode())
    mounts = made(rtsp.gst_rtsp_server_get_mount_points, server)
    rtsp.gst_rtsp_mount_points_add_factory(mounts, f"/{film.name}".encode(), factory)
    rtsp.gst_rtsp_server_attach(server, None)
    told(rtsp.gst_rtsp_server_get_bound_port(server), film.name)
    glib.g_main_loop_run(made(glib.g_main_loop_new, None, 0))


def told(port: int, name: str) -> None:
    print(f"rtsp://127.0.0.1:{port}/{name}", flush=True)


if __name__ == "__main__":
    server, film, port = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if server == "aio_rtsp_toolkit":
        asyncio.run(aio_rtsp_toolkit(film, port))
    else:
        {"espp": espp, "gstreamer": gstreamer}[server](film, port)
