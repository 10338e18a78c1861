"""The arguments of `council footage`; what it does is in `footage.py`."""

from __future__ import annotations

import argparse


def add(footage: argparse.ArgumentParser) -> None:
    actions = footage.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser(
        "list",
        help="recordings, where they lie, and how long each must be kept",
        description="Each sitting's recording: how large it is, on the disk and in which archive, until when it must "
        "be kept, and by what law.",
    )
    release = actions.add_parser(
        "release",
        help="let everybody see a recording that was withheld",
        description='Release the recording of a closed sitting of a body with video = "record_then_publish". Works '
        "while the hall runs. The act and who did it stand in the ledger.",
    )
    release.add_argument("sitting", metavar="SITTING", help="as `council footage list` shows it")
    release.add_argument("--by", required=True, metavar="STAFF", help="who does it: a name to sign in with")
    move = actions.add_parser(
        "move",
        help="move old recordings to an archive: object storage, or a folder of another disk",
        description="Move recordings from the disk to an archive of council.toml ([[archive]]). Each file is written "
        "once, read back and held against its hash before it goes from the disk; the site shows it from there, at the "
        "same address. Works while everything runs, and also for recordings that must be kept. Ctrl+C stops it, and "
        "whatever breaks it off: run it again, and it goes on. Without SITTING and --older-than it only finishes what "
        "was broken off, and removes what deleted recordings left in an archive. Exit 0: all is there; 1: some is not.",
    )
    what = move.add_mutually_exclusive_group()
    what.add_argument("sitting", metavar="SITTING", nargs="?", help="as `council footage list` shows it")
    what.add_argument("--older-than", metavar="DAYS", type=_days, help="all that was filmed before, by every camera")
    move.add_argument("--to", metavar="ARCHIVE", help="its id in council.toml (default: the first)")
    move.add_argument("--dry-run", action="store_true", help="only say how much it would be")
    fetch = actions.add_parser(
        "fetch",
        help="bring a recording back from its archive",
        description="Bring a sitting's recording back to the disk: a move the other way. Each file is held against its "
        "hash before it goes from the archive. Works while everything runs; whatever breaks it off: run it again, and "
        "it goes on. A move by cron would take it away again.",
    )
    fetch.add_argument("sitting", metavar="SITTING", help="as `council footage list` shows it")
    recover = actions.add_parser(
        "recover",
        help="make the index of recordings again from an archive",
        description="After the database or the recordings' disk was lost: what an archive has is brought back into the "
        "index, journals and init segments also to the disk. What is known already is left as it is. Afterwards run "
        "`council rebuild`, which marks what was deleted, and `council check`.",
    )
    recover.add_argument("--of", metavar="ARCHIVE", help="its id in council.toml (default: all of them)")
    delete = actions.add_parser(
        "delete",
        help="delete a recording that need not be kept any more",
        description="Delete the recording of a sitting, of all cameras. Refused while it must be kept. The act, its "
        "reason and who did it stand in the ledger for ever, and so do the seals of what was deleted. Without --yes it "
        "only says what would be deleted. Works while the hall runs.",
    )
    delete.add_argument("sitting", metavar="SITTING", help="as `council footage list` shows it")
    delete.add_argument("--reason", required=True, help="why, as citizens will read it")
    delete.add_argument("--by", required=True, metavar="STAFF", help="who does it: a name to sign in with")
    delete.add_argument("--yes", action="store_true", help="do it; it cannot be taken back")


def _days(text: str) -> int:
    days = int(text)
    if not 0 <= days <= 36_500:
        raise argparse.ArgumentTypeError("a number of days")
    return days
