"""What lies in archives held against the index: names and sizes, which cost one list a run, or every object read whole.

Changes nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from streaming.archive import Archive
from streaming.errors import StreamingError
from streaming.findings import GO_ON, RESTORE, Finding
from streaming.segments import Segment

AT_ONCE = 4  # objects read
OF_RUN = re.compile(r"init\.mp4|journal-[0-9]{10}\.jsonl")  # what goes with a run's segments


@dataclass(slots=True)
class Archives:
    """whole: read every object; else its size is looked at. `lost`: those that did not answer are asked once."""

    known: Mapping[str, Archive] = field(default_factory=dict)
    whole: bool = False
    lost: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Looked:
    """`found`: SHA-256 of the objects that were read, by path. `there`: SHA-256, as the index has them, of those that
    are there in their size and were not read."""

    findings: list[Finding]
    found: dict[str, str]
    there: dict[str, str]


async def look(
    archives: Archives, folder: str, segments: Sequence[Segment], places: Mapping[int, tuple[str, bool]]
) -> Looked:
    """A run. folder: its name in an archive. segments: those that are to be looked at. places: of all its segments that
    lie in an archive, or (False) may, deleted or not."""
    looked = Looked([], {}, {})
    for id_ in sorted({id_ for id_, _ in places.values()} - archives.lost):
        promised = [one for one in segments if places.get(one.n) == (id_, True)]
        try:
            if id_ not in archives.known:
                raise _Unknown(f"archive {id_} is not in council.toml")
            sizes = await archives.known[id_].sizes(folder)
        except StreamingError as error:
            archives.lost.add(id_)
            text = f"{str(error)[:1].upper()}{str(error)[1:]}: what lies there was not looked at."
            looked.findings.append(Finding(False, text, "See that it can be reached with the keys that are named."))
            continue
        looked.findings.extend(_sizes(id_, promised, sizes, looked.there))
        looked.findings.extend(_strays(id_, folder, sizes, {n for n, place in places.items() if place[0] == id_}))
        if archives.whole:
            await _read(archives.known[id_], promised, looked)
    return looked


class _Unknown(StreamingError):
    pass


def _sizes(
    archive: str, promised: Sequence[Segment], sizes: Mapping[str, int], there: dict[str, str]
) -> Iterator[Finding]:
    for one in promised:
        size = sizes.get(one.path)
        if size is None:
            yield Finding(False, f"{one.path} is missing in archive {archive}.", RESTORE)
        elif size != one.bytes:
            text = f"{one.path} in archive {archive} has {size} bytes, {one.bytes} were recorded."
            yield Finding(False, text, RESTORE)
        else:
            there[one.path] = one.sha256


def _strays(archive: str, folder: str, sizes: Mapping[str, int], numbers: set[int]) -> Iterator[Finding]:
    """Objects that nobody promised. numbers: of segments that are there, or on their way in or out."""
    for path in sorted(sizes):
        name = PurePosixPath(path).name
        if OF_RUN.fullmatch(name) or (name[:-4].isdigit() and int(name[:-4]) in numbers):
            continue
        yield Finding(
            False, f"{path} in archive {archive} belongs to no row of the index.", "Find out who put it there."
        )


async def _read(archive: Archive, promised: Sequence[Segment], looked: Looked) -> None:
    few = asyncio.Semaphore(AT_ONCE)

    async def one(segment: Segment) -> None:
        async with few:
            try:
                sha256 = await archive.hash(segment.path, segment.bytes)
            except StreamingError as error:
                looked.findings.append(Finding(False, f"{segment.path} cannot be read: {error}.", "Check again."))
                return
        looked.found[segment.path] = sha256
        if sha256 != segment.sha256:
            text = f"{segment.path} was altered in archive {archive.id}: its SHA-256 is not the one recorded."
            looked.findings.append(Finding(False, text, RESTORE))

    there = [segment for segment in promised if looked.there.pop(segment.path, None) is not None]
    await asyncio.gather(*(one(segment) for segment in there))


def broken_off(places: Mapping[int, tuple[str, bool]], deleted: frozenset[int], run_id: str) -> Iterator[Finding]:
    """What a move or a deletion left to be done."""
    going = [n for n, (_, arrived) in places.items() if not arrived and n not in deleted]
    doomed = [n for n in places if n in deleted]
    if going:
        yield Finding(True, f"Run {run_id}: {len(going)} segments were on their way to an archive.", GO_ON)
    if doomed:
        text = f"Run {run_id}: {len(doomed)} deleted segments may still lie in an archive."
        yield Finding(False, text, GO_ON)
