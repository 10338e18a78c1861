"""The lines under «Equipment» on the console: camera, disk, clock, ledger, terminals, each a sentence.

Pure but for the catalogues. A fault says what to do, and that voting goes on: it does, whatever breaks here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from gettext import NullTranslations

from council.camera_faults import sentence
from council.state_parts import EquipmentView, Texts
from council.words import texts, translations

CAMERA_STALE_S = 5.0
KEY_LATE_S = 10
DISK_LOW_BYTES = 5 * 10**9  # about three hours of one 1080p camera
SLOW_S = 2.0  # a commit that takes longer is worth a line


@dataclass(frozen=True, slots=True)
class CameraReading:
    """`state` as in table camera_state; None: the recorder has never reported this camera."""

    name: str
    state: str | None
    since_at: datetime | None
    updated_at: datetime | None
    message: str = ""
    bitrate_bps: int | None = None
    packets_lost: int = 0  # since the recorder began
    last_key_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    cameras: Sequence[CameraReading]
    disk_free_bytes: int | None  # of the recordings folder; None: cannot be read
    clock_back_ms: int  # by how much the clock was set back lately; 0: not
    entries: int
    not_written_s: float | None  # since when nothing reaches the disk; None: all is well
    waiting: int  # presses that wait for the disk
    desks_turned_away: Sequence[int]


def lines(readings: Readings, now: datetime, clock_time: str) -> tuple[EquipmentView, ...]:
    """`clock_time` is `now` as the clerk's clock shows it: "14:02:31"."""
    views = [_camera(camera, now, unread=_away(readings)) for camera in readings.cameras]
    if readings.cameras:
        views.append(_disk(readings, now))
    views += [_clock(readings.clock_back_ms), _ledger(readings, clock_time)]
    views += [_turned_away(desk_no) for desk_no in readings.desks_turned_away]
    return tuple(views)


def is_recording(camera: CameraReading, now: datetime) -> bool:
    return camera.state == "recording" and _fresh(camera, now)


def has_stopped(camera: CameraReading, paused_at: datetime, now: datetime) -> bool:
    """Whether its recorder has said, since filming was paused, that it films nothing; and says so still."""
    told = camera.updated_at is not None and camera.updated_at > paused_at
    return told and _fresh(camera, now) and camera.state == "paused"


def _fresh(camera: CameraReading, now: datetime) -> bool:
    return camera.updated_at is not None and abs((now - camera.updated_at).total_seconds()) <= CAMERA_STALE_S


def _say(say: Callable[[NullTranslations], str]) -> Texts:
    return texts(lambda locale: say(translations(locale, "hall")))


def _away(readings: Readings) -> bool:
    return readings.not_written_s is not None and readings.not_written_s >= SLOW_S


def _camera(camera: CameraReading, now: datetime, *, unread: bool) -> EquipmentView:
    """unread: the database is away, and with it what the recorder says; its own line speaks of that."""
    name = {"name": camera.name}
    if is_recording(camera, now):
        if sentence(NullTranslations(), camera.message, camera.name) is not None:
            return EquipmentView("camera", False, _say(lambda t: sentence(t, camera.message, camera.name) or ""))
        return EquipmentView("camera", True, _say(lambda t: _recording(t, camera, now)))
    if camera.state == "waiting" and _fresh(camera, now):
        text = _say(lambda t: t.gettext("%(name)s: ready, records once the sitting opens") % name)
        return EquipmentView("camera", True, text)
    if camera.state == "paused" and _fresh(camera, now):
        return EquipmentView("camera", True, _say(lambda t: t.gettext("%(name)s: paused, films nothing") % name))
    if unread:
        return EquipmentView(
            "camera", True, _say(lambda t: t.gettext("%(name)s: not known until the database answers") % name)
        )
    if not _fresh(camera, now):
        text = _say(
            lambda t: t.gettext("%(name)s: the recorder does not report. See whether it runs; voting goes on.") % name
        )
    elif camera.state == "disk_full":
        text = _say(
            lambda t: t.gettext("%(name)s: not recorded, the disk is full. Free some space; voting goes on.") % name
        )
    elif camera.message == "refused":
        text = _say(
            lambda t: t.gettext("%(name)s: it refuses the user or the password. Check them; voting goes on.") % name
        )
    elif camera.message in ("not_found", "not_rtsp"):
        text = _say(lambda t: t.gettext("%(name)s: no film at its address. Check the address; voting goes on.") % name)
    elif camera.message == "not_h264":
        text = _say(lambda t: t.gettext("%(name)s: no H.264 film. Set it so in the camera; voting goes on.") % name)
    elif camera.message == "no_key_frame":
        text = _say(
            lambda t: t.gettext("%(name)s: no key frame, not recorded. Set one every 2 s in it; voting goes on.") % name
        )
    else:
        text = _say(lambda t: t.gettext("%(name)s: no picture. Check its cable and power; voting goes on.") % name)
    return EquipmentView("camera", False, text)


def _recording(t: NullTranslations, camera: CameraReading, now: datetime) -> str:
    """Figures so coarse that the line does not flicker; the last key frame only when one is overdue."""
    said = [t.gettext("%(name)s: recording") % {"name": camera.name}]
    if camera.bitrate_bps:
        said.append(t.gettext("%(kbits)d kbit/s") % {"kbits": _two_digits(camera.bitrate_bps / 1000)})
    if camera.packets_lost:
        said.append(
            t.ngettext("%(n)d packet lost", "%(n)d packets lost", camera.packets_lost) % {"n": camera.packets_lost}
        )
    if camera.last_key_at is not None and (late := int((now - camera.last_key_at).total_seconds())) >= KEY_LATE_S:
        said.append(t.gettext("last key frame %(seconds)d s ago") % {"seconds": late})
    if camera.message == "clock_off":
        said.append(t.gettext("its clock is wrong"))
    if camera.message == "h265":
        said.append(t.gettext("in H.265, which most browsers cannot play: set it to H.264"))
    return ", ".join(said)


def _two_digits(figure: float) -> int:
    """3,941 as 3,900."""
    return int(float(f"{figure:.2g}"))


def _disk(readings: Readings, now: datetime) -> EquipmentView:
    free = readings.disk_free_bytes
    if free is None:
        text = _say(lambda t: t.gettext("Disk: the recordings folder cannot be read; voting goes on."))
        return EquipmentView("disk", False, text)
    figures = {"gb": free // 10**9}
    if free < DISK_LOW_BYTES:
        text = _say(
            lambda t: t.gettext("Disk: only %(gb)d GB left for recordings. Free some space; voting goes on.") % figures
        )
        return EquipmentView("disk", False, text)
    filming = [
        camera
        for camera in readings.cameras
        if camera.state in ("recording", "waiting", "paused") and _fresh(camera, now)
    ]
    bits = sum(camera.bitrate_bps or 0 for camera in filming)
    if not bits:
        return EquipmentView("disk", True, _say(lambda t: t.gettext("Disk: %(gb)d GB free") % figures))
    figures["hours"] = _two_digits(free * 8 / bits / 3600)
    return EquipmentView(
        "disk", True, _say(lambda t: t.gettext("Disk: %(gb)d GB free, about %(hours)d h of film") % figures)
    )


def _clock(back_ms: int) -> EquipmentView:
    if not back_ms:
        return EquipmentView("clock", True, _say(lambda t: t.gettext("Clock: steady")))
    figures = {"seconds": back_ms / 1000}
    text = _say(
        lambda t: (
            t.gettext(
                "Clock: it was set back by %(seconds).1f s. Check the time server. The order of entries does not "
                "depend on it; voting goes on."
            )
            % figures
        )
    )
    return EquipmentView("clock", False, text)


def _ledger(readings: Readings, clock_time: str) -> EquipmentView:
    if _away(readings):
        figures = {"time": clock_time, "waiting": readings.waiting}
        text = _say(
            lambda t: (
                t.gettext(
                    "Ledger: the database does not answer (%(time)s). Presses wait (%(waiting)d) and are recorded as "
                    "soon as it is back; no vote is lost."
                )
                % figures
            )
        )
        return EquipmentView("ledger", False, text)
    return EquipmentView("ledger", True, _say(lambda t: t.gettext("Ledger: %(n)d entries") % {"n": readings.entries}))


def _turned_away(desk_no: int) -> EquipmentView:
    text = _say(
        lambda t: (
            t.gettext(
                "Seat %(desk)d: a second terminal of the same member was turned away. If it is not theirs, revoke the "
                "seat’s key."
            )
            % {"desk": desk_no}
        )
    )
    return EquipmentView("terminal", False, text)
