"""The vote page: verdict, hall, names, proof. And its twin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from council.verdict import key_word, requirement_long, vote_verdict
from council.words import LANGUAGES
from public_site import clip_pages, secret_page, video, views, vote_lines, vote_story, vote_summaries
from public_site.checking import check
from public_site.finding import find_vote, live_state, trail, vote_url, who
from public_site.records import KeptSitting
from public_site.site import NEVER, REVALIDATE, site_of
from public_site.wording import Wording, bind, parse
from voting.entries import Option
from voting.record import SittingRecord, VoteRecord


async def vote(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        w = site.wording(request)
        kept, record, n = await find_vote(site, connection, request, w)
        event = record.votes.get(n)
        frame = await site.frame(
            request,
            connection,
            "sittings",
            body=record.opened.body,
            record=record,
            original_at=event.original_at if event else None,
        )
        w = frame.w
        ledger = await site.records.ledger(connection)
        around = _around(kept, record, n, w)
        if event is None:
            return secret_page.page(site, request, frame, kept, record, n, ledger, around)
        found = await video.moment_of(connection, record.sitting, event.opened_at)
        twin = vote_summaries.vote_json(record, n, leaf_hashes=kept.leaf_hashes, video=found)
        state = await live_state(connection, record.sitting)
        still = None
        if found and event.opened_at:
            opened = parse(event.opened_at)
            still = await video.still(
                connection,
                found,
                opened,
                w,
                url=vote_summaries.video_url(record.sitting, n),
                words=str(w.say("Watch from %(time)s", time=w.time(opened))),
            )
    counted = event.tally is not None
    hall: views.Hall | None
    runs = event.state in ("open", "held")
    if counted:
        groups = views.roll_groups(record, event, w)
        hall = views.vote_hall(record, event, groups, w)
    else:
        groups = views.live_groups(record, *who(record, event, state), w) if runs else ()
        hall = views.live_hall(event.requirement.seats, event.requirement.needed, groups, w) if runs else None
    figures = views.figures(event.tally, w) if event.tally else ()
    told = vote_story.story(kept.chronicle(record), event, w)
    word, rest = vote_verdict(event, w.locale)
    moment = event.closed_at or event.opened_at
    context: dict[str, Any] = {
        **around,
        "vote": twin,
        "runs": runs,
        "line": vote_lines.vote_line(record, event, w),
        "story": told,
        "day": w.day(w.day_of(moment) if moment else record.opened.held_on, "full"),
        "original": w.time(event.original_at) if event.original_at else "",
        "word": bind(word),
        "rest": bind(rest),
        "requirement": bind(requirement_long(event.requirement, w.locale)),
        "needs": views.needs(event, w),
        "hall": hall,
        "groups": groups,
        "figures": figures,
        "chips": [(figure, bind(key_word(Option(figure.sign), w.locale))) for figure in figures],
        "empty": {figure.sign: nobody(figure.sign, w) for figure in figures},
        "signed": told.signed,
        "check": check(kept, ledger, record, _seq(event), event.closed_at, w),
        "clip": clip_pages.offer(record, event, None, "", w) if still and site.clips is not None else None,
        "video": still,
        "video_title": str(w.say("Video of this vote")),
        "video_length": _length(event, w),
        "video_note": str(
            w.say("Ticks on the scale are the sitting’s votes. It starts at the second the vote was opened.")
        ),
        "no_video": video.no_video(record, w),
        "marks": video.marks(record, w, n) if still else None,
    }
    return site.page(request, frame, "vote.html", context, cache=NEVER if runs else REVALIDATE)


def _around(kept: KeptSitting, record: SittingRecord, n: int, w: Wording) -> dict[str, Any]:
    """Where the page stands: the votes before and after, named and secret, and the papers."""
    numbers = sorted([*record.votes, *record.secret_votes])
    return {
        "record": record,
        "trail": trail(record, w, str(w.say("Vote %(n)s", n=n))),
        "before": vote_url(record, n - 1) if n - 1 in numbers else None,
        "after": vote_url(record, n + 1) if n + 1 in numbers else None,
        "place": numbers.index(n) + 1,
        "votes": len(numbers),
        "papers": tuple(LANGUAGES.items()),
    }


def _seq(event: VoteRecord) -> int:
    return event.opened_seq if event.closed_seq is None else event.closed_seq


async def vote_twin(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        kept, record, n = await find_vote(site, connection, request, site.wording(request))
        opened_at = record.votes[n].opened_at if n in record.votes else None
        found = await video.moment_of(connection, record.sitting, opened_at)
        value = vote_summaries.vote_json(record, n, leaf_hashes=kept.leaf_hashes, video=found, presses=True)
    return site.json(request, value, cache=NEVER if value["state"] in ("open", "held") else REVALIDATE)


def nobody(sign: str, w: Wording) -> str:
    sentences: Mapping[str, str] = {
        "for": w.say("Nobody voted “for”."),
        "against": w.say("Nobody voted “against”."),
        "abstain": w.say("Nobody abstained."),
        "not_voting": w.say("All who were present voted."),
        "absent": w.say("Nobody was absent."),
    }
    return sentences.get(sign, "")


def _length(event: VoteRecord, w: Wording) -> str:
    if not event.opened_at or not event.closed_at:
        return ""
    seconds = (parse(event.closed_at) - parse(event.opened_at)).total_seconds()
    return str(w.say("lasts %(length)s", length=w.length(seconds)))
