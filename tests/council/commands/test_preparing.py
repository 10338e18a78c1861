"""`council sitting` and `council agenda` as a clerk's office types them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl

from council import store
from council.agenda.drafts import path_of
from council.commands import ground
from council.config import load
from council.sitting import SittingPlan

if TYPE_CHECKING:
    from tests.council.commands.conftest import Council

PDF = b"%PDF-1.7 invented"


def plan(town: Path, sitting: str) -> SittingPlan:
    async def read(at: ground.Ground) -> SittingPlan:
        connection = await at.database("hall").connect()
        try:
            return await store.load_plan(connection, sitting)
        finally:
            await connection.close()

    with ground.borrow(load(town / "council.toml")) as at:
        return asyncio.run(read(at))


def body(town: Path) -> str:
    return load(town / "council.toml").file.body[0].id


def test_a_sitting_is_made_and_its_agenda_read_with_its_files(town: Path, council: Council) -> None:
    code, out, _ = council(town, "sitting", "create", body(town), "2027-01-21", "V сесія", "--kind", "committee")
    sitting = out.strip()
    assert (code, sitting) == (0, f"{body(town)}-2027-01-21")
    (town / "проєкт.pdf").write_bytes(PDF)
    (town / "порядок.csv").write_text("№;Назва;Файл\n1;Про бюджет;проєкт.pdf\n2;Про звіт;\n", encoding="cp1251")
    code, out, _ = council(town, "agenda", "import", "порядок.csv", "--sitting", sitting)
    assert code == 0 and out.startswith("2 items of порядок.csv are on the agenda")
    (town / "далі.txt").write_text("Порядок\n3. Про землю\n", encoding="utf-8")
    assert council(town, "agenda", "import", "далі.txt", "--sitting", sitting).code == 0
    prepared = plan(town, sitting)
    assert [(item.item, item.title) for item in prepared.items] == [
        ("1", "Про бюджет"),
        ("2", "Про звіт"),
        ("3", "Про землю"),
    ]
    (draft,) = prepared.items[0].drafts
    assert path_of(town / "data" / "drafts", draft.sha256).read_bytes() == PDF
    assert (prepared.kind, prepared.session_label) == ("committee", "V сесія")
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["Title"])
    sheet.append(["Одне"])
    book.save(town / "a.xlsx")
    assert council(town, "agenda", "import", "a.xlsx", "--sitting", sitting, "--replace").code == 0
    assert [(item.item, item.title) for item in plan(town, sitting).items] == [("1", "Одне")]
    _, out, _ = council(town, "sitting", "list")
    assert any(line.startswith(sitting) and "1 items" in line and "not published" in line for line in out.splitlines())


def test_what_is_wrong_is_told_by_file_row_and_column_and_nothing_is_changed(town: Path, council: Council) -> None:
    _, out, _ = council(town, "sitting", "create", body(town), "2027-01-21", "V сесія")
    sitting = out.strip()
    (town / "a.csv").write_text("№;Назва;Файл\n1;;../x.pdf\n2;Друге;нема.pdf\n", encoding="utf-8")
    code, out, errors = council(town, "agenda", "import", "a.csv", "--sitting", sitting)
    assert (code, out) == (1, "")
    assert errors[-4:] == [
        "council agenda: nothing was changed.",
        "a.csv: Рядок 2, стовпець «Назва»: немає назви.",
        "a.csv: Рядок 2, стовпець «Файл»: файл «../x.pdf» не додано разом із таблицею.",
        "a.csv: Рядок 3, стовпець «Файл»: файл «нема.pdf» не додано разом із таблицею.",
    ]
    assert plan(town, sitting).items == ()
    assert council(town, "agenda", "import", "a.csv", "--sitting", "немає").code == 1
    assert council(town, "agenda", "import", "b.csv", "--sitting", sitting).code == 1
    assert council(town, "sitting", "create", "nobody", "2027-01-21", "V").code == 1
    assert council(town, "sitting", "create", body(town), "tomorrow", "V").code == 2


def test_an_agenda_prepared_here_is_not_read_from_the_configuration_again(town: Path, council: Council) -> None:
    toml = town / "council.toml"
    day = "2027-02-01"
    toml.write_text(
        toml.read_text(encoding="utf-8")
        + f'\n[[sitting]]\nbody = "{body(town)}"\ndate = {day}\nsession_label = "VI сесія"\n'
        + '\n[[sitting.item]]\ntitle = "З файлу"\n',
        encoding="utf-8",
    )
    sitting = f"{body(town)}-{day}"
    assert council(town, "sitting", "list").code == 0
    (town / "a.csv").write_text("Назва\nІнше\nІ ще\n", encoding="utf-8")
    assert council(town, "agenda", "import", "a.csv", "--sitting", sitting, "--replace").code == 0
    _, _, errors = council(town, "sitting", "list")
    assert any(f"sitting {sitting} is prepared in the hall" in line for line in errors)
    assert [item.title for item in plan(town, sitting).items] == ["Інше", "І ще"]
