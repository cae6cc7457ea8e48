"""What a till did for customers' orders, as a fold of its journal: where each step stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from pos_app.domain.bringing import SELLABLE
from sync.protocol import ReservationStepped, ReturnPended, StockCounted, TransferSent

HANDED: Final = ("COLLECTED", "PARTLY")
"""Steps by which an order's goods leave the store."""
KEEP_PASSED: Final = (
    "INSERT INTO passed_order (reservation, got_at, body) VALUES (?, ?, ?) "
    "ON CONFLICT (reservation) DO NOTHING"
)
FORGET_PASSED: Final = "DELETE FROM passed_order WHERE got_at < ?"
_STEP: Final = "INSERT INTO order_step (place, reservation, step, sale) VALUES (?, ?, ?, ?)"
_MOVE: Final = "INSERT INTO order_move (place, nth, sku, moved) VALUES (?, ?, ?, ?)"


def keep(
    execute: Callable[..., Any],
    executemany: Callable[[str, Iterable[Any]], Any],
    fact: ReservationStepped,
    place: int,
) -> None:
    """Where a step stands, and what left the stock by it."""
    if fact.handling is None:
        return
    execute(_STEP, (place, fact.reservation, fact.step, fact.sale))
    if fact.step in HANDED:
        executemany(_MOVE, [(place, nth, sku, -qty) for nth, (sku, qty) in enumerate(fact.lines)])


def keep_goods(
    executemany: Callable[[str, Iterable[Any]], Any],
    fact: TransferSent | StockCounted | ReturnPended,
    place: int,
) -> None:
    """What left this store's stock for another, was put right by a count, or taken in to be sold.

    What was received is not in it: until the hub has booked it, it is coming.
    """
    if isinstance(fact, TransferSent):
        moved = [(line.sku, -line.qty) for line in fact.lines]
    elif isinstance(fact, ReturnPended):
        moved = [(line.sku, line.qty) for line in fact.lines if line.condition == SELLABLE]
    else:
        moved = [(line.sku, line.counted - line.book) for line in fact.lines]
    executemany(_MOVE, [(place, nth, sku, qty) for nth, (sku, qty) in enumerate(moved) if qty])
