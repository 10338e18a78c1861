"""The application around the pages: what happens to the process when a part of it fails."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

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
