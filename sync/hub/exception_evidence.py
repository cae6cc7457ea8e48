"""What an exception stands on: the facts about it, oldest first, and how they are shown to people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select

from pos_app.domain.exceptions import VALUE_KINDS
from sync.hub import schema
from sync.hub.database import Connection, Statement
from sync.protocol import AnyFact, Evidence, decode_fact

FACTS_MAX: Final = 6
"""More than so many facts tell a person nothing."""
_BACK: Final = frozenset({"over_return", "voided_twice", "refund_differs"})
"""Kinds where what came back of the sale before belongs to it."""

_OF_CUSTOMERS: Final = VALUE_KINDS | {
    *("points_differ", "value_blocked", "value_currency", "value_differs"),
}

_e, _r = schema.event.c, schema.refund.c
_EVENT = Statement("id", select(_e.type, _e.body).where(_e.id == bindparam("id")))
_REFUNDS_OF = Statement(
    "sale",
    select(_e.id)
    .join_from(schema.refund, schema.event, _r.n == _e.n)
    .where(_r.sale == bindparam("sale"))
    .order_by(_e.n),
)


def evidence_of(
    connection: Connection, kind: str, fact: AnyFact | None, more: Sequence[str] = ()
) -> tuple[str, ...]:
    """Ids of the facts: the sale, what came back of it before, what else was named, this one last."""
    ids: list[str] = []
    sale = getattr(fact, "sale", "")
    if sale:
        ids.append(sale)
        if kind in _BACK:
            ids += [row[0] for row in connection.all(_REFUNDS_OF, (sale,)) if row[0]]
    ids += [each for each in more if each]
    if fact is not None:
        ids = [*[each for each in ids if each != fact.id][: FACTS_MAX - 1], fact.id]
    return tuple(dict.fromkeys(ids))[:FACTS_MAX]


def described(connection: Connection, ids: Sequence[str]) -> tuple[Evidence, ...]:
    """The facts as far as the hub holds them: what, where, when, who, how much."""
    found = []
    for fact_id in ids:
        row = connection.one(_EVENT, (fact_id,))
        fact = _read(row[1]) if row else None
        if row is not None and fact is not None:
            found.append(_evidence(fact, str(row[0])))
    return tuple(found)


def _read(body: bytes) -> Any:
    try:
        return decode_fact(bytes(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _evidence(fact: Any, kind: str) -> Evidence:
    payments = getattr(fact, "payments", ())
    amount: Any = getattr(fact, "payable", None)
    if amount is None:
        amount = getattr(fact, "amount", getattr(fact, "total", 0))
    return Evidence(
        fact=fact.id,
        type=kind,
        doc_no=fact.doc_no,
        store=fact.store,
        till=fact.till,
        wall=fact.t.wall,
        actor=fact.actor,
        amount=int(amount),
        tenders=tuple(dict.fromkeys(row.tender for row in payments)),
        offline=bool(getattr(fact, "offline", False)),
    )


def without_people(kind: str, detail: str) -> str:
    """A detail without what somebody typed, and without whose points or card it is about."""
    if kind == "variance":
        return detail.partition(": ")[0]
    return detail.partition(" ")[0] if kind in _OF_CUSTOMERS else detail
