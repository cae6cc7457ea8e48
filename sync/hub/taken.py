"""Who has the goods that a till may not take back: what the cashier there tells the customer."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select

from sync.hub import schema
from sync.hub.database import Connection, Statement
from sync.hub.rights import RETURN, Right, accounts_of
from sync.protocol import Taken

_d, _b, _e = schema.document.c, schema.refund_line.c, schema.event.c
_l, _k = schema.pended_line.c, schema.pended_return.c
_r, _p, _v = schema.value_right.c, schema.right_part.c, schema.device.c
_REFUND: Final = Statement(
    "sale line",
    select(_d.store_id, _d.till, _d.wall)
    .select_from(schema.refund_line.join(schema.document, _d.n == _b.n))
    .where(_b.sale == bindparam("sale"), _b.of == bindparam("line"))
    .order_by(_b.n.desc()),
)
_SLIP: Final = Statement(
    "sale line",
    select(_k.store_id, _k.till, _k.at)
    .select_from(schema.pended_line.join(schema.pended_return, _k.fact == _l.pended))
    .where(_l.sale == bindparam("sale"), _l.of == bindparam("line"))
    .order_by(_l.n.desc()),
)
_sale = schema.event.alias("sale")
_VOID: Final = Statement(
    "sale",
    select(_d.store_id, _d.till, _d.wall)
    .select_from(schema.document.join(_sale, _d.reverses == _sale.c.n))
    .where(_sale.c.id == bindparam("sale")),
)
_WORD: Final = Statement(
    "kind account is_open form mine",
    select(_v.store_id, _v.till, _r.made)
    .select_from(
        schema.right_part.join(schema.value_right, _r.right_id == _p.right_id).join(
            schema.device, _v.device == _r.device
        )
    )
    .where(
        _p.kind == bindparam("kind"),
        _p.account == bindparam("account"),
        _p.open == bindparam("is_open"),
        _r.form == bindparam("form"),
        _r.right_id != bindparam("mine"),
    )
    .order_by(_r.made.desc()),
)


def _by_shop(connection: Connection, order: str, line: int) -> tuple[str, str, str] | None:
    from sync.hub.returning import order_sales

    return order_sales.shop_took_of(connection, order, line)


def by_whom(connection: Connection, right: Right) -> Taken | None:
    """Who took back what a refused right asked for, or is about to; None where nobody can tell."""
    for _, account in accounts_of(connection, right):
        sale, _, line = account.rpartition("/")
        for kind, row in (
            ("void", connection.one(_VOID, (sale,))),
            ("refund", connection.one(_REFUND, (sale, int(line)))),
            ("slip", connection.one(_SLIP, (sale, int(line)))),
            ("shop", _by_shop(connection, sale, int(line))),
            ("word", connection.one(_WORD, ("sold", account, True, RETURN, right.right_id))),
        ):
            if row is not None:
                return Taken(kind, *map(str, row))
    return None
