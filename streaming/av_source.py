"""Sources other than RTSP, by libav: files, and pictures over HTTP (MJPEG).

H.264 and H.265 are passed on as they are, with a file's AAC sound; other pictures are encoded as H.264 here, which
costs a good part of a core. A file is played at its own pace, and over again as often as it is opened. libav may open
nothing but what the address names.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av

from streaming import h264, h265, nal
from streaming.cutting import AccessUnit
from streaming.errors import BadStream, CameraLost
from streaming.nal import ParameterSets
from streaming.rtsp import audio, sdp
from streaming.sound import SoundFormat, SoundUnit

PROTOCOLS = {"file": "file", "http": "http,tcp", "https": "https,http,tls,tcp"}
FORMATS = "mpjpeg,mjpeg,jpeg_pipe,mpegts,h264,hevc,flv,mov"  # of what comes over HTTP; none that names other addresses
TICKS = 90_000
KEY_S = 2.0
AHEAD_S = 0.02  # a file is not slept over for less
_SETS: dict[str, type[ParameterSets]] = {"h264": h264.ParameterSets, "hevc": h265.ParameterSets}
_FILTERS = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}

Opened = Callable[[int, ParameterSets, SoundFormat | None], None]
Put = Callable[[AccessUnit | SoundUnit], None]


def receive(url: str, opened: Opened, put: Put, stopping: Callable[[], bool], open_s: float, silent_s: float) -> None:
    """Play one source to its end. Raises CameraLost, always; ValueError for an address that is none."""
    scheme = url.partition("://")[0]
    place = url.removeprefix("file://") if scheme == "file" else url
    options = {"protocol_whitelist": PROTOCOLS[scheme]}
    if scheme != "file":
        options |= {"format_whitelist": FORMATS, "max_redirects": "0"}
    began = False
    try:
        with av.open(place, options=options, timeout=(open_s, silent_s)) as container:
            source = _Source(container, opened, put, paced=scheme == "file")
            began = True
            for packet in container.demux(source.streams):
                if stopping():
                    raise CameraLost("stopped", "recording was stopped")
                source.take(packet)
    except av.error.ExitError as error:
        raise CameraLost("silent" if began else "absent", "the source does not answer") from error
    except (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError) as error:
        raise CameraLost("refused", "the source refuses the user or the password") from error
    except (av.error.HTTPNotFoundError, av.error.FileNotFoundError) as error:
        raise CameraLost("not_found", "there is nothing at this address") from error
    except (av.error.InvalidDataError, av.error.ArgumentError) as error:
        raise CameraLost("garbage", "the source sends what libav cannot read") from error
    except (av.error.FFmpegError, OSError) as error:
        raise CameraLost("dropped" if began else "absent", type(error).__name__) from error
    raise CameraLost("dropped", "the source is at its end")


class _Source:
    """paced: at the pace of its own times, from a file; else by arrival."""

    def __init__(self, container: Any, opened: Opened, put: Put, *, paced: bool) -> None:
        video = next(iter(container.streams.video), None)
        if video is None:
            raise CameraLost("not_h264", "the source has no pictures")
        self._put, self._paced = put, paced
        self._video, self._name = video, video.codec_context.name
        sound, self._sound_rate = None, 0
        self.streams = [video]
        self._encoder: Any = None
        self._filter: Any = None
        if self._name in _SETS:
            sets = _SETS[self._name]()
            self._filter = av.bitstream.BitStreamFilterContext(_FILTERS[self._name], video)
            hear = next((one for one in container.streams.audio if one.codec_context.name == "aac"), None)
            if paced and hear is not None and (sound := _aac(hear.codec_context)) is not None:
                self._sound_rate = sound.rate
                self.streams.append(hear)
        else:
            sets = h264.ParameterSets()
            video.codec_context.thread_count = 1
            video.codec_context.options = {"max_pixels": str(nal.PIXELS)}
        self._began, self._wall_us = time.monotonic(), time.time_ns() // 1000
        self._first: float | None = None  # seconds, of a file's first packet
        self._key_at = -KEY_S
        opened(TICKS, sets, sound)

    def take(self, packet: Any) -> None:
        if packet.size == 0:
            return
        if packet.stream.type == "audio":
            second, at_us = self._when(packet)
            self._put(SoundUnit(bytes(packet), round(second * self._sound_rate), at_us, None))
        elif self._filter is not None:
            for one in self._filter.filter(packet):
                second, at_us = self._when(one)
                self._pass_on(bytes(one), second, at_us)
        else:
            for frame in packet.decode():
                self._encode(frame, *self._when(packet))

    def _when(self, packet: Any) -> tuple[float, int]:
        """Seconds since the beginning, and wall time in microseconds."""
        if not self._paced or packet.pts is None:
            return time.monotonic() - self._began, time.time_ns() // 1000
        second = float(packet.pts * packet.time_base)
        if self._first is None:
            self._first = second
        second -= self._first
        if (early := self._began + second - time.monotonic()) > AHEAD_S:
            time.sleep(min(early, 1.0))
        return second, self._wall_us + round(second * 1e6)

    def _pass_on(self, annexb: bytes, second: float, at_us: int) -> None:
        if units := nal.split(annexb):
            self._put(AccessUnit(tuple(units), round(second * TICKS), at_us, None))

    def _encode(self, frame: Any, second: float, at_us: int) -> None:
        if self._encoder is None or (self._encoder.width, self._encoder.height) != (
            frame.width & ~1,
            frame.height & ~1,
        ):
            self._encoder = _encoder(frame.width & ~1, frame.height & ~1)
            self._key_at = second - KEY_S
        made = frame.reformat(self._encoder.width, self._encoder.height, "yuv420p")
        made.pts, made.time_base = round(second * TICKS), Fraction(1, TICKS)
        key = second - self._key_at >= KEY_S
        made.pict_type = av.video.frame.PictureType.I if key else av.video.frame.PictureType.NONE
        if key:
            self._key_at = second
        for packet in self._encoder.encode(made):
            self._pass_on(bytes(packet), second, at_us)


def _encoder(width: int, height: int) -> Any:
    codec: Any = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base, codec.thread_count, codec.gop_size = Fraction(1, TICKS), 1, 10_000
    codec.options = {"preset": "superfast", "tune": "zerolatency", "crf": "23", "forced-idr": "1"}
    return codec


def _aac(codec: Any) -> SoundFormat | None:
    """None for what is not AAC-LC: the film is recorded without it."""
    told = {"config": bytes(codec.extradata or b"")[:5].hex(), "sizelength": "13", "indexlength": "3"}
    try:
        return audio.aac_format(audio.read_config(sdp.Media("audio", 0, "", codec.sample_rate, parameters=told)))
    except BadStream:
        return None
