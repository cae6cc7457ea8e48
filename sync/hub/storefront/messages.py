"""What a storefront asks and is told. Minor units, thousandths, UTC text; never how much there is."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from sync.hub.channels.canonical import (
    ChannelAttribution,
    ChannelConsent,
    ChannelCustomer,
)

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._~:-]{1,64}$")]
"""Made by whoever asks, unique among their own."""
Sku = Annotated[str, Meta(min_length=1, max_length=64)]
StoreId = Annotated[str, Meta(min_length=1, max_length=64)]
Qty = Annotated[int, Meta(ge=1, le=10**9)]
Money = Annotated[int, Meta(ge=0, le=10**12)]
Text = Annotated[str, Meta(max_length=200)]
Note = Annotated[str, Meta(max_length=1_000)]


class StoreTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """A store where something can be had."""

    store: str
    name: str
    address: tuple[str, ...]
    zone: str
    open: bool
    """Whether it is open now."""
    opens: str
    """When it is open next; now where it is."""
    hours: tuple[tuple[tuple[int, int], ...], ...]
    """Monday first: spans in minutes of the store's own day."""
    pickup: bool
    prepare_minutes: int
    keep_days: int
    ready_by: str = ""
    """When an order that is placed now would be ready."""
    distance_m: int | None = None
    latitude: int | None = None
    """Millionths of a degree."""
    longitude: int | None = None


class StoresReply(msgspec.Struct, frozen=True):
    """Stores, the nearest first where a place was said."""

    at: str
    stores: tuple[StoreTold, ...]


class StockTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """How likely a product is to be had in a store."""

    store: str
    band: str
    """none, few, some or many."""
    confidence: int
    """0 to 100: falls with the store's silence and with what it probably sold meanwhile."""
    as_of: str
    """When the store was heard last; empty for never."""
    age_s: int
    pickup: bool
    ready_by: str = ""
    distance_m: int | None = None


class ItemTold(msgspec.Struct, frozen=True):
    """A product, store by store."""

    sku: str
    known: bool
    stores: tuple[StockTold, ...]


class AvailabilityReply(msgspec.Struct, frozen=True):
    """As it stood at `at`."""

    at: str
    items: tuple[ItemTold, ...]


class ProductTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product as the catalogue has it."""

    sku: str
    name: str
    price: int | None
    """None where it has none today."""
    currency: str
    variant: str = ""
    department: str = ""
    was: int = 0
    unit: str = "piece"
    icon: str = ""
    age_limit: int = 0


class ProductsReply(msgspec.Struct, frozen=True):
    """What was found."""

    products: tuple[ProductTold, ...]


class LineAsked(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """So much of a product."""

    sku: Sku
    qty: Qty
    gross: Money | None = None
    """What the customer pays for the line, tax in; the hub's own price where nothing is said."""
    title: Text = ""
    line: Annotated[str, Meta(max_length=64)] = ""
    """The website's own id of the line; its place where nothing is said."""


class ReserveRequest(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`POST /v1/storefront/reservations`: put aside for so many minutes."""

    id: Id
    store: StoreId
    lines: Annotated[tuple[LineAsked, ...], Meta(min_length=1, max_length=50)]
    minutes: Annotated[int, Meta(ge=1, le=1_440)] = 15
    client: Annotated[str, Meta(max_length=64)] = ""
    consent: Annotated[str, Meta(pattern="^(yes|no|unknown)$")] = "unknown"


class ReservationReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of it. REFUSED says which products there is too little of, never how little."""

    id: str
    reservation: str
    state: str
    store: str
    until: str
    short: tuple[str, ...] = ()


class PaymentAsked(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How it is paid: `pending` is paid in the store."""

    state: Annotated[str, Meta(pattern="^(paid|authorized|pending)$")] = "pending"
    method: Text = ""
    transaction: Text = ""


class OrderRequest(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`POST /v1/storefront/orders`: all of it can be had there, or nothing is ordered."""

    id: Id
    store: StoreId
    lines: Annotated[tuple[LineAsked, ...], Meta(min_length=1, max_length=100)]
    payment: PaymentAsked = PaymentAsked()
    name: Annotated[str, Meta(max_length=32)] = ""
    """What the customer calls the order; made where nothing is said."""
    reservation: Annotated[str, Meta(max_length=64)] = ""
    """Of a reservation of these very goods that becomes the order."""
    way: Annotated[str, Meta(pattern="^(pickup|ship)$")] = "pickup"
    shipping: Money = 0
    customer: ChannelCustomer = ChannelCustomer()
    consent: ChannelConsent = ChannelConsent()
    attribution: ChannelAttribution = ChannelAttribution()
    person: Text = ""
    note: Note = ""
    address: Annotated[tuple[Text, ...], Meta(max_length=8)] = ()
    coupons: Annotated[tuple[Text, ...], Meta(max_length=20)] = ()
    may_substitute: bool = False
    language: Annotated[str, Meta(max_length=16)] = ""


class CancelRequest(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`POST …/cancel`."""

    reason: Text = ""


class LineTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line as the customer sees it."""

    sku: str
    title: str
    qty: int
    total: int
    variant: str = ""
    short: int = 0
    handed: int = 0
    instead: str = ""


class StepTold(msgspec.Struct, frozen=True):
    """Something that happened: what, and when. Not by whom."""

    at: str
    what: str


class PartTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one store does of an order."""

    store: str
    store_name: str
    zone: str
    state: str
    way: str
    lines: tuple[LineTold, ...]
    steps: tuple[StepTold, ...]
    address: tuple[str, ...] = ()
    promised: str = ""
    ready: str = ""
    keep_until: str = ""
    due: int = 0
    code: str = ""
    """Six signs to say at the till, once it is ready."""
    qr: str = ""
    """What stands in the pickup code, once it is ready: show it as a QR code."""
    carrier: str = ""
    tracking: str = ""


class OrderReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """An order as its customer's page shows it."""

    order: str
    name: str
    state: str
    """open, cancelled or done."""
    placed: str
    currency: str
    total: int
    due: int
    parts: tuple[PartTold, ...]
    token: str = ""
    """Shown to whoever ordered it: lets a page see this order and nothing else."""
