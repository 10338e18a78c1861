"""The `council` command: reads the command line and hands over to `council.commands`, imported only when needed."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from council.commands import (
    camera_arguments,
    captions_arguments,
    footage_arguments,
    people_arguments,
    preparing_arguments,
)
from council.words import DEFAULT, LANGUAGES

EPILOG = "Times are local to the council on every page and UTC in the ledger. Documentation: README.md."


def parser() -> argparse.ArgumentParser:
    """Every command with its arguments; `--help` of each is enough to use it."""
    top = argparse.ArgumentParser(
        prog="council",
        description="A city council votes at its seats; every citizen sees at once who voted how, with the video.",
        epilog=EPILOG,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, summary: str, description: str, *, config: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=description)
        if config:
            _take_config(sub, Path("council.toml"))
        return sub

    demo = command(
        "demo",
        "replay a real sitting on this machine, from key press to page with video",
        "Replay the sitting of Drohobych city council of 22 November 2017 on 127.0.0.1: simulated desks vote as the "
        "record says, a simulated camera films, the public site fills itself. Stays up until Ctrl+C.",
        config=False,
    )
    demo.add_argument("--once", action="store_true", help="stop after the sitting; exit 0 if every roll is as recorded")
    demo.add_argument("--speed", type=_speed, default=1.0, metavar="N", help="N times faster (default 1)")
    demo.add_argument("--data", type=Path, metavar="DIR", help="keep everything in DIR (default: a folder thrown away)")
    demo.add_argument(
        "--port",
        type=_port,
        default=8080,
        metavar="N",
        help="public site on N, hall on N+1, camera on N+2 (default 8080)",
    )

    init = command(
        "init", "write a commented council.toml", "Write a commented council.toml for a real hall.", config=False
    )
    init.add_argument("file", type=Path, nargs="?", default=Path("council.toml"), help="default: ./council.toml")

    command("serve", "run everything on this machine", "Run database, hall, record and public under one command.")
    command("hall", "run the hall alone", "Run the hall: terminals, console, display; the only writer of the ledger.")
    recorder = command(
        "record",
        "run the recorder alone",
        "Record the cameras of council.toml. Goes on while the database is away, and tells it later.",
    )
    recorder.add_argument("--group", metavar="GROUP", help="only the cameras of this group (default: all)")
    command("public", "run the public site alone", "Run the citizens' site. Any number of them may run.")

    terminal = command(
        "terminal",
        "a desk's program without a screen",
        "Vote from a desk without a screen. Keys, one a line: 1 for, 2 against, 3 abstain (or a candidate's number), p "
        "present, leave; card NUMBER, pin PIN; speech, reply, question, order, withdraw; recuse. The first start needs "
        "--enrol with the code the clerk's console shows for this desk.",
        config=False,
    )
    terminal.add_argument(
        "--hall", default="http://127.0.0.1:8081", metavar="URL", help="default: http://127.0.0.1:8081"
    )
    terminal.add_argument("--key", type=Path, default=Path("terminal.key"), help="file of this terminal's key")
    terminal.add_argument("--enrol", metavar="CODE", help="one-time code from the console; writes the key file")
    terminal.add_argument(
        "--script", type=Path, help="keys from a file of lines '<seconds> <key>' instead of the keyboard"
    )
    terminal.add_argument("--receipts", type=Path, metavar="DIR", help="keep every receipt in this folder")
    terminal.add_argument("--lang", default=DEFAULT, choices=tuple(LANGUAGES), help=f"default: {DEFAULT}")

    reading = command("import", "read votes from files", "Read votes from files other systems wrote.")
    formats = reading.add_subparsers(dest="format", metavar="FORMAT", required=True)
    drohobych = formats.add_parser(
        "drohobych",
        help="Drohobych's voting system: a roster and sittings in JSON",
        description="Read a roster and sittings of Drohobych's voting system. What cannot be read is named by file, "
        "place and reason and the rest is taken; reading the same file again changes nothing. Exit 0: all read; 1: "
        "problems.",
    )
    drohobych.add_argument("--roster", type=Path, metavar="FILE", help="deputies.json; needed before the first sitting")
    drohobych.add_argument("sittings", type=Path, nargs="*", metavar="SITTING.json")

    check = command(
        "check",
        "check database, ledger, clock, disk and recordings",
        "Check the installation. Each line says what is well, or what is wrong and what to do. Exit 0: all well.",
    )
    check.add_argument(
        "--footage", metavar="SITTING", help="one sitting's recording: every file, gap and seal in the ledger"
    )
    check.add_argument(
        "--whole", action="store_true", help="also read what lies in an archive, all of it; else its size is looked at"
    )
    for name, summary, description in (
        (
            "minutes",
            "the minutes of a sitting",
            "Write the minutes from the ledger; a draft while the sitting runs.",
        ),
        ("sheet", "the vote sheet of one vote", "Write the official roll call of one vote from the ledger."),
    ):
        paper = command(name, summary, description)
        paper.add_argument("sitting", metavar="SITTING", help="as in the address of its page")
        if name == "sheet":
            paper.add_argument("n", type=_number, metavar="N", help="the vote's number")
        paper.add_argument("--language", choices=tuple(LANGUAGES), help="default: the council's own")
        paper.add_argument(
            "--out", type=_paper, metavar="FILE", help="ending in .pdf or .txt; default: the text on standard output"
        )
    command("rebuild", "make the derived tables again", "Make the tables that pages read again, from the ledger alone.")
    command(
        "migrate", "bring the database up to this version", "Apply the migrations that are not in the database yet."
    )

    rules = command(
        "profile",
        "rules of procedure: list, check, copy",
        "Rules of procedure are data: majorities, quorum, recusal, secrecy, the floor, terms. Copy one that ships, "
        "edit the copy, check it, and name it in council.toml.",
        config=False,
    )
    profiles = rules.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = profiles.add_parser("list", help="the profiles that ship", description="The profiles that ship.")
    checking = profiles.add_parser(
        "check",
        help="say in words what a profile means, or where it contradicts itself",
        description="Say in words what a profile means, with examples worked out by the code that decides votes, and "
        "mark what nobody has checked against the law. Exit 0: it can be used; 1: it contradicts itself.",
    )
    checking.add_argument("profile", metavar="NAME|FILE", help="a name that ships, or a path ending in .toml")
    checking.add_argument("--seats", type=_seats, default=37, metavar="N", help="of the examples (default 37)")
    for parser_with_words in (listing, checking):
        parser_with_words.add_argument(
            "--language", choices=tuple(LANGUAGES), help="default: the profile's own, or English"
        )
    copying = profiles.add_parser("copy", help="write a copy to edit", description="Write a copy of one that ships.")
    copying.add_argument("name", metavar="NAME")
    copying.add_argument("file", type=Path, metavar="FILE")

    user = command("user", "the hall's staff", "People who may sign in to the hall, each in a role.")
    member = command("member", "members' cards and PINs", "What members sign in with, in a hall without fixed seats.")
    people_arguments.add(user, member)

    preparing_arguments.add(
        command("sitting", "sittings: make, list", "Sittings are made here or in the hall (/prepare)."),
        command("agenda", "an agenda from a table or a text", "An agenda is read from a file into a prepared sitting."),
    )

    footage_arguments.add(
        command(
            "footage",
            "recordings: list, release, move, fetch, delete",
            "Recordings: where they lie, how long they are kept.",
        )
    )

    captions_arguments.add(
        command(
            "captions", "captions: drafted by a machine", "Captions of a recording; people work on them in the hall."
        )
    )

    camera_arguments.add(
        command(
            "camera",
            "cameras: list, test, find, set up",
            "What each camera does; try one before a sitting, or before buying.",
        )
    )

    certificate = command(
        "certificate",
        "HTTPS for the hall, without a public authority",
        "Make a certificate for the hall, signed by an authority of the council's own; says how to use the two.",
    )
    certificate.add_argument("host", nargs="+", help="the hall's name or address as terminals ask for it")
    for sub in commands.choices.values():
        if sub.get_default("config"):
            for actions in (action for action in sub._actions if isinstance(action, argparse._SubParsersAction)):
                for action in actions.choices.values():
                    _take_config(action, argparse.SUPPRESS)
    return top


def _take_config(sub: argparse.ArgumentParser, default: Path | str) -> None:
    sub.add_argument("--config", type=Path, default=default, metavar="FILE", help="default: ./council.toml")


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65533:
        raise argparse.ArgumentTypeError("a port from 1 to 65533")
    return port


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a number from 1")
    return number


def _paper(text: str) -> Path:
    if not text.endswith((".pdf", ".txt")):
        raise argparse.ArgumentTypeError("a name ending in .pdf or .txt")
    return Path(text)


def _seats(text: str) -> int:
    seats = int(text)
    if not 3 <= seats <= 1000:
        raise argparse.ArgumentTypeError("a number from 3 to 1000")
    return seats


def _speed(text: str) -> float:
    speed = float(text)
    if not 0.1 <= speed <= 100:
        raise argparse.ArgumentTypeError("a number from 0.1 to 100")
    return speed


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 refused or problems found, 2 the command line is wrong."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    from council.commands.run import run

    return run(options)


if __name__ == "__main__":
    sys.exit(main())
