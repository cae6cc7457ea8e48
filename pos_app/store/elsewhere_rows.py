"""What other stores have, as the hub tells every till: rows of `stock` beside those of our own store.

Of our own store the store's stream tells more, and sooner: what the common stream says of its stock is
passed over once that stream is known here. Before that everything it will say comes later anyway.
What is reserved and what is coming stands in a table of its own, with a row only where there is any;
of our own store too, which says it nowhere else.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
from sqlcipher3 import dbapi2

from sync.protocol import StockElsewhereRow

_OWN: Final = "SELECT substr(stream, 7) FROM cursor WHERE stream LIKE 'store:%'"
_FETCHES: Final = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'snapshot'"
_FETCHED: Final = "SELECT substr(stream, 7) FROM snapshot WHERE stream LIKE 'store:%'"
"""A snapshot of our own store is being fetched: its stock is here, or will be."""
_ANY_MORE: Final = "SELECT 1 FROM stock_more LIMIT 1"
_NO_MORE: Final = "DELETE FROM stock_more WHERE sku = ? AND store = ?"
_MORE: Final = (
    "INSERT OR REPLACE INTO stock_more(sku, store, reserved, coming, coming_day)"
    " VALUES(?, ?, ?, ?, ?)"
)
read_rows: Final = msgspec.json.Decoder(list[StockElsewhereRow])
OF_PRODUCT: Final = (
    "SELECT store, on_hand, as_of, coalesce(reserved, 0), coalesce(coming, 0),"
    " coalesce(coming_day, '') FROM stock LEFT JOIN stock_more USING (sku, store)"
    " WHERE sku = ? ORDER BY store"
)
SUMS: Final = (
    "SELECT sku, sum(max(0, on_hand - coalesce(reserved, 0))) FROM stock"
    " LEFT JOIN stock_more USING (sku, store)"
    " WHERE sku IN (SELECT value FROM json_each(?1)) AND store <> ?2 GROUP BY sku"
)
BEFORE: Final = {
    OF_PRODUCT: "SELECT store, on_hand, as_of, 0, 0, '' FROM stock WHERE sku = ? ORDER BY store",
    SUMS: "SELECT sku, sum(max(0, on_hand)) FROM stock"
    " WHERE sku IN (SELECT value FROM json_each(?1)) AND store <> ?2 GROUP BY sku",
}
"""How a file from before version 4 is asked: it knows neither."""


class InStore(NamedTuple):
    """What a store has of a product, thousandths."""

    store: str
    on_hand: int
    as_of: str
    reserved: int = 0
    coming: int = 0
    coming_day: str = ""


def append(connection: dbapi2.Connection, rows: list[StockElsewhereRow]) -> None:
    """Into a file that is being built."""
    connection.executemany(
        "INSERT INTO stock_in(sku, store, on_hand, as_of) VALUES(?, ?, ?, ?)",
        _others(connection, rows),
    )
    _more(connection, rows)


def change(connection: dbapi2.Connection, rows: list[StockElsewhereRow]) -> None:
    """Into a file in use."""
    connection.executemany(
        "INSERT OR REPLACE INTO stock(sku, store, on_hand, as_of) VALUES(?, ?, ?, ?)",
        _others(connection, rows),
    )
    _more(connection, rows)


def _more(connection: dbapi2.Connection, rows: list[StockElsewhereRow]) -> None:
    for row in rows:
        if connection.execute(_ANY_MORE).fetchone():
            connection.executemany(_NO_MORE, [(sku, row.store) for sku, _ in row.stock])
        if row.more:
            connection.executemany(_MORE, [(sku, row.store, *rest) for sku, *rest in row.more])


def _others(connection: dbapi2.Connection, rows: list[StockElsewhereRow]) -> list[tuple[Any, ...]]:
    own = {store for (store,) in connection.execute(_OWN)}
    if connection.execute(_FETCHES).fetchone():
        own |= {store for (store,) in connection.execute(_FETCHED)}
    return [
        (sku, row.store, on_hand, row.as_of)
        for row in rows
        if row.store not in own
        for sku, on_hand in row.stock
    ]
