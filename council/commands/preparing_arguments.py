"""The arguments of `council sitting` and `council agenda`; what they do is in `preparing.py`."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from council.sitting import KINDS


def add(sitting: argparse.ArgumentParser, agenda: argparse.ArgumentParser) -> None:
    sittings = sitting.add_subparsers(dest="action", metavar="ACTION", required=True)
    new = sittings.add_parser("create", help="make a sitting", description="Make a sitting with an empty agenda.")
    new.add_argument("body", metavar="BODY", help="the council's id, as in council.toml")
    new.add_argument("day", type=_day, metavar="DAY", help="as 2026-11-26")
    new.add_argument("label", metavar="LABEL", help="as printed: «V сесія, 2-ге пленарне засідання»")
    new.add_argument("--kind", choices=KINDS, default="plenary", help="default: plenary")
    sittings.add_parser("list", help="the sittings there are", description="The next first, then those that are over.")

    agendas = agenda.add_subparsers(dest="action", metavar="ACTION", required=True)
    reading = agendas.add_parser(
        "import",
        help="read an agenda from a table or a text",
        description="Read an agenda from a CSV or XLSX table, or from a text (.txt) with numbered lines. Files that "
        "the table names are taken from its folder. All of it is taken, or nothing.",
    )
    reading.add_argument("file", type=Path, metavar="FILE")
    reading.add_argument("--sitting", required=True, metavar="SITTING", help="as `council sitting list` shows it")
    reading.add_argument(
        "--replace", action="store_true", help="take the place of what is there; default: come after it"
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day like 2026-11-26") from None
