"""Every query fits the schema and the rights of who runs it, before any caller finds out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import asyncpg
import pytest

import sql

HOME = Path(sql.__file__).parent
FILES = sorted(path.stem for path in (HOME / "queries").glob("*.sql"))


def users() -> dict[str, str]:
    """Query file -> the role that runs all of it, as the README's table says."""
    return dict(re.findall(r"^\| `(\w+)\.sql` \| (\w+)", (HOME / "README.md").read_text(), re.MULTILINE))


def test_readme_names_every_query_file() -> None:
    assert sorted(users()) == FILES


@pytest.mark.parametrize("name", FILES)
async def test_queries_of_a_file_fit_the_schema_and_the_rights_of_its_role(db, name: str) -> None:
    queries = sql.load(name)
    role: Literal["hall", "record", "public"] = users()[name]  # type: ignore[assignment]
    wrong = []
    connection = await db.database(role).connect()
    try:
        for query in filter(lambda query: not query.endswith("_cursor"), queries.available_queries):
            text = getattr(queries, query).sql
            try:  # explaining checks names, types and rights, and runs nothing; a lock cannot be explained
                await connection.execute(text if text.startswith("lock") else f"explain (generic_plan) {text}")
            except asyncpg.NoActiveSQLTransactionError:
                pass
            except asyncpg.PostgresError as error:
                wrong.append(f"{name}.sql: {query}: {error}")
    finally:
        await connection.close()
    assert not wrong, "\n".join(wrong)
