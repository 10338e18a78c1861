"""What happened during a mishap, as the desks saw it, and whether hall, page and audit tell the same afterwards.

A `WatchedDesk` is the desk's program with a memory: every press it sent and every receipt it got. `agree` reads the
ledger, the table of presses, the wall's state, the citizen's page and the auditor's program, and names every number on
which two of them differ. `Figures` are what the report keeps of one scenario.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import uvicorn

from council.protocol import Recorded, ToTerminal
from hardware.terminal import Desk
from public_site.app import PublicSettings, build
from tests.serving import serving
from voting.entries import Entry, Override, Result, Tally, encode
from voting.export import export_lines
from voting.folder import fold
from voting.ledger import read
from voting.record import SittingRecord, VoteRecord
from voting.tally import count

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import ModuleType

    from tests.conftest import TestDatabase

REPORT = Path(__file__).parent / "scenarios" / "FAULTS.md"
ROOT = Path(__file__).parents[1]


@dataclass(slots=True)
class Memory:
    """One start of a desk's program: what it sent and what it was told, by vote and number of the press."""

    member: str
    boot: str
    pressed: dict[tuple[int, int], str] = field(default_factory=dict)
    receipts: dict[tuple[int, int], str] = field(default_factory=dict)

    def last_receipt(self, n: int) -> int:
        """The highest press of vote `n` that the hall has said is on disk; 0: none."""
        return max((press for vote, press in self.receipts if vote == n), default=0)


class WatchedDesk(Desk):
    """The desk's program, remembering."""

    def __init__(self, member: str, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.memory = Memory(member, self.state.boot)

    def press(self, option: Any, *more: Any) -> bool:
        sent = super().press(option, *more)
        pending = self.state.pending
        if sent and pending is not None:
            self.memory.pressed[pending.vote_n, pending.n] = pending.option
        return sent

    def _hear(self, message: ToTerminal) -> None:
        if isinstance(message, Recorded) and message.boot == self.memory.boot:
            self.memory.receipts[message.vote_n, message.n] = message.option
        super()._hear(message)


@dataclass(slots=True)
class Figures:
    """One scenario: `tries` of the mishap; presses sent, receipts got; what went wrong, each 0 or the test fails."""

    scenario: str
    tries: int
    votes: int
    presses: int
    receipts: int
    lost: int
    twice: int
    for_another: int
    differences: int


@dataclass(slots=True)
class Findings:
    """`differences`: sentences, one for each number that two tell differently."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    for_another: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        return self.lost + self.twice + self.for_another + self.differences


async def record_of(db: TestDatabase, sitting: str) -> tuple[list[Entry], SittingRecord]:
    conn = await db.database("hall").connect()
    try:
        entries = await read(conn, sitting)
    finally:
        await conn.close()
    return entries, fold(entries)


def check_presses(record: SittingRecord, memories: Iterable[Memory], findings: Findings) -> None:
    """No receipt without its vote, nothing counted that was not pressed, no line for another, none without a quorum."""
    by_member: dict[str, list[Memory]] = {}
    for memory in memories:
        by_member.setdefault(memory.member, []).append(memory)
    for vote in record.votes.values():
        if vote.roll is None:
            continue
        names = [line.member for line in vote.roll]
        findings.twice += [f"vote {vote.n}: {name} twice" for name in set(names) if names.count(name) > 1]
        for line in vote.roll:
            if line.member in by_member and line.channel in (None, "terminal"):
                _check_line(vote, line, by_member[line.member], findings)
        _check_quorum(vote, findings)


def _check_line(vote: VoteRecord, line: Any, memories: Sequence[Memory], findings: Findings) -> None:
    where = f"vote {vote.n}, {line.member}"
    acknowledged = [memory for memory in memories if memory.last_receipt(vote.n)]
    if line.n is None:
        findings.lost += [f"{where}: a receipt and no vote"] if acknowledged else []
        return
    own = next((memory for memory in memories if memory.boot == line.boot), None)
    if own is None or (vote.n, line.n) not in own.pressed:
        findings.for_another.append(f"{where}: counted as {line.option} and never pressed so")
        return
    if own.pressed[vote.n, line.n] != line.option:
        findings.for_another.append(f"{where}: counted as {line.option}, pressed {own.pressed[vote.n, line.n]}")
    if line.n < own.last_receipt(vote.n):
        findings.lost.append(f"{where}: press {own.last_receipt(vote.n)} was acknowledged, {line.n} counted")
    later = memories[memories.index(own) + 1 :]
    findings.lost += [f"{where}: a receipt of a later start" for memory in later if memory.last_receipt(vote.n)]


def _check_quorum(vote: VoteRecord, findings: Findings) -> None:
    counted = vote.opened.in_quorum if vote.opened.in_quorum is not None else len(vote.present)
    override: Override | None = vote.opened.override
    waived = override is not None and "no_quorum" in override.over
    if counted < vote.requirement.quorum and vote.result is not Result.NO_QUORUM and not waived:
        findings.differences.append(f"vote {vote.n}: {vote.result} without a quorum")


def tally_json(tally: Tally) -> dict[str, int]:
    return {name.rstrip("_"): value for name, value in asdict(tally).items()}


async def check_table(db: TestDatabase, record: SittingRecord, findings: Findings) -> None:
    """Each line of a roll that names a press is the last one of that member on disk."""
    conn = await db.database("hall").connect()
    try:
        rows = await conn.fetch(
            "select vote_n, member_id, boot, n, option from press where sitting_id = $1 order by place", record.sitting
        )
    finally:
        await conn.close()
    last = {(row["vote_n"], row["member_id"]): (row["boot"], row["n"], row["option"]) for row in rows}
    for vote in record.votes.values():
        for line in vote.roll or ():
            on_disk = last.get((vote.n, line.member))
            counted = (line.boot, line.n, line.option.value) if line.n is not None else None
            if on_disk != counted and not (counted is None and on_disk is not None and on_disk[2] == "not_voting"):
                findings.differences.append(f"vote {vote.n}, {line.member}: on disk {on_disk}, in the roll {counted}")


@asynccontextmanager
async def citizen(db: TestDatabase, house: ModuleType, recordings: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A reader of the public site over this database."""
    settings = PublicSettings(
        database=db.database("public"), recordings=recordings, origin=house.SIGNER.origin, vkey=house.SIGNER.vkey
    )
    sock = house.listening()
    config = uvicorn.Config(build(settings), log_config=None, timeout_graceful_shutdown=1)
    address = f"http://127.0.0.1:{sock.getsockname()[1]}"
    async with serving(config, sock), httpx2.AsyncClient(base_url=address, timeout=20) as reader:
        yield reader


async def check_page(reader: httpx2.AsyncClient, record: SittingRecord, findings: Findings) -> None:
    for vote in record.votes.values():
        if vote.roll is None or vote.tally is None:
            continue
        page = (await reader.get(f"/sittings/{record.sitting}/votes/{vote.n}.json")).json()
        tally = tally_json(vote.tally)
        if page["tally"] != tally:
            findings.differences.append(f"vote {vote.n}: page {page['tally']}, ledger {tally}")
        shown = {line["member_id"]: line["option"] for line in page["roll"]}
        if shown != {line.member: line.option.value for line in vote.roll}:
            findings.differences.append(f"vote {vote.n}: the page's roll is not the ledger's")
        if tally_json(count(vote.roll)) != tally:
            findings.differences.append(f"vote {vote.n}: the tally is not that of the roll")


async def check_wall(house: ModuleType, hall_url: str, record: SittingRecord, findings: Findings) -> None:
    """The wall's last state, if its vote is closed."""
    async with house.wire(hall_url, f"/ws/display?sitting={record.sitting}", origin=hall_url) as wall:
        state = await wall.expect("DisplayState", 20)
    shown = state["vote"]
    vote = record.votes.get(shown["n"]) if shown is not None else None
    if vote is None or vote.tally is None or shown["result"] is None:
        return
    if shown["result"]["tally"] != tally_json(vote.tally) or shown["result"]["result"] != vote.result:
        findings.differences.append(f"vote {vote.n}: the wall shows {shown['result']['tally']}")
    if sorted(line["option"] for line in state["roll"]) != sorted(line.option.value for line in vote.roll or ()):
        findings.differences.append(f"vote {vote.n}: the wall's roll is not the ledger's")


async def check_audit(db: TestDatabase, house: ModuleType, folder: Path, findings: Findings) -> None:
    """The export, counted again by the auditor's program in a Python without anything installed."""
    conn = await db.database("hall").connect()
    try:
        entries = await read(conn)
        note = await conn.fetchval("select note from checkpoint order by tree_size desc limit 1")
    finally:
        await conn.close()
    export = folder / "export.jsonl"
    with export.open("wb") as file:
        file.writelines(
            export_lines([encode(entry) for entry in entries], note, house.SIGNER.origin, house.SIGNER.vkey)
        )
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", "-c",
        f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); sys.argv = sys.argv[1:]; "
        "runpy.run_module('voting', run_name='__main__')",
        "voting", "verify", str(export), "--key", house.SIGNER.vkey,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await child.communicate())[0].decode()
    if child.returncode != 0:
        findings.differences.append(f"the audit ends with {child.returncode}: {said[:2000]}")


async def agree(
    db: TestDatabase,
    house: ModuleType,
    sitting: str,
    memories: Iterable[Memory],
    folder: Path,
    *,
    hall_url: str | None = None,
) -> tuple[SittingRecord, Findings]:
    """Everything that can be compared, compared. `hall_url`: of a hall that runs, for its wall."""
    findings = Findings()
    _, record = await record_of(db, sitting)
    check_presses(record, memories, findings)
    await check_table(db, record, findings)
    async with citizen(db, house, folder) as reader:
        await check_page(reader, record, findings)
    if hall_url is not None:
        await check_wall(house, hall_url, record, findings)
    await check_audit(db, house, folder, findings)
    return record, findings


def figures(
    scenario: str, tries: int, record: SittingRecord, memories: Sequence[Memory], findings: Findings
) -> Figures:
    return Figures(
        scenario=scenario,
        tries=tries,
        votes=len(record.votes),
        presses=sum(len(memory.pressed) for memory in memories),
        receipts=sum(len(memory.receipts) for memory in memories),
        lost=len(findings.lost),
        twice=len(findings.twice),
        for_another=len(findings.for_another),
        differences=len(findings.differences),
    )


# --- the report -------------------------------------------------------------------------------------------------------

HEAD = """# Mishaps, and what they cost

Each line is one scenario of `tests/scenarios`, run against the real hall, PostgreSQL, sockets, page and audit: presses
that desks sent and receipts they got. The last four columns are what must never happen: an acknowledged press that does
not count, a press counted twice, a vote that its member never pressed, a number on which hall, page, table and audit
differ.

Made by `pytest tests/scenarios -n 0 --regenerate`, which also tries longer than the ordinary run.

| scenario | tries | votes | presses | receipts | lost | twice | for another | differences |
|---|---|---|---|---|---|---|---|---|
"""


def keep(one: Figures) -> None:
    """Put a scenario's line into the report, in the place of its older one."""
    lines = {line.split("|")[1].strip(): line for line in kept()}
    values = list(asdict(one).values())
    lines[one.scenario] = "| " + " | ".join(str(value) for value in values) + " |"
    REPORT.write_text(HEAD + "".join(f"{line}\n" for _, line in sorted(lines.items())), encoding="utf-8")


def kept() -> list[str]:
    """The report's lines, one a scenario."""
    if not REPORT.exists():
        return []
    return [line for line in REPORT.read_text(encoding="utf-8").splitlines()[HEAD.count("\n") :] if line]
