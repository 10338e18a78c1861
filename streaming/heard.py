"""What a camera's recorder has heard of closed parts: from the database, else from the note beside its recordings."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from streaming import pausing
from streaming.following import Sittings
from streaming.pausing import Pause

log = logging.getLogger(__name__)

TOLD_S = 3.0  # so long the first film waits for the database to tell
BACKLOG_S = 2.0  # of film from before a pause that is still to be written when it is told


class Heard:
    """folder: the camera's; it has to be there. Belongs to the camera's thread."""

    def __init__(self, sittings: Sittings, body: str, folder: Path) -> None:
        self._sittings, self._body, self._folder = sittings, body, folder
        self._noted = pausing.noted(folder)
        self._last: tuple[Pause | None, float] = (None, 0.0)  # and when it was heard of

    @property
    def pauses(self) -> tuple[Pause, ...]:
        told = self._sittings.pauses(self._body)
        return self._noted if told is None else told

    def wait(self, stopping: threading.Event) -> None:
        """Before anything is filmed or salvaged."""
        until = time.monotonic() + TOLD_S
        while self._sittings.expected and self._sittings.pauses(self._body) is None and time.monotonic() < until:
            if stopping.wait(0.05):
                return

    def lasting(self, now: float) -> tuple[Pause | None, bool]:
        """The pause that lasts, and whether film from before it may still be coming in."""
        pause = pausing.lasting(self.pauses)
        if pause != self._last[0]:
            self._last = (pause, now)
        return pause, now - self._last[1] < BACKLOG_S

    def note(self, pause: Pause | None) -> None:
        """Write down that it is obeyed, or that filming goes on; and let that be known."""
        self._noted = () if pause is None else (pause,)
        try:
            pausing.note(self._folder, pause)
        except OSError as error:  # read only by a recorder that starts while the database is gone
            log.error("a pause is not noted folder=%s error=%s", self._folder, error)
