"""Puts what happened into the outbox of webhooks, in the transaction that made it happen.

Where nobody listens this costs a look into memory: who listens is read at most once a second and
connection. So a subscription hears of everything from the second after it was made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec
import uuid_utils
from sqlalchemy import bindparam, select

from pos_app.domain.day import parse_utc, utc_text
from sync.hub.database import Connection, Statement, adding
from sync.hub.right_tables import right_part
from sync.hub.webhooks.tables import (
    webhook_delivery,
    webhook_event,
    webhook_stock,
    webhook_subscription,
)

TYPES: Final[dict[str, str]] = {
    "order.received": "An order came in and a store has it.",
    "order.ready": "What was ordered is packed and waits for the customer.",
    "order.reminder": "It waits still, and will be put back soon.",
    "order.collected": "It was handed over, all of it or a part.",
    "order.cancelled": "It was called off.",
    "order.short": "Something of it could not be found.",
    "order.expired": "It was not fetched in time.",
    "order.returned": "Goods of it came back to a store.",
    "stock.changed": "A store can promise another number of a product.",
    "sale.completed": "A till sold something.",
    "return.completed": "Goods came back and money was given back, or a sale was taken back whole.",
    "shift.closed": "A till's shift was counted and closed.",
    "test.ping": "Somebody tries whether a subscription works.",
}
"""Every type there is, and what it means."""
STOCK: Final = "stock.changed"
ACTIVE, DISABLED = "active", "disabled"
DUE, DONE, DEAD = "due", "done", "dead"
FRESH: Final = dt.timedelta(seconds=1)
"""So old may be what a connection knows of who listens."""

_sub = webhook_subscription.c
_LISTENING = Statement(
    "state",
    select(_sub.subscription_id, _sub.types)
    .where(_sub.state == bindparam("state"))
    .order_by(_sub.subscription_id),
)
_ADD_EVENT = adding(webhook_event)
_ADD_DELIVERY = adding(webhook_delivery)
_STOCK_DUE = adding(webhook_stock, ignore=True)
_part = right_part.c
_PROMISED = Statement(
    "right_id", select(_part.account).where(_part.right_id == bindparam("right_id"))
)

_Listening = tuple[tuple[str, frozenset[str]], ...]
_known: WeakKeyDictionary[Connection, tuple[dt.datetime, _Listening]] = WeakKeyDictionary()


def forget(connection: Connection) -> None:
    """Who listens has changed through this very connection: look anew."""
    _known.pop(connection, None)


def tell(connection: Connection, type: str, data: Mapping[str, Any], now: dt.datetime) -> str:  # noqa: A002 - the name the field has on the wire
    """Queues an event for whoever listens to its type; its id, or an empty text where nobody does.

    Sent after the commit, at least once, in no promised order. `type` is one of `TYPES`.
    """
    ids = listening(connection, type, now)
    if not ids:
        return ""
    return put(connection, type, data, ids, now)


def wanted(connection: Connection, type: str, now: dt.datetime) -> bool:  # noqa: A002 - as above
    """Whether anybody listens to it: asked before something that takes time is put together."""
    return bool(listening(connection, type, now))


def put(
    connection: Connection,
    type: str,  # noqa: A002 - as above
    data: Mapping[str, Any],
    ids: Iterable[str],
    now: dt.datetime,
) -> str:
    """Queues an event for these subscriptions; its id."""
    at, (event_id, body) = utc_text(now), composed(type, data, now)
    connection.run(_ADD_EVENT, (event_id, type, at, body))
    connection.many(_ADD_DELIVERY, [(one, event_id, DUE, 0, at, at, "", 0, "", "") for one in ids])
    return event_id


def composed(type: str, data: Mapping[str, Any], now: dt.datetime) -> tuple[str, bytes]:  # noqa: A002 - as above
    """An id nobody has used, and the body as it goes out."""
    body = msgspec.json.encode({"type": type, "timestamp": utc_text(now), "data": data})
    return f"msg_{uuid_utils.uuid7().hex}", body


def stock_moved(connection: Connection, store_id: str, skus: Iterable[str], at: str) -> None:
    """Notes that a store can promise another number of these; told within a second or two.

    `at` is UTC; empty (a rule that was broken on purpose, in a simulation) tells nobody.
    """
    if at and wanted(connection, STOCK, parse_utc(at)):
        connection.many(_STOCK_DUE, [(store_id, sku) for sku in skus])


def promise_moved(connection: Connection, store_id: str, right_id: str, at: str) -> None:
    """The same for all products of a promise that was made or is over."""
    if at and wanted(connection, STOCK, parse_utc(at)):
        rows = connection.all(_PROMISED, (right_id,))
        skus = [str(account).partition("/")[2] for (account,) in rows]
        connection.many(_STOCK_DUE, [(store_id, sku) for sku in skus])


def fits(type: str, types: Iterable[str]) -> bool:  # noqa: A002 - as above
    """Whether a subscription to `types` hears of `type`."""
    kind = type.partition(".")[0]
    return any(one in ("*", type, f"{kind}.*") for one in types)


def listening(connection: Connection, type: str, now: dt.datetime) -> list[str]:  # noqa: A002 - as above
    """Ids of the active subscriptions to a type."""
    found = _known.get(connection)
    if found is None or not dt.timedelta() <= now - found[0] < FRESH:
        rows = connection.all(_LISTENING, (ACTIVE,))
        found = now, tuple((one, frozenset(types.split())) for one, types in rows)
        _known[connection] = found
    return [one for one, types in found[1] if fits(type, types)]
