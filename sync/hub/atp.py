"""What a store can still promise of a product: S2's available-to-promise, before what is reserved.

    on_hand - min(on_hand, ceil(rate * offline_age) + floor_share)

A store whose tills sell without the hub hearing of it has less than the books say: the longer it is
silent, and the faster it sells, the fewer of its last units are promised.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, func, select

from pos_app.domain.day import parse_utc
from sync.hub import schema
from sync.hub.database import Connection, Statement
from sync.hub.devices import ACTIVE
from sync.hub.identity import set_value, value_of

RATE_DAYS: Final = 28
"""How far back a product's sales are looked at."""
DAY_HOURS: Final = 10
"""Hours in which a store sells what it sells in a day."""
HEARD_WITHIN: Final = dt.timedelta(minutes=15)
"""A till says hello every ten minutes: younger silence is none."""
FLOOR_SHARE: Final = "floor_share"
"""Name under which the hub keeps what is never promised of a product, thousandths."""

_s, _k, _dev, _shift = (
    schema.stock.c,
    schema.sku_day.c,
    schema.device.c,
    schema.shift.c,
)
_ON_HAND = Statement(
    "store_id sku",
    select(_s.on_hand).where(_s.store_id == bindparam("store_id"), _s.sku == bindparam("sku")),
)
_SOLD = Statement(
    "store_id sku since",
    select(func.sum(_k.qty)).where(
        _k.store_id == bindparam("store_id"),
        _k.sku == bindparam("sku"),
        _k.biz_date >= bindparam("since"),
    ),
)
_SEEN = Statement(
    "store_id state",
    select(_dev.device, _dev.last_seen).where(
        _dev.store_id == bindparam("store_id"), _dev.state == bindparam("state")
    ),
)
_SELLING = Statement(
    "store_id closed",
    select(_shift.device).where(
        _shift.store_id == bindparam("store_id"), _shift.closed == bindparam("closed")
    ),
)


@dataclass(frozen=True, slots=True)
class Promisable:
    """How it is worked out, for whoever asks; thousandths."""

    on_hand: int
    buffer: int
    rate: int
    """Sold in an hour of trade."""
    offline_s: int
    """For how long sales of the store may be unknown here."""

    @property
    def left(self) -> int:
        """What may be promised, reservations not yet taken off."""
        return self.on_hand - self.buffer


def account(store_id: str, sku: str) -> str:
    """The name of a store's stock of a product as an account."""
    return f"{store_id}/{sku}"


def silent_s(connection: Connection, store_id: str, now: dt.datetime) -> int:
    """Seconds for which sales of a store may be unknown here; 0 where it is heard.

    The till with an open shift that is silent the longest counts. Where no shift is open nobody
    sells, and the till that spoke last tells whether the store is there.
    """
    seen = dict(connection.all(_SEEN, (store_id, ACTIVE)))
    selling = {device for (device,) in connection.all(_SELLING, (store_id, "")) if device in seen}
    ages = [_age(seen[device], now) for device in (selling or seen)]
    if not ages:
        return 0
    age = max(ages) if selling else min(ages)
    return age if age > HEARD_WITHIN.total_seconds() else 0


def _age(seen: str, now: dt.datetime) -> int:
    return max(0, int((now - parse_utc(seen)).total_seconds())) if seen else 1 << 31


def worked_out(connection: Connection, name: str, now: dt.datetime) -> Promisable:
    """Stock of a product in a store, and how much of it is not promised."""
    store_id, _, sku = name.partition("/")
    row = connection.one(_ON_HAND, (store_id, sku))
    on_hand = int(row[0]) if row else 0
    since = (now - dt.timedelta(days=RATE_DAYS)).date().isoformat()
    sold = connection.one(_SOLD, (store_id, sku, since))
    rate = max(0, math.ceil(int(sold[0] or 0 if sold else 0) / (RATE_DAYS * DAY_HOURS)))
    offline_s = silent_s(connection, store_id, now)
    wanted = -(-rate * offline_s // 3_600) + floor_share(connection)
    return Promisable(on_hand, min(max(on_hand, 0), wanted), rate, offline_s)


def promisable(connection: Connection, name: str, now: dt.datetime) -> int:
    """What of a store's stock may be promised, reservations not yet taken off."""
    return worked_out(connection, name, now).left


def floor_share(connection: Connection) -> int:
    """What is never promised of any product: it may be in a customer's hands already."""
    text = value_of(connection, FLOOR_SHARE)
    return int(text) if text else 0


def set_floor_share(connection: Connection, share: int) -> None:
    """Keeps so much of every product (thousandths) from being promised."""
    set_value(connection, FLOOR_SHARE, str(share))
