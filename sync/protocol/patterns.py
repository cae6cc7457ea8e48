"""What a manager asks of the hub about how people work: who does something far more than the others."""

from __future__ import annotations

import msgspec

from sync.protocol.facts_exceptions import Evidence


class PatternsAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/patterns`: of the till's own store."""

    staff: str
    """Who asks: a manager, head office, or an auditor, who is told no names."""
    days: int = 28


class PatternRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody stands out by a pattern: that is a reason to look, and no proof of anything."""

    pattern: str
    person: int
    """From 1, in this answer."""
    count: int
    per: int
    """Of so many sales, refunds, shifts, or days."""
    of: str
    """sales, refunds, shifts or agreed."""
    rate: int
    """Millionths."""
    others: int
    """What is usual among the others, millionths."""
    z: int
    """How far that is beyond chance and habit, thousandths."""
    staff: str = ""
    """Staff id; empty where whoever asks is told no names."""
    value: int = 0
    """Minor units behind it; 0 where it is no money."""
    evidence: tuple[Evidence, ...] = ()
    """The newest entries, oldest first."""


class PatternsReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The furthest first."""

    since: str
    currency: str
    people: int
    """How many were looked at."""
    rows: tuple[PatternRow, ...] = ()
