"""A table's cells from a CSV or XLSX file: text alone, and what is wrong with the others. Pure.

Strict, because the file comes from anywhere: a formula, a damaged file, letters that cannot be read or a file that
unpacks to far more than it is are refused. Encodings of CSV: UTF-8 (with or without its mark), UTF-16 with its mark,
else Windows-1251, as table programs in Ukraine write it. Of an XLSX the first sheet is read.
Source of the limits: an agenda has some hundred items, never thousands.
"""

from __future__ import annotations

import csv
import zipfile
import zlib
from io import BytesIO, StringIO
from typing import Any

from council.agenda.problems import AgendaRefused, Problem
from council.letters import unseen

MAX_BYTES = 2_000_000
MAX_UNPACKED_BYTES = 10_000_000  # of an XLSX, all parts together
MAX_PARTS = 500
MAX_ROWS = 2_000  # that are not empty
MAX_SCANNED = 20_000  # rows looked at
MAX_COLUMNS = 50
MAX_CELL = 4_000  # characters: a motion's text

Rows = list[tuple[int, list[str]]]  # the row's number in the file, its cells; empty rows are left out


def read_table(data: bytes, name: str) -> tuple[Rows, list[Problem]]:
    """The rows of the file, headings first, and the cells that cannot be read, which are empty. Raises AgendaRefused
    for what is no table; `name` is the file's, to be told."""
    suffix = name.rpartition(".")[2].casefold()
    if len(data) > MAX_BYTES:
        raise AgendaRefused(name, [Problem("too_large", expected=f"{MAX_BYTES // 1_000_000} MB")])
    problems: list[Problem] = []
    if suffix in ("csv", "tsv", "txt"):
        rows = _csv_rows(data, name)
    elif suffix == "xlsx":
        rows, problems = _xlsx_rows(data, name)
    else:
        raise AgendaRefused(name, [Problem("no_table")])
    bad = {problem.row for problem in problems}
    rows = [(row, cells) for row, cells in rows if any(cells) or row in bad]
    if not rows:
        raise AgendaRefused(name, [Problem("empty")])
    if len(rows) > MAX_ROWS or any(len(cells) > MAX_COLUMNS for _, cells in rows):
        raise AgendaRefused(name, [Problem("too_many_rows", expected=f"{MAX_ROWS} × {MAX_COLUMNS}")])
    problems += [problem for row, cells in rows for problem in _bad_cells(row, cells)]
    return rows, problems


def _bad_cells(row: int, cells: list[str]) -> list[Problem]:
    problems = []
    for place, cell in enumerate(cells):
        if len(cell) > MAX_CELL:
            problems.append(Problem("too_long", row, column_name(place), cell, str(MAX_CELL)))
        if not printable(cell):
            problems.append(Problem("control", row, column_name(place), unseen(cell) or ""))
    return problems


def printable(text: str) -> bool:
    """Nothing that cannot be seen, but line breaks."""
    return unseen(text) is None


def column_name(place: int) -> str:
    """As a table program names it: A, B, …, AA."""
    name, place = "", place + 1
    while place:
        place, letter = divmod(place - 1, 26)
        name = chr(65 + letter) + name
    return name


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\ufeff", "").strip()


# --- CSV ------------------------------------------------------------------------------------------------------------


def _csv_rows(data: bytes, name: str) -> Rows:
    text = _decoded(data, name)
    delimiter = _delimiter(text)
    rows: Rows = []
    try:
        for row, cells in enumerate(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True), 1):
            if row > MAX_SCANNED:
                raise AgendaRefused(name, [Problem("too_many_rows", expected=f"{MAX_ROWS} × {MAX_COLUMNS}")])
            rows.append((row, _without_end([_clean(cell) for cell in cells])))
    except csv.Error:
        raise AgendaRefused(name, [Problem("bad_quotes", len(rows) + 1)]) from None
    return rows


def _decoded(data: bytes, name: str) -> str:
    encodings = ["utf-8-sig", "cp1251"]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif data[:3] == b"\xef\xbb\xbf":
        encodings = ["utf-8-sig"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise AgendaRefused(name, [Problem("not_text")])


def _delimiter(text: str) -> str:
    """The one the headings are divided by: what stands most often in the first line outside quotation marks."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = "".join(first.split('"')[::2])
    return max(";\t,", key=bare.count)


# --- XLSX -----------------------------------------------------------------------------------------------------------


def _xlsx_rows(data: bytes, name: str) -> tuple[Rows, list[Problem]]:
    import openpyxl  # slow to import, and few starts of a program read a table
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        package = _unpacked(data, name)
        book = openpyxl.load_workbook(package, read_only=True, data_only=False, keep_links=False)
        try:
            return _sheet_rows(book.worksheets[0], name)
        finally:
            book.close()
    except AgendaRefused:
        raise
    except (*_DAMAGE, InvalidFileException):
        raise AgendaRefused(name, [Problem("damaged")]) from None


# Of a package that is none, is cut off or locked by a password; and what openpyxl raises for parts that contradict each
# other, since it has no error of its own for them.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, SyntaxError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError, OSError, EOFError, AssertionError, OverflowError),
)


def _unpacked(data: bytes, name: str) -> BytesIO:
    """The package's XML, packed anew without compression: nothing unpacks to more than was looked at here. A part
    that declares a document type is damaged: entities of one can grow without end."""
    unpacked = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as package, zipfile.ZipFile(unpacked, "w") as plain:
        parts = package.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
            raise AgendaRefused(name, [Problem("too_large", expected=f"{MAX_UNPACKED_BYTES // 1_000_000} MB")])
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with package.open(part) as file:
                    text = file.read(part.file_size)
                if b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"\0" in text[:200]:
                    raise AgendaRefused(name, [Problem("damaged")])
                plain.writestr(part.filename, text)
    unpacked.seek(0)
    return unpacked


def _sheet_rows(sheet: Any, name: str) -> tuple[Rows, list[Problem]]:
    rows: Rows = []
    problems: list[Problem] = []
    for row, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS + 1), 1):
        if row > MAX_SCANNED:
            raise AgendaRefused(name, [Problem("too_many_rows", expected=f"{MAX_ROWS} × {MAX_COLUMNS}")])
        texts = []
        for place, cell in enumerate(cells):
            text = _text(cell, row, column_name(place))
            if isinstance(text, Problem):
                problems.append(text)
            texts.append("" if isinstance(text, Problem) else text)
        rows.append((row, _without_end(texts)))
    return rows, problems


def _without_end(texts: list[str]) -> list[str]:
    while texts and not texts[-1]:
        texts = texts[:-1]
    return texts


def _text(cell: Any, row: int, column: str) -> str | Problem:
    """openpyxl's cell as text; numbers without a fraction as whole ones."""
    value, kind = cell.value, getattr(cell, "data_type", "n")
    if value is None:
        return ""
    if kind == "f":
        return Problem("formula", row, column)
    if kind == "e":
        return Problem("error_value", row, column, str(value))
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return str(value)
        case str():
            return _clean(value)
    return Problem("not_plain", row, column)
