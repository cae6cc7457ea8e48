"""What people looked for and wanted, kept from the start: for the reports that will ask for it.

A row says what happened and nothing of who it was beyond an id, and what that person had agreed to
when it happened.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, numbering

LOOKUP, NO_STOCK, NO_HIT = "lookup", "lookup_no_stock", "search_no_hit"
REFUSED, EXPIRED, SHORT_PICK = "reservation_refused", "pickup_expired", "short_pick"
ADDON, ORDER, ASKED_FOR = "addon", "order", "asked_for"
KINDS: Final = frozenset(
    {LOOKUP, NO_STOCK, NO_HIT, REFUSED, EXPIRED, SHORT_PICK, ADDON, ORDER, ASKED_FOR}
)
DETAIL_MAX: Final = 200

_ADD = numbering(schema.signal)


def keep(
    connection: Connection,
    kind: str,
    *,
    store: str = "",
    sku: str = "",
    client: str = "",
    customer: str = "",
    order: str = "",
    qty: int = 0,
    value: int = 0,
    consent: str = "",
    detail: str = "",
    now: dt.datetime,
) -> None:
    """Keeps one, in the transaction of what it tells of. Raises ValueError for an unknown kind."""
    if kind not in KINDS:
        raise ValueError(kind)
    row = (kind, store, sku, client, customer, order, qty, value, consent, detail[:DETAIL_MAX])
    connection.run(_ADD, (*row, stamp(now)))
