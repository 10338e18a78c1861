"""A paper as PDF: A-2a and UA-1 (archival, tagged, accessible), set by typst from data.

The template `paper.typ` is ours and fixed; what people wrote reaches it as JSON and never as code, and no file beyond
this folder could be read. Fonts are those of two packages and no others, and the date is the record's, so that the same
paper is the same bytes on every machine. `compiled` blocks for some 0.1 s: call it from a thread.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg
import segno
import typst

from council.papers.coverage import covered, shown
from council.papers.paper import Block, Paper, Proof, Roll
from voting.entries import parse_stamp

STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
FOLDER = Path(__file__).parent
FAMILIES = ("noto-sans", "noto-sans-devanagari")


@cache
def files() -> tuple[Path, ...]:
    return tuple(file.path for family in FAMILIES for file in fontpkg.family(family).files)


@cache
def fonts() -> typst.Fonts:
    folders = sorted({path.parent for path in files()})
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


@cache
def points() -> frozenset[int]:
    """The code points that all the papers' fonts together can show."""
    return covered(files())


@cache
def template() -> bytes:
    return (FOLDER / "paper.typ").read_bytes()


def compiled(paper: Paper) -> bytes:
    """The PDF. Raises typst.TypstError if the template is wrong; nothing a paper says can make it so."""
    made_at = int(parse_stamp(paper.made_at).timestamp()) if paper.made_at else 0
    root: Any = FOLDER  # its stub wants what the input is
    made: bytes = typst.compile(
        template(),
        root=root,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"paper": json.dumps(data(paper), ensure_ascii=False)},
        pdf_standards=STANDARDS,
        timestamp=made_at,
        format="pdf",
    )
    return made


def data(paper: Paper) -> dict[str, Any]:
    """What the template gets: the paper, each block with its kind; a code as the picture it is."""
    before, _, rest = paper.page_of.partition("{page}")
    between, _, after = rest.partition("{pages}")
    told: dict[str, Any] = {
        "language": paper.language,
        "tongue": paper.tongue,
        "title": paper.title,
        "head": list(paper.head),
        "mark": paper.mark,
        "foot": paper.foot,
        "page_of": [before, between, after],
        "blocks": [_block(block) for block in paper.blocks],
    }
    return {name: _printable(value) for name, value in told.items()}


def _printable(value: Any) -> Any:
    """Every text in it as the fonts can show it; line breaks stay."""
    if isinstance(value, str):
        return "\n".join(shown(line, points()) for line in value.split("\n"))
    if isinstance(value, dict):
        return {key: _printable(part) for key, part in value.items()}
    return [_printable(part) for part in value] if isinstance(value, list | tuple) else value


def _block(block: Block) -> dict[str, Any]:
    told = {"kind": type(block).__name__.lower(), **asdict(block)}
    if isinstance(block, Proof):
        told["svg"] = svg(modules(block.code.address)) if block.code else ""
    if isinstance(block, Roll):
        told["size"] = block.size
    return told


def modules(address: str) -> tuple[str, ...]:
    """The rows of a QR, "1" dark."""
    code = segno.make(address, error="m", micro=False)
    return tuple("".join("1" if module else "0" for module in row) for row in code.matrix)


def svg(rows: tuple[str, ...]) -> str:
    """A QR's modules with its quiet zone of four; made of figures alone."""
    side = len(rows) + 8
    path = "".join(
        f"M{x + 4} {y + 4}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module == "1"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    )
