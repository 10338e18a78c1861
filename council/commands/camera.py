"""`council camera …`: what each camera does, and one tried as the recorder would have it."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

import sql
from council.commands import ground
from council.config import CameraConfig, Config, ConfigError, load
from sql.errors import DatabaseError
from streaming.clock import TRUST_US
from streaming.ingest import Lost, without_password
from streaming.trial import Trial, trial

INSTALL = "Finding cameras is an extra. Install it: .venv/bin/pip install -e '.[cameras]'"
STALE_S = 10
ACCURATE_S = 0.1  # less than this the way from the camera takes

WORDS = {
    "absent": "nothing answers",
    "refused": "it refuses the user or the password",
    "not_found": "it has no film at this address",
    "not_rtsp": "its address cannot be used",
    "not_h264": "it sends neither H.264 nor H.265",
    "garbage": "what it sends cannot be read",
    "silent": "it sends nothing",
    "dropped": "it ended the connection",
    "failed": "the recorder failed; its log says why",
    "no_key_frame": "no key frame has come yet",
    "disk_full": "the disk is full",
    "disk_error": "the disk takes no writes",
    "clock_off": "its clock is wrong",
    "h265": "in H.265, which most browsers cannot play",
}

ADVICE = {
    "absent": "See to its power and its cable, and whether the address and the port are right (most cameras have 554). "
    "`council camera find` looks for cameras on this network.",
    "refused": "Check both: open the camera's own page with them. Some cameras have other users for film than for "
    "their page, and some lock out for minutes who was wrong too often.",
    "not_found": "The part of the address after the host is wrong. `council camera set-up {host}` asks the camera for "
    "the right one; else its manual has it.",
    "not_rtsp": "Expected: rtsp://host/path or rtsps://host/path; http://… for MJPEG, file:///… for a file.",
    "not_h264": "Set the video codec to H.264 on the camera's own page.",
    "garbage": "Something answers at {place}, but not as a camera does. See whether host and port are a camera's (most "
    "have 554; 80 is a web page).",
    "silent": "It accepts the connection and sends no film: restart it. If nothing helps, see whether {place} is a "
    'camera at all, or set transport to the other of "tcp" and "udp".',
    "dropped": "It may allow only so many viewers at once: close others and try again. Else restart it.",
    "failed": "This is an error of this program.",
}


def camera(options: argparse.Namespace) -> int:
    """Raises ConfigError."""
    if options.action == "list":
        return _list(load(options.config))
    if options.action == "test":
        return _test(options)
    try:
        from council.commands import camera_onvif
    except ModuleNotFoundError as missing:
        print(f"council camera: {missing.name} is not installed. {INSTALL}", file=sys.stderr)
        return 1
    return camera_onvif.find(options) if options.action == "find" else camera_onvif.set_up(options)


# --- list ---------------------------------------------------------------------------------------------------------


def _list(config: Config) -> int:
    cameras = config.file.camera
    if not cameras:
        print("There is no [[camera]] in council.toml. `council camera find` looks for some on this network.")
        return 0
    try:
        with ground.borrow(config) as at:
            states = asyncio.run(_states(at, [each.id for each in cameras]))
    except (OSError, asyncpg.PostgresError, DatabaseError) as error:
        print(f"council camera: the database does not answer, so what they do is not known: {error}", file=sys.stderr)
        states = None
    well = states is not None
    for each in cameras:
        said, fine = _state(states.get(each.id)) if states is not None else ("not known", False)
        well = well and fine
        print(f"{each.id}  {each.name}  ({each.body})  {without_password(each.url)}  {said}")
    return 0 if well else 1


async def _states(at: ground.Ground, ids: list[str]) -> dict[str, asyncpg.Record]:
    connection = await at.database("hall").connect()
    try:
        return {row["camera_id"]: row async for row in sql.load("hall").camera_states(connection, cameras=ids)}
    finally:
        await connection.close()


def _state(row: asyncpg.Record | None) -> tuple[str, bool]:
    """What it does in words, and whether all is well."""
    if row is None:
        return "never recorded yet", False
    now, updated = datetime.now(UTC), row["updated_at"]
    if (now - updated).total_seconds() > STALE_S:
        return f"the recorder has said nothing since {updated:%Y-%m-%d %H:%M:%S} UTC", False
    said = [str(row["state"]).replace("_", " ")]
    if row["message"]:
        said.append(WORDS.get(row["message"], row["message"].replace("_", " ")))
    if row["bitrate_bps"]:
        said.append(f"{row['bitrate_bps'] / 1e6:.1f} Mbit/s")
    if row["packets_lost"]:
        said.append(f"{row['packets_lost']} packets lost")
    said.append(f"since {row['since_at']:%Y-%m-%d %H:%M:%S} UTC")
    return ", ".join(said), row["state"] in ("recording", "waiting", "paused") and not row["message"]


# --- test ---------------------------------------------------------------------------------------------------------


def _test(options: argparse.Namespace) -> int:
    tried: CameraConfig | None = None
    if "://" in options.camera:
        url, picture = options.camera, "camera.jpg"
    else:
        config = load(options.config)
        tried = next((each for each in config.file.camera if each.id == options.camera), None)
        if tried is None:
            ids = ", ".join(each.id for each in config.file.camera) or "none"
            raise ConfigError(f"{options.camera!r} is no camera of {config.path.name}. It has: {ids}")
        url, picture = config.camera_url(tried), f"{tried.id}.jpg"
    transport, certificate = (tried.transport, tried.certificate or "") if tried else ("tcp", "")
    try:
        found = trial(url, transport, certificate, options.seconds)
    except ValueError as error:  # an address that is none
        found = Trial(lost=Lost("not_rtsp", str(error)))
    if not found.codec:
        print(f"council camera: {without_password(url)}: {no_film(url, found)}", file=sys.stderr)
        return 1
    for line in described(found):
        print(line)
    if found.picture is not None:
        path = Path(options.picture or picture)
        path.write_bytes(found.picture)
        print(f"picture     {path}")
    else:
        print("picture     none can be decoded: the camera may be damaged")
    if found.lost is not None:
        print(
            f"council camera: it broke off after {found.seconds:.0f} s. {explained(url, found.lost)}", file=sys.stderr
        )
        return 1
    return 0


def described(found: Trial) -> list[str]:
    """A trial that brought film, a line a thing."""
    rate, bits = found.frame_rate, found.bitrate_bps
    h264 = found.codec.startswith("avc")
    lines = [
        f"film        {'H.264' if h264 else 'H.265'} ({found.codec}), {found.width} × {found.height}"
        + (f", {rate:.4g} pictures a second" if rate else "")
        + (f", {bits / 1e6:.2f} Mbit/s" if bits else "")
    ]
    if not h264:
        lines.append("            It is recorded, but most browsers cannot play it: set the camera to H.264.")
    if found.sound is None:
        lines.append("sound       none that can be recorded (AAC and G.711 can)")
    elif not found.sound_units:
        lines.append("sound       announced, but none came: see to the microphone")
    else:
        kind = "AAC" if found.sound.startswith("mp4a") else "G.711, recorded as FLAC"
        lines.append(f"sound       {kind}, {found.sound_rate} Hz")
    lines.append(f"clock       {_clock(found.clock_s)}")
    lines.append(
        f"lost        {found.packets_lost} packets, {found.frames_damaged} pictures damaged, "
        f"of {found.frames} pictures in {found.seconds:.0f} s"
    )
    if found.packets_lost:
        lines.append('            See to cable and switch; over UDP try transport = "tcp".')
    return lines


def _clock(ahead_s: float | None) -> str:
    if ahead_s is None:
        return "it sends no sender report: moments are found by when pictures arrive, to some 45 ms"
    if abs(ahead_s) <= ACCURATE_S:
        return "right, to 0.1 s (by its sender reports)"
    off = f"{abs(ahead_s):.1f} s {'ahead of' if ahead_s > 0 else 'behind'} this server's"
    if abs(ahead_s) * 1e6 <= TRUST_US:
        return f"{off}: believed, but let camera and server ask the same NTP server"
    return f"{off}: not believed. Set the camera to ask an NTP server; see also this server's own clock"


def no_film(url: str, found: Trial) -> str:
    """Why a trial brought no film, and what to do."""
    if found.lost is not None:
        return explained(url, found.lost)
    if found.frames:
        return (
            f"it films, but no key frame came in {found.seconds:.0f} s. Set the key frame interval (also: I-frame "
            "interval, GOP) to 2 seconds on the camera's own page."
        )
    return f"it sent no picture in {found.seconds:.0f} s. Restart it."


def explained(url: str, lost: Lost) -> str:
    """What went wrong, and what to do. Never with a password."""
    place = without_password(url).partition("://")[2].partition("/")[0]
    advice = ADVICE.get(lost.code, "").format(host=re.sub(r":\d+\Z", "", place), place=place)
    if url.startswith("file:"):
        advice = "See whether the file is there, can be read by this user, and is film."
    if lost.code == "refused" and url.partition("://")[2].startswith(place):
        advice = "It asks who we are, and neither `login` nor the address names a user and a password."
    elif lost.code == "refused" and "certificate" in lost.text:
        advice = (
            "If the camera was replaced or reset, put the new SHA-256 into `certificate`; else somebody is between."
        )
    return f"{WORDS.get(lost.code, lost.code)} ({lost.text}). {advice}".strip()


def shown(url: str) -> str:
    """Without user and password."""
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path}"
