"""Feed rows into the tables of a replica: one by one into a file in use, in bulk into a new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain import barcode
from pos_app.domain.errors import Refused
from pos_app.store import (
    customer_rows,
    delivery_rows,
    elsewhere_rows,
    exception_rows,
    forgetting,
    order_rows,
    sale_refs,
    search,
)
from sync.protocol.loyalty import ProgrammeRow
from sync.protocol.messages import (
    FeedRow,
    PolicyRow,
    PriceRow,
    ProductRow,
    ReflectedRow,
    StaffRow,
    StockRow,
    StoreRow,
    TaxRow,
    TillRow,
)
from sync.protocol.promotions import PromotionRow
from sync.protocol.rights import StoreHeardRow, StoreNameRow


@dataclass(slots=True)
class Applied:
    """What an answer changed."""

    kinds: set[str] = field(default_factory=set)
    rows: int = 0
    """Rows of entities in it, not feed positions."""
    passed_over: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Kinds of a newer hub, unknown here: kind -> first and last position."""
    keys: dict[str, set[str]] = field(default_factory=dict)
    """Of goods and prices, which."""
    erased: list[str] = field(default_factory=list)
    """Ids of customers who are to be forgotten in every copy."""


def apply_rows(
    connection: dbapi2.Connection, stream: str, row: FeedRow, applied: Applied, *, building: bool
) -> None:
    """One feed position, inside the caller's transaction; an unknown kind is passed over.

    Raises msgspec.DecodeError where the rows are not of their kind.
    """
    count = 0
    if row.kind == order_rows.KIND and not stream.startswith("store:"):
        return  # a word of a hub of before to this one till: it only wakes who waits for it
    if row.kind == exception_rows.KIND:
        count = exception_rows.put(connection, stream, row.rows)
    elif row.kind in _REFERENCE:
        count = _reference(connection, stream, row)
    elif row.kind in _TABLES:
        decoder, append, change = _TABLES[row.kind]
        rows = decoder.decode(row.rows)
        (append if building else change)(connection, rows)
        count = len(rows)
        if row.kind == customer_rows.KIND:
            applied.erased += forgetting.gone_in(rows)
        if row.kind in ("product", "price"):
            applied.keys.setdefault(row.kind, set()).update(one.sku for one in rows)
    else:
        first, _ = applied.passed_over.get(row.kind, (row.pos, 0))
        applied.passed_over[row.kind] = (first, row.pos)
    if count:
        applied.kinds.add(row.kind)
        applied.rows += count


_REFERENCE: Final[dict[str, tuple[type[msgspec.Struct], str]]] = {
    "staff": (StaffRow, "staff_id"),
    "store": (StoreRow, "store_id"),
    "tax": (TaxRow, ""),
    "policy": (PolicyRow, ""),
    "till": (TillRow, "device"),
    "promotion": (PromotionRow, "promotion_id"),
    "programme": (ProgrammeRow, "programme"),
    "store_heard": (StoreHeardRow, "store"),
    "store_name": (StoreNameRow, "store"),
}
"""Kind -> its structure and the field that tells one row from another; the whole set without."""
_raws = msgspec.json.Decoder(list[msgspec.Raw])


def _reference(connection: dbapi2.Connection, stream: str, row: FeedRow) -> int:
    structure, name = _REFERENCE[row.kind]
    bodies = _raws.decode(row.rows)
    for body in bodies:
        entity = msgspec.json.decode(body, type=structure)
        key = getattr(entity, name) if name else row.kind
        connection.execute(
            "INSERT OR REPLACE INTO reference(kind, key, stream, body) VALUES(?, ?, ?, ?)",
            (row.kind, key, stream, bytes(body)),
        )
    return len(bodies)


# --- products -------------------------------------------------------------------------------

_PRODUCT_COLUMNS: Final = (
    "sku, name, variant, style, department, unit, tax_code, age_limit, icon, active, barcodes"
)
_INSERT_PRODUCT: Final = (
    f"INSERT INTO product(id, {_PRODUCT_COLUMNS}) VALUES({', '.join('?' * 12)})"
)
_UPDATE_PRODUCT: Final = (
    "UPDATE product SET name = ?, variant = ?, style = ?, department = ?, unit = ?, tax_code = ?,"
    " age_limit = ?, icon = ?, active = ?, barcodes = ? WHERE id = ?"
)
_OLD_PRODUCT: Final = f"SELECT id, {_PRODUCT_COLUMNS} FROM product WHERE sku = ?"  # noqa: S608 - constant
_NEXT_ID: Final = "SELECT coalesce(max(id), 0) + 1 FROM product"


def _tuple(row: ProductRow) -> tuple[Any, ...]:
    return (*msgspec.structs.astuple(row)[:10], "\n".join(row.barcodes))


def _filed(barcodes: Iterable[str]) -> Iterator[str]:
    """The codes a product is found by: each as any reader may send it."""
    for code in barcodes:
        try:
            known = barcode.read(code)
        except Refused:
            continue  # no reader can send it
        yield known.value
        for other in known.alternatives:
            if other.zfill(14) != known.value:  # the very digits: always read as the 14
                yield other


def _append_products(connection: dbapi2.Connection, rows: list[ProductRow]) -> None:
    (first,) = connection.execute(_NEXT_ID).fetchone()
    connection.executemany(
        _INSERT_PRODUCT, ((number, *_tuple(row)) for number, row in enumerate(rows, first))
    )
    connection.executemany(
        "INSERT INTO barcode_in(code, product_id) VALUES(?, ?)",
        ((code, number) for number, row in enumerate(rows, first) for code in _filed(row.barcodes)),
    )


def _change_products(connection: dbapi2.Connection, rows: list[ProductRow]) -> None:
    departments: Counter[str] = Counter()
    for row in rows:
        new = _tuple(row)
        old = connection.execute(_OLD_PRODUCT, (row.sku,)).fetchone()
        if old is None:
            (number,) = connection.execute(_NEXT_ID).fetchone()
            connection.execute(_INSERT_PRODUCT, (number, *new))
            _file_barcodes(connection, number, (), row.barcodes)
        else:
            number, old = old[0], old[1:]
            if old == (*new[:9], int(new[9]), new[10]):
                continue
            connection.execute(_UPDATE_PRODUCT, (*new[1:], number))
            _file_barcodes(connection, number, old[10].split("\n"), row.barcodes)
        _index(connection, number, old, row)
        if old is not None and old[9]:
            departments[old[4]] -= 1
        departments[row.department] += row.active
        if old is not None and old[4] != row.department:
            connection.execute(
                "UPDATE best SET department = ? WHERE product_id = ?", (row.department, number)
            )
    connection.executemany(
        "INSERT INTO department(name, products) VALUES(?, ?)"
        " ON CONFLICT(name) DO UPDATE SET products = products + excluded.products",
        departments.items(),
    )
    connection.execute("DELETE FROM department WHERE products <= 0")


def _file_barcodes(
    connection: dbapi2.Connection, number: int, old: Iterable[str], new: Iterable[str]
) -> None:
    before, after = set(_filed(old)), set(_filed(new))
    connection.executemany(
        "DELETE FROM barcode WHERE code = ? AND product_id = ?",
        [(code, number) for code in before - after],
    )
    connection.executemany(
        "INSERT OR IGNORE INTO barcode(code, product_id) VALUES(?, ?)",
        [(code, number) for code in after - before],
    )


def _index(
    connection: dbapi2.Connection, number: int, old: tuple[Any, ...] | None, row: ProductRow
) -> None:
    before = search.indexed_text(old[1], old[2]) if old is not None and old[9] else None
    after = search.indexed_text(row.name, row.variant) if row.active else None
    if before == after:
        return
    place = search.place_of(connection, number)
    if before is not None:
        search.remove(connection, place, before)
    if after is not None:
        search.add(connection, place, after)


# --- prices, stock, what it contains -------------------------------------------------------


def _price_tuples(rows: list[PriceRow]) -> Iterator[tuple[str, str, str, bytes]]:
    encode = msgspec.json.encode
    return ((row.sku, row.price_list, row.currency, encode(row.prices)) for row in rows)


def _append_prices(connection: dbapi2.Connection, rows: list[PriceRow]) -> None:
    connection.executemany(
        "INSERT INTO price_in(sku, price_list, currency, prices) VALUES(?, ?, ?, ?)",
        _price_tuples(rows),
    )


def _change_prices(connection: dbapi2.Connection, rows: list[PriceRow]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO price(sku, price_list, currency, prices) VALUES(?, ?, ?, ?)",
        _price_tuples(rows),
    )


def _append_stock(connection: dbapi2.Connection, rows: list[StockRow]) -> None:
    connection.executemany(
        "INSERT INTO stock_in(sku, store, on_hand, as_of) VALUES(?, ?, ?, ?)",
        map(msgspec.structs.astuple, rows),
    )


def _change_stock(connection: dbapi2.Connection, rows: list[StockRow]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO stock(sku, store, on_hand, as_of) VALUES(?, ?, ?, ?)",
        map(msgspec.structs.astuple, rows),
    )


def _reflected(connection: dbapi2.Connection, rows: list[ReflectedRow]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO reflected(device, epoch, seq) VALUES(?, ?, ?)",
        map(msgspec.structs.astuple, rows),
    )


_Write = Callable[[dbapi2.Connection, Any], None]
_TABLES: Final[dict[str, tuple[msgspec.json.Decoder[Any], _Write, _Write]]] = {
    "product": (msgspec.json.Decoder(list[ProductRow]), _append_products, _change_products),
    "price": (msgspec.json.Decoder(list[PriceRow]), _append_prices, _change_prices),
    "stock": (msgspec.json.Decoder(list[StockRow]), _append_stock, _change_stock),
    "stock_elsewhere": (elsewhere_rows.read_rows, elsewhere_rows.append, elsewhere_rows.change),
    "reflected": (msgspec.json.Decoder(list[ReflectedRow]), _reflected, _reflected),
    "sale_ref": (sale_refs.read_rows, sale_refs.put, sale_refs.put),
    order_rows.KIND: (order_rows.read_rows, order_rows.put, order_rows.put),
    customer_rows.KIND: (customer_rows.read_rows, customer_rows.append, customer_rows.change),
    delivery_rows.KIND: (delivery_rows.read_rows, delivery_rows.put, delivery_rows.put),
}
"""Kind -> how to read it, how it is taken while a file is built, how into a file in use."""


def known_kinds() -> frozenset[str]:
    """The kinds of rows that this program reads."""
    return frozenset(_REFERENCE) | frozenset(_TABLES)


# --- the end of building -------------------------------------------------------------------

_PRICES_ARRIVED: Final = (
    "INSERT OR IGNORE INTO price(sku, price_list, currency, prices)"
    " SELECT sku, price_list, currency, prices FROM price_in"
    " ORDER BY sku, price_list, currency, id DESC"
)
_STOCK_ARRIVED: Final = (
    "INSERT OR IGNORE INTO stock(sku, store, on_hand, as_of)"
    " SELECT sku, store, on_hand, as_of FROM stock_in ORDER BY sku, store, id DESC"
)
_BARCODES_ARRIVED: Final = (
    "INSERT OR IGNORE INTO barcode(code, product_id)"
    " SELECT code, product_id FROM barcode_in ORDER BY code, product_id"
)
_ARRIVED: Final = (_PRICES_ARRIVED, _STOCK_ARRIVED, _BARCODES_ARRIVED)


def sort_arrivals(connection: dbapi2.Connection) -> None:
    """What arrived while a file was built, into its tables; of each key the last that came."""
    from pos_app.store import replica_schema  # SQLAlchemy: only when a file is built

    product_sku, *others = replica_schema.index_statements()
    try:
        connection.execute(product_sku)
    except dbapi2.IntegrityError:  # a product came twice: the later row is what it is now
        connection.execute("CREATE INDEX twice ON product(sku, id)")
        connection.execute(
            "DELETE FROM product WHERE EXISTS (SELECT 1 FROM product AS later"
            " WHERE later.sku = product.sku AND later.id > product.id)"
        )
        connection.execute("DROP INDEX twice")
        connection.execute(
            "DELETE FROM barcode_in WHERE product_id NOT IN (SELECT id FROM product)"
        )
        connection.execute(product_sku)
    for statement in (*_ARRIVED, *others):
        connection.execute(statement)
    for name in replica_schema.ARRIVALS:
        connection.execute(f"DROP TABLE {name}")


def rebuild_departments(connection: dbapi2.Connection) -> None:
    """Counts the active products of each department anew."""
    connection.execute("DELETE FROM department")
    connection.execute(
        "INSERT INTO department(name, products)"
        " SELECT department, count(*) FROM product WHERE active GROUP BY department"
    )
