"""Tills' facts as events: sales, returns, closed shifts. No names: neither of staff nor of customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from pos_app.domain.day import parse_utc
from sync.hub.database import Connection
from sync.hub.webhooks.telling import tell, wanted
from sync.protocol import AnyFact, Refunded, Sale, ShiftClosed, Voided


def tell_facts(connection: Connection, facts: Sequence[AnyFact], at: str) -> None:
    """Queues what was just booked, for whoever listens; nothing is put together where nobody does."""
    now = parse_utc(at)
    for type_, kinds, told in _TOLD:
        if wanted(connection, type_, now):
            for fact in facts:
                if isinstance(fact, kinds):
                    tell(connection, type_, told(fact), now)


def _document(fact: Sale | Refunded | Voided) -> dict[str, Any]:
    return {
        "id": fact.id,
        "number": fact.doc_no,
        "store": fact.store,
        "till": fact.till,
        "at": fact.t.wall,
        "business_day": fact.biz_date,
        "currency": fact.currency,
        "total": fact.total,
        "tax": fact.tax,
        "lines": [
            {
                "sku": line.sku,
                "title": line.label,
                "qty": line.qty,
                "total": line.total,
                "tax": line.tax,
                "tax_rate_ppm": line.rate_ppm,
                **({"order": order} if (order := getattr(line, "order", "")) else {}),
            }
            for line in fact.lines
        ],
        "payments": [{"tender": one.tender, "amount": one.amount} for one in fact.payments],
    }


def _back(fact: Refunded | Voided) -> dict[str, Any]:
    whole = isinstance(fact, Voided)
    return _document(fact) | {"sale": fact.sale, "sale_number": fact.sale_doc, "whole": whole}


def _closed(fact: ShiftClosed) -> dict[str, Any]:
    return {
        "store": fact.store,
        "till": fact.till,
        "business_day": fact.biz_date,
        "z_number": fact.z_no,
        "currency": fact.currency,
        "opened": fact.opened,
        "closed": fact.t.wall,
        "sales": fact.sales,
        "total": fact.total,
        "tax": fact.tax,
        "tenders": [
            {"tender": one.tender, "expected": one.expected, "counted": one.counted}
            for one in fact.tenders
        ],
    }


_TOLD: Final[tuple[tuple[str, tuple[type, ...], Callable[[Any], dict[str, Any]]], ...]] = (
    ("sale.completed", (Sale,), _document),
    ("return.completed", (Refunded, Voided), _back),
    ("shift.closed", (ShiftClosed,), _closed),
)
"""Type of event, the facts that are one, and how they are told."""
