"""What PostgreSQL lets every role do unless it is told otherwise, taken from those of ours that do not need it.

Temporary tables are the database's: its owner takes them away, at each `migrate`. Advisory locks and large objects are
functions of the server: only a superuser takes them away. The embedded server is made so; an office's own is asked for
it, and until then serves as it did. Without it a role that reads pages could hold the lock by which a hall knows that
it is the only one, so that none begins, or fill the server's table of locks, or the disk."""

from __future__ import annotations

import asyncpg

FUNCTIONS = (
    "pronamespace = 'pg_catalog'::regnamespace and (proname ~ '^pg_(try_)?advisory_(xact_)?lock(_shared)?$' or "
    "proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_put', 'lowrite', 'lo_truncate', 'lo_truncate64'))"
)
UNWANTED = ("hlasno_record", "hlasno_public")


def of_the_hall(owner: str) -> str:
    """One statement in one line: those functions are the hall's and the owner's alone. owner: a quoted literal."""
    return (
        f"do $$ declare f regprocedure; begin for f in select oid from pg_proc where {FUNCTIONS} loop "  # noqa: S608
        "execute format('revoke execute on function %s from public', f); "
        f"execute format('grant execute on function %s to hlasno_hall, %I', f, {owner}); end loop; end $$"
    )


async def take_tables(connection: asyncpg.Connection) -> None:
    """Temporary ones, from everybody but the hall, which compares in some what it has derived. connection: as the owner
    of the database; of another user it changes nothing, nor does a repeat."""
    name = await connection.fetchval(
        "select quote_ident(datname) from pg_database where datname = current_database()"
        " and pg_has_role(datdba, 'usage') and has_database_privilege($1, datname, 'temporary')",
        UNWANTED[0],
    )
    if name is not None:
        await connection.execute(f"grant temporary on database {name} to hlasno_hall")
        await connection.execute(f"revoke temporary on database {name} from public")


async def left(connection: asyncpg.Connection) -> list[str]:
    """What the recorder or the public pages may still do, in sentences with what an administrator runs. Any role may
    ask, once the migrations ran."""
    name, owner, tables, functions = await connection.fetchrow(
        "select quote_ident(current_database()), (select quote_literal(tableowner) from pg_tables"  # noqa: S608
        " where schemaname = 'public' and tablename = 'migration'),"
        " bool_or(has_database_privilege(role, current_database(), 'temporary')),"
        f" bool_or(exists (select from pg_proc where has_function_privilege(role, oid, 'execute') and {FUNCTIONS}))"
        " from unnest($1::name[]) role",
        UNWANTED,
    )
    found = []
    if tables:
        found.append(
            "every role may make temporary tables. Run council migrate; if that changes nothing, the database is "
            "another user’s, who runs once: "
            f"grant temporary on database {name} to hlasno_hall; revoke temporary on database {name} from public;"
        )
    if functions:
        found.append(
            "every role may make large objects and take advisory locks, that one too without which no hall begins. "
            f"Let a superuser of the server run once in database {name}: {of_the_hall(owner)};"
        )
    return found
