"""How often somebody may try: a sliding window by key, in memory."""

from __future__ import annotations

import time
from collections import deque
from ipaddress import IPv6Address, ip_address

from council.access.errors import TooManyTries

KEYS_AT_MOST = 10_000  # an attacker with many addresses must not fill the memory


class Tries:
    """At most `limit` tries of one key in `window_s` seconds."""

    def __init__(self, limit: int, window_s: float) -> None:
        self.limit = limit
        self.window_s = window_s
        self._at: dict[str, deque[float]] = {}

    def check(self, key: str) -> None:
        """Raises TooManyTries; a refused try does not count."""
        now = time.monotonic()
        tries = self._at.get(key)
        while tries and now - tries[0] > self.window_s:
            tries.popleft()
        if tries and len(tries) >= self.limit:
            raise TooManyTries(int(self.window_s - (now - tries[0])) + 1)

    def add(self, key: str) -> None:
        if len(self._at) > KEYS_AT_MOST:
            now = time.monotonic()
            self._at = {k: t for k, t in self._at.items() if t and now - t[-1] < self.window_s}
        self._at.setdefault(key, deque(maxlen=self.limit)).append(time.monotonic())

    def take_back(self, key: str) -> None:
        """The last try was right, and does not count; those before it still do."""
        tries = self._at.get(key)
        if tries:
            tries.pop()

    def forget(self, key: str) -> None:
        self._at.pop(key, None)


def network_of(address: str) -> str:
    """Whom to count a try for: an IPv4 address, the /64 network of an IPv6 one."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is None:
        return str(IPv6Address(int(ip) >> 64 << 64))
    return str(ip)
