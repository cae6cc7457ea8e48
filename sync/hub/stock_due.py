"""Which products of a store the others have to be told of: what moved, was promised, or comes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sync.hub import schema
from sync.hub.database import Connection, adding
from sync.hub.identity import value_of

ON: Final = "stock_elsewhere"
"""Under which the hub notes that there is more than one store."""
_DUE = adding(schema.stock_due, ignore=True)


def moved(connection: Connection, store_id: str, skus: Iterable[str]) -> None:
    """Notes what the other stores have not been told yet; nothing where there are none."""
    if value_of(connection, ON):
        connection.many(_DUE, [(store_id, sku) for sku in skus])
