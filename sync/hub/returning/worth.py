"""What goods on a slip are worth: by their sale or order and what came back of it, else by policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import bindparam, or_, select

from pos_app.domain.returns import SoldLine, back_line
from sync.hub import accounts, schema, sold
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement
from sync.hub.devices import IN_SERVICE
from sync.hub.exception_rights import in_force
from sync.hub.orders import kept, money
from sync.hub.orders.kept import Told
from sync.hub.returning import order_sales, shop_refunds
from sync.protocol import DecidedLine, PendedLine, ReturnPended, Sale, decode_fact

NO_RECEIPT: Final = "no_receipt"

_e, _d, _b, _p, _v = (
    schema.event.c,
    schema.document.c,
    schema.refund_line.c,
    schema.price.c,
    schema.device.c,
)
_BY_ID = Statement("id", select(_e.body).where(_e.id == bindparam("id")))
_BY_NUMBER = Statement(
    "doc_no kind",
    select(_e.body)
    .select_from(schema.document.join(schema.event, _e.n == _d.n))
    .where(_d.doc_no == bindparam("doc_no"), _d.kind == bindparam("kind"))
    .order_by(_d.n),
)
_TOOK = Statement(
    "sale line",
    select(_e.id)
    .select_from(schema.refund_line.join(schema.event, _e.n == _b.n))
    .where(_b.sale == bindparam("sale"), _b.of == bindparam("line"))
    .order_by(_b.n),
)
_VOIDED = Statement(
    "id",
    select(_e.id)
    .select_from(schema.document.join(schema.event, _e.n == _d.reverses))
    .where(_e.id == bindparam("id")),
)
_PRICES = Statement(
    "sku store_id currency none since",
    select(_p.valid_from, _p.amount)
    .select_from(schema.price.join(schema.store, schema.store.c.price_list == _p.price_list))
    .where(
        _p.sku == bindparam("sku"),
        schema.store.c.store_id == bindparam("store_id"),
        _p.currency == bindparam("currency"),
        or_(_p.valid_to == bindparam("none"), _p.valid_to >= bindparam("since")),
    ),
)
_SEEN = Statement(
    "store_id " + " ".join(f"state{n}" for n in range(len(IN_SERVICE))),
    select(_v.last_seen).where(
        _v.store_id == bindparam("store_id"),
        _v.state.in_([bindparam(f"state{n}") for n in range(len(IN_SERVICE))]),
    ),
)


@dataclass(slots=True)
class Worth:
    """What a slip is worth, and what of it is not the hub's to say."""

    amount: int = 0
    lines: tuple[DecidedLine, ...] = ()
    sale: str = ""
    over: int = 0
    """Minor units that a person decides on."""
    why: str = ""
    evidence: tuple[str, ...] = ()
    busy: bool = False
    """True while another till has the hub's word for the same goods."""
    order: str = ""


@dataclass(slots=True)
class _Sold:
    sale: str
    lines: dict[int, SoldLine] = field(default_factory=dict)
    order: str = ""


def of(connection: Connection, fact: ReturnPended, now: dt.datetime) -> Worth | None:
    """What it is worth now; None while its sale is not known here."""
    if fact.why == NO_RECEIPT and not fact.sale and not fact.sale_doc:
        return _without_receipt(connection, fact, now)
    found = _sold(connection, fact)
    return _by_sale(connection, fact, found, now) if found is not None else None


def is_known(connection: Connection, sale: str, doc_no: str) -> bool:
    """True where a sale or an order is here under that id or that number."""
    return (
        (bool(sale) and connection.one(_BY_ID, (sale,)) is not None)
        or (bool(doc_no) and connection.one(_BY_NUMBER, (doc_no, "sale")) is not None)
        or (bool(sale) and kept.find(connection, sale) is not None)
        or (bool(doc_no) and kept.find_named(connection, doc_no) is not None)
    )


def _sold(connection: Connection, fact: ReturnPended) -> _Sold | None:
    row = connection.one(_BY_ID, (fact.sale,)) if fact.sale else None
    if row is None and fact.sale_doc:
        row = connection.one(_BY_NUMBER, (fact.sale_doc, "sale"))
    sale = decode_fact(bytes(row[0])) if row else None
    if isinstance(sale, Sale):
        lines = {line.line: line for line in sale.lines if not (line.order or line.value)}
        return _Sold(sale.id, dict(lines))
    order = kept.find(connection, fact.sale) if fact.sale else None
    order = order or (kept.find_named(connection, fact.sale_doc) if fact.sale_doc else None)
    document = order_sales.sale_of(connection, order.order_id) if order is not None else None
    if order is None or document is None:
        return None
    ref = {line.line: line for line in document.lines}
    return _Sold(order.order_id, dict(ref), order.order_id)


def _by_sale(connection: Connection, fact: ReturnPended, found: _Sold, now: dt.datetime) -> Worth:
    """R1: what is left of each line, at the price that was paid."""
    if found.order:
        kept.lock(connection, found.order)
    connection.lock_name(f"sale:{found.sale}")
    wanted = list(_matched(connection, fact, found))
    accounts.lock(
        connection, [("sold", sold.account(found.sale, line)) for line, _ in wanted if line]
    )
    told = Worth(sale=found.sale, order=found.order)
    lines, beyond, evidence = [], [], list[str]()
    taken: dict[int, int] = {}
    for number, pended in wanted:
        line = found.lines.get(number)
        if line is None:
            told.over += pended.amount
            beyond.append(f"{pended.sku} is not on that receipt")
            continue
        name = sold.account(found.sale, number)
        left = sold.left_of(connection, name) - taken.get(number, 0)
        held = accounts.held_back(connection, "sold", name)
        fits = max(min(pended.qty, left), 0)
        if fits and left - held < fits:
            told.busy, told.why = True, "another till is taking the same goods back just now"
            return told
        before = line.qty - left
        paid = -_worth(line, before, fits) if fits else 0
        if fits:
            lines.append(DecidedLine(number, pended.sku, fits, paid))
            told.amount += paid
            taken[number] = taken.get(number, 0) + fits
        if fits < pended.qty:
            told.over += _share(pended, pended.qty - fits)
            beyond.append(f"line {number}: {line.qty - left + pended.qty} of {line.qty} came back")
            evidence += _took(connection, found.sale, number)
    told.lines, told.evidence = tuple(lines), tuple(dict.fromkeys(evidence))
    told.why = "; ".join(beyond)[:120]
    del now
    return told


def _worth(line: SoldLine, before: int, qty: int) -> int:
    back = back_line(line, before, qty)
    return back.net + back.tax


def _share(pended: PendedLine, qty: int) -> int:
    return pended.amount * qty // max(pended.qty, 1)


def _matched(
    connection: Connection, fact: ReturnPended, found: _Sold
) -> Iterator[tuple[int, PendedLine]]:
    """(line of the sale, what came in); 0 where the sale has no such goods."""
    del connection
    for pended in fact.lines:
        if pended.qty <= 0:
            continue
        line = found.lines.get(pended.of)
        if line is not None and line.sku == pended.sku:
            yield pended.of, pended
            continue
        same = [number for number, each in found.lines.items() if each.sku == pended.sku]
        yield (same[0] if same else 0), pended


def _took(connection: Connection, sale: str, line: int) -> list[str]:
    facts = [str(row[0]) for row in connection.all(_TOOK, (sale, line))]
    voided = connection.one(_VOIDED, (sale,))
    return facts or ([str(voided[0])] if voided else [])


# --- without a receipt ----------------------------------------------------------------------------


def _without_receipt(connection: Connection, fact: ReturnPended, now: dt.datetime) -> Worth:
    """The lowest price of the last days, never more than was said, up to the policy's limit."""
    policy = in_force(connection, fact.currency)
    since = (now - dt.timedelta(days=policy.no_receipt_days or 30)).date().isoformat()
    worth, lines, unknown = 0, [], []
    for pended in fact.lines:
        price = _lowest(connection, pended.sku, fact.store, fact.currency, since, stamp(now)[:10])
        if price is None:
            unknown.append(pended.sku)
            continue
        amount = min((price * pended.qty + 500) // 1_000, pended.amount or 1 << 62)
        lines.append(DecidedLine(0, pended.sku, pended.qty, amount))
        worth += amount
    most = policy.no_receipt_max or 0
    told = Worth(amount=min(worth, most), lines=tuple(lines))
    told.over = max(fact.amount - told.amount, 0) if worth > most or unknown else 0
    if worth > most:
        told.why = "no receipt, and worth more than the limit for that"
    elif unknown:
        told.why = f"no receipt, and no price of {', '.join(unknown)}"[:120]
    return told


def _lowest(
    connection: Connection, sku: str, store_id: str, currency: str, since: str, today: str
) -> int | None:
    prices = [
        int(amount)
        for begins, amount in connection.all(_PRICES, (sku, store_id, currency, "", since))
        if not begins or begins <= today
    ]
    return min(prices) if prices else None


# --- what else is known -----------------------------------------------------------------------------


def may_come(connection: Connection, doc_no: str, at: str) -> bool:
    """True while a till that may have sold it was not heard since then."""
    store_id = doc_no.partition("-")[0]
    rows = connection.all(_SEEN, (store_id, *sorted(IN_SERVICE)))
    return any(not row[0] or row[0] <= at for row in rows)


def remember(connection: Connection, fact: ReturnPended, found: Worth, now: dt.datetime) -> None:
    """An order's own books and history: so much was given for goods of it, on a slip."""
    if not found.order or not found.amount:
        return
    whole, at = kept.find(connection, found.order), stamp(now)
    if whole is None:
        return
    money.note(connection, whole, f"back:{fact.id}", money.BACK, found.amount, "", at)
    told, numbers = Told(), {line.of for line in found.lines}
    sale = order_sales.find(connection, found.order)
    back = {line.line for line in (sale.lines if sale else ()) if line.no in numbers}
    for part in kept.parts_of(connection, found.order):
        if any(row.line in back and row.handed for row in part.row.lines):
            who = f"{fact.store}-{fact.till}"
            shop_refunds.note(connection, part, told, at, "returned", who, "on a slip")
    money.settle(connection, replace(whole, changed=at), told, at)
    told.publish(connection)
