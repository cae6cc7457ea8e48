"""Cash at the hub: what moved without a sale, what a drawer should hold, and who was off by how much.

A Z is added up again here from what the till sent before it. A difference beyond the policy's limit
is told to a person as what it is; the Z itself stays as it came.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import bindparam, func, select

from pos_app.domain.errors import Refused
from pos_app.domain.staff import Policy
from sync.hub import schema
from sync.hub.database import Connection, Statement, adding
from sync.hub.devices import Device
from sync.protocol import CashMoved, ShiftClosed

KINDS: Final = ("in", "out", "drop")

_m, _doc, _pay, _s = schema.cash_move.c, schema.document.c, schema.payment.c, schema.shift.c
ADD: Final = adding(schema.cash_move)
_MOVED = Statement(
    "shift",
    select(_m.kind, func.sum(_m.amount)).where(_m.shift == bindparam("shift")).group_by(_m.kind),
)
_CASH_PAID = Statement(
    "tender shift",
    select(func.sum(_pay.amount))
    .join_from(schema.payment, schema.document, _pay.n == _doc.n)
    .where(_pay.tender == bindparam("tender"), _doc.shift == bindparam("shift")),
)
_FLOAT = Statement("shift", select(_s.float_amount).where(_s.shift == bindparam("shift")))
_POLICY = Statement("", select(schema.policy.c.text).order_by(schema.policy.c.version.desc()))
_BY_KIND = Statement(
    "",
    select(_m.store_id, _m.currency, _m.kind, func.count(), func.sum(_m.amount))
    .group_by(_m.store_id, _m.currency, _m.kind)
    .order_by(_m.store_id, _m.currency, _m.kind),
)
_SHIFTS = Statement(
    "",
    select(
        *(_s.store_id, _s.till, _s.number, _s.biz_date, _s.currency, _s.float_amount),
        *(_s.closed, _s.total, _s.difference, _s.expected, _s.counted),
    ).order_by(_s.store_id, _s.till, _s.number),
)


def row(n: int, device: Device, fact: CashMoved) -> tuple[object, ...]:
    """A movement as it is kept; `n` is the hub's number of the entry."""
    return (
        *(n, device.store_id, device.till, fact.biz_date, fact.t.wall, fact.shift, fact.actor),
        *(fact.approver, fact.currency, fact.kind, fact.amount, fact.reason, fact.reference),
    )


def wrong(fact: CashMoved) -> str:
    """What no till of ours says of a movement, in words; empty where all is well."""
    if fact.kind not in KINDS:
        return f"kind {fact.kind}"
    return f"amount {fact.amount}" if fact.amount <= 0 else ""


def drawer(connection: Connection, z: ShiftClosed) -> dict[str, int] | None:
    """What the shift's drawer should hold, from what was booked of it; None for no such shift."""
    begun = connection.one(_FLOAT, (z.shift,))
    if begun is None:
        return None
    moved = dict.fromkeys(KINDS, 0)
    moved |= {kind: int(amount) for kind, amount in connection.all(_MOVED, (z.shift,))}
    paid = connection.one(_CASH_PAID, ("cash", z.shift))
    sold = int(paid[0] or 0) if paid else 0
    return {
        "cash_in": moved["in"],
        "cash_out": moved["out"],
        "drops": moved["drop"],
        "expected": int(begun[0]) + sold + moved["in"] - moved["out"] - moved["drop"],
    }


def cash_of(z: ShiftClosed) -> tuple[int, int] | None:
    """Expected and counted cash as a Z states them; None where it has no such row."""
    for row in z.tenders:
        if row.tender == "cash":
            return row.expected, row.counted
    return None


def differences(connection: Connection, z: ShiftClosed) -> list[str]:
    """Each figure of the drawer that what was booked does not give."""
    right, stated = drawer(connection, z), cash_of(z)
    if right is None or stated is None:
        return []
    told = {name: getattr(z, name) for name in ("cash_in", "cash_out", "drops")}
    told["expected"] = stated[0]
    return [
        f"{name}: {amount}, should be {right[name]}"
        for name, amount in told.items()
        if amount != right[name]
    ]


def over_limit(connection: Connection, z: ShiftClosed) -> list[tuple[str, int]]:
    """Tenders (and what each is off by) beyond what a count may differ without being told of."""
    found = connection.one(_POLICY)
    limit = _limit(str(found[0]), z.currency) if found else 0
    return [(row.tender, row.difference) for row in z.tenders if abs(row.difference) > limit]


@lru_cache(maxsize=16)
def _limit(text: str, currency: str) -> int:
    try:
        return Policy.parse(text, currency).action("close_shift").reason_above or 0
    except Refused:
        return 0


def report(connection: Connection) -> dict[str, Any]:
    """Movements by store, currency and kind; every shift with its drawer. Minor units."""
    return {
        "moves": [
            {"store": store, "currency": currency, "kind": kind, "count": count, "amount": amount}
            for store, currency, kind, count, amount in connection.all(_BY_KIND)
        ],
        "shifts": [
            {
                "store": store,
                "till": till,
                "number": number,
                "day": day,
                "currency": currency,
                "float": begun,
                "closed": bool(closed),
                "total": total,
                "difference": off,
                "expected_cash": expected,
                "counted_cash": counted,
            }
            for store, till, number, day, currency, begun, closed, total, off, expected, counted in (
                connection.all(_SHIFTS)
            )
        ],
    }
