"""The open basket: lines, discounts, notes. Every change gives a new basket."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.catalogue import PIECE

PERCENT_WHOLE = 10_000
"""100 % in the basis points a percent discount is counted in."""


class DiscountKind(StrEnum):
    """What a discount's `value` counts."""

    PERCENT = "percent"
    """Basis points: 1_500 is 15 %."""
    AMOUNT = "amount"
    """Minor units off the whole line, or off the whole basket."""


@dataclass(frozen=True, slots=True)
class Discount:
    """A reduction given by a person, always with a reason and with who allowed it."""

    kind: DiscountKind
    value: int
    reason: str
    given_by: str
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket. Quantity in thousandths, prices in minor units per unit."""

    line_id: int
    """Unique in its basket and never used again in it."""
    sku: str
    label: str
    qty: int
    unit_price: int
    tax_code: str
    variant: str = ""
    unit: str = PIECE
    was: int = 0
    code: str = ""
    """What was scanned, empty when chosen by hand."""
    price_list: str = "retail"
    custom: bool = False
    """Typed by a person: no catalogue entry, no stock."""
    age_checked: str = ""
    """Id of the person who checked the buyer's age, where the product asks for it."""
    note: str = ""
    discounts: tuple[Discount, ...] = ()


@dataclass(frozen=True, slots=True)
class Basket:
    """What the customer is about to buy; it has no number until it is a sale."""

    basket_id: str
    """UUIDv7 text; becomes the id of the sale, so a retry can never make a second one."""
    currency: str
    opened_at: str
    """UTC, ISO 8601."""
    business_date: str
    lines: tuple[Line, ...] = ()
    discounts: tuple[Discount, ...] = ()
    next_line: int = 1
    note: str = ""
