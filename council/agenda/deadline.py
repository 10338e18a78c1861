"""By when an agenda and its drafts must be published: the profile's deadlines as days. Pure.

Working days are Monday to Friday. Public holidays are not known here (in Ukraine there are none under martial law), so
where one lies between, the clerk counts it; the page says so.
Source: the profile's agenda rules and the deadlines they name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from council.profile import Deadline, Profile, spoken


@dataclass(frozen=True, slots=True)
class Due:
    """`on`: the last day the rules allow. `what`: "drafts" or "notice"."""

    what: str
    on: date
    deadline: Deadline


def due(profile: Profile, held_on: date) -> tuple[Due, ...]:
    """Every deadline that binds the agenda of a sitting on that day, the earliest first; none where none binds."""
    named = (("drafts", profile.agenda.drafts), ("notice", profile.agenda.notice))
    found = [Due(what, last_day(deadline, held_on), deadline) for what, deadline in named if deadline is not None]
    return tuple(sorted(found, key=lambda one: one.on))


def last_day(deadline: Deadline, held_on: date) -> date:
    """Of a deadline before the sitting: so many days before its day, which itself does not count."""
    day, left = held_on, deadline.days
    while left:
        day -= timedelta(days=1)
        if not deadline.working or day.weekday() < 5:
            left -= 1
    return day


def is_late(dues: tuple[Due, ...], on: date) -> bool:
    return bool(dues) and on > dues[0].on


def due_source(one: Due, locale: str) -> str:
    return spoken(one.deadline.source, locale)
