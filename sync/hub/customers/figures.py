"""What a customer comes to: bought, returned, how often, where; from documents and orders as booked.

Sales that were voided never happened. What was paid for an order counts with the order, wherever it
was paid; a till's document says only what was sold beside it.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from sqlalchemy import bindparam, func, literal_column, select

from sync.hub import schema
from sync.hub.database import Connection, Statement

GAPS: Final = 60
"""So many days with a visit are looked at for how far apart they usually are."""
FAVOURITES: Final = 5

_cd, _d, _o, _l, _rl = (
    schema.customer_document.c,
    schema.document.c,
    schema.customer_order.c,
    schema.line.c,
    schema.refund_line.c,
)
_void = schema.document.alias("void")
_HELD = schema.customer_document.join(schema.document, _d.n == _cd.n).outerjoin(
    _void, _void.c.reverses == _d.n
)
_BY_STORE = Statement(
    "customer",
    select(_cd.kind, _cd.store_id, _d.currency, func.count(), func.sum(_d.total), func.max(_cd.at))
    .select_from(_HELD)
    .where(_cd.customer == bindparam("customer"), _void.c.n.is_(None))
    .group_by(_cd.kind, _cd.store_id, _d.currency),
)
_DAYS = Statement(
    "customer kind days",
    select(_d.biz_date)
    .select_from(_HELD)
    .where(
        _cd.customer == bindparam("customer"),
        _cd.kind == bindparam("kind"),
        _void.c.n.is_(None),
    )
    .group_by(_d.biz_date)
    .order_by(_d.biz_date.desc())
    .limit(bindparam("days"))
    .offset(literal_column("0")),
)
_ORDERS = Statement(
    "customer",
    select(_o.channel, _o.placed, _o.currency, _o.paid, _o.returned, _o.state).where(
        _o.customer == bindparam("customer")
    ),
)
_BOUGHT = Statement(
    "customer kind custom",
    select(_l.sku, func.sum(_l.qty))
    .select_from(_HELD.join(schema.line, _l.n == _cd.n))
    .where(
        _cd.customer == bindparam("customer"),
        _cd.kind == bindparam("kind"),
        _l.custom == bindparam("custom"),
        _void.c.n.is_(None),
    )
    .group_by(_l.sku),
)
_BACK = Statement(
    "customer",
    select(_rl.sku, func.sum(_rl.qty))
    .select_from(schema.customer_document.join(schema.refund_line, _rl.sale == _cd.ref))
    .where(_cd.customer == bindparam("customer"))
    .group_by(_rl.sku),
)


@dataclass(slots=True)
class Figures:
    """What it comes to, in one currency."""

    value: int = 0
    sold: int = 0
    """Without what came back."""
    visits: int = 0
    visits_web: int = 0
    last: str = ""
    last_store: str = ""
    last_channel: str = ""
    stores: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    gap_days: int = 0

    @property
    def basket(self) -> int:
        """What they spend at once, in the mean."""
        times = self.visits + self.visits_web
        return self.sold // times if times else 0

    @property
    def favourite_store(self) -> tuple[str, int]:
        """(store, percent of the visits); empty for nobody's."""
        if not self.stores:
            return "", 0
        store, times = max(self.stores.items(), key=lambda each: (each[1], each[0]))
        return store, times * 100 // self.stores.total()

    @property
    def favourite_channel(self) -> str:
        """`store`, or the shop they order from most."""
        ways = Counter(self.channels)
        if self.visits:
            ways["store"] = self.visits
        return max(ways.items(), key=lambda each: (each[1], each[0]))[0] if ways else ""


def of(connection: Connection, customers: Sequence[str], currency: str) -> Figures:
    """The figures of one person, known under these ids."""
    found, days = Figures(), set[str]()
    for customer in customers:
        _documents(connection, found, customer, currency)
        _orders(connection, found, days, customer, currency)
        days |= {str(day) for (day,) in connection.all(_DAYS, (customer, "sale", GAPS))}
    found.gap_days = _gap(sorted(days)[-GAPS:])
    return found


def _documents(connection: Connection, found: Figures, customer: str, currency: str) -> None:
    for kind, store, money, times, total, last in connection.all(_BY_STORE, (customer,)):
        if kind == "sale":
            found.visits += int(times)
            found.stores[str(store)] += int(times)
        if money == currency:
            found.value += int(total)
            found.sold += int(total) if kind == "sale" else 0
        if str(last) > found.last:
            found.last, found.last_store, found.last_channel = str(last), str(store), ""


def _orders(
    connection: Connection, found: Figures, days: set[str], customer: str, currency: str
) -> None:
    for channel, placed, money, paid, returned, state in connection.all(_ORDERS, (customer,)):
        if state == "cancelled":
            continue
        found.visits_web += 1
        found.channels[str(channel)] += 1
        days.add(str(placed)[:10])
        if money == currency:
            found.value += int(paid) - int(returned)
            found.sold += int(paid)
        if str(placed) > found.last:
            found.last, found.last_store, found.last_channel = str(placed), "", str(channel)


def _gap(days: Sequence[str]) -> int:
    """How many days there usually are between two visits; 0 where nobody can say."""
    dates = [dt.date.fromisoformat(day) for day in days]
    apart = [(after - before).days for before, after in itertools.pairwise(dates)]
    return int(median(apart)) if len(apart) > 1 else 0


def favourites(connection: Connection, customers: Sequence[str]) -> tuple[str, ...]:
    """SKUs bought most often, less what came back; only for who agreed to tips."""
    bought: Counter[str] = Counter()
    for customer in customers:
        for sku, qty in connection.all(_BOUGHT, (customer, "sale", False)):
            bought[str(sku)] += int(qty)
        for sku, qty in connection.all(_BACK, (customer,)):
            bought[str(sku)] -= int(qty)
    best = sorted(bought.items(), key=lambda each: (-each[1], each[0]))
    return tuple(sku for sku, qty in best[:FAVOURITES] if sku and qty > 0)
