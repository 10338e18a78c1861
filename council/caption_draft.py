"""A first draft of captions by a machine that listens to the recording, marked as such until somebody has read it.

It never takes the place of what a person has read through or corrected; an earlier draft it does, and of a part of the
sitting only that part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from council import captions
from council.access import MACHINE
from council.captions import Author
from council.letters import cleared
from streaming import index, speech, speech_sound
from streaming.captions import Caption, language_name, numbered
from streaming.index import Piece
from streaming.segments import Run, Segment
from streaming.shelf import Shelf
from streaming.speech import Recogniser
from streaming.speech_sound import Read


class NotDrafted(Exception):
    """There is no draft; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be listened to: of which sitting, which cameras in which order, from when until when."""

    sitting: str
    language: str
    cameras: Sequence[str]
    start: datetime
    end: datetime


async def seen(connection: Any, sitting: str, language: str) -> int:
    """The version that a draft may follow, 0 where there is none. Raises NotDrafted."""
    known = [one for one in await captions.versions(connection, sitting) if one.language == language]
    if not known:
        return 0
    if not known[0].machine and known[0].how != "withdrawn":
        raise NotDrafted(
            f"There are captions in {language_name(language)} that people have read: version {known[0].version}, by "
            f"{known[0].made_name}. A draft does not take their place; withdraw them first, if it should."
        )
    return known[0].version


async def draft(
    connection: Any,
    wanted: Wanted,
    recogniser: Recogniser,
    shelf: Shelf,
    now: Callable[[], datetime],
    told: Callable[[datetime], None] = lambda _: None,
) -> int:
    """Listen and store; says how many captions. told: how far it has listened, from time to time. Raises NotDrafted,
    captions.Overtaken, captions.Full, StreamingError, OSError."""
    before = await seen(connection, wanted.sitting, wanted.language)
    found = [
        await index.between(connection, camera, wanted.start, wanted.end, hide=("closed",)) for camera in wanted.cameras
    ]
    pieces = [piece for _, segments in found for piece in await index.pieces(connection, segments)]
    read = _reading(shelf, asyncio.get_running_loop(), pieces)
    heard = await asyncio.to_thread(lambda: list(_heard(found, wanted, recogniser, read, told)))
    if not heard:
        raise NotDrafted("Nothing that was said could be understood.")
    known = await captions.read(connection, wanted.sitting, wanted.language, before) if before else None
    rest = [one for one in known or () if not wanted.start <= one.start < wanted.end]
    await captions.write(
        *(connection, wanted.sitting, wanted.language, before, numbered([*rest, *heard])),
        by=Author(MACHINE, recogniser.name[:100]),
        at=now(),
        how="drafted",
        machine=True,
    )
    return len(heard)


def _reading(shelf: Shelf, loop: asyncio.AbstractEventLoop, pieces: Sequence[Piece]) -> Read:
    """For another thread than the loop's."""
    archived = {piece.path: piece for piece in pieces if piece.archive is not None}

    def read(path: str) -> bytes:
        if (piece := archived.get(path)) is None:
            return shelf.on_disk(path).read_bytes()
        return asyncio.run_coroutine_threadsafe(shelf.file(piece), loop).result().read_bytes()

    return read


def _heard(
    found: Sequence[tuple[list[Run], list[Segment]]],
    wanted: Wanted,
    recogniser: Recogniser,
    read: Read,
    told: Callable[[datetime], None],
) -> Iterator[Caption]:
    if not any(segments for _, segments in found):
        raise NotDrafted("Nothing is recorded of that time.")
    runs = {run.id: run for own, _ in found for run in own}
    able = speech_sound.with_sound(read, list(runs.values()))
    stretches = speech_sound.covering([[one for one in own if one.run_id in able] for _, own in found])
    if not stretches:
        raise NotDrafted("No camera recorded sound at that time.")
    for stretch in stretches:
        for piece in speech_sound.pieces(read, runs[stretch[0].run_id], stretch):
            for one in speech.captions(recogniser.words(piece.samples), piece):
                if wanted.start <= one.start < wanted.end:
                    yield Caption(one.start, one.end, cleared(one.text))
            told(piece.end)
