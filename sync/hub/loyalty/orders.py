"""Points of customers' orders: earned by what was handed over or sent, less whatever came back.

What an order should have brought is worked out from what it is now, under the rules that it first
earned by, and the difference to what is booked moves the account. So it does not matter how often
or in which order its news come, and an order that came back whole brought nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec
from sqlalchemy import bindparam, literal_column, select

from pos_app.domain import loyalty as rules
from pos_app.domain.loyalty import Earning, Sold
from pos_app.domain.points_age import ORDER, REVERSED
from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.customers import people
from sync.hub.database import Connection, Statement, putting
from sync.hub.loyalty import ledger, programmes
from sync.hub.loyalty.standing import standing
from sync.hub.returning import order_sales
from sync.hub.returning.order_sales import OrderSale

LOOKED_AT: Final = 500
_o, _po, _d = schema.customer_order.c, schema.points_order.c, schema.product.c
_CHANGED = Statement(
    "nobody since most",
    select(_o.order_id, _o.changed)
    .where(_o.customer != bindparam("nobody"), _o.changed >= bindparam("since"))
    .order_by(_o.changed, _o.order_id)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_KNOWN = Statement(
    "order_id",
    select(_po.account, _po.programme, _po.version, _po.tier, _po.booked, _po.lines).where(
        _po.order_id == bindparam("order_id")
    ),
)
_PUT = putting(schema.points_order)
_DEPARTMENT = Statement("sku", select(_d.department).where(_d.sku == bindparam("sku")))
_lines = msgspec.json.Decoder(dict[str, int])


def changed(connection: Connection, since: str, most: int = LOOKED_AT) -> list[tuple[str, str]]:
    """(order, when) of orders of known customers that changed since then, oldest first."""
    return [(str(a), str(b)) for a, b in connection.all(_CHANGED, ("", since, most))]


def points_of(connection: Connection, order_id: str) -> tuple[str, dict[int, int]]:
    """(account, line number -> points) of an order as it earned; ("", {}) where it did not."""
    found = connection.one(_KNOWN, (order_id,))
    if found is None:
        return "", {}
    told = _lines.decode(str(found[5]))
    return str(found[0]), {int(line): points for line, points in told.items()}


def settle(connection: Connection, order_id: str, now: dt.datetime) -> int:
    """Books what the order brought or lost since it was looked at; the points that moved.

    In the caller's transaction, which holds the order's lock.
    """
    sale = order_sales.find(connection, order_id)
    if sale is None:
        return 0
    known = connection.one(_KNOWN, (order_id,))
    if known is not None:
        account, tier, booked = str(known[0]), str(known[3]), int(known[4])
        programme = programmes.at_version(connection, str(known[1]), int(known[2]))
    else:
        person = people.find(connection, people.root_of(connection, sale.whole.customer))
        if person is None or not person.member or person.erased:
            return 0
        account, booked = person.purse, 0
        programme = programmes.running(connection, sale.whole.currency)
        tier = standing(connection, account, now, programme).tier if programme else ""
    if programme is None:
        return 0
    lines = rules.earned(programme, _sold(connection, sale, tier))
    due = _kept(connection, sale, lines)
    if due != booked:
        ledger.move(
            *(connection, account, due - booked),
            reason=ORDER if due > booked else REVERSED,
            about=order_id,
            now=now,
            store=sale.store_id,
        )
    if due != booked or known is None:
        told = msgspec.json.encode({str(line): points for line, points in lines.items()}).decode()
        own = (programme.programme, programme.version, tier, due, told, stamp(now))
        connection.run(_PUT, (order_id, account, *own))
    return due - booked


def _sold(connection: Connection, sale: OrderSale, tier: str) -> Sold:
    lines = []
    for line in sale.lines:
        found = connection.one(_DEPARTMENT, (line.sku,)) if line.sku else None
        department = str(found[0]) if found else ""
        lines.append(Earning(line.no, line.sku, department, max(line.total, 0)))
    day, whole = sale.told.placed_at[:10], sale.whole
    return Sold(day, whole.currency, sale.store_id, tier, tuple(lines), whole.channel)


def _kept(connection: Connection, sale: OrderSale, lines: dict[int, int]) -> int:
    """What stays of each line's points."""
    total = 0
    for line in sale.lines:
        points = lines.get(line.no, 0)
        if points:
            back = min(order_sales.came_back(connection, sale, line), line.qty)
            total += points - rules.part(points, back, line.qty)
    return total
