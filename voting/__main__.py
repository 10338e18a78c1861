"""`python -m voting verify EXPORT.jsonl`: check a council's ledger with nothing but Python 3.11 or newer."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - said in words to whoever runs this alone, on any Python
    sys.exit("This needs Python 3.11 or newer; this is " + sys.version.split()[0])

from voting.errors import BadNote
from voting.verify import verify

EPILOG = """\
EXPORT.jsonl is the file the council publishes at /ledger/export.jsonl.
VKEY is the council's public key, name+id+base64, as it is printed on vote sheets and on the page about the ledger.
Ends with 0 if the file is intact, 1 if it was altered, 2 if it could not be read or judged."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m voting",
        description="Check an export of a council's voting ledger, byte by byte and vote by vote.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="verify")
    check = commands.add_parser(
        "verify", help="check an export", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    check.add_argument("file", metavar="EXPORT.jsonl", type=Path)
    check.add_argument("--key", metavar="VKEY", help="the public key you trust; else the one inside the file is shown")
    options = parser.parse_args(arguments)
    try:
        with options.file.open("rb") as lines:
            report = verify(lines, options.key)
    except OSError as error:
        print(f"{options.file} cannot be read: {error.strerror}", file=sys.stderr)
        return 2
    except BadNote as error:
        print(f"--key: {error}", file=sys.stderr)
        return 2
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    for sentence in report.sentences():
        print("".join(char if char.isprintable() else "\ufffd" for char in sentence))  # the file may be hostile
    return report.code


if __name__ == "__main__":
    sys.exit(main())
