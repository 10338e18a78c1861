"""A real PostgreSQL in the data folder, for an installation without a server of its own.

It listens on a Unix socket alone, inside a folder that only its own user may enter, and knows its clients by the kernel's
word (`peer`): there are no passwords. It stops when the command that started it ends, even by kill -9. As root it runs as
`nobody`.

The server and its programs stand in the cluster's folder and call it /proc/self/cwd: so they need no right to walk the
folders above it, and those need not be opened to anybody."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
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

from sql.binaries import Binaries, User, command, environment, find
from sql.errors import AlreadyRunning, NotRunning

Role = Literal["owner", "hall", "record", "public"]

HERE = "/proc/self/cwd"
SUPERUSER = "postgres"
ROLES = ("owner", "hall", "record", "public")
SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_BYTES = 107  # sockaddr_un.sun_path holds 108 with the closing zero
RETRY_SECONDS = 5.0  # for a start that fails
LEFTOVER_SECONDS = 30.0  # for an earlier server to finish stopping
RECOVERY_SECONDS = 300.0  # for replaying the log after a crash, while the server lives
STOP_SECONDS = 30.0
LOG_BYTES = 10_000_000

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "cluster_name": "hlasno",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "fsync": "on",  # a receipt promises that the press is on disk
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # the log must never hold how a member voted: no values, no statements, no failing rows
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

BOOTSTRAP = """create role hlasno_owner login createrole createdb
create role hlasno_hall login
create role hlasno_record login
create role hlasno_public login
grant hlasno_hall, hlasno_record, hlasno_public to hlasno_owner with admin option
create database hlasno owner hlasno_owner
"""


class Embedded:
    """The server of one folder. `start` again after it died; any other command may use `url` meanwhile.

    folder: made if absent, entered by nobody else; holds `cluster`, `postgres.log`, `lock`."""

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

    def url(self, role: Role = "owner", name: str = "hlasno") -> str:
        """The address of database `name` for `role`. Raises NotRunning if the folder was never started."""
        return f"postgresql://hlasno_{role}@/{name}?host={quote(str(self._socket_folder()))}&port=5432"

    def alive(self) -> bool:
        """Whether the server this object started still runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server, making its files the first time, and return when it answers; does nothing while it is alive.

        Raises AlreadyRunning if another command has the folder, NoServer without binaries, NotRunning with the log."""
        if self.alive():
            return
        try:
            self._take_lock()
            self._start()
        except PermissionError as error:
            self._release_lock()
            raise NotRunning(
                f"The database folder {self.folder} belongs to another user ({error.filename}): "
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
        self._release_lock()

    @contextlib.contextmanager
    def borrow(self) -> Iterator[None]:
        """The server for a short command: the one that runs already, or one started until the block ends."""
        try:
            self.start()
        except AlreadyRunning:
            self._wait_for_other()
            yield
            return
        try:
            yield
        finally:
            self.stop()

    # start, step by step --------------------------------------------------------------------------------------------

    def _start(self) -> None:
        user = self._server_user()
        version = self.cluster / "PG_VERSION"
        binaries = find(user, int(version.read_text()) if version.exists() else None)
        if not version.exists():
            self._make_cluster(user, binaries)
        self._write(user, "pg_hba.conf", "local all all peer map=hlasno\n")
        me = pwd.getpwuid(os.geteuid()).pw_name
        names = (SUPERUSER, *(f"hlasno_{role}" for role in ROLES))
        self._write(user, "pg_ident.conf", "".join(f'hlasno "{me}" "{name}"\n' for name in names))
        settings = SETTINGS | {"unix_socket_directories": self._make_socket_folder(user)}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        start = command(user, binaries.folder / "postgres", "-D", HERE, *arguments)
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            self._wait_for_leftovers()
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)
            logged = self._launch(start)
            if self._becomes_ready():
                return
            if time.monotonic() > deadline:
                raise NotRunning(f"PostgreSQL does not start in {self.folder}:\n{self._log_since(logged)}")
            time.sleep(0.2)

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
                f"The database in {self.folder} is already in use by process {holder or '?'}: "
                "stop that command first, or choose another data folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()).encode())
        lock.flush()
        self._lock = lock

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _server_user(self) -> User:
        if os.geteuid() != 0:
            return User(os.geteuid(), os.getegid())
        if self.cluster.exists() and self.cluster.stat().st_uid != 0:
            return User(self.cluster.stat().st_uid, self.cluster.stat().st_gid)
        nobody = pwd.getpwnam("nobody")  # PostgreSQL refuses to run as root
        return User(nobody.pw_uid, nobody.pw_gid)

    def _make_cluster(self, user: User, binaries: Binaries) -> None:
        """Made beside its place and renamed, so that a kill in between leaves nothing half made."""
        half = self.folder / "cluster.new"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        os.chown(half, user.uid, user.gid)
        # plain --locale=C would empty trigrams of Cyrillic text; before 17 there is no builtin provider
        provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
        options = ["-D", HERE, "-U", SUPERUSER, "-E", "UTF8", *provider, "--locale=C.UTF-8", "-k", "--auth=peer"]
        self._run(command(user, binaries.folder / "initdb", "--no-instructions", *options), half)
        self._run(command(user, binaries.folder / "postgres", "--single", "-D", HERE, SUPERUSER), half, BOOTSTRAP)
        half.rename(self.cluster)

    def _run(self, arguments: list[str], folder: Path, lines: str = "") -> None:
        done = subprocess.run(  # noqa: S603 - our own list, no shell
            arguments, cwd=folder, env=environment(), input=lines.encode(), capture_output=True
        )
        said = (done.stdout + done.stderr).decode(errors="replace").strip()
        if done.returncode != 0 or "ERROR:" in said:
            raise NotRunning(f"The database could not be made in {self.folder}:\n{said}")

    def _write(self, user: User, name: str, text: str) -> None:
        half = self.cluster / f"{name}.new"
        half.unlink(missing_ok=True)
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchown(descriptor, user.uid, user.gid)
            file.write(text)
        half.rename(self.cluster / name)

    def _make_socket_folder(self, user: User) -> str:
        """Where the server puts its socket: in the cluster, or in a short temporary folder remembered in `socket`."""
        if _fits(self.cluster):
            return HERE
        remembered = self.folder / "socket"
        if remembered.exists():
            old = Path(remembered.read_text())
            with contextlib.suppress(FileNotFoundError):
                about = old.lstat()
                if about.st_uid == user.uid and not about.st_mode & 0o077:
                    return str(old)
        short = Path(tempfile.mkdtemp(prefix="hlasno-"))
        if not _fits(short):
            short.rmdir()
            short = Path(tempfile.mkdtemp(prefix="hlasno-", dir="/tmp"))
        os.chown(short, user.uid, user.gid)
        remembered.write_text(str(short))
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
        while standing := _standing_in(self.cluster):
            if time.monotonic() > deadline:
                raise NotRunning(
                    f"An earlier PostgreSQL still works in {self.folder} (processes {', '.join(map(str, standing))}): "
                    "wait for it to finish, or stop it, then start again."
                )
            time.sleep(0.05)

    def _launch(self, start: list[str]) -> int:
        """Start the server from a thread of its own, which waits for it: the kernel's parent-death signal follows the
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
        """True when the server takes connections, False when it ended. It says so in line 8 of postmaster.pid."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while self.alive() and time.monotonic() < deadline:
            if self._status() == "ready":
                return True
            time.sleep(0.01)
        if self.alive():
            raise NotRunning(f"PostgreSQL still recovers in {self.folder}; see {self.log}.")
        return False

    def _wait_for_other(self) -> None:
        deadline = time.monotonic() + RETRY_SECONDS
        while self._status() != "ready":
            if time.monotonic() > deadline:
                raise NotRunning(f"The database in {self.folder} belongs to another command and does not answer.")
            time.sleep(0.05)

    def _status(self) -> str:
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return ""
        return lines[7].strip() if len(lines) > 7 else ""

    def _log_since(self, start: int) -> str:
        with self.log.open("rb") as log:
            log.seek(start)
            return log.read()[-2000:].decode(errors="replace").strip()


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET)) <= SOCKET_PATH_BYTES


def _standing_in(folder: Path) -> list[int]:
    """Processes whose working folder is `folder`; those of other users are not seen, unless we are root."""
    here = folder.stat()
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):
                there = (process / "cwd").stat()
                if (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino):
                    found.append(int(process.name))
    return found
