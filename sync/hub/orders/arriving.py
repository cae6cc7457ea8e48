"""Goods that another store sends for an order: a part where the customer comes for them."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from pos_app.domain import pickup
from sync.hub.database import numbering
from sync.hub.identity import load_keys
from sync.hub.logistics import supply
from sync.hub.orders import kept, passes, sourcing
from sync.hub.orders.kept import Part
from sync.hub.orders.step import Step
from sync.hub.schema import stock_move
from sync.protocol import OrderEvent, OrderLine
from sync.protocol.orders import PICKUP

_ADD_MOVE: Final = numbering(stock_move)


def expect(step: Step, given: list[tuple[str, int, OrderLine]]) -> None:
    """What was sent is a part of the store that hands it over: on its way, promised to nobody else.

    Its `to_store` is its own store until the goods are there.
    """
    row, connection = step.row, step.connection
    if not row.to_store:
        return
    held = kept.parts_of(connection, step.whole.order_id)
    place = len(held)
    own = kept.reservation_id_of(step.whole.order_id, place)
    sourcing.promise(connection, own, row.to_store, (), step.whole.order_id, step.now)
    lines = tuple(
        replace(
            line,
            qty=qty,
            total=line.total * qty // max(line.qty, 1),
            picked=0,
            short=0,
            handed=0,
            place="",
            walk=0,
        )
        for _, qty, line in given
    )
    code, end = passes.kept_of(load_keys(connection), own)
    at = step.books.at
    first = sum(line.handed for line in row.lines) == sum(qty for _, qty, _ in given)
    extra = row.total - sum(line.total for line in row.lines) if first else 0
    arriving = replace(
        row,
        reservation=own,
        state=pickup.RESERVED,
        version=1,
        lines=lines,
        way=PICKUP,
        ready="",
        keep_until="",
        total=sum(line.total for line in lines) + extra,
        picker="",
        picker_name="",
        picker_till="",
        shelf="",
        bags=0,
        packed_by="",
        code=code,
        code_end=end,
        parts=place + 1,
        history=(*row.history[:1], OrderEvent(at, "sent", step.part.store_id)),
    )
    step.told.add(connection, Part(place, row.to_store, arriving))
    goods = [(line.instead or line.sku, qty) for _, qty, line in given]
    way = (step.part.store_id, row.to_store)
    supply.on_its_way(step.books, own, row.name, way, [(sku, qty) for sku, qty in goods if sku])


def arrived(step: Step) -> None:
    """The goods are in the store that hands them over: once, whichever step says so first."""
    row = step.row
    if row.way != PICKUP or row.to_store != step.part.store_id:
        return
    counted = supply.received(step.books, row.reservation)
    for line in row.lines:
        sku = line.instead or line.sku
        qty = max(0, line.qty - counted.pop(sku, 0))
        if sku and qty:
            step.books.stock[sku] += qty
            cause = f"order {row.reservation} arrived"
            step.connection.run(_ADD_MOVE, (step.fact.store, sku, qty, cause, step.books.at))
    step.save("", to_store="")
