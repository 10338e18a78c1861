"""The facts of footage: what binds recordings to the ledger. Pure; part of `facts.py`.

A run is one unbroken capture of a camera, cut into segments that are numbered from 0; both are files
(`streaming/README.md`). How a seal's root is computed from them: `footage.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from voting.values import Clerk, Count, Date, Number, Sha256, Time


@dataclass(frozen=True, slots=True)
class FootageSealed:
    """The segments `first` to `first + count - 1` of a run are these and no others: `root` is that of their hashes.
    `from_`: when the first of their frames was taken, `to`: when the last one ended, by the camera's clock as it was
    recorded. `init`: of the file with the run's parameters, without which no segment plays."""

    at: Time
    camera: str
    run: str
    first: Count
    count: Number
    from_: Time
    to: Time
    init: Sha256
    root: Sha256


@dataclass(frozen=True, slots=True)
class FootageWithheld:
    """With the opening: nothing of this sitting's recording is shown until it is released."""

    at: Time


@dataclass(frozen=True, slots=True)
class FootageReleased:
    """From now on everybody may see the recording."""

    at: Time
    by: Clerk


@dataclass(frozen=True, slots=True)
class FootagePart:
    """Segments `first` to `first + count - 1` of a run."""

    camera: str
    run: str
    first: Count
    count: Number


@dataclass(frozen=True, slots=True)
class FootageDeleted:
    """Files of recordings are no more; their seals stay. By an act of the staff, who gives a `reason`, or because the
    disk was full, the oldest first. `kept_until`: the last day they had to be kept, by `source`; None: there was none.
    In no sitting if no sitting's recording showed them."""

    at: Time
    cause: Literal["act", "disk_full"]
    parts: tuple[FootagePart, ...]
    reason: str
    kept_until: Date | None
    source: str | None
    by: Clerk | None


@dataclass(frozen=True, slots=True)
class FilmingPaused:
    """A closed part: from now on no camera of the body films, until filming is resumed or the sitting closed. Nobody is
    shown what was filmed from `since` on, which lies before `at` where the pause was thought of late. `ground`: its
    name in the profile, None if the clerk typed why; `reason`: in words, in the council's language; `source`: its
    article, where the profile names one."""

    at: Time
    since: Time
    ground: str | None
    reason: str
    source: str | None
    by: Clerk


@dataclass(frozen=True, slots=True)
class FilmingResumed:
    """The closed part is over: the cameras film again."""

    at: Time
    by: Clerk
