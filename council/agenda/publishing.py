"""Publishing an agenda: what becomes the fact, and what stands against it. Pure.

Each publication is a version of its own; what changed since the last is seen as a change (`changes.py`). Later than the
profile's deadline a ground of urgency is asked for where the profile asks for one.
Source: the profile's agenda rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from council.agenda.deadline import due, due_source, is_late
from council.agenda.points import as_published
from council.profile import Profile
from council.refusals import Refusal
from council.sitting import SittingPlan
from voting.entries import AgendaPublished, stamp

MAX_GROUND = 300  # characters


def needs_ground(plan: SittingPlan, profile: Profile, now: datetime) -> bool:
    """Whether publishing now needs a ground of urgency."""
    today = now.astimezone(ZoneInfo(plan.body.timezone)).date()
    return profile.agenda.urgency_ground and is_late(due(profile, plan.held_on), today)


def publication(
    plan: SittingPlan, versions: Sequence[AgendaPublished], profile: Profile, now: datetime, ground: str
) -> AgendaPublished:
    """The agenda as it is prepared, as the next version. ground: of urgency; it is kept only where one is needed.

    Raises Refusal: `agenda_empty`, `agenda_unchanged`, `urgency_ground`, `ground_too_long`."""
    points = as_published(plan.items)
    if not points:
        raise Refusal("agenda_empty")
    last = versions[-1] if versions else None
    if last is not None and (last.points, last.held_on, last.session_label) == (
        points,
        plan.held_on.isoformat(),
        plan.session_label,
    ):
        raise Refusal("agenda_unchanged")
    urgency = " ".join(ground.split()) if needs_ground(plan, profile, now) else None
    if urgency == "":
        raise Refusal("urgency_ground")
    if urgency is not None and len(urgency) > MAX_GROUND:
        raise Refusal("ground_too_long")
    dues = due(profile, plan.held_on)
    return AgendaPublished(
        at=stamp(now),
        version=len(versions) + 1,
        session_label=plan.session_label,
        held_on=plan.held_on.isoformat(),
        points=points,
        due_on=dues[0].on.isoformat() if dues else None,
        due_source=due_source(dues[0], plan.body.locale) if dues else None,
        urgency=urgency,
    )
