"""A discount while it is being typed: what it takes off, and what is left to say."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pos_app.domain.basket import DiscountKind, Line, line_gross
from pos_app.domain.money import Rounding, divide
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
        if value and self.state.ready and self._kind == PRICE:
            self.selling.override(value, self._reason)
        elif value and self.state.ready:
            kind = DiscountKind.PERCENT if self._kind == PERCENT else DiscountKind.AMOUNT
            self.selling.discount(kind, value, self._reason, line=self._line)

    def take_away(self) -> None:
        """Takes the one that is there away; of another price, the line has its own again."""
        line = self.selling.line()
        if self._line and self._kind == PRICE and line is not None and line.override is not None:
            self.selling.override(line.override.price_from, "")
            return
        self.selling.discount(DiscountKind.AMOUNT, 0, "", line=self._line)

    def _gross(self) -> int:
        line, priced = self.selling.line(), self.selling.priced
        if self._line:
            return line_gross(line) if line else 0
        if priced is None:
            return 0
        return sum(row.gross - row.line_discount for row in priced.lines)

    def _value(self) -> int | None:
        """Basis points, minor units off, or the new price; None for what cannot be read."""
        if self._kind == PERCENT:
            return percent_typed(self._text)
        return amount_typed(self._text, self.desk.currency)

    def _show(self) -> None:
        line = self.selling.line()
        if self._kind == PRICE and self._line and line is not None:
            self._show_price(line)
        else:
            self._show_discount()

    def _show_price(self, line: Line) -> None:
        """Another price: of a piece or a kilogram, beside what it cost before."""
        desk, price = self.desk, self._value()
        before = line.override.price_from if line.override else line.unit_price
        problem = ""
        if self._text and price is None:
            problem = _("Type a price, for example 4.90.")
        elif price == 0:
            problem = _("It must be more than nothing.")
        changed = price if price and price != line.unit_price and not problem else 0
        self.state = DiscountState(
            title=_("New price"),
            detail=line.label,
            kind=PRICE,
            text=self._text,
            reasons=tuple(_(each) for each in REASONS["price_override"]),
            reason=self._reason,
            before=desk.money(before),
            cut=desk.money(changed - before) if changed and changed != before else "",
            after=desk.money(changed) if changed else "",
            problem=problem,
            ready=bool(changed and (self._reason or changed == before)),
            given=line.override is not None,
        )
        self.on_change(self.state)

    def _show_discount(self) -> None:
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
