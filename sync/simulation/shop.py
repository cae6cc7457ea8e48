"""A small shop for simulations, tests and benches: a hub's database, and tills that sell.

Facts are made by the same domain and the same writers as a till's verbs; only the people, the
scanner and the printer are missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

from pos_app.domain.basket import Basket, Line, add_line
from pos_app.domain.day import utc_text
from pos_app.domain.pricing import price
from pos_app.domain.sale import figures, figures_of, reverse
from pos_app.domain.store import Store
from pos_app.domain.tax import TaxRate, TaxRounding, TaxRules
from pos_app.domain.tender import Payment, pay
from pos_app.store.ledger import Ledger
from pos_app.store.transaction import Transaction
from pos_app.till.documents import sale_fact, voided_fact
from sync.hub import feed
from sync.hub.answers import Ids, RandomIds, SystemClock
from sync.hub.catalogue import Changes
from sync.hub.database import Connection, Database
from sync.hub.setting_up import set_up
from sync.hub.store import Shop
from sync.protocol import DrawerOpened, PriceRow, ProductRow, Sale, ShiftOpened, SignedIn, Voided

OPENING: Final = dt.datetime(2026, 11, 25, 8, 0, tzinfo=dt.UTC)
RULES: Final = TaxRules(
    (TaxRate("standard", 200_000, "Standard"), TaxRate("reduced", 100_000, "Reduced")),
    prices_include_tax=True,
    rounding=TaxRounding.LINE,
)
STORE: Final = Store(
    store_id="1",
    name="Holdfast Demo",
    currency="EUR",
    zone="Europe/Vienna",
    locale="de-AT",
    address=("Hauptplatz 1", "8010 Graz"),
    vat_id="ATU12345678",
)
PIN: Final = "271828"
SCARCE: Final = 4
"""The first so many products of `stocked` are few."""


def sku(number: int) -> str:
    """The sku of the shop's nth product."""
    return f"SKU-{number:06}"


def goods(count: int) -> tuple[list[ProductRow], list[PriceRow]]:
    """So many products and their prices, always the same."""
    products = [
        ProductRow(
            sku(number),
            f"Article number {number}",
            department=f"Department {number % 12}",
            tax_code=tax_code_of(number),
            barcodes=(f"2{number:011}",),
        )
        for number in range(1, count + 1)
    ]
    prices = [
        PriceRow(sku(number), "retail", "EUR", (("", "", amount_of(number), 0),))
        for number in range(1, count + 1)
    ]
    return products, prices


def tax_code_of(number: int) -> str:
    """How the nth product is taxed."""
    return "standard" if number % 3 else "reduced"


def amount_of(number: int) -> int:
    """What the nth product costs at first."""
    return 99 + 37 * (number % 90)


class _Opening:
    """The hub's clock while it is made: the same in every run."""

    def now(self) -> dt.datetime:
        """When the shop opens for the first time."""
        return OPENING


def make_hub(where: Path | Database, products: int = 60, ids: Ids | None = None) -> Database:
    """A hub of one store with a catalogue of so many products, in a new SQLite file or there."""
    database = Database(f"sqlite:///{where}") if isinstance(where, Path) else where
    clock = SystemClock() if ids is None else _Opening()
    set_up(database, Shop(STORE, RULES), "Manager", PIN, ids or RandomIds(), clock)
    connection = database.connect(write=True)
    try:
        rows, prices = goods(products)
        publish(connection, "product", rows)
        publish(connection, "price", prices)
    finally:
        connection.close()
    return database


def stocked(connection: Connection, store_id: str, at: str) -> None:
    """Two or three pieces of the first products, none of the others."""
    few = {sku(number): 1_000 * (2 + number % 2) for number in range(1, SCARCE + 1)}
    with connection.transaction():
        Changes(stock=few).write(connection, store_id, at, "delivery")


def publish(connection: Connection, kind: str, rows: Sequence[object]) -> None:
    """Rows of the global stream, in one transaction."""
    with connection.transaction():
        feed.publish(connection, feed.GLOBAL, kind, rows)


@dataclass
class Seller:
    """Somebody who sells at one till, by the dice."""

    ledger: Ledger
    rng: Random
    products: int = 60
    shift: str = ""
    sold: list[str] = field(default_factory=list)
    """Ids of sales that can still be voided."""
    totals: dict[str, int] = field(default_factory=dict)
    """Fact id -> what it brought, negative for a void: what the hub must hold in the end."""

    @property
    def day(self) -> str:
        """The business date, good enough for a shop that closes before midnight."""
        return self.ledger.clock.now().date().isoformat()

    def open_shift(self, number: int = 1) -> None:
        """Sign in and open a shift."""
        self.shift = self._id()
        with self.ledger.transaction() as tx:
            tx.append(SignedIn(**self._stamp(tx)))
            tx.append(
                ShiftOpened(**self._stamp(tx), number=number, currency="EUR", float_amount=10_000)
            )

    def sell(self, lines: int | None = None) -> Sale:
        """One sale, durable when this returns."""
        with self.ledger.transaction() as tx:
            return self._sale(tx, lines)

    def sell_many(self, count: int, lines: int | None = None) -> None:
        """So many sales in one commit: a backlog to measure with, not a way to sell."""
        with self.ledger.transaction() as tx:
            for _ in range(count):
                self._sale(tx, lines)

    def _sale(self, tx: Transaction, lines: int | None) -> Sale:
        basket = self._basket(lines or self.rng.randint(1, 6))
        priced = price(basket, RULES)
        payments: tuple[Payment, ...] = ()
        if priced.total > 400 and self.rng.random() < 0.5:
            payments = pay(priced.total, payments, "card", priced.total // 2, "4711", "EUR")
        payments = pay(priced.total, payments, "cash", None, "", "EUR")
        stamp = self._stamp(tx, document=True, fact_id=basket.basket_id)
        sale = sale_fact(stamp, basket, figures(priced, payments))
        tx.append(sale)
        self.sold.append(sale.id)
        self.totals[sale.id] = sale.total
        return sale

    def void(self) -> Voided | None:
        """Take one earlier sale back; None where there is none left."""
        if not self.sold:
            return None
        sale = self.ledger.sale(self.sold.pop(self.rng.randrange(len(self.sold))))
        if sale is None:
            return None
        with self.ledger.transaction() as tx:
            stamp = self._stamp(tx, document=True)
            void = voided_fact(stamp, sale, reverse(figures_of(sale)), "wrong item")
            tx.append(void)
        self.totals[void.id] = void.total
        return void

    def open_drawer(self) -> None:
        """A fact that is no document."""
        with self.ledger.transaction() as tx:
            tx.append(DrawerOpened(**self._stamp(tx), reason="change"))

    def act(self) -> None:
        """What happens next at a till: mostly a sale."""
        dice = self.rng.random()
        if dice < 0.05:
            self.open_drawer()
        elif dice < 0.12:
            self.void()
        else:
            self.sell()

    def _basket(self, lines: int) -> Basket:
        opened = utc_text(self.ledger.clock.now())
        basket = Basket(self._id(), "EUR", opened, self.day)
        for _ in range(lines):
            number = self.rng.randint(1, self.products)
            line = Line(
                line_id=0,
                sku=sku(number),
                label=f"Article number {number}",
                qty=1000 * self.rng.choice((1, 1, 1, 2)),
                unit_price=amount_of(number),
                tax_code=tax_code_of(number),
            )
            basket, _ = add_line(basket, line)
        return basket

    def _stamp(
        self, tx: Transaction, *, document: bool = False, fact_id: str = ""
    ) -> dict[str, Any]:
        return tx.stamp(
            actor="1",
            shift=self.shift,
            business_date=self.day,
            document=document,
            fact_id=fact_id or self._id(),
        )

    def _id(self) -> str:
        """A UUIDv7 of the virtual time and the dice, so that a run can be repeated."""
        millis = int(self.ledger.clock.now().timestamp() * 1000)
        high = millis << 16 | 0x7000 | self.rng.getrandbits(12)
        low = 0b10 << 62 | self.rng.getrandbits(62)
        return str(UUID(int=high << 64 | low))
