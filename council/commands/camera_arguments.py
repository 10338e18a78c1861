"""The arguments of `council camera`; what it does is in `camera.py` and `camera_onvif.py`."""

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

    find = actions.add_parser(
        "find",
        help="look for cameras on this network",
        description="Ask this network, or the addresses named, for cameras that speak ONVIF. Nothing is changed in "
        "them. Exit 0: at least one answered; 1: none.",
    )
    find.add_argument("host", nargs="*", metavar="HOST", help="ask these alone; needed for cameras in another network")
    find.add_argument("--interface", metavar="ADDRESS", help="look from this address of ours (default: from each)")
    find.add_argument("--seconds", type=_seconds, default=3.0, metavar="N", help="to wait for answers (default 3)")
    setup = actions.add_parser(
        "set-up",
        help="ask a camera for its film, and print its lines for council.toml",
        description="Ask one camera by ONVIF which streams it has and where, choose one, compare its clock, keep name "
        "and password in a file beside council.toml that this user alone can read, and print the lines for "
        "council.toml. The password is asked for, or read from standard input. Nothing is changed in the camera.",
    )
    setup.add_argument("host", metavar="HOST", help="as `council camera find` shows it")
    setup.add_argument("--user", default="", metavar="NAME", help="of the camera")
    setup.add_argument("--profile", metavar="TOKEN", help="the stream (default: the largest in H.264)")
    setup.add_argument("--id", metavar="ID", help="in council.toml (default: camera-1, …)")
    setup.add_argument("--name", metavar="TEXT", help="as people will read it (default: what the camera is)")
    setup.add_argument("--body", metavar="BODY", help="whose sittings it films (default: the only one)")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds <= 600:
        raise argparse.ArgumentTypeError("a number from 1 to 600")
    return seconds
