"""A sitting's page while it runs: what is drawn when it is asked for, and what live_page.js needs to go on from there.

The script gets the same JSON the hub sends, and words; it asks for nothing else. How anybody votes is not in it before
the vote is closed, because it is not in the record.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from council.papers.phrases import phrases
from council.state_parts import LiveState
from council.verdict import channel_word, option_word, requirement_long, vote_verdict
from council.words import plural_examples
from public_site import history, summaries, views, vote_lines, vote_summaries
from public_site.chapters import exactness
from public_site.records import queries
from public_site.video import Still
from public_site.views import LIVE_ORDER, ORDER
from public_site.wording import Wording, bind, parse, stamp
from voting.entries import Option
from voting.record import SittingRecord, VoteRecord
from voting.values import Channel


async def context(connection: Any, record: SittingRecord, state: LiveState | None, w: Wording) -> dict[str, Any]:
    votes = [vote for _, vote in sorted(record.votes.items())]
    exact = await exactness(connection, record, w)
    event = votes[-1] if votes else None
    is_open = event is not None and event.state in ("open", "held")
    counted = event is not None and event.tally is not None
    present = set(state.present) if state else set(record.present)
    voted = set(state.voted) if state and event and is_open and state.vote_n == event.n else set()
    if event is not None and counted:
        groups = views.roll_groups(record, event, w)
        whole = views.vote_hall(record, event, groups, w)
        hall = replace(whole, orders=whole.orders[:1])
    else:
        needed = vote_summaries.threshold(event) if event else 0
        groups = views.live_groups(record, present, voted, w)
        hall = views.live_hall(record.opened.seats, needed, groups, w)
    item = record.items.get(record.current_item) if record.current_item is not None else None
    word, rest = vote_verdict(event, w.locale) if event else ("", "")
    stage = "open" if is_open else "closed" if event else "before"
    # the item goes first when it has been called since the vote shown
    of_item = item is not None and (event is None or (not is_open and event.item != item.item))
    title = bind(item.title.strip()) if of_item and item else bind(event.motion.strip()) if event else ""
    return {
        "record": record,
        "label": bind(record.opened.session_label),
        "day": w.day(record.opened.held_on),
        "stage": stage,
        "event": event,
        "item": item,
        "of_item": of_item,
        "title": title,
        "requirement": bind(requirement_long(event.requirement, w.locale)) if event and not of_item else "",
        "needs": views.needs(event, w) if event else "",
        "opened_line": _opened_line(event, w),
        "held": event is not None and event.state == "held",
        "counted": counted,
        "standing": vote_lines.standing(event) if event else "",
        "notes": [bind(note) for note in vote_summaries.notes(record, event, w.locale)] if event else [],
        "closed": _closed(record, w),
        "speech": summaries.speech_json(record),
        "kinds": history.speech_words(phrases(w.locale, record.opened.timezone)),
        "original": w.time(event.original_at) if event and event.original_at else "",
        "word": bind(word),
        "rest": bind(rest),
        "hall": hall,
        "groups": groups,
        "figures": _all_figures(event, w),
        "voted": len(voted),
        "present": len(present),
        "presence": presence(len(present), record.opened.seats, record.opened.quorum),
        "earlier": [vote_lines.any_line(record, n, w) for n in reversed(_decided(record))],
        "exact": exact,
        "video": await _live_still(connection, record, state, w),
        "page": {**_page(record, event, state, present, voted, exact, w), "words": _words(w)},
    }


def _closed(record: SittingRecord, w: Wording) -> str:
    """What stands over the page in a closed part."""
    part = record.closed_part
    if part is None:
        return ""
    source = f" ({part.fact.source})" if part.fact.source else ""
    values = {"time": w.time(part.fact.since), "reason": part.fact.reason + source}
    return bind(str(w.say("Closed part of the sitting since %(time)s: %(reason)s. No camera films.", **values)))


def _decided(record: SittingRecord) -> list[int]:
    """Votes that are over, void ones too, named and secret."""
    over = [n for n, vote in record.votes.items() if vote.tally is not None or vote.state == "voided"]
    return sorted([*over, *record.secret_votes])


def presence(count: int, seats: int, quorum: int) -> dict[str, Any]:
    return {"count": count, "seats": seats, "quorum": quorum, "missing": max(0, quorum - count)}


def _opened_line(event: VoteRecord | None, w: Wording) -> str:
    if event is None or event.opened_at is None:
        return ""
    at = w.time(event.opened_at)
    if event.seconds is None:
        return str(w.say("opened at %(time)s, without a time limit", time=at))
    return str(
        w.count(
            "opened at %(time)s, for %(count)s second",
            "opened at %(time)s, for %(count)s seconds",
            event.seconds,
            time=at,
        )
    )


def _all_figures(event: VoteRecord | None, w: Wording) -> list[views.Figure]:
    """A cell for every option, so that the script finds its places; the rare ones are hidden while zero."""
    counts = vote_summaries.tally_json(event.tally) if event and event.tally else {}
    return [
        views.Figure(o.value, counts.get(o.value, 0), views.loose_word(o, counts.get(o.value, 0), w.locale))
        for o in ORDER
    ]


async def _live_still(connection: Any, record: SittingRecord, state: LiveState | None, w: Wording) -> Still | None:
    camera = state.live_camera if state else None
    if camera is None:
        return None
    poster = await queries.poster(connection, camera=camera, at=datetime.now(UTC) + timedelta(seconds=1))
    return Still(
        manifest=f"/sittings/{record.sitting}/video.json?camera={camera}",
        hls=f"/live/video.m3u8?sitting={record.sitting}&camera={camera}",
        offset_ms=0,
        live="true",
        autostart="false",
        poster=f"/video/{poster['run_id']}/{poster['n']}.jpg" if poster else None,
        clock="",
        url=f"/sittings/{record.sitting}/video",
        words=str(w.say("Watch live")),
    )


def _page(
    record: SittingRecord,
    event: VoteRecord | None,
    state: LiveState | None,
    present: set[str],
    voted: set[str],
    exact: dict[int, str],
    w: Wording,
) -> dict[str, Any]:
    return {
        "live": f"/live?sitting={record.sitting}&lang={w.locale}",
        "state": "open",
        "speech": summaries.speech_json(record),
        "seen": max([*record.votes, *record.secret_votes], default=0),
        "lang": w.locale,
        "zone": record.opened.timezone,
        "sitting": record.sitting,
        "server_time": stamp(datetime.now(UTC)),
        "seats": record.opened.seats,
        "quorum": record.opened.quorum,
        "item": record.current_item,
        "members": {m.member: [m.faction or "", 1 if m.gender == "f" else 0] for m in record.opened.members},
        "vote": _vote(record, event.n, exact.get(event.n, ""), w) if event else None,
        "present": sorted(present),
        "voted": sorted(voted),
        "rev": state.rev if state else -1,
        "closes_at": closes_at(event),
    }


def _vote(record: SittingRecord, n: int, exact: str, w: Wording) -> dict[str, Any]:
    """As an update of the live stream tells it, in the page's language."""
    value = vote_summaries.vote_json(record, n, leaf_hashes={}, video=None)
    own = value["words"][w.locale] | {"line": vote_lines.line_words(record, n, w.locale), "exact": exact}
    return {**value, "words": {w.locale: own}}


def closes_at(event: VoteRecord | None) -> str | None:
    """None while it is held, and for a vote without a limit. The hall's own word (`state`) is surer."""
    if event is None or event.state != "open" or event.seconds is None or event.opened_at is None:
        return None
    return stamp(parse(event.opened_at) + timedelta(seconds=event.seconds))


def _words(w: Wording) -> dict[str, Any]:
    """What the script may have to say; `%(…)s` are filled in by it."""
    say, samples = w.say, plural_examples(w.locale)
    signs: dict[str, list[str]] = {
        o.value: [bind(option_word(o, "m", w.locale)), bind(option_word(o, "f", w.locale))] for o in Option
    }
    for sign, word in zip(LIVE_ORDER, (say("Cast"), say("Not yet"), say("Not registered")), strict=True):
        # an absent member is «not registered» while the vote is open, and «absent» in its roll
        signs["unregistered" if sign == "absent" else sign] = [str(word), str(word)]
    return {
        "signs": signs,
        "tally": {
            o.value: {form: views.loose_word(o, sample, w.locale) for form, sample in samples.items()} for o in ORDER
        },
        "channels": {channel: channel_word(channel, w.locale) for channel in get_args(Channel)},
        "kinds": history.speech_words(phrases(w.locale, w.zone.key)),
        "closed": str(say("Closed part of the sitting since %(time)s: %(reason)s. No camera films.")),
        "held": str(say("The vote is on hold; what was recorded stands.")),
        "is_open": str(say("The vote is open")),
        "on_hold": str(say("On hold")),
        "left_of": str(say("%(left)s left of %(limit)s")),
        "over": str(say("time is over, %(left)s more")),
        "spoken": str(say("has spoken for %(left)s")),
        "paused": str(say("paused")),
        "voting_now": str(say("Voting now")),
        "vote_no": str(say("Vote No. %(n)s")),
        "in_record": str(say("in the record %(time)s")),
        "no_record_note": str(say("The source of this vote does not mention the member; it does not add to “for”.")),
        "item": str(say("item %(item)s")),
        "item_now": str(say("Under consideration: item %(item)s")),
        "needed": str(say("needed %(needed)s")),
        "have_voted": str(say("have voted")),
        "for_of": str(say("“for” of %(seats)s")),
        "opened_for": str(say("opened at %(time)s, for %(seconds)s s")),
        "opened_unlimited": str(say("opened at %(time)s, without a time limit")),
        "already": str(say("Who has already voted: %(voted)s of %(present)s present")),
        "roll": str(say("Who voted how")),
        "in_hall": str(say("In the hall: %(present)s of %(seats)s")),
        "presence": str(say("%(present)s of %(seats)s in the hall; the quorum is %(quorum)s")),
        "quorum": str(say("there is a quorum")),
        "no_quorum": str(say("no quorum, %(missing)s missing")),
        "of": str(say("%(voted)s of %(present)s")),
        "announce_open": str(say("Vote No. %(n)s is open: %(title)s")),
        "announce_ten": str(say("Ten seconds left.")),
        "announce_zero": str(say("Time is up.")),
        "offline": str(say("The connection broke at %(time)s, reconnecting")),
        "ended": str(say("The sitting has ended.")),
        "seat": str(say("%(voted)s of %(present)s present have voted; how is shown after the vote is closed.")),
    }
