"""H.264 (RFC 6184, packetisation mode 1) and AAC (RFC 3640) over RTP, and the RTCP sender report (RFC 3550).

Pure: bytes in, bytes out."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass

CLOCK_HZ = 90_000
PAYLOAD_TYPE, SOUND_TYPE = 96, 97
PACKET_BYTES = 1400  # of one RTP packet, header included
_NTP_EPOCH_SECONDS = 2_208_988_800  # from 1900 to 1970
_FU_A = 28
_SEI, _SPS, _PPS, _DELIMITER = 6, 7, 8, 9


def nal_units(annex_b: bytes) -> list[bytes]:
    """The NAL units of an encoded picture, without start codes, in order; without SEI and access unit delimiters."""
    pieces = annex_b.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    units = [piece.rstrip(b"\x00") for piece in pieces]
    return [unit for unit in units if unit and unit[0] & 31 not in (_SEI, _DELIMITER)]


def parameter_sets(units: Sequence[bytes]) -> list[bytes]:
    """The sequence and picture parameter sets among `units`."""
    return [unit for unit in units if unit[0] & 31 in (_SPS, _PPS)]


@dataclass(frozen=True, slots=True)
class Sound:
    """AAC as it is told in a description. `config`: the AudioSpecificConfig."""

    rate: int
    channels: int
    config: bytes


def describe(sets: Sequence[bytes], name: str, frame_rate: float, sound: Sound | None = None) -> str:
    """The SDP of a stream with the given parameter sets (RFC 8866, RFC 6184 section 8, RFC 3640 section 4)."""
    sps = next(unit for unit in sets if unit[0] & 31 == _SPS)
    sprop = ",".join(base64.b64encode(unit).decode() for unit in sets)
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        f"s={name}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} H264/{CLOCK_HZ}",
        f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1;profile-level-id={sps[1:4].hex()};sprop-parameter-sets={sprop}",
        f"a=framerate:{frame_rate:g}",
        "a=control:track1",
    ]
    if sound is not None:
        packing = "mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3"
        lines += [
            f"m=audio 0 RTP/AVP {SOUND_TYPE}",
            f"a=rtpmap:{SOUND_TYPE} MPEG4-GENERIC/{sound.rate}/{sound.channels}",
            f"a=fmtp:{SOUND_TYPE} streamtype=5;profile-level-id=1;{packing};config={sound.config.hex()}",
            "a=control:track2",
        ]
    return "\r\n".join(lines) + "\r\n"


class Packetiser:
    """One RTP stream: cuts pictures into packets and counts them.

    `next_sequence` is the number of the next packet; `packets` and `octets` (payload only) are what a report says."""

    def __init__(self, ssrc: int, sequence: int, payload_type: int = PAYLOAD_TYPE) -> None:
        self.ssrc = ssrc
        self._type = payload_type
        self.next_sequence = sequence
        self.packets = 0
        self.octets = 0

    def picture(self, units: Sequence[bytes], timestamp: int) -> list[bytes]:
        """The packets of one picture; the last one carries the marker."""
        payloads = [payload for unit in units for payload in _payloads(unit)]
        last = len(payloads) - 1
        return [self._packet(payload, timestamp, i == last) for i, payload in enumerate(payloads)]

    def sound(self, unit: bytes, timestamp: int) -> list[bytes]:
        """An AAC access unit in a packet of its own (RFC 3640, AAC-hbr)."""
        return [self._packet(struct.pack(">HH", 16, len(unit) << 3) + unit, timestamp, True)]

    def _packet(self, payload: bytes, timestamp: int, marker: bool) -> bytes:
        sequence, self.next_sequence = self.next_sequence, (self.next_sequence + 1) & 0xFFFF
        self.packets += 1
        self.octets += len(payload)
        second = self._type | (0x80 if marker else 0)
        return struct.pack(">BBHII", 0x80, second, sequence, timestamp & 0xFFFFFFFF, self.ssrc) + payload

    def report(self, unix_ns: int, timestamp: int) -> bytes:
        """A compound RTCP packet: the sender report that binds `timestamp` to `unix_ns`, and a CNAME."""
        seconds, rest = divmod(unix_ns, 1_000_000_000)
        fraction = min(0xFFFFFFFF, round(rest * 2**32 / 1_000_000_000))
        sender = struct.pack(
            ">BBHIIIIII",
            *(0x80, 200, 6, self.ssrc),
            *((seconds + _NTP_EPOCH_SECONDS) & 0xFFFFFFFF, fraction, timestamp & 0xFFFFFFFF),
            *(self.packets & 0xFFFFFFFF, self.octets & 0xFFFFFFFF),
        )
        name = b"hall"
        chunk = struct.pack(">IBB", self.ssrc, 1, len(name)) + name + b"\x00\x00"
        return sender + struct.pack(">BBH", 0x81, 202, len(chunk) // 4) + chunk


def interleaved(channel: int, packets: Sequence[bytes]) -> bytes:
    """The packets as they travel inside the RTSP connection (RFC 2326, section 10.12)."""
    return b"".join(struct.pack(">cBH", b"$", channel, len(packet)) + packet for packet in packets)


def _payloads(unit: bytes) -> list[bytes]:
    room = PACKET_BYTES - 12
    if len(unit) <= room:
        return [unit]
    indicator = (unit[0] & 0xE0) | _FU_A
    step = room - 2
    parts = [unit[i : i + step] for i in range(1, len(unit), step)]
    last = len(parts) - 1
    return [
        bytes((indicator, (unit[0] & 31) | (0x80 if i == 0 else 0) | (0x40 if i == last else 0))) + part
        for i, part in enumerate(parts)
    ]
