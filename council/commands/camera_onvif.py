"""`council camera find` and `set-up`: cameras found on the network, and their lines for council.toml. Needs the extra
`cameras`."""

from __future__ import annotations

import argparse
import getpass
import json
import logging
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from council.config import Config, ConfigError, load
from council.letters import unseen
from streaming import onvif
from streaming.errors import CameraLost

AT_ONCE = 8
WRONG_S = 1.5  # cameras tell whole seconds

MANUAL = "Its manual has the address of its film; `council camera test` tries it."
ADVICE = {
    "absent": "See to its power and its cable, and to the port of its ONVIF: HOST:PORT (80, 8000, 8080 or 8899).",
    "refused": "Check both. Many cameras have users for ONVIF apart from those of their own page: make one there.",
    "not_found": f"It has no film to offer by ONVIF. {MANUAL}",
    "garbage": f"See whether this is a camera, and ONVIF switched on, on its own page. {MANUAL}",
}


def find(options: argparse.Namespace) -> int:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if options.host:
        asked = [each for host in options.host for each in onvif.find_at(host, options.seconds)]
    else:
        asked = onvif.find(options.seconds, options.interface)
    if not asked:
        print(
            "council camera: no camera answered. See whether ONVIF is switched on, on its own page. A camera in "
            "another network, or behind a switch without multicast, is asked by its address: council camera find HOST",
            file=sys.stderr,
        )
        return 1
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for each, clock in zip(asked, pool.map(_clock_of, asked), strict=True):
            words = [word for word in (each.name, each.hardware, each.place) if word]
            print(f"{each.host}  {', '.join(words) or 'without a name'}; {clock}")
    print("Next: council camera set-up HOST --user NAME")
    return 0


def _clock_of(found: onvif.Found) -> str:
    try:
        with onvif.Device(found.address) as device:
            return clock(device.clock_s())
    except CameraLost as lost:
        return f"its clock is not known: {lost}"


def clock(ahead_s: float | None) -> str:
    if ahead_s is None:
        return "it does not tell the time"
    if abs(ahead_s) <= WRONG_S:
        return "its clock is right to a second"
    off = f"{abs(ahead_s):,.0f} s {'ahead of' if ahead_s > 0 else 'behind'} this server's"
    return f"its clock is {off}: set it to ask an NTP server"


def set_up(options: argparse.Namespace) -> int:
    """Raises ConfigError."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    config = load(options.config)
    camera_id, body = _id(config, options.id), _body(config, options.body)
    password = _password(options.user) if options.user else ""
    try:
        with onvif.Device(options.host, options.user, password) as device:
            model = device.model()  # first: the one question that every camera answers to its users alone
            said = clock(device.clock_s())
            profiles = device.profiles()
            chosen = _chosen(profiles, options.profile)
            url = device.stream_url(chosen.token)
    except CameraLost as lost:
        print(f"council camera: {options.host}: {lost}. {ADVICE[lost.code]}", file=sys.stderr)
        return 1
    print(f"# {model or options.host}; {said}")
    for profile in profiles:
        print(f"# {'*' if profile is chosen else ' '} {described(profile)}")
    if chosen.encoding != "H264":
        print("# Most browsers play H.264 alone: set the camera to it.")
    lines = {"id": camera_id, "name": _name(options.name or model, camera_id), "url": url, "body": body}
    if options.user:
        lines["login"] = _keep(config.path.parent / f"{camera_id}.login", f"{options.user}:{password}")
    print("[[camera]]")
    for key, value in lines.items():
        print(f"{key} = {json.dumps(value, ensure_ascii=False)}")
    print(f"# Put these lines into {config.path.name}, then: council camera test {camera_id}")
    return 0


def described(profile: onvif.Profile) -> str:
    said = [profile.encoding or "codec not told", f"{profile.width} × {profile.height}"]
    if profile.frame_rate:
        said.append(f"{profile.frame_rate} pictures a second")
    said.append(f"sound {profile.sound}" if profile.sound else "without sound")
    return f"{onvif.printable(profile.token)}  {profile.name}: {', '.join(said)}"


def _chosen(profiles: list[onvif.Profile], token: str | None) -> onvif.Profile:
    named = (each for each in profiles if token in (each.token, onvif.printable(each.token)))
    chosen = next(named, None) if token else onvif.best(profiles)
    if chosen is None:
        offered = "; ".join(map(described, profiles)) or "none with film"
        raise CameraLost("not_found", f"it has no profile {token or 'with film'}. It offers: {offered}")
    return chosen


def _id(config: Config, wanted: str | None) -> str:
    taken = {camera.id for camera in config.file.camera}
    if wanted is None:
        return next(name for n in range(1, len(taken) + 2) if (name := f"camera-{n}") not in taken)
    if wanted in taken:
        raise ConfigError(f"there is a camera {wanted!r} in {config.path.name} already")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", wanted):
        raise ConfigError(f"{wanted!r} cannot be an id: small Latin letters, digits and hyphens, 63 at most")
    return wanted


def _body(config: Config, wanted: str | None) -> str:
    bodies = [body.id for body in config.file.body]
    if wanted is None and len(bodies) == 1:
        return bodies[0]
    if wanted not in bodies:
        raise ConfigError(f"say whose sittings it films: --body {' or '.join(bodies)}")
    return wanted


def _name(said: str, camera_id: str) -> str:
    return said if said and unseen(said) is None else camera_id


def _password(user: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {user}: ")
    return sys.stdin.readline().rstrip("\n")


def _keep(path: Path, login: str) -> str:
    """For this user alone. Raises ConfigError where another one is kept there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if path.read_text(encoding="utf-8").rstrip("\n") != login:
            raise ConfigError(
                f"{path} holds another name or password. Remove it, and set the camera up again"
            ) from None
        return path.name
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(login + "\n")
    return path.name
