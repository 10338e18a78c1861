"""`council footage move` to object storage that others run: killed, interrupted, cut off, and gone on with."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import ssl
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from council.archives import archives, shelf
from council.commands import ground
from council.commands.certificate import make
from council.config import Config, load
from public_site.app import build
from public_site.site import PublicSettings
from streaming import index
from streaming.errors import ArchiveAway
from tests.footage_archive import SITTING, Archive, furnished
from tests.object_store import KEY, SECRET, Line, ObjectStore, running

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

RUNS = 12
LOCKED = """select exists (select from pg_locks where locktype = 'advisory' and database =
    (select oid from pg_database where datname = current_database())
    and objid::bigint = hashtext('footage move')::bigint & 4294967295)"""
STAFF = "insert into staff (id, name, role, password_hash, created_at) values ('maria', 'Марія', 'clerk', '', now())"


@pytest.fixture(scope="module")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with running(tmp_path_factory.mktemp("objects")) as store:
        yield store


def with_archive(town: Path, url: str, **more: str) -> Config:
    path = town / "council.toml"
    lines = "".join(f'{name} = "{value}"\n' for name, value in more.items())
    path.write_text(f'{path.read_text(encoding="utf-8")}\n[[archive]]\nid = "far"\nurl = "{url}"\n{lines}')
    return load(path)


async def whole(archive: Archive, config: Config) -> set[str | None]:
    """Every segment is read, where the index says, by a site that starts now."""
    found = shelf(config)
    pieces = await index.pieces(archive.conn, archive.segments)
    for piece in pieces:
        assert hashlib.sha256((await found.file(piece)).read_bytes()).hexdigest() == piece.sha256
    return {piece.archive for piece in pieces}


async def started(town: Path, *arguments: str) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "council", "footage", "move", *arguments)
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, cwd=town, stdout=pipe, stderr=pipe)


async def until(conn: Any, query: str) -> None:
    async with asyncio.timeout(60):
        while not await conn.fetchval(query):
            await asyncio.sleep(0.01)


async def test_recording_moves_to_object_storage_through_kills_interrupts_and_cuts_and_is_shown_from_there(
    town: Path,
    db: TestDatabase,
    council: Any,
    object_store: ObjectStore,
    free_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority, certificate = make(load(town / "council.toml"), ["127.0.0.1"], datetime.now(UTC))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, certificate.with_suffix(".key"))
    line = Line(object_store, free_port, tls)
    await line.join()
    run = partial(asyncio.to_thread, council, town)
    (town / "far.keys").write_text(f"{KEY}:{SECRET}\n")
    (town / "far.keys").chmod(0o600)
    config = with_archive(town, "s3://recordings/hall", endpoint=line.endpoint, keys="far.keys")
    with pytest.raises(ArchiveAway):
        await archives(config)["far"].open(used=False)  # whose its certificate is, nobody has said
    path = town / "council.toml"
    path.write_text(
        f'{path.read_text(encoding="utf-8")}authority = "{authority.relative_to(town)}"\n', encoding="utf-8"
    )
    config = load(path)
    said = []
    async with furnished(db, config.recordings, ground.signer(config)) as archive:
        for n in range(2, RUNS):
            await archive.film(n * 60, "stopped")
        size = sum(segment.bytes for segment in archive.segments)
        listed = await run("footage", "list")
        assert "far" not in listed.out
        dry = await run("footage", "move", "--older-than", "0", "--dry-run")
        words = f"{3 * RUNS} segments ({size / 1e6:.1f} MB) would be moved to archive far (s3://recordings/hall).\n"
        assert (dry.code, dry.out) == (0, words)

        killed = await started(town, "--older-than", "0")
        await until(archive.conn, "select count(*) > 1 from segment where archived_at is not null")
        killed.kill()
        said += await killed.communicate()
        assert await whole(archive, config) <= {"far", None}

        await until(archive.conn, LOCKED.replace("exists", "not exists"))
        assert object_store.process is not None
        object_store.process.send_signal(signal.SIGSTOP)
        stopped = await started(town, "--older-than", "0")
        await until(archive.conn, LOCKED)
        await asyncio.sleep(0.3)
        stopped.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            said += await stopped.communicate()
        object_store.process.send_signal(signal.SIGCONT)
        assert stopped.returncode == 130 and b"Traceback" not in said[-1], said
        assert await whole(archive, config) <= {"far", None}

        line.cut()
        away = await run("footage", "move", "--older-than", "0")
        assert away.code == 1 and away.err[-1].startswith("council footage: archive far does not answer: ")
        checked = await run("check", "--footage", SITTING)
        assert checked.code == 1 and "what lies there was not looked at." in checked.out
        await line.join()

        moved = await run("footage", "move", "--older-than", "0")
        assert (moved.code, moved.err) == (0, []), moved
        assert "each was read back, and held against its hash, before its file was removed.\n" in moved.out
        assert await whole(archive, config) == {"far"}
        assert not list(config.recordings.rglob("*.m4s"))
        again = await run("footage", "move", "--older-than", "0")
        assert (again.code, again.out) == (0, "There is nothing to move.\n")
        proved = await run("check", "--footage", SITTING, "--whole")
        assert proved.code == 0 and "2 seals in the ledger computed again from the files." in proved.out, proved
        listed = await run("footage", "list")
        assert " MB far; locked until" in listed.out.replace("had to be kept until", "locked until"), listed.out
        said += [*moved, *again, *proved, *listed, *away, *checked]
        rows = await archive.conn.fetch("select * from segment")
        assert SECRET not in f"{said}{rows}"

        await shown_from_there(db, config, archive, line, monkeypatch)
    line.cut()


async def shown_from_there(
    db: TestDatabase, config: Config, archive: Archive, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the site: at the same address, until the line to the storage is cut, and again once it is back."""
    monkeypatch.setattr("streaming.shelf.PAUSE_S", 0.1)
    origin, vkey = config.origin, ground.signer(config).vkey
    settings = PublicSettings(db.database("public"), config.recordings, origin, vkey, shelf=shelf(config))
    for path in config.fetched.iterdir():
        path.unlink()
    first, second = (f"/video/{one.run_id}/{one.n}.m4s" for one in archive.segments[:2])
    app: Any = build(settings)
    async with app.app.router.lifespan_context(app.app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://site") as site:
            answer = await site.get(first)
            assert answer.status_code == 200 and answer.headers["etag"] == f'"{archive.segments[0].sha256}"'
            assert hashlib.sha256(answer.content).hexdigest() == archive.segments[0].sha256
            line.cut()
            away = await site.get(second)
            assert (away.status_code, away.headers["retry-after"], away.headers["cache-control"]) == (
                503,
                "5",
                "no-store",
            )
            assert away.json()["error"]["code"] == "archive_away"
            assert (await site.get(first)).status_code == 200, "it was kept"
            await line.join()
            async with asyncio.timeout(30):
                while (back := await site.get(second)).status_code == 503:
                    await asyncio.sleep(0.1)
            assert hashlib.sha256(back.content).hexdigest() == archive.segments[1].sha256


async def there_and_back(run: Any, archive: Any, config: Config, far: Path) -> None:
    """From the archive to the disk, past an object that is altered and a kill, and away again."""
    first, second, *_ = sorted(far.rglob("*.m4s"))
    data = second.read_bytes()
    second.chmod(0o644)
    second.write_bytes(data[::-1])
    whole_but_one = await run("footage", "fetch", SITTING)
    name = second.relative_to(far)
    assert whole_but_one.code == 1 and whole_but_one.err == [
        f"council footage: {name} in archive far is not what was recorded."
    ]
    assert list(far.rglob("*.m4s")) == [second] and not first.exists()
    second.write_bytes(data)
    (config.recordings / name).write_bytes(data)  # killed when it lay there: the row does not say so yet
    fetched = await run("footage", "fetch", SITTING)
    assert (fetched.code, fetched.err) == (0, []) and not list(far.rglob("*.m4s")), fetched
    assert await archive.conn.fetchval("select count(*) from segment where archive is not null") == 0
    assert await whole(archive, config) == {None}
    assert (await run("footage", "fetch", SITTING)).out == "Nothing of it lies in an archive.\n"
    assert (await run("footage", "fetch", "rada-9")).code == 1
    assert (await run("footage", "move", SITTING)).code == 0 and len(list(far.rglob("*.m4s"))) == 6


async def test_recording_of_a_sitting_moves_to_a_folder_and_is_deleted_there_past_its_term(
    town: Path,
    db: TestDatabase,
    council: Any,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = partial(asyncio.to_thread, council, town)
    far = tmp_path_factory.mktemp("far")
    none = await run("footage", "move", SITTING)
    assert none.code == 1 and none.err[0].endswith("there is no [[archive]] to move recordings to")
    config = with_archive(town, far.as_uri())
    async with furnished(db, config.recordings, ground.signer(config)) as archive:
        await archive.conn.execute(STAFF)
        await archive.film(3600, "stopped")
        assert (
            (await run("footage", "move", "rada-9")).err[0].startswith("council footage: There is no sitting rada-9.")
        )
        assert (
            (await run("footage", "move", SITTING, "--to", "near"))
            .err[0]
            .endswith("there is no archive 'near'. There is: far")
        )
        assert (await run("footage", "move", "--older-than", "36500")).out.endswith("There is nothing to move.\n")
        moved = await run("footage", "move", SITTING)
        assert moved.code == 0, moved
        if far.stat().st_dev == config.recordings.stat().st_dev:
            assert "is on the disk of the recordings: to move there makes no room." in moved.out
        assert len(list(far.rglob("*.m4s"))) == 6 and len(list(config.recordings.rglob("*.m4s"))) == 3
        listed = await run("footage", "list")
        assert " MB far; had to be kept until 2022-11-22" in listed.out
        checked = await run("check")
        assert "archives: archive far answers: 6 segments" in checked.out
        monkeypatch.setattr("streaming.fetching.STILL_ASKED_S", 0.0)
        await there_and_back(run, archive, config, far)
        far.rename(far.with_name("pulled"))
        await archive.ledger.close()
        act = ("footage", "delete", SITTING, "--reason", "строк минув", "--by", "maria", "--yes")
        refused = await run(*act)
        assert refused.code == 1 and refused.err[0].endswith("or it is not mounted"), refused
        assert await archive.conn.fetchval("select count(*) from segment where deleted_at is not null") == 0
        far.with_name("pulled").rename(far)
        deleted = await run(*act)
        assert deleted.code == 0, deleted
        assert list(far.rglob("*.m4s")) == [] and len(list(config.recordings.rglob("*.m4s"))) == 3
        assert (await run("footage", "recover")).out.startswith("Archive far: 0 segments found")
