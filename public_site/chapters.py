"""The chapters of a recording: opening, items, votes, speeches, closing, each with its moment. And their JSON.

Times are the ledger's; where in a camera's recording they lie the player works
out from its manifest, so that one list serves every camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from council.verdict import secret_verdict, vote_verdict
from public_site.finding import find_record, vote_url
from public_site.moments import address, exactly, speaker
from public_site.site import NEVER, REVALIDATE, site_of
from public_site.video import holes_json, span
from public_site.vote_lines import secret_standing, standing
from public_site.wording import Wording, bind, parse, stamp
from streaming.locate import Filmed, filmed
from voting.record import SittingRecord

Kind = Literal["opening", "item", "vote", "speech", "closing"]


@dataclass(frozen=True, slots=True)
class Chapter:
    """`at`: RFC 3339; `until`: of votes and speeches that have ended. `accuracy` is "" where no camera filmed it.
    `titled`: `words` are a title in the council's language. `result` and `verdict`: of votes that are over."""

    at: str
    time: str
    kind: Kind
    words: str
    url: str
    accuracy: str
    until: str | None = None
    titled: bool = False
    vote: int | None = None
    title: str = ""
    page: str = ""
    result: str = ""
    verdict: str = ""

    @property
    def filmed(self) -> bool:
        return bool(self.accuracy)


def chapters(record: SittingRecord, known: Filmed | None, w: Wording, camera: str = "") -> tuple[Chapter, ...]:
    """In order of time. camera: where links should keep to one."""

    def made(at: str, kind: Kind, words: str, name: str, **more: Any) -> Chapter:
        sure = exactly(known.best(parse(at)) if known else None, w)
        return Chapter(at, w.time(at), kind, words, address(record.sitting, name or at, camera), sure, **more)

    found = []
    if record.opened_at:
        found.append(made(record.opened_at, "opening", str(w.say("Opening of the sitting")), record.opened_at))
    for item in record.items.values():
        title = bind(item.title.strip())
        calls = [at for at in item.called_at if at]
        found += [made(at, "item", title, f"item-{item.item}", titled=True) for at in calls[:1]]
        found += [made(at, "item", title, at, titled=True) for at in calls[1:]]
    for n, vote in record.votes.items():
        if vote.opened_at:
            over = vote.closed_at or vote.voided_at
            word, rest = vote_verdict(vote, w.locale) if over else ("", "")
            found.append(
                made(
                    vote.opened_at,
                    "vote",
                    str(w.say("Vote No. %(n)s", n=n)),
                    f"vote-{n}",
                    until=over,
                    vote=n,
                    title=_own_title(vote.motion, vote.item, record),
                    page=vote_url(record, n),
                    result=standing(vote) if over else "",
                    verdict=bind(f"{word}: {rest}" if rest else word),
                )
            )
    for n, secret in record.secret_votes.items():
        fact = secret.fact
        word, rest = secret_verdict(secret, w.locale)
        found.append(
            made(
                fact.at,
                "vote",
                str(w.say("Secret ballot No. %(n)s", n=n)),
                f"vote-{n}",
                until=fact.at,
                vote=n,
                title=_own_title(fact.motion, fact.item, record),
                page=vote_url(record, n),
                result=secret_standing(secret),
                verdict=bind(f"{word}: {rest}" if rest else word),
            )
        )
    for n, speech in record.speeches.items():
        words = str(w.say("Speech: %(name)s", name=speaker(record, speech)))
        found.append(made(speech.fact.at, "speech", words, f"speech-{n}", until=speech.ended_at))
    if record.closed_at:
        found.append(made(record.closed_at, "closing", str(w.say("Closing of the sitting")), record.closed_at))
    return tuple(sorted(found, key=lambda chapter: parse(chapter.at)))


def _own_title(motion: str, item: str | None, record: SittingRecord) -> str:
    """What a vote is about, where that is not the title of its item, which stands above it."""
    known = record.items.get(item or "")
    return "" if known is not None and known.title.strip() == motion.strip() else bind(motion.strip())


async def exactness(connection: Any, record: SittingRecord, w: Wording) -> dict[int, str]:
    """By vote: how exactly its link shows it; "" for one that was not filmed."""
    told = chapters(record, await filmed(connection, record.sitting), w)
    return {chapter.vote: chapter.accuracy for chapter in told if chapter.vote is not None}


async def chapters_twin(request: Request) -> Response:
    """What the player shows as moments pass, in the reader's language; it asks again while the sitting goes on."""
    site = site_of(request)
    async with site.pool.acquire() as connection:
        _, record = await find_record(site, connection, request.path_params["sitting"], site.wording(request))
        frame = await site.frame(request, connection, "", body=record.opened.body)
        known = await filmed(connection, record.sitting)
    within = span(record)
    is_open = record.closed_seq is None
    if within is not None and is_open and known is not None:
        within = within[0], max(within[1], known.window.end)
    cameras = {}
    if within is not None and known is not None:
        cameras = {camera: holes_json(known, camera, within, is_open, frame.w) for camera in known.cameras}
    value = {
        "sitting": record.sitting,
        "language": frame.w.locale,
        "live": is_open,
        "start": stamp(within[0]) if within else None,
        "end": stamp(within[1]) if within else None,
        "cameras": cameras,
        "chapters": [
            {
                "at": chapter.at,
                "until": chapter.until,
                "kind": chapter.kind,
                "words": chapter.words,
                "title": chapter.title or None,
                "vote": chapter.vote,
                "result": chapter.result or None,
                "verdict": chapter.verdict or None,
                "url": chapter.url,
                "page": chapter.page or None,
                "accuracy": chapter.accuracy or None,
            }
            for chapter in chapters(record, known, frame.w)
        ],
    }
    response = site.json(request, value, cache=NEVER if is_open else REVALIDATE)
    response.headers["vary"] = "cookie"
    return response
