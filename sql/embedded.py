"""A real PostgreSQL in the data folder, for an installation without a server of its own.

It listens on a Unix socket alone, inside a folder that only its own user may enter, and knows its clients by the
kernel's word (`peer`): there are no passwords. It stops when the command that started it ends, even by kill -9. As
root it runs as `nobody`."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self
from urllib.parse import quote

from sql import cluster
from sql.binaries import User, environment, find
from sql.errors import AlreadyRunning, NotRunning

Role = Literal["owner", "hall", "record", "public"]

SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_BYTES = 107  # sockaddr_un.sun_path holds 108 with the closing zero
RETRY_SECONDS = 5.0  # for a start that fails
LEFTOVER_SECONDS = 30.0  # for an earlier server to finish stopping
RECOVERY_SECONDS = 300.0  # for replaying the log after a crash, while the server lives
STOP_SECONDS = 30.0
LOG_BYTES = 10_000_000


class Embedded:
    """The server of one folder. `start` it again after it died; other commands may use its `url` meanwhile.

    folder: made if absent, for us alone; holds `cluster`, `postgres.log`, `lock`.
    Not for two threads at once, but for `alive`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.cluster = self.folder / "cluster"
        self.log = self.folder / "postgres.log"
        self._lock: BinaryIO | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The server's process while it is alive."""
        if self._process is None or self._process.poll() is not None:
            return None
        try:
            os.kill(self._process.pid, 0)
        except ProcessLookupError:  # its keeper has reaped it, and not said so yet
            return None
        except PermissionError:
            pass
        return self._process.pid

    def url(self, role: Role = "owner", name: str = "hlasno") -> str:
        """The address of database `name` for `role`. Raises NotRunning if it is not known before the first start."""
        return f"postgresql://hlasno_{role}@/{name}?host={quote(str(self._socket_folder()))}&port=5432"

    def alive(self) -> bool:
        """Whether the server this object started still runs."""
        return self.pid is not None

    def start(self) -> None:
        """Start the server, making its files the first time, and return when it answers. Repeating it does nothing.

        Raises AlreadyRunning if another command has the folder, NoServer without binaries, NotRunning with the log."""
        if self.alive():
            return
        try:
            self._take_lock()
            self._start()
        except PermissionError as error:
            self.stop()
            raise NotRunning(
                f"The database in {self.folder} belongs to another user ({error.filename} may not be used): "
                "run the command as the user who made it, or choose another data folder."
            ) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it cleanly, closing its clients' connections. Safe to repeat."""
        if self._process is not None and self._keeper is not None:
            for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, None)):
                self._process.send_signal(number)
                self._keeper.join(seconds)
                if not self._keeper.is_alive():
                    break
            self._process = self._keeper = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @contextlib.contextmanager
    def borrow(self) -> Iterator[Self]:
        """The server for a short command: the one another command runs, or one started until the block ends."""
        try:
            self.start()
        except AlreadyRunning:
            self._wait_for_other()
            yield self
            return
        try:
            yield self
        finally:
            self.stop()

    # start, step by step ---------------------------------------------------------------------------------------

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (self.folder / "lock").open("a+b")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().decode(errors="replace").strip()
            lock.close()
            raise AlreadyRunning(
                f"The database in {self.folder} is in use by process {holder or '?'}: "
                "stop that command first, or choose another data folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()).encode())
        lock.flush()
        self._lock = lock

    def _start(self) -> None:
        user = cluster.server_user(self.cluster)
        binaries = find(user, cluster.major(self.cluster))
        if cluster.major(self.cluster) is None:
            cluster.make(self.cluster, user, binaries)
        cluster.admit(self.cluster, user)
        start = cluster.start_command(user, binaries, self._make_socket_folder(user))
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            self._wait_for_leftovers()
            logged = self._launch(start)
            if self._becomes_ready():
                return
            if time.monotonic() > deadline:
                raise NotRunning(f"PostgreSQL does not start in {self.folder}:\n{self._log_since(logged)}")
            time.sleep(0.2)

    def _make_socket_folder(self, user: User) -> str:
        """Where the server puts its socket: in the cluster, or in a short temporary folder remembered in `socket`."""
        if _fits(self.cluster):
            return cluster.HERE
        with contextlib.suppress(FileNotFoundError, NotRunning):
            about = self._socket_folder().lstat()
            if about.st_uid == user.uid and not about.st_mode & 0o077:
                return str(self._socket_folder())
        short = Path(tempfile.mkdtemp(prefix="hlasno-"))
        if not _fits(short):
            short.rmdir()
            short = Path(tempfile.mkdtemp(prefix="hlasno-", dir="/tmp"))
        os.chown(short, user.uid, user.gid)
        (self.folder / "socket").write_text(str(short))
        return str(short)

    def _socket_folder(self) -> Path:
        if _fits(self.cluster):
            return self.cluster
        try:
            return Path((self.folder / "socket").read_text())
        except FileNotFoundError:
            raise NotRunning(f"The database in {self.folder} has not been started yet.") from None

    def _wait_for_leftovers(self) -> None:
        """Wait for processes of an earlier server that still stand in the cluster: they may be writing to it.

        When there are none, `postmaster.pid` is stale, whoever has its number now."""
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while standing := cluster.standing_in(self.cluster):
            if time.monotonic() > deadline:
                raise NotRunning(
                    f"An earlier PostgreSQL still works in {self.folder} (processes {', '.join(map(str, standing))}): "
                    "wait for it to finish, or stop it, then start again."
                )
            time.sleep(0.05)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _launch(self, start: list[str]) -> int:
        """Start the server from a thread that lives as long as it does: the kernel's parent-death signal follows the
        thread that started a process, and the caller's may end early. Returns where in the log its words begin."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        logged = self.log.stat().st_size if self.log.exists() else 0
        launched: Future[subprocess.Popen[bytes]] = Future()

        def keep() -> None:
            try:
                with self.log.open("ab") as log:
                    process = subprocess.Popen(  # noqa: S603 - our own list, no shell
                        start,
                        cwd=self.cluster,
                        env=environment(),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,  # Ctrl-C goes to the command, which stops us in its order
                    )
            except OSError as error:
                launched.set_exception(error)
                return
            launched.set_result(process)
            process.wait()

        self._keeper = threading.Thread(target=keep, name="postgres-keeper", daemon=True)
        self._keeper.start()
        self._process = launched.result()
        return logged

    def _becomes_ready(self) -> bool:
        """True when the server takes connections, False when it ended."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while self.alive():
            if cluster.status(self.cluster) == "ready":
                return True
            if time.monotonic() > deadline:
                raise NotRunning(f"PostgreSQL is still recovering in {self.folder}; see {self.log}.")
            time.sleep(0.01)
        return False

    def _wait_for_other(self) -> None:
        deadline = time.monotonic() + RETRY_SECONDS
        while cluster.status(self.cluster) != "ready":
            if time.monotonic() > deadline:
                raise NotRunning(f"The database in {self.folder} is another command's, and does not answer.")
            time.sleep(0.05)

    def _log_since(self, start: int) -> str:
        with self.log.open("rb") as log:
            log.seek(start)
            return log.read()[-2000:].decode(errors="replace").strip()


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET)) <= SOCKET_PATH_BYTES
