"""Pages about the hall itself: which sittings it holds, and how ready its desks are after a rehearsal."""

from __future__ import annotations

import logging
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from council.hall.page import Page, with_query
from council.papers.readiness import DeskRow
from council.readiness import last_rehearsal, readiness
from sql.database import LOST

logger = logging.getLogger(__name__)

KEYS = ("1", "2", "3")


class RoomPages(Page):
    async def home(self, request: Request) -> Response:
        """The console, where only one sitting is held; else a list of all with their screens."""
        sittings = self.hall.sittings
        if len(sittings) < 2:
            return RedirectResponse("/console", 302)
        bodies = {chamber.sitting: chamber.data.plan.body.id for chamber in self.hall.chambers}
        rows = [
            {
                "body": sitting.body_name,
                "label": sitting.session_label,
                "state": f"state_{sitting.state}",
                "screens": [
                    (name, with_query(f"/{name}", body=bodies[sitting.sitting]))
                    for name in ("console", "chair", "display")
                ],
            }
            for sitting in sittings
        ]
        return self.render(request, "home", held=rows)

    async def readiness(self, request: Request) -> Response:
        """?sitting= of a sitting or of a rehearsal; without it, of the sitting that the hall holds. As JSON too."""
        login = self.allowed(request, "readiness.read")
        if isinstance(login, Response):
            return login
        chamber = self.hall.chamber(request.query_params.get("sitting"))
        if chamber is None:
            return self.message(request, 404, "no_sitting", "/")
        try:
            async with self.hall.pool.acquire() as connection:
                rehearsal = await last_rehearsal(connection, chamber.prepared)
                if rehearsal is None:
                    return self.message(request, 404, "not_rehearsed", "/console")
                rows = await readiness(connection, rehearsal.id, chamber.data)
        except LOST as error:
            logger.warning("readiness_not_read error=%s", type(error).__name__)
            return self.message(request, 503, "no_database", "/console")
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"rehearsal": rehearsal.id, "desks": [_as_json(row) for row in rows]})
        zone = ZoneInfo(chamber.data.plan.body.timezone)
        return self.render(
            request,
            "readiness",
            body=chamber.data.plan.body.name,
            label=chamber.data.plan.session_label,
            rehearsal=rehearsal,
            made_at=format_datetime(self.now(), "d MMMM y, HH:mm", tzinfo=zone, locale=self.locale(request)),
            rows=rows,
            ready=sum(row.ready for row in rows),
            keys=KEYS,
        )


def _as_json(row: DeskRow) -> dict[str, object]:
    return {
        "desk_no": row.desk_no,
        "member": row.member,
        "keys": list(row.keys),
        "round_trip_ms": row.round_trip_ms,
        "linked": row.linked,
        "build_ok": row.build_ok,
        "ready": row.ready,
    }
