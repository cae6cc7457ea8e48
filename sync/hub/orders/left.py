"""What a fact itself says of orders: goods that left by it, money that was paid with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pos_app.domain import pickup
from sync.protocol import Refunded, ReservationStepped, Sale, Voided

HANDED: Final = (pickup.PARTLY, pickup.COLLECTED)


def handed_in(fact: ReservationStepped) -> Iterator[tuple[str, int]]:
    """(SKU, thousandths) that left the store by this fact itself, and by no sale beside it."""
    if fact.handling is not None and fact.step in HANDED:
        for sku, qty in fact.lines:
            if sku and qty > 0:
                yield sku, qty


def due_in(fact: Sale | Voided | Refunded) -> int | None:
    """What of a document paid for orders, or was put on cards: no turnover; None for nothing."""
    if isinstance(fact, Refunded):
        return None
    paid = [line.total for line in fact.lines if line.order or line.value]
    return sum(paid) if paid else None
