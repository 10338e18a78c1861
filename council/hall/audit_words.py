"""The details of the audit view in words; what is written down stays as it is (`/audit.json` shows it so).

A detail that none of these forms fits is shown as it was written: nothing is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from council.access import StaffAct
from council.hall.acting import TOLD

Words = Mapping[str, str]

PAIR = re.compile(rf"(?:^| )({'|'.join(sorted(set(TOLD), key=len, reverse=True))})=")
PIECES = (  # of lists like `rada, desk 2, as m5, terminal-0a1b, from 192.0.2.1`
    (re.compile(r"desk (\d+)"), "told_desk_no"),
    (re.compile(r"as (\S+)"), "told_as"),
    (re.compile(r"from (\S+)"), "told_from"),
    (re.compile(r"(terminal-\S+)"), "told_terminal"),
    (re.compile(r"entry (\d+)"), "told_entry"),
    (re.compile(r"version (\d+)"), "told_version"),
)
WHOLE = (  # (act, its detail, the words): all of a detail
    ("agenda_changed", r"item (?P<item>\S+)", "told_changed"),
    ("agenda_changed", r"remove (?P<item>\S+)", "told_removed"),
    ("agenda_changed", r"move (?P<item>\S+) up", "told_up"),
    ("agenda_changed", r"move (?P<item>\S+) down", "told_down"),
    ("agenda_changed", r"move (?P<item>\S+) first", "told_first"),
    ("agenda_changed", r"move (?P<item>\S+) last", "told_last"),
    ("agenda_changed", r"renumber", "told_renumbered"),
    ("agenda_changed", r"detach (?P<item>\S+)", "told_detached"),
    ("agenda_changed", r"attach (?P<file>.+) to (?P<item>\S+)", "told_attached"),
    ("agenda_changed", r"import (?P<file>.+): (?P<n>\d+)", "told_imported"),
    ("agenda_changed", r"paste: (?P<n>\d+)", "told_pasted"),
    ("document_attached", r"(?P<file>.+) to (?P<item>\S+)", "told_attached"),
    ("seats_changed", r"(?P<n>\d+) not as usual", "told_seats"),
    ("captions_changed", r"(?P<language>\S+): (?P<n>\d+) cues drafted by (?P<program>.+)", "told_captions_drafted"),
    ("notes_lost", r"(?P<n>\d+)", "told_lost"),
)
CAPTIONS = re.compile(r"(?P<language>\S+) version (?P<version>\d+): (?P<rest>.+)")
CAPTION_PARTS = (
    (re.compile(r"edited (?P<n>\d+) cues"), "told_captions_edited"),
    (re.compile(r"read through"), "told_captions_read"),
    (re.compile(r"restored version (?P<version>\d+)"), "told_captions_restored"),
    (re.compile(r"withdrawn"), "told_captions_withdrawn"),
    (re.compile(r"uploaded (?P<file>.+)"), "told_captions_uploaded"),
)


@dataclass(frozen=True, slots=True)
class Names:
    """What ids stand for, of the sittings in the hall; an id that is not here is shown itself."""

    members: Mapping[str, str]
    rules: Mapping[str, str]
    grounds: Mapping[str, str]


def detail_words(act: StaffAct, words: Words, names: Names) -> str:
    """words: those of the page (`strings_audit.py`, and the roles')."""
    if not act.detail:
        return ""
    for of, form, key in WHOLE:
        if act.act == of and (found := re.fullmatch(form, act.detail)):
            return words[key].format(**found.groupdict())
    if act.act == "captions_changed":
        return _captions(act.detail, words)
    if act.act == "credential_set":
        member, _, kinds = act.detail.partition(": ")
        told = ", ".join(words.get(f"told_{kind}", kind) for kind in kinds.split(", "))
        return f"{names.members.get(member, member)}: {told}"
    if act.act == "factor_added":
        return words.get(f"told_{act.detail}", act.detail)
    if act.act.startswith("staff_"):
        id_, _, role = act.detail.partition(" ")
        return f"{id_}: {words.get(f'role_{role}', role)}" if role else id_
    if act.act in ("signed_in", "enrolled", "seat_taken", "paper", "agenda_published"):
        return ", ".join(_piece(piece, words, names) for piece in act.detail.split(", "))
    return ", ".join(_pairs(act.detail, words, names)) or act.detail


def _pairs(detail: str, words: Words, names: Names) -> list[str]:
    """Of `vote_n=6 method=terminal`; none where it does not begin with one."""
    _, *found = PAIR.split(detail)
    if not PAIR.match(detail):
        return []
    return [_pair(name, value, words, names) for name, value in zip(found[::2], found[1::2], strict=True)]


def _pair(name: str, value: str, words: Words, names: Names) -> str:
    if name == "member":
        return names.members.get(value, value)
    known = {"rule": names.rules, "ground": names.grounds}.get(name, {})
    text = words.get(f"told_{name}_{value}") or words.get(f"told_{name}", f"{name}={{value}}")
    return text.format(value=known.get(value, value))


def _piece(piece: str, words: Words, names: Names) -> str:
    for form, key in PIECES:
        if found := form.fullmatch(piece):
            return words[key].format(value=names.members.get(found[1], found[1]))
    return piece


def _captions(detail: str, words: Words) -> str:
    """`uk version 3: edited 4 cues, read through`"""
    found = CAPTIONS.fullmatch(detail)
    if found is None:
        return detail
    told = words["told_captions"].format(language=found["language"], version=found["version"])
    rest = found["rest"]
    parts = [rest] if rest.startswith("uploaded ") else rest.split(", ")
    return ", ".join([told, *(_caption_part(part, words) for part in parts)])


def _caption_part(part: str, words: Words) -> str:
    for form, key in CAPTION_PARTS:
        if found := form.fullmatch(part):
            return words[key].format(**found.groupdict())
    return part
