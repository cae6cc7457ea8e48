"""The hub's data as the window reads it: products, prices, stock, people, and how old it is.

Reads only, from the newest usable copy: the current file, else the one before it, else none. A
copy that turns out to be damaged in the middle of a look-up is left for the one before, if there is
one, so a look-up never raises for the file's sake; `source` and `as_of` say what answers stand on.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.catalogue import Price, Product, price_on
from pos_app.domain.errors import PosError
from pos_app.store import customer_rows, elsewhere_rows, order_rows, sale_refs
from pos_app.store import search as finding
from pos_app.store.schema import connect, primary_code
from sync.protocol.customers import CustomerRow
from sync.protocol.messages import Head, SaleRefRow
from sync.protocol.orders import OrderRow

CURRENT: Final = "replica.sqlite"
NEXT: Final = "replica.next.sqlite"
PREVIOUS: Final = "replica.prev.sqlite"
DAMAGED: Final = "replica.damaged"
"""This file says that a page of the copy in use cannot be read: sync builds another one."""
VERSION: Final = 5
"""Of the tables (`PRAGMA user_version`); another one is built anew, never migrated."""
_BEFORE_5: Final = customer_rows.BEFORE
_BEFORE_4: Final = {**order_rows.BEFORE, **elsewhere_rows.BEFORE, **_BEFORE_5}
WORDED: Final[dict[int, Mapping[str, str]]] = {
    VERSION: {},
    4: _BEFORE_5,
    3: _BEFORE_4,
    2: {**sale_refs.BEFORE, **_BEFORE_4},
    1: {**sale_refs.BEFORE, **_BEFORE_4},
}
"""Versions that can be read -> what differs there: a statement of ours -> the one to ask instead.

After an update the file of the version before stays on sale until another is built. Version 1
kept one currency a price list, version 2 passed over the promotions that came: every statement
reads both as they stand. `state` never changes.
"""
READER_CACHE_KIB: Final = 16 << 10
_BUSY: Final = frozenset({5, 6})
"""SQLITE_BUSY and SQLITE_LOCKED: the copy is whole, only not to be had at this moment."""
_BROKEN: Final = frozenset({11, 26})
"""SQLITE_CORRUPT and SQLITE_NOTADB."""

_Answer = TypeVar("_Answer")
_Prices = tuple[tuple[str, str, int, int], ...]
_prices = msgspec.json.Decoder(_Prices)


@dataclass(frozen=True, slots=True)
class Article:
    """A product as a till shows it."""

    product: Product
    prices: tuple[Price, ...]
    on_hand: int | None = None
    """Thousandths in this store as the hub last said, None where it never did."""
    stock_as_of: str = ""

    def price(
        self, business_date: str, price_list: str = "retail", currency: str = ""
    ) -> Price | None:
        """The price on a business date, None where the list has none (in that currency)."""
        return price_on(list(self.prices), business_date, price_list, currency)


_ONE: Final = " = ?"
_MANY: Final = " IN (SELECT value FROM json_each(?))"
_PRODUCT: Final = (
    "SELECT product.id, product.sku, name, variant, style, department, unit, tax_code, age_limit,"
    " icon, active, barcodes FROM product"
)
_BY_BARCODE: Final = (
    f"{_PRODUCT} JOIN barcode ON barcode.product_id = product.id"
    " WHERE code = ? ORDER BY active DESC, product.id LIMIT 1"
)
_BY_SKU: Final = f"{_PRODUCT} WHERE sku = ?"
_IDS_OF: Final = f"SELECT id FROM product WHERE sku{_MANY}"  # noqa: S608 - constant
_BY_IDS: Final = f"{_PRODUCT} WHERE id{_MANY}"
_BY_STYLE: Final = f"{_PRODUCT} WHERE style = ? AND style <> '' AND active ORDER BY id LIMIT 500"
_PRICE: Final = "SELECT sku, price_list, currency, prices FROM price WHERE sku"
_STOCK: Final = "SELECT sku, on_hand, as_of FROM stock WHERE store = ? AND sku"
_PRICE_ONE, _PRICE_MANY = _PRICE + _ONE, _PRICE + _MANY
_STOCK_ONE, _STOCK_MANY = _STOCK + _ONE, _STOCK + _MANY
_OWN_STORE: Final = "SELECT substr(stream, 7) FROM cursor WHERE stream LIKE 'store:%'"
_BEST: Final = (
    "SELECT product_id FROM best JOIN product ON id = product_id WHERE active ORDER BY rank LIMIT ?"
)
_ANY: Final = "SELECT id FROM product WHERE active ORDER BY id LIMIT ?"
_BEST_OF: Final = (
    "SELECT product_id FROM best JOIN product ON id = product_id"
    " WHERE best.department = ? AND active ORDER BY rank LIMIT ?"
)
_ANY_OF: Final = (
    "SELECT id FROM product WHERE department = ? AND department <> '' AND active = 1"
    " ORDER BY id LIMIT ?"
)


class _Earlier:
    """A file of an earlier version, asked in its own words."""

    def __init__(self, connection: dbapi2.Connection, worded: Mapping[str, str]) -> None:
        self._connection, self._worded = connection, worded
        self.close = connection.close

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> dbapi2.Cursor:
        return self._connection.execute(self._worded.get(statement, statement), values)


class Catalogue:
    """A read-only view; one per thread. Between two calls no read transaction stays open."""

    def __init__(self, data: Path, key: bytes, *, marks: bool = False) -> None:
        self._data, self._key, self._marks = data, key, marks
        self._connection: dbapi2.Connection | None = None
        self._store = ""
        self.source = "none"
        """"current", "previous" or "none": what the answers stand on."""
        self.opened = 0
        """How often a copy was taken in use: another number, perhaps another copy."""
        self._broken = False

    @classmethod
    def open(cls, data: Path, key: bytes, *, marks: bool = False) -> Catalogue:
        """The newest usable copy in DATA. Never raises: without any, `source` is "none".

        With `marks` damage that is found is noted for sync (`DAMAGED`).
        """
        catalogue = cls(data, key, marks=marks)
        catalogue.reopen()
        return catalogue

    def reopen(self) -> None:
        """Looks again which copy is the newest; after a swap, or when sync made a first one."""
        self.close()
        for source, name in (("current", CURRENT), ("previous", PREVIOUS)):
            if self._try(source, self._data / name):
                return

    def close(self) -> None:
        """Lets the file go, as a swap needs; `reopen` gets it back."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self.source, self._store = None, "none", ""

    @property
    def broken(self) -> bool:
        """True where the newest copy could not answer the last question, or none since it broke.

        What was not found may then be in it all the same.
        """
        return self._broken or self.source == "previous"

    def _try(self, source: str, path: Path) -> bool:
        if not path.is_file():
            return False
        connection = None
        try:
            connection = connect(path, self._key, write=False)
            connection.execute(f"PRAGMA cache_size=-{READER_CACHE_KIB}")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version in WORDED:
                worded = WORDED[version]
                self._connection = _Earlier(connection, worded) if worded else connection
                self.source = source
                self.opened += 1
                return True
        except (PosError, dbapi2.Error):
            pass  # damaged: the one before it is asked
        if connection is not None:
            connection.close()
        return False

    @property
    def as_of(self) -> str:
        """Hub time (UTC text) of the last change that is in this copy; empty without one."""
        return self.state("as_of")

    def age_s(self, now: datetime) -> int | None:
        """Whole seconds since the last change that is in it; None without a copy."""
        as_of = self.as_of
        return max(0, int((now - datetime.fromisoformat(as_of)).total_seconds())) if as_of else None

    def _ask(self, question: Callable[[dbapi2.Connection], _Answer], nothing: _Answer) -> _Answer:
        self._broken = False
        while self._connection is not None:
            was = self.source
            try:
                return question(self._connection)
            except UnicodeEncodeError:
                return nothing  # half a character: no file holds that
            except (dbapi2.Error, msgspec.DecodeError) as error:
                if primary_code(error) in _BUSY:
                    return nothing
                self._broken = True
                self._note(was, error)
                self._fall_back()
            if self.source == was:
                return nothing
        return nothing

    def _fall_back(self) -> None:
        """Leaves a copy that cannot be read for the one before it, where there is one.

        Else it stays: what stands on its other pages can still be sold.
        """
        was = self.source
        self.close()
        if was == "current" and not self._try("previous", self._data / PREVIOUS):
            self._try(was, self._data / CURRENT)

    def _note(self, source: str, error: BaseException | None) -> None:
        """Tells sync that the copy in use is damaged: also where a value reads as zeros."""
        if error is None or not self._marks or source != "current":
            return
        if isinstance(error, msgspec.DecodeError) or primary_code(error) in _BROKEN:
            with contextlib.suppress(OSError):
                (self._data / DAMAGED).touch(mode=0o600)

    def by_code(self, keys: tuple[str, ...]) -> Article | None:
        """The article of a scanned code, given `barcode.read(raw).keys`; first key first.

        A code nobody files as a barcode may be an SKU. Of several products with one code the
        active one, then the older. Taken off sale it is still found: `product.active` says so.
        """

        def question(connection: dbapi2.Connection) -> Article | None:
            for statement in (_BY_BARCODE, _BY_SKU):
                for key in keys:
                    row = connection.execute(statement, (key,)).fetchone()
                    if row is not None:
                        return self._article(connection, row)
            return None

        return self._ask(question, None)

    def by_sku(self, sku: str) -> Article | None:
        """The article with that SKU, on sale or not."""

        def question(connection: dbapi2.Connection) -> Article | None:
            row = connection.execute(_BY_SKU, (sku,)).fetchone()
            return None if row is None else self._article(connection, row)

        return self._ask(question, None)

    def by_skus(self, skus: Iterable[str]) -> dict[str, Article]:
        """SKU -> article, of those that are known here; in three statements however many."""
        wanted = json.dumps(list(skus))

        def question(connection: dbapi2.Connection) -> dict[str, Article]:
            ids = [row[0] for row in connection.execute(_IDS_OF, (wanted,))]
            return {one.product.sku: one for one in self._articles(connection, ids)}

        return self._ask(question, {})

    def search(self, text: str, limit: int = 60) -> list[Article]:
        """What a person means by `text`, best first; see `pos_app.store.search`. Never raises."""
        return self._ask(lambda con: self._articles(con, finding.find(con, text, limit)), [])

    def favourites(self, limit: int) -> list[Article]:
        """What this store sells best; where it sold too little, filled up in catalogue order."""
        return self._best((_BEST, _ANY), (), limit)

    def department(self, name: str, limit: int) -> list[Article]:
        """Active articles of a department, best sellers first."""
        return self._best((_BEST_OF, _ANY_OF), (name,), limit)

    def sold_best(self, name: str, limit: int) -> list[Article]:
        """What sold best of a department, and nothing that never sold."""
        return self._best((_BEST_OF,), (name,), limit)

    def _best(
        self, statements: tuple[str, ...], where: tuple[str, ...], limit: int
    ) -> list[Article]:
        def question(connection: dbapi2.Connection) -> list[Article]:
            found: dict[tuple[int], None] = {}
            for statement in statements:
                if len(found) < limit:
                    rows = connection.execute(statement, (*where, limit)).fetchall()
                    found |= dict.fromkeys(rows)
            return self._articles(connection, [product for (product,) in found][:limit])

        return self._ask(question, [])

    def departments(self) -> list[tuple[str, int]]:
        """(name, how many active products), by name; products without one are not in it."""
        statement = "SELECT name, products FROM department WHERE name <> '' ORDER BY name"
        return self._ask(lambda con: con.execute(statement).fetchall(), [])

    def variants(self, style: str) -> list[Article]:
        """Active articles of one style, in catalogue order; nothing for an empty style."""

        def question(connection: dbapi2.Connection) -> list[Article]:
            rows = connection.execute(_BY_STYLE, (style,)).fetchall()
            return self._articles(connection, [row[0] for row in rows])

        return self._ask(question, [])

    def rows(self, kind: str) -> list[tuple[str, bytes]]:
        """(key, JSON body) of every `staff`, `policy`, `tax` or `store` row, by key.

        The bodies are `StaffRow`, `PolicyRow`, `TaxRow`, `StoreRow` of `sync.protocol.messages`,
        byte for byte as the hub sent them.
        """
        statement = "SELECT key, body FROM reference WHERE kind = ? ORDER BY key"
        return self._ask(lambda con: con.execute(statement, (kind,)).fetchall(), [])

    def stock(self, sku: str) -> list[tuple[str, int, str]]:
        """(store, thousandths on hand, as of) in every store the hub told of."""
        statement = "SELECT store, on_hand, as_of FROM stock WHERE sku = ? ORDER BY store"
        return self._ask(lambda con: con.execute(statement, (sku,)).fetchall(), [])

    def in_stores(self, sku: str) -> list[elsewhere_rows.InStore]:
        """The same with what is reserved there, and what is on its way."""
        asked = elsewhere_rows.OF_PRODUCT
        nothing: list[tuple[Any, ...]] = []
        found = self._ask(lambda con: con.execute(asked, (sku,)).fetchall(), nothing)
        return [elsewhere_rows.InStore(*row) for row in found]

    def elsewhere_sums(self, skus: Iterable[str], own: str) -> dict[str, int]:
        """SKU -> what all stores but `own` could sell of it, of these that are known elsewhere."""
        asked = (json.dumps(list(skus)), own)
        return dict(self._ask(lambda con: con.execute(elsewhere_rows.SUMS, asked).fetchall(), []))

    def cursors(self) -> dict[str, tuple[str, int]]:
        """Stream -> (feed, position) that is applied."""
        return self._ask(read_cursors, {})

    def ack(self) -> Head | None:
        """The last place of the till's chain that the hub said is durable there."""
        return self._ask(read_ack, None)

    def state(self, name: str) -> str:
        """What the sync process noted under a name; empty for nothing."""
        return self._ask(lambda con: _value(con, name), "")

    def reflected(self, device: str) -> tuple[int, int]:
        """(epoch, seq) up to which the stock rows contain a device's own entries; (0, 0)."""
        statement = "SELECT epoch, seq FROM reflected WHERE device = ?"
        found = self._ask(lambda con: con.execute(statement, (device,)).fetchone(), None)
        return (0, 0) if found is None else (int(found[0]), int(found[1]))

    def sale_ref(self, doc_no: str) -> SaleRefRow | None:
        """The store's sale with that receipt number, whichever till made it."""
        return self._ask(
            lambda con: sale_refs.first(con.execute(sale_refs.BY_NUMBER, (doc_no,))), None
        )

    def sale_ref_by_id(self, sale_id: str) -> SaleRefRow | None:
        """The same by its id."""
        return self._ask(
            lambda con: sale_refs.first(con.execute(sale_refs.BY_ID, (sale_id,))), None
        )

    def refs_of(self, sale_id: str) -> list[SaleRefRow]:
        """The voids and refunds of a sale that the hub knew when it last told."""
        return self._ask(
            lambda con: sale_refs.every(con.execute(sale_refs.OF_SALE, (sale_id,))), []
        )

    def recent_refs(
        self, since: str, not_till: str, text: str = "", amount: int | None = None
    ) -> list[SaleRefRow]:
        """Documents of the store's other tills from a business day on, newest first."""
        everything = not text and amount is None
        other = None if amount is None else -amount
        asked = (since, not_till, everything, text or "\0", amount, other, sale_refs.FOUND_MAX)
        return self._ask(lambda con: sale_refs.every(con.execute(sale_refs.RECENT, asked)), [])

    def orders(self, statement: str, values: tuple[Any, ...]) -> list[OrderRow]:
        """Customers' orders as one of the statements of `order_rows` finds them."""
        return self._ask(lambda con: order_rows.every(con.execute(statement, values)), [])

    def order_counts(self) -> dict[int, int]:
        """Segment -> how many orders the hub told of stand in it."""

        def question(connection: dbapi2.Connection) -> dict[int, int]:
            return dict(connection.execute(order_rows.COUNTS).fetchall())

        return self._ask(question, {})

    def customers(self, question: Callable[[Any], list[CustomerRow]]) -> list[CustomerRow]:
        """What one of the questions of `customer_rows` finds in this copy."""
        return self._ask(question, [])

    def customer_gone(self, customer: str) -> str | None:
        """Who a customer is by now, empty for one who was forgotten; None where neither is told."""
        found = self._ask(lambda con: con.execute(customer_rows.GONE, (customer,)).fetchone(), None)
        return None if found is None else str(found[0])

    def counts(self) -> dict[str, int]:
        """How many active `products`, and how many `staff`, `policy`, `tax`, `store` rows."""
        return self._ask(read_counts, {})

    def _own(self, connection: dbapi2.Connection) -> str:
        """The store whose stream this till follows."""
        if not self._store:
            found = connection.execute(_OWN_STORE).fetchone()
            self._store = found[0] if found else ""
        return self._store

    def _article(self, connection: dbapi2.Connection, row: tuple[Any, ...]) -> Article:
        sku = row[1]
        prices = _priced(connection.execute(_PRICE_ONE, (sku,)))
        stock = connection.execute(_STOCK_ONE, (self._own(connection), sku)).fetchall()
        return _assemble(row, prices, {each[0]: each for each in stock})

    def _articles(self, connection: dbapi2.Connection, ids: list[int]) -> list[Article]:
        """The articles with those ids, in that order."""
        rows = connection.execute(_BY_IDS, (json.dumps(ids),)).fetchall()
        skus = json.dumps([row[1] for row in rows])
        prices = _priced(connection.execute(_PRICE_MANY, (skus,)))
        stock_rows = connection.execute(_STOCK_MANY, (self._own(connection), skus))
        stock = {each[0]: each for each in stock_rows}
        articles = {row[0]: _assemble(row, prices, stock) for row in rows}
        return [articles[each] for each in ids if each in articles]


def _priced(rows: Iterable[tuple[str, str, str, bytes]]) -> dict[str, list[Price]]:
    prices: dict[str, list[Price]] = {}
    for sku, price_list, currency, body in rows:
        prices.setdefault(sku, []).extend(
            Price(sku, amount, currency, price_list, begins, ends, was)
            for begins, ends, amount, was in _prices.decode(body)
        )
    return prices


def _assemble(
    row: tuple[Any, ...],
    prices: dict[str, list[Price]],
    stock: dict[str, tuple[str, int, str]],
) -> Article:
    sku = row[1]
    _, on_hand, as_of = stock.get(sku, (sku, None, ""))
    barcodes = tuple(row[11].split("\n")) if row[11] else ()
    product = Product(*(*row[1:10], bool(row[10]), barcodes))
    return Article(product, tuple(prices.get(sku, ())), on_hand, as_of)


# Read by both sides of the file.


def _value(connection: dbapi2.Connection, name: str) -> str:
    found = connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
    return str(found[0]) if found else ""


read_state = _value


def read_cursors(connection: dbapi2.Connection) -> dict[str, tuple[str, int]]:
    """Stream -> (feed, position)."""
    rows = connection.execute("SELECT stream, feed, pos FROM cursor")
    return {stream: (feed, pos) for stream, feed, pos in rows}


def read_ack(connection: dbapi2.Connection) -> Head | None:
    """The ack that was kept, or None."""
    kept = _value(connection, "ack")
    return msgspec.json.decode(kept, type=Head) if kept else None


def read_counts(connection: dbapi2.Connection) -> dict[str, int]:
    """How many there are of each kind."""
    (products,) = connection.execute("SELECT coalesce(sum(products), 0) FROM department").fetchone()
    kinds = connection.execute("SELECT kind, count(*) FROM reference GROUP BY kind").fetchall()
    return {"products": products, **dict(kinds)}
