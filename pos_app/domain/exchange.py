"""Goods for goods: what comes back pays for what goes out, by a tender that is nobody's money.

The refund says `exchange` -X and the sale `exchange` +X, X the smaller of the two: the pair nets to
zero, and only the rest is paid or paid back. A swap keeps the price once paid: it is a line at
another price than the catalogue's, with this word as its reason, and no promotion touches it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pos_app.domain.basket import Basket, Line
from pos_app.domain.money import MILLI
from pos_app.domain.pricing import Priced
from pos_app.domain.promotion import SWAPPED, swapped
from pos_app.domain.returns import RefundFigures
from pos_app.domain.tender import EXCHANGE, Payment

__all__ = [
    "DOWN",
    "EVEN",
    "SWAPPED",
    "UP",
    "ExchangeFigures",
    "alone",
    "carried_by",
    "carried_over",
    "differences",
    "payments_of",
    "swap_prices",
    "swapped",
    "swaps",
]

EVEN, UP, DOWN = "even", "up", "down"


@dataclass(frozen=True, slots=True)
class ExchangeFigures:
    """What an exchange comes to, minor units."""

    refund: RefundFigures
    """With the payments of what is paid back; all negative."""
    priced: Priced | None
    """What goes out; None where nothing does."""
    carried: int
    """What the goods coming back pay of those going out, positive."""

    @property
    def back(self) -> int:
        """Worth of what comes back, positive."""
        return -self.refund.total

    @property
    def out(self) -> int:
        """What the goods going out cost."""
        return self.priced.total if self.priced is not None else 0

    @property
    def to_pay(self) -> int:
        """What the customer still pays; 0 where nothing."""
        return self.out - self.carried

    @property
    def paid_back(self) -> int:
        """What the customer is given, cash rounding in; 0 where nothing."""
        return -sum(paid.amount for paid in self.refund.payments if paid.tender != EXCHANGE)

    @property
    def way(self) -> str:
        """EVEN, UP (the customer pays) or DOWN (is paid back)."""
        if self.out > self.back:
            return UP
        return DOWN if self.out < self.back else EVEN


def carried_over(worth: int, out: int) -> int:
    """How much of what comes back pays for what goes out."""
    return max(0, min(worth, out))


def swap_prices(worth: int, qty: int) -> tuple[tuple[int, int], ...]:
    """(price a piece, thousandths) of lines that cost `worth` in sum, to the last minor unit."""
    pieces = qty // MILLI
    low, more = divmod(worth, pieces)
    found = ((low + 1, more * MILLI), (low, (pieces - more) * MILLI))
    return tuple(row for row in found if row[1])


def payments_of(figures: RefundFigures) -> tuple[Payment, ...]:
    """What the sale says of what was carried over to it: the refund's own rows, turned round."""
    return tuple(
        Payment(EXCHANGE, -paid.amount, reference=paid.reference)
        for paid in figures.payments
        if paid.tender == EXCHANGE
    )


def carried_by(payments: Sequence[Payment]) -> int:
    """How much of a basket is paid by goods that come back."""
    return sum(paid.amount for paid in payments if paid.tender == EXCHANGE)


def swaps(basket: Basket) -> tuple[Line, ...]:
    """The lines that go out at the price once paid."""
    return tuple(line for line in basket.lines if swapped(line))


class _Paid(Protocol):
    @property
    def tender(self) -> str: ...
    @property
    def amount(self) -> int: ...


class _Part(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def exchange(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def total(self) -> int: ...
    @property
    def payments(self) -> Sequence[_Paid]: ...


def differences(refund: _Part, sale: _Part) -> Iterator[str]:
    """What is wrong with the two documents of an exchange, in words and numbers."""
    if refund.exchange != sale.id or sale.exchange != refund.id:
        yield "the two documents do not name each other"
    if refund.currency != sale.currency:
        yield f"currency: {refund.currency} comes back, {sale.currency} goes out"
    back = -sum(paid.amount for paid in refund.payments if paid.tender == EXCHANGE)
    out = sum(paid.amount for paid in sale.payments if paid.tender == EXCHANGE)
    if back != out:
        yield f"carried over: {back} comes back, {out} goes out"
    most = carried_over(-refund.total, sale.total)
    if out > most:
        yield f"carried over: {out}, the goods are worth {most}"


def alone(part: _Part) -> Iterator[str]:
    """What is wrong with a document that carries money over and names no other."""
    out = sum(paid.amount for paid in part.payments if paid.tender == EXCHANGE)
    if out and not part.exchange:
        yield f"carried over: {out}, and no document it goes with"
