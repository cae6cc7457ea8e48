"""What a website may know of stores, stock and prices: honest, and never a number to count by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy import bindparam, func, literal_column, or_, select

from pos_app.domain.day import utc_text
from pos_app.domain.near import Place, distance_m
from sync.hub import schema
from sync.hub.database import Connection, Statement
from sync.hub.orders import service
from sync.hub.orders.service import Service
from sync.hub.storefront.levels import NEVER_S, SKUS_MAX, Level, heard, levels
from sync.hub.storefront.messages import ItemTold, ProductTold, StockTold, StoreTold

FEW_UPTO: Final = 3_000
"""Thousandths: three pieces and less are few, ten and less some."""
SOME_UPTO: Final = 10_000
SURE: Final = 97
"""Books are never the shelf: even a store that speaks is not surer than this."""
DARK_S: Final = 48 * 3_600
"""After so much silence nothing is left of it but `FAINT`."""
FAINT: Final = 5
STORES_MAX: Final = 50
PRODUCTS_MAX: Final = 50

_s, _p, _c = schema.store.c, schema.product.c, schema.price.c
_STORES = Statement("", select(_s.store_id, _s.name, _s.address, _s.zone).order_by(_s.store_id))
_PRICES_OF = Statement(
    "store_id", select(_s.price_list, _s.currency).where(_s.store_id == bindparam("store_id"))
)
_FIRST_PRICES = Statement(
    "",
    select(_s.price_list, _s.currency)
    .order_by(_s.store_id)
    .limit(literal_column("1"))
    .offset(literal_column("0")),
)
_NAMES = tuple(f"sku{place}" for place in range(SKUS_MAX))
_KNOWN = Statement(
    " ".join(_NAMES) + " active",
    select(_p.sku).where(
        _p.sku.in_([bindparam(name) for name in _NAMES]), _p.active == bindparam("active")
    ),
)
_PRODUCT = Statement(
    "sku", select(_p.name, _p.variant, _p.tax_code).where(_p.sku == bindparam("sku"))
)
_FIND = Statement(
    "active like alike sku most",
    select(
        *(_p.sku, _p.name, _p.variant, _p.department, _p.unit, _p.icon, _p.age_limit),
    )
    .where(
        _p.active == bindparam("active"),
        or_(
            func.lower(_p.name).like(bindparam("like"), escape="\\"),
            func.lower(_p.variant).like(bindparam("alike"), escape="\\"),
            _p.sku == bindparam("sku"),
        ),
    )
    .order_by(_p.name, _p.sku)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_PRICE = Statement(
    "sku price_list currency day last",
    select(_c.amount, _c.was)
    .where(
        _c.sku == bindparam("sku"),
        _c.price_list == bindparam("price_list"),
        _c.currency == bindparam("currency"),
        _c.valid_from <= bindparam("day"),
        or_(_c.valid_to == literal_column("''"), _c.valid_to >= bindparam("last")),
    )
    .order_by(_c.valid_from.desc()),
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A store, what it offers, and how far it is."""

    store_id: str
    name: str
    address: tuple[str, ...]
    zone: str
    service: Service
    distance_m: int | None


def near(
    connection: Connection, place: Place | None, text: str = "", only: Sequence[str] = ()
) -> list[Shop]:
    """Stores, the nearest to a place first; or those whose name or address says `text`."""
    services = {one.store_id: one for one in service.every(connection)}
    wanted = text.casefold().split()
    found = []
    for store_id, name, lines, zone in connection.all(_STORES):
        address = tuple(msgspec.json.decode(lines, type=list[str])) if lines else ()
        said = " ".join((store_id, name, *address)).casefold()
        if (only and store_id not in only) or not all(word in said for word in wanted):
            continue
        offers = services.get(store_id) or Service(store_id)
        own = None
        if offers.latitude is not None and offers.longitude is not None:
            own = (offers.latitude, offers.longitude)
        far = distance_m(place, own) if place is not None and own is not None else None
        found.append(Shop(store_id, name, address, zone, offers, far))
    unknown = 1 << 62
    return sorted(
        found, key=lambda one: (unknown if one.distance_m is None else one.distance_m, one.store_id)
    )


def store_told(connection: Connection, shop: Shop, now: dt.datetime) -> StoreTold:
    """A store as a website is told of it."""
    offers = shop.service
    return StoreTold(
        shop.store_id,
        shop.name,
        shop.address,
        shop.zone,
        offers.hours.is_open(now),
        utc_text(offers.hours.next_open(now)),
        offers.hours.week,
        offers.pickup,
        offers.prepare_minutes,
        offers.keep_days,
        service.preview(connection, offers, now) if offers.pickup else "",
        shop.distance_m,
        offers.latitude,
        offers.longitude,
    )


def available(
    connection: Connection, skus: Sequence[str], shops: Sequence[Shop], now: dt.datetime
) -> tuple[ItemTold, ...]:
    """How likely each product is to be had in each store."""
    known = known_skus(connection, skus)
    by_sku: dict[str, list[StockTold]] = {sku: [] for sku in skus}
    for shop in shops:
        ready_by = ""
        if shop.service.pickup:
            ready_by = service.preview(connection, shop.service, now)
        for level in levels(connection, shop.store_id, [sku for sku in skus if sku in known], now):
            by_sku[level.sku].append(_stock_told(level, shop, ready_by, now))
    return tuple(ItemTold(sku, sku in known, tuple(rows)) for sku, rows in by_sku.items())


def _stock_told(level: Level, shop: Shop, ready_by: str, now: dt.datetime) -> StockTold:
    band = band_of(level.left)
    return StockTold(
        level.store_id,
        band,
        confidence_of(level),
        heard(level.silent_s, now),
        min(level.silent_s, NEVER_S),
        shop.service.pickup,
        ready_by if band != "none" else "",
        shop.distance_m,
    )


def band_of(left: int) -> str:
    """What there is, in words. Never a number: it would be wrong, and others would count by it."""
    if left <= 0:
        return "none"
    if left <= FEW_UPTO:
        return "few"
    return "some" if left <= SOME_UPTO else "many"


def confidence_of(level: Level) -> int:
    """0 to 100: how far `band_of` is to be believed.

    A store that speaks is sure; one that is dark knows less every hour, and the less it had when it
    fell silent, against what it usually sells, the less of it is still there.
    """
    if level.silent_s >= NEVER_S:
        return 0
    if not level.silent_s:
        return SURE
    light = max(FAINT, 100 - 100 * level.silent_s // DARK_S)
    free = max(level.on_hand - level.reserved, 0)
    still = 1_000 * free // (free + level.expected) if free + level.expected else 1_000
    return max(SURE * light * still // 100_000, 1)


def known_skus(connection: Connection, skus: Sequence[str]) -> frozenset[str]:
    """Which of them the catalogue has and sells."""
    found: set[str] = set()
    for start in range(0, len(skus), SKUS_MAX):
        part = list(skus[start : start + SKUS_MAX])
        asked = part + [part[-1]] * (SKUS_MAX - len(part))
        found |= {str(sku) for (sku,) in connection.all(_KNOWN, (*asked, True))}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Product:
    """What an order takes over from the catalogue."""

    name: str
    variant: str
    tax_code: str


def product(connection: Connection, sku: str) -> Product:
    """A product of the catalogue; nameless where it has just gone."""
    row = connection.one(_PRODUCT, (sku,))
    return Product(*row) if row else Product("", "", "")


def search(
    connection: Connection, text: str, store_id: str, most: int, now: dt.datetime
) -> tuple[ProductTold, ...]:
    """Products whose name says it, or of that very number; with a store's prices today."""
    plain = text.strip().lower()
    for sign in "\\%_":
        plain = plain.replace(sign, "\\" + sign)
    like = f"%{plain}%"
    rows = connection.all(_FIND, (True, like, like, text.strip(), min(most, PRODUCTS_MAX)))
    found = connection.one(_PRICES_OF, (store_id,)) if store_id else None
    found = found or connection.one(_FIRST_PRICES)
    price_list, currency = (str(found[0]), str(found[1])) if found else ("", "")
    told = []
    for sku, name, variant, department, unit, icon, age_limit in rows:
        price = price_of(connection, sku, price_list, currency, now)
        amount, was = price or (None, 0)
        told.append(
            ProductTold(
                *(sku, name, amount, currency, variant, department),
                *(was, unit, icon, int(age_limit)),
            )
        )
    return tuple(told)


def price_of(
    connection: Connection, sku: str, price_list: str, currency: str, now: dt.datetime
) -> tuple[int, int] | None:
    """(price, what it was) of a product on a list today; None where it has none."""
    day = now.date().isoformat()
    row = connection.one(_PRICE, (sku, price_list, currency, day, day))
    return (int(row[0]), int(row[1])) if row else None
