"""Customers' orders as the tills of a store are told of them, and what tills tell about them."""

from __future__ import annotations

import msgspec

PICKUP, SHIP, BRING = "pickup", "ship", "bring"
"""Ways: the customer comes for it, a carrier takes it, it goes to another store."""


class OrderLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the part of an order that one store does."""

    line: str
    """The platform's id of it, as text."""
    sku: str
    """The catalogue's; empty where the hub does not know what was ordered."""
    title: str
    qty: int
    """Thousandths."""
    total: int = 0
    """What the customer pays for it after discounts, tax in, minor units."""
    variant: str = ""
    place: str = ""
    """Where it stands in this store: `Aisle 5 · Rail 3`."""
    walk: int = 0
    """Its place on the way through this store."""
    picked: int = 0
    short: int = 0
    """What could not be found."""
    handed: int = 0
    instead: str = ""
    """SKU of what it is replaced by, with the customer's consent."""
    icon: str = ""


class OrderEvent(msgspec.Struct, frozen=True, array_like=True):
    """A step in an order's history."""

    at: str
    """UTC."""
    what: str
    """ordered, reached, picking, picked, short, ready, reminded, kept, partly, collected, lapsed,
    restocked, cancelled, sent, paid, refunded, moved, substituted; returned (goods came back),
    refund_failed (the shop did not give back what it was asked for)."""
    who: str = ""
    """Name of the person, or of the channel."""
    detail: str = ""


class OrderRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one store does of one order, as its tills keep it; the row of the highest version holds."""

    reservation: str
    """Id of this part, and of the promise of its goods."""
    order: str
    """The hub's id of the whole order."""
    name: str
    """What the customer calls it: `W-10482`."""
    channel: str
    state: str
    """As of a reservation: RESERVED, PICKING, READY, PARTLY, COLLECTED, SHORT, LAPSED, CANCELLED,
    RESTOCKED; CANCELLING where the shop took it back and the goods are not on the shelf again."""
    version: int
    lines: tuple[OrderLine, ...]
    currency: str = ""
    way: str = PICKUP
    placed: str = ""
    """UTC, like all times here."""
    promised: str = ""
    """By when it is to be ready; never worked out again."""
    ready: str = ""
    keep_until: str = ""
    customer: str = ""
    phone: str = ""
    email: str = ""
    collector: str = ""
    """Somebody else, named by the customer."""
    note: str = ""
    total: int = 0
    """Of this part, minor units, tax in."""
    due: int = 0
    """What is still to be paid when it is fetched."""
    paid_by: str = ""
    """In words for people: `Visa •1180`, `store`."""
    picker: str = ""
    """Staff id."""
    picker_name: str = ""
    picker_till: str = ""
    shelf: str = ""
    bags: int = 0
    packed_by: str = ""
    code: str = ""
    """Salted hash of the pickup code, `salt:sha256(salt + code)`, hex."""
    code_end: str = ""
    """Its last three signs."""
    may_substitute: bool = False
    parts: int = 1
    """Into how many parts the order was split."""
    address: tuple[str, ...] = ()
    """Where a carrier brings it."""
    carrier: str = ""
    tracking: str = ""
    to_store: str = ""
    """Where it goes, of a part that another store hands over."""
    consent: str = ""
    """yes, no or unknown: whether the customer may be written to about other things."""
    history: tuple[OrderEvent, ...] = ()


class Handling(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a store did with a part of an order, beside the step itself."""

    order: str
    shelf: str = ""
    bags: int = 0
    proof: str = ""
    """How the customer showed that it is theirs: qr, code or name."""
    collector: str = ""
    """self, named or other."""
    id_seen: bool = False
    reason: str = ""
    """Why it is short, picked by hand, put back or called off."""
    wish: str = ""
    """What is to become of what is short: resource, substitute or refund."""
    instead: tuple[tuple[str, str, int], ...] = ()
    """(SKU ordered, SKU given, thousandths). The step's `lines` name what was ordered; in PARTLY and
    COLLECTED they name what left the store."""
    until: str = ""
    """Kept so long, UTC."""
    due: int = 0
    """What of the order was paid at this till with it, minor units; the payments are in `sale`."""
    addon: bool = False
    """True where `sale` holds more than the order."""
    carrier: str = ""
    tracking: str = ""
    note: str = ""


class PickupPass(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands in a signed pickup code: enough to hand over where the list never came."""

    reservation: str
    order: str
    name: str
    store: str
    lines: tuple[tuple[str, int], ...]
    exp: str
    """UTC; not believed after it."""
    due: int = 0
    currency: str = ""
