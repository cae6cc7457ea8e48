"""The last piece was sold while an order holds it: told when it is booked, and over when goods come.

A plain sale pays nothing for it: which products of a store are promised to anybody is remembered for
a moment by each connection, and only those are looked at. What was promised within that moment is
found by the next look of the orders' own clock, which also finds that there is enough again.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, func, literal_column, select

from pos_app.domain.day import parse_utc
from pos_app.domain.money import MILLI
from sync.hub import accounts, atp, exceptions, schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement, adding, dropping
from sync.hub.orders import service
from sync.hub.orders.service import Service
from sync.hub.own_journal import DEVICE

if TYPE_CHECKING:
    from sync.hub.booking import Booking
    from sync.protocol import StockRow

KIND: Final = "oversell"
REMEMBER_S: Final = 2.0
ASKED: Final = 20
NAMES_MAX: Final = 3

_p, _s, _v, _o = (
    schema.right_part.c,
    schema.stock.c,
    schema.reservation.c,
    schema.oversold.c,
)
_SUMS: Final = Statement(
    "kind",
    select(_p.account, func.sum(_p.amount - _p.used))
    .where(
        _p.kind == bindparam("kind"),
        _p.open == literal_column("true"),
        _p.amount > _p.used,
    )
    .group_by(_p.account),
)
_ON_HAND: Final = Statement(
    "store_id sku",
    select(_s.on_hand).where(_s.store_id == bindparam("store_id"), _s.sku == bindparam("sku")),
)
_WHOSE: Final = Statement(
    "kind account",
    select(_v.reservation_id, _v.reference)
    .select_from(schema.right_part.join(schema.reservation, _v.reservation_id == _p.right_id))
    .where(
        _p.kind == bindparam("kind"),
        _p.account == bindparam("account"),
        _p.open == literal_column("true"),
        _p.amount > _p.used,
    )
    .order_by(_v.made.desc()),
)
_NAMED: Final = Statement(
    "id",
    select(schema.customer_order.c.external_name, schema.customer_order.c.currency).where(
        schema.customer_order.c.order_id == bindparam("id")
    ),
)
_ELSEWHERE: Final = Statement(
    "sku above not_here",
    select(_s.store_id, _s.on_hand)
    .where(
        _s.sku == bindparam("sku"),
        _s.on_hand > bindparam("above"),
        _s.store_id != bindparam("not_here"),
    )
    .order_by(_s.on_hand.desc(), _s.store_id),
)
_ADD: Final = adding(schema.oversold, ignore=True)
_DROP: Final = dropping(schema.oversold, "store_id", "sku")
_ONE: Final = Statement(
    "store_id sku",
    select(_o.exception).where(_o.store_id == bindparam("store_id"), _o.sku == bindparam("sku")),
)
_ALL: Final = Statement("", select(_o.store_id, _o.sku).order_by(_o.store_id, _o.sku))


@dataclass(slots=True)
class _Known:
    promised: dict[str, int] = field(default_factory=dict)
    """Account -> thousandths, what of it is to be handed over."""
    told: set[str] = field(default_factory=set)
    until: float = 0.0


_known: WeakKeyDictionary[Connection, _Known] = WeakKeyDictionary()


def moved(books: Booking, stock: Iterable[StockRow]) -> None:
    """After a batch moved a store's stock: looks at what of it is promised to somebody."""
    known = _remembered(books.connection)
    if not known.promised:
        return
    for row in stock:
        name = atp.account(row.store, row.sku)
        promised = known.promised.get(name)
        if promised is not None and (row.on_hand < promised) != (name in known.told):
            sellers = _sellers(books, row.sku)
            now = parse_utc(books.at)
            if check(books.connection, row.store, row.sku, now, sellers):
                known.told ^= {name}


def _sellers(books: Booking, sku: str) -> tuple[str, ...]:
    """Ids of the documents of the batch that took it."""
    return tuple(
        fact.id
        for _n, fact in books.facts
        if any(getattr(line, "sku", "") == sku for line in getattr(fact, "lines", ()) or ())
    )


def _remembered(connection: Connection) -> _Known:
    known = _known.get(connection)
    if known is None:
        known = _known[connection] = _Known()
    now = time.monotonic()
    if now >= known.until:
        known.until = now + REMEMBER_S
        sums = connection.all(_SUMS, ("stock",))
        known.promised = {str(account): int(promised) for account, promised in sums}
        known.told = {atp.account(*map(str, row)) for row in connection.all(_ALL)}
    return known


def look(connection: Connection, now: dt.datetime) -> int:
    """All that is promised, beside what is there; how many were opened or are over."""
    changed = 0
    short = set()
    for account, promised in connection.all(_SUMS, ("stock",)):
        store_id, _, sku = str(account).partition("/")
        if _on_hand(connection, store_id, sku) < int(promised):
            short.add((store_id, sku))
    told = {(str(store_id), str(sku)) for store_id, sku in connection.all(_ALL)}
    for store_id, sku in sorted(short ^ told):
        with connection.transaction():
            changed += check(connection, store_id, sku, now)
            exceptions.tell(connection)
    return changed


def check(
    connection: Connection,
    store_id: str,
    sku: str,
    now: dt.datetime,
    evidence: Iterable[str] = (),
) -> bool:
    """Opens the exception where less is there than is promised, and settles it where there is enough.

    True where something changed; in the caller's transaction.
    """
    name = atp.account(store_id, sku)
    promised = accounts.held_back(connection, "stock", name)
    there = _on_hand(connection, store_id, sku)
    told = connection.one(_ONE, (store_id, sku))
    if there >= promised:
        return told is not None and _over(connection, store_id, sku, str(told[0]), now)
    if told is not None:
        return False
    orders, currency = _orders(connection, name)
    missing = promised - max(there, 0)
    near = _nearest(connection, store_id, sku, missing, now)
    detail = f"{sku}: {_pieces(missing)} too few for {orders}" + (
        f"; store {near} has it" if near else "; no other store has it"
    )
    found = exceptions.open_exception(
        connection,
        kind="oversell",
        n=None,
        device=DEVICE,
        store=store_id,
        amount=0,
        currency=currency,
        detail=f"{detail} ({stamp(now)})"[:160],
        at=stamp(now),
        evidence=tuple(evidence)[-NAMES_MAX:],
    )
    connection.run(_ADD, (store_id, sku, found, stamp(now)))
    return True


def _over(connection: Connection, store_id: str, sku: str, found: str, now: dt.datetime) -> bool:
    case = exceptions.by_id(connection, found)
    if case is not None:
        exceptions.settle_about(connection, KIND, DEVICE, case.detail, stamp(now))
    connection.run(_DROP, (store_id, sku))
    return True


def _on_hand(connection: Connection, store_id: str, sku: str) -> int:
    row = connection.one(_ON_HAND, (store_id, sku))
    return int(row[0]) if row else 0


def _orders(connection: Connection, name: str) -> tuple[str, str]:
    """What people call the orders that wait for it, the newest first; their currency."""
    names, currency = [], ""
    for own, reference in connection.all(_WHOSE, ("stock", name)):
        row = connection.one(_NAMED, (str(reference),))
        names.append(str(row[0]) if row else str(reference) or str(own)[:8])
        currency = currency or (str(row[1]) if row else "")
    more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
    return ", ".join(names[:NAMES_MAX]) + more, currency


def _pieces(qty: int) -> str:
    whole, rest = divmod(qty, MILLI)
    return f"{whole}.{rest:03}" if rest else str(whole)


def _nearest(connection: Connection, store_id: str, sku: str, qty: int, now: dt.datetime) -> str:
    """The store that is next to this one and could promise so much; empty for none."""
    here = service.of(connection, store_id)
    found = []
    rows = connection.all(_ELSEWHERE, (sku, max(qty - 1, 0), store_id))
    for place, (other, _on_hand_there) in enumerate(rows[:ASKED]):
        name = atp.account(str(other), sku)
        if accounts.available(connection, "stock", name, now) >= qty:
            there = service.of(connection, str(other))
            found.append((_apart(here, there), place, str(other)))
    return min(found)[2] if found else ""


def _apart(here: Service, there: Service) -> float:
    """How far two stores are from each other, for comparing; last where nobody said where they are."""
    places = (here.latitude, here.longitude, there.latitude, there.longitude)
    if None in places:
        return math.inf
    north, east, other_north, other_east = (int(each or 0) / 1e6 for each in places)
    across = (east - other_east) * math.cos(math.radians(north))
    return math.hypot(north - other_north, across)
