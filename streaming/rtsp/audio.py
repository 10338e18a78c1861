"""RTP packets put together to sound: AAC access units, and G.711 as it is.

Pure. Source: RFC 3640 (3.2 AU headers, 3.3.6 high bit rate AAC), RFC 3551 (4.5.14 PCMA and PCMU), ISO/IEC 14496-3
(1.6.2.1 AudioSpecificConfig).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from streaming import fmp4
from streaming.errors import BadStream, garbage
from streaming.rtsp.rtp import Packet
from streaming.rtsp.sdp import Media
from streaming.sound import SoundFormat

UNIT_BYTES = 64 * 1024
RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350)
AAC_LC = 2
UNIT_TICKS = 1024  # samples in an access unit; 960 is not sent by cameras
SILENCE = {  # an access unit of it, by channels
    1: bytes.fromhex("00c800802380"),
    2: bytes.fromhex("210049900219002380"),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of sound as received: an AAC access unit, or the bytes of a G.711 packet. `lost`: packets missing right
    before it."""

    data: bytes
    timestamp: int
    arrived_us: int
    lost: int = 0


@dataclass(frozen=True, slots=True)
class AacConfig:
    """`raw`: the AudioSpecificConfig."""

    raw: bytes
    rate: int
    channels: int
    size_bits: int
    index_bits: int


def read_config(media: Media) -> AacConfig:
    """Of a stream that the description calls AAC. Raises BadStream for what is not AAC-LC as cameras send it."""
    told = media.parameters
    try:
        raw = bytes.fromhex(told.get("config", ""))
        size_bits, index_bits = int(told.get("sizelength", "0")), int(told.get("indexlength", "0"))
    except ValueError as error:
        raise BadStream("the camera's sound is not described") from error
    bits = int.from_bytes(raw[:2].ljust(2, b"\0"))
    kind, place, channels = bits >> 11, bits >> 7 & 15, bits >> 3 & 15
    if kind != AAC_LC or place >= len(RATES) or channels not in SILENCE or bits & 4 or not 2 <= len(raw) <= 64:
        raise BadStream("the camera's sound is not AAC-LC with one or two channels")
    if (size_bits, index_bits) not in ((13, 3), (6, 2)) or media.clock_hz != RATES[place]:
        raise BadStream("the camera packs its sound in an unknown way")
    return AacConfig(raw, RATES[place], channels, size_bits, index_bits)


def aac_format(config: AacConfig) -> SoundFormat:
    entry = fmp4.sound_entry(b"mp4a", config.rate, config.channels, config.raw)
    return SoundFormat("mp4a.40.2", config.rate, UNIT_TICKS, entry, SILENCE[config.channels])


class AacUnits:
    """Packets in order to access units; one of which something is missing is left out: half of one is no sound."""

    def __init__(self, config: AacConfig, take: Callable[[Heard], None]) -> None:
        self._config, self._take = config, take
        self._pieces: list[bytes] = []  # of a unit larger than a packet
        self._wanted = self._timestamp = self._lost = 0

    def take(self, packet: Packet) -> None:
        """Raises CameraLost (`garbage`)."""
        payload, header_bits = packet.payload, self._config.size_bits + self._config.index_bits
        self._lost += packet.lost
        if packet.lost or packet.anew or packet.timestamp != self._timestamp:
            self._pieces = []
        if len(payload) < 2:
            return
        bits = int.from_bytes(payload[:2])
        start = 2 + (bits + 7) // 8
        if bits % header_bits or start > len(payload) or not bits:
            raise garbage("the camera sends sound that cannot be read")
        headers = int.from_bytes(payload[2:start]) >> (start - 2) * 8 - bits
        shifts = range(bits - header_bits, -1, -header_bits)
        sizes = [headers >> shift + self._config.index_bits & (1 << self._config.size_bits) - 1 for shift in shifts]
        if len(sizes) == 1 and sizes[0] > len(payload) - start:
            self._fragment(packet, sizes[0], bytes(payload[start:]))
            return
        if sum(sizes) > len(payload) - start:
            raise garbage("the camera sends sound that is cut short")
        for i, size in enumerate(sizes):
            if size:
                timestamp = packet.timestamp + i * UNIT_TICKS & 0xFFFFFFFF
                self._pass_on(bytes(payload[start : start + size]), timestamp, packet.arrived_us)
            start += size

    def finish(self) -> None:
        """At the end of the connection: a unit begun is no sound."""
        self._pieces = []

    def _fragment(self, packet: Packet, size: int, piece: bytes) -> None:
        if not piece:
            return
        if not self._pieces:
            self._wanted, self._timestamp = size, packet.timestamp
        self._pieces.append(piece)
        data = b"".join(self._pieces)
        if len(data) >= self._wanted or packet.marker:
            self._pieces = []
            if len(data) == self._wanted:
                self._pass_on(data, packet.timestamp, packet.arrived_us)

    def _pass_on(self, data: bytes, timestamp: int, arrived_us: int) -> None:
        lost, self._lost = self._lost, 0
        self._take(Heard(data, timestamp, arrived_us, lost))


class PlainSound:
    """One byte a sample: G.711."""

    def __init__(self, take: Callable[[Heard], None]) -> None:
        self._take = take
        self._lost = 0

    def take(self, packet: Packet) -> None:
        self._lost += packet.lost
        if packet.payload:
            lost, self._lost = self._lost, 0
            self._take(Heard(bytes(packet.payload), packet.timestamp, packet.arrived_us, lost))

    def finish(self) -> None:
        """Nothing is held."""
