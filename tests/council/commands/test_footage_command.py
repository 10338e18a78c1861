"""`council footage`: what is listed, refused, said before it is done, and done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from council import profile
from council.clock import Clock
from council.commands import ground
from council.config import load
from council.footage_delete import DiskKeeper
from tests.footage_archive import SITTING, Archive, furnished
from voting import ledger as voting_ledger
from voting.entries import FootageWithheld, SittingClosed

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

ACT = ("footage", "delete", SITTING, "--reason", "строк минув", "--by")
STAFF = "insert into staff (id, name, role, password_hash, created_at) values ('maria', 'Марія', 'clerk', '', now())"


@contextlib.asynccontextmanager
async def keeping(db: TestDatabase, archive: Archive, recordings: Path) -> AsyncIterator[None]:
    """A hall runs and has the ledger; a vote is just being closed."""
    pool, looks = await db.database("hall").pool(1, 2), count()
    keeper = DiskKeeper(pool, archive.ledger, Clock(), recordings, lambda: next(looks) == 0)
    running = asyncio.create_task(keeper.run())
    yield
    running.cancel()
    await asyncio.wait({running})
    await pool.close()


async def test_recording_is_deleted_past_its_term_by_an_act_while_the_hall_runs_and_only_with_yes(
    town: Path, db: TestDatabase, council: Any
) -> None:
    config = load(town / "council.toml")
    run = partial(asyncio.to_thread, council, town)
    own = town / "own.toml"
    own.write_bytes(
        (Path(profile.__file__).parent / "profiles" / "ua.toml").read_bytes().replace(b"keep = 5", b"keep = 500")
    )
    async with furnished(db, config.recordings, ground.signer(config), profile=str(own)) as archive:
        await archive.conn.execute(STAFF)
        listed = await run("footage", "list")
        assert SITTING in listed.out and listed.out.endswith("locked until 2517-11-22 (Закон України № 3590-IX)\n")
        refused = await run(*ACT, "maria", "--yes")
        assert (refused.code, refused.out) == (1, "")
        assert refused.err[0].startswith("council footage: The recording of rada-1 must be kept until 2517-11-22")
        await archive.conn.execute("update body set profile = 'ua'")
        assert "had to be kept until 2022-11-22" in (await run("footage", "list")).out
        nobody = await run(*ACT, "petro", "--yes")
        assert nobody.err == ["council footage: petro is nobody of the staff; `council user list` names them."]
        shown = await run("footage", "release", SITTING, "--by", "maria")
        assert shown.err == ["council footage: The recording of rada-1 is not withheld: everybody may see it."]
        entries = await voting_ledger.read(archive.conn, SITTING)
        opened = replace(entries[0].fact, at="2026-11-20T10:00:00.000Z")
        facts = [opened, FootageWithheld(opened.at), SittingClosed("2026-11-20T11:00:00.000Z")]
        await archive.ledger.append([("rada-2", fact) for fact in facts], datetime.now(UTC))
        assert ", not released\n" in (await run("footage", "list")).out
        said = await run(*ACT, "maria")
        assert said.code == 0 and said.out.endswith("would be deleted, by Марія: строк минув. With --yes they are.\n")
        assert len(list(config.recordings.rglob("*.m4s"))) == 6
        async with keeping(db, archive, config.recordings):
            done = await run(*ACT, "maria", "--yes")
        assert done.code == 0, done.err
        assert done.out.endswith("of rada-1 are deleted. The ledger says so, by Марія: строк минув.\n")
        assert list(config.recordings.rglob("*.m4s")) == []
        await archive.ledger.close()
        released = await run("footage", "release", "rada-2", "--by", "maria")
        assert released.out == "The recording of rada-2 is released. The ledger says so, by Марія.\n"
        listed = await run("footage", "list")
        assert ", not released" not in listed.out and ", 6 segments were deleted\n" in listed.out
        proved = await run("check", "--footage", SITTING)
        assert proved.code == 0 and "6 segments were deleted at" in proved.out
