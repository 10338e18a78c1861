"""Receipts: what a member keeps as proof that a press was on the hall's disk, and checking one. Pure.

A receipt is JSON with exactly the fields of `Receipt` and `"receipt": 1`. `receipt_signature` is the ledger's, over
`signed.receipt_text`; where several presses came to disk together it is over `signed.receipts_text`, and `inclusion` is
the way there from this receipt. `signature` is the terminal's, as it stands in the roll. Against an export it is also
asked whether the roll agrees: this press stands, or a later one of the same member does, and everything else is a
finding.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from voting import codec
from voting.codec import AtLeast, Form
from voting.entries import (
    CHOSEN,
    Number,
    Option,
    RollEntry,
    Signature,
    SittingId,
    Time,
    VoteClosed,
    VoteOpened,
    VoteVoided,
    decode,
)
from voting.errors import BadEntry, BadNote, BadReceipt
from voting.note import parse_vkey
from voting.signed import fits, press_text, receipt_text, receipts_text
from voting.terminals import Terminals
from voting.tree import leaf_hash, root_by
from voting.verify import verify

FORMAT = 1


Hash = Annotated[
    str, Form(lambda text: re.fullmatch("[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=", text) is not None, "a hash in base64")
]


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Leaf `index` of a tree of `size` receipts; `path` leads to its root, the nearest first (RFC 9162, 2.1.3)."""

    index: Annotated[int, AtLeast(0)]
    size: Number
    path: tuple[Hash, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """`terminal`, `signature`: the desk's, and its own over the press. `vkey`: the ledger's key as the hall said it."""

    receipt: Number
    sitting: SittingId
    vote_n: Number
    member: str
    option: Option
    candidate: Number | None
    boot: str
    n: Number
    recorded_at: Time
    signature: Signature
    terminal: str
    receipt_signature: Signature
    inclusion: Inclusion | None
    vkey: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`code`: 0 it holds, 1 it does not fit, 2 not to be judged. `sentences`: the reasons."""

    code: int
    sentences: tuple[str, ...]


def parse(data: bytes) -> Receipt:
    """Raises BadReceipt for anything but a receipt of this format."""
    try:
        wire = json.loads(data.decode())
        if type(wire) is dict and type(wire.get("receipt")) is int and wire["receipt"] > FORMAT:
            raise BadReceipt(f"the receipt has format {wire['receipt']}, this program knows {FORMAT}; use a newer one")
        receipt: Receipt = codec.load(Receipt, wire)
    except (ValueError, RecursionError, BadEntry) as error:
        raise BadReceipt(f"not a receipt: {error}") from error
    if receipt.option not in CHOSEN:
        raise BadReceipt(f"not a receipt: option: {receipt.option} is not chosen")
    return receipt


def check(receipt: Receipt, key: str | None = None, export: Iterable[bytes] | None = None) -> Finding:
    """key: the vkey to trust; None: the one in the receipt. export: the lines of an export of the same ledger.

    Raises BadNote if `key` is malformed."""
    if key is not None and parse_vkey(key) and receipt.vkey != key:
        return Finding(1, (f"The receipt names another key than the one you gave: {receipt.vkey}",))
    try:
        public_key, text = parse_vkey(receipt.vkey).public.hex(), _text(receipt)
    except (BadNote, ValueError) as error:
        return Finding(1, (f"The receipt cannot have been signed: {error}",))
    if text is None or not fits(public_key, text, receipt.receipt_signature):
        return Finding(1, ("The signature does not fit: this is not what the hall signed, or not with this key.",))
    held = tuple(_held(receipt, key))
    if export is None:
        return Finding(0, (*held, "Whether the roll agrees, an export of the ledger can tell: give it with --export."))
    lines = list(export)
    report = verify(lines, receipt.vkey)
    if report.code:
        return Finding(report.code, (*held, "The export does not hold, so it tells nothing:", *report.sentences()))
    found = _against(receipt, lines)
    return Finding(found.code, held + found.sentences)


def _text(receipt: Receipt) -> str | None:
    """What was signed; None: the receipt is in no tree of that size."""
    text = receipt_text(
        receipt.sitting,
        receipt.vote_n,
        receipt.member,
        receipt.option,
        receipt.candidate,
        receipt.boot,
        receipt.n,
        receipt.recorded_at,
    )
    if receipt.inclusion is None:
        return text
    size, path = receipt.inclusion.size, [base64.b64decode(node) for node in receipt.inclusion.path]
    root = root_by(leaf_hash(text.encode()), receipt.inclusion.index, size, path)
    return receipts_text(size, root) if root is not None else None


def _pressed(receipt: Receipt) -> str:
    return press_text(
        receipt.sitting,
        receipt.vote_n,
        receipt.member,
        receipt.option,
        receipt.candidate,
        receipt.boot,
        receipt.n,
    )


def _held(receipt: Receipt, key: str | None) -> Iterator[str]:
    choice = receipt.option.value + (f" candidate {receipt.candidate}" if receipt.candidate is not None else "")
    yield f"The hall signed that member {receipt.member} pressed “{choice}” in vote {receipt.vote_n} of sitting"
    yield f"  {receipt.sitting}, recorded at {receipt.recorded_at}."
    if key is None:
        yield "Compare the key with the one the council prints, or give that with --key:"
        yield f"  {receipt.vkey}"


def _against(receipt: Receipt, lines: list[bytes]) -> Finding:
    """What the roll says; the export itself is intact."""
    terminals, opened_seq = Terminals(), 0
    roll: dict[str, RollEntry] | None = None
    keys: list[str] = []
    aside: tuple[str, ...] = ()
    for entry in (decode(line[:-1]) for line in lines[1:-1]):
        fact = entry.fact
        if entry.sitting is None:
            terminals.feed(entry)
        if entry.sitting != receipt.sitting or not isinstance(fact, VoteOpened | VoteClosed | VoteVoided):
            continue
        if fact.n != receipt.vote_n:
            continue
        if isinstance(fact, VoteOpened):
            opened_seq = entry.seq
        elif isinstance(fact, VoteClosed):
            enrolled = terminals.between(receipt.terminal, opened_seq, entry.seq)
            keys, roll = [enrolment.public_key for enrolment in enrolled], {line.member: line for line in fact.roll}
        else:
            aside = (f"The vote was set aside: {fact.reason}",)
    if roll is None:
        return Finding(2, (*aside, "The export has no roll of this vote: it is older, or there never was one."))
    if not any(fits(key, _pressed(receipt), receipt.signature) for key in keys):
        return Finding(1, (*aside, f"Terminal {receipt.terminal} did not sign this press with a key of that time."))
    found = _agrees(receipt, roll.get(receipt.member))
    return Finding(found.code, found.sentences + aside)


def _agrees(receipt: Receipt, line: RollEntry | None) -> Finding:
    if line is None:
        return Finding(1, (f"The roll has no member {receipt.member}.",))
    if (line.boot, line.n) == (receipt.boot, receipt.n):
        if line == _line(receipt):
            return Finding(0, ("The roll has exactly this press.",))
        return Finding(1, ("THE ROLL SAYS OTHERWISE for this very press. Show the receipt to the clerk.",))
    stands = f"The roll has “{line.option}”"
    if line.channel in ("called", "entered"):
        how = "said aloud and entered" if line.channel == "called" else "entered by hand"
        return Finding(0, (f"{stands}, {how} by the clerk at {line.recorded_at}, in place of this press.",))
    if line.option not in CHOSEN:
        return Finding(1, (f"THE PRESS IS MISSING: the roll has “{line.option}”. Show the receipt to the clerk.",))
    if line.boot == receipt.boot:
        later = line.n is not None and line.n > receipt.n
    else:  # the terminal was started anew in between; only the hall's clock tells the order
        later = line.recorded_at is not None and line.recorded_at >= receipt.recorded_at
    if later:
        return Finding(0, (f"{stands}, from a later press of yours, at {line.recorded_at}: the last one counts.",))
    earlier = f"the roll has “{line.option}” of {line.recorded_at}, by the hall's clock from before this press."
    return Finding(1, (f"THE PRESS IS MISSING: {earlier}",))


def _line(receipt: Receipt) -> RollEntry:
    return RollEntry(
        receipt.member,
        receipt.option,
        boot=receipt.boot,
        n=receipt.n,
        recorded_at=receipt.recorded_at,
        candidate=receipt.candidate,
        channel="terminal",
        terminal=receipt.terminal,
        signature=receipt.signature,
    )
