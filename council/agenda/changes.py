"""What has changed between two versions of an agenda, so that changes are seen as changes. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from voting.entries import AgendaPoint, Document


@dataclass(frozen=True, slots=True)
class Retitled:
    item: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DraftChange:
    item: str
    document: Document
    added: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """Items by their number, in the order of the newer version (removed: of the older). `moved`: the fewest that, put
    elsewhere, make the one order of the other."""

    added: tuple[AgendaPoint, ...] = ()
    removed: tuple[AgendaPoint, ...] = ()
    retitled: tuple[Retitled, ...] = ()
    moved: tuple[str, ...] = ()
    consent: tuple[AgendaPoint, ...] = ()  # now by consent, or not any more
    drafts: tuple[DraftChange, ...] = ()

    def __bool__(self) -> bool:
        return self != Changes()


def changes(before: Sequence[AgendaPoint], after: Sequence[AgendaPoint]) -> Changes:
    old, new = {point.item: point for point in before}, {point.item: point for point in after}
    both = [point.item for point in after if point.item in old]
    return Changes(
        added=tuple(point for point in after if point.item not in old),
        removed=tuple(point for point in before if point.item not in new),
        retitled=tuple(
            Retitled(item, old[item].title, new[item].title) for item in both if old[item].title != new[item].title
        ),
        moved=_moved([point.item for point in before if point.item in new], both),
        consent=tuple(new[item] for item in both if old[item].consent != new[item].consent),
        drafts=tuple(_drafts(old, new)),
    )


def _drafts(old: dict[str, AgendaPoint], new: dict[str, AgendaPoint]) -> list[DraftChange]:
    found = []
    for item in new:
        had = old[item].drafts if item in old else ()
        found += [DraftChange(item, one, added=True) for one in new[item].drafts if item in old and one not in had]
        found += [DraftChange(item, one, added=False) for one in had if one not in new[item].drafts]
    return found


def _moved(before: list[str], after: list[str]) -> tuple[str, ...]:
    """What is not in a longest run of items that keep their order."""
    place = {item: n for n, item in enumerate(before)}
    ends: list[str] = []  # of the runs found so far, by length: the item that comes earliest in `before`
    ahead: dict[str, str | None] = {}  # item -> the one before it in the best run that ends with it
    for item in after:
        length = bisect_left(ends, place[item], key=place.__getitem__)
        ahead[item] = ends[length - 1] if length else None
        ends[length : length + 1] = [item]
    kept, item_kept = set(), ends[-1] if ends else None
    while item_kept is not None:
        kept.add(item_kept)
        item_kept = ahead[item_kept]
    return tuple(item for item in after if item not in kept)
