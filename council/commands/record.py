"""`council record`: the recorder of one group of cameras, or of all."""

from __future__ import annotations

import argparse
import asyncio
import sys

from council.commands import ground, serve, web
from council.config import CameraConfig, Config, ConfigError, load
from streaming.errors import StreamingError
from streaming.filming import CameraSource
from streaming.following import Follow
from streaming.recorder import record as record_cameras


def record(options: argparse.Namespace) -> int:
    """Raises ConfigError."""
    config = load(options.config)
    cameras = [source(config, camera) for camera in _of_group(config, options.group)]

    async def main(at: ground.Ground) -> None:
        stop = asyncio.Event()
        serve.on_stop(stop.set)
        await record_cameras(cameras, config.recordings, at.database("record"), stop, config.live)

    try:
        with ground.borrow(config) as at:
            web.run(main(at))
    except StreamingError as refusal:
        print(f"council record: {refusal}", file=sys.stderr)
        return 1
    return 0


def _of_group(config: Config, group: str | None) -> list[CameraConfig]:
    if not config.file.camera:
        raise ConfigError(f"{config.path}: there is no [[camera]] to record")
    found = [camera for camera in config.file.camera if group in (None, camera.group)]
    if not found:
        raise ConfigError(f"{config.path}: no camera is of group {group!r}. There is: {', '.join(config.groups)}")
    return found


def source(config: Config, camera: CameraConfig) -> CameraSource:
    """As the recorder wants it."""
    around = Follow(camera.body, camera.before_seconds, camera.after_seconds) if camera.record == "sittings" else None
    return CameraSource(
        camera.id, config.camera_url(camera), camera.transport, camera.certificate or "", around, camera.body
    )
