"""What the books say: sales, money by tender, tax and store, stock, exceptions, quarantine."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, literal_column, or_, select

from pos_app.domain.exceptions import WAITING
from pos_app.domain.returns import SELLABLE
from sync.hub import archive, cash, own_journal, quarantine, recovering, schema
from sync.hub.database import Connection, Statement
from sync.hub.values import cards as value_cards

_day, _tender, _tax = schema.day_total.c, schema.day_tender.c, schema.day_tax.c
_refund, _back = schema.refund.c, schema.refund_line.c
_line, _doc, _x = schema.line.c, schema.document.c, schema.exception.c
_BY_STORE = Statement(
    "",
    select(
        _day.store_id,
        _day.currency,
        func.sum(_day.sales),
        func.sum(_day.voids),
        func.sum(_day.net),
        func.sum(_day.tax),
        func.sum(_day.total),
        func.sum(_day.rounding),
    )
    .group_by(_day.store_id, _day.currency)
    .order_by(_day.store_id, _day.currency),
)
_BY_TENDER = Statement(
    "",
    select(_tender.currency, _tender.tender, func.sum(_tender.amount))
    .group_by(_tender.currency, _tender.tender)
    .order_by(_tender.currency, _tender.tender),
)
_BY_TAX = Statement(
    "",
    select(_tax.currency, _tax.code, _tax.rate_ppm, func.sum(_tax.net), func.sum(_tax.tax))
    .group_by(_tax.currency, _tax.code, _tax.rate_ppm)
    .order_by(_tax.currency, _tax.code, _tax.rate_ppm),
)
_MOVED = Statement(
    "",
    select(_line.sku, -func.sum(_line.qty))
    .where(_line.custom.is_(False))
    .group_by(_line.sku)
    .order_by(_line.sku),
)
_REFUNDS = Statement(
    "",
    select(_refund.store_id, _refund.currency, func.count(), -func.sum(_refund.total))
    .group_by(_refund.store_id, _refund.currency)
    .order_by(_refund.store_id, _refund.currency),
)
_DAMAGED = Statement(
    "condition",
    select(_back.sku, func.sum(_back.qty))
    .where(_back.condition != bindparam("condition"))
    .group_by(_back.sku)
    .order_by(_back.sku),
)
_EXCEPTIONS = Statement(
    "state other",
    select(
        _x.no,
        _x.kind,
        _x.store_id,
        _x.device,
        _x.fact,
        _x.amount,
        _x.currency,
        _x.detail,
        _x.opened,
    )
    .where(or_(_x.state == bindparam("state"), _x.state == bindparam("other")))
    .order_by(_x.no),
)
_DECIDED = Statement(
    "",
    select(_x.resolution, _x.currency, func.count(), func.sum(_x.amount))
    .where(_x.resolution != literal_column("''"))
    .group_by(_x.resolution, _x.currency)
    .order_by(_x.resolution, _x.currency),
)
_QUARANTINED = Statement(
    "state",
    select(func.count())
    .select_from(schema.quarantine)
    .where(schema.quarantine.c.state == bindparam("state")),
)
_EVENTS = Statement(
    "device",
    select(func.count())
    .select_from(schema.event)
    .where(schema.event.c.device != bindparam("device")),
)
_PRODUCTS = Statement("", select(func.count()).select_from(schema.product))


def report(connection: Connection) -> dict[str, Any]:
    """The whole report as plain values: minor units, thousandths (negative is sold).

    `total` and `tax` add up one currency; with several they are None and `by_store` tells them
    apart.
    """
    stores = connection.all(_BY_STORE)
    currencies = sorted({row[1] for row in stores})
    single = len(currencies) <= 1
    tenders: dict[str, Any] = {}
    for currency, tender, amount in connection.all(_BY_TENDER):
        name = tender if single else f"{tender} {currency}"
        tenders[name] = int(amount)
    back = connection.all(_REFUNDS)
    damaged = {sku: int(qty) for sku, qty in connection.all(_DAMAGED, (SELLABLE,))}
    stock = {sku: int(moved) - damaged.get(sku, 0) for sku, moved in connection.all(_MOVED)}
    return {
        "sales": sum(int(row[2]) for row in stores),
        "voids": sum(int(row[3]) for row in stores),
        "refunds": sum(int(row[2]) for row in back),
        "refunded": sum(int(row[3]) for row in back) if single else None,
        "refunds_by_store": {
            (row[0] if single else f"{row[0]} {row[1]}"): {
                "refunds": int(row[2]),
                "refunded": int(row[3]),
            }
            for row in back
        },
        "damaged": damaged,
        "currency": currencies[0] if len(currencies) == 1 else "",
        "total": sum(int(row[6]) for row in stores) if single else None,
        "tax": sum(int(row[5]) for row in stores) if single else None,
        "by_tender": tenders,
        "by_tax": [
            {"currency": currency, "code": code, "rate_ppm": rate, "net": int(net), "tax": int(tax)}
            for currency, code, rate, net, tax in connection.all(_BY_TAX)
        ],
        "by_store": {
            (row[0] if single else f"{row[0]} {row[1]}"): {
                "currency": row[1],
                "sales": int(row[2]),
                "voids": int(row[3]),
                "net": int(row[4]),
                "tax": int(row[5]),
                "total": int(row[6]),
                "rounding": int(row[7]),
            }
            for row in stores
        },
        "cash": cash.report(connection),
        "values": value_cards.owed(connection),
        "stock": {sku: moved for sku, moved in stock.items() if moved},
        "exceptions": _exceptions(connection),
        "decided": [
            {"way": way, "currency": currency, "count": int(count), "amount": int(amount)}
            for way, currency, count, amount in connection.all(_DECIDED)
        ],
        "quarantined": _count(connection, _QUARANTINED, "quarantined"),
        "not_posted": quarantine.not_posted(connection),
        "events": _count(connection, _EVENTS, own_journal.DEVICE),
        "products": _count(connection, _PRODUCTS),
        "recovering": recovering.state(connection),
        "last_backup": archive.last_backup(connection),
    }


def _exceptions(connection: Connection) -> list[dict[str, Any]]:
    """What a person still has to settle, oldest first."""
    names = ("no", "kind", "store", "device", "fact", "amount", "currency", "detail", "opened")
    return [dict(zip(names, row, strict=True)) for row in connection.all(_EXCEPTIONS, WAITING)]


def _count(connection: Connection, statement: Statement, *values: str) -> int:
    found = connection.one(statement, values)
    return int(found[0]) if found else 0
