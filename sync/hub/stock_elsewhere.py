"""What each store has, told to the tills of all the others: at most one row a product and minute.

A store's own tills hear of every movement at once, in the store's stream. For the others it is
enough to know how it stood a minute ago, so what moved is gathered and told once a minute, in the
common stream. A place in that stream that holds a product's older number is emptied of it when the
newer one is written: the stream does not grow with the sales, only with the products.

Age: while a store is heard, what is told of it is as fresh as the till's own contact. When it falls
silent that is told too, once, and since when; so a quiet product of a talking store is not "old".
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, func, select, update

from pos_app.domain.day import parse_utc
from pos_app.domain.pickup import Hours
from sync.hub import coming, feed, schema
from sync.hub.answers import stamp
from sync.hub.atp import HEARD_WITHIN
from sync.hub.database import Connection, Statement, putting
from sync.hub.devices import ACTIVE
from sync.hub.identity import set_value, value_of
from sync.hub.orders import service
from sync.hub.stock_due import ON, moved
from sync.protocol import StockElsewhereRow, StoreHeardRow, StoreNameRow

__all__ = ["moved", "tell"]

KIND: Final = "stock_elsewhere"
HEARD_KIND: Final = "store_heard"
NAME_KIND: Final = "store_name"
EVERY: Final = dt.timedelta(minutes=1)
PRODUCTS_MAX: Final = 50_000
"""How many are told at once; the rest of a large import a minute later."""
_TOLD_AT: Final = "stock_told_at"
_NAMED: Final = "store_names_told"
"""What the tills were told last of what stores say of themselves, as JSON: id -> its row."""

_u, _s, _t = schema.stock_due.c, schema.stock.c, schema.stock_told.c
_h, _d, _f = schema.store_heard.c, schema.device.c, schema.feed.c
_ALL_DUE = Statement(
    "",
    schema.stock_due.insert().from_select(["store_id", "sku"], select(_s.store_id, _s.sku)),
)
_TAKE = Statement(
    "",
    select(_u.store_id, _u.sku, _s.on_hand, _t.pos)
    .select_from(
        schema.stock_due.outerjoin(
            schema.stock, (_s.store_id == _u.store_id) & (_s.sku == _u.sku)
        ).outerjoin(schema.stock_told, (_t.store_id == _u.store_id) & (_t.sku == _u.sku))
    )
    .order_by(_u.store_id, _u.sku),
)
_DONE = Statement(
    "store sku_",
    delete(schema.stock_due).where(_u.store_id == bindparam("store"), _u.sku == bindparam("sku_")),
)
_TOLD = putting(schema.stock_told)
_store = schema.store.c
_STORES = Statement(
    "", select(_store.store_id, _store.name, _store.address).order_by(_store.store_id)
)
_HEARD = Statement(
    "state",
    select(_d.store_id, func.max(_d.last_seen))
    .where(_d.state == bindparam("state"))
    .group_by(_d.store_id),
)
_KNOWN = Statement("", select(_h.store_id, _h.silent))
_PUT_HEARD = putting(schema.store_heard)
_ROW = Statement(
    "stream pos",
    select(_f.rows).where(_f.stream == bindparam("stream"), _f.pos == bindparam("pos")),
)
_REWRITE = Statement(
    "data stream_ at",
    update(schema.feed)
    .where(_f.stream == bindparam("stream_"), _f.pos == bindparam("at"))
    .values(rows=bindparam("data")),
)
_rows = msgspec.json.Decoder(list[StockElsewhereRow])


def tell(connection: Connection, now: dt.datetime) -> int:
    """Once a minute: what moved, and which stores fell silent; how many products that were.

    Near the end of a transaction: it takes the common stream's lock.
    """
    before = value_of(connection, _TOLD_AT)
    if before and now < parse_utc(before) + EVERY:
        return 0
    set_value(connection, _TOLD_AT, stamp(now))
    named = _said(connection)
    stores = [row.store for row in named]
    if len(stores) < 2:
        return 0
    if not value_of(connection, ON):
        set_value(connection, ON, "1")
        connection.run(_ALL_DUE)
    heard = _tell_heard(connection, stores, now)
    due = list(islice(connection.each(_TAKE), PRODUCTS_MAX))
    if due:
        connection.many(_DONE, [(store, sku) for store, sku, _, _ in due])
        _publish(connection, due, stamp(now))
    if heard:
        feed.publish(connection, feed.GLOBAL, HEARD_KIND, heard)
    renamed = _not_told(connection, named)
    if renamed:
        feed.publish(connection, feed.GLOBAL, NAME_KIND, renamed)
    return len(due)


def _said(connection: Connection) -> list[StoreNameRow]:
    """What each store says of itself: its name, where it is, when it is open."""
    offers = {each.store_id: each for each in service.every(connection)}
    found = []
    for store, name, address in connection.all(_STORES):
        offer = offers[store]
        told = offer.hours.week != Hours().week or bool(offer.hours.days)
        found.append(
            StoreNameRow(
                *(store, name, _place(json.loads(address))),
                *(offer.latitude or 0, offer.longitude or 0),
                offer.hours.zone if told else "",
                offer.hours.week if told else (),
                dict(offer.hours.days),
                offer.pickup,
                offer.ships,
            )
        )
    return found


def _place(address: list[str]) -> str:
    """The line of an address that says the town: the last of several."""
    return address[-1] if len(address) > 1 else ""


def _not_told(connection: Connection, named: list[StoreNameRow]) -> list[StoreNameRow]:
    """The stores whose name the tills do not know yet, or know another of."""
    known = json.loads(value_of(connection, _NAMED) or "{}")
    now = {row.store: msgspec.to_builtins(row) for row in named}
    now = json.loads(json.dumps(now))  # rows as lists: as they are read again
    if now != known:
        set_value(connection, _NAMED, json.dumps(now, ensure_ascii=False))
    return [row for row in named if known.get(row.store) != now[row.store]]


def _publish(connection: Connection, due: list[tuple[object, ...]], at: str) -> None:
    by_store: defaultdict[str, dict[str, int]] = defaultdict(dict)
    stale: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    for store, sku, on_hand, pos in due:
        by_store[str(store)][str(sku)] = int(str(on_hand or 0))
        if pos is not None:
            stale[int(str(pos))].add((str(store), str(sku)))
    pieces = [
        piece
        for store, goods in sorted(by_store.items())
        for piece in _pieces(store, at, goods, _more(connection, store, goods))
    ]
    for pos in sorted(stale):
        _empty(connection, pos, stale[pos])
    feed.append(
        connection, {feed.GLOBAL: [(KIND, msgspec.json.encode([piece])) for piece in pieces]}
    )
    last = feed.positions(connection)[feed.GLOBAL]
    first = last - len(pieces) + 1
    told: list[tuple[object, ...]] = []
    for place, piece in enumerate(pieces):
        more = {sku: tuple(rest) for sku, *rest in piece.more}
        told += [
            (piece.store, sku, first + place, on_hand, at, *more.get(sku, (0, 0, "")))
            for sku, on_hand in piece.stock
        ]
    connection.many(_TOLD, told)


_More = dict[str, tuple[int, int, str]]
"""SKU -> thousandths reserved, thousandths coming, and the day of the first of them."""


def _more(connection: Connection, store: str, goods: dict[str, int]) -> _More:
    """Of those products of which something is reserved or on its way."""
    reserved = coming.reserved(connection, store, list(goods))
    on_way = coming.of_store(connection, store)
    return {
        sku: (reserved.get(sku, 0), *on_way.get(sku, (0, "")))
        for sku in goods
        if sku in reserved or sku in on_way
    }


def _pieces(store: str, at: str, goods: dict[str, int], more: _More) -> Iterator[StockElsewhereRow]:
    stock = list(goods.items())
    for start in range(0, len(stock), feed.ROWS_PER_POSITION):
        part = tuple(stock[start : start + feed.ROWS_PER_POSITION])
        said = tuple((sku, *more[sku]) for sku, _ in part if sku in more)
        yield StockElsewhereRow(store, at, part, said)


def _empty(connection: Connection, pos: int, gone: set[tuple[str, str]]) -> None:
    """Takes numbers that are told anew out of an old place; the place itself stays."""
    found = connection.one(_ROW, (feed.GLOBAL, pos))
    if found is None:
        return
    left = []
    for row in _rows.decode(found[0]):
        stock = tuple(each for each in row.stock if (row.store, each[0]) not in gone)
        more = tuple(each for each in row.more if (row.store, each[0]) not in gone)
        if stock:
            left.append(StockElsewhereRow(row.store, row.as_of, stock, more))
    connection.run(_REWRITE, (msgspec.json.encode(left), feed.GLOBAL, pos))


def _tell_heard(connection: Connection, stores: list[str], now: dt.datetime) -> list[StoreHeardRow]:
    """The stores that fell silent, or speak again."""
    seen = dict(connection.all(_HEARD, (ACTIVE,)))
    known = dict(connection.all(_KNOWN))
    changed = []
    for store in stores:
        last = str(seen.get(store) or "")
        quiet = bool(last) and now - parse_utc(last) > HEARD_WITHIN
        silent = last if quiet else ""
        if known.get(store, "") != silent:
            changed.append(StoreHeardRow(store, silent))
            connection.run(_PUT_HEARD, (store, last, silent))
    return changed
