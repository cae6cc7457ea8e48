"""Products, prices and stock at the hub: what is there, what changes, what tills are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select

from sync.hub import feed, schema
from sync.hub.database import Connection, Statement, adding, dropping, numbering, putting
from sync.hub.devices import hold_store
from sync.hub.stock import move_stock
from sync.protocol import PriceRow, ProductRow

PART: Final = 500
"""Products looked at in one statement."""

_p, _c, _k = schema.product.c, schema.price.c, schema.stock.c
_SKUS: Final = " ".join(f"sku{place}" for place in range(PART))
_IN: Final[list[Any]] = [bindparam(f"sku{place}") for place in range(PART)]
_PRODUCTS = Statement(_SKUS, select(*_p).where(_p.sku.in_(_IN)))
_PUT_PRODUCT = putting(schema.product)
_PUT_BACK = putting(schema.product_return)
_PRICES = Statement(
    f"price_list currency {_SKUS}",
    select(_c.sku, _c.valid_from, _c.valid_to, _c.amount, _c.was)
    .where(
        _c.price_list == bindparam("price_list"),
        _c.currency == bindparam("currency"),
        _c.sku.in_(_IN),
    )
    .order_by(_c.sku, _c.valid_from, _c.valid_to),
)
_ADD_PRICE = adding(schema.price)
_DROP_PRICES = dropping(schema.price, "sku", "price_list", "currency")
_STOCK = Statement(
    f"store_id {_SKUS}",
    select(_k.sku, _k.on_hand).where(_k.store_id == bindparam("store_id"), _k.sku.in_(_IN)),
)
_ADD_MOVE = numbering(schema.stock_move)
_ONE_PRODUCT = Statement("sku", select(*_p).where(_p.sku == bindparam("sku")))
_ALL_PRICES = Statement(
    "sku",
    select(_c.sku, _c.price_list, _c.currency, _c.valid_from, _c.valid_to, _c.amount, _c.was)
    .where(_c.sku == bindparam("sku"))
    .order_by(_c.price_list, _c.valid_from),
)
_ALL_STOCK = Statement(
    "store_id after",
    select(_k.sku, _k.on_hand, _k.as_of)
    .where(_k.store_id == bindparam("store_id"), _k.sku > bindparam("after"))
    .order_by(_k.sku),
)
_SKU: Final = attrgetter("sku")
_encode = msgspec.json.Encoder().encode


def _padded(skus: Sequence[str]) -> list[str]:
    return [*skus, *([skus[-1]] * (PART - len(skus)))]


def _columns(row: ProductRow) -> tuple[Any, ...]:
    return (
        row.sku,
        row.name,
        row.variant,
        row.style,
        row.department,
        row.unit,
        row.tax_code,
        row.age_limit,
        row.icon,
        row.active,
        _encode(row.barcodes).decode(),
    )


@dataclass(slots=True)
class Changes:
    """What is to be written together; `publish` tells the tills."""

    products: list[ProductRow] = field(default_factory=list)
    prices: list[PriceRow] = field(default_factory=list)
    stock: dict[str, int] = field(default_factory=dict)
    """sku -> thousandths to add."""
    back: list[tuple[str, bool, int]] = field(default_factory=list)
    """(sku, may come back, days of its own or -1) where a file says so."""

    def write(self, connection: Connection, store_id: str, at: str, cause: str) -> None:
        """Keeps all of it and publishes it, in the caller's transaction.

        In the order of the tables: a file in any other order would touch a page for each row,
        here and again at every till.
        """
        if self.stock:
            hold_store(connection, store_id)
        self.products.sort(key=_SKU)
        self.prices.sort(key=_SKU)
        connection.many(_PUT_PRODUCT, [_columns(row) for row in self.products])
        connection.many(
            _DROP_PRICES, [(row.sku, row.price_list, row.currency) for row in self.prices]
        )
        connection.many(
            _ADD_PRICE,
            [
                (row.sku, row.price_list, row.currency, *one)
                for row in self.prices
                for one in row.prices
            ],
        )
        connection.many(
            _ADD_MOVE, [(store_id, sku, qty, cause, at) for sku, qty in self.stock.items()]
        )
        connection.many(_PUT_BACK, self.back)
        stock = move_stock(connection, store_id, self.stock, at)
        changed: dict[str, list[tuple[str, bytes]]] = {
            feed.GLOBAL: [
                *(("product", data) for data in feed.batches(self.products)),
                *(("price", data) for data in feed.batches(self.prices)),
            ]
        }
        if stock:
            changed[feed.store_stream(store_id)] = [("stock", data) for data in feed.batches(stock)]
        feed.append(connection, changed)


def changed_products(
    connection: Connection, rows: Sequence[ProductRow]
) -> tuple[list[ProductRow], int]:
    """Those of at most `PART` products that are new or not as the hub has them; how many are new."""
    if not rows:
        return [], 0
    known = {
        found[0]: (*found[:9], bool(found[9]), found[10])
        for found in connection.all(_PRODUCTS, _padded([row.sku for row in rows]))
    }
    changed = [row for row in rows if known.get(row.sku) != _columns(row)]
    return changed, sum(row.sku not in known for row in rows)


def changed_prices(connection: Connection, rows: Sequence[PriceRow]) -> list[PriceRow]:
    """Those of at most `PART` price rows of one list that are not as the hub has them."""
    if not rows:
        return []
    first = rows[0]
    known: dict[str, list[tuple[str, str, int, int]]] = {}
    asked = (first.price_list, first.currency, *_padded([row.sku for row in rows]))
    for sku, *one in connection.all(_PRICES, asked):
        known.setdefault(sku, []).append((one[0], one[1], one[2], one[3]))
    return [row for row in rows if known.get(row.sku, []) != sorted(row.prices)]


def stock_known(connection: Connection, store_id: str, skus: Sequence[str]) -> dict[str, int]:
    """What a store has of at most `PART` products; those it never had are left out."""
    if not skus:
        return {}
    return dict(connection.all(_STOCK, (store_id, *_padded(skus))))


def product(connection: Connection, sku: str) -> ProductRow | None:
    """A product as it now is, or None."""
    found = connection.one(_ONE_PRODUCT, (sku,))
    if found is None:
        return None
    codes = tuple(msgspec.json.decode(found[10], type=list[str]))
    values: list[Any] = [*found[:9], bool(found[9]), codes]
    return ProductRow(*values)


def prices(connection: Connection, sku: str) -> list[tuple[Any, ...]]:
    """All prices of a product: (sku, list, currency, from, to, amount, was)."""
    return connection.all(_ALL_PRICES, (sku,))


def stock_rows(connection: Connection, store_id: str) -> Iterable[tuple[Any, ...]]:
    """(sku, on hand, as of) of everything a store ever had."""
    return connection.each(_ALL_STOCK, (store_id, ""))
