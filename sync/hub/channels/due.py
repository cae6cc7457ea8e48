"""Stock that shops have to be told of: noted where it moves, at the price of a look into memory.

Which shops there are is remembered for a moment by each connection, so a sale pays nothing for
shops that a hub has not, and one row for a product that a shop sells.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import bindparam, case, literal_column, select
from sqlalchemy.sql.expression import ClauseElement

from sync.hub import schema
from sync.hub.database import Connection, Inserting, Statement

SHOPS_S: Final = 2.0
"""So long a new shop may wait until movements are noted for it; it is told of everything first."""
GOODS_S: Final = 60.0
WHENEVER: Final = "1970-01-01T00:00:00.000Z"
"""`since` of what is due although it did not move: all of a catalogue, behind what does."""

_c, _m, _d = schema.channel.c, schema.channel_map.c, schema.channel_due.c
_r = schema.right_part.c
_SHOPS = Statement("", select(_c.channel, _c.stores, _c.sells, _c.active).order_by(_c.channel))
_MAPPED = Statement(
    "channel kind",
    select(_m.ours).where(_m.channel == bindparam("channel"), _m.kind == bindparam("kind")),
)


def _more(insert: Inserting) -> ClauseElement:
    adds = insert(schema.channel_due)
    keys = [column.name for column in schema.channel_due.primary_key]
    since = case(
        (_d.since == literal_column(f"'{WHENEVER}'"), adds.excluded["since"]), else_=_d.since
    )
    more = {"times": _d.times + adds.excluded["times"], "since": since}
    done: ClauseElement = adds.on_conflict_do_update(index_elements=keys, set_=more)
    return done


_DUE = Statement("store_id channel sku times since", _more)
_PROMISED = Statement(
    "right_id",
    select(_r.account).where(
        _r.right_id == bindparam("right_id"), _r.kind == literal_column("'stock'")
    ),
)


@dataclass(frozen=True, slots=True)
class _Seller:
    channel: str
    stores: frozenset[str]
    goods: frozenset[str] | None
    """Those it sells; None for all."""


class _Known:
    __slots__ = ("goods", "goods_until", "shops", "until")

    def __init__(self) -> None:
        self.shops: tuple[_Seller, ...] = ()
        self.until = 0.0
        self.goods: dict[str, frozenset[str]] = {}
        self.goods_until = 0.0


_known: WeakKeyDictionary[Connection, _Known] = WeakKeyDictionary()


def moved(connection: Connection, store_id: str, skus: Iterable[str], at: str) -> None:
    """Notes for each shop that sells them that a store has another number of these products."""
    sellers = _sellers(connection) if at else ()
    if not sellers:
        return
    rows = [
        (store_id, one.channel, sku, 1, at)
        for sku in skus
        for one in sellers
        if (not one.stores or store_id in one.stores) and (one.goods is None or sku in one.goods)
    ]
    connection.many(_DUE, rows)


def promised(connection: Connection, store_id: str, right_id: str, at: str) -> None:
    """The same for the products of a promise that was made, changed or is over."""
    if _sellers(connection):
        accounts = connection.all(_PROMISED, (right_id,))
        moved(connection, store_id, [str(name).partition("/")[2] for (name,) in accounts], at)


def forget() -> None:
    """Shops were changed: the next movement looks which there are."""
    _known.clear()


def _sellers(connection: Connection) -> tuple[_Seller, ...]:
    known = _known.get(connection)
    if known is None:
        known = _known[connection] = _Known()
    now = time.monotonic()
    if now >= known.until:
        known.until = now + SHOPS_S
        if now >= known.goods_until:
            known.goods_until, known.goods = now + GOODS_S, {}
        known.shops = tuple(
            _Seller(
                str(channel), frozenset(_stores(stores)), _goods(connection, known, channel, sells)
            )
            for channel, stores, sells, active in connection.all(_SHOPS)
            if active
        )
    return known.shops


def _stores(text: Any) -> list[str]:
    return msgspec.json.decode(text, type=list[str])


def _goods(
    connection: Connection, known: _Known, channel: str, sells: str
) -> frozenset[str] | None:
    if sells == "all":
        return None
    if channel not in known.goods:
        mapped = connection.all(_MAPPED, (channel, "sku"))
        known.goods[channel] = frozenset(str(sku) for (sku,) in mapped)
    return known.goods[channel]
