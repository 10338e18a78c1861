"""Ports for programs that a test starts.

Below those that the kernel gives to whoever asks for any: between the moment one is found free and the moment the
program listens there, another test would be given it, and would answer in the program's place.
"""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack, suppress

LOWEST, HIGHEST = 20_000, 32_000  # Linux gives out those from 32768 on


def free_ports(count: int) -> int:
    """The first of so many in a row, of 127.0.0.1."""
    while True:
        first = random.SystemRandom().randrange(LOWEST, HIGHEST - count)
        with suppress(OSError), ExitStack() as held:
            for port in range(first, first + count):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
