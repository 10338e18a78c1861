"""How far a run's clock is off, by what the hall display said in its pictures.

Pure. At the opening and the closing of each vote the display shows a code: a checkpoint of the ledger and the server's
time when it was made. The first picture with the code was taken after that time; the last one without it, at most
DISPLAY_US later than that time, unless the display was late. Each code so puts the true offset between two bounds; the
bounds of all codes of a run narrow it down. A late display makes only the upper bound wrong, too low: where bounds
contradict each other, the lowest goes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from streaming.clock import TRUST_US
from streaming.segments import MICROSECOND, Clock

DISPLAY_US = 90_000  # from the making of a code to its light on the wall: hall, line, page and screen
SLOW_US = 300_000  # a slow wall's; a clock by sender reports is finer than DISPLAY_US is sure
EXPOSURE_US = 40_000  # a picture may show what comes so much after the time that it bears
FINEST_US = 10_000  # nothing finer is said of what the codes give
SURE_US = 45_000  # asked of a clock by arrival
LEAST = 2  # codes that agree; one alone may have been late
LATE_US: dict[Clock, tuple[int, int]] = {  # true time less the run's: nothing arrives before it is taken
    "arrival": (-TRUST_US, 0),
    "sender_report": (-TRUST_US, TRUST_US),
}
_PAYLOAD = re.compile(r"HLASNO/([1-9][0-9]{0,17})/([0-9A-F]{16})/([0-9]{8}T[0-9]{9}Z)")


@dataclass(frozen=True, slots=True)
class Code:
    """What the display's code says. `root`: the first digits of the checkpoint's, lower case hexadecimal."""

    size: int
    root: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """A code in a run's pictures. `before_at`, `first_at`: the last picture without it and the first with it, by the
    run's clock."""

    run_id: str
    tree_size: int
    root: str
    shown_at: datetime
    before_at: datetime
    first_at: datetime

    @property
    def least(self) -> int:
        return (self.shown_at - self.first_at) // MICROSECOND

    @property
    def most(self) -> int:
        return (self.shown_at - self.before_at) // MICROSECOND + DISPLAY_US


@dataclass(frozen=True, slots=True)
class Measured:
    """True times are the run's plus `moved_us`, give or take `within_us`."""

    moved_us: int
    within_us: int


def parse(payload: str) -> Code | None:
    """A code's text as council/qr.py makes it; None: it is something else."""
    found = _PAYLOAD.fullmatch(payload)
    if found is None:
        return None
    try:
        at = datetime.strptime(found[3][:-4], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Code(int(found[1]), found[2].lower(), at + timedelta(milliseconds=int(found[3][-4:-1])))


def measured(readings: Sequence[Reading], clock: Clock) -> Measured | None:
    """readings: of one run, whose clock is `clock`. None: too few of them agree.

    A clock that the codes do not contradict stays, being mostly nearer the truth than the middle of the bounds; one by
    arrival is then moved only so far as it takes to be sure of SURE_US. Where a slow wall would explain that codes
    contradict sender reports, nothing is said."""
    lowest, highest = LATE_US[clock]
    left = sorted(
        (reading for reading in readings if reading.most >= lowest and reading.least <= highest + EXPOSURE_US),
        key=lambda reading: reading.most,
    )
    while len(left) >= LEAST:
        least, most = max(lowest, *(reading.least for reading in left)), min(highest, left[0].most)
        least = min(least, highest)
        if least <= most:
            if clock == "sender_report" and least <= EXPOSURE_US:
                if most >= 0:
                    return Measured(0, max(abs(least), most))
                most += SLOW_US - DISPLAY_US
                if most >= 0:
                    return None
            if clock == "arrival" and most == 0:
                moved = min(0, max(least + SURE_US, least // 2))
                return Measured(moved, max(FINEST_US, moved - least))
            return Measured((least + most) // 2, max(FINEST_US, (most - least + 1) // 2))
        del left[0]
    return None
