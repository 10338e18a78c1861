"""What the site says of one vote, as the JSON of its twin, of lists and of the live updates.

Pure: a record of the ledger's fold in, plain values out; no clock, sockets or database. While a vote is open nothing
here tells how anybody votes: the record itself does not know. Times are RFC 3339 UTC with milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from council.people import display_name, full_name
from council.verdict import requirement_long, secret_verdict, vote_verdict
from council.vote_notes import secret_notes, vote_notes
from council.vote_words import voided_sentence
from council.words import LANGUAGES
from voting.entries import Candidate, CandidateCount, Document, Requirement, Source, Tally
from voting.record import SecretRecord, SittingRecord, VoteRecord
from voting.requirement import counted_at_closing, needed_at_close
from voting.roll import in_quorum

Json = dict[str, Any]


def vote_json(
    record: SittingRecord,
    n: int,
    *,
    leaf_hashes: Mapping[int, bytes],
    video: Mapping[str, Any] | None,
    presses: bool = False,
) -> Json:
    """A vote event's twin; also the `vote` update of the live stream. Raises KeyError for an unknown `n`.

    leaf_hashes: by `seq`, at least of the entry that closed or opened the vote. While open, `result` and `tally` are
    null and `roll` is empty; a void vote has no `result` either. `ledger` names that entry. presses: with the press
    behind each line of the roll, its terminal and its signature, so that whoever reads it can check them."""
    if n in record.secret_votes:
        return secret_json(record, n)
    vote = record.votes[n]
    seq = vote.opened_seq if vote.closed_seq is None else vote.closed_seq
    leaf = leaf_hashes.get(seq)
    opened = vote.opened
    return {
        "sitting": record.sitting,
        "n": n,
        "secret": False,
        "item": vote.item,
        "also_items": list(opened.also_items),
        "title": vote.motion,
        "motion_sha256": vote.motion_sha256,
        "subject": opened.subject,
        "method": opened.method,
        "order": opened.order,
        "state": vote.state,
        "opened_at": vote.opened_at,
        "seconds": vote.seconds,
        "held_at": vote.held_at,
        "left_ms": vote.left_ms,
        "closed_at": vote.closed_at,
        "announced_at": vote.announced_at,
        "void": {"at": vote.voided_at, "reason": vote.void_reason} if vote.state == "voided" else None,
        "relation": {"kind": opened.relation, "n": opened.refers_to, "reason": opened.reason}
        if opened.relation
        else None,
        "followed_by": list(vote.followed_by),
        "present": len(vote.present),
        "entitled": len(vote.entitled),
        "in_quorum": in_quorum(opened),
        "recused": list(opened.recused),
        "exception": opened.exception,
        "override": asdict(opened.override) if opened.override else None,
        "result": result_of(vote),
        "requirement": requirement_json(vote.requirement),
        "needed": threshold(vote),
        "tally": tally_json(vote.tally) if vote.tally else None,
        "candidates": candidates_json(opened.candidates, vote.counts),
        "chosen": chosen_of(vote),
        "tie": asdict(vote.tie) if vote.tie else None,
        "entered_by": [asdict(clerk) for clerk in vote.entered_by],
        "confirmed_by": asdict(vote.confirmed_by) if vote.confirmed_by else None,
        "corrections": [asdict(correction) for correction in vote.corrections],
        "roll": roll_json(record, vote, presses=presses),
        "words": {locale: verdict_words(record, vote, locale) for locale in LANGUAGES},
        "video": _video(record, n, video) if video else None,
        "ledger": {"seq": seq, "leaf_hash": leaf.hex() if leaf else None},
        "sheet": f"/sittings/{record.sitting}/votes/{n}/sheet.pdf" if vote.tally or vote.state == "voided" else None,
        "imported": asdict(record.imported) if record.imported else None,
        "replay": replay_json(record.opened.replay, vote.original_at),
    }


def secret_json(record: SittingRecord, n: int) -> Json:
    """A secret ballot's twin: totals, and nothing that could name who voted. A void one has no `result`."""
    vote = record.secret_votes[n]
    fact, void = vote.fact, vote.voided
    return {
        "sitting": record.sitting,
        "n": n,
        "secret": True,
        "item": fact.item,
        "title": fact.motion,
        "motion_sha256": fact.motion_sha256,
        "state": "recorded" if void is None else "voided",
        "recorded_at": fact.at,
        "void": {"at": void.at, "reason": void.reason} if void else None,
        "repeats": fact.repeats,
        "followed_by": list(vote.followed_by),
        "ground": fact.ground,
        "ground_source": fact.ground_source,
        "in_quorum": fact.in_quorum,
        "ballots": asdict(fact.ballots),
        "result": vote.result.value if vote.result else None,
        "requirement": requirement_json(fact.requirement),
        "tally": {"for": fact.for_, "against": fact.against, "abstain": fact.abstain},
        "candidates": candidates_json(fact.candidates, fact.counts),
        "chosen": fact.chosen if void is None else None,
        "protocol": document_json(fact.protocol),
        "words": {locale: secret_words(record, vote, locale) for locale in LANGUAGES},
        "sheet": f"/sittings/{record.sitting}/votes/{n}/sheet.pdf",
    }


def result_of(vote: VoteRecord) -> str | None:
    """A void vote decides nothing, whatever its figures were."""
    return vote.result.value if vote.result and vote.state != "voided" else None


def chosen_of(vote: VoteRecord) -> int | None:
    """The candidate's number, likewise."""
    return vote.chosen if vote.state != "voided" else None


def threshold(vote: VoteRecord) -> int:
    """Votes for that suffice, where one number says it: where votes are the base only once they are counted, and never
    in a choice among candidates. 0: there is no line to draw."""
    if vote.opened.candidates or (vote.tally is None and counted_at_closing(vote.requirement.base)):
        return 0
    return vote.requirement.needed if vote.tally is None else needed_at_close(vote.requirement, vote.tally)


def candidates_json(candidates: Sequence[Candidate], counts: Sequence[CandidateCount]) -> list[Json]:
    """`votes` is null until they are counted."""
    votes = {count.candidate: count.votes for count in counts}
    return [{"candidate": one.candidate, "name": one.name, "votes": votes.get(one.candidate)} for one in candidates]


def document_json(document: Document) -> Json:
    return {"name": document.name, "sha256": document.sha256, "bytes": document.bytes_}


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


def roll_json(record: SittingRecord, vote: VoteRecord, *, presses: bool = False) -> list[Json]:
    """Every member with name, faction at this sitting, option, and how it came; empty until the vote is closed."""
    members = {member.member: member for member in record.opened.members}
    lines = []
    for entry in vote.roll or ():
        line: Json = {
            "member_id": entry.member,
            "name": full_name(members[entry.member]),
            "faction": members[entry.member].faction,
            "option": entry.option.value,
            "candidate": entry.candidate,
            "channel": entry.channel,
        }
        if presses:
            line |= {"recorded_at": entry.recorded_at, "boot": entry.boot, "n": entry.n}
            line |= {"terminal": entry.terminal, "signature": entry.signature}
        lines.append(line)
    return lines


def verdict_words(record: SittingRecord, vote: VoteRecord, locale: str) -> Json:
    """The verdict's word, the rest of its sentence, the requirement with its article, and what else is to be said."""
    word, rest = vote_verdict(vote, locale)
    return {
        "verdict": word,
        "sentence": rest,
        "requirement": requirement_long(vote.requirement, locale),
        "notes": list(notes(record, vote, locale)),
    }


def notes(record: SittingRecord, vote: VoteRecord, locale: str) -> tuple[str, ...]:
    """What else there is to say of a vote; why it is void the verdict says already."""
    names = {member.member: display_name(member) for member in record.opened.members}
    void = voided_sentence(vote.void_reason or "", locale)
    return tuple(note for note in vote_notes(vote, record.all_votes, names, locale) if note != void)


def secret_words(record: SittingRecord, vote: SecretRecord, locale: str) -> Json:
    word, rest = secret_verdict(vote, locale)
    requirement = requirement_long(vote.fact.requirement, locale)
    return {
        "verdict": word,
        "sentence": rest,
        "requirement": requirement,
        "notes": list(secret_notes(vote, record.all_votes, locale)),
    }


def replay_json(source: Source | None, original_at: str | None) -> Json | None:
    return None if source is None else {**asdict(source), "original_at": original_at}


def _video(record: SittingRecord, n: int, video: Mapping[str, Any]) -> Json:
    return {
        "recording": video["recording"],
        "offset_ms": video["offset_ms"],
        "accuracy": asdict(video["accuracy"]),
        "url": video_url(record.sitting, n),
    }


def video_url(sitting: str, n: int) -> str:
    """The address that names the fact; the offset is worked out when it is asked for."""
    return f"/sittings/{sitting}/video?at=vote-{n}"


def vote_line_json(record: SittingRecord, n: int) -> Json:
    """A vote in a list: its figures, without the roll."""
    url = f"/sittings/{record.sitting}/votes/{n}"
    if n in record.secret_votes:
        fact = secret_json(record, n)
        kept = ("n", "secret", "item", "title", "state", "recorded_at", "result", "tally")
        return {key: fact[key] for key in kept} | {"url": url}
    vote = record.votes[n]
    return {
        "n": n,
        "secret": False,
        "item": vote.item,
        "also_items": list(vote.opened.also_items),
        "title": vote.motion,
        "state": vote.state,
        "subject": vote.opened.subject,
        "opened_at": vote.opened_at,
        "closed_at": vote.closed_at,
        "original_at": vote.original_at,
        "result": result_of(vote),
        "needed": vote.requirement.needed,
        "seats": vote.requirement.seats,
        "tally": tally_json(vote.tally) if vote.tally else None,
        "url": url,
    }
