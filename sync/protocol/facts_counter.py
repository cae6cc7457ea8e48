"""What happens at a counter beside a sale: baskets given up, the drawer, copies, invoices."""

from __future__ import annotations

import msgspec

from sync.protocol.fact import Fact


class BasketCancelled(Fact, frozen=True, tag="basket_cancelled"):
    """A basket was thrown away before payment: what was in it and why."""

    currency: str
    lines: int
    total: int
    reason: str = ""


class LineRemoved(Fact, frozen=True, tag="line_removed"):
    """A line was taken out of an open basket."""

    basket: str
    sku: str
    label: str
    qty: int
    total: int
    currency: str
    reason: str = ""


class DrawerOpened(Fact, frozen=True, tag="drawer_opened"):
    """The drawer was opened without a sale."""

    reason: str


class CashMoved(Fact, frozen=True, tag="cash_moved"):
    """Cash put into the drawer or taken out of it that no sale brought; it opened the drawer."""

    kind: str
    """`in`, `out`, or `drop`: out of the drawer and into the safe."""
    amount: int
    """Minor units, positive whatever the kind."""
    currency: str
    reason: str
    reference: str = ""
    """The bag of a drop, as it is labelled."""


class ReceiptCopied(Fact, frozen=True, tag="receipt_copied"):
    """A receipt was printed again, marked COPY and numbered."""

    sale: str
    sale_doc: str
    copy: int
    """From 1; 0 for a gift receipt, which is no copy."""
    what: str = "receipt"
    """`receipt`, `gift` (without prices) or `invoice`."""


class FactBuyer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who an invoice is made out to, as they said it."""

    name: str
    address: tuple[str, ...] = ()
    vat_id: str = ""


class Invoiced(Fact, frozen=True, tag="invoiced"):
    """An invoice for a sale that was paid: a document with a number of its own.

    It moves neither money nor goods: its amounts are the sale's, which it names.
    """

    sale: str
    sale_doc: str
    sale_date: str
    currency: str
    total: int
    buyer: FactBuyer
