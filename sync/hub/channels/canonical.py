"""An order as every channel tells it: one shape, whatever the platform calls things.

Amounts are minor units, quantities thousandths, ids text, times UTC text. Whatever is not told is
empty, and of consent *unknown*: never a no, never a yes.
"""

from __future__ import annotations

import msgspec

PAID, AUTHORIZED, PENDING, PARTIALLY_REFUNDED, REFUNDED, VOIDED = (
    "paid",
    "authorized",
    "pending",
    "partially_refunded",
    "refunded",
    "voided",
)
YES, NO, UNKNOWN = "yes", "no", "unknown"


class ChannelLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line as the customer ordered it."""

    external_line_id: str
    sku: str
    title: str
    qty: int
    list_unit: int
    """Of one, before discounts, tax in."""
    gross: int
    """What the customer pays for the line: after discounts, tax in, rounded to minor units."""
    discount: int = 0
    tax: int = 0
    tax_rate_ppm: int = 0
    barcode: str = ""
    variant: str = ""
    fulfilled: int = 0
    returned: int = 0
    fixed: bool = False
    """May not come back: made to order, final sale."""


class ChannelPayment(msgspec.Struct, frozen=True, omit_defaults=True):
    """How it is paid: `paid` and `due` add up to the total."""

    state: str
    paid: int = 0
    due: int = 0
    method: str = ""
    transaction: str = ""


class ChannelCustomer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who ordered."""

    email: str = ""
    phone: str = ""
    name: str = ""
    external_id: str = ""


class ChannelConsent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether they may be written to: yes, no or unknown."""

    email: str = UNKNOWN
    sms: str = UNKNOWN
    at: str = ""
    source: str = ""


class ChannelFulfilment(msgspec.Struct, frozen=True, omit_defaults=True):
    """How they get it: `location` is what the platform calls the store."""

    kind: str = "pickup"
    """pickup or ship."""
    location: str = ""
    person: str = ""
    """Who comes for it, where that is not who ordered."""
    note: str = ""
    address: tuple[str, ...] = ()


class ChannelAttribution(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where they came from, as strings of strangers: at most 200 signs each."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    content: str = ""
    term: str = ""
    landing: str = ""
    referrer: str = ""
    device: str = ""
    first_touch: str = ""
    last_touch: str = ""
    client: str = ""
    """The storefront's id of the browser, where it may be kept."""


class ChannelRefund(msgspec.Struct, frozen=True, omit_defaults=True):
    """Money that the platform says it gave back."""

    external_id: str
    amount: int
    reason: str = ""
    lines: tuple[tuple[str, int], ...] = ()


class ChannelOrder(msgspec.Struct, frozen=True, omit_defaults=True):
    """The whole of it; the one with the newest `external_version` holds."""

    channel: str
    external_id: str
    external_name: str
    external_version: str
    """Compares as text: what is later is greater."""
    placed_at: str
    state: str
    """open, cancelled or completed."""
    currency: str
    lines: tuple[ChannelLine, ...]
    payment: ChannelPayment
    shipping: int = 0
    total: int = 0
    tax_total: int = 0
    rounding: int = 0
    """The penny between the platform's lines and its total: lines + shipping + rounding = total."""
    fulfilled: str = ""
    """Empty, partial or fulfilled, as the platform has it."""
    customer: ChannelCustomer = ChannelCustomer()
    consent: ChannelConsent = ChannelConsent()
    fulfilment: ChannelFulfilment = ChannelFulfilment()
    attribution: ChannelAttribution = ChannelAttribution()
    coupons: tuple[str, ...] = ()
    refunds: tuple[ChannelRefund, ...] = ()
    may_substitute: bool = False
    promised: str = ""
    """When the shop told the customer it would be ready; empty leaves it to the store's own time."""
    language: str = ""
