"""What can go wrong in `streaming/`. `code` is the word stored in `camera_state.message` or told to a program."""

from __future__ import annotations


class StreamingError(Exception):
    """The root; its text is a sentence a clerk understands."""

    code = "streaming"


class NotRecorded(StreamingError):
    """The moment lies past the end of what is recorded (yet)."""

    code = "not_recorded"


class BadStream(StreamingError):
    """The camera sends what this recorder cannot keep: not H.264, or not what H.264 allows."""

    code = "not_h264"


class NoKeyFrame(BadStream):
    """For so long nothing came that a new segment could begin with; to who asks anew, most cameras send it."""

    code = "no_key_frame"


class BadFootage(StreamingError):
    """A file in the recordings folder is not what its name says."""

    code = "bad_footage"


class Altered(BadFootage):
    """A file is not the one whose hash the index has."""

    code = "altered"


class ArchiveAway(StreamingError):
    """An archive does not answer, or its folder is not mounted; later it may."""

    code = "archive_away"


class ArchiveRefused(StreamingError):
    """An archive does not do what is asked of it: keys, rights, or a store that cannot write once."""

    code = "archive_refused"


class NotArchived(BadFootage):
    """An archive has no object of this name."""

    code = "not_archived"


class Occupied(StreamingError):
    """An archive has other bytes under this name; they stay."""

    code = "occupied"


class TooLong(StreamingError):
    """More is asked for at once than is given."""

    code = "too_long"


class CameraBusy(StreamingError):
    """Another recorder holds this camera's folder."""

    code = "busy"


class CameraLost(StreamingError):
    """The connection to a camera is over, or never came to be. Codes: see `segments.CameraState`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def garbage(text: str) -> CameraLost:
    """What arrives is not what it should be: nothing after it can be believed either."""
    return CameraLost("garbage", text)
