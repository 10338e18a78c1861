"""RTCP: a camera's sender reports in, our receiver reports out.

Pure. Source: RFC 3550 (6.4 reports, 6.5 SDES).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from streaming.errors import garbage
from streaming.rtsp.rtp import Reception

SENDER_REPORT, RECEIVER_REPORT, DESCRIPTION = 200, 201, 202

_UNIX_SINCE_1900 = 2_208_988_800
_ERA = 2**32  # of NTP seconds; the second begins in 2036
_NAME = b"recorder"


@dataclass(frozen=True, slots=True)
class SenderReport:
    """`timestamp` was at `wall_us` (microseconds since the Unix epoch); None: the camera has no clock.
    `middle`: of its NTP time, as a receiver report must repeat it."""

    ssrc: int
    timestamp: int
    wall_us: int | None
    middle: int


def read(data: bytes) -> list[SenderReport]:
    """The sender reports of a compound packet. Raises CameraLost (`garbage`). A goodbye is passed over: a camera that
    means it falls silent."""
    reports: list[SenderReport] = []
    at = 0
    while at < len(data):
        if len(data) - at < 4 or data[at] & 0xC0 != 0x80:
            raise garbage("the camera sends reports that are not RTCP")
        kind, size = data[at + 1], 4 + 4 * int.from_bytes(data[at + 2 : at + 4])
        if at + size > len(data) or (kind == SENDER_REPORT and size < 28):
            raise garbage("the camera sends reports that are cut short")
        if kind == SENDER_REPORT:
            ssrc, seconds, fraction, timestamp = struct.unpack_from(">IIII", data, at + 4)
            middle = (seconds & 0xFFFF) << 16 | fraction >> 16
            reports.append(SenderReport(ssrc, timestamp, _wall_us(seconds, fraction), middle))
        at += size
    return reports


def _wall_us(seconds: int, fraction: int) -> int | None:
    if seconds == 0:
        return None
    if seconds < _ERA // 2:
        seconds += _ERA
    return (seconds - _UNIX_SINCE_1900) * 1_000_000 + (fraction * 1_000_000 >> 32)


def receiver_report(own: int, reception: Reception, last: SenderReport | None, since_s: float) -> bytes:
    """A compound packet about one stream. own: our SSRC; since_s: seconds since the last sender report came."""
    block, blocks = reception.block(), b""
    if block is not None and reception.ssrc is not None:
        fraction, lost, highest, jitter = block
        delay = min(2**32 - 1, round(since_s * 65_536)) if last else 0
        blocks = struct.pack(
            ">IIIIII",
            *(reception.ssrc, fraction << 24 | lost & 0xFFFFFF, highest, jitter),
            *(last.middle if last else 0, delay),
        )
    report = struct.pack(">BBHI", 0x80 | bool(blocks), RECEIVER_REPORT, 1 + len(blocks) // 4, own) + blocks
    chunk = struct.pack(">IBB", own, 1, len(_NAME)) + _NAME
    chunk += bytes(4 - len(chunk) % 4)
    return report + struct.pack(">BBH", 0x81, DESCRIPTION, len(chunk) // 4) + chunk
