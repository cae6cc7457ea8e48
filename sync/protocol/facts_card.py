"""Facts about card payments that did not go the plain way: every other is a payment of a sale."""

from __future__ import annotations

from sync.protocol.fact import Fact


class CardNoted(Fact, frozen=True, tag="card_noted"):
    """What is known of a card payment whose end was unknown, or that a person settled."""

    reference: str
    """What till and terminal call it; a sale's payment carries the same `ref`."""
    basket: str
    """The sale it is or was for: a sale of this id has it, unless it says otherwise."""
    state: str
    """kept_open: nobody knows whether it was charged. charged, not_charged: known now, by the
    terminal. typed_charged, typed_not_charged: a person read it from the terminal's slip.
    stray: the terminal charged it and no sale has it. given_back: a refund on the terminal."""
    amount: int
    currency: str
    of: str = ""
    """The charge that was given back."""
    auth: str = ""
    last4: str = ""
    terminal: str = ""
    slip: str = ""
    """The slip's number, where a person typed it."""
    reason: str = ""
