"""Checking Ed25519 signatures with whole numbers alone. Pure, and slow: 5 ms for the first of a key, then half of one,
since a `PublicKey` keeps the multiples that it adds.

Only public data passes through here, so nothing needs constant time; signing is in `checkpoint.py`.
Source: RFC 8032 section 5.1, in its strictest reading: S below the group order, canonical points, the equation without
cofactor, and no public key of small order (such a key would let anyone sign anything).
"""

from __future__ import annotations

from functools import cache, cached_property
from hashlib import sha512

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]  # extended coordinates: x = X/Z, y = Y/Z, x*y = T/Z

NEUTRAL: Point = (0, 1, 1, 0)


Added = tuple[int, int, int, int]  # a point made ready for adding: Y-X, Y+X, 2dT, 2Z
Table = list[list[Added]]  # [i][j]: (j + 1) * 16^i times a point

WINDOWS = 64  # of four bits each: scalars are below 2^253


class PublicKey:
    """A key that signatures are checked with. `usable`: it is a point in its one spelling, and not of small order."""

    def __init__(self, public: bytes) -> None:
        self.public = public
        self._point = _decode(public) if len(public) == 32 else None
        self.usable = self._point is not None and _encode(_times(8, self._point)) != _encode(NEUTRAL)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (64 bytes) of `message` was made with this key. False for anything malformed."""
        if not self.usable or len(signature) != 64:
            return False
        s = int.from_bytes(signature[32:], "little")
        if s >= ORDER:
            return False
        k = int.from_bytes(sha512(signature[:32] + self.public + message).digest(), "little") % ORDER
        # S·B + k·(-A), which must be R; as bytes, so that R is canonical too
        return _encode(_sum(self._multiples, k, _sum(_base_multiples(), s, NEUTRAL))) == signature[:32]

    @cached_property
    def _multiples(self) -> Table:
        assert self._point is not None  # noqa: S101 - usable
        x, y, z, t = self._point
        return _table((P - x, y, z, P - t))


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) of `message` was made with the key of `public` (32 bytes). False for anything
    malformed."""
    return PublicKey(public).verify(message, signature)


def _table(point: Point) -> Table:
    table: Table = []
    for _ in range(WINDOWS):
        multiple, row = NEUTRAL, []
        for _ in range(15):
            multiple = _add(multiple, point)
            x, y, z, t = multiple
            row.append((y - x, y + x, 2 * t * D % P, 2 * z))
        table.append(row)
        point = _add(multiple, point)
    return table


@cache
def _base_multiples() -> Table:
    return _table(BASE)


def _sum(table: Table, scalar: int, point: Point) -> Point:
    """`point` plus `scalar` times the table's."""
    x, y, z, t = point
    for row in table:
        digit = scalar & 15
        scalar >>= 4
        if digit:
            less, more, t2d, z2 = row[digit - 1]
            a, b, c, d = (y - x) * less % P, (y + x) * more % P, t * t2d % P, z * z2 % P
            e, f, g, h = b - a, d - c, d + c, b + a
            x, y, z, t = e * f % P, g * h % P, f * g % P, e * h % P
    return x, y, z, t


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _encode(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decode(data: bytes) -> Point | None:
    """The point of 32 bytes; None if they are no point, or not its one canonical spelling."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _base() -> Point:
    point = _decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    assert point is not None  # noqa: S101 - a constant of the curve
    return point


BASE = _base()
