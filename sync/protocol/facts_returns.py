"""Facts about goods that came back before anybody could say what they are worth."""

from __future__ import annotations

import msgspec

from sync.protocol.fact import Fact


class PendedLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """Goods that were taken in; quantity and amount positive."""

    sku: str
    label: str
    qty: int
    amount: int
    """What the customer says, or the receipt shows, they cost: no promise."""
    of: int = 0
    """The sale's own line, where it is known."""
    reason: str = ""
    condition: str = "sellable"
    variant: str = ""
    unit: str = "piece"


class ReturnPended(Fact, frozen=True, tag="return_pended"):
    """Goods in, no money: the slip has a value once the hub has found the sale and agrees."""

    slip: str
    """Account of the credit it becomes (`credit`): the hash of the code on the slip."""
    why: str
    """offline, other_store, order, no_receipt or no_copy."""
    currency: str
    lines: tuple[PendedLine, ...]
    amount: int
    sale: str = ""
    """Id of the sale or order, where it is known."""
    sale_doc: str = ""
    """What stood on the paper."""
    customer: str = ""


class DecidedLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a slip was given for a line of a sale; quantity and amount positive."""

    of: int
    """The sale's own line; 0 where no sale is known."""
    sku: str
    qty: int
    amount: int


class ReturnDecided(Fact, frozen=True, tag="return_decided"):
    """The hub's own: what a slip is worth, once and for all; its account is credited with it."""

    pended: str
    """Id of the `return_pended` it is about."""
    slip: str
    state: str
    """By the hub itself CONFIRMED, or CONFLICT where a person decides on the rest; by a person PAID,
    ADJUSTED or REJECTED."""
    currency: str
    amount: int
    """What the account is given by this; 0 where it is rejected."""
    lines: tuple[DecidedLine, ...] = ()
    sale: str = ""
    why: str = ""
