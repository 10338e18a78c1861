"""The source as a whole: lint, types, floors, sizes, documents. What the project promises about them is held here."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("sql", "voting", "streaming", "council", "public_site", "hardware")

# Floor by floor: what each package may import of the others. The roof puts it all together and may import everything.
FLOORS = {
    "sql": set(),
    "voting": {"sql"},
    "streaming": {"sql"},
    "council": {"sql", "voting", "streaming"},
    "public_site": {"sql", "voting", "streaming", "council"},
    "hardware": {"sql", "voting", "streaming", "council"},
}
ROOF = re.compile(r"council\.(__main__|commands)\b")

# Who counts votes stands on Python alone; these files alone need more.
VOTING_MAY_IMPORT = {
    "voting.ledger": {"sql", "asyncpg"},
    "voting.checkpoint": {"cryptography"},
    "voting.signatures": {"cryptography"},  # faster, where it is installed
}

IMPURE = {"asyncio", "asyncpg", "aiosql", "starlette", "uvicorn", "websockets", "cv2", "av", "logging", "socket", "sql"}
CLOCK = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"}

LINES = 400
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@cache
def tracked() -> list[Path]:
    """Every file that git knows, below ROOT. Skips in a copy without git's folder."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git work tree")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


@cache
def modules() -> dict[str, ast.Module]:
    """Dotted name -> syntax tree, of every module of our packages."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = ast.parse(path.read_text(encoding="utf-8"))
    return found


@cache
def imports(module: str) -> set[str]:
    """Dotted names that `module` imports anywhere in it; of ours as deep as a module goes."""
    found: set[str] = set()
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            source = node.module or ""
            for alias in node.names:
                deep = f"{source}.{alias.name}"
                found.add(deep if deep in modules() else source)
    return found


def top(name: str) -> str:
    return name.partition(".")[0]


def is_pure(module: str) -> bool:
    return bool(re.search(r"\bPure\b", ast.get_docstring(modules()[module]) or ""))


def run(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_lint_finds_nothing() -> None:
    run("ruff", "check", "--no-cache", ".")


def test_format_is_ruffs() -> None:
    run("ruff", "format", "--no-cache", "--check", ".")


def test_types_hold_strictly() -> None:
    run("mypy")


def test_voting_runs_on_python_alone() -> None:
    """The check that a citizen runs, without any installed package."""
    command = [sys.executable, "-S", "-m", "voting", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_package_imports_only_lower_floors(package: str) -> None:
    wrong = {
        module: sorted(strange)
        for module in modules()
        if top(module) == package and not ROOF.match(module)
        if (strange := {name for name in imports(module) if top(name) in set(PACKAGES) - FLOORS[package] - {package}})
    }
    assert wrong == {}


def test_roof_is_imported_by_nothing_below_it() -> None:
    assert {m for m in modules() if not ROOF.match(m) and any(ROOF.match(name) for name in imports(m))} == set()


def test_voting_imports_the_standard_library_alone() -> None:
    ours = set(sys.stdlib_module_names) | {"voting"}
    wrong = {
        module: sorted(strange)
        for module in modules()
        if top(module) == "voting"
        if (strange := {top(name) for name in imports(module)} - ours - VOTING_MAY_IMPORT.get(module, set()))
    }
    assert wrong == {}


def test_pure_modules_are_found() -> None:
    assert {"voting.entries", "voting.requirement", "voting.tally", "voting.tree", "council.protocol"} <= {
        module for module in modules() if is_pure(module)
    }


def test_pure_modules_import_nothing_that_acts_even_through_ours() -> None:
    wrong = {}
    for module in filter(is_pure, modules()):
        reached, waiting = {module}, [module]
        while waiting:
            here = waiting.pop()
            for name in imports(here):
                if top(name) in IMPURE:
                    wrong[module] = f"{here} imports {name}"
                if name in modules() and name not in reached:
                    reached.add(name)
                    waiting.append(name)
    assert wrong == {}


def test_pure_modules_never_ask_the_time() -> None:
    asking = [
        f"{module}:{node.lineno} {ast.unparse(node.func)}()"
        for module in filter(is_pure, modules())
        for node in ast.walk(modules()[module])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK
        if ast.unparse(node.func.value) in {"datetime", "date", "time", "datetime.datetime", "datetime.date"}
    ]
    assert asking == []


def test_every_module_opens_with_what_it_is() -> None:
    assert [module for module, tree in modules().items() if tree.body and not ast.get_docstring(tree)] == []


def test_no_file_of_ours_is_too_long() -> None:
    ours = {".py", ".sql", ".html", ".css", ".js", ".toml", ".md"}
    long = {
        str(path): lines
        for path in tracked()
        if path.suffix in ours and (lines := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > LINES
    }
    assert long == {}


def test_no_file_names_a_registrys_host_or_a_folder_of_one_machine() -> None:
    hosts = [r"pypi\.org", r"pythonhosted\.org", r"npmjs\.(?:org|com)", r"deb\.debian\.org", r"proxy\.golang\.org"]
    folders = ["/" + folder + "/" for folder in ("work", "root", "home/[a-z]+")]
    never = re.compile("|".join([*hosts, *(rf"(?<![\w.>}}]){folder}" for folder in folders)]))
    found = {}
    for path in tracked():
        if path != Path(__file__).relative_to(ROOT):
            content = (ROOT / path).read_bytes().decode("utf-8", errors="replace")
            if match := never.search(content):
                found[str(path)] = match[0]
    assert found == {}


# documents ----------------------------------------------------------------------------------------------------


def documents() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def commands(document: Path) -> list[str]:
    """The first commands of a document, each a fenced block of one line."""
    return re.findall(r"^```sh\n(.+)\n```$", document.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("package", PACKAGES)
def test_package_has_a_readme_of_one_or_two_screens(package: str) -> None:
    lines = (ROOT / package / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert 10 < len(lines) < 160


def test_relative_links_of_documents_lead_to_files() -> None:
    lost = [
        f"{document}: {target}"
        for document in documents()
        for target in LINK.findall((ROOT / document).read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:|#|/", target)
        if not (ROOT / document).parent.joinpath(target.partition("#")[0]).exists()
    ]
    assert lost == []


def test_headings_of_documents_have_something_under_them() -> None:
    empty = []
    for document in documents():
        text = re.sub(r"(?ms)^```.*?^```$", "```", (ROOT / document).read_text(encoding="utf-8"))
        lines = [line for line in text.splitlines() if line.strip()] + ["# end"]
        depth = [len(line) - len(line.lstrip("#")) if re.match(r"#+ ", line) else 0 for line in lines]
        pairs = zip(lines, depth, depth[1:], strict=False)
        empty += [f"{document}: {line}" for line, here, below in pairs if here and 0 < below <= here]
    assert empty == []


def test_first_two_commands_of_the_readme_try_it_and_test_it_as_ci_does() -> None:
    try_it, test_it = commands(ROOT / "README.md")[:2]
    assert test_it in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert test_it.endswith(" && .venv/bin/pytest")
    assert try_it == test_it.removesuffix(".venv/bin/pytest") + ".venv/bin/council demo"


def test_changelog_begins_with_the_version_of_this_program() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == version


def test_licence_is_the_one_the_package_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert project["license"] == "EUPL-1.2"
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")
    assert "‘Compatible Licences’ according to Article 5" in text
