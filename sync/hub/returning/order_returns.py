"""An order comes back over a store's counter: checked against what was handed over, and booked.

R1 counts what came back to any till, what slips were paid for and what the shop gave back itself.
The goods are in and the money is on its way, so all is booked; what was too much is told to a person
with its amount, once, from whichever side it is heard of second.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select

from pos_app.domain.day import parse_utc
from pos_app.domain.returns import share
from pos_app.domain.tender import EXCHANGE
from sync.hub import schema
from sync.hub.checks import told
from sync.hub.database import Connection, Statement
from sync.hub.orders import ending, flags, kept, money
from sync.hub.orders.kept import Told, Whole
from sync.hub.orders.step import Step
from sync.hub.refunds import differences
from sync.hub.returning import order_sales, shop_refunds
from sync.hub.returning.order_sales import SHOP, Handed, OrderSale
from sync.hub.webhooks import telling

if TYPE_CHECKING:
    from sync.hub.booking import Booking
    from sync.protocol import Refunded

_b, _p, _st = schema.refund_line.c, schema.pended_line.c, schema.staff.c
_REFUNDED: Final = Statement(
    "sale upto",
    select(_b.of, func.sum(_b.qty), func.sum(_b.amount))
    .where(_b.sale == bindparam("sale"), _b.n <= bindparam("upto"))
    .group_by(_b.of),
)
_SLIPS: Final = Statement(
    "sale",
    select(_p.of, func.sum(_p.qty), func.sum(_p.amount))
    .where(_p.sale == bindparam("sale"))
    .group_by(_p.of),
)
ALL: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Over:
    """What of a line came back beyond what was handed over."""

    line: Handed
    qty: int
    """Thousandths, by everything that is known."""
    amount: int
    """What that is worth, minor units."""


def book(books: Booking, n: int, fact: Refunded) -> None:
    """Books a return of an order; called when its rows are in the tables and the order is locked."""
    connection = books.connection
    sale = order_sales.find(connection, fact.sale)
    if sale is None:
        books.flag("refund_without_sale", n, fact, fact.sale_doc, -fact.total)
        return
    right = order_sales.document(connection, sale)
    found = list(differences(fact, right))
    if found:
        books.flag("refund_differs", n, fact, told(found), fact.total)
    over = fresh(connection, sale, books.at, upto=n)
    if over:
        detail = told([_said(connection, sale, one, upto=n) for one in over])
        amount = sum(one.amount for one in over)
        books.flag("over_return", n, fact, f"{sale.whole.external_name} {detail}", amount)
    _pay(books, fact, sale, {one.line.no: one.qty for one in over})
    news = Told()
    _remember(books, fact, sale, news)
    # Whoever follows orders (points above all) finds it among those that changed.
    money.settle(connection, replace(sale.whole, changed=books.at), news, books.at)
    Step.publish_to(books, news)
    telling.tell(
        connection,
        "order.returned",
        ending.named(sale.whole, fact.store) | {"lines": _goods(fact, sale), "total": -fact.total},
        parse_utc(books.at),
    )


def _pay(books: Booking, fact: Refunded, sale: OrderSale, over: dict[int, int]) -> None:
    """What was paid in the shop is asked back of it; what the till gave is noted."""
    connection, whole = books.connection, sale.whole
    asked = -sum(row.amount for row in fact.payments if row.tender == SHOP)
    by_till = -sum(row.amount for row in fact.payments if row.tender not in (SHOP, EXCHANGE))
    carried = -sum(row.amount for row in fact.payments if row.tender == EXCHANGE)
    if by_till + carried > 0:
        amount = by_till + carried
        money.note(connection, whole, f"back:{fact.id}", money.BACK, amount, "", books.at)
    if asked > 0:
        shop_refunds.ask(connection, sale, fact, asked, over, parse_utc(books.at))


def _goods(fact: Refunded, sale: OrderSale) -> list[tuple[str, str, int]]:
    """(the shop's line, SKU, thousandths) of what came back."""
    lines = {line.no: line.line for line in sale.lines}
    return [(lines.get(row.of, ""), row.sku, -row.qty) for row in fact.lines]


def _remember(books: Booking, fact: Refunded, sale: OrderSale, news: Told) -> None:
    """The history of each part whose goods came back says so."""
    back = {line for line, _sku, _qty in _goods(fact, sale)}
    who = _name(books.connection, fact.store, fact.actor)
    for part in sale.parts:
        if any(row.line in back and row.handed for row in part.row.lines):
            detail = f"{fact.store}-{fact.till} {fact.doc_no}"
            shop_refunds.note(books.connection, part, news, books.at, "returned", who, detail)


_NAME: Final = Statement(
    "store_id staff_id",
    select(_st.name).where(
        _st.store_id == bindparam("store_id"), _st.staff_id == bindparam("staff_id")
    ),
)


def _name(connection: Connection, store: str, actor: str) -> str:
    row = connection.one(_NAME, (store, actor))
    return str(row[0]) if row else actor


# --- R1 over tills, slips and the shop ------------------------------------------------------------


def fresh(connection: Connection, sale: OrderSale, at: str, *, upto: int = ALL) -> list[Over]:
    """What came back too much and nobody was told of yet; from now on somebody is.

    The same whichever of two returns is heard of first: each step beyond is told once.
    """
    found = []
    for line in sale.lines:
        qty, amount = _too_much(connection, sale, line, upto)
        if qty <= 0 and amount <= 0:
            continue
        before = _told_of(connection, sale.whole, line.no)
        more = amount - before
        source = f"over:{line.no}:{amount}"
        if more > 0 and money.note(
            *(connection, sale.whole, source, money.OVER, more, str(line.no), at)
        ):
            found.append(Over(line, max(qty, 0), more))
    return found


def _told_of(connection: Connection, whole: Whole, no: int) -> int:
    return sum(
        amount
        for _source, kind, amount, part in money.entries(connection, whole.order_id)
        if kind == money.OVER and part == str(no)
    )


def _too_much(connection: Connection, sale: OrderSale, line: Handed, upto: int) -> tuple[int, int]:
    """(thousandths, minor units) of a line beyond what was handed over and paid."""
    qty, amount = _came_back(connection, sale, line, upto)
    over_qty = qty - line.qty
    worth = share(line.total, over_qty, max(line.qty, 1)) if over_qty > 0 else 0
    return over_qty, max(amount - line.total, worth, 0)


def _came_back(connection: Connection, sale: OrderSale, line: Handed, upto: int) -> tuple[int, int]:
    qty = amount = 0
    for statement, values in (
        (_REFUNDED, (sale.whole.order_id, upto)),
        (_SLIPS, (sale.whole.order_id,)),
    ):
        for of, more, worth in connection.all(statement, values):
            if int(of) == line.no:
                qty += int(more)
                amount += int(worth)
    never = max(line.told.qty - line.qty, 0) if line.told is not None else 0
    refunds = [one for one, _at in order_sales.by_shop(connection, sale)]
    took = max(order_sales.shop_took(refunds, line.line) - never, 0)
    return qty + took, amount + share(line.total, took, max(line.qty, 1))


def _said(connection: Connection, sale: OrderSale, one: Over, *, upto: int = ALL) -> str:
    qty, _ = _came_back(connection, sale, one.line, upto)
    return f"line {one.line.no}: {qty} of {one.line.qty} came back"


def seen(connection: Connection, whole: Whole, now: dt.datetime, new: int) -> tuple[str, ...]:
    """The shop told of so many refunds that are new: those of goods that came back to a till as well.

    Kinds of exceptions that were opened.
    """
    if not new:
        return ()
    sale = order_sales.find(connection, whole.order_id)
    if sale is None or not sale.lines:
        return ()
    over = fresh(connection, sale, kept.at_of(now))
    for one in over:
        detail = f"{whole.external_name} {_said(connection, sale, one)}, also to {whole.channel}"
        flags.open_one(
            *(connection, "over_return", whole, sale.store_id, detail, now),
            amount=one.amount,
            evidence=_facts(connection, whole, one.line.no),
        )
    return ("over_return",) if over else ()


_BY_TILLS: Final = Statement(
    "sale line",
    select(schema.event.c.id)
    .select_from(schema.refund_line.join(schema.event, schema.event.c.n == _b.n))
    .where(_b.sale == bindparam("sale"), _b.of == bindparam("line"))
    .order_by(_b.n),
)


def _facts(connection: Connection, whole: Whole, no: int) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in connection.all(_BY_TILLS, (whole.order_id, no)))
