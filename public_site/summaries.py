"""What the site says of a sitting and its votes, as the JSON of the pages' twins and of the live updates.

Pure: a record of the ledger's fold in, plain values out; no clock, sockets or database. While a vote is open nothing
here tells how anybody votes: the record itself does not know. Times are RFC 3339 UTC with milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from council.verdict import requirement_long, vote_verdict
from council.words import LANGUAGES
from voting.entries import Requirement, Seated, Source, Tally
from voting.record import SittingRecord, VoteRecord

Json = dict[str, Any]


def member_name(member: Seated) -> str:
    """As in a roll, surname first: «Бичковяк Олена Вікторівна»."""
    return " ".join(part for part in (member.family_name, member.given_name, member.patronymic) if part)


def vote_json(
    record: SittingRecord, n: int, *, leaf_hashes: Mapping[int, bytes], video: Mapping[str, Any] | None
) -> Json:
    """A vote event's twin; also the `vote` update of the live stream. Raises KeyError for an unknown `n`.

    leaf_hashes: by `seq`, at least of the entry that closed or opened the vote. While open, `result` and `tally` are
    null and `roll` is empty. `ledger` names that entry."""
    vote = record.votes[n]
    seq = vote.opened_seq if vote.closed_seq is None else vote.closed_seq
    leaf = leaf_hashes.get(seq)
    return {
        "sitting": record.sitting,
        "n": n,
        "item": vote.item,
        "title": vote.motion,
        "motion_sha256": vote.motion_sha256,
        "state": vote.state,
        "opened_at": vote.opened_at,
        "seconds": vote.seconds,
        "closed_at": vote.closed_at,
        "announced_at": vote.announced_at,
        "present": len(vote.present),
        "entitled": len(vote.entitled),
        "result": vote.result.value if vote.result else None,
        "requirement": requirement_json(vote.requirement),
        "tally": tally_json(vote.tally) if vote.tally else None,
        "roll": roll_json(record, vote),
        "words": {locale: verdict_words(vote, locale) for locale in LANGUAGES},
        "video": {"recording": video["recording"], "offset_ms": video["offset_ms"], "url": video_url(record.sitting, n)}
        if video
        else None,
        "ledger": {"seq": seq, "leaf_hash": leaf.hex() if leaf else None},
        "imported": asdict(record.imported) if record.imported else None,
        "replay": replay_json(record.opened.replay, vote.original_at),
    }


def requirement_json(requirement: Requirement) -> Json:
    return {
        "base": requirement.base.value,
        "numerator": requirement.numerator,
        "denominator": requirement.denominator,
        "strict": requirement.strict,
        "seats": requirement.seats,
        "needed": requirement.needed,
        "quorum": requirement.quorum,
        "source": requirement.source,
    }


def tally_json(tally: Tally) -> dict[str, int]:
    return {
        "for": tally.for_,
        "against": tally.against,
        "abstain": tally.abstain,
        "not_voting": tally.not_voting,
        "absent": tally.absent,
        "recused": tally.recused,
        "no_record": tally.no_record,
    }


def roll_json(record: SittingRecord, vote: VoteRecord) -> list[Json]:
    """Every member with name, faction at this sitting and option; empty until the vote is closed."""
    members = {member.member: member for member in record.opened.members}
    return [
        {
            "member_id": entry.member,
            "name": member_name(members[entry.member]),
            "faction": members[entry.member].faction,
            "option": entry.option.value,
        }
        for entry in vote.roll or ()
    ]


def verdict_words(vote: VoteRecord, locale: str) -> dict[str, str]:
    """The verdict's word, the rest of its sentence, and the requirement with its article."""
    word, rest = vote_verdict(vote, locale)
    return {"verdict": word, "sentence": rest, "requirement": requirement_long(vote.requirement, locale)}


def replay_json(source: Source | None, original_at: str | None) -> Json | None:
    return None if source is None else {**asdict(source), "original_at": original_at}


def video_url(sitting: str, n: int) -> str:
    """The address that names the fact; the offset is worked out when it is asked for."""
    return f"/sittings/{sitting}/video?at=vote-{n}"


def sitting_json(record: SittingRecord) -> Json:
    """A sitting in short; also the `sitting` update of the live stream. `item`, `title`: the current item."""
    current = record.items.get(record.current_item) if record.current_item is not None else None
    opened = record.opened
    return {
        "sitting": record.sitting,
        "body": opened.body,
        "body_name": opened.body_name,
        "municipality": opened.municipality,
        "session_label": opened.session_label,
        "kind": opened.sitting_kind,
        "held_on": opened.held_on,
        "timezone": opened.timezone,
        "mode": opened.mode,
        "state": "open" if record.closed_seq is None else "closed",
        "item": current.item if current else None,
        "title": current.title if current else None,
        "opened_at": record.opened_at,
        "closed_at": record.closed_at,
        "seats": opened.seats,
        "quorum": opened.quorum,
        "imported": asdict(record.imported) if record.imported else None,
        "replay": asdict(opened.replay) if opened.replay else None,
    }


def sitting_page_json(record: SittingRecord) -> Json:
    """A sitting's twin: what `sitting_json` says, its members, agenda and votes."""
    return {
        **sitting_json(record),
        "members": [
            {
                "member_id": member.member,
                "name": member_name(member),
                "faction": member.faction,
                "arrived": member.member in record.arrived,
            }
            for member in record.opened.members
        ],
        "agenda": [
            {"item": item.item, "title": item.title, "called_at": item.called_at, "votes": item.votes}
            for item in record.items.values()
        ],
        "votes": [vote_line_json(record.sitting, vote) for _, vote in sorted(record.votes.items())],
    }


def vote_line_json(sitting: str, vote: VoteRecord) -> Json:
    """A vote in a list: its figures, without the roll."""
    return {
        "n": vote.n,
        "item": vote.item,
        "title": vote.motion,
        "state": vote.state,
        "opened_at": vote.opened_at,
        "closed_at": vote.closed_at,
        "original_at": vote.original_at,
        "result": vote.result.value if vote.result else None,
        "needed": vote.requirement.needed,
        "seats": vote.requirement.seats,
        "tally": tally_json(vote.tally) if vote.tally else None,
        "url": f"/sittings/{sitting}/votes/{vote.n}",
    }


def error_json(status: int, code: str, message: str, help_: str) -> Json:
    """The one shape of every JSON error: `code` for programs, `message` what is wrong, `help` what to do."""
    return {"error": {"status": status, "code": code, "message": message, "help": help_}}
