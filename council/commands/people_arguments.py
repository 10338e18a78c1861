"""The arguments of `council user` and `council member`; what they do is in `people.py`."""

from __future__ import annotations

import argparse

from council.rights import ROLES


def add(user: argparse.ArgumentParser, member: argparse.ArgumentParser) -> None:
    users = user.add_subparsers(dest="action", metavar="ACTION", required=True)

    def of_user(name: str, summary: str) -> argparse.ArgumentParser:
        action = users.add_parser(name, help=summary, description=summary[:1].upper() + summary[1:] + ".")
        action.add_argument("id", help="the name to sign in with: small letters, digits, dots, hyphens")
        return action

    new = of_user("add", "add somebody; asks for the password")
    new.add_argument("--name", help="in full, as screens and minutes name them (default: the id)")
    new.add_argument("--role", choices=ROLES, default="clerk", help="default: clerk")
    users.add_parser("list", help="who may sign in", description="Who may sign in, in which role, by what.")
    of_user("password", "give somebody a new password; asks for it, and signs them out")
    of_user("role", "give somebody another role, and sign them out").add_argument("role", choices=ROLES)
    of_user("reset-factor", "take somebody's lost phone or key away; the second step is set up anew")
    of_user("remove", "let somebody sign in no more; what they did stays in the audit view")

    members = member.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in (("card", "give a member a card"), ("pin", "give a member a PIN; asks for it")):
        action = members.add_parser(name, help=summary, description=summary[:1].upper() + summary[1:] + ".")
        action.add_argument("id", help="the member's id, as in council.toml")
        if name == "card":
            action.add_argument("number", nargs="?", default="", help="the card's number as the reader types it")
        action.add_argument("--take", action="store_true", help="take it away")
