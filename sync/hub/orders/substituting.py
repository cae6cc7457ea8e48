"""Another product for what is not there, where the customer agreed: never dearer, at times cheaper."""

from __future__ import annotations

from msgspec.structs import replace
from sqlalchemy import bindparam, select

from sync.hub import schema
from sync.hub.database import Connection, Statement
from sync.hub.orders import money, rows
from sync.hub.orders.step import Step
from sync.protocol import OrderLine

_p, _st = schema.price.c, schema.store.c
_PRICES = Statement(
    "sku store_id currency",
    select(_p.valid_from, _p.valid_to, _p.amount)
    .select_from(schema.price.join(schema.store, _st.price_list == _p.price_list))
    .where(
        _p.sku == bindparam("sku"),
        _st.store_id == bindparam("store_id"),
        _p.currency == bindparam("currency"),
    )
    .order_by(_p.valid_from),
)


def picked(step: Step, lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
    """The lines with the pieces that were found, and what they are replaced by."""
    instead = {of: given for of, given, _ in step.handling.instead}
    return rows.picked(lines, step.fact.lines, instead)


def handed(step: Step, lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
    """The lines with what was given for them, said only at the hand-over."""
    told = {of: given for of, given, _ in step.handling.instead}
    return tuple(
        replace(line, instead=told[line.sku])
        if line.sku in told and line.instead != told[line.sku]
        else line
        for line in lines
    )


def settle(step: Step) -> None:
    """What the replacement costs less is the customer's, once a line."""
    row = step.row
    for line in row.lines:
        if not line.instead or line.instead == line.sku or not line.picked:
            continue
        unit = _price(step, line.instead)
        given = line.picked
        paid = rows.worth(line, given)
        costs = paid if unit is None else min(paid, (unit * given + 500) // 1_000)
        money.give_back(
            *(step.connection, step.whole, row.reservation),
            f"instead:{row.reservation}:{line.line}",
            paid - costs,
            "replaced by something cheaper",
            step.now,
            store=step.part.store_id,
        )
    step.whole = money.settle(step.connection, step.whole, step.told, step.books.at)
    step.refresh()


def _price(step: Step, sku: str) -> int | None:
    return price_of(step.connection, sku, step.part.store_id, step.row.currency, step.books.at[:10])


def price_of(
    connection: Connection, sku: str, store_id: str, currency: str, day: str
) -> int | None:
    """What one costs in a store on a day, minor units; None where nobody said."""
    found = None
    for begins, ends, amount in connection.all(_PRICES, (sku, store_id, currency)):
        if begins <= day and (not ends or day <= ends):
            found = int(amount)
    return found
