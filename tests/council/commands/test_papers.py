"""`council minutes` and `council sheet`, as an IT officer types them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from council.importing.drohobych import shipped

SITTING = "drohobych-council-2017-11-22"


def council(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "council", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A folder with an imported sitting."""
    assert council(tmp_path, "init").returncode == 0
    for file in ("deputies.json", "2017-11-22.json"):
        (tmp_path / file).write_bytes(shipped(file))
    read = council(tmp_path, "import", "drohobych", "--roster", "deputies.json", "2017-11-22.json")
    assert read.returncode == 0, read.stderr
    return tmp_path


def test_papers_are_written_from_the_ledger_and_refusals_are_sentences(town: Path) -> None:
    said = council(town, "sheet", SITTING, "1", "--language", "pl")
    assert (said.returncode, said.stderr) == (0, "")
    assert "Imienny wykaz głosowania nr 1" in said.stdout
    assert "/sittings/drohobych-council-2017-11-22/votes/1" in said.stdout
    assert council(town, "sheet", SITTING, "1", "--out", "sheet.pdf").returncode == 0
    assert (town / "sheet.pdf").read_bytes()[:8] == b"%PDF-1.7"
    assert council(town, "minutes", SITTING, "--out", "minutes.txt").returncode == 0
    assert "Протокол засідання" in (town / "minutes.txt").read_text(encoding="utf-8")
    assert council(town, "minutes", SITTING, "--language", "mr", "--out", "minutes.pdf").returncode == 0
    assert (town / "minutes.pdf").read_bytes()[:8] == b"%PDF-1.7"
    unknown = council(town, "sheet", SITTING, "99")
    assert (unknown.returncode, unknown.stderr) == (1, f"council sheet: {SITTING} has no vote 99, only 6.\n")
    nothing = council(town, "minutes", "nothing")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert nothing.stderr == "council minutes: the ledger has no sitting 'nothing', or it was never opened.\n"
    wrong = council(town, "minutes", SITTING, "--out", "minutes.doc")
    assert wrong.returncode == 2 and "a name ending in .pdf or .txt" in wrong.stderr
