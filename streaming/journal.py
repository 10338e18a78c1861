"""A run's journal: one file of JSON lines beside its segments, the truth about them until the index has it.

Lines, in order: `run` (with a provisional start), `clock`, then `segment` for each durable segment, at last `end`.
Every line is on disk before the next thing is done. A torn last line was never promised to anyone and is cut off.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from streaming.errors import BadFootage
from streaming.segments import Clock, Run, RunEnd, Segment

NAME = "journal.jsonl"
VERSION = 1

Record = Run | Segment | RunEnd


@dataclass(slots=True)
class Journal:
    """A journal read back. `whole_bytes`: length up to the last whole line."""

    run: Run | None = None
    clocked: bool = False
    segments: list[Segment] = field(default_factory=list)
    end: RunEnd | None = None
    whole_bytes: int = 0

    @property
    def records(self) -> list[Record]:
        """What the index must hold, in the order of insertion; a run only once its clock is known."""
        if self.run is None or not self.clocked:
            return []
        return [self.run, *self.segments, *([self.end] if self.end else [])]


def line(kind: str, content: Run | Segment | RunEnd | dict[str, Any]) -> bytes:
    fields = content if isinstance(content, dict) else asdict(content)
    return json.dumps({"v": VERSION, kind: fields}, default=_plain, ensure_ascii=False).encode() + b"\n"


def clock_line(started_at: datetime, clock: Clock) -> bytes:
    return line("clock", {"started_at": started_at, "clock": clock})


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a journal")


def read(path: Path) -> Journal:
    """Raises BadFootage where a whole line is not a journal's, naming file and line."""
    journal = Journal()
    data = path.read_bytes()
    for number, text in enumerate(data.split(b"\n")[:-1], 1):
        try:
            _take(journal, json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            raise BadFootage(f"{path}, line {number}: not a journal's line ({error})") from error
        journal.whole_bytes += len(text) + 1
    return journal


def _take(journal: Journal, content: dict[str, Any]) -> None:
    if content.pop("v") != VERSION:
        raise ValueError("written by another version")
    [(kind, fields)] = content.items()
    for name in ("started_at", "ended_at"):
        if fields.get(name) is not None:
            fields[name] = datetime.fromisoformat(fields[name])
    if kind == "run":
        journal.run = Run(**fields)
    elif journal.run is None:
        raise ValueError("the journal does not begin with its run")
    elif kind == "clock":
        journal.run, journal.clocked = replace(journal.run, **fields), True
    elif kind == "segment":
        journal.segments.append(Segment(**fields))
    elif kind == "end":
        journal.end = RunEnd(**fields)
    else:
        raise ValueError(f"no such line: {kind}")


class JournalFile:
    """A journal open for appending; `append` returns when the line is on disk."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def append(self, data: bytes) -> None:
        write_all(self._fd, data)
        os.fsync(self._fd)

    def truncate(self, length: int) -> None:
        os.ftruncate(self._fd, length)
        os.fsync(self._fd)

    def close(self) -> None:
        os.close(self._fd)


def write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_durably(path: Path, data: bytes) -> None:
    """Under its name when it is whole and on disk. Raises OSError."""
    part = path.with_name(path.name + ".part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        write_all(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)
    part.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
