"""What was looked for at a till and is not told yet: kept in memory, with what was told before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sync.protocol.facts_signals import Look

AT_ONCE: Final = 50
"""So many are told by one fact."""
EVERY_MS: Final = 600_000
"""The oldest waits at most so long, while somebody is at the till."""


@dataclass(slots=True)
class Looks:
    """What waits to be told, and what was told before."""

    waiting: list[Look] = field(default_factory=list)
    more: int = 0
    known: set[tuple[str, str, str, str]] = field(default_factory=set)
    day: str = ""
    shift: str = ""
    told: int = 0
    """In this shift."""
    since_ms: int = 0

    def due(self, now_ms: int) -> bool:
        """True where it is time to tell them."""
        return len(self.waiting) >= AT_ONCE or (
            bool(self.waiting) and now_ms - self.since_ms >= EVERY_MS
        )
