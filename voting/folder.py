"""The fold: a sitting's entries, one after the other, into its record. The one behind hall, page, vote sheet and audit.

Pure. `fold(entries)` reads one sitting's entries in order of `seq` and answers with a `SittingRecord`; a live reader
keeps a `Folder` and feeds it entry by entry. What cannot have happened after what was fed before is a `FoldError` and
leaves the record as it was; whether a vote was counted rightly is for `recount.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

from voting import fold_agenda, fold_floor, fold_footage, fold_presence, fold_votes
from voting.entries import (
    AgendaPublished,
    CorrectionNoted,
    DocumentAttached,
    Entry,
    FootageDeleted,
    FootageReleased,
    FootageSealed,
    Imported,
    MinutesPublished,
    SittingClosed,
    SittingOpened,
    TerminalEnrolled,
    TerminalRevoked,
)
from voting.errors import FoldError, WrongMove
from voting.possible import Fold, require_members, require_no_vote, require_unique
from voting.record import ItemRecord, SittingRecord

HOUSE = (TerminalEnrolled, TerminalRevoked)  # belong to no sitting
OF_FOOTAGE = (FootageSealed, FootageDeleted, FootageReleased)  # beside the sitting's course: papers say nothing of them
AFTER_CLOSING = (MinutesPublished, CorrectionNoted, DocumentAttached, *OF_FOOTAGE)

_FOLDS: dict[type, Fold] = (
    fold_agenda.FOLDS | fold_presence.FOLDS | fold_floor.FOLDS | fold_votes.FOLDS | fold_footage.FOLDS
)


class Folder:
    """The record of one sitting, entry by entry. `record` is None until the sitting has opened; agendas and documents
    published before can be read here, and are in the record from then on."""

    def __init__(self, sitting: str) -> None:
        self.sitting = sitting
        self.record: SittingRecord | None = None
        self.agenda_versions: list[AgendaPublished] = []
        self.documents: list[DocumentAttached] = []
        self._last_seq = -1

    def feed(self, entry: Entry) -> None:
        """Take the sitting's next entry. Raises FoldError naming its seq, and has then changed nothing."""
        if entry.sitting != self.sitting:
            raise FoldError(entry.seq, f"it belongs to {entry.sitting or 'no sitting'}, not to {self.sitting}")
        if entry.seq <= self._last_seq:
            raise FoldError(entry.seq, f"it comes after entry {self._last_seq}")
        try:
            self._take(entry)
        except WrongMove as error:
            raise FoldError(entry.seq, str(error)) from error
        self._last_seq = entry.seq
        if self.record is not None and not isinstance(entry.fact, OF_FOOTAGE):
            self.record.last_seq = entry.seq

    def _take(self, entry: Entry) -> None:
        fact, record, word = entry.fact, self.record, type(entry.fact).__name__
        if isinstance(fact, Imported):  # about a document: may stand anywhere
            return
        if isinstance(fact, HOUSE):
            raise WrongMove(f"{word} belongs to no sitting")
        if isinstance(fact, SittingOpened):
            self._open(fact, entry.seq)
        elif record is None:
            self._before_opening(fact, word)
        elif record.closed_seq is not None and not isinstance(fact, AFTER_CLOSING):
            raise WrongMove(f"{word} after the sitting was closed")
        elif isinstance(fact, SittingClosed):
            _close(record, fact, entry.seq)
        else:
            _FOLDS[type(fact)](record, fact, entry.seq)

    def _before_opening(self, fact: object, word: str) -> None:
        if isinstance(fact, AgendaPublished):
            fold_agenda.publish(self.agenda_versions, fact)
        elif isinstance(fact, DocumentAttached):
            self.documents.append(fact)
        else:
            raise WrongMove(f"{word} before the sitting was opened")

    def _open(self, fact: SittingOpened, seq: int) -> None:
        if self.record is not None:
            raise WrongMove("the sitting was opened before")
        require_unique("member", [seated.member for seated in fact.members])
        require_unique("agenda item", [point.item for point in fact.agenda])
        require_unique("desk", [seated.desk_no for seated in fact.members if seated.desk_no is not None])
        record = SittingRecord(
            sitting=self.sitting,
            opened=fact,
            opened_seq=seq,
            last_seq=seq,
            opened_at=fact.at,
            items={point.item: ItemRecord(point.item, point.title) for point in fact.agenda},
            agenda_versions=self.agenda_versions,
            documents=self.documents,
            chair=fact.chair,
            desks={seated.desk_no: seated.member for seated in fact.members if seated.desk_no is not None},
            imported=fact.imported,
        )
        if fact.chair is not None:
            require_members(record, (fact.chair,))
        self.record = record


def _close(record: SittingRecord, fact: SittingClosed, seq: int) -> None:
    require_no_vote(record, "SittingClosed")
    if record.current_speech is not None:
        raise WrongMove(f"SittingClosed before speech {record.current_speech} ended")
    if record.closed_part is not None:
        record.closed_part.ended_at = fact.at
    record.closed_at, record.closed_seq = fact.at, seq


def fold(entries: Iterable[Entry]) -> SittingRecord:
    """One sitting's entries, in order of seq, as its record. Raises FoldError naming the first impossible entry;
    ValueError if no sitting opened."""
    folder: Folder | None = None
    for entry in entries:
        if folder is None:
            if entry.sitting is None:
                raise FoldError(entry.seq, "it belongs to no sitting")
            folder = Folder(entry.sitting)
        folder.feed(entry)
    if folder is None or folder.record is None:
        raise ValueError("no sitting opened in these entries")
    return folder.record


def fold_all(entries: Iterable[Entry]) -> dict[str, SittingRecord]:
    """The records of all sittings that opened, by sitting, in order of opening. Entries of no sitting are skipped."""
    folders: dict[str, Folder] = {}
    for entry in entries:
        if entry.sitting is not None:
            folders.setdefault(entry.sitting, Folder(entry.sitting)).feed(entry)
    records = [folder.record for folder in folders.values() if folder.record is not None]
    return {record.sitting: record for record in sorted(records, key=lambda record: record.opened_seq)}
