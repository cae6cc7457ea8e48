"""What a customer brings back in exchange for what they take: kept with the basket until it is a fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SELLABLE, DAMAGED, SUPPLIER = "sellable", "damaged", "supplier"
CONDITIONS: Final = (SELLABLE, DAMAGED, SUPPLIER)
"""What a thing is that came back. Damaged, or to go back to who made it, it does not go into the
stock that is sold."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What comes back of a line now, and why."""

    line: int
    qty: int
    reason: str = ""
    condition: str = SELLABLE
    serial: str = ""
    """What was read on the goods, where the sale says which one it was."""


@dataclass(frozen=True, slots=True)
class Bringing:
    """The part of a basket that is a return: with the sale it is written, or neither."""

    refund_id: str
    """UUIDv7 text; becomes the id of the refund."""
    sale: str
    """Id of the sale or the order."""
    sale_doc: str
    choices: tuple[Choice, ...]
    worth: int
    """What is paid back for it, tax in, minor units, positive."""
    tender: str = ""
    """Another way to pay back what is left than it was paid; empty for the way it was."""
    reference: str = ""
    account: str = ""
    """Where what is left goes, by gift card or store credit."""
    auth: str = ""
    """Under which id the hub's word was asked; empty where nobody asked."""
    approver: str = ""
    """Who agreed before anything was paid."""
    carried: int = 0
    """How much of it was to pay for what goes out, as they agreed."""
    doc: str = ""
    """The sale as the hub told of it (`SoldDoc`, JSON), where this till has no copy of its own."""
