"""The hall's websocket lines: uvicorn's, with what ASGI does not have.

To write a frame without waiting, if the line takes it; to be handed frames as they come, without a queue and a task's
wake-up each; to cut a line whose other side does not read. A frame that a listener waits for and that came whole, final
and masked is read here, at a fifth of what the library's parser costs. Everything else (a frame in pieces, several at
once, a control frame, a fault) goes to the library untouched, and always from a frame's beginning.
Source: RFC 6455, 5.2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request as Handshake
from websockets.speedups import apply_mask

FINAL_TEXT = 0x81
MASK = 0x80
TWO_BYTES, EIGHT_BYTES = 126, 127  # the seven bits of the length say where it stands instead


class HallSocket(WebSocketsSansIOProtocol):
    """What it has more is in the scope's extensions: `hlasno.write`, `hlasno.listen`, `hlasno.abort`."""

    _listener: Callable[[str], None] | None = None
    _head = b""  # of a frame that the library has begun to read, if not even its length is known
    _missing = 0  # bytes of a frame that the library has begun to read

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn.debug = False  # it would log frames: how a member votes, and keys

    def handle_connect(self, event: Handshake) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions = cast(dict[str, Any], self.scope["extensions"])
            extensions["hlasno.abort"] = self.transport.abort
            extensions["hlasno.write"] = self.write_now
            extensions["hlasno.listen"] = self.listen

    def listen(self, listener: Callable[[str], None]) -> None:
        """From now on whole text frames go to `listener`, after those that wait in the queue."""
        self._listener = listener

    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated:
            super().data_received(data)
            return
        if self._listener is not None and not (self._missing or self._head or self.frames or self.close_sent):
            frame = _whole_text(data, self.config.ws_max_size)
            if frame is not None and self.queue.empty():
                self._listener(frame)
                return
        self._follow(data)
        super().data_received(data)

    def _follow(self, data: bytes) -> None:
        """Note where in a frame `data` leaves the library."""
        if self._missing >= len(data):
            self._missing -= len(data)
            return
        data, at = self._head + data[self._missing :], 0
        self._head, self._missing = b"", 0
        while at < len(data):
            size = _size(data, at)
            if size is None:
                self._head = data[at:]
                return
            at += size
        self._missing = at - len(data)

    def send_receive_event_to_app(self) -> None:
        if self._listener is None or self.curr_msg_data_type != "text" or not self.queue.empty() or self.close_sent:
            super().send_receive_event_to_app()
            return
        try:
            frame = b"".join(self.frames).decode()
        except UnicodeDecodeError:
            super().send_receive_event_to_app()  # which closes the line, 1007
            return
        self.frames = []
        self._listener(frame)

    def write_now(self, frame: str) -> bool:
        """False: the handshake is not done, the line is closing, or has not taken what was written before."""
        if not self.handshake_complete or self.close_sent or self.transport.is_closing():
            return False
        if self.transport.get_write_buffer_size():
            return False
        if self.conn.extensions:
            return False  # a compressed line is uvicorn's own matter
        data = frame.encode()
        size = len(data)
        if size < TWO_BYTES:  # a final text frame, not masked
            header = bytes((FINAL_TEXT, size))
        elif size < 65536:
            header = b"\x81\x7e" + size.to_bytes(2)
        else:
            header = b"\x81\x7f" + size.to_bytes(8)
        self.transport.write(header + data)
        return True


def _whole_text(data: bytes, at_most: int) -> str | None:
    """The text if `data` is one whole, final, masked frame of text of at most so many bytes and of less than 64 kB."""
    if len(data) < 6 or data[0] != FINAL_TEXT or not data[1] & MASK:
        return None
    size, at = data[1] - MASK, 2
    if size == EIGHT_BYTES:
        return None
    if size == TWO_BYTES:
        size, at = int.from_bytes(data[2:4]), 4
    if size > at_most or len(data) != at + 4 + size:
        return None
    try:
        return apply_mask(data[at + 4 :], data[at : at + 4]).decode()
    except UnicodeDecodeError:
        return None


def _size(data: bytes, at: int) -> int | None:
    """Of the frame that begins at `at`, with its header; None: the header is not whole."""
    if len(data) < at + 2:
        return None
    size, header = data[at + 1] & 0x7F, 2
    if size in (TWO_BYTES, EIGHT_BYTES):
        header = 4 if size == TWO_BYTES else 10
        if len(data) < at + header:
            return None
        size = int.from_bytes(data[at + 2 : at + header])
    return header + (4 if data[at + 1] & MASK else 0) + size
