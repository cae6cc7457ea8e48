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


class SoldDoc(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sale, or what was handed over of an order, and all that came back of it."""

    sale: SaleRefRow
    """Of an order: `kind` order, `id` the order's, `doc_no` its name, `store` where it was handed
    over (empty for a parcel), its lines numbered from 1 in the order's own order."""
    back: tuple[SaleRefRow, ...] = ()
    channel: str = ""
    """Empty for a till's sale."""
    customer: str = ""
    paid_by: str = ""
    """In words for people: `Visa •4242`."""
    steps: tuple[tuple[str, str], ...] = ()
    """(what, UTC): ordered, shipped, delivered, collected."""
    fixed: tuple[int, ...] = ()
    """Lines that may not come back: made to order, final sale."""
    serials: tuple[tuple[int, str], ...] = ()
    """(line, serial) of goods that come back only with it."""
    points: int = 0
    """What it earned."""


class SalesFound(msgspec.Struct, frozen=True, omit_defaults=True):
    """The newest first; with `customer` and card only as much as a choice needs."""

    docs: tuple[SoldDoc, ...] = ()
    more: bool = False
