"""What people decide at a hub that was put back, or about entries it could not read.

These stand in the hub's own journal; no till sends them.
"""

from __future__ import annotations

from sync.protocol.fact import Fact


class HubRestored(Fact, frozen=True, tag="hub_restored"):
    """A hub goes on from an older copy of itself."""

    feed: str
    """The new name of its feeds."""
    tills: int
    """How many tills it waits for."""
    cause: str = "restored"
    """`restored` by the command, or `found`: a till was given more than this hub holds."""


class RecoveryEnded(Fact, frozen=True, tag="recovery_ended"):
    """A hub that was put back gives rights again."""

    cause: str
    """`heard`: every till was; `override`: a person said so."""
    missing: tuple[str, ...] = ()
    """Devices that were not heard by then."""
    reason: str = ""


class QuarantineEnded(Fact, frozen=True, tag="quarantine_ended"):
    """An entry that could not be read at first is settled; its bytes stay where they are."""

    n: int
    """The hub's number of it."""
    device: str
    at_epoch: int
    at_seq: int
    how: str
    """`replayed_ok`, `corrected` or `waived`."""
    reason: str = ""
    second: str = ""
    """The other person who agreed to waive it."""
    by_fact: str = ""
    """Id of the fact that corrects it; of its own fact, once it could be read."""
