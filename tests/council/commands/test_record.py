"""Which cameras a recorder has, and that the house keeps one for each group."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from council.commands import serve
from council.commands.record import source
from council.config import load
from streaming.following import Follow

CAMERA = '\n[[camera]]\nid = "{0}"\nname = "Зала"\nurl = "rtsp://192.0.2.1/{0}"\nbody = "zrazkove-council"\n'


def test_each_group_of_cameras_has_a_recorder_of_its_own_and_one_group_none_by_name(
    bare_town: Path, council: Any
) -> None:
    path = bare_town / "council.toml"
    text = path.read_text(encoding="utf-8")
    assert [part.name for part in serve.parts(path, load(path).groups)] == ["hall", "public"]
    path.write_text(text + CAMERA.format("a") + CAMERA.format("b"), encoding="utf-8")
    [recorder] = serve.parts(path, load(path).groups)[2:]
    assert (recorder.name, recorder.arguments[2:]) == ("record", ("record", "--config", str(path)))

    follows = 'record = "sittings"\nbefore_seconds = 40\n'
    path.write_text(text + CAMERA.format("a") + CAMERA.format("b") + 'group = "room-2"\n' + follows, encoding="utf-8")
    config = load(path)
    recorders = serve.parts(path, config.groups, bare_town)[2:]
    assert [(part.name, part.arguments[-2:]) for part in recorders] == [
        ("record-main", ("--group", "main")),
        ("record-room-2", ("--group", "room-2")),
    ]
    assert recorders[1].arguments[2] == "record" and recorders[1].log_file == bare_town / "record-room-2.log"
    first, second = (source(config, camera) for camera in config.file.camera)
    assert (first.follow, second.follow) == (None, Follow("zrazkove-council", 40, 60))
    assert council(bare_town, "record", "--group", "x").err == [
        f"council record: {path}: no camera is of group 'x'. There is: main, room-2"
    ]
