"""What stores did with orders of which this hub had not heard: noted, and booked once it has.

A hub that was put back to an earlier copy hears its tills before it has asked its shops again. Goods
that were handed over have left the stock by then; the rest of what the facts say needs the order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select

from sync.hub import exceptions, feed, schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement, adding, dropping
from sync.hub.orders.left import handed_in
from sync.protocol import ReservationStepped, Sale, Voided, decode_fact

if TYPE_CHECKING:
    from sync.hub.orders.kept import Part

_u, _e = schema.order_unheard.c, schema.event.c
_ADD: Final = adding(schema.order_unheard, ignore=True)
_DROP: Final = dropping(schema.order_unheard, "reservation_id")
_OF: Final = Statement(
    "reservation_id",
    select(_e.n, _e.device, _e.epoch, _e.body)
    .select_from(schema.order_unheard.join(schema.event, _e.n == _u.n))
    .where(_u.reservation_id == bindparam("reservation_id"))
    .order_by(_e.n),
)


def keep(connection: Connection, reservation: str, n: int) -> None:
    """Notes an entry that is about a part nobody here knows."""
    connection.run(_ADD, (reservation, n))


def handed_over(connection: Connection, reservation: str) -> bool:
    """True where the goods of a part that nobody knew yet are out of the door already."""
    for _n, _device, _epoch, body in connection.all(_OF, (reservation,)):
        fact = decode_fact(bytes(body))
        if isinstance(fact, ReservationStepped) and any(handed_in(fact)):
            return True
    return False


def book(connection: Connection, parts: Sequence[Part], now: dt.datetime) -> bool:
    """Books what was noted of these parts, in its order; False where there was nothing."""
    entries = [
        (part.row.reservation, *row)
        for part in parts
        for row in connection.all(_OF, (part.row.reservation,))
    ]
    for reservation, n, device, epoch, body in sorted(entries, key=lambda entry: int(entry[1])):
        _follow(connection, reservation, int(n), str(device), int(epoch), bytes(body), now)
    for part in parts if entries else ():
        connection.run(_DROP, (part.row.reservation,))
    return bool(entries)


def _follow(
    connection: Connection,
    reservation: str,
    n: int,
    device: str,
    epoch: int,
    body: bytes,
    now: dt.datetime,
) -> None:
    # These stand above the orders in the room: at the top they would make a ring.
    from sync.hub import devices, store
    from sync.hub.booking import Booking
    from sync.hub.checks import checker_of
    from sync.hub.orders import booking

    till = devices.find(connection, device)
    if till is None:
        return
    at = stamp(now)
    shop = store.load(connection, till.store_id)
    books = Booking(connection, replace(till, epoch=epoch), checker_of(shop.rules), at)
    books.currency = shop.store.currency
    fact = decode_fact(body)
    kind = "payment_unmatched"
    if isinstance(fact, ReservationStepped):
        booking.follow(books, n, fact)
        kind = "reservation_strange"
    elif isinstance(fact, Sale | Voided):
        booking.pay(books, n, fact, only=reservation)
    exceptions.settle_entry(connection, kind, n, at)
    stock = books.write()
    books.finish()
    if stock:
        books.told[feed.store_stream(till.store_id)] += [
            ("stock", row) for row in feed.batches(stock)
        ]
    feed.append(connection, dict(books.told))
