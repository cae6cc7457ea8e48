"""What other stores have, as the hub tells every till: rows of `stock` beside those of our own store.

Of our own store the store's stream tells more, and sooner: what the common stream says of it is
passed over once that stream is known here. Before that everything it will say comes later anyway.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlcipher3 import dbapi2

from sync.protocol import StockElsewhereRow

_OWN: Final = "SELECT substr(stream, 7) FROM cursor WHERE stream LIKE 'store:%'"
_FETCHES: Final = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'snapshot'"
_FETCHED: Final = "SELECT substr(stream, 7) FROM snapshot WHERE stream LIKE 'store:%'"
"""A snapshot of our own store is being fetched: its stock is here, or will be."""
read_rows: Final = msgspec.json.Decoder(list[StockElsewhereRow])


def append(connection: dbapi2.Connection, rows: list[StockElsewhereRow]) -> None:
    """Into a file that is being built."""
    connection.executemany(
        "INSERT INTO stock_in(sku, store, on_hand, as_of) VALUES(?, ?, ?, ?)",
        _others(connection, rows),
    )


def change(connection: dbapi2.Connection, rows: list[StockElsewhereRow]) -> None:
    """Into a file in use."""
    connection.executemany(
        "INSERT OR REPLACE INTO stock(sku, store, on_hand, as_of) VALUES(?, ?, ?, ?)",
        _others(connection, rows),
    )


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
