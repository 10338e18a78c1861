"""`council profile` as a clerk types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from council.__main__ import main


def test_profile_list_names_what_ships(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["in", "pl", "ro", "ua"]
    assert main(["profile", "list", "--language", "uk"]) == 0
    assert "ua  Місцева рада, Україна" in capsys.readouterr().out


def test_profile_check_speaks_the_profiles_language_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "check", "ua", "--seats", "36"]) == 0
    assert "потрібно 19 із 36" in capsys.readouterr().out
    assert main(["profile", "check", "ua", "--language", "en"]) == 0
    assert "19 of 37 needed" in capsys.readouterr().out
    assert main(["profile", "check", "ro"]) == 0
    assert "majoritate simplă, art. 139 alin. (1)" in capsys.readouterr().out


def test_profile_copy_edited_into_a_contradiction_is_refused_by_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.toml"
    assert main(["profile", "copy", "ua", str(own)]) == 0
    assert main(["profile", "check", str(own)]) == 0
    text = own.read_text(encoding="utf-8")
    own.write_text(text.replace('tie = "rejected"', 'tie = "chair"', 1), encoding="utf-8")
    capsys.readouterr()
    assert main(["profile", "check", str(own)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"council profile: {own}: [rules.majority_of_seats] tie: expected “rejected”")


def test_profile_copy_overwrites_nothing_and_wants_a_name_that_can_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.toml"
    own.write_text("mine")
    assert main(["profile", "copy", "pl", str(own)]) == 1
    assert own.read_text() == "mine"
    assert main(["profile", "copy", "pl", str(tmp_path / "own")]) == 1
    assert main(["profile", "copy", "xx", str(tmp_path / "new.toml")]) == 1
    said = capsys.readouterr().err
    assert "is there already" in said
    assert "must end in .toml" in said
    assert "there is no profile 'xx'" in said
    assert not (tmp_path / "new.toml").exists()
