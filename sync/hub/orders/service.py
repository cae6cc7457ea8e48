"""What a store offers people who order: when it is open, how fast it is, how long it keeps goods.

A store of which nobody said anything is never closed, has room for any number of orders and needs an
hour for each.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select

from pos_app.domain.day import parse_utc
from pos_app.domain.pickup import DAY_MINUTES, Hours
from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement, putting

SPLIT, FLAG = "split", "flag"
"""What to do where a store has not all of it: get the rest from another store, or ask a person."""
WHEN_SHORT: Final = (SPLIT, FLAG)
HOURS_TRIED: Final = 24 * 30

_c, _o, _st = schema.store_service.c, schema.order_slot.c, schema.store.c
_ONE = Statement("store_id", select(*_c).where(_c.store_id == bindparam("store_id")))
_ALL = Statement("", select(*_c).order_by(_c.store_id))
_PUT = putting(schema.store_service)
_ZONE = Statement("store_id", select(_st.zone).where(_st.store_id == bindparam("store_id")))
_STORES = Statement("", select(_st.store_id, _st.zone).order_by(_st.store_id))
_TAKEN = Statement(
    "store_id hour",
    select(_o.orders).where(_o.store_id == bindparam("store_id"), _o.hour == bindparam("hour")),
)
_COUNT = putting(schema.order_slot, summing=("orders",))
_Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A store's own."""

    store_id: str
    pickup: bool = True
    """Whether customers may fetch orders here."""
    ships: bool = True
    """Whether it sends parcels, and goods to other stores."""
    hours: Hours = field(default_factory=Hours)
    capacity: int = 0
    """Orders that can be made ready in an hour; 0 for any number."""
    prepare_minutes: int = 60
    keep_days: int = 3
    remind_hours: int = 24
    """So long before goods are put back the customer is reminded; 0 for never."""
    when_short: str = SPLIT
    shelves: tuple[str, ...] = ()
    latitude: int | None = None
    """Millionths of a degree."""
    longitude: int | None = None


def of(connection: Connection, store_id: str) -> Service:
    """What that store offers."""
    row = connection.one(_ONE, (store_id,))
    zone = connection.one(_ZONE, (store_id,))
    return _read(store_id, row, str(zone[0]) if zone else "UTC")


def every(connection: Connection) -> list[Service]:
    """Of each store there is."""
    rows = {str(row[0]): row for row in connection.all(_ALL)}
    return [_read(store, rows.get(store), zone) for store, zone in connection.all(_STORES)]


def _read(store_id: str, row: tuple[Any, ...] | None, zone: str) -> Service:
    if row is None:
        return Service(store_id, hours=_hours("", "", zone))
    (_, pickup, ships, hours, closed, capacity, prepare, keep, remind, short, shelves, *place) = row
    latitude, longitude = (None if each is None else int(each) for each in place)
    return Service(
        store_id=store_id,
        pickup=bool(pickup),
        ships=bool(ships),
        hours=_hours(hours, closed, zone),
        capacity=int(capacity),
        prepare_minutes=int(prepare),
        keep_days=int(keep),
        remind_hours=int(remind),
        when_short=str(short),
        shelves=tuple(msgspec.json.decode(shelves, type=list[str])) if shelves else (),
        latitude=latitude,
        longitude=longitude,
    )


@lru_cache(256)
def _hours(week: str, days: str, zone: str) -> Hours:
    if not week and not days:
        return Hours(zone)
    spans = msgspec.json.decode(week, type=tuple[_Spans, ...]) if week else Hours().week
    dated = msgspec.json.decode(days, type=dict[str, _Spans]) if days else {}
    return Hours(zone, spans, dated)


def keep(connection: Connection, service: Service) -> None:
    """Puts a store's service into its row. Raises ValueError for what cannot be."""
    hours = service.hours
    spans = (*(span for day in hours.week for span in day),)
    spans += tuple(span for day in hours.days.values() for span in day)
    if len(hours.week) != 7 or any(not 0 <= a < b <= DAY_MINUTES for a, b in spans):
        raise ValueError("hours")
    if service.when_short not in WHEN_SHORT or service.capacity < 0 or service.keep_days < 0:
        raise ValueError("service")
    connection.run(
        _PUT,
        (
            *(service.store_id, service.pickup, service.ships),
            *(_json(hours.week), _json(hours.days), service.capacity, service.prepare_minutes),
            *(service.keep_days, service.remind_hours, service.when_short),
            *(_json(service.shelves), service.latitude, service.longitude),
        ),
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


# --- by when an order is ready ------------------------------------------------------------------


def promise(connection: Connection, service: Service, now: dt.datetime, told: str = "") -> str:
    """By when an order that is taken now will be ready (UTC), counted against the store's capacity.

    Worked out once and kept: hours that change later change no promise. `told` is what the shop told
    the customer already; that stands. Called with the store's slots locked (`lock`).
    """
    ready = parse_utc(told) if told else _free(connection, service, now)
    connection.run(_COUNT, (service.store_id, _hour(ready), 1))
    return stamp(ready)


def lock(connection: Connection, store_id: str) -> None:
    """Nobody else gives that store's time away until the commit."""
    connection.lock_name(f"slots:{store_id}")


def preview(connection: Connection, service: Service, now: dt.datetime) -> str:
    """By when it would be ready, for whoever only asks."""
    return stamp(_free(connection, service, now))


def give_back(connection: Connection, store_id: str, promised: str) -> None:
    """An order that will not be picked frees its place in the hour."""
    if promised:
        connection.run(_COUNT, (store_id, _hour(parse_utc(promised)), -1))


def _free(connection: Connection, service: Service, now: dt.datetime) -> dt.datetime:
    """The first moment in opening hours with its preparation done and room in its hour."""
    hours = service.hours
    ready = hours.after_open_minutes(now, service.prepare_minutes)
    for _ in range(HOURS_TRIED if service.capacity else 0):
        row = connection.one(_TAKEN, (service.store_id, _hour(ready)))
        taken = int(row[0]) if row else 0
        if taken < service.capacity:
            return ready
        begin = hours.next_open(_floor(ready) + dt.timedelta(hours=1))
        row = connection.one(_TAKEN, (service.store_id, _hour(begin)))
        each = min(60 * (1 + (int(row[0]) if row else 0)) // service.capacity, 59)
        ready = hours.after_open_minutes(begin, each)
    return ready


def _floor(at: dt.datetime) -> dt.datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _hour(at: dt.datetime) -> str:
    return stamp(_floor(at))[:13]
