"""What `council demo` prepares before anything starts: records imported, a replay planned, desks and staff enrolled."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sql
from council import access, demo_council, derive
from council.commands import ground
from council.commands.demo_clerk import Pace
from council.importing import replay
from council.importing.drohobych import DROHOBYCH, import_roster, import_sitting, shipped, shipped_source
from council.importing.drohobych_file import read_heading
from council.keys import SigningKey
from council.sitting import SittingPlan
from hardware.enrolment import Identity
from voting.entries import Option
from voting.ledger import Ledger

ROSTER = "deputies.json"
EARLIER = ("2016-12-20.json", "2017-04-06.json")
REPLAYED = "2017-11-22.json"
STAFF = "demo"  # the clerk
COLLEAGUES = (("second", "Друга писарка", "second_clerk"), ("chair", "Голова", "chair"))
CODE_HOURS = 12


@dataclass(frozen=True, slots=True)
class Stage:
    """What the demo has prepared before anything starts."""

    plan: SittingPlan
    script: list[dict[str, Option]]
    desks: dict[str, Identity]  # member -> the terminal at the member's desk
    password: str
    code: str  # enrols one terminal of the training council
    training: str  # its sitting


async def set_stage(at: ground.Ground, pace: Pace) -> Stage:
    """All of it; the same again changes nothing but the password, the desks' keys and the code."""
    now = datetime.now(UTC)
    connection = await at.database("hall").connect()
    try:
        await _import(at, connection, now)
        data = shipped(REPLAYED)
        plan = await _plan(connection, data, pace)
        script = replay.scripted_presses(data)
        training = await demo_council.add(connection, now.date())
        password = secrets.token_urlsafe(9)
        for staff, name, role in ((STAFF, "Демо", "clerk"), *COLLEAGUES):
            await access.add_staff(connection, staff, name, password, now, role=role)
        mentioned = {member for vote in script for member, option in vote.items() if option is not Option.ABSENT}
        desks = {
            seated.member: await _enrolled(connection, DROHOBYCH.id, seated.desk_no, now)
            for seated in plan.members
            if seated.member in mentioned and seated.desk_no is not None
        }
        code = await _code(connection, demo_council.BODY_ID, 1, now)
        return Stage(plan, script, desks, password, code, training)
    finally:
        await connection.close()


async def _import(at: ground.Ground, connection: Any, now: datetime) -> None:
    """Each document once; the same again changes nothing."""
    report = await import_roster(connection, shipped(ROSTER), shipped_source(ROSTER))
    ledger = await Ledger.open(at.database("hall").connect, ground.signer(at.config), derive.derive)
    try:
        for file in EARLIER:
            report = await import_sitting(ledger, connection, shipped(file), file, now=now, source=shipped_source(file))
            print(report.text(), flush=True)
    finally:
        await ledger.close()


async def _plan(connection: Any, data: bytes, pace: Pace) -> SittingPlan:
    """The replay, prepared; or as it stands where it began in an earlier run on the same folder."""
    from council import store

    try:
        return await replay.plan_replay(connection, data, shipped_source(REPLAYED), seconds=pace.limit_seconds())
    except store.SittingBegun:
        return await store.load_plan(connection, f"{DROHOBYCH.id}-{read_heading(data)[0]}")


async def _enrolled(connection: Any, body: str, desk_no: int, now: datetime) -> Identity:
    """A terminal of the demo, enrolled without the clerk: its secret and key never leave this process."""
    identity = Identity(secrets.token_urlsafe(32), SigningKey.new())
    await sql.load("access").add_terminal(
        connection,
        id=f"demo-{secrets.token_hex(6)}",
        body=body,
        desk_no=desk_no,
        secret_hash=access.hash_of(identity.secret),
        public_key=identity.key.public,
        at=now,
        enrolled_by=STAFF,
    )
    return identity


async def _code(connection: Any, body: str, desk_no: int, now: datetime) -> str:
    code = access.new_code()
    expires_at = now + timedelta(hours=CODE_HOURS)
    await sql.load("access").make_enrolment(
        connection, code_hash=access.hash_of(code), body=body, desk_no=desk_no, made_by=STAFF, expires_at=expires_at
    )
    return code
