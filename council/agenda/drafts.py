"""The files considered under items: which are taken, where they lie, how they are handed out.

A file lies under its SHA-256 in the data folder, `drafts/ab/abcdef…`, so that the same file is there once and a hash in
the ledger finds it. Its name is testimony; its bytes must be what the name says. Nothing here deletes a file; so what
one sitting is sent is counted (`drafts/of/SITTING`, an empty file named by hash and size for each), also after it was
taken off the agenda, and has an end: recordings and votes need the disk, too.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import unicodedata
import zipfile
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from council.agenda.problems import AgendaRefused, Problem
from council.agenda.tables import printable
from voting.entries import Document

MAX_BYTES = 20_000_000
MAX_NAME = 120  # characters
SITTING_BYTES = 1_000_000_000  # that one sitting is sent, over all
SITTING_FILES = 1_000
FREE_BYTES = 1_000_000_000  # of the disk are left to votes and recordings

# Ending -> media type, and how its bytes begin.
_PACKAGE = b"PK\x03\x04"
TYPES: dict[str, tuple[str, bytes]] = {
    "pdf": ("application/pdf", b"%PDF-"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _PACKAGE),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _PACKAGE),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", _PACKAGE),
    "odt": ("application/vnd.oasis.opendocument.text", _PACKAGE),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", _PACKAGE),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
}
_INSIDE = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/", "odt": "content.xml", "ods": "content.xml"}


def media_type(name: str) -> str:
    """By the name's ending; what is none of TYPES is bytes."""
    return TYPES.get(_ending(name), ("application/octet-stream", b""))[0]


def headers(name: str) -> dict[str, str]:
    """With which a file is handed out: saved, never run or shown as a page of ours. An unchanging file: its address
    names its hash."""
    return {
        "Content-Type": media_type(name),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }


def document(name: str, data: bytes) -> Document:
    """The file as the ledger names it. Raises AgendaRefused for a file that is not taken."""
    name = _plain_name(name)
    if not name:
        raise AgendaRefused("?", [Problem("draft_name")])
    if _ending(name) not in TYPES:
        raise AgendaRefused(name, [Problem("draft_type", expected=", ".join(TYPES))])
    if len(data) > MAX_BYTES:
        raise AgendaRefused(name, [Problem("draft_large", expected=f"{MAX_BYTES // 1_000_000} MB")])
    if not data:
        raise AgendaRefused(name, [Problem("empty")])
    if not _is_what_it_says(_ending(name), data):
        raise AgendaRefused(name, [Problem("damaged")])
    return Document(name, hashlib.sha256(data).hexdigest(), len(data))


def path_of(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


def keep(folder: Path, file: Document, data: bytes, of: str) -> Path:
    """Put the file on the disk, whole or not at all. A repeat changes nothing. `of`: the sitting, or what else it is
    counted for. Raises AgendaRefused: there is no room, or the sitting has been sent enough; OSError."""
    path, counted = path_of(folder, file.sha256), folder / "of" / of / f"{file.sha256}.{file.bytes_}"
    there = path.is_file() and path.stat().st_size == file.bytes_
    if there and counted.exists():
        return path
    counted.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    sizes = [int(one.name.rpartition(".")[2]) for one in counted.parent.iterdir()]
    if len(sizes) >= SITTING_FILES or sum(sizes) + file.bytes_ > SITTING_BYTES:
        most = f"{SITTING_BYTES // 1_000_000} MB, {SITTING_FILES}"
        raise AgendaRefused(file.name, [Problem("sitting_full", expected=most)])
    if not there and shutil.disk_usage(folder).free < FREE_BYTES + file.bytes_:
        raise AgendaRefused(file.name, [Problem("disk_full")])
    if not there:
        _write(path, file, data)
    counted.touch()
    return path


def _write(path: Path, file: Document, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    part = path.with_name(f".{file.sha256}.{secrets.token_hex(4)}")
    try:
        with part.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _plain_name(name: str) -> str:
    """Without folders; one line; not longer than MAX_NAME, its ending kept."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = " ".join("".join(c for c in name if printable(c)).split())
    stem, dot, ending = name.rpartition(".")
    name = f"{stem[: MAX_NAME - len(ending) - 1]}{dot}{ending}" if stem else name[:MAX_NAME]
    return "" if name.strip(". ") == "" else name


def _ending(name: str) -> str:
    return name.rpartition(".")[2].casefold() if "." in name else ""


def _is_what_it_says(ending: str, data: bytes) -> bool:
    begins = TYPES[ending][1]
    if begins == b"%PDF-":
        return begins in data[:1024]  # a mark or a blank may stand before it
    if not data.startswith(begins):
        return False
    if begins != _PACKAGE:
        return True
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            return any(name.startswith(_INSIDE[ending]) for name in package.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, UnicodeError):
        return False
