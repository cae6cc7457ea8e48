"""Facts about goods that move without a customer: between stores, from a supplier, by a count.

One fact holds everything that a person did in one go. Goods on the way stand in nobody's stock: they
left the sender's by `TransferSent` and come into the receiver's by `GoodsReceived`. Several tills may
count one delivery; each tells what it counted *since its last word*, so the sum of all words is what
came, whatever the order in which the hub hears of them.
"""

from __future__ import annotations

import msgspec

from sync.protocol.fact import Fact

TRANSFER, SUPPLY = "transfer", "supply"
"""What a delivery is: another store's goods, or a supplier's."""
SHORT, DAMAGED, EXTRA = "short", "damaged", "extra"
"""Kinds of differences between what was listed and what came."""
MISSING, IN_BOX = "missing", "in_box"
"""Reasons of what is short: it did not come; it is still in a box, the delivery stays open."""
SEND_BACK, SELL_CHEAPER, THROW_AWAY, KEEP = "send_back", "sell_cheaper", "throw_away", "keep"
"""What becomes of what is damaged (none of it comes into the stock for sale), or not on the list."""
LINES_MAX = 2_000
"""Lines of one delivery or count."""


class GoodsLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """So much of a product, perhaps in a box, perhaps for somebody."""

    sku: str
    qty: int
    """Thousandths."""
    box: str = ""
    """Label of the box it is in."""
    order: str = ""
    """Name of the customer's order that waits for it, `W-10502`."""
    reservation: str = ""
    """The part of that order at the sending store."""


class TransferRequested(Fact, frozen=True, tag="transfer_requested"):
    """A store asks another for goods; nothing moves by it."""

    transfer: str
    """Id of the transfer, made here and kept for all that follows."""
    name: str
    """What people call it: `T-2-1-318`."""
    source: str
    """The store that is asked."""
    lines: list[GoodsLine]
    note: str = ""


class TransferSent(Fact, frozen=True, tag="transfer_sent"):
    """Goods left this store for another; they are out of its stock, and on the way."""

    transfer: str
    name: str
    target: str
    lines: list[GoodsLine]
    note: str = ""
    carrier: str = ""


class TransferCalledOff(Fact, frozen=True, tag="transfer_called_off"):
    """A transfer does not take place: what was sent of it comes back into the sender's stock."""

    transfer: str
    reason: str = ""


class ReceivedLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one till counted of a product since its last word about this delivery."""

    sku: str
    qty: int
    """Thousandths, what is damaged among them; negative where a count is taken back."""
    damaged: int = 0
    """Of these: not into the stock for sale."""
    listed: bool = False
    """True where nobody counted: it was taken as the list says."""


class Difference(msgspec.Struct, frozen=True, omit_defaults=True):
    """What differs from the list, and what becomes of it."""

    sku: str
    kind: str
    """short, damaged or extra."""
    qty: int
    """Thousandths, positive."""
    reason: str = ""
    """Of what is short: missing or in_box. Damaged: send_back, sell_cheaper or throw_away.
    Extra: keep or send_back."""
    value: int = 0
    """At the price it is sold for here, minor units."""


class GoodsReceived(Fact, frozen=True, tag="goods_received"):
    """Goods came: into this store's stock, less what is damaged and what goes straight back."""

    delivery: str
    """Id of the transfer or of the expected delivery."""
    name: str
    kind: str
    """transfer or supply."""
    lines: list[ReceivedLine]
    source: str = ""
    """The store it came from, as the list here said; or the supplier's name."""
    differences: list[Difference] = []
    final: bool = False
    """True where this ends the delivery: what is short then did not come."""
    currency: str = ""
    value: int = 0
    """Of all differences, minor units, positive."""
    known: int = 0
    """Version of the list that was counted against; 0 for none."""


class CountedLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product as it was counted."""

    sku: str
    counted: int
    """Thousandths."""
    at: str
    """When it was counted last (UTC, this till's clock): the stock of that moment is what counts."""
    book: int = 0
    """What the till took for its stock then; the hub works it out again."""
    value: int = 0
    """Of the difference that the till saw, at the price here, minor units, signed."""
    times: int = 1
    """How often it was counted: large differences are counted again."""
    unseen: bool = False
    """True where nothing of it was found in a place that was counted whole."""


class StockCounted(Fact, frozen=True, tag="stock_counted"):
    """Stock of this store is what was counted, not what the books said at that moment."""

    count: str
    name: str
    scope: str
    """place, department, list or free."""
    lines: list[CountedLine]
    of: str = ""
    """Which place or department."""
    blind: bool = False
    """True where nobody saw what was expected."""
    currency: str = ""
    value: int = 0
    """Sum of the lines' differences as the till saw them, each taken as positive."""
    began: str = ""
    reason: str = ""
    """Why it is so far off, where the limits ask for it."""
