"""RTP of H.264: what is cut into packets can be put together again, and the sender report says the right time."""

from __future__ import annotations

import struct

from hardware.rtp import PACKET_BYTES, Packetiser, describe, nal_units

SPS, PPS, BIG, SMALL = (
    b"\x67\x42\xc0\x1f" + b"\x01" * 9,
    b"\x68\xce\x3c\x80",
    b"\x65" + bytes(range(256)) * 20,
    b"\x41ab",
)


def put_together(packets: list[bytes]) -> list[bytes]:
    """RFC 6184, section 5.8, the other way round."""
    units: list[bytes] = []
    for packet in packets:
        payload = packet[12:]
        if payload[0] & 31 != 28:
            units.append(payload)
        elif payload[1] & 0x80:
            units.append(bytes(((payload[0] & 0xE0) | (payload[1] & 31),)) + payload[2:])
        else:
            units[-1] += payload[2:]
    return units


def test_picture_cut_into_packets_is_put_together_again() -> None:
    stream = Packetiser(ssrc=7, sequence=65_534)
    packets = stream.picture([SPS, PPS, BIG], timestamp=2**32 + 90)
    assert put_together(packets) == [SPS, PPS, BIG]
    headers = [struct.unpack(">BBHII", packet[:12]) for packet in packets]
    assert [header[2] for header in headers] == [(65_534 + i) % 65_536 for i in range(len(packets))]
    assert {(header[3], header[4]) for header in headers} == {(90, 7)}
    assert [bool(header[1] & 0x80) for header in headers] == [False] * (len(packets) - 1) + [True]
    assert max(map(len, packets)) <= PACKET_BYTES
    assert (stream.packets, stream.octets) == (len(packets), sum(len(packet) - 12 for packet in packets))


def test_fragments_mark_their_first_and_last() -> None:
    fragments = [packet[13] for packet in Packetiser(1, 0).picture([BIG], 0)]
    assert [(byte & 0x80, byte & 0x40) for byte in fragments] == [
        (0x80, 0),
        *[(0, 0)] * (len(fragments) - 2),
        (0, 0x40),
    ]


def test_annex_b_is_split_and_freed_of_what_nobody_needs() -> None:
    data = (
        b"\x00\x00\x00\x01\x09\xf0" + b"\x00\x00\x01" + SPS + b"\x00\x00\x00\x01\x06\x05\x01" + b"\x00\x00\x01" + SMALL
    )
    assert nal_units(data) == [SPS, SMALL]


def test_sender_report_binds_the_timestamp_to_ntp_time() -> None:
    stream = Packetiser(7, 0)
    stream.picture([SMALL], 0)
    report = stream.report(unix_ns=1_500_000_000, timestamp=2**32 + 5)
    assert struct.unpack(">BBHIIIIII", report[:28]) == (0x80, 200, 6, 7, 2_208_988_801, 2**31, 5, 1, 3)
    assert report[28:32] == struct.pack(">BBH", 0x81, 202, (len(report) - 28) // 4 - 1)


def test_description_names_profile_and_parameter_sets() -> None:
    sdp = describe([SPS, PPS], "hall-1", 12.5)
    assert "profile-level-id=42c01f;sprop-parameter-sets=Z0LAHwEBAQEBAQEBAQ==,aM48gA==" in sdp
    assert "a=framerate:12.5\r\n" in sdp
