"""A closed part of the sitting: filming paused, and resumed. Pure.

The ground is one of the profile's for secrecy, or what the clerk states. The recorders read the ledger's fact; which of
them has obeyed is no fact and stands on the console.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from council.acts.context import Context, open_record
from council.profile import spoken
from council.protocol_acts import PauseFilming
from council.refusals import Refusal
from voting.entries import Fact, FilmingPaused, FilmingResumed, stamp


def pause_filming(act: PauseFilming, context: Context) -> Sequence[Fact]:
    record = open_record(context.record)
    if record.closed_part is not None:
        return []
    reason, source, locale = (act.reason or "").strip(), None, context.plan.body.locale
    if act.ground is not None:
        ground = context.profile.grounds.get(act.ground)
        if ground is None:
            raise Refusal("no_closed_ground")
        reason, source = spoken(ground.text, locale), spoken(ground.source, locale)
    if not reason:
        raise Refusal("reason_needed")
    assert context.by is not None  # noqa: S101 - no terminal sends this act
    since = context.now - timedelta(seconds=act.seconds_ago)
    return [FilmingPaused(stamp(context.now), stamp(since), act.ground, reason, source, context.by)]


def resume_filming(context: Context) -> Sequence[Fact]:
    record = open_record(context.record)
    if record.closed_part is None:
        return []
    assert context.by is not None  # noqa: S101 - no terminal sends this act
    return [FilmingResumed(stamp(context.now), context.by)]
