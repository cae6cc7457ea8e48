"""Turns stock that moved into events: at most one a product and store each second.

A sale only notes what it moved. How much can be promised now is worked out here, away from the tills,
once for everything that moved meanwhile.
"""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from typing import Final

from sqlalchemy import bindparam, literal_column, select

from sync.hub.database import Connection, Statement, dropping
from sync.hub.storefront.levels import heard, levels
from sync.hub.webhooks import telling
from sync.hub.webhooks.tables import webhook_stock

AT_ONCE: Final = 100
LOCK: Final = "webhook_stock"

_w = webhook_stock.c
_DUE = Statement(
    "most",
    select(_w.store_id, _w.sku)
    .order_by(_w.store_id, _w.sku)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_DONE = dropping(webhook_stock, "store_id", "sku")


def gather(connection: Connection, now: dt.datetime) -> int:
    """Queues an event for each product that moved; how many. A transaction of its own."""
    if not connection.all(_DUE, (1,)):
        return 0
    with connection.transaction():
        connection.lock_name(LOCK)
        due = connection.all(_DUE, (AT_ONCE,))
        connection.many(_DONE, due)
        for store_id, rows in groupby(due, key=lambda row: str(row[0])):
            for one in levels(connection, store_id, [str(sku) for _, sku in rows], now):
                data = {
                    "store": store_id,
                    "sku": one.sku,
                    "on_hand": one.on_hand,
                    "available": max(one.left, 0),
                    "as_of": heard(one.silent_s, now),
                }
                telling.tell(connection, telling.STOCK, data, now)
    return len(due)
