"""What a fact did to the stock of its own store, and when: for whoever rolls stock back to a moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from pos_app.domain.day import parse_utc, utc_text
from sync.hub import refunds
from sync.hub.orders.left import handed_in
from sync.protocol import (
    Fact,
    GoodsReceived,
    Refunded,
    ReservationStepped,
    Sale,
    TransferSent,
    Voided,
)
from sync.protocol.facts_logistics import EXTRA, SEND_BACK

MOVING: Final = (
    "sale",
    "voided",
    "refunded",
    "transfer_sent",
    "goods_received",
    "reservation_stepped",
)
"""Types of facts that move the stock of the store they were made in."""


def told_at(fact: Fact, wall: str = "") -> str:
    """A moment of a till's clock by the hub's time (UTC text): when the fact was made, or `wall`."""
    if not fact.t.off:
        return wall or fact.t.wall
    return utc_text(parse_utc(wall or fact.t.wall) + dt.timedelta(milliseconds=fact.t.off))


def moved_by(fact: Fact) -> Iterator[tuple[str, int]]:
    """(SKU, signed thousandths) of the store the fact was made in."""
    if isinstance(fact, Sale | Voided):
        goods = (sold for sold in fact.lines if not (sold.custom or sold.order or sold.value))
        yield from ((sold.sku, -sold.qty) for sold in goods)
    elif isinstance(fact, Refunded):
        yield from refunds.stock_back(fact)
    elif isinstance(fact, ReservationStepped):
        yield from ((sku, -qty) for sku, qty in handed_in(fact))
    elif isinstance(fact, TransferSent):
        for line in fact.lines:
            yield line.sku, -line.qty
    elif isinstance(fact, GoodsReceived):
        back = sent_back(fact)
        for got in fact.lines:
            yield got.sku, got.qty - got.damaged - back.pop(got.sku, 0)
        for sku, qty in back.items():
            yield sku, -qty


def sent_back(fact: GoodsReceived) -> dict[str, int]:
    """SKU -> thousandths that were on no list and go straight back: in nobody's stock here."""
    back: dict[str, int] = {}
    for one in fact.differences:
        if (one.kind, one.reason) == (EXTRA, SEND_BACK):
            back[one.sku] = back.get(one.sku, 0) + one.qty
    return back
