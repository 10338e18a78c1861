"""H.265 as cameras send it, recorded as it comes."""

from __future__ import annotations

import base64
import struct
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest

from streaming import clip as clips
from streaming import h265, ingest, nal
from streaming.clip import Source
from streaming.clip_burn import burn
from streaming.cutting import AccessUnit, Begin, Cut, Cutter, Part
from streaming.errors import BadStream
from streaming.journal import Record
from streaming.rtsp import sdp
from streaming.rtsp.rtp import Reception
from streaming.rtsp.video import H265Units, Joined, Pictures
from streaming.segments import Run, Segment, to_us
from streaming.storage import RunWriter

COUNT, FPS = 30, 25


@cache
def encoded(draw: Callable[..., Any], width: int, height: int, bframes: int) -> tuple[tuple[int, bytes], ...]:
    encoder: Any = av.CodecContext.create("libx265", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate, encoder.time_base, encoder.thread_count = FPS, Fraction(1, FPS), 1
    params = f"keyint=10:min-keyint=10:scenecut=0:bframes={bframes}:repeat-headers=1:open-gop=0:log-level=none"
    encoder.options = {"preset": "ultrafast", "x265-params": params + ":pools=none:frame-threads=1"}
    made = []
    for number in range(COUNT):
        frame = draw(number, width, height).reformat(format="yuv420p")
        frame.pts = number
        made += encoder.encode(frame)
    return tuple((int(packet.pts), bytes(packet)) for packet in [*made, *encoder.encode(None)])


@pytest.fixture
def film(shown: Any) -> Callable[..., tuple[tuple[int, bytes], ...]]:
    draw = sys.modules[shown.__module__].draw
    return lambda width=320, height=240, bframes=0: encoded(draw, width, height, bframes)


def packets(film: tuple[tuple[int, bytes], ...], size: int = 500) -> list[bytes]:
    """RFC 7798: single units and fragments."""
    made: list[bytes] = []
    for number, data in film:
        payloads = []
        for unit in nal.split(data):
            if len(unit) <= size:
                payloads.append(unit)
                continue
            pieces = [unit[i : i + size] for i in range(2, len(unit), size)]
            for i, piece in enumerate(pieces):
                edge = (0x80 if i == 0 else 0) | (0x40 if i == len(pieces) - 1 else 0)
                payloads.append(bytes([unit[0] & 0x81 | 49 << 1, unit[1], h265.kind(unit) | edge]) + piece)
        for payload in payloads:
            marker = 0x80 if payload is payloads[-1] else 0
            stamp = number * 90_000 // FPS
            made.append(struct.pack(">BBHII", 0x80, 96 | marker, len(made) & 0xFFFF, stamp, 1) + payload)
    return made


def recorded(sent: list[bytes]) -> tuple[Begin, bytes, list[Cut]]:
    joined: list[Joined] = []
    reception, pictures = Reception(96, 90_000), Pictures(H265Units(), joined.append)
    for data in sent:
        for packet in reception.take(data, 0):
            pictures.take(packet)
    for packet in reception.rest():
        pictures.take(packet)
    pictures.finish()
    cutter = Cutter(90_000, h265.ParameterSets())
    units = [AccessUnit(tuple(j.units), j.timestamp, j.timestamp * 100 // 9, None, j.lost, j.damaged) for j in joined]
    acts = [act for unit in units for act in cutter.feed(unit)] + cutter.finish("stopped")
    [begin] = [act for act in acts if isinstance(act, Begin)]
    return begin, b"".join(a.data for a in acts if isinstance(a, Part)), [a for a in acts if isinstance(a, Cut)]


@pytest.mark.parametrize("bframes", [0, 2])
def test_film_in_h265_is_recorded_to_the_frame(film: Any, shown: Any, bframes: int) -> None:
    begin, data, cuts = recorded(packets(film(bframes=bframes)))
    pictures = shown(begin.init, data)
    assert [picture.number for picture in pictures] == list(range(COUNT))
    assert [round(picture.second * FPS) - round(pictures[0].second * FPS) for picture in pictures] == list(range(COUNT))
    assert (begin.width, begin.height) == (320, 240) and begin.codec.startswith("hvc1.1.6.L")
    assert sum(cut.frames for cut in cuts) == COUNT


def test_film_in_h265_that_lost_packets_is_marked(film: Any) -> None:
    sent = packets(film())
    _, _, cuts = recorded(sent[:40] + sent[43:])
    assert sum(cut.lost for cut in cuts) == 3 and 1 <= sum(cut.damaged for cut in cuts) <= 3


def test_clip_of_h265_is_cut_as_it_is_and_with_pictures_laid_over_it_plays_everywhere(
    film: Any, tmp_path: Path
) -> None:
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    told: list[Record] = []
    writer: RunWriter | None = None
    cutter = Cutter(90_000, h265.ParameterSets())
    acts = [
        act
        for number, data in film()
        for taken in [to_us(at) + number * 1_000_000 // FPS]
        for act in cutter.feed(AccessUnit(tuple(nal.split(data)), number * 90_000 // FPS, taken, taken))
    ]
    for act in acts + cutter.finish("stopped"):
        if isinstance(act, Begin):
            writer = RunWriter(tmp_path, "hall-1", act, told.append)
        else:
            assert writer is not None
            writer.carry_out(act)
    runs, segments = [one for one in told if isinstance(one, Run)], [one for one in told if isinstance(one, Segment)]
    source = Source("s", "hall-1", at + timedelta(seconds=0.2), at + timedelta(seconds=0.8))
    clip = clips.cut(tmp_path, runs[-1:], segments, source)
    for codec, write in (("hevc", clips.make), ("h264", partial(burn, overlays=[]))):
        file = BytesIO()
        write(file, clip)
        file.seek(0)
        with av.open(file) as container:
            assert container.streams.video[0].codec_context.name == codec
            assert sum(1 for _ in container.decode(video=0)) == 15


def test_configuration_is_what_libav_writes(film: Any) -> None:
    sets = h265.ParameterSets(nal.split(film(314, 234)[0][1]))
    picture = sets.picture()
    assert (picture.width, picture.height, picture.chroma, sets.complete) == (314, 234, (1, 8, 8), True)
    file = BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream: Any = out.add_stream("hevc", rate=FPS)
        stream.width, stream.height = 314, 234
        stream.codec_context.extradata = b"".join(b"\0\0\0\1" + unit for unit in sets.units)
        packet = av.Packet(film(314, 234)[0][1])
        packet.pts = packet.dts = 0
        packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, FPS), stream, True
        out.mux(packet)
    place = file.getvalue().index(b"hvcC")
    theirs = file.getvalue()[place + 4 :]
    ours = sets.configuration()
    assert ours[:13] == theirs[:13] and ours[16:19] == theirs[16:19] and ours[21] == theirs[21]


def test_parameter_sets_cut_short_are_refused(film: Any) -> None:
    sps = h265.ParameterSets(nal.split(film()[0][1])).of(h265.SPS)[0]
    for length in range(2, 20):
        with pytest.raises(BadStream):
            h265.set_id(sps[:length])


def test_parameter_sets_of_a_description_are_taken(film: Any) -> None:
    vps, sps, pps = (base64.b64encode(unit).decode() for unit in h265.ParameterSets(nal.split(film()[0][1])).units)
    media = sdp.Media("video", 96, "H265", 90_000, parameters={"sprop-vps": vps, "sprop-sps": sps, "sprop-pps": pps})
    assert ingest.parameter_sets(media).complete
    media.parameters["sprop-sps"] = "%%%"
    assert not ingest.parameter_sets(media).complete
    old = sdp.Media("video", 96, "H264", 90_000, parameters={"sprop-parameter-sets": "Z2QAH6w=,,%"})
    assert not ingest.parameter_sets(old).complete
    for wrong in ("\u00ff\u00fe", "====", "Z0", "Zm9v,\u00e4,"):
        old.parameters["sprop-parameter-sets"] = wrong
        assert ingest.parameter_sets(old).units == ()
