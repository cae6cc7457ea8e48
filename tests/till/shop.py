"""A small real shop on disk for tests: keys, ledger, replica, people with PINs that check fast."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hardware.connect import simulated
from hardware.devices import Devices
from pos_app.domain.badge import badge_code, badge_verifier
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.records import Clock, Identity
from pos_app.store.replica import ReplicaWriter, swap
from pos_app.till import Till, open_till
from sync.link import SyncStatus
from sync.protocol import (
    FeedRow,
    PolicyRow,
    PriceRow,
    ProductRow,
    PullReply,
    StaffRow,
    StockRow,
    StoreRow,
    TaxRow,
    policy_signing_bytes,
)

PINS = {"ana": "1111", "ben": "2222", "mia": "333333", "hq": "444444", "pia": "5555"}
ROLES = {"ana": "cashier", "ben": "senior", "mia": "manager", "hq": "hq", "pia": "pickup"}
BADGES = {name: badge_code(name[0].encode() * 20) for name in PINS}
HUB_TIME = "2026-11-25T08:00:00.000Z"
SCARF, COFFEE, WINE, APPLES, FREE = "SCARF", "COFFEE", "WINE", "APPLES", "FREE"
CODES = {SCARF: "4006381333931", COFFEE: "9002490100070", WINE: "5901234123457"}


HUB = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
"""The hub that these tills enrolled at."""
HUB_KEY = HUB.public_key().public_bytes_raw().hex()


@dataclass
class HandClock:
    """A clock that goes when it is told to."""

    moment: datetime = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
    ms: int = 1_000
    boot: str = "boot-1"

    def now(self) -> datetime:
        return self.moment

    def monotonic_ms(self) -> int:
        return self.ms

    def boot_id(self) -> str:
        return self.boot

    def go(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.ms += int(seconds * 1000)


@dataclass
class Line:
    """The line to sync, said to be up or down."""

    connected: bool = True
    status: SyncStatus = field(default_factory=lambda: SyncStatus(state="LIVE"))
    nudges: int = 0

    def nudge(self) -> None:
        self.nudges += 1


@cache
def verifier(pin: str) -> str:
    import argon2

    return argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(pin)


def policy_text() -> str:
    return files("resources").joinpath("policy.toml").read_text(encoding="utf-8")


def signed_policy(
    version: int = 1,
    text: str = "",
    *,
    issued: str = "2026-11-25T07:00:00.000Z",
    until: str = "2099-01-01T00:00:00.000Z",
    by: Ed25519PrivateKey = HUB,
) -> PolicyRow:
    """The limits as the hub signs them."""
    row = PolicyRow(version, text or policy_text(), issued, until)
    sig = base64.b64encode(by.sign(policy_signing_bytes(row))).decode()
    return msgspec.structs.replace(row, sig=sig)


def goods() -> list[tuple[ProductRow, int]]:
    return [
        (
            ProductRow(SCARF, "Wool scarf", "Navy", barcodes=(CODES[SCARF].zfill(14),)),
            1_995,
        ),
        (
            ProductRow(
                COFFEE,
                "Coffee 500 g",
                tax_code="reduced",
                barcodes=(CODES[COFFEE].zfill(14),),
            ),
            749,
        ),
        (
            ProductRow(WINE, "Red wine", age_limit=16, barcodes=(CODES[WINE].zfill(14),)),
            1_290,
        ),
        (ProductRow(APPLES, "Apples", unit="kg", tax_code="reduced"), 299),
        (ProductRow(FREE, "Nothing costs nothing"), 0),
        (ProductRow("NOPRICE", "Not priced yet"), -1),
        (ProductRow("GONE", "Taken off sale", active=False), 500),
        (ProductRow("NOTAX", "At a rate this store has not", tax_code="luxury"), 500),
        *((ProductRow(f"BULK-{n:04}", f"Bulk article {n}"), 100 + n) for n in range(1_000)),
    ]


def store_row(**changes: Any) -> StoreRow:
    row = StoreRow(
        store_id="1",
        name="Holdfast & Söhne",
        currency="EUR",
        zone="Europe/Vienna",
        locale="de-AT",
        address=("Hauptplatz 1", "8010 Graz"),
        vat_id="ATU12345678",
        cut_off_minutes=240,
        footer="Danke!",
        price_list="retail",
    )
    return msgspec.structs.replace(row, **changes)


def tax_row(**changes: Any) -> TaxRow:
    row = TaxRow(
        True,
        "line",
        (
            ("standard", 200_000, "USt", "", "", False),
            ("reduced", 100_000, "USt", "", "", False),
        ),
    )
    return msgspec.structs.replace(row, **changes)


def staff_rows(**pins: str) -> list[StaffRow]:
    return [
        StaffRow(
            name,
            name.title(),
            ROLES[name],
            verifier(pins.get(name, PINS[name])),
            pin_digits=len(pins.get(name, PINS[name])),
            badge=badge_verifier(BADGES[name], b"salt"),
        )
        for name in PINS
    ]


def feed(stream: str, start: int, *changes: tuple[str, list[Any]]) -> PullReply:
    """An answer of the hub with one row of the feed for each change."""
    rows = [
        FeedRow(start + place, kind, msgspec.Raw(msgspec.json.encode(told)))
        for place, (kind, told) in enumerate(changes, 1)
    ]
    return PullReply(stream, "feed-1", start, start + len(rows), False, HUB_TIME, rows)


def fill_replica(data: Path, key: bytes, store: StoreRow, tax: TaxRow) -> None:
    products = goods()
    prices = [
        PriceRow(product.sku, "retail", store.currency, (("", "", amount, 0),))
        for product, amount in products
        if amount >= 0
    ]
    stock = [StockRow(SCARF, "1", 5_000, HUB_TIME)]
    with ReplicaWriter.create_beside(data, key) as writer:
        writer.apply(
            feed("global", 0, ("product", [each for each, _ in products]), ("price", prices))
        )
        writer.apply(
            feed(
                "store:1",
                0,
                ("store", [store]),
                ("tax", [tax]),
                ("policy", [signed_policy()]),
                ("staff", staff_rows()),
                ("stock", stock),
            )
        )
        writer.finish()
    swap(data, key)


def make_shop(
    data: Path,
    *,
    store: StoreRow | None = None,
    tax: TaxRow | None = None,
    replica: bool = True,
    clock: Clock | None = None,
) -> Path:
    """A till's data directory as enrolment and a first pull leave it."""
    data.mkdir(parents=True, exist_ok=True)
    keys = Keys.create(data)
    identity = Identity(
        device="d0000001",
        epoch=1,
        store="1",
        till="2",
        nonce="00" * 16,
        hub_key=HUB_KEY,
        pubkey=keys.public_hex,
    )
    Ledger.create(data, keys, identity, clock or HandClock()).close()
    if replica:
        fill_replica(data, keys.db_key, store or store_row(), tax or tax_row())
    return data


def open_shop(data: Path, devices: Devices | None = None, **more: Any) -> Till:
    more.setdefault("clock", HandClock())
    more.setdefault("link", Line())
    return open_till(data, devices=devices or simulated()[0], **more)
