"""What goes wrong in a simulated day, how often, and how a run says that a promise was broken."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from random import Random
from typing import Final

HUB: Final = "hub.example"
SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Faults:
    """How often what goes wrong. On the wire: out of a hundred requests."""

    request_lost: int = 0
    reply_lost: int = 0
    doubled: int = 0
    """The same request arrives twice."""
    slow: int = 0
    """Up to five seconds on the wire: later ones overtake it."""
    late: int = 0
    """Up to a minute: whoever asked has given up and asked again."""
    garbled: int = 0
    hub_error: int = 0
    hub_busy: int = 0
    """503 with a time to wait."""
    stranger: int = 0
    """401 from something between till and hub."""
    ack_forged: int = 0

    window_crash: int = 0
    """Out of 10,000 writes of the process, as the next two."""
    sync_crash: int = 0
    hub_crash: int = 0
    commit_unknown: int = 0
    """Out of 10,000 commits of any process: an error, and nobody knows whether it took hold."""
    disk_full: int = 0
    """Out of 10,000 writes of window and sync."""

    outages: int = 0
    """How many times the hub is away for a while."""
    half_open: int = 0
    """How many times a till's requests go out and nothing ever comes back."""
    reboots: int = 0
    clock_jumps: int = 0
    hub_clock_jumps: int = 0
    feed_renewed: int = 0
    clock_skew_s: int = 0
    """How far each further till's clock is off."""

    restores: int = 0
    """How many tills' disks are put back to an earlier copy of themselves."""
    restored_ledgers: int = 0
    """The same of the ledger alone: its witness knows better."""
    restored_again: int = 0
    """How often each of them is put back once more: to the same copy, or to a later one."""
    clones: int = 0
    """How many copies of a till's disk come to life beside it."""
    rejoin_crash: int = 0
    """Out of 10,000 writes while a till is enrolled again."""
    hub_restores: int = 0

    @staticmethod
    def drawn(rng: Random) -> Faults:
        """Another mix for each seed: rare and frequent faults hide different mistakes.

        Nothing in it may lose a disk: that is the business of profiles of their own.
        """
        wire = {name: rng.choice((0, 0, 2, 10, 25)) for name in _ON_THE_WIRE}
        return Faults(
            **wire,
            window_crash=rng.choice((0, 0, 20, 100)),
            sync_crash=rng.choice((0, 0, 20, 100)),
            hub_crash=rng.choice((0, 0, 5, 20)),
            commit_unknown=rng.choice((0, 0, 30, 200)),
            disk_full=rng.choice((0, 0, 0, 30)),
            outages=rng.choice((0, 0, 1, 2)),
            half_open=rng.choice((0, 0, 1, 2)),
            reboots=rng.choice((0, 0, 1)),
            clock_jumps=rng.choice((0, 0, 1)),
            hub_clock_jumps=rng.choice((0, 0, 0, 1)),
            feed_renewed=rng.choice((0, 0, 0, 1)),
            clock_skew_s=rng.choice((0, 0, 90, -86_400, 86_400, 40_000)),
        )

    def told(self) -> str:
        """What is on, in one line."""
        on = [f"{one.name}={getattr(self, one.name)}" for one in fields(self)]
        return " ".join(one for one in on if not one.endswith("=0")) or "nothing goes wrong"

    def but(self, **changed: int) -> Faults:
        """The same mix with some rates set."""
        return replace(self, **changed)


_ON_THE_WIRE: Final = (
    "request_lost",
    "reply_lost",
    "doubled",
    "slow",
    "late",
    "garbled",
    "hub_error",
    "hub_busy",
    "stranger",
    "ack_forged",
)


class Broken(Exception):
    """A run ended otherwise than it must: something stuck, lost, or there twice."""


def expect(holds: object, told: object) -> None:
    """Raises Broken(told) unless it holds."""
    if not holds:
        raise Broken(str(told))


class Crash(BaseException):
    """A process ends here, between two writes; not an error anybody handles."""
