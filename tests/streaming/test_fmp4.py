from __future__ import annotations

from streaming import fmp4
from streaming.fmp4 import Fragment, Sample

SAMPLES = [Sample(b"key", 3600, True), Sample(b"next", 3600, False, 7200), Sample(b"b", 1800, False, -3600)]


def test_fragment_written_is_read_back() -> None:
    data = fmp4.SEGMENT_START + fmp4.fragment(1, 90_000, SAMPLES) + fmp4.fragment(2, 99_000, SAMPLES[1:])
    first = len(fmp4.SEGMENT_START) + len(fmp4.fragment(1, 90_000, SAMPLES))
    assert fmp4.read_fragments(data) == [
        Fragment(90_000, 9000, 3, True, first),
        Fragment(99_000, 5400, 2, False, len(data)),
    ]


def test_what_a_picture_lost_stands_in_the_file() -> None:
    torn = [
        Sample(b"key", 3600, True, 0, 2, 3),
        Sample(b"b", 3600, False, 0, 1),
        Sample(b"c", 3600, False, 0, 40_000),
    ]
    [part] = fmp4.read_fragments(fmp4.fragment(1, 0, torn))
    assert (part.lost, part.damaged, part.key, part.frames) == (2 + 1 + 4095, 3, True, 3)


def test_fragments_of_a_file_torn_anywhere_are_the_whole_ones() -> None:
    parts = [fmp4.fragment(i + 1, i * 9000, SAMPLES) for i in range(3)]
    data = fmp4.SEGMENT_START + b"".join(parts)
    ends = [len(fmp4.SEGMENT_START) + sum(map(len, parts[: i + 1])) for i in range(3)]
    for length in range(len(data) + 1):
        found = fmp4.read_fragments(data[:length])
        assert [part.end for part in found] == [end for end in ends if end <= length]


def test_fragments_of_noise_are_none() -> None:
    assert fmp4.read_fragments(b"") == []
    assert fmp4.read_fragments(bytes(range(256)) * 4) == []
    assert fmp4.read_fragments(b"\0\0\0\x08moof\0\0\0\x08mdat") == []
