"""`council check`: is the installation well? Each line says what is well, or what is wrong and what to do.

Changes nothing.
"""

from __future__ import annotations

import ctypes
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from council.archives import archives
from council.commands import check_https, ground
from council.config import Config, ConfigError
from council.derive import differences
from council.footage_check import check_marks, check_sealed, check_sitting
from sql import everybody
from sql.errors import DatabaseError
from sql.migrate import pending
from streaming import moving
from streaming.check import check as check_recordings
from streaming.check_archived import Archives
from streaming.errors import StreamingError
from voting.export import export_lines
from voting.verify import verify

LOW_BYTES = 10 * 10**9  # some six hours of one camera
TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
TIMEX_BYTES = 256  # struct timex has 208


@dataclass(frozen=True, slots=True)
class Line:
    well: bool
    part: str
    text: str
    warning: bool = False  # well, but not for long

    def __str__(self) -> str:
        level = "PROBLEM" if not self.well else "WARNING" if self.warning else "ok     "
        return f"{level}  {self.part}: {self.text}"


async def check(config: Config, sitting: str | None = None, *, whole: bool = False) -> int:
    """Print every line; exit code 0 when all is well. `sitting`: its footage and nothing else. `whole`: read what lies
    in archives too."""
    well = True
    async for line in _lines(config, whole) if sitting is None else _footage(config, sitting, whole):
        print(line, flush=True)
        well = well and line.well
    return 0 if well else 1


async def _lines(config: Config, whole: bool) -> AsyncIterator[Line]:
    yield _clock()
    yield _disk(config)
    for level, part, text in check_https.findings(config, datetime.now(UTC)):
        yield Line(level != "PROBLEM", part, text, warning=level == "WARNING")
    try:
        with ground.borrow(config) as at:
            async for line in _database_lines(at, whole):
                yield line
    except (ConfigError, DatabaseError) as refusal:
        yield Line(False, "database", f"{refusal}")
    except (*ground.NO_WAY_IN, asyncpg.PostgresError) as error:
        yield Line(False, "database", ground.told(error, config).removeprefix("the database "))


async def _footage(config: Config, sitting: str, whole: bool) -> AsyncIterator[Line]:
    known = Archives(archives(config), whole)
    with ground.borrow(config) as at:
        connection = await at.database("hall").connect()
        try:
            for finding in await check_sitting(connection, config.recordings, sitting, datetime.now(UTC), known):
                yield Line(finding.ok, "footage", f"{finding.text} {finding.advice}".strip())
        finally:
            await connection.close()


async def _database_lines(at: ground.Ground, whole: bool) -> AsyncIterator[Line]:
    waiting = await pending(at.database("owner"))
    if waiting:
        yield Line(False, "database", f"lacks {', '.join(waiting)}. Run: council migrate")
        return
    connection = await at.database("hall").connect()
    try:
        yield Line(True, "database", f"PostgreSQL {connection.get_server_version().major} answers; migrations complete")
        for sentence in await everybody.left(connection):
            yield Line(True, "database", sentence, warning=True)
        yield await _ledger(connection, at.config)
        yield await _derived(connection)
        known = Archives(whole=whole)
        try:
            known.known = archives(at.config)
        except ConfigError as error:
            yield Line(False, "archives", f"{error}.")
        async for line in _archives(connection, known):
            yield line
        found = await check_recordings(connection, at.config.recordings, archives=known)
        for finding in [*found, *await check_marks(connection), *await check_sealed(connection)]:
            yield Line(finding.ok, "recordings", f"{finding.text} {finding.advice}".strip())
    finally:
        await connection.close()


async def _archives(connection: Any, archives: Archives) -> AsyncIterator[Line]:
    """Those of council.toml: whether each can be reached that has something."""
    used = await moving.used(connection)
    for id_, archive in archives.known.items():
        if id_ not in used:
            yield Line(True, "archives", f"nothing lies in archive {id_} yet")
            continue
        try:
            await archive.look()
        except StreamingError as error:
            yield Line(False, "archives", f"{error}. What lies there is not shown until it can be reached.")
        else:
            segments, size = used[id_]
            yield Line(True, "archives", f"archive {id_} answers: {segments} segments, {size / 1e9:.1f} GB")


async def _ledger(connection: Any, config: Config) -> Line:
    """The stored ledger, checked as an outsider would check its export."""
    last = await connection.fetchrow("select tree_size, note from checkpoint order by tree_size desc limit 1")
    if last is None:
        return Line(True, "ledger", "empty: nothing has happened yet")
    key = ground.signer(config)
    with tempfile.TemporaryFile() as export:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            query = "select body from ledger where seq < $1 order by seq"
            bodies = [row["body"].encode() async for row in connection.cursor(query, last["tree_size"])]
        export.writelines(export_lines(bodies, last["note"], config.origin, key.vkey))
        export.seek(0)
        report = verify(export, key.vkey)
    sentences = list(report.sentences())
    if report.code == 0:
        return Line(True, "ledger", sentences[0])
    return Line(
        False,
        "ledger",
        " ".join(sentences)
        + " Stop the hall, keep this database as evidence, and restore the last backup that checks.",
    )


async def _derived(connection: Any) -> Line:
    tables = await differences(connection)
    if tables:
        return Line(False, "tables", f"{', '.join(tables)} differ from the ledger. Run: council rebuild")
    return Line(True, "tables", "the derived tables are what the ledger says")


def _clock() -> Line:
    now, state = datetime.now(UTC), clock_state()
    if state == TIME_ERROR:
        return Line(
            False,
            "clock",
            f"it is {now:%H:%M:%S} UTC, but nobody keeps it right. Install an NTP client, such as chrony.",
        )
    if state < 0:
        text = f"{now:%Y-%m-%d %H:%M:%S} UTC; whether it is kept right cannot be seen from here. Look on the machine."
        return Line(True, "clock", text, warning=True)
    return Line(True, "clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, kept by NTP")


def clock_state() -> int:
    """What the kernel says of its clock, adjtimex(2); -1 where it may not be asked, as in some containers."""
    state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    return state


def _disk(config: Config) -> Line:
    free = shutil.disk_usage(config.data if config.data.exists() else config.path.parent).free
    text = f"{free / 1e9:.1f} GB free in {config.data}"
    if free < LOW_BYTES:
        move = "run: council footage move --older-than 30" if config.file.archive else "move the data"
        return Line(False, "disk", f"{text}: room for less than six hours of one camera. Free space, or {move}.")
    return Line(True, "disk", text)
