"""What people looked for here and did not get: gathered in memory, told by one fact now and then.

One of a kind is told once for a person, an item and a day, and a shift tells a few hundred at most:
what is beyond that is counted. Nothing of it is a sale, and none waits for it: what a power cut takes
before it was told is lost, and nobody is missing money.
"""

from __future__ import annotations

from typing import Final

from pos_app.domain.day import utc_text
from pos_app.domain.text import plain
from pos_app.till.till import Till, stamp
from sync.protocol.facts_signals import (
    ASKED_FOR,
    LOOKUP,
    NO_HIT,
    NO_STOCK,
    REFUSED,
    Look,
    LookedUp,
)

__all__ = ["ASKED_FOR", "LOOKUP", "NO_HIT", "NO_STOCK", "REFUSED", "note", "tell"]

A_SHIFT: Final = 400
"""More than that nobody asks for in a shift: the rest is counted."""
KNOWN_MAX: Final = 4_000
DETAIL_MAX: Final = 80


def note(
    till: Till,
    kind: str,
    sku: str = "",
    *,
    customer: str = "",
    qty: int = 0,
    value: int = 0,
    detail: str = "",
) -> bool:
    """Gathers one; False where it is known already, or there are too many. Writes nothing."""
    if till.training or till.shift is None:
        return False
    looks, day = till.looks, till.business_date()
    if looks.day != day:
        looks.day = day
        looks.known.clear()
    if looks.shift != till.shift.shift_id:
        looks.shift, looks.told = till.shift.shift_id, 0
    detail = plain(detail, DETAIL_MAX)
    key = (kind, sku or detail.casefold(), customer, detail if kind == REFUSED else "")
    if key in looks.known or len(looks.known) >= KNOWN_MAX:
        return False
    looks.known.add(key)
    if looks.told + len(looks.waiting) >= A_SHIFT:
        looks.more += 1
        return False
    if not looks.waiting:
        looks.since_ms = till.clock.monotonic_ms()
    at = utc_text(till.now())
    looks.waiting.append(Look(kind, sku, at, customer, qty, value, detail))
    return True


def tell(till: Till) -> int:
    """*Writes.* Everything gathered as one fact; how many that were."""
    looks = till.looks
    if till.training or till.shift is None or not (looks.waiting or looks.more):
        return 0
    waiting, more = tuple(looks.waiting), looks.more
    with till.ledger.transaction() as tx:
        tx.append(LookedUp(**stamp(till, tx), looks=waiting, more=more))
    del looks.waiting[: len(waiting)]
    looks.more -= more
    looks.told += len(waiting)
    till.after_commit()
    return len(waiting)
