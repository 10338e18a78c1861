"""The `council` command as an IT officer types it: real processes, a real database, sentences and exit codes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sql
from council.__main__ import parser
from council.importing.drohobych import shipped

if TYPE_CHECKING:
    from tests.conftest import TestDatabase
    from tests.council.commands.conftest import Council

MIGRATIONS = Path(sql.__file__).with_name("migrations")


def hall_port(town: Path) -> int:
    return int(re.findall(r"^port = (\d+)", (town / "council.toml").read_text(encoding="utf-8"), re.MULTILINE)[1])


@contextlib.contextmanager
def started(town: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "council", *arguments], cwd=town, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def get(url: str, seconds: float = 30) -> tuple[int, str, list[str]]:
    """Status, body and cookies, as soon as somebody listens there."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as answer:
                return answer.status, answer.read().decode(), answer.headers.get_all("set-cookie") or []
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_every_command_explains_itself() -> None:
    commands = next(action for action in parser()._actions if action.dest == "command").choices
    assert commands is not None
    assert set(commands) == {
        *("demo", "init", "serve", "hall", "record", "public", "terminal", "import", "check", "rebuild"),
        *("migrate", "user", "member", "certificate", "profile", "minutes", "sheet", "sitting", "agenda", "footage"),
        *("camera", "captions"),
    }
    for name in commands:
        text = commands[name].format_help()  # type: ignore[index,attr-defined]
        assert len(text.split("\n\n")[1]) > 30, f"{name} does not say what it does"


def test_configuration_may_be_named_before_and_after_an_action() -> None:
    for words in ("user --config a.toml list", "user list --config a.toml", "import drohobych --config a.toml f.json"):
        assert parser().parse_args(words.split()).config == Path("a.toml")
    assert parser().parse_args(["footage", "list"]).config == Path("council.toml")


def test_init_twice_overwrites_nothing(bare_town: Path, council: Council) -> None:
    before = (bare_town / "council.toml").read_bytes()
    again = council(bare_town, "init")
    assert (again.code, again.err) == (1, ["council init: council.toml is there already and is not overwritten."])
    assert (bare_town / "council.toml").read_bytes() == before


def test_command_without_configuration_says_how_to_make_one(tmp_path: Path, council: Council) -> None:
    refused = council(tmp_path, "serve")
    assert refused.code == 1
    assert refused.err == ["council serve: council.toml is not there. Make one with: council init council.toml"]


@pytest.mark.parametrize(
    "address, why",
    [
        (
            "mysql://db.example/hlasno",
            "DATABASE_URL is not the address of a PostgreSQL server. Expected: postgresql://",
        ),
        ("db.example", "DATABASE_URL is not the address of a PostgreSQL server. Expected: postgresql://"),
        ("postgresql://u:geheim@127.0.0.1:99999/x", "DATABASE_URL is not the address of a PostgreSQL server. Expected"),
        (
            "postgresql://u:geheim@127.0.0.1:1/x",
            "Connect call failed ('127.0.0.1', 1). Start it, or correct DATABASE_URL.",
        ),
        ("postgresql://u:geheim@127.0.0.1:1/x?sslmode=maybe", "Start it, or correct DATABASE_URL."),
        ("another database", 'database "nowhere" does not exist. Start it, or correct DATABASE_URL.'),
        ("another user", 'Peer authentication failed for user "somebody". Start it, or correct DATABASE_URL.'),
    ],
)
def test_database_that_lets_nobody_in_is_a_sentence_that_says_what_to_correct(
    address: str, why: str, bare_town: Path, db: TestDatabase, council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"another database": (f"/{db.name}", "/nowhere"), "another user": ("hlasno_owner", "somebody")}
    url = db.url().replace(*own[address]) if address in own else address
    monkeypatch.setenv("DATABASE_URL", url)
    refused = council(bare_town, "migrate")
    assert (refused.code, len(refused.err)) == (1, 1), refused
    assert refused.err[0].startswith("council migrate: ") and why in refused.err[0] and "geheim" not in refused.err[0]
    checked = council(bare_town, "check")
    assert checked.code == 1 and why in checked.out and not checked.err
    assert "PROBLEM  database: " in checked.out and "geheim" not in checked.out


def test_public_site_without_its_database_says_so_in_one_line_and_so_does_who_forgot_to_migrate(
    town: Path, db: TestDatabase, council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(execute(town, "drop table ledger cascade"))
    assert council(town, "sheet", "x", "1").err == [
        'council sheet: relation "ledger" does not exist. The database lacks migrations. Run: council migrate'
    ]
    monkeypatch.setenv("DATABASE_URL", db.url("public").replace(f"/{db.name}", "/nowhere"))
    assert council(town, "public").err == [
        'council public: the database cannot be used: database "nowhere" does not exist. Start it, or correct '
        "DATABASE_URL."
    ]


def test_file_that_cannot_be_written_is_named(bare_town: Path, council: Council) -> None:
    place = bare_town / "nowhere" / "council.toml"
    assert council(bare_town, "init", str(place)).err == [
        f"council init: {place} cannot be used: No such file or directory."
    ]


def test_new_town_is_migrated_checked_and_rebuilt(bare_town: Path, council: Council, council_process: Council) -> None:
    town = bare_town
    steps = ", ".join(sorted(file.stem for file in MIGRATIONS.glob("*.sql")))
    assert f"PROBLEM  database: lacks {steps}. Run: council migrate" in council(town, "check").out
    assert council_process(town, "migrate").out == f"Applied: {steps}.\n"
    assert council(town, "migrate").out == "The database is up to date.\n"
    assert council_process(town, "user", "add", "maria", "--name", "Марія", said="long enough words\n").code == 0
    short = council_process(town, "user", "add", "petro", said="short\n")
    assert short.code == 1 and "characters" in short.err[-1]
    assert council(town, "rebuild").code == 0
    said = council(town, "check").out
    assert [line.split(":")[0] for line in said.splitlines() if "clock" not in line] == [
        "ok       disk",
        "ok       database",
        "ok       ledger",
        "ok       tables",
        "ok       recordings",
    ]


def test_import_of_good_and_bad_files_takes_the_good_and_names_the_bad(town: Path, council: Council) -> None:
    for file in ("deputies.json", "2017-11-22.json"):
        (town / file).write_bytes(shipped(file))
    (town / "broken.json").write_text("{no json", encoding="utf-8")
    files = ("broken.json", "nowhere.json", "2017-11-22.json")
    first = council(town, "import", "drohobych", "--roster", "deputies.json", *files)
    assert first.code == 1, first.err
    assert "nowhere.json: not imported: No such file or directory" in first.out
    assert "broken.json: not imported" in first.out and "line 1" in first.out
    assert "2017-11-22.json: imported: votes 6" in first.out
    second = council(town, "import", "drohobych", "--roster", "deputies.json", "2017-11-22.json")
    assert second.code == 0
    assert second.out.count("already imported, nothing changed") == 2
    checked = council(town, "check").out
    assert "6 votes, no byte altered" in checked and "tables: the derived tables are what the ledger says" in checked


def test_check_finds_a_table_that_differs_from_the_ledger_and_rebuild_mends_it(town: Path, council: Council) -> None:
    for file in ("deputies.json", "2017-11-22.json"):
        (town / file).write_bytes(shipped(file))
    assert council(town, "import", "drohobych", "--roster", "deputies.json", "2017-11-22.json").code == 0
    asyncio.run(execute(town, "update vote set option = 'against' where member_id = '1001' and n = 1"))
    footage = council(town, "check", "--footage", "drohobych-council-2017-11-22")
    assert (footage.code, footage.out) == (
        0,
        "ok       footage: Nothing was recorded of sitting drohobych-council-2017-11-22.\n",
    )
    open_again = "execute format('grant temporary on database %I to public', current_database())"
    asyncio.run(execute(town, f"do $$ begin {open_again}; end $$"))
    said = council(town, "check").out
    assert "PROBLEM  tables: vote differ from the ledger. Run: council rebuild" in said
    assert "WARNING  database: every role may make temporary tables" in said
    assert council(town, "rebuild").code == council(town, "migrate").code == 0
    said = council(town, "check").out
    assert "ok       tables" in said and "WARNING  database" not in said


async def execute(town: Path, statement: str) -> None:
    from council.commands import ground
    from council.config import load

    with ground.borrow(load(town / "council.toml")) as at:
        connection = await at.database("owner").connect()
        await connection.execute(statement)
        await connection.close()


def test_port_in_use_is_a_sentence(town: Path, council: Council) -> None:
    with socket.create_server(("127.0.0.1", hall_port(town))):
        refused = council(town, "hall")
    assert refused.code == 1
    assert "another program may be using it" in refused.err[-1] and "Traceback" not in "".join(refused.err)


def test_hall_behind_https_marks_its_cookies_secure_and_a_second_one_is_refused_with_a_sentence(
    town: Path, council: Council
) -> None:
    config = town / "council.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('# url = "https://zala', 'url = "https://zala'))
    with started(town, "hall"):
        _, _, cookies = get(f"http://127.0.0.1:{hall_port(town)}/login")
        assert cookies and all("secure" in cookie.lower() for cookie in cookies)
        second = council(town, "hall")
        assert second.code == 1
        assert second.err[-1].startswith("council hall: ") and "another hall" in second.err[-1]
        assert "Traceback" not in "".join(second.err)
        assert get(f"http://127.0.0.1:{hall_port(town)}/healthz")[0] == 200


def test_serve_runs_hall_and_public_site_and_a_killed_part_starts_again(bare_town: Path) -> None:
    with started(bare_town, "serve") as process:
        port = hall_port(bare_town)
        assert get(f"http://127.0.0.1:{port}/healthz")[0] == 200
        ports = re.findall(r"^port = (\d+)", (bare_town / "council.toml").read_text(encoding="utf-8"), re.MULTILINE)
        assert "Зразківська" in get(f"http://127.0.0.1:{ports[0]}/")[1]
        os.kill(part(process.pid, "hall"), signal.SIGKILL)
        time.sleep(0.2)
        assert get(f"http://127.0.0.1:{port}/healthz")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def part(parent: int, name: str) -> int:
    """The process id of one part of a house."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    for child in children:
        if f"-m\0council\0{name}\0".encode() in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    raise LookupError(name)


def test_terminal_that_finds_no_hall_names_it(tmp_path: Path, council: Council, free_port: int) -> None:
    refused = council(tmp_path, "terminal", "--hall", f"http://127.0.0.1:{free_port}", "--enrol", "ABC-234")
    assert refused.code == 1
    assert refused.err == [
        f"council terminal: no hall answers at http://127.0.0.1:{free_port}: [Errno 111] Connection refused"
    ]


def test_terminal_without_a_key_says_whom_to_ask(tmp_path: Path, council: Council) -> None:
    refused = council(tmp_path, "terminal")
    assert refused.code == 1
    assert "Ask the clerk for this desk's code" in refused.err[-1]
