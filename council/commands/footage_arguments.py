"""The arguments of `council footage`; what it does is in `footage.py`."""

from __future__ import annotations

import argparse


def add(footage: argparse.ArgumentParser) -> None:
    actions = footage.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser(
        "list",
        help="recordings, and how long each must be kept",
        description="Each sitting's recording: how large it is, until when it must be kept, and by what law.",
    )
    release = actions.add_parser(
        "release",
        help="let everybody see a recording that was withheld",
        description='Release the recording of a closed sitting of a body with video = "record_then_publish". Works '
        "while the hall runs. The act and who did it stand in the ledger.",
    )
    release.add_argument("sitting", metavar="SITTING", help="as `council footage list` shows it")
    release.add_argument("--by", required=True, metavar="STAFF", help="who does it: a name to sign in with")
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
