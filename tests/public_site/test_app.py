"""The application around the pages: what happens to the process when a part of it fails."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from public_site import app as application
from public_site.app import PublicSettings, build
from public_site.site import build_name
from sql.database import Database

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

DEAF = """
import asyncio, sys, uvicorn
from pathlib import Path
from public_site import live
from public_site.app import PublicSettings, build
from public_site.hub import TransportProtocol
from sql.database import Database

async def fall(self):
    await asyncio.sleep(0.2)
    raise LookupError("no line to the hall")

live.Live.run = fall
settings = PublicSettings(Database(sys.argv[1], "public"), Path("."), "a.example", "a.example+00000000+AA==")
uvicorn.run(build(settings), port=int(sys.argv[2]), http=TransportProtocol, log_config=None)
"""


async def test_static_file_is_kept_for_ever_under_this_builds_name_alone(tmp_path: Path) -> None:
    """Under the name of the next build, which anybody can work out, a proxy would keep and hand out the old file."""
    front = build(PublicSettings(Database("postgresql:///none", "public"), tmp_path, "a.example", "a.example+0+AA=="))
    name = build_name()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(front), base_url="http://a.example") as site:
        asked = (f"?v={name}", "?v=0123456789ab", f"?v={name}&again", "?v=", "")
        kept = [(await site.get(f"/static/base.css{query}")).headers["cache-control"] for query in asked]
    assert ["immutable" in one for one in kept] == [True, False, False, False, False]


async def test_fault_is_told_on_a_page_that_asks_nothing_of_the_database(tmp_path: Path) -> None:
    nowhere = Database(f"postgresql://nobody@localhost/nothing?host={tmp_path}", "public")
    site = build(PublicSettings(nowhere, tmp_path, "x.example/ledger", "x"))
    transport = httpx2.ASGITransport(site, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://site.test") as client:
        answer = await client.get("/members")
    assert (answer.status_code, answer.headers["cache-control"]) == (500, "no-store")
    assert '<h1 class="title">Тут щось зламалося.' in answer.text
    assert "content-security-policy" in answer.headers


async def test_site_that_no_longer_hears_the_hall_ends_instead_of_showing_old_news(
    db: TestDatabase, free_port: int
) -> None:
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", DEAF, db.url("public"), str(free_port)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert ended.returncode in (0, -signal.SIGTERM)
    assert "live_ended error=LookupError" in ended.stderr


async def test_site_ends_though_the_database_falls_silent_while_it_is_asked(
    db: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "CLOSE_S", 0.5)
    app = build(PublicSettings(db.database("public"), tmp_path, "a.example", "a.example+00000000+AA==")).app
    ending = app.router.lifespan_context(app)
    await ending.__aenter__()
    pool = app.state.site.pool
    connection = await pool.acquire()
    sessions = await connection.fetch(
        "select pid from pg_stat_activity where datname = current_database() and application_name = 'hlasno public'"
    )
    asked = asyncio.create_task(connection.fetchval("select 1"))
    for session in sessions:
        os.kill(session["pid"], signal.SIGSTOP)
    try:
        async with asyncio.timeout(30):
            await ending.__aexit__(None, None, None)
        assert pool.is_closing()
    finally:
        for session in sessions:
            os.kill(session["pid"], signal.SIGCONT)
        await asyncio.wait({asked})
