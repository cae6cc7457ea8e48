"""Beside what a store has: what of it is reserved, and what is on its way there.

Whoever sends goods to a store says so with `expect`, under a name of its own (the id of a transfer or
of a delivery), and says it again when less is left to come; `arrived` ends it. What other stores are
told follows within a minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import bindparam, delete, func, select

from sync.hub import atp, schema, stock_due
from sync.hub.database import Connection, Statement, adding

_IN: Final = 400
"""Products asked for in one statement: below every database's limit of parameters."""

_c, _p = schema.stock_coming.c, schema.right_part.c
_ADD = adding(schema.stock_coming)
_DROP = Statement(
    "store_id source",
    delete(schema.stock_coming).where(
        _c.store_id == bindparam("store_id"), _c.source == bindparam("source")
    ),
)
_OF_SOURCE = Statement(
    "store_id source",
    select(_c.sku).where(_c.store_id == bindparam("store_id"), _c.source == bindparam("source")),
)
_COMING = Statement(
    "store_id",
    select(_c.sku, func.sum(_c.qty), func.min(_c.day))
    .where(_c.store_id == bindparam("store_id"))
    .group_by(_c.sku),
)
_RESERVED = Statement(
    "kind is_open " + " ".join(f"account{place}" for place in range(_IN)),
    select(_p.account, func.sum(_p.amount - _p.used))
    .where(
        _p.kind == bindparam("kind"),
        _p.open == bindparam("is_open"),
        _p.amount > _p.used,
        _p.account.in_([bindparam(f"account{place}") for place in range(_IN)]),
    )
    .group_by(_p.account),
)


def expect(
    connection: Connection,
    store_id: str,
    source: str,
    lines: Iterable[tuple[str, int]],
    day: str = "",
) -> None:
    """So much of these products (thousandths) comes from a source, on a day; replaces what it said."""
    before = {sku for (sku,) in connection.all(_OF_SOURCE, (store_id, source))}
    sums: dict[str, int] = {}
    for sku, qty in lines:
        sums[sku] = sums.get(sku, 0) + qty
    wanted = sorted((sku, qty) for sku, qty in sums.items() if qty > 0)
    connection.run(_DROP, (store_id, source))
    connection.many(_ADD, [(store_id, source, sku, qty, day) for sku, qty in wanted])
    stock_due.moved(connection, store_id, sorted(before | set(sums)))


def arrived(connection: Connection, store_id: str, source: str) -> None:
    """Nothing more comes from there."""
    expect(connection, store_id, source, ())


def of_store(connection: Connection, store_id: str) -> dict[str, tuple[int, str]]:
    """SKU -> (thousandths on their way, day of the first of them)."""
    return {sku: (int(qty), day) for sku, qty, day in connection.all(_COMING, (store_id,))}


def reserved(connection: Connection, store_id: str, skus: Sequence[str]) -> dict[str, int]:
    """SKU -> thousandths promised to somebody and not fetched yet, of these products."""
    found: dict[str, int] = {}
    before = len(atp.account(store_id, ""))
    for start in range(0, len(skus), _IN):
        part = [atp.account(store_id, sku) for sku in skus[start : start + _IN]]
        part += [part[-1]] * (_IN - len(part))
        for account, qty in connection.all(_RESERVED, ("stock", True, *part)):
            found[account[before:]] = int(qty)
    return found
