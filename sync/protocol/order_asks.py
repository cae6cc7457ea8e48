"""What a till asks of the hub about goods of another store: a promise that becomes an order.

Asked like every right: under an id kept before it was sent; the id is the reservation's too.
"""

from __future__ import annotations

import msgspec


class OrderAskLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """Goods somebody wants, and what they cost them."""

    sku: str
    title: str
    qty: int
    """Thousandths."""
    total: int
    """What they cost at the till that asks, tax in, minor units."""
    variant: str = ""


class OrderAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/orders`: goods of a store for a customer who is at another."""

    id: str
    epoch: int
    store: str
    """Whose goods."""
    way: str
    """pickup: they come for them there; bring: they come to the asking store; ship: to a door."""
    lines: tuple[OrderAskLine, ...]
    currency: str = ""
    until: str = ""
    """Kept so long (UTC); empty leaves it to the hub."""
    name: str = ""
    phone: str = ""
    email: str = ""
    customer: str = ""
    """Id of a known customer."""
    address: tuple[str, ...] = ()
    """Where a carrier brings it."""
    sale: str = ""
    """Id of the basket it is paid in; empty where it is paid when it is fetched."""
    note: str = ""
