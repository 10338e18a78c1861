"""From a parsed command line to its work. One function a command; what people must know goes to standard output, what
went wrong to standard error, in sentences."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from council import access, derive, store
from council.commands import ground, init, serve, web
from council.config import Config, ConfigError, load, secret
from council.profile import ProfileError
from sql.errors import DatabaseError
from sql.migrate import pending
from voting.errors import VotingError
from voting.ledger import Ledger

log = logging.getLogger(__name__)

REFUSALS = (
    *(ConfigError, ProfileError, DatabaseError, VotingError, store.StoreError, access.AccessError),
    *(web.PortTaken, web.BadCertificate),
)
# A role, a table or a column of ours that is not there.
NOT_MIGRATED = (asyncpg.InvalidParameterValueError, asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)


def run(options: argparse.Namespace) -> int:
    """Answers with the exit code; refusals become one sentence."""
    try:
        return COMMANDS[options.command](options)
    except REFUSALS as refusal:
        print(f"council {options.command}: {refusal}", file=sys.stderr)
        return 1
    except ground.NO_WAY_IN as error:
        print(f"council {options.command}: {ground.told(error, _config_of(options))}", file=sys.stderr)
        return 1
    except NOT_MIGRATED as error:
        print(
            f"council {options.command}: {error}. The database lacks migrations. Run: council migrate", file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        return 130


def _config_of(options: argparse.Namespace) -> Config | None:
    try:
        return load(options.config) if "config" in options else None
    except ConfigError:
        return None


# --- the house ----------------------------------------------------------------------------------------------------


def _serve(options: argparse.Namespace) -> int:
    config = load(options.config)
    at = ground.find(config)
    if at.embedded is not None:
        at.embedded.start()
    try:
        web.require_free(*((part.host, part.port) for part in (config.file.public, config.file.hall)))
        asyncio.run(_keep_house(at))
    finally:
        if at.embedded is not None:
            at.embedded.stop()
    return 0


async def _keep_house(at: ground.Ground) -> None:
    await ground.prepare(at)
    parts = serve.parts(at.config.path, at.config.groups)
    hall = "https" if at.config.hall_certificate else "http"
    addresses = (("public site", "http", at.config.file.public), ("hall", hall, at.config.file.hall))
    for name, scheme, address in addresses:
        print(f"{name}: {address.url or f'{scheme}://{address.host}:{address.port}'}", flush=True)
    await serve.until_stopped(asyncio.create_task(serve.keep_all(parts, at.embedded)))


def _hall(options: argparse.Namespace) -> int:
    from council.hall.app import UVICORN, build
    from council.hall.garbage import found_at_rest
    from council.hall.process import Hall
    from council.hall.surroundings import HallCamera

    config = load(options.config)
    address = config.file.hall
    https = web.https(config.hall_certificate)

    async def main(at: ground.Ground) -> None:
        await ground.prepare(at)
        hall = await Hall.open(
            at.database("hall"),
            ground.signer(config),
            cookie_key=secret(config, "cookies"),
            recordings=config.recordings if config.file.camera else None,
            cameras=[HallCamera(camera.id, camera.name, camera.body) for camera in config.file.camera],
            url=address.url,
            second_factor_required=config.file.access.second_factor == "required",
        )
        try:
            encrypted = bool(https) or (address.url or "").startswith("https://")
            language, site = config.file.language, site_address(config)
            app = build(hall, https=encrypted, language=language, site=site, drafts=config.drafts)
            options: dict[str, Any] = {"proxies": address.trusted_proxies, **UVICORN, **https}
            async with found_at_rest(hall):
                serving = asyncio.ensure_future(web.serve(app, address.host, address.port, **options))
                await asyncio.wait({serving, hall.failure}, return_when=asyncio.FIRST_COMPLETED)
                if hall.failure.done():
                    serving.cancel()
                    hall.failure.result()
                await serving
        finally:
            await hall.close()

    with ground.borrow(config) as at:
        web.run(main(at))
    return 0


def _public(options: argparse.Namespace) -> int:
    from council.archives import shelf
    from public_site.app import build
    from public_site.hub import TransportProtocol
    from public_site.live_video import UVICORN
    from public_site.site import PublicSettings, SiteCamera

    config = load(options.config)
    address = config.file.public

    async def main(at: ground.Ground) -> None:
        settings = PublicSettings(
            database=at.database("public"),
            recordings=config.recordings,
            origin=config.origin,
            vkey=ground.signer(config).vkey,
            default_locale=config.file.language,
            hall_url=config.file.hall.url,
            url=site_address(config),
            cameras=tuple(SiteCamera(camera.id, camera.name, camera.body) for camera in config.file.camera),
            clips=config.data / "clips",
            live=config.live,
            shelf=shelf(config),
        )
        await (await settings.database.connect()).close()  # one that lets nobody in is said before uvicorn says it
        served: dict[str, Any] = {"proxies": address.trusted_proxies, "http": TransportProtocol, **UVICORN}
        await web.serve(build(settings), address.host, address.port, **served)

    with ground.borrow(config) as at:
        web.run(main(at))
    return 0


def _record(options: argparse.Namespace) -> int:
    from council.commands.record import record

    return record(options)


def site_address(config: Config) -> str:
    """The public site's, as citizens reach it: papers point there."""
    public = config.file.public
    return (public.url or f"http://{public.host}:{public.port}").rstrip("/")


# --- short commands -----------------------------------------------------------------------------------------------


def _init(options: argparse.Namespace) -> int:
    try:
        init.write(options.file)
    except FileExistsError:
        print(f"council init: {options.file} is there already and is not overwritten.", file=sys.stderr)
        return 1
    print(f"{options.file} is written. Edit it, then: council user add NAME, council check, council serve.")
    return 0


def _migrate(options: argparse.Namespace) -> int:
    async def main(at: ground.Ground) -> None:
        waiting = await pending(at.database("owner"))
        await ground.prepare(at)
        print(f"Applied: {', '.join(waiting)}." if waiting else "The database is up to date.")

    with ground.borrow(load(options.config)) as at:
        asyncio.run(main(at))
    return 0


def _rebuild(options: argparse.Namespace) -> int:
    async def main(at: ground.Ground) -> None:
        connection = await at.database("hall").connect()
        try:
            await derive.rebuild(connection)
        finally:
            await connection.close()
        print("The derived tables are made again from the ledger.")

    with ground.borrow(load(options.config)) as at:
        asyncio.run(main(at))
    return 0


def _minutes(options: argparse.Namespace) -> int:
    from council.commands import papers

    config = load(options.config)
    n: int | None = getattr(options, "n", None)  # only a sheet has one
    with ground.borrow(config) as at:
        try:
            paper = asyncio.run(papers.read(at, options.sitting, n, options.language, site_address(config)))
        except papers.NoPaper as refusal:
            print(f"council {options.command}: {refusal}.", file=sys.stderr)
            return 1
    papers.write(paper, options.out)
    return 0


def _user(options: argparse.Namespace) -> int:
    from council.commands import people

    return people.user(options)


def _member(options: argparse.Namespace) -> int:
    from council.commands import people

    return people.member(options)


def _sitting(options: argparse.Namespace) -> int:
    from council.commands import preparing

    return preparing.sitting(options)


def _agenda(options: argparse.Namespace) -> int:
    from council.commands import preparing

    try:
        return preparing.agenda(options)
    except preparing.NotTaken as refusal:
        print(f"council agenda: {refusal}", file=sys.stderr)
        return 1


def _certificate(options: argparse.Namespace) -> int:
    from council.commands.certificate import certificate

    return certificate(options)


def _import(options: argparse.Namespace) -> int:
    from council.importing.drohobych import import_roster, import_sitting

    config = load(options.config)

    async def main(at: ground.Ground) -> bool:
        await ground.prepare(at)
        connection = await at.database("hall").connect()
        ledger = await Ledger.open(at.database("hall").connect, ground.signer(config), derive.derive)
        well = True
        try:
            for path in (options.roster, *options.sittings):
                if path is None:
                    continue
                try:
                    data = path.read_bytes()
                except OSError as error:
                    print(f"{path.name}: not imported: {error.strerror}")
                    well = False
                    continue
                if path is options.roster:
                    report = await import_roster(connection, data, path.name)
                else:
                    report = await import_sitting(ledger, connection, data, path.name, now=datetime.now(UTC))
                print(report.text())
                well = well and not report.problems
        finally:
            await ledger.close()
            await connection.close()
        return well

    if options.roster is None and not options.sittings:
        raise ConfigError("name a roster (--roster FILE) or at least one SITTING.json")
    with ground.borrow(config) as at:
        return 0 if asyncio.run(main(at)) else 1


def _terminal(options: argparse.Namespace) -> int:
    from urllib.error import URLError

    from hardware import enrolment
    from hardware.keys import from_script, from_standard_input
    from hardware.program import run_terminal

    try:
        if options.enrol is not None:
            enrolment.keep(enrolment.enrol(options.hall, options.enrol), options.key)
        identity = enrolment.kept(options.key)
        keys = from_script(options.script) if options.script else from_standard_input()
    except FileNotFoundError as missing:
        print(f"council terminal: {missing.filename} is not there.", file=sys.stderr)
        if missing.filename == str(options.key):
            print("Ask the clerk for this desk's code, then: council terminal --enrol CODE", file=sys.stderr)
        return 1
    except (URLError, TimeoutError) as error:
        why = error.reason if isinstance(error, URLError) else error
        print(f"council terminal: no hall answers at {options.hall}: {why}", file=sys.stderr)
        return 1
    except (enrolment.EnrolmentRefused, ValueError) as refusal:
        print(f"council terminal: {refusal}", file=sys.stderr)
        return 1

    def show(line: str) -> None:
        print(line, flush=True)

    asyncio.run(run_terminal(options.hall, identity, keys, show, options.lang, options.receipts))
    return 0


def _profile(options: argparse.Namespace) -> int:
    from council.commands import profile

    return profile.run(options)


def _check(options: argparse.Namespace) -> int:
    from council.commands.check import check

    return asyncio.run(check(load(options.config), options.footage, whole=options.whole))


def _footage(options: argparse.Namespace) -> int:
    from council.commands.footage import footage

    return footage(options)


def _captions(options: argparse.Namespace) -> int:
    from council.commands.captions import captions

    return captions(options)


def _camera(options: argparse.Namespace) -> int:
    from council.commands.camera import camera

    return camera(options)


def _demo(options: argparse.Namespace) -> int:
    from council.commands.demo import demo
    from council.commands.demo_clerk import DemoFailed

    folder: Path | None = options.data
    try:
        return demo(folder, options.port, options.speed, once=options.once)
    except DemoFailed as failure:
        print(f"council demo: {failure}", file=sys.stderr)
        return 1


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "demo": _demo,
    "init": _init,
    "serve": _serve,
    "hall": _hall,
    "record": _record,
    "public": _public,
    "terminal": _terminal,
    "import": _import,
    "check": _check,
    "rebuild": _rebuild,
    "migrate": _migrate,
    "minutes": _minutes,
    "sheet": _minutes,
    "profile": _profile,
    "sitting": _sitting,
    "agenda": _agenda,
    "user": _user,
    "member": _member,
    "certificate": _certificate,
    "footage": _footage,
    "captions": _captions,
    "camera": _camera,
}
