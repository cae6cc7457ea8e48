"""A store's stock at the hub: the sum of what moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select

from sync.hub import schema, stock_elsewhere
from sync.hub.channels import due as channels_due
from sync.hub.database import Connection, Statement, putting
from sync.hub.webhooks import telling
from sync.protocol import StockRow

_ADD_STOCK = putting(schema.stock, summing=("on_hand",))
_STOCK_IN: Final = 400
"""Products asked for in one statement: below every database's limit of parameters."""
_ON_HAND = Statement(
    "store_id " + " ".join(f"sku{place}" for place in range(_STOCK_IN)),
    select(schema.stock.c.sku, schema.stock.c.on_hand).where(
        schema.stock.c.store_id == bindparam("store_id"),
        schema.stock.c.sku.in_([bindparam(f"sku{place}") for place in range(_STOCK_IN)]),
    ),
)


def move_stock(
    connection: Connection, store_id: str, moved: dict[str, int], at: str
) -> list[StockRow]:
    """Adds movements (thousandths) to a store's stock; the rows as they now are."""
    if not moved:
        return []
    skus = sorted(moved)
    connection.many(_ADD_STOCK, [(store_id, sku, moved[sku], at) for sku in skus])
    stock_elsewhere.moved(connection, store_id, skus)
    telling.stock_moved(connection, store_id, skus, at)
    channels_due.moved(connection, store_id, skus, at)
    return stock_of(connection, store_id, skus, at)


def stock_of(connection: Connection, store_id: str, skus: Sequence[str], at: str) -> list[StockRow]:
    """What a store has of these products."""
    found: list[StockRow] = []
    for start in range(0, len(skus), _STOCK_IN):
        part = list(skus[start : start + _STOCK_IN])
        part += [part[-1]] * (_STOCK_IN - len(part))
        found += [
            StockRow(sku, store_id, on_hand, at)
            for sku, on_hand in connection.all(_ON_HAND, (store_id, *part))
        ]
    return found
