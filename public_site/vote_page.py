"""The vote page: verdict, hall, names, proof. And its twin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from council.state_parts import LiveState
from council.verdict import key_word, requirement_long, vote_verdict
from public_site import summaries, video, views
from public_site.records import KeptSitting, LedgerView, queries
from public_site.site import NEVER, REVALIDATE, Missing, Site, site_of
from public_site.wording import Wording, bind, parse
from voting.entries import Option
from voting.record import SittingRecord, VoteRecord


@dataclass(frozen=True, slots=True)
class Trail:
    label: str
    steps: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What this server found when it compared the entry with the signed ledger."""

    sound: bool
    problem: str
    seq: int
    size: int
    closed: str
    root: tuple[str, ...]
    source_hash: tuple[str, ...]


async def vote(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        w = site.wording(request)
        kept, record, n = await find_vote(site, connection, request, w)
        frame = await site.frame(
            request,
            connection,
            "sittings",
            body=record.opened.body,
            record=record,
            original_at=record.votes[n].original_at,
        )
        w = frame.w
        found = await video.moment_json(connection, record.sitting, record.votes[n].opened_at)
        twin = summaries.vote_json(record, n, leaf_hashes=kept.leaf_hashes, video=found)
        ledger = await site.records.ledger(connection)
        state = await live_state(connection, record.sitting)
        event = record.votes[n]
        still = None
        if found and event.opened_at:
            opened = parse(event.opened_at)
            still = await video.still(
                connection,
                found,
                opened,
                w,
                url=summaries.video_url(record.sitting, n),
                words=str(w.say("Watch from %(time)s", time=w.time(opened))),
            )
    closed = event.tally is not None
    if closed:
        groups = views.roll_groups(record, event, w)
        hall = views.vote_hall(record, event, groups, w)
    else:
        groups = views.live_groups(record, *who(record, event, state), w)
        hall = views.live_hall(event.requirement.seats, event.requirement.needed, groups, w)
    figures = views.figures(event.tally, w) if event.tally else ()
    numbers = sorted(record.votes)
    word, rest = vote_verdict(event, w.locale)
    moment = event.closed_at or event.opened_at
    context: dict[str, Any] = {
        "vote": twin,
        "trail": trail(record, w, str(w.say("Vote %(n)s", n=n))),
        "before": _url(record, n - 1) if n - 1 in record.votes else None,
        "after": _url(record, n + 1) if n + 1 in record.votes else None,
        "place": numbers.index(n) + 1,
        "votes": len(numbers),
        "line": views.vote_line(record, event, w),
        "day": w.day(w.day_of(moment) if moment else record.opened.held_on, "full"),
        "original": w.time(event.original_at) if event.original_at else "",
        "word": bind(word),
        "rest": bind(rest),
        "requirement": bind(requirement_long(event.requirement, w.locale)),
        "needs": str(w.say("needed %(needed)s", needed=event.requirement.needed)),
        "hall": hall,
        "groups": groups,
        "figures": figures,
        "chips": [(figure, bind(key_word(Option(figure.sign), w.locale))) for figure in figures],
        "empty": {figure.sign: nobody(figure.sign, w) for figure in figures},
        "check": check(kept, ledger, record, event, w),
        "video": still,
        "video_title": str(w.say("Video of this vote")),
        "video_length": _length(event, w),
        "video_note": str(
            w.say("Ticks on the scale are the sitting’s votes. It starts at the second the vote was opened.")
        ),
        "no_video": no_video(record, w),
        "marks": video.marks(record, w, n) if still else None,
    }
    return site.page(request, frame, "vote.html", context, cache=REVALIDATE if closed else NEVER)


async def vote_twin(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        kept, record, n = await find_vote(site, connection, request, site.wording(request))
        found = await video.moment_json(connection, record.sitting, record.votes[n].opened_at)
        value = summaries.vote_json(record, n, leaf_hashes=kept.leaf_hashes, video=found)
    return site.json(request, value, cache=REVALIDATE if value["result"] else NEVER)


async def find_vote(
    site: Site, connection: Any, request: Request, w: Wording
) -> tuple[KeptSitting, SittingRecord, int]:
    """The vote an address names. Raises Missing with the way to what there is."""
    kept, record = await find_record(site, connection, request.path_params["sitting"], w)
    text = request.path_params["n"]
    n = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if n in record.votes:
        return kept, record, n
    here = f"/sittings/{record.sitting}"
    near = [(here, str(w.say("The sitting of %(day)s", day=w.day(record.opened.held_on))))]
    if record.votes:
        nearest = min(record.votes, key=lambda known: abs(known - n))
        near.append((_url(record, nearest), f"№ {nearest}. {record.votes[nearest].motion.strip()}"))
    raise Missing(
        "unknown_vote",
        str(w.say("This sitting has no vote No. %(n)s.", n=text[:20])),
        str(w.count("It has %(count)s vote so far.", "It has %(count)s votes so far.", len(record.votes))),
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


def check(kept: KeptSitting, ledger: LedgerView | None, record: SittingRecord, event: VoteRecord, w: Wording) -> Check:
    seq = event.opened_seq if event.closed_seq is None else event.closed_seq
    problem = ""
    if kept.altered is not None:
        problem = str(w.say("entry %(seq)s is not what was hashed", seq=kept.altered))
    elif ledger is None or seq >= ledger.size:
        problem = str(w.say("no checkpoint covers this entry yet"))
    elif not ledger.matches:
        problem = str(w.say("the hashes of the entries do not add up to the signed root"))
    source = record.opened.replay or record.imported
    closed = f"{w.day(w.day_of(event.closed_at), 'short')}, {w.time(event.closed_at)}" if event.closed_at else ""
    return Check(
        sound=not problem,
        problem=problem,
        seq=seq,
        size=ledger.size if ledger else 0,
        closed=closed,
        root=hash_lines(ledger.root.hex()) if ledger else ("—",),
        source_hash=hash_lines(source.sha256) if source else (),
    )


def hash_lines(digest: str) -> tuple[str, ...]:
    """A SHA-256 in groups of eight, four a line."""
    parts = [digest[i : i + 8] for i in range(0, len(digest), 8)]
    return tuple(" ".join(parts[i : i + 4]) for i in range(0, len(parts), 4))


def no_video(record: SittingRecord, w: Wording) -> str:
    if record.imported is not None:
        return str(
            w.say(
                "The sitting was taken over from open data without video. If a recording is found it will appear here."
            )
        )
    if record.closed_seq is None:
        return str(w.say("There is no footage of this moment yet."))
    return str(w.say("No camera was recording at this moment. The votes are not affected."))


def nobody(sign: str, w: Wording) -> str:
    sentences: Mapping[str, str] = {
        "for": w.say("Nobody voted “for”."),
        "against": w.say("Nobody voted “against”."),
        "abstain": w.say("Nobody abstained."),
        "not_voting": w.say("All who were present voted."),
        "absent": w.say("Nobody was absent."),
    }
    return sentences.get(sign, "")


def _url(record: SittingRecord, n: int) -> str:
    return f"/sittings/{record.sitting}/votes/{n}"


def _length(event: VoteRecord, w: Wording) -> str:
    if not event.opened_at or not event.closed_at:
        return ""
    seconds = (parse(event.closed_at) - parse(event.opened_at)).total_seconds()
    return str(w.say("lasts %(length)s", length=w.length(seconds)))
