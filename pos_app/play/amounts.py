"""The numbers of a play's file in the units the till counts in; what is no whole one is refused."""

from __future__ import annotations

from decimal import Decimal

from pos_app.domain.errors import Refused
from pos_app.domain.money import MILLI, minor_digits


def whole(amount: Decimal) -> int:
    """A number that is a whole one. Raises Refused("play_amount_not_exact", amount=…)."""
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise Refused("play_amount_not_exact", amount=str(amount))
    return int(amount)


def milli(qty: Decimal) -> int:
    """A quantity in thousandths."""
    return whole(qty * MILLI)


def minor(amount: Decimal, currency: str) -> int:
    """An amount in minor units."""
    return whole(amount.scaleb(minor_digits(currency)))
