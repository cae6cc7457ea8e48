"""Facts about the chain itself: a life that goes on in another epoch, a key that follows another."""

from __future__ import annotations

from sync.protocol.fact import Fact
from sync.protocol.messages import Head


class Rejoined(Fact, frozen=True, tag="rejoined"):
    """What this till had told nobody of before it was enrolled again stands before this entry.

    Each of those has its first place in `was` and its first id. Once the hub holds this one, nothing
    more comes of the epoch before.
    """

    old_dev: str
    old_epoch: int
    agreed: int
    """Up to this entry of the old epoch till and hub had the same history."""
    again: int = 0
    """How many entries were journalled again."""
    brought: int = 0
    """How many entries of the old epoch came from the hub, which this till had lost."""
    why: str = ""
    """What was wrong: behind_witness, no_witness, other_machine, rolled_back, fork, fenced."""
    seen: Head | None = None
    """What the till's own witness saw of the old epoch, where it is more than the till held."""


class KeyRotated(Fact, frozen=True, tag="key_rotated"):
    """Every entry after this one is signed by another key. Signed by the key before."""

    pubkey: str
    """Ed25519, hex."""
