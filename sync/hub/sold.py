"""What of a sold line can still come back (R1), as the hub's books say.

Sold is what a till sold, or what was handed over of a customer's order (`returning.order_sales`).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, func, select

from sync.hub import schema
from sync.hub.database import Connection, Statement

_d, _l, _b = schema.document.c, schema.line.c, schema.refund_line.c
_e, _p = schema.event.c, schema.pended_line.c
_LINE = Statement(
    "id line",
    select(_l.qty)
    .select_from(schema.event.join(schema.line, _l.n == _e.n))
    .where(_e.id == bindparam("id"), _l.line == bindparam("line")),
)
_REVERSED = Statement(
    "id",
    select(_d.n)
    .select_from(schema.event.join(schema.document, _d.reverses == _e.n))
    .where(_e.id == bindparam("id")),
)
_BACK = Statement(
    "sale line",
    select(func.sum(_b.qty)).where(_b.sale == bindparam("sale"), _b.of == bindparam("line")),
)
_SLIPS = Statement(
    "sale line",
    select(func.sum(_p.qty)).where(_p.sale == bindparam("sale"), _p.of == bindparam("line")),
)
LINE_MAX: Final = 1 << 31


def account(sale: str, line: int) -> str:
    """The name of a sold line as an account."""
    return f"{sale}/{line}"


def is_known(connection: Connection, sale: str, line: int) -> bool:
    """True where the hub holds that line of that sale, or of that order."""
    if connection.one(_LINE, (sale, line)) is not None:
        return True
    return _of_order(connection, sale, line) is not None


def _of_order(connection: Connection, order: str, line: int) -> int | None:
    from sync.hub.returning import order_sales  # which stands above the accounts

    return order_sales.left_of(connection, order, line)


def left_of(connection: Connection, name: str, _now: object = None) -> int:
    """Thousandths of a line that were sold and did not come back; 0 for a voided sale.

    What a slip was paid for came back, like what a refund took.
    """
    sale, _, number = name.rpartition("/")
    line = int(number)
    row = connection.one(_LINE, (sale, line))
    if row is None:
        return _of_order(connection, sale, line) or 0
    if connection.one(_REVERSED, (sale,)) is not None:
        return 0
    return int(row[0]) - came_back(connection, sale, line)


def came_back(connection: Connection, sale: str, line: int) -> int:
    """Thousandths of a line that came back to tills, by refunds and by slips that were paid."""
    back = 0
    for statement in (_BACK, _SLIPS):
        found = connection.one(statement, (sale, line))
        back += int(found[0] or 0) if found else 0
    return back
