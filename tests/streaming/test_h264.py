from __future__ import annotations

import av
import pytest

from streaming import h264, nal
from streaming.errors import BadStream


def parameter_sets(width: int, height: int, **options: str) -> h264.ParameterSets:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.framerate = width, height, "yuv420p", 25
    encoder.options = {"preset": "ultrafast", **options}
    encoder.flags |= av.codec.context.Flags.global_header
    encoder.open()
    return h264.ParameterSets(nal.split(bytes(encoder.extradata or b"")))


@pytest.mark.parametrize("size", [(320, 240), (1920, 1080), (1280, 720), (130, 98), (2, 2)])
@pytest.mark.parametrize("profile", ["baseline", "main", "high"])
def test_sps_of_a_real_encoder_gives_size_and_codec(size: tuple[int, int], profile: str) -> None:
    picture = parameter_sets(*size, preset="medium", profile=profile, bf="0").picture()
    assert (picture.width, picture.height) == size
    assert picture.codec[:7] == {"baseline": "avc1.42", "main": "avc1.4d", "high": "avc1.64"}[profile]
    assert picture.reorder == 0


def test_sps_interlaced_with_scaling_lists_gives_size() -> None:
    sets = parameter_sets(1920, 1080, preset="medium", **{"x264-params": "interlaced=1:cqm=jvt"})
    assert (sets.picture().width, sets.picture().height) == (1920, 1080)


def test_sps_of_a_reordering_encoder_says_how_far() -> None:
    sets = parameter_sets(320, 240, preset="medium", **{"x264-params": "bframes=3:b-pyramid=normal"})
    assert sets.picture().reorder == 2


def test_sps_cut_short_is_refused() -> None:
    sps = next(unit for unit in parameter_sets(320, 240).units if h264.kind(unit) == h264.SPS)
    for length in range(1, len(sps) - 1):
        try:
            picture = h264.read_sps(sps[:length])
        except BadStream:
            continue
        assert picture.width == 320  # all that matters had been read


def test_sps_of_noise_is_refused_or_harmless() -> None:
    for seed in range(256):
        noise = bytes([0x67, *((seed * 31 + i * 57) & 255 for i in range(12))])
        try:
            picture = h264.read_sps(noise)
        except BadStream:
            continue
        assert 0 < picture.width <= 16384


def test_split_start_codes_of_three_and_four_bytes_gives_units() -> None:
    stream = b"\x00\x00\x00\x01\x09\x10\x00\x00\x01\x67abc\x00\x00\x00\x01\x65\x80"
    assert nal.split(stream) == [b"\x09\x10", b"\x67abc", b"\x65\x80"]


def test_sample_leaves_out_padding_and_known_sets_and_keeps_the_rest() -> None:
    units = [b"\x09\x10", b"\x67abc", b"\x68d", b"\x06sei", b"\x65picture"]
    assert (
        h264.ParameterSets().sample(units, known=(b"\x67abc",))
        == b"\0\0\0\x02\x68d\0\0\0\x04\x06sei\0\0\0\x08\x65picture"
    )


def test_decoding_times_without_reordering_are_the_presentation_times() -> None:
    times = nal.DecodingTimes(0, 3600)
    assert [times.push(pts) for pts in (100, 3700, 7300)] == [[100], [3700], [7300]]


@pytest.mark.parametrize(
    ("reorder", "shown"),
    [(1, [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]), (2, [0, 4, 2, 1, 3, 8, 6, 5, 7, 9]), (1, list(range(10)))],
)
def test_decoding_times_with_reordering_are_the_shown_times_in_order(reorder: int, shown: list[int]) -> None:
    times = nal.DecodingTimes(reorder, 9999)
    known = [dts for pts in shown for dts in times.push(500 + pts * 3600)]
    assert known == [500 + i * 3600 for i in range(10)]


def test_decoding_times_of_a_short_run_are_flushed() -> None:
    times = nal.DecodingTimes(2, 3600)
    assert times.push(0) == [] and times.push(7200) == []
    assert times.flush() == [0, 7200]
    assert nal.DecodingTimes(2, 3600).flush() == []


def bits(*values: int | str) -> bytes:
    """Numbers as Exp-Golomb, texts as they stand, filled up."""
    text = "".join(one if isinstance(one, str) else "0" * (len(f"{one + 1:b}") - 1) + f"{one + 1:b}" for one in values)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8))


def sps(number: int = 0, chroma: int = 1, depth: int = 8, columns: int = 20, rows: int = 15) -> bytes:
    """Of the high profile, without reordering."""
    fields = bits(number, chroma, depth - 8, 0, "00", 0, 2, 0, "0", columns - 1, rows - 1, "1", "0", "0", "0", "1")
    return b"\x67\x64\x00\x1f" + fields


PPS = b"\x68\xee\x3c\x80"


@pytest.mark.parametrize(
    "units",
    [
        [sps(chroma=300), PPS],
        [sps(depth=40), PPS],
        [sps(columns=1024, rows=1024), PPS],  # 268 million pixels: a picture of 400 MB in some bytes
        [sps(), sps(1, columns=1024, rows=1024), PPS],  # … that hides behind a small one
        [sps(31), PPS],
        [sps(2**31), PPS],
        [sps(), b"\x68" + bits(255)],
        [sps() + bytes(70_000), PPS],
        [sps() + b"\xff" * 2**20, PPS],
    ],
)
def test_parameter_sets_that_no_camera_sends_are_refused(units: list[bytes]) -> None:
    assert h264.ParameterSets([sps(), PPS]).picture().width == 320
    with pytest.raises(BadStream):
        sets = h264.ParameterSets(units)
        sets.configuration()
        sets.picture()
