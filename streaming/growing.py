"""A text that is added to for hours and asked for all the while: a beginning, a middle that only grows, an end.

Pure. Packed (gzip), only what is new of the middle is pressed each time; the end by a copy of the compressor.
"""

from __future__ import annotations

import zlib

LEVEL = 1
GZIP = 31  # zlib's window bits for gzip


class Growing:
    """The middle. `size`: its length in bytes."""

    def __init__(self) -> None:
        self._middle = bytearray()
        self._begun = b""  # the beginning that was packed
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
        self._packed = bytearray()
        self._packed_to = -1

    @property
    def size(self) -> int:
        return len(self._middle)

    def add(self, data: bytes) -> None:
        self._middle += data

    def last(self, mark: bytes, count: int) -> bytes:
        """The middle from a mark on, of which so many are left then. There must be as many."""
        place = len(self._middle)
        for _ in range(count):
            place = self._middle.rindex(mark, 0, place)
        return bytes(memoryview(self._middle)[place:])

    def text(self, beginning: bytes, end: bytes) -> bytes:
        return b"".join((beginning, self._middle, end))

    def press(self, beginning: bytes) -> None:
        """What is new, so that there is less to do once somebody asks for it packed."""
        if self._packed_to < 0 or beginning != self._begun:
            self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
            self._packed = bytearray(self._packer.compress(beginning))
            self._begun, self._packed_to = beginning, 0
        with memoryview(self._middle) as middle:
            self._packed += self._packer.compress(middle[self._packed_to :])
        self._packed_to = len(self._middle)

    def packed(self, beginning: bytes, end: bytes) -> bytes:
        self.press(beginning)
        last = self._packer.copy()
        return b"".join((self._packed, last.compress(end), last.flush()))
