"""The arguments of `council captions`; what it does is in `captions.py`."""

from __future__ import annotations

import argparse
from pathlib import Path

from streaming.captions import LANGUAGES


def add(captions: argparse.ArgumentParser) -> None:
    actions = captions.add_subparsers(dest="action", metavar="ACTION", required=True)
    draft = actions.add_parser(
        "draft",
        help="let a speech program listen to a recording and write a first draft",
        description="Write captions of a sitting's recording by a speech program on this machine, marked everywhere as "
        "a machine's draft until somebody has read them through in the hall (/prepare). Works while the hall runs, at "
        "the lowest priority, and takes about as long as the recording. Nothing is fetched and nothing is sent: the "
        "model is a folder on this machine. Needs the extra `speech`.",
    )
    draft.add_argument("sitting", metavar="SITTING", help="as in the address of its page")
    draft.add_argument(
        "--language", required=True, choices=LANGUAGES, metavar="CODE", help="that is spoken, such as uk"
    )
    draft.add_argument(
        "--model", required=True, type=Path, metavar="DIR", help="a Whisper model as for CTranslate2: a folder"
    )
    draft.add_argument("--from", dest="start", metavar="TIME", help="of day, as 10:26:23 (default: the beginning)")
    draft.add_argument("--to", dest="end", metavar="TIME", help="of day (default: the end)")
    draft.add_argument(
        "--camera", metavar="ID", help="listen to this one alone (default: to each where those before it heard nothing)"
    )
