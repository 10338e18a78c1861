"""The files of an embedded PostgreSQL: who owns them, how they are made, who may connect, what the server is told.

The programs are started in the cluster's folder and know it by a descriptor (`HERE`): the server's user needs no right
to walk the folders above it, so those stay closed to everybody else."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from sql import child, everybody
from sql.binaries import Binaries, User, command, environment
from sql.errors import NotRunning

HERE = f"/proc/self/fd/{child.FOLDER}"
SUPERUSER = "postgres"
USERS = (SUPERUSER, "hlasno_owner", "hlasno_hall", "hlasno_record", "hlasno_public")

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

# In template1, of which `hlasno` is a copy; nobody of ours has anything to do in the other databases.
BOOTSTRAP = f"""\
create role hlasno_owner login createrole createdb
create role hlasno_hall login
create role hlasno_record login
create role hlasno_public login
grant hlasno_hall, hlasno_record, hlasno_public to hlasno_owner with admin option
{everybody.of_the_hall("'hlasno_owner'")}
create database hlasno owner hlasno_owner
revoke connect on database postgres, template1 from public
grant connect on database postgres to hlasno_owner
"""


def server_user(cluster: Path) -> User:
    """Whom the server runs as: ourselves; when we are root, the owner of the files, or `nobody` to begin with."""
    if os.geteuid() != 0:
        return User(os.geteuid(), os.getegid())
    if cluster.exists() and cluster.stat().st_uid != 0:
        return User(cluster.stat().st_uid, cluster.stat().st_gid)
    nobody = pwd.getpwnam("nobody")  # PostgreSQL refuses to run as root
    return User(nobody.pw_uid, nobody.pw_gid)


def major(cluster: Path) -> int | None:
    """The version that made it, or None where there is none yet."""
    try:
        return int((cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def make(cluster: Path, user: User, binaries: Binaries) -> None:
    """Make the cluster with its roles and the empty database `hlasno`. Raises NotRunning with what initdb said.

    Made beside its place and renamed, so that a kill in between leaves nothing half made."""
    half = cluster.with_suffix(".new")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    os.chown(half, user.uid, user.gid)
    # plain --locale=C would empty trigrams of Cyrillic text; before 17 there is no builtin provider
    provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
    options = ["-D", HERE, "-U", SUPERUSER, "-E", "UTF8", *provider, "--locale=C.UTF-8", "-k", "--auth=peer"]
    _run(command(user, binaries.folder / "initdb", "--no-instructions", *options), half)
    _run(command(user, binaries.folder / "postgres", "--single", "-D", HERE, "template1"), half, BOOTSTRAP)
    half.rename(cluster)


def admit(cluster: Path, user: User) -> None:
    """Let our own OS user, and nobody else, connect as any of the database users."""
    try:
        me = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise NotRunning(
            f"The operating system has no name for user number {os.geteuid()}, and PostgreSQL knows its clients "
            "by name: add the user to /etc/passwd, or set DATABASE_URL to a server of your own."
        ) from None
    _write(cluster / "pg_hba.conf", user, "local all all peer map=hlasno\n")
    _write(cluster / "pg_ident.conf", user, "".join(f'hlasno "{me}" "{name}"\n' for name in USERS))


def start_command(user: User, binaries: Binaries, socket_folder: str) -> list[str]:
    """What to execute in the cluster's folder. Settings on the command line win over any file."""
    settings = SETTINGS | {"unix_socket_directories": socket_folder}
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return command(user, binaries.folder / "postgres", "-D", HERE, *arguments)


def status(cluster: Path) -> str:
    """The server's own word, 'starting', 'ready' or 'stopping'; '' where none runs."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return ""
    return lines[7].strip() if len(lines) > 7 else ""


def standing_in(folder: Path) -> list[int]:
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


def _run(arguments: list[str], folder: Path, lines: str = "") -> None:
    done = subprocess.run(  # noqa: S603 - our own list, no shell
        arguments, cwd=folder, env=environment(), input=lines.encode(), capture_output=True
    )
    said = (done.stdout + done.stderr).decode(errors="replace").strip()
    if done.returncode != 0 or "ERROR:" in said:  # single-user mode ends with 0 after an error
        raise NotRunning(f"The database could not be made in {folder.parent}:\n{said}")


def _write(path: Path, user: User, text: str) -> None:
    """Replace a file of the server's folder, following no link that the server's user may have put there."""
    half = path.with_suffix(".new")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchown(descriptor, user.uid, user.gid)
        file.write(text)
    half.rename(path)
