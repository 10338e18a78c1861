"""The hall's receipts for presses that are on disk: one signature for all that came there together.

A signature takes 20 µs, a place in a tree two. What a member keeps stays checkable alone and offline: the receipt
carries its way to the root that was signed (`voting/receipt.py`). Pure.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

from council.chamber_data import CHOICES
from council.protocol import Recorded
from council.protocol_terminal import InclusionView
from voting.checkpoint import Signer
from voting.signed import receipt_text, receipts_text
from voting.tree import inclusion_proofs, leaf_hash, root_of
from voting.vote_event import Press

TOGETHER = 16  # under one signature; more would make the way longer, and the receipt's QR finer


class Receipts:
    """Signs as the ledger."""

    def __init__(self, signer: Signer) -> None:
        self._signer, self._vkey = signer, signer.vkey

    def of(self, sitting: str, vote_n: int, presses: Sequence[Press]) -> Iterator[Recorded]:
        """In order. A receipt for one press alone is the same each time."""
        for start in range(0, len(presses), TOGETHER):
            yield from self._together(sitting, vote_n, presses[start : start + TOGETHER])

    def _together(self, sitting: str, vote_n: int, presses: Sequence[Press]) -> Iterator[Recorded]:
        texts = [
            receipt_text(
                sitting, vote_n, press.member, press.option, press.candidate, press.boot, press.n, press.recorded_at
            )
            for press in presses
        ]
        if len(texts) == 1:
            yield self._recorded(sitting, vote_n, presses[0], self._signer.sign_text(texts[0]), None)
            return
        leaves, size = [leaf_hash(text.encode()) for text in texts], len(texts)
        signature = self._signer.sign_text(receipts_text(size, root_of(leaves)))
        for index, (press, path) in enumerate(zip(presses, inclusion_proofs(leaves), strict=True)):
            inclusion = InclusionView(index, size, tuple(base64.b64encode(node).decode() for node in path))
            yield self._recorded(sitting, vote_n, press, signature, inclusion)

    def _recorded(
        self, sitting: str, vote_n: int, press: Press, signature: str, inclusion: InclusionView | None
    ) -> Recorded:
        return Recorded(
            boot=press.boot,
            n=press.n,
            vote_n=vote_n,
            option=CHOICES[press.option],
            recorded_at=press.recorded_at,
            candidate=press.candidate,
            sitting=sitting,
            member=press.member,
            terminal=press.terminal or "",
            signature=press.signature or "",
            receipt=signature,
            inclusion=inclusion,
            vkey=self._vkey,
        )
