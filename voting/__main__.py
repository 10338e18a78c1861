"""Check a council's ledger, or a receipt of one's own press, with nothing but Python 3.11 or newer.

`python -m voting verify EXPORT.jsonl`, `python -m voting receipt RECEIPT.json`."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

if sys.version_info < (3, 11):  # noqa: UP036 - said in words to whoever runs this alone, on any Python
    sys.exit("This needs Python 3.11 or newer; this is " + sys.version.split()[0])

from voting import receipt as receipts
from voting.errors import BadNote, BadReceipt
from voting.verify import verify

VERIFY = """\
EXPORT.jsonl is the file the council publishes at /ledger/export.jsonl.
FOLDER holds copies of recordings as CAMERA/RUN/init.mp4 and CAMERA/RUN/000000.m4s, 000001.m4s and so on.
VKEY is the council's public key, name+id+base64, as it is printed on vote sheets and on the page about the ledger.
Ends with 0 if the file is intact, 1 if it was altered, 2 if it could not be read or judged."""
RECEIPT = """\
RECEIPT.json is what a terminal gave: the hall's signature that a press was recorded.
With --export it is looked up in the roll, and the export is checked whole first.
Ends with 0 if the receipt holds (and the roll agrees), 1 if it does not, 2 if it could not be read or judged."""


Run = Callable[[argparse.Namespace], tuple[int, Iterable[str]]]


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    run: Run = options.run
    try:
        code, sentences = run(options)
    except OSError as error:
        print(f"{error.filename} cannot be read: {error.strerror}", file=sys.stderr)
        return 2
    except BadReceipt as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return 2
    except BadNote as error:
        print(f"--key: {error}", file=sys.stderr)
        return 2
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    for sentence in sentences:
        print("".join(char if char.isprintable() else "\ufffd" for char in sentence))  # the file may be hostile
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m voting",
        description="Check a council's voting ledger, byte by byte and vote by vote, or a receipt of one's own press.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = _command(commands, "verify", "check an export of the ledger", VERIFY)
    check.add_argument("file", metavar="EXPORT.jsonl", type=Path)
    check.add_argument("--key", metavar="VKEY", help="the public key you trust; else the one inside the file is shown")
    check.add_argument("--footage", metavar="FOLDER", type=Path, help="recordings to be held against their seals")
    check.set_defaults(run=_verify)
    kept = _command(commands, "receipt", "check a receipt, alone or against an export", RECEIPT)
    kept.add_argument("file", metavar="RECEIPT.json", type=Path)
    kept.add_argument("--key", metavar="VKEY", help="the public key you trust; else the one inside the file is shown")
    kept.add_argument("--export", metavar="EXPORT.jsonl", type=Path, help="an export made after the vote was closed")
    kept.set_defaults(run=_receipt)
    return parser


def _command(commands: Any, name: str, words: str, epilog: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=words, description=words, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    return command


def _verify(options: argparse.Namespace) -> tuple[int, Iterable[str]]:
    with options.file.open("rb") as lines:
        report = verify(lines, options.key)
    if options.footage is not None and not report.code:
        report.hold_footage(partial(_read, options.footage))
    return report.code, report.sentences()


def _read(folder: Path, name: str) -> bytes | None:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        return None


def _receipt(options: argparse.Namespace) -> tuple[int, Iterable[str]]:
    receipt = receipts.parse(options.file.read_bytes())
    if options.export is None:
        finding = receipts.check(receipt, options.key)
    else:
        with options.export.open("rb") as lines:
            finding = receipts.check(receipt, options.key, lines)
    return finding.code, finding.sentences


if __name__ == "__main__":
    sys.exit(main())
