"""What a platform's adapter does; one small file each, pure but for the calls it makes.

A new platform is its file, its line in `adapters`, and a shop in `tests/hub/channels/shops`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sync.hub.channels.canonical import ChannelOrder

TOLERANCE_S = 300
"""How far a delivery's own time may be from ours."""


class BadSignature(Exception):
    """A delivery that nobody signed who may; nothing of it is kept as an order."""


class ShopUnreachable(Exception):
    """The shop did not answer, or not like a shop: tried again later, nothing is lost.

    Whether it did what it was asked is not known.
    """

    def __init__(self, told: str = "", *, retry_after_s: int = 0) -> None:
        super().__init__(told)
        self.retry_after_s = retry_after_s
        """What it asked for itself, 0 where it said nothing."""


class ShopRefused(Exception):
    """The shop said no for good (order unknown, not to be refunded): a person has to be told."""


class KeyRefused(ShopRefused):
    """It does not take our key any more: nothing can be said to it until a person gives another."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One verified delivery: `key` is what makes a repeat of it the same."""

    key: str
    topic: str
    external_id: str = ""
    """What `fetch_order` finds the order by: its id, or for instance `fulfillment:12` where the
    platform says no more. Empty where it is about no order."""
    occurred_at: str = ""
    kept: bool = True
    """False for what a platform only says hello with, unsigned: answered, and no more."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A channel as the hub keeps it: address of its API, its secrets in the clear, its conventions."""

    channel: str
    platform: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    """Of its webhooks: the present one, and the one before while it is being changed."""
    api_key: str = field(default="", repr=False)
    api_secret: str = field(default="", repr=False)
    currency: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    """Conventions of the shop, for instance `pickup_method=store-pickup`."""


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What a shop is to be told of one product in one of its locations, in the platform's meaning."""

    sku: str
    """The shop's own number of it."""
    location: str
    """The platform's name or id of it; empty where the platform has one number only."""
    on_hand: int
    """Thousandths, safety and reservations not yet taken off."""
    reserved: int
    """Promised to open orders there, thousandths: this channel's own, which the platform may count
    itself, and those of all others, which it cannot know of."""
    safety: int = 0
    elsewhere: int = 0
    """The part of `reserved` that this channel knows nothing of."""

    def number(self, *, reservations_apart: bool) -> int:
        """The number that the platform means, thousandths, never below 0.

        Where it keeps its own reservations apart they are not taken off a second time.
        """
        taken = self.elsewhere if reservations_apart else self.reserved
        return max(0, self.on_hand - taken - self.safety)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can be told, and how it counts."""

    locations: bool
    pickup_ready: bool
    idempotency_keys: bool
    reservations_apart: bool
    """True: it wants on hand, and keeps its own reservations apart."""
    refunds_with_lines: bool


class Client(Protocol):
    """Sends one request to the shop: within time, with its key, raising what is above."""

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The reply's JSON, numbers with a point as Decimal; None where there is no body.

        `path` begins with a slash and is put behind the shop's address. `body` is sent as it is,
        where its bytes are signed. Raises ShopUnreachable, ShopRefused, KeyRefused.
        """


class Adapter(Protocol):
    """A platform."""

    platform: str
    capabilities: Capabilities

    def auth(self, settings: Settings) -> Mapping[str, str]:
        """Headers by which the shop knows us; every call carries them."""

    def verify(
        self, headers: Mapping[str, str], raw: bytes, settings: Settings, now_s: int
    ) -> Delivery:
        """The delivery, by its raw bytes; raises BadSignature before anything is parsed.

        Names of `headers` are in lower case. A genuine body that cannot be read is a delivery all
        the same (topic `unreadable`): it is kept, and a person is told.
        """

    def carried(self, topic: str, raw: bytes) -> Any | None:
        """The order itself where a delivery carries it whole; None where it has to be fetched."""

    def fetch_order(self, client: Client, settings: Settings, external_id: str) -> Any:
        """The order as it is at the shop now."""

    def to_canonical(self, found: Any, settings: Settings) -> ChannelOrder:
        """The same in our shape. Raises ValueError for what cannot be an order."""

    def list_changed(
        self, client: Client, settings: Settings, since: str
    ) -> Iterator[tuple[str, str]]:
        """(external id, version) of what changed since then, by the platform's own clock.

        `since` and versions are UTC text with milliseconds (`2026-11-25T14:43:00.000Z`), whatever
        the platform writes. An empty `since` asks for all that is still open.
        """

    def mark_ready(self, client: Client, settings: Settings, op: Operation) -> None:
        """Tells the shop that an order can be fetched; told twice it is told once."""

    def mark_collected(self, client: Client, settings: Settings, op: Operation) -> None:
        """Tells it that these lines were handed over (or sent)."""

    def take_payment(self, client: Client, settings: Settings, op: Operation) -> None:
        """Tells it that what was due was paid in the store."""

    def refund(self, client: Client, settings: Settings, op: Operation) -> None:
        """Has it give money back. Reads back by `op.op_id` before it is asked for a second time."""

    def cancel(self, client: Client, settings: Settings, op: Operation) -> None:
        """Tells it that the order will not be done."""

    def push_stock(
        self, client: Client, settings: Settings, levels: list[StockLevel]
    ) -> tuple[str, ...]:
        """Tells it what there is, in absolute numbers, never below 0; its SKUs that it has not."""

    def health(self, client: Client, settings: Settings, address: str) -> str:
        """Empty where the shop still delivers to `address`; else what was found, and put right.

        What a person has to do is raised as ShopRefused. An empty `address` only asks whether the
        shop answers us.
        """


@dataclass(frozen=True, slots=True)
class Operation:
    """Something the shop is to be told of an order, under an id that never changes."""

    op_id: str
    external_id: str
    lines: tuple[tuple[str, int], ...] = ()
    """(external line id, thousandths); empty for all of it."""
    amount: int = 0
    currency: str = ""
    location: str = ""
    """The platform's name or id of the store."""
    reason: str = ""
    tracking: str = ""
    carrier: str = ""
    repeated: bool = False
    """True where it was tried before and nobody knows what came of it: read back first."""
