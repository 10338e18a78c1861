"""One stream of a camera: its packets in order, its times, its reports.

Pure; times come from outside, in microseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from streaming.rtsp import rtcp
from streaming.rtsp.rtp import Packet, Reception, Stamps


class Joiner(Protocol):
    """Puts packets together. Both raise CameraLost (`garbage`)."""

    def take(self, packet: Packet) -> None: ...

    def finish(self) -> None: ...


class Stream:
    """`joiner` gets the packets in order; it is set before the first one comes."""

    def __init__(self, payload_type: int, clock_hz: int) -> None:
        self.reception = Reception(payload_type, clock_hz)
        self.stamps, self.clock_hz = Stamps(clock_hz), clock_hz
        self.joiner: Joiner | None = None
        self.heard = 0  # packets that came, of whatever kind
        self._report: rtcp.SenderReport | None = None
        self._reported_us = 0

    def rtp(self, data: bytes, arrived_us: int) -> None:
        """Raises CameraLost (`garbage`)."""
        self.heard += 1
        self._pass_on(self.reception.take(data, arrived_us))

    def rtcp(self, data: bytes, arrived_us: int) -> None:
        """Raises CameraLost (`garbage`)."""
        for report in rtcp.read(data):
            self._report, self._reported_us = report, arrived_us
            if report.wall_us is not None:
                self.stamps.report(report.timestamp, report.wall_us)

    def tick(self, now_us: int) -> None:
        """Give up packets that do not come."""
        if self.reception.holding:
            self._pass_on(self.reception.overdue(now_us))

    def finish(self) -> None:
        """The connection is over: everything that came is passed on."""
        self._pass_on(self.reception.rest())
        if self.joiner is not None:
            self.joiner.finish()

    def receiver_report(self, own: int, now_us: int) -> bytes:
        """own: our SSRC."""
        since_s = max(0.0, (now_us - self._reported_us) / 1e6)
        return rtcp.receiver_report(own, self.reception, self._report, since_s)

    def _pass_on(self, packets: Sequence[Packet]) -> None:
        if self.joiner is not None:
            for packet in packets:
                self.joiner.take(packet)
