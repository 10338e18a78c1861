"""The arguments of `council camera`; what it does is in `camera.py` and `camera_find.py`."""

from __future__ import annotations

import argparse


def add(camera: argparse.ArgumentParser) -> None:
    actions = camera.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser(
        "list",
        help="the cameras of council.toml, and what each does now",
        description="Each camera of council.toml, and what the recorder last said of it. Exit 0: all well; 1: one is "
        "not.",
    )
    test = actions.add_parser(
        "test",
        help="connect to one camera and say what comes",
        description="Connect to a camera as the recorder does; say codec, size, pictures a second, bit rate, sound, "
        "clock and lost packets; write a test picture. Nothing is recorded; the recorder may run. Exit 0: it can be "
        "recorded; 1: it cannot, and why.",
    )
    test.add_argument("camera", metavar="ID|URL", help="an id of council.toml, or an address: rtsp://…")
    test.add_argument("--seconds", type=_seconds, default=5.0, metavar="N", help="of film (default 5)")
    test.add_argument("--picture", metavar="FILE", help="the test picture, a JPEG (default: ID.jpg, or camera.jpg)")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds <= 600:
        raise argparse.ArgumentTypeError("a number from 1 to 600")
    return seconds
