"""`council minutes` and `council sheet`, as an IT officer types them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from council.importing.drohobych import shipped

if TYPE_CHECKING:
    from tests.council.commands.conftest import Council

SITTING = "drohobych-council-2017-11-22"


@pytest.fixture
def archive(town: Path, council: Council) -> Path:
    """A town with an imported sitting."""
    for file in ("deputies.json", "2017-11-22.json"):
        (town / file).write_bytes(shipped(file))
    read = council(town, "import", "drohobych", "--roster", "deputies.json", "2017-11-22.json")
    assert read.code == 0, read.err
    return town


def test_papers_are_written_from_the_ledger_and_refusals_are_sentences(archive: Path, council: Council) -> None:
    town = archive
    said = council(town, "sheet", SITTING, "1", "--language", "pl")
    assert (said.code, said.err) == (0, [])
    assert "Imienny wykaz głosowania nr 1" in said.out
    assert "/sittings/drohobych-council-2017-11-22/votes/1" in said.out
    assert council(town, "sheet", SITTING, "1", "--out", "sheet.pdf").code == 0
    assert (town / "sheet.pdf").read_bytes()[:8] == b"%PDF-1.7"
    assert council(town, "minutes", SITTING, "--out", "minutes.txt").code == 0
    assert "Протокол засідання" in (town / "minutes.txt").read_text(encoding="utf-8")
    assert council(town, "minutes", SITTING, "--language", "mr", "--out", "minutes.pdf").code == 0
    assert (town / "minutes.pdf").read_bytes()[:8] == b"%PDF-1.7"
    unknown = council(town, "sheet", SITTING, "99")
    assert (unknown.code, unknown.err) == (1, [f"council sheet: {SITTING} has no vote 99, only 6."])
    nothing = council(town, "minutes", "nothing")
    assert (nothing.code, nothing.out) == (1, "")
    assert nothing.err == ["council minutes: the ledger has no sitting 'nothing', or it was never opened."]
    wrong = council(town, "minutes", SITTING, "--out", "minutes.doc")
    assert wrong.code == 2 and "a name ending in .pdf or .txt" in wrong.err[-1]
