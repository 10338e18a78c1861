"""What is learnt before anybody asks, for which the first reader would wait ten times as long as all others: words and
templates by a site that begins, the dearest questions by each of its connections to the database."""

from __future__ import annotations

import logging
from contextlib import suppress

import asyncpg
import numpy as np

from council.words import LANGUAGES, translations
from public_site import records
from public_site.site import templates
from public_site.wording import wording
from streaming import caption_index, index
from streaming.index import Window
from streaming.playlist import CUT, Playlist
from streaming.reel import PlaylistReel, Reels
from streaming.segments import EPOCH, Span
from voting import codec
from voting.entries import VERSIONS
from voting.errors import BadEntry

log = logging.getLogger(__name__)

NOBODY = ""
NEVER = Window(EPOCH, EPOCH, False)


def learn() -> None:
    """Once a process."""
    templates()
    for fact in VERSIONS:
        with suppress(BadEntry):  # an empty one; what facts are made of is found out
            codec.load(fact, {})
    for language in LANGUAGES:
        translations(language, "words")
        wording(language, "UTC").day(EPOCH.date(), "full")
    playlist = Playlist()
    playlist.add([Span(NOBODY, 0, 0, 0, 1)], [np.zeros(1, CUT)])
    playlist.whole(ended=True, packed=True)


async def acquaint(connection: asyncpg.Connection) -> None:
    """Of a recording that there is not."""
    try:
        await records.Records().sitting(connection, NOBODY)
        await records.queries.live_sitting(connection, body=NOBODY)
        await records.queries.poster(connection, camera=NOBODY, at=EPOCH)
        await caption_index.tracks(connection, NOBODY)
        await index.sitting_window(connection, NOBODY)
        await index.foreign_cameras(connection, NOBODY)
        await index.stretches(connection, EPOCH, EPOCH)
        await index.marred(connection, EPOCH, EPOCH)
        await index.around(connection, NOBODY, NEVER, EPOCH)
        await Reels(PlaylistReel).read(connection, NOBODY, NOBODY, NEVER)
        await PlaylistReel(NOBODY, NOBODY).read(connection, [])
    except asyncpg.PostgresError as error:  # whoever asks is told
        log.warning("a connection is not acquainted error=%s", type(error).__name__)
