"""What the ledger hands out and what it is told: plain frozen records and the clock."""

from __future__ import annotations

import os
import secrets
import time
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import msgspec

from pos_app.domain.basket import Basket
from pos_app.domain.tender import Payment
from sync.protocol import Head, PushedEvent


class Clock(Protocol):
    """Where a till gets its time from; evidence only, order is `seq`."""

    def now(self) -> datetime:
        """The wall clock, aware, UTC."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds since this start of the machine; never goes back."""
        ...

    def boot_id(self) -> str:
        """What names this start of the machine."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def __init__(self) -> None:
        self._boot = _boot_id()

    def now(self) -> datetime:
        """The wall clock in UTC."""
        return datetime.now(UTC)

    def monotonic_ms(self) -> int:
        """Milliseconds of the monotonic clock."""
        return time.monotonic_ns() // 1_000_000

    def boot_id(self) -> str:
        """The system's boot id, or a random one for this process where it has none."""
        return self._boot


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return secrets.token_hex(16)


def new_id(moment: datetime) -> str:
    """A UUIDv7 as text: milliseconds of `moment`, then 74 random bits."""
    millis = int(moment.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    rand = int.from_bytes(os.urandom(10), "big")
    high = (millis << 16) | 0x7000 | (rand >> 68)
    low = (0b10 << 62) | (rand & 0x3FFF_FFFF_FFFF_FFFF)
    return str(UUID(int=(high << 64) | low))


class Identity(msgspec.Struct, frozen=True):
    """Who this till is, as the hub said at enrolment; `nonce` and keys are hex."""

    device: str
    epoch: int
    store: str
    till: str
    nonce: str
    prev_epoch_hash: str = ""
    """Last hash the hub held of the epoch before; empty for the first."""
    hub_key: str = ""
    """The hub's Ed25519 public key: it signs acks."""
    pubkey: str = ""
    """This till's Ed25519 public key; signs the chain."""
    hub_url: str = ""


class Position(msgspec.Struct, frozen=True):
    """Where a fact stands in the chain, and the document number it carries (or none)."""

    device: str
    epoch: int
    seq: int
    hash: str
    """Hex."""
    doc_no: str = ""

    def head(self) -> Head:
        """The same place as a chain's head."""
        return Head(self.epoch, self.seq, self.hash)


class Entry(msgspec.Struct, frozen=True):
    """One journal entry as it is stored: the body's very bytes, 32-byte hash, 64-byte signature."""

    epoch: int
    seq: int
    id: str
    body: bytes
    hash: bytes
    sig: bytes

    def pushed(self) -> PushedEvent:
        """The entry as it travels to the hub; the body is not touched."""
        return PushedEvent(msgspec.Raw(self.body), self.hash.hex(), b64encode(self.sig).decode())


class Shift(msgspec.Struct, frozen=True):
    """A shift from float to Z; amounts in minor units of `currency`."""

    shift_id: str
    number: int
    opened: str
    opened_by: str
    business_date: str
    currency: str
    float_amount: int
    counts: dict[str, int]
    state: str
    """open or closed."""


class SaleRow(msgspec.Struct, frozen=True):
    """A document in the list of sales. A void is a row of its own, with `void_of`."""

    sale_id: str
    doc_no: str
    seq: int
    epoch: int
    wall: str
    business_date: str
    shift: str
    actor: str
    total: int
    payable: int
    currency: str
    voided: bool
    tenders: tuple[tuple[str, int], ...]
    """(tender, amount) in the order of paying."""
    void_of: str
    """Id of the sale this document takes back; empty for a sale."""
    copies: int
    refund_of: str = ""
    """Id of the sale this document takes lines back of; empty for any other."""
    refunded: int = 0
    """What came back of this sale here so far, positive."""


class CashRow(msgspec.Struct, frozen=True):
    """Cash that moved without a sale: `in`, `out` or `drop`; minor units, positive."""

    kind: str
    wall: str
    actor: str
    approver: str
    reason: str
    reference: str
    amount: int


class ParkedBasket(msgspec.Struct, frozen=True):
    """A basket put aside, as the list of parked baskets shows it."""

    park_id: str
    basket_id: str
    label: str
    parked_at: str
    parked_by: str
    lines: int
    total: int
    """Sum of the lines' prices before discounts and tax on top, minor units."""
    currency: str


class KeptBasket(msgspec.Struct, frozen=True):
    """The open basket and what was paid on it, as the ledger's row holds them."""

    basket: Basket
    payments: tuple[Payment, ...] = ()


class PrintJob(msgspec.Struct, frozen=True):
    """A receipt waiting for a printer, or what became of it."""

    job_id: str
    kind: str
    """receipt, void, z, copy or test."""
    doc_no: str
    sale_id: str
    receipt: dict[str, Any]
    """As `pos_app.domain.receipt.Receipt.to_dict` made it."""
    state: str
    """queued, printing, printed, unknown or cancelled."""
    tries: int
    error: str
    kick: bool
    """Whether the drawer opens with it."""
    queued_at: str


class Try(msgspec.Struct, frozen=True):
    """Wrong PINs in a row, and when the last was: by wall clock and by a clock nobody sets."""

    tries: int
    wall: str
    mono: int
    """Monotonic milliseconds since `boot`."""
    boot: str


class Unsent(msgspec.Struct, frozen=True):
    """What the hub has not confirmed: entries, sales among them, and the sales' amount."""

    entries: int
    sales: int
    amount: int

    def __iter__(self) -> Any:
        return iter((self.entries, self.sales, self.amount))
