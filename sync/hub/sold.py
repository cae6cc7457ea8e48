"""What of a sold line can still come back (R1), as the hub's books say."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, func, select

from sync.hub import schema
from sync.hub.database import Connection, Statement

_d, _l, _b = schema.document.c, schema.line.c, schema.refund_line.c
_e = schema.event.c
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
LINE_MAX: Final = 1 << 31


def account(sale: str, line: int) -> str:
    """The name of a sold line as an account."""
    return f"{sale}/{line}"


def is_known(connection: Connection, sale: str, line: int) -> bool:
    """True where the hub holds that line of that sale."""
    return connection.one(_LINE, (sale, line)) is not None


def left_of(connection: Connection, name: str, _now: object = None) -> int:
    """Thousandths of a line that were sold and did not come back; 0 for a voided sale."""
    sale, _, number = name.rpartition("/")
    line = int(number)
    row = connection.one(_LINE, (sale, line))
    if row is None or connection.one(_REVERSED, (sale,)) is not None:
        return 0
    back = connection.one(_BACK, (sale, line))
    return int(row[0]) - int(back[0] or 0 if back else 0)
