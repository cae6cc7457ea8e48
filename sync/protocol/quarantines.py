"""What is asked of the hub about an entry it could not read."""

from __future__ import annotations

import msgspec


class ReplayAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/quarantine/{id}/replay`: try it again; `{id}` is the hub's number of the entry."""

    staff: str
    """Who asks: somebody of the till's store."""


class ReplayReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of it."""

    n: int
    result: str
    """applied, exception, duplicate, or still quarantined."""
    reason: str = ""
    """Why it still is."""
