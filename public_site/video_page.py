"""The player's page: a sitting's recording from a moment, which the address names: a vote, a time, or the beginning."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from public_site import video
from public_site.finding import find_record, trail
from public_site.site import NEVER, REVALIDATE, Missing, site_of
from public_site.wording import Wording, bind, parse
from voting.record import SittingRecord


async def player(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        _, record = await find_record(site, connection, request.path_params["sitting"], site.wording(request))
        at, n = moment(request.query_params.get("at"), record, site.wording(request))
        event = record.votes[n] if n else None
        frame = await site.frame(
            request,
            connection,
            "sittings",
            body=record.opened.body,
            record=record,
            original_at=event.original_at if event else None,
        )
        w = frame.w
        found = await video.moment_json(connection, record.sitting, at)
        still = None
        address = f"/sittings/{record.sitting}/video" + (f"?at=vote-{n}" if n else f"?at={at}" if at else "")
        if found and at:
            still = await video.still(
                connection,
                found,
                parse(at),
                w,
                url=address,
                words=str(w.say("Watch from %(time)s", time=w.time(at))),
                live=record.closed_seq is None,
                autostart=True,
            )
        moments = await video.moments(connection, record, still.camera if still else "", w)
    context = {
        "label": bind(record.opened.session_label),
        "trail": trail(record, w, str(w.say("Recording"))),
        "heading": w.say("Recording: vote No. %(n)s", n=n) if n else w.say("Recording of the sitting"),
        "title": bind(event.motion.strip()) if event else "",
        "vote_url": f"/sittings/{record.sitting}/votes/{n}" if n else "",
        "video": still,
        "video_title": w.day(record.opened.held_on, "full"),
        "video_length": "",
        "video_note": "",
        "no_video": video.no_video(record, w),
        "marks": video.marks(record, w, n) if still else None,
        "moments": moments,
        "current": address,
    }
    return site.page(request, frame, "video.html", context, cache=NEVER if record.closed_seq is None else REVALIDATE)


def moment(asked: str | None, record: SittingRecord, w: Wording) -> tuple[str | None, int | None]:
    """The time that `?at=` names, and the vote's number if it names one. Without it the sitting's opening."""
    if not asked:
        return record.opened_at, None
    if asked.startswith("vote-"):
        number = asked.removeprefix("vote-")
        if number.isascii() and number.isdigit() and len(number) < 6 and int(number) in record.votes:
            return record.votes[int(number)].opened_at, int(number)
    else:
        try:
            parsed: datetime = parse(asked.replace(" ", "+"))  # a plus sign in an address is read as a blank
        except ValueError:
            pass
        else:
            return parsed.isoformat(timespec="milliseconds").replace("+00:00", "Z"), None
    raise Missing(
        "unknown_moment",
        str(w.say("There is no moment “%(at)s” in this sitting.", at=asked[:80])),
        str(w.say("A moment is a vote, as in “vote-1”, or a time, as in “2017-11-22T08:17:31Z”.")),
        (
            (f"/sittings/{record.sitting}/video", str(w.say("The recording from the beginning"))),
            (f"/sittings/{record.sitting}", str(w.say("The page of the sitting"))),
        ),
        record.opened.body,
    )
