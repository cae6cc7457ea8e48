"""Payment: what is due, what was typed, what the big button does now."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pos_app.domain.cash import quick_amounts
from pos_app.domain.money import cash_step, minor_digits
from pos_app.domain.tender import CREDIT, GIFT_CARD, TENDERS, Settlement
from pos_app.domain.value_code import looks_like
from pos_app.presenters.card import Cards
from pos_app.presenters.card_view import CardView
from pos_app.presenters.desk import Desk
from pos_app.presenters.selling import Selling
from pos_app.presenters.value_views import KIND_OF, ValueView, closed
from pos_app.presenters.values import Values
from pos_app.presenters.views import Coin, coin_views, short_money, tender_name
from pos_app.words import _

TYPED_MAX = 9


class TenderView(msgspec.Struct, frozen=True):
    """A way to pay."""

    code: str
    words: str
    icon: str
    chosen: bool
    locked: bool = False
    """A card payment runs: nothing else is taken until its end is known."""
    reason: str = ""
    """Why it cannot be used now."""


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
    card: CardView | None = None
    """A payment on the card terminal, while it runs or right after it was not taken."""
    integrated: bool = False
    """True where a terminal hangs on the till's line: nobody types a slip."""
    locked: str = ""
    """Why there is no way back now."""
    value: ValueView | None = None
    """The page of a gift card or credit."""


class Paying:
    """Takes payments until nothing is left. Amounts are typed in whole units with a point."""

    def __init__(self, desk: Desk, selling: Selling, cards: Cards, values: Values) -> None:
        self.desk, self.selling, self.cards, self.values = desk, selling, cards, values
        values.on_pay = self.refresh
        values.on_paid = lambda: self.choose("cash")
        self.on_change: Callable[[PayState], None] = lambda _state: None
        self.state = PayState()
        self.typed = ""
        self.reference = ""
        self._tender = "cash"

    def open(self) -> None:
        """Begins with cash and nothing typed, or where a card payment still runs."""
        self._tender = "card" if self.cards.running else "cash"
        self.cards.dismiss()
        self.values.leave()
        card = self.selling.state.card
        if card is not None and card.kind == "value":
            self.selling.dismiss_card()
        self._clear()

    def choose(self, tender: str) -> None:
        """Another way to pay."""
        if self.cards.running:
            return
        if self.values.waiting and tender in KIND_OF:
            return
        self._tender = tender
        self.cards.dismiss()
        self.values.leave()
        self._clear()
        if tender in KIND_OF:
            self.values.enter(tender)

    def scanned(self, text: str) -> bool:
        """A code was scanned here; True where it is a gift card's or a slip's."""
        number = self._tender in KIND_OF and text.isdigit()
        if self.cards.running or not (number or looks_like(text)):
            return False
        if self._tender not in KIND_OF:
            self._tender = CREDIT if text.lstrip().upper().startswith("HFC") else GIFT_CARD
            self.cards.dismiss()
        amount, self.typed = self.amount, ""
        self.values.scanned(text, amount)
        return True

    def typed_code(self, text: str) -> None:
        """The code of a card, or the PIN of one, was typed."""
        amount, self.typed = self.amount, ""
        self.values.scanned(text, amount)

    def changed(self) -> None:
        """The card payment is further than it was."""
        if self.cards.view is not None:
            self._tender = "card"
        self.refresh()

    def _clear(self) -> None:
        self.typed = self.reference = ""
        self.refresh()

    def key(self, mark: str) -> None:
        """A digit, `00` or the point was typed."""
        if not self._typing():
            return
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

    def _typing(self) -> bool:
        """False while a card payment runs; what was told of the last one is read now."""
        if self.cards.running:
            return False
        self.cards.dismiss()
        return True

    def erase(self, *, everything: bool = False) -> None:
        """Takes back a sign, or all."""
        if not self._typing():
            return
        self.typed = "" if everything else self.typed[:-1]
        self.refresh()

    def add(self, whole: int) -> None:
        """That many whole units more."""
        self.set_amount(self.amount + whole * int(10 ** minor_digits(self.desk.currency)))

    def set_amount(self, minor: int) -> None:
        """An amount was chosen instead of typed."""
        if not self._typing():
            return
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
        if self.cards.running:
            return
        if self.selling.settlement is not None and self.selling.settlement.complete:
            self.selling.complete()
            return
        if not self.state.ready:
            return
        given = self.amount or None
        if self._tender in KIND_OF:
            if self.values.own_credit and self._tender == CREDIT:
                self.values.use_credit(self.amount)
            return
        if self._tender == "card" and self.cards.integrated:
            self.typed = ""
            self.cards.start(given)
            return
        if self.selling.pay(self._tender, given, self.reference):
            self._clear()

    def exact(self, tender: str) -> None:
        """The whole rest by one tender: F10, F11."""
        if self.cards.running:
            return
        if tender == "card" and self.cards.integrated:
            self.choose(tender)
            self.cards.start()
            return
        self.cards.dismiss()
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
        desk, card = self.desk, self.cards.view
        if card is not None:
            return self._of_card(standing, card)
        if self._tender in KIND_OF:
            return self._of_value(standing)
        cash = TENDERS[self._tender].kind == "cash"
        due = standing.due_cash if cash else standing.due
        typed = self.amount
        change = max(0, typed - due) if cash else 0
        left = max(0, due - typed) if typed else 0
        tenders = self._tenders(locked=False)
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
            integrated=self.cards.integrated,
        )

    def _tenders(self, *, locked: bool) -> tuple[TenderView, ...]:
        return tuple(
            TenderView(
                *(code, tender_name(code), tender.icon, code == self._tender),
                locked=locked and code != self._tender,
                reason=closed(self.desk.till, code) if code in KIND_OF else "",
            )
            for code, tender in TENDERS.items()
            if tender.offered
        )

    def _of_value(self, standing: Settlement) -> PayState:
        """A gift card or credit: scanned, then the hub's word."""
        desk, view = self.desk, self.values.view or ValueView("")
        due, typed = standing.due, min(self.amount, standing.due)
        own = self.values.own_credit if self._tender == CREDIT else 0
        ready = bool(own) and not view.busy
        reason = _("Asking head office…") if view.busy else "" if own else view.title
        return PayState(
            _("Still due") if standing.paid else _("Due now"),
            desk.money(due),
            tender_name(self._tender),
            desk.money(typed or min(own or due, due)),
            tenders=self._tenders(locked=False),
            chosen=self._tender,
            point=minor_digits(desk.currency) > 0,
            button=_("Use store credit") if own else tender_name(self._tender),
            button_amount=desk.money(min(typed or own, due)) if own else "",
            button_reason=reason,
            ready=ready,
            integrated=self.cards.integrated,
            value=view,
        )

    def _of_card(self, standing: Settlement, card: CardView) -> PayState:
        """The card's page; where nothing runs any more the other ways are open again."""
        due = self.desk.money(standing.due)
        running = card.locked
        tone = {"warn": "warn", "bad": "bad"}.get(card.pill_tone if running else card.tone, "text")
        return PayState(
            _("Still due") if standing.paid else _("Due now"),
            due,
            _("Card"),
            card.state,
            _("Time") if running else "",
            card.time if running else "",
            tone,
            self._tenders(locked=running),
            self._tender,
            button=card.button or _("Card"),
            button_amount=card.amount if card.button else due,
            ready=not running,
            card=card,
            integrated=True,
            locked=_("Locked until the terminal answers") if running else "",
        )

    def _button(
        self, standing: Settlement, due: int, typed: int, change: int, *, cash: bool
    ) -> tuple[str, str, str]:
        """Words, amount, and why it can't be pressed."""
        desk = self.desk
        words, amount = _("Complete sale"), ""
        if typed and typed < due:
            words = _("Add cash") if cash else _("Add card")
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
