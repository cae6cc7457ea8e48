"""A discount while it is being typed: what it takes off, and what is left to say."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pos_app.domain.basket import DiscountKind, line_gross
from pos_app.domain.money import MILLI, Rounding, divide
from pos_app.presenters.consent import REASONS
from pos_app.presenters.desk import Desk
from pos_app.presenters.selling import Selling
from pos_app.presenters.typed import amount_typed, percent_typed
from pos_app.words import _

PERCENT, AMOUNT, PRICE = "percent", "amount", "price"
QUICK = {PERCENT: ("5", "10", "15", "20"), AMOUNT: ("1", "2", "5", "10"), PRICE: ()}


class DiscountState(msgspec.Struct, frozen=True):
    """The sheet."""

    title: str = ""
    detail: str = ""
    line: bool = True
    kind: str = PERCENT
    text: str = ""
    quick: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    reason: str = ""
    before: str = ""
    cut: str = ""
    after: str = ""
    problem: str = ""
    ready: bool = False
    given: bool = False
    """True where one is there that can be taken away."""


class Discounting:
    """Fills the sheet and gives the discount."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_change: Callable[[DiscountState], None] = lambda _state: None
        self.state = DiscountState()
        self._line, self._kind, self._text, self._reason = True, PERCENT, "", ""

    def open(self, *, line: bool) -> None:
        """For the marked line, or for the whole sale."""
        self._line, self._kind, self._text, self._reason = line, PERCENT, "", ""
        self._show()

    def choose_kind(self, kind: str) -> None:
        """Percent, an amount off, or another price."""
        self._kind, self._text = kind, ""
        self._show()

    def type(self, text: str) -> None:
        """What was typed or tapped."""
        self._text = text
        self._show()

    def choose_reason(self, reason: str) -> None:
        """Why."""
        self._reason = reason
        self._show()

    def give(self) -> None:
        """Gives it."""
        value = self._value()
        if value and self.state.ready:
            kind = DiscountKind.PERCENT if self._kind == PERCENT else DiscountKind.AMOUNT
            self.selling.discount(kind, value, self._reason, line=self._line)

    def take_away(self) -> None:
        """Takes the one that is there away."""
        self.selling.discount(DiscountKind.AMOUNT, 0, "", line=self._line)

    def _gross(self) -> int:
        line, priced = self.selling.line(), self.selling.priced
        if self._line:
            return line_gross(line) if line else 0
        if priced is None:
            return 0
        return sum(row.gross - row.line_discount for row in priced.lines)

    def _value(self) -> int | None:
        """Basis points or minor units; None for what cannot be read."""
        if self._kind == PERCENT:
            return percent_typed(self._text)
        amount = amount_typed(self._text, self.desk.currency)
        line = self.selling.line()
        if amount is None or self._kind == AMOUNT or line is None:
            return amount
        return self._gross() - divide(line.qty * amount, MILLI, Rounding.HALF_UP)

    def _show(self) -> None:
        desk, line, gross, value = self.desk, self.selling.line(), self._gross(), self._value()
        cut = 0
        if value:
            percent = self._kind == PERCENT
            cut = divide(gross * value, 10_000, Rounding.HALF_UP) if percent else value
        problem = ""
        if self._text and value is None:
            problem = _("Type a number, for example 10 or 2.50.")
        elif self._text and (cut <= 0 or cut > gross):
            problem = _("It must be more than nothing and at most {amount}.").format(
                amount=desk.money(gross)
            )
        basket = self.selling.basket
        given = bool(line and line.discounts) if self._line else bool(basket and basket.discounts)
        self.state = DiscountState(
            title=_("Discount on the line") if self._line else _("Discount on the sale"),
            detail=line.label if self._line and line else desk.money(gross),
            line=self._line,
            kind=self._kind,
            text=self._text,
            quick=QUICK[self._kind],
            reasons=tuple(_(each) for each in REASONS["discount"]),
            reason=self._reason,
            before=desk.money(gross),
            cut=desk.money(-cut) if cut and not problem else "",
            after=desk.money(gross - cut) if cut and not problem else "",
            problem=problem,
            ready=bool(cut and not problem and self._reason),
            given=given,
        )
        self.on_change(self.state)
