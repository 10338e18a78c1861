"""The process beside the hall that checks signatures: `python -m council.check_process`, started by `checking.py`.

Its standard input is one end of a socket. Each request is a HEADER (the length of the message, key, signature) and the
message; each is answered in order by one byte, GOOD or BAD. It ends when the other end is closed, however the hall
died.
"""

from __future__ import annotations

import signal
import socket
import struct
import time

from council.keys import fits

HEADER = struct.Struct("!H32s64s")
GOOD, BAD = b"\x01", b"\x00"
AT_ONCE = 8  # requests answered together
REST_S = 0.00002  # after them: the disk's own work waits for a core, and where the hall is preferred it would get none


def request(public: bytes, message: bytes, signature: bytes) -> bytes:
    """public: 32 bytes, signature: 64, message: less than 64 kB."""
    return HEADER.pack(len(message), public, signature) + message


def serve(line: socket.socket) -> None:
    """Answer until the other end is closed."""
    waiting, answers = b"", b""
    while True:
        came = line.recv(65536)
        if not came:
            return
        waiting, at = waiting + came, 0
        while len(waiting) >= at + HEADER.size:
            size, public, signature = HEADER.unpack_from(waiting, at)
            end = at + HEADER.size + size
            if len(waiting) < end:
                break
            answers += GOOD if fits(public, waiting[at + HEADER.size : end], signature) else BAD
            at = end
            if len(answers) >= AT_ONCE:
                line.sendall(answers)
                answers = b""
                time.sleep(REST_S)
        waiting = waiting[at:]
        if answers:
            line.sendall(answers)
            answers = b""


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the hall's matter
    serve(socket.socket(fileno=0))
