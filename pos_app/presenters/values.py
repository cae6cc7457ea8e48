"""Gift cards and credit on the screen: paying with one, what is on it, selling and topping up.

What only the hub can say comes later: what was asked is kept here until `heard`, and nobody waits
for it. A code is in memory while it is needed, and on no screen but masked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from pos_app.domain.basket import Basket
from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError, Refused
from pos_app.domain.money import minor_digits
from pos_app.domain.tender import CREDIT as BY_CREDIT
from pos_app.domain.tender import Payment
from pos_app.domain.value_code import CARD, CREDIT, ValueCode, read_code, shown
from pos_app.presenters.cart import Card
from pos_app.presenters.desk import LEDGER, Consent, Desk
from pos_app.presenters.selling import Selling
from pos_app.presenters.typed import amount_typed
from pos_app.presenters.value_views import (
    PRESETS,
    Preset,
    ValueState,
    ValueView,
    closed,
)
from pos_app.presenters.views import dotted, short_money
from pos_app.till import values
from pos_app.words import _, clock, date


@dataclass(slots=True)
class _Pending:
    """A payment that waits for the hub's word."""

    basket: Basket
    asked: values.Asked


@dataclass(slots=True)
class _Look:
    """A question what is on a card, and where its answer is shown."""

    code: ValueCode
    ask_id: str
    in_sheet: bool


class Values:
    """One of a window."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_pay: Callable[[], None] = lambda: None
        """The page of Pay says something else."""
        self.on_paid: Callable[[], None] = lambda: None
        """It paid; what is left is paid another way."""
        self.on_change: Callable[[ValueState], None] = lambda _state: None
        self.on_enter_pay: Callable[[], None] = lambda: None
        self.view: ValueView | None = None
        self.state = ValueState()
        self._pending: _Pending | None = None
        self._look: _Look | None = None
        self._number = ""
        """A bought-in card whose PIN is not typed yet."""
        self._card: ValueCode | None = None
        """The card of the sheet, or of the message in the cart."""
        self._amount, self._preset, self._typed = 0, 0, ""
        self.open_sheet = False

    # ---- paying

    @property
    def waiting(self) -> bool:
        """Whether the hub's word on a payment is on its way."""
        return self._pending is not None

    def enter(self, tender: str) -> None:
        """The page of a tender of stored value; a customer's credit pays by the same key."""
        self._number = ""
        reason = closed(self.desk.till, tender)
        if reason:
            told = _("Only what was put on a card at this till can be spent until then.")
            self._page(ValueView(reason, told, "off", credit=tender == BY_CREDIT))
            return
        if tender == BY_CREDIT and self.own_credit:
            self.use_credit()
        elif self._pending is None:
            self._page(self._scan_page(tender))

    def leave(self) -> None:
        """Another tender."""
        self._give_up()
        self.view = None

    @property
    def own_credit(self) -> int:
        """What the customer of the sale has to spend, as was known last."""
        basket = self.selling.basket
        return basket.customer.credit if basket is not None and basket.customer else 0

    def _scan_page(self, tender: str) -> ValueView:
        if tender == BY_CREDIT:
            return ValueView(
                _("Scan the credit slip"),
                _("Or name the customer: their own credit then pays with one key."),
                credit=True,
                icon="wallet",
            )
        return ValueView(
            _("Scan the gift card"),
            _("It pays at once, as far as it goes. The rest is paid another way."),
        )

    def scanned(self, text: str, amount: int = 0) -> None:
        """A card or slip in Pay: it pays, as far as it goes or as much as was typed."""
        number = self._number
        try:
            code = read_code(number, text) if number else read_code(text)
            if code.bought_in and not code.pin:
                self._number = text
                title = _("PIN of card {card}").format(card=shown(code))
                detail = _("The six digits below the scratched field.")
                self._page(ValueView(title, detail, pin=True))
                return
        except PosError as error:
            self._refused(error)
            return
        self._number = ""
        till = self.desk.till
        self._begin(
            lambda basket, paid: values.begin(till, basket, paid, code, amount),
            shown(code),
            credit=code.kind == CREDIT,
        )

    def use_credit(self, amount: int = 0) -> None:
        """The customer's own credit pays, as far as it goes."""
        basket, till = self.selling.basket, self.desk.till
        customer = basket.customer if basket is not None else None
        if customer is None:
            return
        account = customer.account or customer.customer
        self._begin(
            lambda basket, paid: values.begin_account(
                till, basket, paid, CREDIT, account, amount=amount
            ),
            customer.name,
            credit=True,
        )

    def _begin(
        self,
        ask: Callable[[Basket, tuple[Payment, ...]], values.Asked],
        named: str,
        *,
        credit: bool,
    ) -> None:
        basket, paid = self.selling.basket, self.selling.payments
        if basket is None or self._pending is not None or self.selling.state.busy:
            return
        title = _("Asking head office…")
        self._page(ValueView(title, named, "busy", busy=True, credit=credit))

        def begun(asked: values.Asked) -> None:
            self._pending = _Pending(basket, asked)
            self._ask_again()

        self.desk.hands.run(LEDGER, lambda: ask(basket, paid), begun, self._refused)

    def heard(self) -> None:
        """The hub said something: about the payment, or about a card that somebody asked about."""
        if self._pending is not None:
            self._ask_again()
        if self._look is not None:
            self._look_again()

    def _ask_again(self) -> None:
        pending, till = self._pending, self.desk.till
        if pending is None:
            return
        before = self.selling.payments

        def stood() -> tuple[str, tuple[Payment, ...]]:
            state, _amount = values.standing(till, pending.asked)
            if state == values.WAITING:
                return state, before
            return state, values.pay_with(till, pending.basket, before, pending.asked)

        self.desk.hands.run(LEDGER, stood, self._stood, self._not_paid)

    def _stood(self, told: tuple[str, tuple[Payment, ...]]) -> None:
        state, payments = told
        if state == values.WAITING or self._pending is None:
            return
        pending, self._pending = self._pending, None
        basket = self.selling.basket
        same = basket is not None and basket.basket_id == pending.basket.basket_id
        if not (same and self.selling.state.paying):
            self._let_go(pending)
            return
        self.view = None
        self.selling.paid_by(payments)
        self.on_paid()

    def _not_paid(self, error: BaseException) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            self._let_go(pending)
        self._refused(error)

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, PosError):
            raise error
        self._number = ""
        told = self.desk.words(error)
        tone = "off" if error.code == "value_needs_hub" else "bad"
        detail = " ".join(each for each in (told.safe, told.todo) if each)
        self._page(ValueView(told.title, detail, tone, icon="circle-alert"))
        self.desk.hands.sound("refused")
        self.desk.hands.announce(str(told), at_once=True)

    def _page(self, view: ValueView) -> None:
        credit = self.own_credit
        if view.credit and credit and not view.busy:
            use = _("Use credit {amount}").format(amount=self.desk.money(credit))
            view = msgspec.structs.replace(view, use=use)
        self.view = view
        self.on_pay()

    def _give_up(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            self._let_go(pending)

    def _let_go(self, pending: _Pending) -> None:
        till = self.desk.till
        run = self.desk.hands.run
        run(LEDGER, lambda: values.give_up(till, pending.asked), lambda _none: None, self.desk.tell)

    def take_back(self, place: int) -> bool:
        """A payment of stored value leaves the sale; False where it is another kind."""
        selling, till = self.selling, self.desk.till
        payments = selling.payments
        if not (0 <= place < len(payments) and payments[place].account):
            return False

        def taken(left: tuple[Payment, ...]) -> None:
            if selling.payments == payments:
                selling.paid_by(left)

        run = self.desk.hands.run
        run(LEDGER, lambda: values.take_back(till, payments, place), taken, self.desk.tell)
        return True

    def come_back(self) -> None:
        """After a start: payments whose hold is over leave the sale, holds of nobody are let go."""
        selling, till = self.selling, self.desk.till
        payments = selling.payments

        def looked() -> tuple[Payment, ...]:
            good = values.still_good(till, payments)
            values.release_left(till, good)
            return good

        def told(good: tuple[Payment, ...]) -> None:
            if len(good) < len(payments) and selling.payments == payments:
                selling.paid_by(good)
                words = _("A gift card has to be scanned again: it was held for too long.")
                self.desk.hands.toast(words)

        self.desk.hands.run(LEDGER, looked, told, self.desk.tell)

    # ---- what is on it

    def balance(self, text: str) -> None:
        """A card was scanned in Sell: what is on it, on top of the list."""
        try:
            code = read_code(text)
        except PosError as error:
            self.selling.tell(self._told_card(error))
            self.desk.hands.sound("refused")
            return
        self._card = code
        self._show_balance(_("Asking head office…"), "", pay=False)
        self._ask_balance(code, in_sheet=False)

    def _told_card(self, error: PosError) -> Card:
        told = self.desk.words(error)
        return Card("told", told.title, " ".join(one for one in (told.safe, told.todo) if one))

    def _ask_balance(self, code: ValueCode, *, in_sheet: bool) -> None:
        till = self.desk.till

        def asked(ask_id: str) -> None:
            self._look = _Look(code, ask_id, in_sheet)
            self._look_again()

        run = self.desk.hands.run
        run(LEDGER, lambda: values.ask_balance(till, code), asked, self.desk.tell)

    def _look_again(self) -> None:
        look, till = self._look, self.desk.till
        if look is not None:
            run = self.desk.hands.run
            run(
                LEDGER,
                lambda: values.balance(till, look.code, look.ask_id),
                lambda found: self._balance(look, found),
                self.desk.tell,
            )

    def _balance(self, look: _Look, found: values.Balance) -> None:
        if self._look is not look:
            return
        title, detail, amount = self._in_words(found)
        if found.state != "waiting":
            self._look = None
        if look.in_sheet:
            self._say(told=title, told_detail=detail, tone="info" if amount else "plain")
        else:
            self._show_balance(title, detail, pay=amount > 0 and self.selling.open)

    def _in_words(self, found: values.Balance) -> tuple[str, str, int]:
        """What is on it, as of when, and how much of it may be spent now."""
        money = self.desk.money
        if found.state == "waiting":
            return _("Asking head office…"), "", 0
        if found.state == "limited":
            title = _("Too many cards were asked about that are none.")
            return title, _("Wait a while, then ask again."), 0
        if found.state == "unanswered" and found.here:
            title = _("{amount} can be spent at this till").format(amount=money(found.here))
            return title, _("As far as was put on it here, while offline."), found.here
        if found.state == "unanswered":
            return _("Back when online"), _("Only head office knows what is on it."), 0
        if not found.found:
            return (
                _("There is nothing on this card that can be spent."),
                _("Look at the code again. A new card has no money on it yet."),
                0,
            )
        at = clock(parse_utc(found.as_of), self.desk.zone) if found.as_of else ""
        until = date(found.expires) if found.expires else ""
        parts = (
            _("as of {time}").format(time=at) if at else "",
            _("good until {day}").format(day=until) if until else "",
        )
        title = _("{amount} on it").format(amount=money(found.amount))
        return title, dotted(*(part for part in parts if part)), found.amount

    def _show_balance(self, title: str, detail: str, *, pay: bool) -> None:
        if self._card is None:
            return
        name = _("Gift card") if self._card.kind == CARD else _("Credit slip")
        words = dotted(name, shown(self._card))
        kind = "value" if pay else "told"
        self.selling.tell(Card(kind, title, dotted(words, detail) if detail else words, "info"))

    def pay_with_it(self) -> None:
        """The card whose balance is shown pays the sale."""
        code = self._card
        if code is None:
            return
        self.selling.dismiss_card()
        self.on_enter_pay()
        if self.selling.state.paying:
            till = self.desk.till
            self._begin(
                lambda basket, paid: values.begin(till, basket, paid, code),
                shown(code),
                credit=code.kind == CREDIT,
            )

    # ---- the sheet

    def begin_sheet(self) -> None:
        """The sheet opens: a new card, nothing chosen."""
        self.open_sheet, self._card, self._look = True, None, None
        self._amount, self._preset, self._typed = 0, 0, ""
        self.state = ValueState()
        self._say()

    def left_sheet(self) -> None:
        """The sheet is closed."""
        self.open_sheet, self._card = False, None

    def take_card(self, text: str) -> None:
        """A card was scanned or typed: money goes on that one."""
        try:
            self._card = read_code(text)
            if self._card.kind != CARD:
                raise Refused("value_code_unreadable")
        except PosError as error:
            self._card = None
            told = self.desk.words(error)
            self._say(told=told.title, told_detail=told.todo, tone="bad")
            self.desk.hands.sound("refused")
            return
        self.desk.hands.sound("ok")
        self._say(told=_("Asking head office…"), told_detail="", tone="plain")
        self._ask_balance(self._card, in_sheet=True)

    def new_card(self) -> None:
        """A card that is printed, after all."""
        self._card, self._look = None, None
        self._say(told="", told_detail="", tone="plain")

    def choose(self, amount: int) -> None:
        """One of the amounts."""
        self._preset = self._amount = amount
        self._typed = ""
        self._say()

    def type(self, text: str) -> None:
        """Another amount; without one the chosen one counts again."""
        self._typed = text
        self._amount = (amount_typed(text, self.desk.currency) or 0) if text else self._preset
        self._say()

    def sell(self) -> None:
        """The card goes into the sale."""
        if not self.state.ready:
            return
        selling, till, amount, card = self.selling, self.desk.till, self._amount, self._card

        def act(consent: Consent) -> tuple[Basket, int]:
            return values.sell(
                *(till, selling.begun(), CARD, amount, card.qr if card else ""),
                pin=card.pin if card else "",
                approval=consent.approval,
            )

        def added(result: tuple[Basket, int]) -> None:
            selling.take_line(*result)
            self.desk.hands.close_sheet()

        self.desk.attempt(act, added, self._not_sold, title=_("Gift card"))

    def _not_sold(self, error: PosError) -> None:
        told = self.desk.words(error)
        self._say(told=told.title, told_detail=told.todo, tone="bad")
        self.desk.hands.sound("refused")

    def _say(self, **changes: Any) -> None:
        state, currency = self.state, self.desk.currency
        unit = 10 ** minor_digits(currency) if currency else 100
        presets = tuple(
            Preset(worth * unit, short_money(worth * unit, currency), self._amount == worth * unit)
            for worth in PRESETS
        )
        problem = ""
        if self._typed and not self._amount:
            problem = _("Type an amount, for instance 30.00")
        ready = self._amount > 0 and not self.selling.state.paying
        card = shown(self._card) if self._card is not None else ""
        words = _("Put on {card}").format(card=card) if card else _("Sell a new card")
        self.state = msgspec.structs.replace(
            state,
            presets=presets,
            typed=self._typed,
            problem=problem,
            card=card,
            button=words,
            button_amount=self.desk.money(self._amount) if self._amount else "",
            reason="" if ready else _("Choose or type an amount"),
            ready=ready,
            **changes,
        )
        self.on_change(self.state)
