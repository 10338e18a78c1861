"""The facts of footage: what binds recordings to the ledger. Pure; part of `facts.py`.

A run is one unbroken capture of a camera, cut into segments that are numbered from 0; both are files
(`streaming/README.md`). How a seal's root is computed from them: `footage.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from voting.values import Count, Number, Sha256, Time


@dataclass(frozen=True, slots=True)
class FootageSealed:
    """The segments `first` to `first + count - 1` of a run are these and no others: `root` is that of their hashes.
    `from_`: when the first of their frames was taken, `to`: when the last one ended, by the camera's clock as it was
    recorded. `init`: of the file with the run's parameters, without which no segment plays."""

    at: Time
    camera: str
    run: str
    first: Count
    count: Number
    from_: Time
    to: Time
    init: Sha256
    root: Sha256
