"""What people at the hub decide about a till; these stand in the hub's own journal."""

from __future__ import annotations

from sync.protocol.fact import Fact


class TillOrdered(Fact, frozen=True, tag="till_ordered"):
    """A till was suspended, let work again, ordered to wipe itself, or taken out of service."""

    device: str
    word: str
    """suspend, resume, drain_wipe, wipe or revoke."""
    reason: str = ""


class TailLost(Fact, frozen=True, tag="tail_lost"):
    """What a till had not sent is gone with it: it is entered again from paper."""

    device: str
    of_epoch: int
    held_seq: int
    """The last entry that the hub holds."""
    held_doc: str
    """The last number of a receipt that the hub holds; empty for none."""
    papers_to: str = ""
    """The last number that is known from paper; empty where nobody knows."""
