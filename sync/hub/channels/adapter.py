"""What a platform's adapter does; one small file each, pure but for the calls it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sync.hub.channels.canonical import ChannelOrder


class BadSignature(Exception):
    """A delivery that nobody signed who may; nothing of it is kept as an order."""


class ShopUnreachable(Exception):
    """The shop did not answer, or not like a shop: tried again later, nothing is lost."""


class ShopRefused(Exception):
    """The shop said no for good (key revoked, order unknown): a person has to be told."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One verified delivery: `key` is what makes a repeat of it the same."""

    key: str
    topic: str
    external_id: str = ""
    """The order it is about; empty where it is about none."""
    occurred_at: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """A channel as the hub keeps it: address of its API, its secrets in the clear, its conventions."""

    channel: str
    platform: str
    url: str
    secrets: tuple[str, ...]
    """Of its webhooks: the present one, and the one before while it is being changed."""
    api_key: str = ""
    api_secret: str = ""
    currency: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    """Conventions of the shop, for instance `pickup_method=store-pickup`."""


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What a shop is to be told of one product in one of its locations, in the platform's meaning."""

    sku: str
    location: str
    """The platform's name or id of it; empty where the platform has one number only."""
    on_hand: int
    """Thousandths."""
    reserved: int
    """Of this channel's own open orders there, thousandths."""
    safety: int = 0


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
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The reply's JSON, numbers with a point as Decimal. Raises ShopUnreachable, ShopRefused."""


class Adapter(Protocol):
    """A platform."""

    platform: str
    capabilities: Capabilities

    def verify(
        self, headers: Mapping[str, str], raw: bytes, settings: Settings, now_s: int
    ) -> Delivery:
        """The delivery, by its raw bytes; raises BadSignature before anything is parsed."""

    def fetch_order(self, client: Client, settings: Settings, external_id: str) -> Any:
        """The order as it is at the shop now."""

    def to_canonical(self, found: Any, settings: Settings) -> ChannelOrder:
        """The same in our shape. Raises ValueError for what cannot be an order."""

    def list_changed(
        self, client: Client, settings: Settings, since: str
    ) -> Iterator[tuple[str, str]]:
        """(external id, version) of what changed since then, by the platform's own clock."""

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

    def push_stock(self, client: Client, settings: Settings, levels: list[StockLevel]) -> None:
        """Tells it what there is, in absolute numbers, never below 0."""

    def health(self, client: Client, settings: Settings, address: str) -> str:
        """Empty where the shop still delivers to `address`; else what was found, and put right."""


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
    reason: str = ""
    tracking: str = ""
    carrier: str = ""
    repeated: bool = False
    """True where it was tried before and nobody knows what came of it: read back first."""
