"""Least privilege: what each role may do is the table in the README, and nothing more."""

from __future__ import annotations

import re
from pathlib import Path

import asyncpg
import pytest

import sql
from sql.database import Database

ROLES = ("hall", "record", "public")
README = Path(sql.__file__).with_name("README.md")
QUERIES = Path(sql.__file__).with_name("queries")
SECRET = ("press", "staff", "terminal", "login", "enrolment")


def documented() -> dict[tuple[str, str], set[str]]:
    """(role, table) -> privileges, as the README's table says."""
    rights = {}
    for line in README.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 1 + len(ROLES) and cells[0].startswith("`"):
            for table in re.findall(r"`([a-z_.]+)`", cells[0]):
                for role, cell in zip(ROLES, cells[1:], strict=True):
                    rights[role, table] = set(re.findall(r"[a-z]+", cell))
    return rights


async def test_privileges_of_every_table_equal_the_readmes(db) -> None:
    connection = await db.database().connect()
    try:
        named = "case when {0} = 'public' then {1} else {0} || '.' || {1} end"
        tables = [
            row[0]
            for row in await connection.fetch(
                f"select {named.format('schemaname', 'relname')} from pg_stat_user_tables"
            )
        ]
        rows = await connection.fetch(
            f"select grantee, {named.format('table_schema', 'table_name')} as table_name,"
            " lower(privilege_type) as right from information_schema.role_table_grants"
            " where table_schema in ('public', 'rehearsal') and grantee <> 'hlasno_owner'"
        )
    finally:
        await connection.close()
    granted: dict[tuple[str, str], set[str]] = {(role, table): set() for role in ROLES for table in tables}
    for row in rows:
        granted[row["grantee"].removeprefix("hlasno_"), row["table_name"]].add(row["right"])
    assert granted == documented()


async def test_what_runs_with_the_owners_rights_is_called_by_no_role(db) -> None:
    """A trigger of one's own, on a temporary table of one's own, would run a function that is nobody's to run."""
    connection = await db.database().connect()
    try:
        functions = await connection.fetch("select oid::regprocedure::text from pg_proc where prosecdef")
        assert len(functions) == 2
        for role in ROLES:
            for (function,) in functions:
                asked = ("select has_function_privilege($1, $2, 'execute')", f"hlasno_{role}", function)
                assert not await connection.fetchval(*asked), (role, function)
    finally:
        await connection.close()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", ["ledger", "checkpoint", "press"])
@pytest.mark.parametrize("change", ["update {} set {} = {}", "delete from {}", "truncate {}"])
async def test_append_only_table_changed_by_a_role_is_refused(db, role: str, table: str, change: str) -> None:
    column = {"ledger": "body", "checkpoint": "note", "press": "option"}[table]
    connection = await db.database(role).connect()
    try:
        await connection.execute("set default_transaction_read_only = off")  # the role alone must hold
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(change.format(table, column, column))
    finally:
        await connection.close()


async def test_recorder_may_end_a_run_once_and_not_tell_it_otherwise(db) -> None:
    connection = await db.database("record").connect()
    try:
        await connection.execute(RUN.format(**RUN_ROW))
        await connection.execute("update run set ended_at = now(), end_reason = 'stopped', moved_us = 0, within_us = 0")
        await connection.execute("update run set moved_us = -400000, within_us = 20000, ended_at = ended_at")
        for column in ("id", "camera_id", "started_at", "clock", "codec", "init_path", "init_sha256"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"update run set {column} = {column}")
        for change in ("ended_at = now()", "end_reason = 'paused'", "ended_at = null, end_reason = null"):
            with pytest.raises(asyncpg.RestrictViolationError, match="has ended"):
                await connection.execute(f"update run set {change}")
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute("update run set moved_us = 500001")
    finally:
        await connection.close()


@pytest.mark.parametrize("table", ["run", "segment", "clock_reading", "camera_state"])
async def test_recorder_may_insert_the_columns_that_it_writes_and_no_other(db, table: str) -> None:
    written = re.search(rf"insert into {table} \(([^)]+)\)", (QUERIES / "footage.sql").read_text())
    assert written is not None
    connection = await db.database("record").connect()
    try:
        columns = await connection.fetch(
            "select attname from pg_attribute where attrelid = $1::text::regclass and attnum > 0 and not attisdropped"
            " and has_column_privilege(attrelid, attnum, 'insert')",
            table,
        )
    finally:
        await connection.close()
    assert {name for (name,) in columns} == set(re.findall(r"\w+", written[1]))


RUN = """insert into run (id, camera_id, started_at, clock, codec, width, height, timescale, init_path, init_bytes,
                          init_sha256)
         values ('{id}', '{camera}', '{at}', 'arrival', '{codec}', 1280, 720, 90000, '{init}', 1, '{sha256}')"""
RUN_ROW = {
    "id": "hall-1-20261122T120000000Z",
    "camera": "hall-1",
    "at": "2026-11-22T12:00:00Z",
    "codec": "avc1.64001f,mp4a.40.2",
    "init": "hall-1/hall-1-20261122T120000000Z/init.mp4",
    "sha256": "0" * 64,
}
SEGMENT = """insert into segment (run_id, n, start_ticks, duration_ticks, started_at, duration_ms, path, bytes, sha256,
                                  frames, poster_path)
             values ('hall-1-20261122T120000000Z', {n}, 0, 1, '{at}', {ms}, '{path}', 1, '{sha256}', 1, {poster})"""
FOLDER = "hall-1/hall-1-20261122T120000000Z"
SEGMENT_ROW = {
    "n": "17",
    "at": "2026-11-22T12:00:00Z",
    "ms": "2000",
    "path": f"{FOLDER}/000017.m4s",
    "sha256": "0" * 64,
    "poster": f"'{FOLDER}/000017.jpg'",
}

STATE = """insert into camera_state (camera_id, state, since_at, message, updated_at)
           values ('hall-1', 'lost', '{since}', '{message}', now())"""
STATE_ROW = {"since": "2026-11-22T12:00:00Z", "message": "not_h264"}
ROWS = {"run": (RUN, RUN_ROW), "segment": (SEGMENT, SEGMENT_ROW), "camera_state": (STATE, STATE_ROW)}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("run", {"id": "hall-1"}),
        ("run", {"camera": "hall-2"}),  # of another camera than its name says
        ("run", {"init": "hall-1/hall-1-20261122T110000000Z/000017.m4s"}),  # another's file, perhaps a hidden one
        ("run", {"init": "../secrets/ledger.key"}),
        ("run", {"at": "infinity"}),
        ("run", {"at": "4000-01-01 BC"}),
        ("run", {"codec": 'avc1"\n#EXT-X-ENDLIST'}),
        ("run", {"sha256": "none"}),
        ("segment", {"path": f"{FOLDER}/000018.m4s"}),
        ("segment", {"path": f"{FOLDER}/./000017.m4s"}),
        ("segment", {"poster": f"'{FOLDER}/000016.m4s'"}),
        ("segment", {"at": "infinity"}),
        ("segment", {"ms": "600001"}),
        ("camera_state", {"since": "infinity"}),  # the hall counts from it
        ("camera_state", {"message": "Disk full? Call 555-0100."}),
        ("segment", {"sha256": "A" * 64}),
    ],
)
async def test_footage_that_no_recorder_makes_is_refused(db, table: str, told: dict[str, str]) -> None:
    connection = await db.database("record").connect()
    try:
        if table == "segment":
            await connection.execute(RUN.format(**RUN_ROW))
        statement, row = ROWS[table]
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(statement.format(**row | told))
        await connection.execute(statement.format(**row))
    finally:
        await connection.close()


@pytest.mark.parametrize("table", ["ledger", "checkpoint", "press"])
async def test_append_only_table_changed_by_its_owner_is_refused_by_trigger(db, table: str) -> None:
    column = {"ledger": "body", "checkpoint": "note", "press": "option"}[table]
    connection = await db.database().connect()
    try:
        for change in (f"update {table} set {column} = {column}", f"delete from {table}", f"truncate {table}"):
            with pytest.raises(asyncpg.RestrictViolationError, match=f"{table} is append-only"):
                await connection.execute(change)
    finally:
        await connection.close()


@pytest.mark.parametrize("role", ["public", "record"])
async def test_secrets_of_the_hall_are_read_by_no_other_role(db, role: str) -> None:
    connection = await db.database(role).connect()
    try:
        for table in SECRET:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select * from {table}")
    finally:
        await connection.close()


async def test_votes_and_presses_are_out_of_the_recorders_reach(db) -> None:
    connection = await db.database("record").connect()
    try:
        for table in ("vote", "vote_event", "press", "ledger", "checkpoint", "attendance"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"insert into {table} default values")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"delete from {table}")
    finally:
        await connection.close()


@pytest.mark.parametrize("role", ROLES)
async def test_role_on_the_embedded_server_cannot_become_another(db, role: str) -> None:
    connection = await db.database(role).connect()
    try:
        await connection.execute("set default_transaction_read_only = off")
        for other in ("hlasno_owner", "postgres", *(f"hlasno_{name}" for name in ROLES if name != role)):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"set role {other}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("create table mine ()")
    finally:
        await connection.close()


@pytest.mark.parametrize("role", ["public", "record"])
@pytest.mark.parametrize(
    "statement",
    [
        "create temporary table mine (n integer)",
        "select pg_advisory_lock(1)",
        "select pg_try_advisory_lock_shared(1, 2)",
        "select pg_advisory_xact_lock(1)",
        "select lo_create(0)",
        "select lo_from_bytea(0, '\\x00')",
    ],
)
async def test_role_takes_no_lock_of_the_halls_and_makes_nothing(db, role: str, statement: str) -> None:
    connection = await db.database(role).connect()
    try:
        await connection.execute("set default_transaction_read_only = off")  # the role alone must hold
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("role", ROLES)
async def test_role_reaches_no_other_database_of_the_embedded_server(db, role: str) -> None:
    for other in ("postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="CONNECT"):
            await Database(db.server.url(role, other), role).connect()


async def test_hall_writes_what_it_must(db) -> None:
    connection = await db.database("hall").connect()
    try:
        await connection.execute(
            "insert into ledger values (0, null, 'Note', now(), '{}', sha256('\\x00'))",
        )
        await connection.execute("insert into checkpoint values (1, sha256('\\x00'), 'note', now())")
        await connection.execute(
            "insert into press (sitting_id, vote_n, member_id, boot, n, option, terminal_id, signature, recorded_at)"
            " values ('s', 1, '1001', '0123456789abcdef', 1, 'for', 't', repeat('A', 86) || '==', now())"
        )
        assert await connection.fetchval("select place from press") == 1
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ("option, terminal_id", "'for', 't'"),  # by key, without its signature
        ("option, channel, entered_by, terminal_id", "'for', 'called', 'clerk', 't'"),
        ("option, channel", "'for', 'entered'"),  # by nobody
        ("option, terminal_id, signature", "'not_voting', 't', repeat('A', 86) || '=='"),
        ("option, candidate, channel, entered_by", "'abstain', 1, 'called', 'clerk'"),
        ("option, channel, entered_by", "'absent', 'called', 'clerk'"),
    ],
)
@pytest.mark.parametrize("schema", ["public", "rehearsal"])
async def test_press_that_cannot_have_come_about_is_refused(db, schema: str, columns: str, values: str) -> None:
    connection = await db.database("hall").connect()
    try:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(
                f"insert into {schema}.press (sitting_id, vote_n, member_id, boot, n, recorded_at, {columns})"
                f" values ('s', 1, '1001', '0123456789abcdef', 1, now(), {values})"
            )
    finally:
        await connection.close()


async def test_rehearsals_are_read_by_the_hall_alone_and_never_changed(db) -> None:
    for role in ("public", "record"):
        connection = await db.database(role).connect()
        for table in ("ledger", "checkpoint", "press", "rehearsal"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for schema rehearsal"):
                await connection.fetch(f"select * from rehearsal.{table}")
        await connection.close()
    connection = await db.database().connect()
    for table in ("ledger", "checkpoint", "press"):
        with pytest.raises(asyncpg.RestrictViolationError, match=f"{table} is append-only"):
            await connection.execute(f"delete from rehearsal.{table}")
    await connection.close()
