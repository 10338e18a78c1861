"""`/live?sitting=…`: what happens in the hall, to every open page at once.

Reads the ledger as it grows (official: `sitting`, `vote`) and the hall's transient state (`state`: who is present, who
has voted, never how), and hands both to the hub. A page that joins gets a snapshot, then updates; one that comes back
with `Last-Event-ID`, or `&last=` where the page itself made its line anew, gets every vote that changed since.
`&lang=`: the words of that language alone; else of all.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from council.refusals import error_json
from council.words import LANGUAGES
from public_site.hub import MAX_READERS, Frame, Hub
from public_site.summaries import closed_part_json, speech_json
from public_site.wording import Wording
from sql.database import LOST, Database
from voting import ledger
from voting.entries import Entry, stamp
from voting.folder import Folder

log = logging.getLogger(__name__)

STATE_SECONDS = 0.1  # transient updates are gathered to at most ten a second
REREAD_SECONDS = 2.0  # a lost notification delays, never loses
MAX_MISSED = 20  # votes sent to a reader who comes back; with 121 members some 100 kB
MAX_TOPICS = 64  # sittings kept folded in memory

VoteJson = Callable[[Folder, int], Awaitable[dict[str, Any]]]


class VoteUpdate:
    """A vote's twin as it was after entry `seq`, with its words in the languages that somebody reads: made when asked
    for, encoded once for all readers of a language."""

    def __init__(self, value: dict[str, Any], seq: int) -> None:
        self.seq = seq
        self._value = value
        self._frames: dict[str, Frame] = {}

    def frame(self, language: str) -> Frame:
        """language: one of LANGUAGES, or "" for all."""
        if language not in self._frames:
            words = self._value["words"]
            own = {language: words[language]} if language else words
            self._frames[language] = Frame("vote", _json({**self._value, "words": own}), self.seq)
        return self._frames[language]


class Topic:
    """One sitting, folded as far as the ledger goes, with the frames a late reader needs."""

    def __init__(self, sitting: str) -> None:
        self.sitting = sitting
        self.folder = Folder(sitting)
        self.next_seq = 0
        self.sitting_frame = self._frame_of_sitting()
        self.votes: dict[int, VoteUpdate] = {}
        self.state: Frame | None = None
        self.state_rev = -1

    def _frame_of_sitting(self) -> Frame:
        record = self.folder.record
        if record is None:
            return Frame("sitting", _json({"sitting": self.sitting, "state": "planned"}))
        item = record.items.get(record.current_item) if record.current_item else None
        body = {
            "sitting": self.sitting,
            "state": "closed" if record.closed_seq is not None else "open",
            "opened_at": record.opened_at,
            "closed_at": record.closed_at,
            "item": item.item if item else None,
            "title": item.title if item else None,
            "present": len(record.present),
            "chair": record.chair,
            "speech": speech_json(record),
            "closed_part": closed_part_json(record),
        }
        return Frame("sitting", _json(body), record.last_seq)

    def feed(self, entry: Entry) -> list[int]:
        """Take one entry; answers with the votes that changed."""
        if entry.seq < self.next_seq:
            return []
        before = self._vote_states()
        self.folder.feed(entry)
        self.next_seq = entry.seq + 1
        self.sitting_frame = self._frame_of_sitting()
        return [n for n, state in self._vote_states().items() if before.get(n) != state]

    def _vote_states(self) -> dict[int, tuple[str, int, int]]:
        """By vote: what changes when there is something new to say of it."""
        record = self.folder.record
        if record is None:
            return {}
        named = {n: (vote.state, len(vote.corrections), len(vote.followed_by)) for n, vote in record.votes.items()}
        return named | {
            n: ("voided" if vote.voided else "recorded", 0, len(vote.followed_by))
            for n, vote in record.secret_votes.items()
        }

    def snapshot(self, last_seen: int | None, language: str) -> list[Frame]:
        frames = [self.sitting_frame]
        votes = list(self.votes.values())
        if last_seen is None:
            frames += [vote.frame(language) for vote in votes[-1:]]
        else:
            # the sitting's frame of an entry goes before its vote's, and may be the last that came
            missed = [vote for vote in votes if vote.seq >= last_seen]
            frames += [vote.frame(language) for vote in missed[-MAX_MISSED:]]
        if self.state is not None:
            frames.append(self.state)
        return frames


class Live:
    """The feed of one public process. `run` for as long as the process lives; `endpoint` answers `/live`."""

    def __init__(
        self,
        database: Database,
        pool: Callable[[], asyncpg.Pool],
        vote_json: VoteJson,
        words: Callable[[Request], Wording],
    ) -> None:
        self.database = database
        self.hub: Hub[tuple[str, str]] = Hub()  # by sitting and language
        self._pool = pool
        self._vote_json = vote_json
        self._words = words
        self._topics: OrderedDict[str, Topic] = OrderedDict()
        self._lock = asyncio.Lock()  # between loading a topic and feeding it, so that no entry falls in between
        self._dirty: set[str] = set()
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Follow the ledger and the hall until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_ledger())
            group.create_task(self._listen())
            group.create_task(self._send_states())
            group.create_task(self.hub.run(_tick))

    async def _follow_ledger(self) -> None:
        async with self._pool().acquire() as connection:
            start = await connection.fetchval("select coalesce(max(seq) + 1, 0) from ledger")
        async for entries in ledger.follow(self.database.connect, start):
            async with self._lock:
                for entry in entries:
                    topic = self._topics.get(entry.sitting or "")
                    if topic is not None and entry.seq >= topic.next_seq:
                        await self._take(topic, entry)

    async def _take(self, topic: Topic, entry: Entry) -> None:
        before, changed = topic.sitting_frame, topic.feed(entry)
        if topic.sitting_frame != before:
            self._post(topic, lambda _: topic.sitting_frame)
        for n in changed:
            topic.votes[n] = await self._vote_update(topic, n, entry.seq)
            self._post(topic, topic.votes[n].frame)

    def _post(self, topic: Topic, frame: Callable[[str], Frame]) -> None:
        """frame: in a language. Who joins from now on has it in the snapshot."""
        for sitting, language in self.hub.topics():
            if sitting == topic.sitting:
                self.hub.post((sitting, language), frame(language))

    async def _vote_update(self, topic: Topic, n: int, seq: int) -> VoteUpdate:
        return VoteUpdate(await self._vote_json(topic.folder, n), seq)

    async def _topic(self, sitting: str) -> Topic | None:
        """The topic, loaded from the ledger at first use; None for a sitting nobody has heard of."""
        async with self._lock:
            if (topic := self._topics.get(sitting)) is not None:
                self._topics.move_to_end(sitting)
                return topic
            async with self._pool().acquire() as connection:
                if not await connection.fetchval("select exists (select from sitting where id = $1)", sitting):
                    return None
                entries = await ledger.read(connection, sitting=sitting)
                topic = Topic(sitting)
                seqs: dict[int, int] = {}
                for entry in entries:
                    seqs.update(dict.fromkeys(topic.feed(entry), entry.seq))
                await self._read_state(connection, topic)
            for n, seq in sorted(seqs.items()):
                topic.votes[n] = await self._vote_update(topic, n, seq)
            self._topics[sitting] = topic
            reading = self._reading()
            for old in [known for known in self._topics if known not in reading and known != sitting]:
                if len(self._topics) <= MAX_TOPICS:
                    break
                del self._topics[old]
            return topic

    def _reading(self) -> set[str]:
        """The sittings that somebody reads."""
        return {sitting for sitting, _ in self.hub.topics()}

    async def _read_state(self, connection: Any, topic: Topic) -> bool:
        row = await connection.fetchrow("select rev, body from live_state where sitting_id = $1", topic.sitting)
        if row is None or row["rev"] == topic.state_rev:
            return False
        topic.state_rev = row["rev"]
        # the hall wrote this JSON; it is passed on only if it is what it should be
        topic.state = Frame("state", _json(msgspec.json.decode(row["body"])))
        return True

    async def _listen(self) -> None:
        """Wake for every notification of the hall; on its own connection, made again when it breaks."""
        while True:
            lost = asyncio.Event()
            try:
                connection = await self.database.connect()
            except LOST as error:
                log.warning("live_listen_failed error=%s", type(error).__name__)
                await asyncio.sleep(1.0)
                continue
            try:
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                await connection.add_listener("live", self._notified)
                self._dirty.update(self._reading())
                self._woken.set()
                await lost.wait()
            except LOST as error:
                log.warning("live_listen_failed error=%s", type(error).__name__)
            finally:
                connection.terminate()
            await asyncio.sleep(0.2)

    def _notified(self, _connection: Any, _pid: int, _channel: str, sitting: object) -> None:
        if isinstance(sitting, str) and sitting in self._topics:
            self._dirty.add(sitting)
            self._woken.set()

    async def _send_states(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REREAD_SECONDS):
                    await self._woken.wait()
            self._woken.clear()
            sittings = [sitting for sitting in self._dirty | self._reading() if sitting in self._topics]
            self._dirty.clear()
            try:
                async with self._pool().acquire() as connection:
                    topics = [self._topics[sitting] for sitting in sittings]  # one may be let go meanwhile
                    changed = [topic for topic in topics if await self._read_state(connection, topic)]
            except LOST as error:
                log.warning("live_state_failed error=%s", type(error).__name__)
                await asyncio.sleep(1.0)
                continue
            for topic in changed:
                if (state := topic.state) is not None:
                    self._post(topic, lambda _, state=state: state)  # type: ignore[misc]
            await asyncio.sleep(STATE_SECONDS)

    async def endpoint(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raw ASGI, for a Starlette Route or Mount."""
        request = Request(scope)
        if scope["method"] not in ("GET", "HEAD"):
            w = self._words(request)
            response = _error(405, "method_not_allowed", w.say("This address can only be read."), w.say("Use GET."))
            return await response(scope, receive, send)
        sitting = request.query_params.get("sitting", "")
        topic = await self._topic(sitting) if sitting else None
        if topic is None:
            w = self._words(request)
            message = w.say("There is no sitting “%(sitting)s”.", sitting=sitting[:80])
            response = _error(404, "unknown_sitting", message, w.say("All sittings are listed at /sittings.json."))
            return await response(scope, receive, send)
        if len(self.hub) >= MAX_READERS:
            w = self._words(request)
            message = w.say("There are too many readers at once.")
            response = _error(503, "too_many_readers", message, w.say("The page shows all of it without live updates."))
            return await response(scope, receive, send)
        if scope["method"] == "HEAD":
            empty = Response(media_type="text/event-stream", headers={"cache-control": "no-store"})
            return await empty(scope, receive, send)
        last = request.headers.get("last-event-id") or request.query_params.get("last", "")
        last_seen = int(last) if last.isascii() and last.isdigit() and len(last) < 19 else None
        asked = request.query_params.get("lang", "")
        language = asked if asked in LANGUAGES else ""
        await self.hub.stream((sitting, language), lambda: topic.snapshot(last_seen, language), scope, receive, send)


def _tick() -> Frame:
    return Frame("tick", _json({"server_time": stamp(datetime.now(UTC))}))


def _error(status: int, code: str, message: str, help_: str) -> JSONResponse:
    return JSONResponse(error_json(status, code, str(message), str(help_)), status, {"cache-control": "no-store"})


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
