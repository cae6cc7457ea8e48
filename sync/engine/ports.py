"""What the engine needs from the world: a clock, a net, the till's files, chance.

The process gives it the real ones, a simulation gives it its own; nothing else in the engine's
core knows the time, draws a number or opens a connection.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Rng(Protocol):
    """Chance: jitter and nonces."""

    def random(self) -> float:
        """At least 0, below 1."""
        ...

    def getrandbits(self, k: int, /) -> int:
        """So many random bits."""
        ...


class Clock(Protocol):
    """Two clocks: one that may be wrong, one that never goes back."""

    def now(self) -> dt.datetime:
        """The wall clock, aware, UTC."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds since some moment."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, signed, as it goes out."""

    method: str
    target: str
    """Path and query."""
    headers: Mapping[str, str]
    body: bytes
    read_timeout_s: float
    """How long the hub may stay silent."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Net(Protocol):
    """Requests go out here; each comes back to the runner as `Runner.replied` or `.lost`."""

    @property
    def url(self) -> str:
        """The hub's address, without a slash at its end: what requests are signed for."""
        ...

    def send(self, lane: str, request: Request) -> None:
        """Start a request on a lane that is idle; returns at once and never raises."""
        ...
