"""Papers are made of the full sitting of `tests/full_sitting.py`, or of parts of it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pikepdf
import pypdfium2
import pytest

from council.papers.chronicle import Chronicle, chronicle
from council.papers.seal import Seal

FULL_SITTING = Path(__file__).parents[2] / "full_sitting.py"
ROOT, LEAF = "ab" * 32, "cd" * 32


@pytest.fixture(scope="session")
def full() -> ModuleType:
    """The module tests/full_sitting.py."""
    if "full_sitting" not in sys.modules:
        spec = importlib.util.spec_from_file_location("full_sitting", FULL_SITTING)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["full_sitting"] = module
        spec.loader.exec_module(module)
    return sys.modules["full_sitting"]


@pytest.fixture(scope="session")
def told(full: ModuleType) -> Chronicle:
    """The whole sitting. Nobody changes it."""
    return chronicle(full.whole().entries())


@pytest.fixture(scope="session")
def seal(told: Chronicle) -> Seal:
    return Seal("meadow.example/ledger", len(told.entries), ROOT, "2026-11-22T12:00:00.000Z", ((30, LEAF),))


@pytest.fixture(scope="session")
def read_pdf() -> Callable[[bytes], tuple[Any, str]]:
    """The document as pikepdf opens it, and all its text with every run of blanks made one."""

    def read(pdf: bytes) -> tuple[Any, str]:
        document = pypdfium2.PdfDocument(pdf)
        text = " ".join(page.get_textpage().get_text_range() for page in document)
        document.close()
        return pikepdf.open(BytesIO(pdf)), " ".join(text.replace("\ufffe", "-").split())

    return read
