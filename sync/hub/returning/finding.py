"""`/v1/sales/find`: sales of all stores and orders of all channels, for a till that takes goods back.

A till asks by what a customer has in the hand: a number, a card's last digits with day and total,
their name in the customers' list. Nobody reads the books that way: questions are exact, answers
short, and so many in a span of time.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from sqlalchemy import bindparam, select

from pos_app.domain.returns import last_day
from sync.hub import schema
from sync.hub.answers import HubProblem
from sync.hub.database import Connection, Statement, putting
from sync.hub.loyalty import orders as points
from sync.hub.orders import kept
from sync.hub.orders.kept import Whole
from sync.hub.refunds import ref_of
from sync.hub.returning import goods, order_sales
from sync.hub.returning.order_sales import OrderSale
from sync.hub.right_desk import Asked
from sync.hub.rights import RETURN
from sync.protocol import (
    OnTheWay,
    Refunded,
    Sale,
    SaleFind,
    SaleRefRow,
    SalesFound,
    SoldDoc,
    Voided,
    decode_fact,
)
from sync.protocol.messages import RefLine, RefPayment

MOST: Final = 10
"""Documents in an answer: a choice of a few, no list."""
SPAN_S: Final = 300
TIMES_MAX: Final = 60
"""So many questions of a till in `SPAN_S` seconds."""
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LAST4: Final = re.compile(r"\d{4}", re.ASCII)
TEXT_MAX: Final = 80

_e, _d, _s = schema.event.c, schema.document.c, schema.shift.c
_r, _p, _v = schema.value_right.c, schema.right_part.c, schema.device.c
_k, _l, _w = schema.pended_return.c, schema.pended_line.c, schema.customer_order.c
_u = schema.customer_document.c
_BY_NUMBER = Statement(
    "doc_no",
    select(_e.body)
    .select_from(schema.document.join(schema.event, _e.n == _d.n))
    .where(_d.doc_no == bindparam("doc_no"))
    .order_by(_d.n.desc()),
)
_BY_ID = Statement("id", select(_e.body).where(_e.id == bindparam("id")))
_BY_CARD = Statement(
    "day payable kind",
    select(_e.body)
    .select_from(
        schema.shift.join(schema.document, _d.shift == _s.shift).join(schema.event, _e.n == _d.n)
    )
    .where(
        _s.biz_date == bindparam("day"),
        _d.payable == bindparam("payable"),
        _d.kind == bindparam("kind"),
    )
    .order_by(_d.n.desc()),
)
_BY_CUSTOMER = Statement(
    "customer kind",
    select(_e.body)
    .select_from(schema.customer_document.join(schema.event, _e.n == _u.n))
    .where(_u.customer == bindparam("customer"), _u.kind == bindparam("kind"))
    .order_by(_u.at.desc(), _u.n.desc()),
)
_ORDERS_OF = Statement(
    "customer",
    select(_w.order_id).where(_w.customer == bindparam("customer")).order_by(_w.placed.desc()),
)
_REFUNDS = Statement(
    "sale",
    select(_e.body)
    .select_from(schema.refund.join(schema.event, _e.n == schema.refund.c.n))
    .where(schema.refund.c.sale == bindparam("sale"))
    .order_by(_e.n),
)
_sale = schema.event.alias("sale")
_VOIDS = Statement(
    "sale",
    select(_e.body)
    .select_from(
        schema.document.join(_sale, _d.reverses == _sale.c.n).join(schema.event, _e.n == _d.n)
    )
    .where(_sale.c.id == bindparam("sale")),
)
_WORDS = Statement(
    "kind low high is_open form",
    select(_p.account, _p.amount, _v.store_id, _v.till, _r.made)
    .select_from(
        schema.right_part.join(schema.value_right, _r.right_id == _p.right_id).join(
            schema.device, _v.device == _r.device
        )
    )
    .where(
        _p.kind == bindparam("kind"),
        _p.account >= bindparam("low"),
        _p.account < bindparam("high"),
        _p.open == bindparam("is_open"),
        _r.form == bindparam("form"),
    )
    .order_by(_r.made),
)
_SLIPS = Statement(
    "sale",
    select(_l.n, _l.line, _l.of, _l.sku, _l.qty, _l.amount, _k.fact, _k.store_id, _k.till, _k.at)
    .select_from(schema.pended_line.join(schema.pended_return, _k.fact == _l.pended))
    .where(_l.sale == bindparam("sale"))
    .order_by(_l.n, _l.line),
)
_PENDED = Statement(
    "sale state",
    select(_e.body, _k.at)
    .select_from(schema.pended_return.join(schema.event, _e.n == _k.n))
    .where(_k.sale == bindparam("sale"), _k.state == bindparam("state"))
    .order_by(_k.at),
)
_COUNT = putting(schema.sales_asked, summing=("times",))
_ASKED = Statement(
    "device span",
    select(schema.sales_asked.c.times).where(
        schema.sales_asked.c.device == bindparam("device"),
        schema.sales_asked.c.span == bindparam("span"),
    ),
)


def answer(asked: Asked) -> SalesFound:
    """What a till is told. Raises HubProblem("malformed" | "slow_down")."""
    said: SaleFind = asked.message
    _check(said)
    count(asked.connection, asked.device.device, asked.now)
    found = list(islice(_found(asked.connection, said), MOST + 1))
    return SalesFound(tuple(found[:MOST]), more=len(found) > MOST)


def _check(said: SaleFind) -> None:
    by_card = bool(said.last4 or said.total or said.day)
    if sum((bool(said.number), bool(said.sale), bool(said.customer), by_card)) != 1:
        raise HubProblem("malformed", "one of number, sale, customer, card")
    if any(len(text) > TEXT_MAX for text in (said.number, said.sale, said.customer)):
        raise HubProblem("malformed", "texts")
    if by_card and not (
        _LAST4.fullmatch(said.last4) and _DAY.fullmatch(said.day) and said.total > 0
    ):
        raise HubProblem("malformed", "a card needs last4, day and total")


def count(connection: Connection, device: str, now: dt.datetime) -> None:
    """Counts a question of a till. Raises HubProblem("slow_down") beyond what a counter needs."""
    span = int(now.timestamp()) // SPAN_S
    connection.run(_COUNT, (device, str(span), 1))
    row = connection.one(_ASKED, (device, str(span)))
    if row is not None and int(row[0]) > TIMES_MAX:
        left = SPAN_S - int(now.timestamp()) % SPAN_S
        raise HubProblem("slow_down", retry_after_s=max(left, 1))


def _found(connection: Connection, said: SaleFind) -> Iterator[SoldDoc]:
    if said.number:
        number = said.number.strip()
        yield from _sales(connection, connection.all(_BY_NUMBER, (number,)))
        order = kept.find_named(connection, number)
        order = order or kept.find_named(connection, number.upper())
        yield from _orders(connection, [order] if order is not None else [])
    elif said.sale:
        sale = said.sale.strip()
        yield from _sales(connection, connection.all(_BY_ID, (sale,)))
        order = kept.find(connection, sale)
        yield from _orders(connection, [order] if order is not None else [])
    elif said.customer:
        wanted = (said.customer, "sale")
        newest = islice(connection.each(_BY_CUSTOMER, wanted), MOST + 1)
        docs = list(_sales(connection, list(newest)))
        ids = islice(connection.each(_ORDERS_OF, (said.customer,)), MOST + 1)
        orders = [kept.find(connection, str(row[0])) for row in list(ids)]
        docs += _orders(connection, [one for one in orders if one is not None])
        yield from sorted(docs, key=lambda each: each.sale.wall, reverse=True)
    else:
        rows = connection.all(_BY_CARD, (said.day, said.total, "sale"))
        yield from _sales(connection, rows, last4=said.last4)


def _sales(
    connection: Connection, rows: Iterable[tuple[Any, ...]], last4: str = ""
) -> Iterator[SoldDoc]:
    for (body,) in rows:
        fact = decode_fact(bytes(body))
        if isinstance(fact, Sale) and (
            not last4 or any(paid.last4 == last4 for paid in fact.payments)
        ):
            yield sold_doc(connection, fact)


# --- a sale of a till -----------------------------------------------------------------------------


def sold_doc(connection: Connection, sale: Sale) -> SoldDoc:
    """A till's sale, with all that came back of it."""
    skus = {line.line: line.sku for line in sale.lines if not (line.order or line.value)}
    rules = goods.rules_of(connection, {sku for sku in skus.values() if sku})
    cards = [f"{paid.tender} •{paid.last4}" for paid in sale.payments if paid.last4]
    return SoldDoc(
        ref_of(sale),
        back=tuple(_back(connection, sale.id, sale.currency)),
        customer=sale.customer,
        paid_by=", ".join(dict.fromkeys(cards or [paid.tender for paid in sale.payments])),
        fixed=tuple(line for line, sku in skus.items() if rules.fixed(sku)),
        until=_until(rules, skus, sale.biz_date),
        serials=tuple((line.line, line.serial) for line in sale.lines if line.serial),
        on_the_way=tuple(_on_the_way(connection, sale.id)),
        points=goods.points_of(sale),
    )


def _until(rules: goods.Rules, skus: dict[int, str], sold: str) -> tuple[tuple[int, str], ...]:
    """Lines whose last day is not the store's usual one."""
    found = []
    for line, sku in skus.items():
        days = rules.days(sku)
        if days is not None:
            found.append((line, last_day(sold, days) if days else ""))
    return tuple(found)


def _back(connection: Connection, sale: str, currency: str) -> Iterator[SaleRefRow]:
    for statement in (_VOIDS, _REFUNDS):
        for (body,) in connection.all(statement, (sale,)):
            fact = decode_fact(bytes(body))
            if isinstance(fact, Refunded | Voided):
                yield ref_of(fact)
    slips: dict[int, list[tuple[object, ...]]] = {}
    for row in connection.all(_SLIPS, (sale,)):
        slips.setdefault(int(row[0]), []).append(row)
    for rows in slips.values():
        _n, _line, _of, _sku, _qty, _amount, fact_id, store_id, till, at = rows[0]
        lines = tuple(
            _counter_line(place, int(str(row[2])), str(row[3]), int(str(row[4])), int(str(row[5])))
            for place, row in enumerate(rows, 1)
        )
        where = (str(store_id), str(till), str(at))
        yield counter(str(fact_id), sale, "slip", where, currency, lines, "credit")


def _counter_line(place: int, of: int, sku: str, qty: int, amount: int) -> RefLine:
    return RefLine(
        *(place, sku, "", "", "piece", -qty, 0, -amount, -amount, 0, "", 0, -amount, 0),
        of=of,
    )


def counter(
    id_: str,
    sale: str,
    name: str,
    where: tuple[str, str, str],
    currency: str,
    lines: tuple[RefLine, ...],
    tender: str,
) -> SaleRefRow:
    """What came back otherwise than by a refund of a till, in the shape of one."""
    total = sum(line.total for line in lines)
    store_id, till, at = where
    return SaleRefRow(
        *(id_, "refund", sale, name, store_id, till, at[:10], at, "", currency, total, total),
        *(True, lines, (), (RefPayment(tender, total),)),
    )


def _on_the_way(connection: Connection, sale: str) -> Iterator[OnTheWay]:
    for account, qty, store_id, till, made in connection.all(
        _WORDS, ("sold", f"{sale}/", f"{sale}0", True, RETURN)
    ):
        line = str(account).rpartition("/")[2]
        yield OnTheWay(int(line), int(qty), str(store_id), str(till), str(made))
    for body, at in connection.all(_PENDED, (sale, "WAITING")):
        fact = decode_fact(bytes(body))
        for pended in getattr(fact, "lines", ()):
            if pended.of:
                yield OnTheWay(pended.of, pended.qty, fact.store, fact.till, str(at), "pended")


# --- a customer's order ---------------------------------------------------------------------------


def _orders(connection: Connection, orders: Iterable[Whole]) -> Iterator[SoldDoc]:
    for whole in orders:
        sale = order_sales.find(connection, whole.order_id)
        if sale is not None and (sale.lines or sale.waiting):
            yield order_doc(connection, sale)


def order_doc(connection: Connection, sale: OrderSale) -> SoldDoc:
    """An order, with what of it was handed over and what came back."""
    whole = sale.whole
    skus = {line.no: line.sku for line in sale.lines}
    rules = goods.rules_of(connection, {sku for sku in skus.values() if sku})
    document = order_sales.document(connection, sale)
    back = list(_back(connection, whole.order_id, whole.currency))
    back += _by_shop(connection, sale)
    fixed = {line.no for line in sale.lines if line.fixed}
    fixed |= {line for line, sku in skus.items() if rules.fixed(sku)}
    if not document.payments:
        fixed |= set(skus)  # nobody paid for it yet: there is nothing to give back
    return SoldDoc(
        document,
        back=tuple(back),
        channel=whole.channel,
        customer=whole.customer,
        paid_by=sale.told.payment.method if sale.told.payment.paid else _at_tills(document),
        steps=tuple(order_sales.steps(sale)),
        fixed=tuple(sorted(fixed)),
        until=_until(rules, skus, document.biz_date),
        points=sum(points.points_of(connection, whole.order_id)[1].values()),
        on_the_way=tuple(_on_the_way(connection, whole.order_id)),
        waiting=tuple(sale.waiting),
        by_hand=not order_sales.has_shop(connection, whole.channel),
    )


def _at_tills(document: SaleRefRow) -> str:
    paid = (one.tender for one in document.payments if one.tender != order_sales.SHOP)
    return ", ".join(dict.fromkeys(paid))


def _by_shop(connection: Connection, sale: OrderSale) -> Iterator[SaleRefRow]:
    """What the shop gave back itself, as refunds with lines: each once."""
    lines = {line.line: line for line in sale.lines}
    for refund, at in order_sales.by_shop(connection, sale):
        rows = []
        for place, (own, qty) in enumerate(refund.lines, 1):
            line = lines.get(own)
            if line is None:
                continue
            worth = line.total * qty // max(line.qty, 1)
            rows.append(_counter_line(place, line.no, line.sku, qty, worth))
        named = f"{sale.whole.channel}:{refund.external_id}"
        where = ("", "", at)
        yield counter(
            *(named, sale.whole.order_id, sale.whole.channel, where, sale.whole.currency),
            tuple(rows),
            order_sales.SHOP,
        )
