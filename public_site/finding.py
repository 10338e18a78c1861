"""What an address means: the sitting, the vote, or the nearest thing there is. And where on the site that stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from starlette.requests import Request

from council.state_parts import LiveState
from public_site.records import KeptSitting, queries
from public_site.site import Missing, Site
from public_site.wording import Wording
from voting.record import SittingRecord, VoteRecord


@dataclass(frozen=True, slots=True)
class Trail:
    label: str
    steps: tuple[tuple[str | None, str], ...]


async def find_vote(
    site: Site, connection: Any, request: Request, w: Wording
) -> tuple[KeptSitting, SittingRecord, int]:
    """The vote an address names. Raises Missing with the way to what there is."""
    kept, record = await find_record(site, connection, request.path_params["sitting"], w)
    text = request.path_params["n"]
    n = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if n in record.votes or n in record.secret_votes:
        return kept, record, n
    here = f"/sittings/{record.sitting}"
    near = [(here, str(w.say("The sitting of %(day)s", day=w.day(record.opened.held_on))))]
    titles = {n: vote.motion for n, vote in record.votes.items()}
    titles |= {n: fact.motion for n, fact in record.secret_votes.items()}
    if titles:
        nearest = min(titles, key=lambda known: abs(known - n))
        near.append((vote_url(record, nearest), f"{w.say('Vote No. %(n)s', n=nearest)}. {titles[nearest].strip()}"))
    raise Missing(
        "unknown_vote",
        str(w.say("This sitting has no vote No. %(n)s.", n=text[:20])),
        str(w.count("It has %(count)s vote so far.", "It has %(count)s votes so far.", len(titles))),
        tuple(near),
        record.opened.body,
    )


async def find_record(site: Site, connection: Any, sitting: str, w: Wording) -> tuple[KeptSitting, SittingRecord]:
    """An opened sitting. Raises Missing with the nearest in date."""
    kept = await site.records.sitting(connection, sitting)
    if kept.record is not None:
        return kept, kept.record
    if await queries.sitting(connection, sitting=sitting) is not None:
        raise Missing(
            "not_opened",
            str(w.say("This sitting has not been opened yet.")),
            str(w.say("Its page fills itself once it begins.")),
            ((f"/sittings/{sitting}", str(w.say("The page of the sitting"))),),
        )
    raise await unknown_sitting(connection, sitting, w)


async def unknown_sitting(connection: Any, sitting: str, w: Wording) -> Missing:
    day = day_in(sitting)
    near = [row async for row in queries.nearest_sittings(connection, day=day)]
    return Missing(
        "unknown_sitting",
        str(w.say("There is no sitting “%(sitting)s”.", sitting=sitting[:80])),
        str(w.say("Perhaps the date is written differently. The nearest ones:") if near else ""),
        tuple((f"/sittings/{row['sitting_id']}", f"{w.day(row['held_on'])} · {row['session_label']}") for row in near),
    )


def day_in(sitting: str) -> date:
    """The date at the end of a sitting's id; without one a day after all, which is nearest to the newest."""
    try:
        return date.fromisoformat(sitting[-10:])
    except ValueError:
        return date(9999, 1, 1)


async def live_state(connection: Any, sitting: str) -> LiveState | None:
    """What the hall says now; None where it says nothing that can be read."""
    row = await queries.live_state(connection, sitting=sitting)
    if row is None:
        return None
    try:
        return msgspec.json.decode(row["body"], type=LiveState)
    except msgspec.DecodeError:
        return None


def who(record: SittingRecord, event: VoteRecord | None, state: LiveState | None) -> tuple[set[str], set[str]]:
    """Who is present and who has voted in the open vote: the hall's word, where it is of this vote."""
    present = set(state.present) if state else set(record.present)
    same = state is not None and event is not None and state.vote_n == event.n
    return present, set(state.voted) if state and same else set()


def trail(record: SittingRecord, w: Wording, last: str | None = None) -> Trail:
    day = w.day(record.opened.held_on)
    steps: list[tuple[str | None, str]] = [("/sittings", str(w.say("Sittings")))]
    if last is None:
        steps.append((None, day))
    else:
        steps += [(f"/sittings/{record.sitting}", day), (None, last)]
    return Trail(str(w.say("Where you are")), tuple(steps))


def vote_url(record: SittingRecord, n: int) -> str:
    return f"/sittings/{record.sitting}/votes/{n}"
