"""The ledger on disk: one writer appends, anyone reads and follows. The one file of `voting` that does I/O.

An append is one transaction: entries, checkpoint, derived rows, notification. It returns when the commit is on disk.
A commit whose answer was lost with the connection is looked up before it is written again, so nothing stands twice.
One hall writes: it holds an advisory lock on the connection that it writes through, so that losing one loses both.
A second ledger (a rehearsal's) stands in another schema of the same database: its `connect` sets the search path, and
its `name` gives it a lock and a channel of its own. No query here names a schema.
Source: RFC 6962 for the tree; DESIGN of the house, "The ledger" (README).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import asyncpg

import sql
from voting.checkpoint import Signer
from voting.entries import Entry, Fact, decode, encode, kind, parse_stamp, stamp
from voting.errors import BadEntry, BadNote, LedgerBusy, LedgerClosed, LedgerDamaged, WrongKey
from voting.note import verify
from voting.tree import EMPTY_ROOT, Tree, leaf_hash

Connect = Callable[[], Awaitable[asyncpg.Connection]]
Derive = Callable[[asyncpg.Connection, Sequence[Entry]], Awaitable[None]]

NAME = "ledger"  # the council's own; a rehearsal's has another
BUSY_AFTER_S = 2.0  # a hall that was killed leaves its lock when the server notices; this long is waited for that
ANSWER_S = 30.0  # an answer that takes longer counts as lost: the line is cut, and a commit looked up
REREAD_S = 2.0  # `follow` re-reads this often: a lost notification delays, never loses
RETRY_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)  # between tries to reach a server that is gone; then the last
BATCH = 500  # entries that `follow` yields at once at most

_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InternalClientError,  # what asyncpg says of a connection that the server ended while it was idle
    ConnectionError,
    TimeoutError,
)
_ANY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

_log = logging.getLogger(__name__)
_queries: Any = sql.load("ledger")


def lock_space(name: str) -> int:
    """The space of a ledger's advisory locks: the writer's lock is (space, 0), a writer's mark (space, its token)."""
    return int.from_bytes(hashlib.sha256(f"hlasno/ledger/{name}".encode()).digest()[:4]) & 0x7FFFFFFF


def _require_name(name: str) -> str:
    """It is a notification channel too. Raises ValueError."""
    if re.fullmatch("[a-z][a-z0-9_]{0,62}", name) is None:
        raise ValueError(f"{name!r} cannot name a ledger: small letters, digits and underscores")
    return name


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one append writes."""

    entries: list[Entry]
    bodies: list[str]
    leaves: list[bytes]
    tree: Tree  # with the batch
    note: str
    now: datetime


class Ledger:
    """The writer: one a schema of a database, `open` to `close`. Several chambers may append at once: each append is
    whole, and the next waits for it."""

    def __init__(self, connect: Connect, signer: Signer, derive: Derive | None, name: str = NAME) -> None:
        """Use `open`."""
        self._connect = connect
        self._channel = _require_name(name)
        self._space = lock_space(name)
        self._signer = signer
        self._derive = derive
        self._token = secrets.randbelow(2**31 - 1) + 1
        self._writing = asyncio.Lock()
        self._closing = asyncio.Event()
        # only the holder of _writing touches these
        self._connection: asyncpg.Connection | None = None
        self._seen_after_reconnect = True
        self._tree = Tree()
        self._note = ""

    @classmethod
    async def open(cls, connect: Connect, signer: Signer, derive: Derive | None = None, name: str = NAME) -> Ledger:
        """Take the ledger over: its lock, then its tree, compared with the last checkpoint. `name`: of the ledger in
        the schema that `connect` leads to; two ledgers of one database have two names.

        Raises LedgerBusy while another hall has it, LedgerDamaged, WrongKey, or what `connect` raises."""
        ledger = cls(connect, signer, derive, name)
        try:
            connection = await ledger._take_over()
            ledger._tree, ledger._note = await _rebuild(connection, signer)
            ledger._seen_after_reconnect = True
        except BaseException:
            ledger._drop()
            raise
        return ledger

    @property
    def size(self) -> int:
        """Entries on disk; also the seq of the next one."""
        return self._tree.size

    @property
    def root(self) -> bytes:
        return self._tree.root

    @property
    def checkpoint(self) -> str:
        """The signed note of `size` and `root`."""
        return self._note

    async def append(self, facts: Sequence[tuple[str | None, Fact]], now: datetime) -> list[Entry]:
        """Write facts (each with its sitting) as the next entries, all or none; they are on disk when this returns.

        While the database is away it waits. Whoever cancels it does not stop a write under way: it ends by itself.
        Raises BadEntry for a fact that could not be read back and what `derive` raises: nothing was written. Raises
        LedgerBusy if another hall has taken the ledger, LedgerDamaged, LedgerClosed after `close`: if the answer to a
        commit was lost before, that write may stand, and opening the ledger anew tells."""
        if not facts:
            return []
        write = asyncio.ensure_future(self._append(facts, now))
        try:
            return await asyncio.shield(write)
        except asyncio.CancelledError:
            write.add_done_callback(_log_unheard)
            raise

    async def close(self) -> None:
        """Let a write under way end, or stop waiting for a database that is away; then give the lock back."""
        self._closing.set()
        async with self._writing:
            connection, self._connection = self._connection, None
            if connection is not None:
                with suppress(*_ANY):
                    await connection.close(timeout=5)

    # --- writing ------------------------------------------------------------------------------------------------

    async def _append(self, facts: Sequence[tuple[str | None, Fact]], now: datetime) -> list[Entry]:
        async with self._writing:
            if self._closing.is_set():
                raise LedgerClosed("the ledger is closed")
            batch = self._prepare(facts, now)
            await self._commit(batch)
            self._tree, self._note = batch.tree, batch.note
            return batch.entries

    def _prepare(self, facts: Sequence[tuple[str | None, Fact]], now: datetime) -> _Batch:
        recorded_at = stamp(now)
        entries = [Entry(self.size + i, sitting, recorded_at, fact) for i, (sitting, fact) in enumerate(facts)]
        bodies = [encode(entry) for entry in entries]
        leaves = [leaf_hash(body) for body in bodies]
        tree = self._tree.copy()
        for leaf in leaves:
            tree.append(leaf)
        note = self._signer.sign(tree.size, tree.root)
        return _Batch(entries, [body.decode() for body in bodies], leaves, tree, note, parse_stamp(recorded_at))

    async def _commit(self, batch: _Batch) -> None:
        tries = 0
        while True:
            connection = self._connection
            try:
                if connection is None or connection.is_closed():
                    connection = await self._take_over()
                with _cut_after(connection, ANSWER_S):
                    if not self._seen_after_reconnect and await self._stands(connection, batch):
                        _log.warning("append stood event=lost_answer size=%d", batch.tree.size)
                        return
                    await self._write(connection, batch)
                    return
            except asyncpg.UniqueViolationError as error:
                if error.table_name not in ("ledger", "checkpoint"):
                    raise
                self._drop()
                raise LedgerBusy("another program has written to the ledger without its lock") from error
            except _ANY as error:
                if self._connection is not None and not _is_lost(self._connection, error):
                    raise
                _log.warning("append waits event=database_lost tries=%d error=%r", tries, error)
                self._drop()
            await self._pause(RETRY_S[min(tries, len(RETRY_S) - 1)])
            tries += 1

    async def _write(self, connection: asyncpg.Connection, batch: _Batch) -> None:
        entries, tree = batch.entries, batch.tree
        async with connection.transaction():
            await _queries.append(
                connection,
                recorded_at=batch.now,
                seqs=[entry.seq for entry in entries],
                sittings=[entry.sitting for entry in entries],
                kinds=[kind(entry.fact) for entry in entries],
                bodies=batch.bodies,
                leaf_hashes=batch.leaves,
            )
            await _queries.add_checkpoint(
                connection, tree_size=tree.size, root_hash=tree.root, note=batch.note, signed_at=batch.now
            )
            if self._derive is not None:
                await self._derive(connection, entries)
            await _queries.tell(connection, channel=self._channel, seq=str(entries[-1].seq))

    async def _stands(self, connection: asyncpg.Connection, batch: _Batch) -> bool:
        """Whether a batch whose commit may have been lost is on disk. Raises if anything else is."""
        rows = [row async for row in _queries.leaf_hashes(connection, start=self.size)]
        last = await _queries.last_checkpoint(connection)
        size, root = (last["tree_size"], last["root_hash"]) if last is not None else (0, EMPTY_ROOT)
        if (size, root, rows) == (self.size, self.root, []):
            self._seen_after_reconnect = True
            return False
        if (size, root) == (batch.tree.size, batch.tree.root) and [row["leaf_hash"] for row in rows] == batch.leaves:
            self._seen_after_reconnect = True
            return True
        self._drop()
        if size > self.size:
            raise LedgerBusy("another hall has written to the ledger meanwhile; this one must be started anew")
        raise LedgerDamaged(f"the database holds {size} entries that differ from the {self.size} written here")

    # --- the connection and its lock ----------------------------------------------------------------------------

    async def _take_over(self) -> asyncpg.Connection:
        """Connect and take the lock. Waits for our own former session to end, shortly for another's."""
        self._drop()
        connection = self._connection = await self._connect()
        self._seen_after_reconnect = False
        with _cut_after(connection, ANSWER_S):
            await _queries.enter(connection, space=self._space, token=self._token)
        loop = asyncio.get_running_loop()
        foreign_since: float | None = None
        while (holder := await self._take_lock(connection)) != "we":
            if holder == "another":
                foreign_since = foreign_since or loop.time()
                if loop.time() - foreign_since > BUSY_AFTER_S:
                    self._drop()
                    raise LedgerBusy("another hall is running on this database; stop it first")
            else:
                foreign_since = None
            await self._pause(RETRY_S[1])
        return connection

    async def _take_lock(self, connection: asyncpg.Connection) -> Literal["we", "we before", "another", "nobody"]:
        """Try once to take the writer's lock, and say who has it: "we before" is a session of ours that was lost."""
        with _cut_after(connection, ANSWER_S):
            if await _queries.take_lock(connection, space=self._space):
                return "we"
            ours = await _queries.holder_is(connection, space=self._space, token=self._token)
        return "nobody" if ours is None else "we before" if ours else "another"

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)
        if self._closing.is_set():
            raise LedgerClosed("the ledger was closed while it waited for the database")


async def _rebuild(connection: asyncpg.Connection, signer: Signer) -> tuple[Tree, str]:
    """The tree of the stored leaf hashes and its checkpoint. Raises LedgerDamaged, WrongKey."""
    tree = Tree()
    async for row in _queries.leaf_hashes(connection, start=0):
        if row["seq"] != tree.size:
            raise LedgerDamaged(f"entry {tree.size} is missing from the ledger")
        tree.append(row["leaf_hash"])
    last = await _queries.last_checkpoint(connection)
    if last is None:
        if tree.size:
            raise LedgerDamaged(f"the ledger has {tree.size} entries and no checkpoint")
        return tree, signer.sign(0, EMPTY_ROOT)
    if last["tree_size"] != tree.size:
        raise LedgerDamaged(f"the ledger has {tree.size} entries, its last checkpoint {last['tree_size']}")
    if last["root_hash"] != tree.root:
        raise LedgerDamaged(f"the {tree.size} entries do not give the root hash of their checkpoint")
    try:
        signed = verify(last["note"], signer.key)
    except BadNote as error:
        raise WrongKey(f"the last checkpoint was not signed with this installation's key: {error}") from error
    if (signed.size, signed.root) != (tree.size, tree.root):
        raise LedgerDamaged("the last checkpoint's signed text is not its row's size and root hash")
    return tree, last["note"]


@contextmanager
def _cut_after(connection: asyncpg.Connection, seconds: float) -> Iterator[None]:
    """Cut a line on which no answer comes; whoever waits on it then learns that it is lost.

    Not asyncio.timeout: what it cancels would still wait for its own ROLLBACK on the dead line."""
    timer = asyncio.get_running_loop().call_later(seconds, connection.terminate)
    try:
        yield
    finally:
        timer.cancel()


def _is_lost(connection: asyncpg.Connection, error: Exception) -> bool:
    return connection.is_closed() or isinstance(error, _LOST)


def _log_unheard(write: asyncio.Future[list[Entry]]) -> None:
    """For a write whose caller was cancelled: someone has to hear of its failure."""
    if not write.cancelled() and (error := write.exception()) is not None:
        _log.error("append failed event=caller_gone error=%r", error)


# --- reading ----------------------------------------------------------------------------------------------------


async def read(
    connection: asyncpg.Connection, sitting: str | None = None, start: int = 0, end: int | None = None
) -> list[Entry]:
    """The entries with start <= seq < end, of one sitting or all, in order.

    Raises LedgerDamaged if a stored body is not what its leaf hash says, NewerEntry."""
    if sitting is None:
        rows = _queries.read(connection, start=start, stop=end, most=None)
    else:
        rows = _queries.read_sitting(connection, sitting=sitting, start=start, stop=end)
    return [_decode_row(row) async for row in rows]


async def follow(connect: Connect, start: int, name: str = NAME) -> AsyncIterator[list[Entry]]:
    """Every entry from seq `start` on, in order and without gaps, in batches that are never empty; for ever. `name`: as
    the ledger was opened.

    Keeps a connection of its own and makes a new one when the server was away. Closing the iterator closes it.
    Raises LedgerDamaged, NewerEntry."""
    tries = 0
    while True:
        connection: asyncpg.Connection | None = None
        try:
            connection = await connect()
            heard = asyncio.Event()
            connection.add_termination_listener(lambda _, heard=heard: heard.set())
            await connection.add_listener(_require_name(name), lambda *_, heard=heard: heard.set())
            while True:
                heard.clear()
                while batch := await _next_batch(connection, start):
                    start = batch[-1].seq + 1
                    yield batch
                tries = 0
                with suppress(TimeoutError):
                    async with asyncio.timeout(REREAD_S):  # wait_for may lose a cancellation (Python 3.11)
                        await heard.wait()
        except _ANY as error:
            if connection is not None and not _is_lost(connection, error):
                raise
            _log.warning("follow waits event=database_lost tries=%d error=%r", tries, error)
        finally:
            if connection is not None:
                connection.terminate()
        await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
        tries += 1


async def _next_batch(connection: asyncpg.Connection, start: int) -> list[Entry]:
    with _cut_after(connection, ANSWER_S):
        rows = [row async for row in _queries.read(connection, start=start, stop=None, most=BATCH)]
    batch = [_decode_row(row) for row in rows]
    for place, entry in enumerate(batch, start):
        if entry.seq != place:
            raise LedgerDamaged(f"entry {place} is missing from the ledger")
    return batch


def _decode_row(row: asyncpg.Record) -> Entry:
    body = row["body"].encode()
    try:
        entry = decode(body)
    except BadEntry as error:
        raise LedgerDamaged(f"entry {row['seq']} cannot be read: {error}") from error
    if entry.seq != row["seq"] or leaf_hash(body) != row["leaf_hash"]:
        raise LedgerDamaged(f"entry {row['seq']} is not what its leaf hash says")
    return entry
