"""`council demo`: the whole house on one machine, and one real sitting held again in it.

Imports Drohobych's roster and two earlier sittings, then replays 22 November 2017 live: simulated desks press what the
record says, over the same sockets as real ones; a script acts on the clerk's console; a simulated camera films. A
second, invented council is there for voting by hand. Everything listens on 127.0.0.1 and ends with this command.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from council.commands import ground, serve, web
from council.commands.demo_clerk import Console, DemoFailed, Pace, conduct, sign_in
from council.commands.demo_stage import COLLEAGUES, STAFF, Stage, set_stage
from council.config import Config, load
from council.importing.drohobych import DROHOBYCH
from hardware.terminal import Desk
from voting.entries import CHOSEN, Option

CAMERA = "hall-1"
READY_SECONDS = 60.0
VIDEO_SECONDS = 20.0
PRESS_SECONDS = 60.0

CONFIG = """\
# Written by `council demo`.
municipality = "{body.municipality}"
origin = "demo.hlasno"
data = "."

[public]
port = {port}

[hall]
port = {hall_port}

[access]
second_factor = "optional"

[[body]]
id = "{body.id}"
name = "{body.name}"
seats = {body.seats}
profile = "{body.profile}"
locale = "{body.locale}"
timezone = "{body.timezone}"

[[camera]]
id = "{camera}"
name = "Зала засідань"
url = "rtsp://127.0.0.1:{camera_port}/hall-1"
body = "{body.id}"
"""


def demo(folder: Path | None, port: int, speed: float, *, once: bool) -> int:
    """Exit 0 when the replay's published rolls are the source's (and, without `once`, on Ctrl+C afterwards). Raises
    PortTaken, DemoFailed."""
    for needed in range(port, port + 3):  # else whoever listens there would be taken for a part of this house
        web.listen("127.0.0.1", needed).close()
    os.environ.pop("DATABASE_URL", None)  # a replay must never be written into a council's own ledger
    thrown_away = Path(tempfile.mkdtemp(prefix="hlasno-demo-")) if folder is None else None
    data = (thrown_away or folder or Path()).absolute()
    try:
        data.mkdir(parents=True, exist_ok=True)
        (data / "logs").mkdir(exist_ok=True)
        (data / "council.toml").write_text(
            CONFIG.format(body=DROHOBYCH, port=port, hall_port=port + 1, camera_port=port + 2, camera=CAMERA),
            encoding="utf-8",
        )
        config = load(data / "council.toml")
        say(f"Preparing in {data} …")
        at = ground.find(config)
        if at.embedded is not None:
            at.embedded.start()
        try:
            return asyncio.run(_demo(at, port, Pace(speed), once=once))
        finally:
            if at.embedded is not None:
                at.embedded.stop()
    finally:
        if thrown_away is not None:
            shutil.rmtree(thrown_away, ignore_errors=True)


def say(line: str) -> None:
    print(line, flush=True)


async def _demo(at: ground.Ground, port: int, pace: Pace, *, once: bool) -> int:
    stop = asyncio.Event()
    serve.on_stop(stop.set)
    await ground.prepare(at)
    stage = await set_stage(at, pace)
    house = asyncio.create_task(serve.keep_all(_parts(at.config, stage, port), at.embedded))
    show = asyncio.create_task(_show(stage, port, pace, at.config.data / "logs"))
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({house, show, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if house.done():
            house.result()  # a part of the house cannot be kept up: say why
        if show.done():
            code = show.result()
            if not once:
                say("The house stays up for looking around. Ctrl+C ends it.")
                await stopped
            return code
        return 0
    finally:
        for task in (show, house, stopped):
            task.cancel()
        await asyncio.gather(show, house, stopped, return_exceptions=True)


def _parts(config: Config, stage: Stage, port: int) -> list[serve.Child]:
    logs = config.data / "logs"
    display = f"ws://127.0.0.1:{port + 1}/ws/display?sitting={stage.plan.id}"
    camera = ("-m", "hardware.demo_camera", "--display", display, "--port", str(port + 2))
    return [serve.Child("camera", camera, logs / "camera.log"), *serve.parts(config.path, config.groups, logs)]


# --- the sitting --------------------------------------------------------------------------------------------------


async def _show(stage: Stage, port: int, pace: Pace, logs: Path) -> int:
    public, hall = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
    started = time.monotonic()
    await answers(f"{hall}/healthz", logs)
    await answers(f"{public}/sittings/{stage.plan.id}.json", logs)
    cookie = await asyncio.to_thread(sign_in, hall, STAFF, stage.password)
    say(_addresses(stage, public, hall, time.monotonic() - started))
    console = Console(hall, cookie, stage.plan.id)
    desks = {member: Desk(hall, identity) for member, identity in stage.desks.items()}
    running = [asyncio.create_task(console.run()), *(asyncio.create_task(desk.run()) for desk in desks.values())]
    arriving = asyncio.create_task(_arrive(desks, pace))
    try:
        await beside(running, conduct(console, pace, len(desks), lambda n: _press(desks, n, stage.script[n - 1], pace)))
    finally:
        for task in (*running, arriving):
            task.cancel()
        await asyncio.gather(*running, arriving, return_exceptions=True)
    say("The sitting is closed. Comparing every published roll with the source …")
    differences = await _compare(public, stage)
    for difference in differences:
        say(f"  differs: {difference}")
    say(
        f"{len(stage.script)} votes, {len(stage.plan.members)} names each: all as in the source, each with its video."
        if not differences
        else f"{len(differences)} differences."
    )
    return 1 if differences else 0


def _addresses(stage: Stage, public: str, hall: str, seconds: float) -> str:
    colleagues = ", ".join(f"{staff} ({role.replace('_', ' ')})" for staff, _, role in COLLEAGUES)
    return f"""
Ready after {seconds:.1f} s. The sitting of 22 November 2017 begins.

  public site     {public}/sittings/{stage.plan.id}
  wall display    {hall}/display?sitting={stage.plan.id}
  clerk's console {hall}/console?sitting={stage.plan.id}
                  sign in as: {STAFF}   password: {stage.password}
                  with the same password: {colleagues}

To vote by hand, an invented council (no one in it is real):
  its console     {hall}/console?sitting={stage.training}
  the chair       {hall}/chair?sitting={stage.training}
  prepare one     {hall}/prepare
  one terminal    {hall}/terminal?code={stage.code}
"""


async def answers(url: str, logs: Path) -> None:
    """Return when the address answers with what stands there. Raises DemoFailed."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            while True:
                try:
                    await asyncio.to_thread(_get, url)
                    return
                except OSError:
                    await asyncio.sleep(0.1)
    except TimeoutError:
        raise DemoFailed(f"{url} does not answer; what its part says is in {logs}") from None


async def beside(running: Sequence[asyncio.Task[None]], work: Coroutine[Any, Any, object]) -> None:
    """Do the work while all of these run; one that ends would leave it waiting, and its error is raised."""
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait({working, *running}, return_when=asyncio.FIRST_COMPLETED)
        for ended in (task for task in running if task.done()):
            ended.result()
        await working
    finally:
        working.cancel()
        await asyncio.wait({working})


def _get(url: str) -> bytes:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url, timeout=10) as answer:
        body: bytes = answer.read()
        return body


async def _arrive(desks: dict[str, Desk], pace: Pace) -> None:
    async def one(desk: Desk) -> None:
        await desk.until(lambda d: d.state.chamber is not None and d.state.chamber.sitting.state == "open", 3600)
        await pace.rest(random.uniform(0.2, 5.0))  # noqa: S311 - no secret
        desk.arrive()

    await asyncio.gather(*(one(desk) for desk in desks.values()))


async def _press(desks: dict[str, Desk], n: int, options: dict[str, Option], pace: Pace) -> None:
    """Each member presses in vote `n` what the record says, at a human pace; returns when all of it is recorded."""

    async def one(desk: Desk, option: Option) -> None:
        await pace.rest(random.uniform(0.1, 0.6) * pace.vote)  # noqa: S311 - no secret
        try:
            await desk.until(lambda d: _in_vote(d, n) and (d.state.may_press or _over(d, option)), PRESS_SECONDS)
            desk.press(option.value)  # type: ignore[arg-type]
            await desk.until(lambda d: _over(d, option), PRESS_SECONDS)
        except TimeoutError:
            raise DemoFailed(f"a desk waited {PRESS_SECONDS:.0f} s for the hall's answer to vote {n}") from None

    pressing = [one(desks[member], option) for member, option in options.items() if option in CHOSEN]
    await asyncio.gather(*pressing)


def _in_vote(desk: Desk, n: int) -> bool:
    """A desk that was cut off may still show the vote before."""
    return desk.state.vote is not None and desk.state.vote.n == n


def _over(desk: Desk, option: Option) -> bool:
    """The option is recorded, or it is too late for it: then the comparison will say so."""
    if desk.recorded is not None and desk.recorded.option == option.value:
        return True
    return desk.state.vote is not None and desk.state.vote.state != "open"


async def _compare(public: str, stage: Stage) -> list[str]:
    """Each published roll against the source file, and whether the vote has its video."""
    differences: list[str] = []
    for n, options in enumerate(stage.script, 1):
        address = f"{public}/sittings/{stage.plan.id}/votes/{n}.json"
        vote = await _published(address)
        published = {line["member_id"]: line["option"] for line in vote["roll"]}
        for seated in stage.plan.members:
            expected = options.get(seated.member, Option.NO_RECORD).value
            found = published.pop(seated.member, "not in the roll")
            if found != expected:
                differences.append(f"vote {n}, member {seated.member}: published {found}, in the source {expected}")
        differences += [f"vote {n}, member {member}: in no source" for member in published]
        if vote["video"] is None:
            differences.append(f"vote {n}: no video")
    return differences


async def _published(address: str) -> dict[str, Any]:
    """The vote's JSON, as soon as its footage is indexed too (or the wait for that is over). Raises DemoFailed."""
    deadline = time.monotonic() + VIDEO_SECONDS
    while True:
        over = time.monotonic() > deadline
        try:
            vote: dict[str, Any] = json.loads(await asyncio.to_thread(_get, address))
        except OSError as error:  # the site may just be starting again
            if over:
                raise DemoFailed(f"{address}: {error}") from error
        else:
            if vote["video"] is not None or over:
                return vote
        await asyncio.sleep(0.5)
