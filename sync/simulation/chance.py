"""Identities out of a seed: as long as real ones, and the same in every run."""

from __future__ import annotations

from datetime import datetime
from random import Random
from uuid import UUID


class SeededIds:
    """The hub's identities from the seed."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def uuid(self) -> str:
        """Not a UUIDv7, but as long as one."""
        return str(UUID(int=self._rng.getrandbits(128)))

    def token(self, size: int) -> bytes:
        """Bytes from the seed."""
        return self._rng.randbytes(size)


def fresh_id(now: datetime, rng: Random) -> str:
    """A UUIDv7 of the virtual time and the dice."""
    millis = int(now.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    high = millis << 16 | 0x7000 | rng.getrandbits(12)
    low = 0b10 << 62 | rng.getrandbits(62)
    return str(UUID(int=high << 64 | low))
