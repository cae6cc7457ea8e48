"""What tills ask of the hub about goods that come back and were not sold where they come back."""

from __future__ import annotations

import msgspec

from sync.protocol.messages import SaleRefRow


class SaleFind(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/sales/find`: sales and orders of all stores and channels, by one of these."""

    number: str = ""
    """A receipt's number, or what people call an order: W-10391."""
    sale: str = ""
    """Id of a sale or an order."""
    customer: str = ""
    last4: str = ""
    """The last four digits of the card it was paid with; with `day` and `total`."""
    day: str = ""
    total: int = 0


class OnTheWay(msgspec.Struct, frozen=True, array_like=True):
    """What somebody is taking back of a line just now, or took in and nobody has decided on."""

    line: int
    qty: int
    store: str
    till: str
    at: str
    """UTC."""
    kind: str = "word"
    """word: a till has the hub's word for it; pended: goods in, and the slip has no value yet."""


class SoldDoc(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sale, or what was handed over of an order, and all that came back of it."""

    sale: SaleRefRow
    """Of an order: `kind` order, `id` the order's, `doc_no` its name, `store` where it was handed
    over (of a parcel, who sent it), `lines` what left a store, under a number that each line keeps
    for good. Tender `shop` in `payments` is what was paid in the shop, which goes back there; every
    other tender is what a till took, and a till pays it back."""
    back: tuple[SaleRefRow, ...] = ()
    """Refunds and voids, also what the shop gave back itself (`store` empty) and slips that were
    paid: each with its lines."""
    channel: str = ""
    """Empty for a till's sale."""
    customer: str = ""
    paid_by: str = ""
    """In words for people: `Visa •4242`."""
    steps: tuple[tuple[str, str], ...] = ()
    """(what, UTC): ordered, shipped, delivered, collected."""
    fixed: tuple[int, ...] = ()
    """Lines that may not come back: made to order, final sale."""
    until: tuple[tuple[int, str], ...] = ()
    """(line, last day it may come back, ISO date) where that is not the till's own rule; an empty
    day is for ever."""
    serials: tuple[tuple[int, str], ...] = ()
    """(line, serial) of goods that come back only with it."""
    points: int = 0
    """What it earned."""
    on_the_way: tuple[OnTheWay, ...] = ()
    waiting: tuple[tuple[str, int], ...] = ()
    """(what it is called, thousandths) of an order that nobody got yet: called off, not returned."""
    by_hand: bool = False
    """True where what was paid in the shop cannot be given back by the hub: a person does it."""


class SalesFound(msgspec.Struct, frozen=True, omit_defaults=True):
    """The newest first; with `customer` and card only as much as a choice needs."""

    docs: tuple[SoldDoc, ...] = ()
    more: bool = False


class PendedLook(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/returns/pended`: what became of a slip that was given without value."""

    slip: str
    """Its account."""


class PendedReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where it stands now."""

    slip: str
    state: str
    """UNKNOWN (the hub never heard of it), WAITING, CONFIRMED, CONFLICT (a person decides), PAID,
    ADJUSTED or REJECTED (a person did)."""
    amount: int = 0
    """What was said to be the worth of the goods."""
    credited: int = 0
    """What the slip's account was given."""
    currency: str = ""
    store: str = ""
    """Where the goods came in."""
    at: str = ""
    """UTC: of the last change."""
    why: str = ""
    """In a few words, for people: what it waits for, or why it was refused."""
