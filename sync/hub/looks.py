"""What tills tell of look-ups in vain: kept for the reports, and nothing else is done with it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from pos_app.domain.day import parse_utc
from sync.hub.orders import signals
from sync.protocol import LookedUp
from sync.protocol.facts_signals import LOOK_KINDS, Look

if TYPE_CHECKING:
    from sync.hub.booking import Booking

UNKNOWN: Final = "unknown"
"""Nobody asked the customer at the till."""
LOOKS_MAX: Final = 500
"""More in one fact no till of ours writes: the rest stays in the journal."""


def book(books: Booking, n: int, fact: LookedUp) -> None:
    """Keeps each; when books are made anew they are there already."""
    del n
    if not books.anew:
        books.afterwards.append(lambda: _keep(books, fact))


def _keep(books: Booking, fact: LookedUp) -> None:
    came = parse_utc(books.at)
    for look in fact.looks[:LOOKS_MAX]:
        if look.kind in LOOK_KINDS:
            signals.keep(
                books.connection,
                look.kind,
                store=fact.store,
                sku=look.sku,
                customer=look.customer,
                qty=look.qty,
                value=look.value,
                consent=UNKNOWN,
                detail=look.detail,
                now=_moment(look, came),
            )


def _moment(look: Look, came: dt.datetime) -> dt.datetime:
    """When it was, by that till's clock; when it came, where that says nothing."""
    try:
        return min(parse_utc(look.at), came)
    except ValueError:
        return came
