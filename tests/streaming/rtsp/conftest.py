"""Programs and modules that stand elsewhere in the tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent


def module(path: Path) -> ModuleType:
    """Loaded once."""
    if path.stem not in sys.modules:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        sys.modules[path.stem] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[path.stem])
    return sys.modules[path.stem]


@pytest.fixture(scope="session")
def lines() -> ModuleType:
    """The module tests/bad_line.py."""
    return module(HERE.parents[1] / "bad_line.py")


@pytest.fixture(scope="session")
def strangers() -> ModuleType:
    """The program peer.py, as a module."""
    return module(HERE / "peer.py")
