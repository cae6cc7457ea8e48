"""Card payments nobody knows the end of: an exception while that is so, settled by the next word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync.protocol import CardNoted

if TYPE_CHECKING:
    from sync.hub.booking import Booking

KIND: Final = "payment_unmatched"
"""A charge that may be in no sale."""
_OPENS: Final = ("kept_open", "stray")


def note_card(booking: Booking, n: int, fact: CardNoted) -> None:
    """Opens the exception of this payment, or settles it where its end is known now."""
    if fact.state in _OPENS:
        booking.flag(KIND, n, fact, fact.reference, fact.amount)
    else:
        booking.settle(KIND, fact.of or fact.reference)
