"""The members of a council, and one member: votes as a strip and as a table, attendance, agreement with the faction.

Counts come from the derived tables. There is no score and no order of merit. Agreement counts only votes in which the
member chose and the faction's other members had one most frequent choice; the formula stands on the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from council.verdict import key_word, option_word, result_word, tally_word
from public_site.finding import Trail
from public_site.records import queries
from public_site.site import Missing, Site, site_of
from public_site.views import ALWAYS, ORDER, Figure, faction_order
from public_site.wording import Wording, bind, stamp
from voting.entries import CHOSEN, Option, Result

SHOWN = 20  # rows of the table before «show the others»


@dataclass(frozen=True, slots=True)
class MemberLine:
    id: str
    family_name: str
    given_name: str
    votes: int
    chosen: int


@dataclass(frozen=True, slots=True)
class Strip:
    """A sitting's votes as signs, from the first to the last."""

    url: str
    day: str
    label: str
    replay: bool
    signs: tuple[tuple[str, str, str], ...]  # sign, title, url
    chosen: int
    count: int


@dataclass(frozen=True, slots=True)
class VoteRow:
    day: str
    time: str
    replay: bool  # day and time are the replay's
    title: str
    url: str
    sign: str
    word: str
    differs: str  # what the faction's most frequent choice was, where it was another
    result: str
    verdict: str
    count_for: int | None  # of a vote on candidates nothing: each has votes of their own
    whom: str  # the member chose, in a vote on candidates


@dataclass(frozen=True, slots=True)
class Agreement:
    same: int
    of: int
    per_cent: int


async def members(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        frame = await site.frame(request, connection, "members")
        rows = [row async for row in queries.members(connection, body=frame.body.id)] if frame.body else []
    by_faction: dict[str | None, list[MemberLine]] = {}
    for row in rows:
        given = " ".join(part for part in (row["given_name"], row["patronymic"]) if part)
        line = MemberLine(row["id"], row["family_name"], given, row["votes"], row["chosen"])
        by_faction.setdefault(row["faction"], []).append(line)
    groups = [
        (bind(name) if name else str(frame.w.say("No faction")), by_faction[name])
        for name in faction_order({name: len(lines) for name, lines in by_faction.items()}, frame.locale)
    ]
    return site.page(request, frame, "members.html", {"groups": groups, "total": len(rows)})


async def members_twin(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        frame = await site.frame(request, connection, "members")
        rows = [row async for row in queries.members(connection, body=frame.body.id)] if frame.body else []
    value = {
        "body": frame.body.id if frame.body else None,
        "members": [{**_person_json(row), "votes": row["votes"], "chosen": row["chosen"]} for row in rows],
    }
    return site.json(request, value)


async def member(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        row, votes, attendance, choices = await _read(site, connection, request)
        frame = await site.frame(request, connection, "members", body=row["body_id"])
    w = frame.w
    most = plurality(choices)
    counted = Counter(vote["option"] for vote in votes)
    rows = [_vote_row(vote, most.get((vote["sitting_id"], vote["n"])), row["gender"], w) for vote in votes]
    woman = row["gender"] == "f"
    since = w.day(row["from_on"], "short") if row["from_on"] else ""
    context: dict[str, Any] = {
        "person": row,
        "full_name": " ".join(p for p in (row["given_name"], row["patronymic"], row["family_name"]) if p),
        "initials": row["given_name"][:1] + (row["patronymic"] or row["family_name"])[:1],
        "trail": Trail(str(w.say("Where you are")), (("/members", str(w.say("Members"))), (None, row["family_name"]))),
        "faction": bind(row["faction"]) if row["faction"] else "",
        "since": since,
        "term": row["term"] or "",
        "total": len(votes),
        "chosen": sum(counted[option.value] for option in CHOSEN),
        "figures": [Figure(o.value, counted[o.value], bind(tally_word(o, 1, w.locale))) for o in ORDER],
        "chips": [
            (Figure(o.value, counted[o.value], ""), bind(option_word(o, row["gender"], w.locale)))
            for o in ORDER
            if o in ALWAYS or counted[o.value]
        ],
        "passive": [Figure(o.value, counted[o.value], "") for o in (Option.NOT_VOTING, Option.ABSENT)],
        "passive_words": _words((Option.NOT_VOTING, Option.ABSENT), row["gender"], w),
        "chosen_words": _words(CHOSEN, row["gender"], w),
        "attended": sum(1 for line in attendance if line["arrived"]),
        "sittings": len(attendance),
        "agreement": agreement(votes, most),
        "strips": _strips(votes, w, row["gender"]),
        "rows": rows,
        "shown": SHOWN,
        "differing": sum(1 for line in rows if line.differs),
        "woman": woman,
    }
    return site.page(request, frame, "member.html", context)


async def member_twin(request: Request) -> Response:
    site = site_of(request)
    async with site.pool.acquire() as connection:
        row, votes, attendance, choices = await _read(site, connection, request)
    most = plurality(choices)
    found = agreement(votes, most)
    value = {
        **_person_json(row),
        "body": row["body_id"],
        "from_on": row["from_on"].isoformat() if row["from_on"] else None,
        "until_on": row["until_on"].isoformat() if row["until_on"] else None,
        "counts": {o.value: sum(1 for vote in votes if vote["option"] == o) for o in ORDER},
        "attendance": [{"sitting": line["sitting_id"], "arrived": line["arrived"]} for line in attendance],
        "agreement": {"same": found.same, "of": found.of} if found else None,
        "votes": [
            {
                "sitting": vote["sitting_id"],
                "n": vote["n"],
                "title": vote["motion"],
                "faction": vote["faction"],
                "closed_at": stamp(vote["closed_at"]) if vote["closed_at"] else None,
                "option": vote["option"],
                "candidate": vote["candidate"],
                "result": vote["result"],
                "url": f"/sittings/{vote['sitting_id']}/votes/{vote['n']}",
            }
            for vote in votes
        ],
    }
    return site.json(request, value)


async def _read(site: Site, connection: Any, request: Request) -> tuple[Any, list[Any], list[Any], list[Any]]:
    name = request.path_params["member"]
    row = await queries.member(connection, member=name)
    if row is None:
        w = site.wording(request)
        raise Missing(
            "unknown_member",
            str(w.say("There is no member “%(member)s”.", member=name[:80])),
            str(w.say("The list has all members, by faction and in alphabetical order.")),
            (("/members", str(w.say("Members"))),),
        )
    return (
        row,
        [vote async for vote in queries.member_votes(connection, member=name)],
        [line async for line in queries.member_attendance(connection, member=name)],
        [line async for line in queries.faction_choices(connection, member=name)],
    )


def plurality(choices: list[Any]) -> dict[tuple[str, int], str]:
    """The most frequent choice of the faction's other members, vote by vote; none where two are equally frequent."""
    by_vote: dict[tuple[str, int], Counter[str]] = {}
    for line in choices:
        by_vote.setdefault((line["sitting_id"], line["n"]), Counter())[line["option"]] += line["members"]
    most: dict[tuple[str, int], str] = {}
    for vote, counted in by_vote.items():
        first, *others = counted.most_common(2)
        if not others or others[0][1] < first[1]:
            most[vote] = first[0]
    return most


def agreement(votes: list[Any], most: dict[tuple[str, int], str]) -> Agreement | None:
    """How often the member chose as most of the faction's others did. None where there is nothing to compare."""
    compared = [
        (vote["option"], most[vote["sitting_id"], vote["n"]])
        for vote in votes
        if vote["option"] in CHOSEN and (vote["sitting_id"], vote["n"]) in most
    ]
    if not compared:
        return None
    same = sum(1 for own, theirs in compared if own == theirs)
    return Agreement(same, len(compared), same * 100 // len(compared))


def _vote_row(vote: Any, most: str | None, gender: str | None, w: Wording) -> VoteRow:
    moment = vote["closed_at"] or vote["opened_at"]
    replay = vote["mode"] == "replay"
    result = vote["result"]
    differs = most is not None and vote["option"] in CHOSEN and most != vote["option"]
    return VoteRow(
        day=w.day(w.day_of(moment) if replay and moment else vote["held_on"], "short"),
        time=w.minute(moment) if moment else "",
        replay=replay,
        title=bind(vote["motion"].strip()),
        url=f"/sittings/{vote['sitting_id']}/votes/{vote['n']}",
        sign=vote["option"],
        word=bind(option_word(Option(vote["option"]), gender, w.locale)),
        differs=bind(key_word(Option(most), w.locale)) if differs and most else "",
        result=result,
        verdict=bind(result_word(Result(result), w.locale, candidates=vote["of_candidates"])),
        count_for=None if vote["of_candidates"] else vote["for_count"],
        whom=str(w.say("candidate No. %(n)s", n=vote["candidate"])) if vote["candidate"] else "",
    )


def _strips(votes: list[Any], w: Wording, gender: str | None) -> list[Strip]:
    sittings: dict[str, list[Any]] = {}
    for vote in votes:
        sittings.setdefault(vote["sitting_id"], []).append(vote)
    strips = []
    for sitting, own in sittings.items():
        signs = tuple(
            (
                vote["option"],
                f"{w.say('vote No. %(n)s', n=vote['n'])}: {option_word(Option(vote['option']), gender, w.locale)}",
                f"/sittings/{sitting}/votes/{vote['n']}",
            )
            for vote in sorted(own, key=lambda vote: int(vote["n"]))
        )
        chosen = sum(1 for vote in own if vote["option"] in CHOSEN)
        strips.append(
            Strip(
                url=f"/sittings/{sitting}",
                day=w.day(own[0]["held_on"], "short"),
                label=bind(own[0]["session_label"]),
                replay=own[0]["mode"] == "replay",
                signs=signs,
                chosen=chosen,
                count=len(own),
            )
        )
    return strips


def _words(options: Sequence[Option], gender: str | None, w: Wording) -> str:
    """«за, проти, утрималася»"""
    return bind(", ".join(option_word(option, gender, w.locale).lower() for option in options))


def _person_json(row: Any) -> dict[str, Any]:
    name = " ".join(part for part in (row["family_name"], row["given_name"], row["patronymic"]) if part)
    return {"member_id": row["id"], "name": name, "faction": row["faction"], "url": f"/members/{row['id']}"}
