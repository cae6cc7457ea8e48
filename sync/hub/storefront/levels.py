"""What stores can promise of some products, many at once: the same number a reservation goes by.

`accounts.available` works it out for one product of one store. Here are the same books read store by
store, three questions each, for whoever asks about a basket and twenty stores.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BindParameter, bindparam, func, select

from pos_app.domain.day import utc_text
from sync.hub import atp, schema
from sync.hub.database import Connection, Statement

SKUS_MAX: Final = 20
"""Products in one question to the database."""
NEVER_S: Final = 1 << 31
"""How long a store is silent that never spoke."""

_s, _k, _p = schema.stock.c, schema.sku_day.c, schema.right_part.c
_PLACES: Final = tuple(f"sku{place}" for place in range(SKUS_MAX))
_these: list[BindParameter[str]] = [bindparam(name) for name in _PLACES]
_ON_HAND = Statement(
    "store_id " + " ".join(_PLACES),
    select(_s.sku, _s.on_hand).where(_s.store_id == bindparam("store_id"), _s.sku.in_(_these)),
)
_SOLD = Statement(
    "store_id " + " ".join(_PLACES) + " since",
    select(_k.sku, func.sum(_k.qty))
    .where(
        _k.store_id == bindparam("store_id"),
        _k.sku.in_(_these),
        _k.biz_date >= bindparam("since"),
    )
    .group_by(_k.sku),
)
_HELD = Statement(
    "kind " + " ".join(_PLACES) + " is_open",
    select(_p.account, func.sum(_p.amount - _p.used))
    .where(
        _p.kind == bindparam("kind"),
        _p.account.in_(_these),
        _p.open == bindparam("is_open"),
        _p.amount > _p.used,
    )
    .group_by(_p.account),
)


@dataclass(frozen=True, slots=True)
class Level:
    """Of one product in one store; thousandths."""

    store_id: str
    sku: str
    on_hand: int
    reserved: int
    buffer: int
    expected: int
    """What was probably sold while the store was silent."""
    silent_s: int

    @property
    def left(self) -> int:
        """What may still be promised."""
        return self.on_hand - self.buffer - self.reserved


def levels(
    connection: Connection, store_id: str, skus: Sequence[str], now: dt.datetime
) -> list[Level]:
    """Of each product, in the order asked; a product nobody ever had there is 0."""
    silent_s, floor = atp.silent_s(connection, store_id, now), atp.floor_share(connection)
    since = (now - dt.timedelta(days=atp.RATE_DAYS)).date().isoformat()
    found = []
    for start in range(0, len(skus), SKUS_MAX):
        part = list(skus[start : start + SKUS_MAX])
        asked = part + [part[-1]] * (SKUS_MAX - len(part))
        names = [atp.account(store_id, sku) for sku in asked]
        on_hand = dict(connection.all(_ON_HAND, (store_id, *asked)))
        sold = dict(connection.all(_SOLD, (store_id, *asked, since)))
        held = dict(connection.all(_HELD, ("stock", *names, True)))
        for sku in part:
            have, gone = int(on_hand.get(sku) or 0), int(sold.get(sku) or 0)
            rate = max(0, math.ceil(gone / (atp.RATE_DAYS * atp.DAY_HOURS)))
            expected = -(-rate * silent_s // 3_600)
            buffer = min(max(have, 0), expected + floor)
            reserved = int(held.get(atp.account(store_id, sku)) or 0)
            found.append(Level(store_id, sku, have, reserved, buffer, expected, silent_s))
    return found


def heard(silent_s: int, now: dt.datetime) -> str:
    """As of when a store's books are whole, UTC; empty where it was never heard."""
    return "" if silent_s >= NEVER_S else utc_text(now - dt.timedelta(seconds=silent_s))
