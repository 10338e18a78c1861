"""How much one address may ask of the hall or the site: requests a second by kind, websockets and requests that last at
once. ASGI.

A flood from one address is answered 429 before anything is done for it; everybody else goes on. The limits leave room
for a chamber of 1,000 desks behind one address, all of which come back in the same second. The machine's own address is
not limited: it is the council's own programs, or a proxy that council.toml does not name (`trusted_proxies`), behind
which every visitor looks like one.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from council.access.tries import network_of
from council.links import Bucket

ADDRESSES_AT_MOST = 10_000  # of whom it is known how much they asked of a thing; one heard of longest ago is forgotten

Answer = Callable[[Scope, int], Response]
"""What is said to whom, and the seconds to wait."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Requests whose path begins with one of `paths` and whose method is one of `methods` (none: any)."""

    paths: tuple[str, ...]
    per_s: float
    burst: float
    methods: tuple[str, ...] = ()

    def takes(self, scope: Scope) -> bool:
        return scope["path"].startswith(self.paths) and (not self.methods or scope.get("method") in self.methods)


def own_machine(host: str) -> bool:
    try:
        ip = ip_address(host)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return (mapped or ip).is_loopback


class Budget:
    """How much each address may ask of one thing: `burst` at once, and then `per_s`. The machine's own is not
    counted."""

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s, self._burst = per_s, burst
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, host: str) -> int:
        """0: so be it; else the seconds to wait."""
        if own_machine(host):
            return 0
        address = network_of(host)
        bucket = self._buckets.get(address)
        if bucket is None:
            bucket = self._buckets[address] = Bucket(self._per_s, self._burst)
            if len(self._buckets) > ADDRESSES_AT_MOST:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(address)
        return 0 if bucket.take() else math.ceil(1 / self._per_s)


class Limits:
    """ASGI middleware. The first kind that takes a request counts it; a request that none takes is not counted.

    `sockets`: websockets of one address at once. `lasting`: paths whose answers go on, and how many of each at once."""

    def __init__(
        self,
        app: ASGIApp,
        kinds: Sequence[Kind],
        answer: Answer,
        sockets: int,
        lasting: Mapping[str, int] | None = None,
    ) -> None:
        self._app = app
        self._kinds = kinds
        self._answer = answer
        self._sockets_at_most = sockets
        self._lasting = lasting or {}
        self._budgets = {kind: Budget(kind.per_s, kind.burst) for kind in kinds}
        self._held: dict[tuple[str, str], int] = {}  # by address and path, "" for websockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if scope["type"] not in ("http", "websocket") or client is None or own_machine(client[0]):
            await self._app(scope, receive, send)
            return
        address = network_of(client[0])
        kind = next((kind for kind in self._kinds if kind.takes(scope)), None)
        if kind is not None and (seconds := self._budgets[kind].take(client[0])):
            await self._refuse(scope, receive, send, seconds)
            return
        what = "" if scope["type"] == "websocket" else scope["path"]
        at_most = self._lasting.get(what) if what else self._sockets_at_most
        if at_most is None:
            await self._app(scope, receive, send)
        elif self._held.get((address, what), 0) >= at_most:
            await self._refuse(scope, receive, send, 5)
        else:
            await self._counted((address, what), scope, receive, send)

    async def _counted(self, held: tuple[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        self._held[held] = self._held.get(held, 0) + 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._held[held] -= 1
            if not self._held[held]:
                del self._held[held]

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, seconds: int) -> None:
        """Of a websocket only the handshake; a server that cannot say why closes it, which is 403."""
        if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close"})
            return
        response = self._answer(scope, seconds)
        response.headers["Retry-After"] = str(seconds)
        response.headers["Cache-Control"] = "no-store"
        await response(scope, receive, send)
