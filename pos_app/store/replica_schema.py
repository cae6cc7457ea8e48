"""The tables of `replica.sqlite`, the hub's copy on a till.

There are no migrations: another version in `user_version` means that the file is built anew
beside the old one (see `replica`), which is read until then: before the version is raised, a file
of the present one goes into tests/databases and a row into `catalogue.WORDED`. Declared in
SQLAlchemy Core for creating and for the tests; the statements of the hot path are text and never
import this module.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from pos_app.store import customer_rows
from pos_app.store.search import SEARCH_TABLES

metadata = MetaData()


def _text(name: str, **more: Any) -> Column[str]:
    return Column(name, Text, nullable=False, **more)


def _number(name: str, **more: Any) -> Column[int]:
    return Column(name, Integer, nullable=False, **more)


product = Table(
    "product",
    metadata,
    _number("id", primary_key=True),
    _text("sku"),
    _text("name"),
    _text("variant"),
    _text("style"),
    _text("department"),
    _text("unit"),
    _text("tax_code"),
    _number("age_limit"),
    _text("icon"),
    _number("active"),
    _text("barcodes"),  # as they came, one a line
)
"""Rows in the order they came; `id` is ours and never leaves the file."""

barcode = Table(
    "barcode",
    metadata,
    _text("code", primary_key=True),  # as pos_app.domain.barcode files it
    _number("product_id", primary_key=True),
    sqlite_with_rowid=False,
)
price = Table(
    "price",
    metadata,
    _text("sku", primary_key=True),
    _text("price_list", primary_key=True),
    _text("currency", primary_key=True),
    Column("prices", LargeBinary, nullable=False),  # JSON of PriceRow.prices
    sqlite_with_rowid=False,
)
stock = Table(
    "stock",
    metadata,
    _text("sku", primary_key=True),
    _text("store", primary_key=True),
    _number("on_hand"),
    _text("as_of"),
    sqlite_with_rowid=False,
)
stock_more = Table(
    "stock_more",
    metadata,
    _text("sku", primary_key=True),
    _text("store", primary_key=True),
    _number("reserved"),
    _number("coming"),
    _text("coming_day"),
    sqlite_with_rowid=False,
)
"""What is promised of a product in a store, and what is on its way there; only where there is any."""

best = Table(
    "best",
    metadata,
    _number("rank", primary_key=True),
    _number("product_id", unique=True),
    _text("department"),
)
"""What this store sells, best first; a product that is not here never sold."""

department = Table(
    "department",
    metadata,
    _text("name", primary_key=True),
    _number("products"),
    sqlite_with_rowid=False,
)
"""How many active products each has, kept as they change."""

part = Table(
    "part",
    metadata,
    _text("text", primary_key=True),
    _number("products"),
    sqlite_with_rowid=False,
)
"""How many names held each three letters when the index was last built anew."""

typo = Table(
    "typo",
    metadata,
    _text("deletion", primary_key=True),
    _text("word", primary_key=True),
    _number("products"),
    sqlite_with_rowid=False,
)
reference = Table(
    "reference",
    metadata,
    _text("kind", primary_key=True),  # staff, policy, tax, store, till
    _text("key", primary_key=True),
    _text("stream"),
    Column("body", LargeBinary, nullable=False),  # the row's JSON as it came
    sqlite_with_rowid=False,
)
reflected = Table(
    "reflected",
    metadata,
    _text("device", primary_key=True),
    _number("epoch"),
    _number("seq"),
    sqlite_with_rowid=False,
)
sale_ref = Table(
    "sale_ref",
    metadata,
    _text("id", primary_key=True),
    _text("kind"),  # sale, void, refund
    _text("of"),
    _text("doc_no"),
    _text("biz_date"),
    _text("wall"),
    _text("till"),
    _number("amount"),
    Column("body", LargeBinary, nullable=False),  # the row's JSON as it came
)
"""The store's own documents of the last days, also those of its other tills."""

order_part = Table(
    "order_part",
    metadata,
    _text("reservation", primary_key=True),
    _text("order_id"),
    _text("name"),  # as pos_app.store.order_rows files it
    _text("digits"),
    _number("version"),
    _number("segment"),
    _text("state"),
    _text("rank"),
    _text("code_end"),
    _text("ended"),
    _text("hay"),
    Column("body", LargeBinary, nullable=False),  # JSON of the OrderRow
)
"""Customers' orders of this store; see `order_rows`."""

customer = Table(
    "customer",
    metadata,
    _number("id", primary_key=True),
    _text("customer", unique=True),
    _number("version"),
    _text("account"),
    Column("body", LargeBinary, nullable=False),  # JSON of the CustomerRow
    sqlite_autoincrement=True,
)
"""Customers of this store's; see `customer_rows`. `id` rises with each change."""

customer_gone = Table(
    "customer_gone",
    metadata,
    _text("customer", primary_key=True),
    _text("merged_into"),
    _number("version"),
    sqlite_with_rowid=False,
)
"""Ids of who was forgotten, or is somebody else by now; nothing else of them."""

cursor = Table(
    "cursor",
    metadata,
    _text("stream", primary_key=True),
    _text("feed"),
    _number("pos"),
    sqlite_with_rowid=False,
)
state = Table(
    "state",
    metadata,
    _text("name", primary_key=True),
    _text("value"),
    sqlite_with_rowid=False,
)

# A file that is being built takes rows in the order they come, without one index: they are
# sorted into the tables above once, at the end.
arrivals = MetaData()
barcode_in = Table(
    "barcode_in",
    arrivals,
    _number("id", primary_key=True),
    _text("code"),
    _number("product_id"),
)
price_in = Table(
    "price_in",
    arrivals,
    _number("id", primary_key=True),
    _text("sku"),
    _text("price_list"),
    _text("currency"),
    Column("prices", LargeBinary, nullable=False),
)
stock_in = Table(
    "stock_in",
    arrivals,
    _number("id", primary_key=True),
    _text("sku"),
    _text("store"),
    _number("on_hand"),
    _text("as_of"),
)

product_sku = Index("product_sku", product.c.sku, unique=True)
product_style = Index("product_style", product.c.style, sqlite_where=product.c.style != "")
product_department = Index(
    "product_department",
    product.c.department,
    sqlite_where=(product.c.active == 1) & (product.c.department != ""),
)
sale_ref_indexes = (
    Index("sale_ref_doc_no", sale_ref.c.doc_no),
    Index("sale_ref_of", sale_ref.c.of, sqlite_where=sale_ref.c.of != ""),
    Index("sale_ref_day", sale_ref.c.biz_date, sale_ref.c.wall),
)
order_part_indexes = (
    Index("order_part_rank", order_part.c.segment, order_part.c.rank, order_part.c.name),
    Index("order_part_ended", order_part.c.segment, order_part.c.ended),
    Index("order_part_hay", order_part.c.segment, order_part.c.hay),
    Index("order_part_name", order_part.c.name),
    Index("order_part_digits", order_part.c.digits),
    Index("order_part_order", order_part.c.order_id),
    Index("order_part_code", order_part.c.code_end, sqlite_where=order_part.c.code_end != ""),
)
customer_account = Index("customer_account", customer.c.account)
best_department = Index("best_department", best.c.department, best.c.rank)

_dialect = sqlite.dialect()
PRODUCT_INDEXES: Final = (product_sku, product_style, product_department)


def _ddl(statement: CreateTable | CreateIndex) -> str:
    return str(statement.compile(dialect=_dialect)).strip()


def create_statements() -> list[str]:
    """DDL of a new, empty replica, but for the indexes on `product`."""
    tables = [_ddl(CreateTable(table)) for table in metadata.tables.values()]
    indexes = [
        _ddl(CreateIndex(index))
        for index in (
            best_department,
            customer_account,
            *sale_ref_indexes,
            *order_part_indexes,
        )
    ]
    return [*tables, *indexes, *SEARCH_TABLES, *customer_rows.SEARCH_TABLES]


def index_statements() -> list[str]:
    """DDL of the indexes on `product`, made last when a file is built."""
    return [_ddl(CreateIndex(index)) for index in PRODUCT_INDEXES]


def arrival_statements() -> list[str]:
    """DDL of the tables that take rows while a file is built."""
    return [_ddl(CreateTable(table)) for table in arrivals.tables.values()]


ARRIVALS: Final = tuple(arrivals.tables)
