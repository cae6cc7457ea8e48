"""What goes wrong in a simulated day, how often, and how a run says that a promise was broken."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

HUB: Final = "hub.example"
SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Faults:
    """How often what goes wrong, out of a hundred requests or of a till's actions."""

    request_lost: int = 0
    reply_lost: int = 0
    doubled: int = 0
    slow: int = 0
    garbled: int = 0
    hub_error: int = 0
    hub_crash: int = 0
    """The hub dies before it commits."""
    ack_forged: int = 0
    sync_crash: int = 0
    """Out of a hundred writes of the sync process."""
    till_crash: int = 0
    outages: int = 0
    """How many times the hub is away, for up to an hour."""
    feed_renewed: int = 0
    clock_skew_s: int = 0

    @staticmethod
    def drawn(rng: Random) -> Faults:
        """Another mix for each seed: rare and frequent faults hide different mistakes."""
        return Faults(
            **{name: rng.choice((0, 2, 10, 30)) for name in _ON_THE_WIRE},
            sync_crash=rng.choice((0, 2, 10)),
            till_crash=rng.choice((0, 5)),
            outages=rng.randint(0, 3),
            feed_renewed=rng.choice((0, 0, 1)),
            clock_skew_s=rng.choice((0, 0, 90, -86_400, 40_000)),
        )


_ON_THE_WIRE: Final = (
    "request_lost",
    "reply_lost",
    "doubled",
    "slow",
    "garbled",
    "hub_error",
    "hub_crash",
    "ack_forged",
)


class Broken(Exception):
    """A run ended otherwise than it must: something stuck, lost, or there twice."""


def expect(holds: bool, told: object) -> None:
    """Raises Broken(told) unless it holds."""
    if not holds:
        raise Broken(str(told))


class Crash(BaseException):
    """The sync process ends here, between two writes; not an error anybody handles."""
