"""The ground floor: schema, queries, migrations and the embedded PostgreSQL. Imports nothing of the other packages."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import Any

import aiosql


@cache
def load(name: str) -> Any:
    """The queries of `sql/queries/{name}.sql`, each a coroutine function whose first argument is a connection."""
    with as_file(files("sql") / "queries" / f"{name}.sql") as path:
        return aiosql.from_path(path, "asyncpg")
