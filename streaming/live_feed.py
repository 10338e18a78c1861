"""The recorder's side of live: each camera's messages, to whoever connects to its socket in the folder.

`{folder}/{camera}.sock`, a Unix socket for this user alone. To connect is to ask: the messages kept come first, then
each as it is made, every one with its length before it (four bytes). A reader that does not read is cut off. The
cameras' threads never wait: while the event loop stands still too long, parts are left out up to the next key frame.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from streaming.cutting import Act, Begin, Cut, End, Part
from streaming.live import PartMade, Recent, RunBegun, RunOver, SegmentCut, Told, tell

log = logging.getLogger(__name__)

QUEUE_BYTES = 16 * 2**20
UNREAD_BYTES = 8 * 2**20
CONNECTIONS = 64


@contextlib.contextmanager
def address(folder: Path, camera_id: str) -> Iterator[str]:
    """Of a camera's socket; short enough for a socket, however deep the folder lies. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        short = Path(f"/proc/self/fd/{handle}")
        yield str((short if short.exists() else folder) / f"{camera_id}.sock")
    finally:
        os.close(handle)


def _listen(folder: Path, camera_id: str) -> socket.socket:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with address(folder, camera_id) as path:
        Path(path).unlink(missing_ok=True)  # of a recorder that was killed
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(path)
        Path(path).chmod(0o600)
    return listening


class LiveFeed:
    """Of the cameras of one recorder, which holds their locks. `start` in the event loop that serves them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: list[tuple[str, asyncio.Server, Tap]] = []

    async def start(self, camera_id: str) -> Tap | None:
        """Where this camera's thread tells its acts; None where no socket can be made: then nothing is live, and all
        is recorded."""
        try:
            listening = _listen(self._folder, camera_id)
            tap = Tap(asyncio.get_running_loop())
            self._made.append((camera_id, await asyncio.start_unix_server(tap.serve, sock=listening), tap))
        except OSError as error:
            log.error("nothing is live camera=%s error=%s", camera_id, error)
            return None
        return tap

    def stop(self) -> None:
        for camera_id, server, tap in self._made:
            server.close()
            tap.cut_off()
            with contextlib.suppress(OSError), address(self._folder, camera_id) as path:
                Path(path).unlink()


class Tap:
    """One camera's. `take` and `pause` are called by its thread, everything else by the event loop, which is woken for
    readers alone: without any, the thread keeps the newest itself."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()  # of queue, newest and readers
        self._queue: deque[Told] = deque()
        self._queued = 0  # bytes
        self._skipping = False  # until a key frame: the event loop stood still
        self._recent = Recent()
        self._writers: dict[asyncio.StreamWriter, int] = {}  # each with how much it may leave unread
        # The numbers go on over a restart of the recorder: no segment is shorter than a second for long.
        self._seq = self._breaks = int(time.time())
        self._run, self._n, self._part, self._ticks = "", 0, 0, 0

    def take(self, act: Act, run_id: str) -> None:
        """An act that has been carried out."""
        told = self._told(act, run_id)
        if told is None:
            return
        with self._lock:
            if isinstance(told.head, PartMade):
                full = self._queued > QUEUE_BYTES
                self._skipping = full or (self._skipping and not told.head.key)
                if self._skipping:
                    return
            self._pass_on(told)

    def _pass_on(self, told: Told) -> None:
        """Under the lock."""
        if not (self._writers or self._queue):
            self._recent.add(told)
            return
        self._queue.append(told)
        self._queued += len(told.message)
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._hand_out)

    def abandon(self, reason: str) -> None:
        """The run at hand is given up: the disk refuses."""
        if self._run:
            self.take(End(reason, 0), self._run)

    def pause(self, run_id: str, dropped: int) -> None:
        """Filming is paused: the last `dropped` parts told of the run are void. Those that nobody has yet, nobody
        gets."""
        with self._lock:
            while dropped and self._queue:
                head = self._queue[-1].head
                if not isinstance(head, PartMade | SegmentCut):
                    break
                self._queued -= len(self._queue.pop().message)
                dropped -= isinstance(head, PartMade)
            self._run, self._skipping = "", False
            self._pass_on(tell(RunOver(run_id, "paused", dropped)))

    def _told(self, act: Act, run_id: str) -> Told | None:
        if isinstance(act, Begin):
            self._seq += self._part > 0  # a segment that was given up
            self._breaks += 1
            self._run, self._n, self._part, self._ticks = run_id, 0, 0, 0
            return tell(RunBegun(run_id, act.codec, act.width, act.height, act.timescale), act.init)
        if isinstance(act, Part):
            head = PartMade(
                run=run_id,
                n=self._n,
                part=self._part,
                seq=self._seq,
                breaks=self._breaks,
                start=act.start_ticks,
                duration=act.duration_ticks,
                at_us=act.started_us,
                key=self._part == 0,
            )
            self._part += 1
            self._ticks += act.duration_ticks
            return tell(head, act.data)
        if isinstance(act, Cut):
            cut = SegmentCut(run_id, self._n, self._seq, self._ticks)
            self._n, self._part, self._ticks, self._seq = self._n + 1, 0, 0, self._seq + 1
            return tell(cut)
        if isinstance(act, End):
            self._run = ""
            return tell(RunOver(run_id, act.reason))
        return None

    def _hand_out(self) -> None:
        """What one call of `take` told; nothing, where it was dropped meanwhile."""
        with self._lock:
            if not self._queue:
                return
            told = self._queue.popleft()
            self._queued -= len(told.message)
            self._recent.add(told)
        framed = _framed(told)
        for writer, most in list(self._writers.items()):
            if writer.transport.get_write_buffer_size() > most:
                del self._writers[writer]
                writer.transport.abort()
            else:
                writer.write(framed)

    def cut_off(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; it has nothing to say."""
        if len(self._writers) < CONNECTIONS:
            with self._lock:
                known = b"".join(map(_framed, self._recent.all()))
                self._writers[writer] = UNREAD_BYTES + len(known)  # with what comes at once
            writer.write(known)
            with contextlib.suppress(OSError):
                await reader.read(1)
        self._writers.pop(writer, None)
        writer.close()


def _framed(told: Told) -> bytes:
    return len(told.message).to_bytes(4) + told.message
