"""What a ledger is asked about customers' orders.

The steps are read from the journal's own entries; the fold only says where they are. What the
hub's rows contain already is not read again: see `ReflectedRow`.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from pos_app.store.journal import place_of
from pos_app.store.reads import Reads, whole
from sync.protocol import ReservationStepped, decode_fact
from sync.protocol.orders import OrderRow

_BODIES: Final = (
    "SELECT journal.body FROM order_step JOIN journal ON journal.place = order_step.place"
)
_AFTER: Final = f"{_BODIES} WHERE order_step.place > ? ORDER BY order_step.place"
_OF: Final = f"{_BODIES} WHERE reservation = ? ORDER BY order_step.place"
_OF_SALE: Final = f"{_BODIES} WHERE sale = ? AND sale <> '' ORDER BY order_step.place"
_PASSED: Final = "SELECT body FROM passed_order ORDER BY got_at, reservation"
_HANDED_HERE: Final = (
    "SELECT 1 FROM order_step WHERE reservation = ? AND step = 'COLLECTED' LIMIT 1"
)

_row = msgspec.json.Decoder(OrderRow)


class OrderReads(Reads):
    """The part of a ledger's reads that is about customers' orders."""

    def order_steps(self, after: tuple[int, int]) -> list[ReservationStepped]:
        """What was done here behind a place (epoch, seq) of the journal, oldest first."""
        return _facts(self._rows(_AFTER, (place_of(*after),)))

    def steps_of(self, reservation: str) -> list[ReservationStepped]:
        """Everything that was ever done here for one order, oldest first."""
        return _facts(self._rows(_OF, (reservation,)))

    def steps_of_sale(self, sale_id: str) -> list[ReservationStepped]:
        """What was handed over when a sale was paid."""
        return _facts(self._rows(_OF_SALE, (sale_id,)))

    def handed_here(self, reservation: str) -> bool:
        """True where the whole of an order was handed over at this till."""
        return self._row(_HANDED_HERE, (reservation,)) is not None

    def passed_orders(self) -> list[OrderRow]:
        """Orders that only a signed pass told of."""
        return [whole(_row.decode, body) for (body,) in self._rows(_PASSED)]


def _facts(rows: list[Any]) -> list[ReservationStepped]:
    found = [whole(decode_fact, body) for (body,) in rows]
    return [fact for fact in found if isinstance(fact, ReservationStepped)]
