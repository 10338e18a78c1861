"""The seals of a recording, for whoever checks footage against the ledger: the player, or a program of anyone's.

How a seal's root is computed from hashes: `voting/footage.py`, and in its README for outsiders.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

import sql
from public_site.finding import find_record
from public_site.site import NEVER, REVALIDATE, Missing, site_of
from streaming import index
from voting.record import SittingRecord

queries = sql.load("seals")


async def seals(request: Request) -> Response:
    """Those that cover the sitting's recording, in order of time; `?camera=`: by one camera alone."""
    site = site_of(request)
    w = site.wording(request)
    async with site.pool.acquire() as connection:
        _, record = await find_record(site, connection, request.path_params["sitting"], w)
        window = await index.sitting_window(connection, record.sitting)
        camera = request.query_params.get("camera")
        found: list[Any] = []
        if window is not None:
            rows = queries.seals_shown(connection, camera=camera, start_at=window.start, end_at=window.end)
            found = [_seal(record, row) async for row in rows]
    value = {"sitting": record.sitting, "camera": camera, "seals": found}
    return site.json(request, value, cache=NEVER if record.closed_seq is None else REVALIDATE)


async def seal(request: Request) -> Response:
    """One, with the hashes it was made of and the entry's exact bytes."""
    site = site_of(request)
    w = site.wording(request)
    async with site.pool.acquire() as connection:
        _, record = await find_record(site, connection, request.path_params["sitting"], w)
        seq: int = request.path_params["seq"]
        row = await queries.seal(connection, seq=min(seq, 2**62))
        if row is None:
            raise Missing(
                "unknown_seal",
                str(w.say("Entry %(seq)s of the ledger seals no footage.", seq=seq)),
                str(w.say("The seals of a sitting are listed beside its recording.")),
                body=record.opened.body,
            )
        value = _seal(record, row)
        stop = value["first"] + value["count"]
        segments = queries.sealed_segments(connection, run_id=value["run"], start=value["first"], stop=stop)
        value |= {
            "entry": row["body"],
            "segments": [
                {"n": each["n"], "sha256": each["sha256"], "url": f"/video/{value['run']}/{each['n']}.m4s"}
                async for each in segments
            ],
        }
    return site.json(request, value, cache=REVALIDATE)


def _seal(record: SittingRecord, row: Any) -> dict[str, Any]:
    wire = json.loads(row["body"])
    names = ("camera", "run", "first", "count", "from", "to", "init", "root")
    return {
        "seq": row["seq"],
        "leaf_hash": row["leaf_hash"].hex(),
        **{name: wire[name] for name in names},
        "url": f"/sittings/{record.sitting}/footage/{row['seq']}.json",
    }
