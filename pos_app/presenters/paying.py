"""Payment: what is due, what was typed, what the big button does now."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pos_app.domain.cash import quick_amounts
from pos_app.domain.money import cash_step, minor_digits
from pos_app.domain.tender import TENDERS, Settlement
from pos_app.presenters.desk import Desk
from pos_app.presenters.selling import Selling
from pos_app.presenters.views import Coin, coin_views, short_money, tender_name
from pos_app.words import _

TYPED_MAX = 9


class TenderView(msgspec.Struct, frozen=True):
    """A way to pay."""

    code: str
    words: str
    icon: str
    chosen: bool


class Quick(msgspec.Struct, frozen=True):
    """An amount a customer is likely to hand over."""

    amount: int
    words: str
    detail: str = ""
    chosen: bool = False


class PayState(msgspec.Struct, frozen=True):
    """The work area of Pay and its button."""

    due_label: str = ""
    due: str = ""
    second_label: str = ""
    second: str = ""
    third_label: str = ""
    third: str = ""
    third_tone: str = "ok"
    tenders: tuple[TenderView, ...] = ()
    chosen: str = "cash"
    quick: tuple[Quick, ...] = ()
    coins: tuple[Coin, ...] = ()
    point: bool = True
    """False where the currency has no decimals."""
    button: str = ""
    button_amount: str = ""
    button_reason: str = ""
    ready: bool = False


class Paying:
    """Takes payments until nothing is left. Amounts are typed in whole units with a point."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_change: Callable[[PayState], None] = lambda _state: None
        self.state = PayState()
        self.typed = ""
        self.reference = ""
        self._tender = "cash"

    def open(self) -> None:
        """Begins with cash and nothing typed."""
        self._tender = "cash"
        self._clear()

    def choose(self, tender: str) -> None:
        """Another way to pay."""
        self._tender = tender
        self._clear()

    def _clear(self) -> None:
        self.typed = self.reference = ""
        self.refresh()

    def key(self, mark: str) -> None:
        """A digit, `00` or the point was typed."""
        digits = minor_digits(self.desk.currency)
        if mark == ".":
            if digits and "." not in self.typed:
                self.typed = (self.typed or "0") + "."
        elif "." in self.typed:
            room = digits - len(self.typed.partition(".")[2])
            self.typed += mark[: max(0, room)]
        elif len(self.typed) + len(mark) <= TYPED_MAX:
            self.typed = (self.typed + mark).lstrip("0") or "0"
        self.refresh()

    def erase(self, *, everything: bool = False) -> None:
        """Takes back a sign, or all."""
        self.typed = "" if everything else self.typed[:-1]
        self.refresh()

    def add(self, whole: int) -> None:
        """That many whole units more."""
        self.set_amount(self.amount + whole * int(10 ** minor_digits(self.desk.currency)))

    def set_amount(self, minor: int) -> None:
        """An amount was chosen instead of typed."""
        digits = minor_digits(self.desk.currency)
        whole, rest = divmod(minor, 10**digits)
        self.typed = f"{whole}.{rest:0{digits}d}" if rest else str(whole)
        self.refresh()

    def set_reference(self, text: str) -> None:
        """The number on the terminal's slip."""
        self.reference = text

    def restore_typed(self, typed: str) -> None:
        """Takes keys back that turned out to be a scan."""
        self.typed = typed
        self.refresh()

    @property
    def amount(self) -> int:
        """What was typed, minor units; 0 for nothing."""
        digits = minor_digits(self.desk.currency)
        whole, _point, rest = self.typed.partition(".")
        return int(whole or 0) * int(10**digits) + int(
            rest.ljust(digits, "0") or 0 if digits else 0
        )

    def finish(self) -> None:
        """The big button: takes what was typed, or the rest by card."""
        if self.selling.settlement is not None and self.selling.settlement.complete:
            self.selling.complete()
            return
        if not self.state.ready:
            return
        given = self.amount or None
        if self.selling.pay(self._tender, given, self.reference):
            self._clear()

    def exact(self, tender: str) -> None:
        """The whole rest by one tender: F10, F11."""
        if self.selling.pay(tender, None, self.reference):
            self._clear()

    def refresh(self) -> None:
        """Everything again: something was typed, paid or taken back."""
        standing = self.selling.settlement
        if standing is None:
            self.state = PayState()
        else:
            self.state = self._state(standing)
        self.on_change(self.state)

    def _state(self, standing: Settlement) -> PayState:
        desk = self.desk
        cash = TENDERS[self._tender].kind == "cash"
        due = standing.due_cash if cash else standing.due
        typed = self.amount
        change = max(0, typed - due) if cash else 0
        left = max(0, due - typed) if typed else 0
        tenders = tuple(
            TenderView(code, tender_name(code), tender.icon, code == self._tender)
            for code, tender in TENDERS.items()
        )
        third_label, third, tone = _("Change"), desk.money(change) if typed else "", "ok"
        if left:
            third_label, third, tone = _("Still due after it"), desk.money(left), "warn"
        elif not cash:
            third_label, third = "", ""
        received = _("Cash received") if cash else _("By card")
        second = desk.money(typed or (0 if cash else due))
        words, amount, reason = self._button(standing, due, typed, change, cash=cash)
        return PayState(
            _("Still due") if standing.paid else _("Due now"),
            desk.money(due),
            received,
            second,
            third_label,
            third,
            tone,
            tenders,
            self._tender,
            self._quick(due, typed) if cash else (),
            coin_views(change, desk.currency) if change else (),
            minor_digits(desk.currency) > 0,
            words,
            amount,
            reason,
            not reason,
        )

    def _button(
        self, standing: Settlement, due: int, typed: int, change: int, *, cash: bool
    ) -> tuple[str, str, str]:
        """Words, amount, and why it can't be pressed."""
        desk = self.desk
        words, amount = _("Complete sale"), ""
        if typed and typed < due:
            words = _("Add {tender}").format(tender=tender_name(self._tender).lower())
            amount = desk.money(typed)
        elif change:
            amount = _("Change {amount}").format(amount=desk.money(change))
        elif not cash:
            amount = _("Card {amount}").format(amount=desk.money(due))
        reason = ""
        if self.selling.state.busy:
            reason = _("Saving the sale\u2026")
        elif standing.complete:
            amount = ""
        elif cash and not typed:
            reason = _("Choose or type the amount given")
        elif cash and typed % cash_step(desk.currency):
            reason = _("No coins for that amount")
        elif not cash and typed > due:
            reason = _("Only {amount} is left to pay").format(amount=desk.money(due))
        return words, amount, reason

    def _quick(self, due: int, typed: int) -> tuple[Quick, ...]:
        currency = self.desk.currency
        amounts = quick_amounts(due, currency)
        return tuple(
            Quick(
                amount,
                _("Exact") if place == 0 else short_money(amount, currency),
                self.desk.money(amount) if place == 0 else "",
                typed == amount,
            )
            for place, amount in enumerate(amounts[:6])
        )
