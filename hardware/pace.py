"""How fast a desk does what it does: every time limit of the desk program, in one place."""

from __future__ import annotations

import random
from dataclasses import dataclass

MANY = 10  # failures after which the wait is the longest


@dataclass(frozen=True, slots=True)
class Pace:
    """All times of a desk, in seconds."""

    ping: float = 1.0
    lost_after: float = 2.0  # without a pong the lamp says "reconnecting"
    give_up_after: float = 4.0  # without a pong the connection is cut and made anew
    resend: float = 2.0  # an unanswered press on a living connection
    least_wait: float = 0.1  # before a new connection; drawn anew each time, so that a hall full of desks spreads out
    most_wait: float = 3.0

    def wait(self, failures: int) -> float:
        ceiling = min(self.most_wait, self.least_wait * 2 ** min(failures, MANY))
        return random.uniform(self.least_wait, ceiling)  # noqa: S311 - no secret


PACE = Pace()
