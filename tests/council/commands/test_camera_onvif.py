"""`council camera find` and `set-up` against a camera's ONVIF on loopback: real probes, real SOAP, real digests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from council.config import load
from streaming import onvif
from streaming.errors import CameraLost
from tests.streaming.onvif_device import OnvifDevice


@pytest.fixture(scope="module")
def device() -> Iterator[OnvifDevice]:
    with OnvifDevice() as made:
        yield made


@pytest.fixture(autouse=True)
def well(device: OnvifDevice) -> None:
    device.clock_error, device.stream = 0.0, "rtsp://admin:admin@0.0.0.0:8554/{token}"
    device.bodies.clear()


def set_up(council: Any, town: Path, device: OnvifDevice, *more: str, said: str = "secret & more\n") -> Any:
    return council(town, "camera", "set-up", f"127.0.0.1:{device.port}", "--user", "anna", *more, said=said)


def test_camera_is_found_by_a_probe_and_its_clock_compared(tmp_path: Path, council: Any, device: OnvifDevice) -> None:
    device.clock_error = -3600
    found = council(tmp_path, "camera", "find", "--interface", "127.0.0.1", "--seconds", "1")
    lines = found.out.splitlines()
    assert found.code == 0
    mine = next(line for line in lines if line.startswith(f"127.0.0.1:{device.port}  "))
    assert mine.startswith(f"127.0.0.1:{device.port}  Sitting hall, ZIR-3[2J; its clock is 3,")
    assert mine.endswith(" s behind this server's: set it to ask an NTP server")
    assert lines[-1] == "Next: council camera set-up HOST --user NAME"
    assert onvif.find_at("127.0.0.1", 0.5, device.probe_port)[0].address == device.address


def test_nobody_found_is_said_with_what_to_do(
    tmp_path: Path, council: Any, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setattr(onvif.find_at, "__defaults__", (free_port,))
    found = council(tmp_path, "camera", "find", "127.0.0.1", "--seconds", "1")
    assert (found.code, found.out) == (1, "") and "council camera find HOST" in found.err[-1]


def test_camera_set_up_gives_lines_that_council_toml_takes(bare_town: Path, council: Any, device: OnvifDevice) -> None:
    device.clock_error = 4000  # the digest must be made by the camera's clock then
    done = set_up(council, bare_town, device)
    lines = done.out.splitlines()
    assert done.code == 0, done.err
    assert lines[0].startswith("# Ясно Зір-3; its clock is 4,000 s ahead of this server's")
    assert lines[1:4] == [
        "#   sub  sub: H264, 640 × 360, 25 pictures a second, sound G711",
        "# * main  main: H264, 1920 × 1080, 25 pictures a second, sound G711",
        "#   uhd  uhd: H265, 3840 × 2160, 25 pictures a second, sound G711",
    ]
    with (bare_town / "council.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    config = load(bare_town / "council.toml")
    (camera,) = config.file.camera
    assert (camera.id, camera.name, camera.body) == ("camera-1", "Ясно Зір-3", "zrazkove-council")
    assert camera.url == "rtsp://127.0.0.1:8554/main"
    assert config.camera_url(camera) == "rtsp://anna:secret%20%26%20more@127.0.0.1:8554/main"
    assert (bare_town / "camera-1.login").stat().st_mode & 0o777 == 0o600
    assert not any("secret" in text for text in (done.out, *done.err, *device.bodies))
    other = set_up(council, bare_town, device, "--id", "hall-2", "--profile", "uhd")
    assert 'url = "rtsp://127.0.0.1:8554/uhd"' in other.out and "set the camera to it" in other.out
    device.password, old = "another", device.password
    try:
        (bare_town / "camera-2.login").write_text("anna:old\n", encoding="utf-8")
        kept = set_up(council, bare_town, device, said="another\n")
    finally:
        device.password = old
    assert kept.code == 1 and "holds another name or password" in kept.err[-1]


@pytest.mark.parametrize(
    ("more", "said", "words"),
    [
        ((), "wrong\n", "the camera refuses the user or the password. Check both. Many cameras have users for ONVIF"),
        (("--profile", "no"), "secret & more\n", "it has no profile no. It offers: sub  sub: H264"),
        (("--id", "Зала"), "secret & more\n", "'Зала' cannot be an id"),
        (("--body", "other"), "secret & more\n", "say whose sittings it films: --body zrazkove-council"),
    ],
)
def test_camera_that_cannot_be_set_up_is_explained(
    bare_town: Path, council: Any, device: OnvifDevice, more: tuple[str, ...], said: str, words: str
) -> None:
    refused = set_up(council, bare_town, device, *more, said=said)
    assert (refused.code, refused.out) == (1, "") and words in refused.err[-1]
    assert list(bare_town.glob("*.login")) == []


def test_camera_that_refuses_in_words_of_its_own_is_understood(device: OnvifDevice) -> None:
    said, device.reason = device.reason, '<s:Text xml:lang="en">This action requires authorization</s:Text>'
    try:
        with pytest.raises(CameraLost) as refused, onvif.Device(device.address, "anna", "wrong") as asked:
            asked.model()
    finally:
        device.reason = said
    assert refused.value.code == "refused"


def test_camera_that_is_none_or_lies_is_explained(bare_town: Path, council: Any, device: OnvifDevice) -> None:
    device.stream = "http://0.0.0.0/{token}"
    lying = set_up(council, bare_town, device)
    assert lying.code == 1 and "the camera names no address of its film" in lying.err[-1]
    absent = council(bare_town, "camera", "set-up", "127.0.0.1:1", "--user", "anna", said="x\n")
    assert absent.code == 1 and "See to its power" in absent.err[-1]
    for host in ("127.0.0.1:x", "::1", "http://[", ""):
        with pytest.raises(CameraLost), onvif.Device(host) as strange:
            strange.model()


def test_what_a_camera_says_writes_no_line_of_council_toml_and_no_time_of_it_breaks_the_search(
    bare_town: Path, council: Any, device: OnvifDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "profiles", [("main&#10;url = 1&#x9b;2J", "H264", 640, 360)])
    monkeypatch.setattr(device, "stream", "rtsp://0.0.0.0:8554/main")
    monkeypatch.setattr(device, "year", "9" * 30)
    done = set_up(council, bare_town, device)
    lines = done.out.splitlines()
    assert done.code == 0, done.err
    assert lines[0] == "# Ясно Зір-3; it does not tell the time"
    assert lines[1].startswith("# * mainurl = 12J  mainurl = 12J: H264")
    assert [line for line in lines if line.startswith("url")] == ['url = "rtsp://127.0.0.1:8554/main"']
    found = council(bare_town, "camera", "find", "--interface", "127.0.0.1", "--seconds", "1")
    assert any(line.endswith("ZIR-3[2J; it does not tell the time") for line in found.out.splitlines())


def test_without_the_extra_a_sentence_says_how_to_install_it(
    tmp_path: Path, council: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("council.commands.camera_onvif", "streaming.onvif"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr("council.commands.camera_onvif", raising=False)
    monkeypatch.delattr("streaming.onvif", raising=False)
    monkeypatch.setitem(sys.modules, "onveef", None)
    said = council(tmp_path, "camera", "find")
    assert said.code == 1 and said.err[-1].endswith("Install it: .venv/bin/pip install -e '.[cameras]'")
