"""The role a connection acts as, and the limits of the public one."""

from __future__ import annotations

import asyncio
import os
import signal

import asyncpg
import pytest

import sql.database
from sql.database import LOST, Database


@pytest.mark.parametrize("role", ["hall", "record", "public"])
async def test_role_over_the_owners_address_is_taken_on_connecting(db, role) -> None:
    connection = await Database(db.url("owner"), role).connect()
    try:
        row = await connection.fetchrow(
            "select current_user, session_user, current_setting('timezone'), current_setting('application_name')"
        )
    finally:
        await connection.close()
    assert tuple(row) == (f"hlasno_{role}", "hlasno_owner", "UTC", f"hlasno {role}")


@pytest.mark.parametrize("role", ["owner", "hall", "record", "public"])
async def test_role_over_its_own_address_is_itself(db, role) -> None:
    connection = await db.database(role).connect()
    try:
        assert await connection.fetchval("select session_user") == f"hlasno_{role}"
    finally:
        await connection.close()


async def test_pool_connection_given_back_keeps_its_role_and_limits(db) -> None:
    async with await Database(db.url("owner"), "public").pool(1, 1) as pool:
        for _ in range(2):
            async with pool.acquire() as connection:
                row = await connection.fetchrow("select current_user, current_setting('statement_timeout')")
                assert tuple(row) == ("hlasno_public", "5s")
                await connection.execute("set statement_timeout = 0")


async def test_public_role_that_writes_is_refused(db) -> None:
    connection = await db.database("public").connect()
    try:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("create temp table t ()")
    finally:
        await connection.close()


async def test_query_of_the_public_role_that_takes_too_long_is_cancelled(db) -> None:
    connection = await db.database("public").connect()
    try:
        await connection.execute("set statement_timeout = 50")
        with pytest.raises(asyncpg.QueryCanceledError):
            await connection.fetch("select pg_sleep(5)")
    finally:
        await connection.close()


async def test_server_that_falls_silent_is_given_up_and_the_pool_goes_on(db, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql.database, "ANSWER_SECONDS", 0.5)
    pool = await db.database("hall").pool(1, 1)
    pid = await pool.fetchval("select pg_backend_pid()")
    os.kill(pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(30):
            with pytest.raises(LOST):
                async with pool.acquire() as connection:
                    await connection.fetchval("select 1")
            assert await pool.fetchval("select pg_backend_pid()") != pid
            await pool.close()
    finally:
        os.kill(pid, signal.SIGCONT)
        pool.terminate()
