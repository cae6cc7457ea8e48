"""Shops told what there is: absolute numbers in their own meaning, the latest only, never below 0.

What moves within a moment goes out together. The hub's books are the truth: what a shop says of its
stock, our own numbers come back above all, moves nothing here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from functools import partial
from typing import Final

from sqlalchemy import bindparam, func, literal_column, select

from pos_app.domain.day import parse_utc
from sync.hub import accounts, atp, schema
from sync.hub.answers import stamp
from sync.hub.channels import mapping
from sync.hub.channels.adapter import KeyRefused, ShopRefused, ShopUnreachable, StockLevel
from sync.hub.channels.due import WHENEVER
from sync.hub.channels.shops import SELLS_MAPPED, Shop
from sync.hub.channels.work import (
    ACT_KIND,
    AWAY,
    KEY,
    Pausing,
    Work,
    pause_s,
    shop_answers,
    shop_fails,
    tell_person,
)
from sync.hub.channels.worker import KEY_PAUSE_S
from sync.hub.database import Connection, Statement, adding, dropping, putting

GATHER: Final = dt.timedelta(seconds=1)
"""What moves within it is told once."""
AT_ONCE: Final = 200
"""Products of one round."""
TOGETHER: Final = 2_000
"""Products noted in one transaction."""
BATCH: Final = 100
"""Numbers in one call."""
REFUSED_MAX: Final = 3
REFUSED_PAUSE_S: Final = 600.0
"""A shop that takes none of the first three numbers is left alone for so long."""
UNSOLD_FOR: Final = dt.timedelta(days=1)
"""A product that the shop has not is not told again before."""

_d, _s, _st = schema.channel_due.c, schema.stock.c, schema.store.c
_r, _p, _o = schema.right_part.c, schema.order_part.c, schema.customer_order.c
_DUE = Statement(
    "channel after most",
    select(_d.store_id, _d.sku, _d.times, _d.since)
    .where(_d.channel == bindparam("channel"), _d.since > bindparam("after"))
    .order_by(_d.since, _d.sku)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_DONE = dropping(schema.channel_due, "store_id", "channel", "sku", "times")
_TOLD = putting(schema.channel_told)
_STORES = Statement("", select(_st.store_id).order_by(_st.store_id))
_ON_HAND = Statement(
    "store_id sku",
    select(_s.on_hand).where(_s.store_id == bindparam("store_id"), _s.sku == bindparam("sku")),
)
_OWN = Statement(
    "account is_open channel",
    select(func.sum(_r.amount - _r.used))
    .select_from(
        schema.right_part.join(schema.order_part, _p.reservation_id == _r.right_id).join(
            schema.customer_order, _o.order_id == _p.order_id
        )
    )
    .where(
        _r.kind == literal_column("'stock'"),
        _r.account == bindparam("account"),
        _r.open == bindparam("is_open"),
        _r.amount > _r.used,
        _o.channel == bindparam("channel"),
    ),
)
_STOCKED = Statement("store_id", select(_s.sku).where(_s.store_id == bindparam("store_id")))
_ALL_DUE = adding(schema.channel_due, ignore=True)


def everything(connection: Connection, shop: Shop) -> int:
    """Notes all that the shop sells as due: it is new, or a person asked for it. How many.

    In transactions of its own, small ones, because tills sell meanwhile; what moves goes first.
    """
    count = 0
    mapped = set()
    if shop.sells == SELLS_MAPPED:
        mapped = {
            ours for kind, _, ours in mapping.every(connection, shop.channel) if kind == "sku"
        }
    for store_id in _stores_of(connection, shop):
        skus = [str(sku) for (sku,) in connection.all(_STOCKED, (store_id,))]
        rows = [
            (store_id, shop.channel, sku, 1, WHENEVER)
            for sku in skus
            if shop.sells != SELLS_MAPPED or sku in mapped
        ]
        for start in range(0, len(rows), TOGETHER):
            with connection.transaction():
                connection.many(_ALL_DUE, rows[start : start + TOGETHER])
        count += len(rows)
    return count


def of_product(connection: Connection, shop: Shop, sku: str, now: dt.datetime) -> None:
    """Notes one product as due in every store: the shop sells it from now on."""
    stores = _stores_of(connection, shop)
    connection.many(_ALL_DUE, [(store, shop.channel, sku, 1, stamp(now)) for store in stores])


def _stores_of(connection: Connection, shop: Shop) -> list[str]:
    every = [str(store) for (store,) in connection.all(_STORES)]
    return [store for store in every if not shop.chosen or store in shop.chosen]


def push(work: Work) -> int:
    """Tells what is due; how many products that were. Raises Pausing where the shop fails."""
    now = work.clock.now()
    due = _due(work, WHENEVER, now) or _due(work, "", now)
    if not due:
        return 0
    places = _places(work)
    levels = _levels(work, sorted({str(row[1]) for row in due}), places, now)
    for start in range(0, len(levels), BATCH):
        if not work.begin():
            return 0
        _tell(work, levels[start : start + BATCH])
    done = [(store, work.channel, sku, times) for store, sku, times, _ in due]
    work.booked(lambda: work.connection.many(_DONE, done))
    if levels:
        shop_answers(work)
    return len(due)


def _due(work: Work, after: str, now: dt.datetime) -> list[tuple[str, str, int, str]]:
    """What moved after that and waited its moment, the oldest first."""
    rows = work.connection.all(_DUE, (work.channel, after, AT_ONCE))
    found = [(str(store), str(sku), int(times), str(at)) for store, sku, times, at in rows]
    return found if found and parse_utc(found[0][3]) <= now - GATHER else []


def _places(work: Work) -> dict[str, tuple[str, ...]]:
    """The shop's name of a place -> our stores whose goods are there."""
    stores = _stores_of(work.connection, work.shop)
    if not work.adapter.capabilities.locations:
        return {"": tuple(stores)}
    named = {
        store: mapping.theirs(work.connection, work.channel, mapping.STORE, store)
        for store in stores
    }
    if not any(named.values()):
        return {store: (store,) for store in stores}
    places: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for store, names in named.items():
        for name in names[:1]:
            places[name] += (store,)
    return dict(places)


def _levels(
    work: Work, skus: list[str], places: dict[str, tuple[str, ...]], now: dt.datetime
) -> list[tuple[str, StockLevel]]:
    """(our number of the product, what the shop is to hear of it)."""
    connection, channel = work.connection, work.channel
    safety = work.shop.safety + atp.floor_share(connection)
    found = []
    for sku in skus:
        since = mapping.ours(connection, channel, mapping.UNSOLD, sku)
        if since and parse_utc(since) > now - UNSOLD_FOR:
            continue
        theirs = mapping.theirs_of_sku(connection, channel, sku)
        for place, stores in places.items():
            on_hand = reserved = elsewhere = 0
            for store in stores:
                here, held, others = _of_store(connection, channel, store, sku)
                # A store that has less than nothing takes nothing from the others.
                on_hand += max(here, held)
                reserved, elsewhere = reserved + held, elsewhere + others
            found.append((sku, StockLevel(theirs, place, on_hand, reserved, safety, elsewhere)))
    return found


def _of_store(connection: Connection, channel: str, store: str, sku: str) -> tuple[int, int, int]:
    """(on hand, reserved, the part of it that this shop knows nothing of), thousandths."""
    row = connection.one(_ON_HAND, (store, sku))
    account = atp.account(store, sku)
    held = accounts.held_back(connection, "stock", account)
    own = connection.one(_OWN, (account, True, channel)) if held else None
    return int(row[0]) if row else 0, held, held - int((own and own[0]) or 0)


def _tell(work: Work, levels: list[tuple[str, StockLevel]]) -> None:
    try:
        unknown = work.adapter.push_stock(
            work.client, work.settings, [level for _, level in levels]
        )
    except KeyRefused:
        shop_fails(work, KEY)
        raise Pausing(KEY_PAUSE_S) from None
    except ShopUnreachable as cause:
        shop_fails(work, AWAY)
        raise Pausing(pause_s(0, cause.retry_after_s)) from None
    except ShopRefused as cause:
        _one_by_one(work, levels, cause)
        return
    _note(work, levels, set(unknown))


def _one_by_one(work: Work, levels: list[tuple[str, StockLevel]], cause: ShopRefused) -> None:
    """One number of several is not taken: the others are told all the same.

    Where none is, it is not the numbers: a person is told once a day, and all of it stays due.
    """
    refused: list[tuple[str, StockLevel, ShopRefused]] = []
    for place, one in enumerate(levels):
        if not work.begin():
            raise Pausing(1.0)
        try:
            unknown = work.adapter.push_stock(work.client, work.settings, [one[1]])
        except KeyRefused:
            shop_fails(work, KEY)
            raise Pausing(KEY_PAUSE_S) from None
        except ShopUnreachable as away:
            shop_fails(work, AWAY)
            raise Pausing(pause_s(0, away.retry_after_s)) from None
        except ShopRefused as no:
            refused.append((*one, no))
            if len(refused) == REFUSED_MAX == place + 1:
                _complain(work, f"it takes no stock: {cause}")
                raise Pausing(REFUSED_PAUSE_S) from None
        else:
            _note(work, [one], set(unknown))
    for sku, level, why in refused:
        _complain(work, f"stock of {sku} at {level.location}: {why}")


def _complain(work: Work, said: str) -> None:
    day = stamp(work.clock.now())[:10]
    work.booked(partial(tell_person, work, ACT_KIND, f"{work.channel} {day}: {said}"))


def _note(work: Work, levels: list[tuple[str, StockLevel]], unknown: set[str]) -> None:
    at = stamp(work.clock.now())
    apart = work.adapter.capabilities.reservations_apart
    rows = [
        (work.channel, level.location, sku, level.number(reservations_apart=apart), at)
        for sku, level in levels
        if level.sku not in unknown
    ]

    def write() -> None:
        work.connection.many(_TOLD, rows)
        for sku, level in levels:
            if level.sku in unknown:
                mapping.put(work.connection, work.channel, mapping.UNSOLD, sku, at)

    work.booked(write)
