"""What people looked for at a till and did not get, for the reports: gathered, and few."""

from __future__ import annotations

import msgspec

from sync.protocol.fact import Fact

LOOKUP, NO_STOCK, NO_HIT = "lookup", "lookup_no_stock", "search_no_hit"
REFUSED, ASKED_FOR = "reservation_refused", "asked_for"
LOOK_KINDS = frozenset({LOOKUP, NO_STOCK, NO_HIT, REFUSED, ASKED_FOR})
"""A product that somebody known to the shop was shown; one that is not here; words that found
nothing; goods that another store would not promise; *tell me when it is back*."""


class Look(msgspec.Struct, frozen=True, array_like=True):
    """One of them: told once for a person, an item and a day."""

    kind: str
    sku: str
    """Empty where what was looked for is no product."""
    at: str
    """UTC, the first time that day."""
    customer: str = ""
    """Id of the customer in the open sale, where there was one."""
    qty: int = 0
    """Thousandths asked for; 0 where nobody said."""
    value: int = 0
    """What that costs here, minor units."""
    detail: str = ""
    """The words of a search, or the store that refused."""


class LookedUp(Fact, frozen=True, tag="looked_up"):
    """What was looked up since the last fact of this kind: gathered, and bounded for a shift."""

    looks: tuple[Look, ...]
    more: int = 0
    """How many there were beyond what a shift may tell."""
