"""Pickup: the queue of customers' orders, the one that is picked, the one on the counter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pos_app.domain.errors import PosError
from pos_app.presenters import pickup_rows as worded
from pos_app.presenters.desk import LEDGER, Consent, Desk
from pos_app.presenters.picking import Picking
from pos_app.presenters.pickup_card import reach_view
from pos_app.presenters.pickup_views import ReachState
from pos_app.presenters.selling import Selling
from pos_app.till import hand_over, pickup
from pos_app.till.pickup import Order
from pos_app.words import _


class Pickup(Picking):
    """All of the screen: what is shown of it, and the acts at the counter."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        super().__init__(desk)
        self.selling = selling
        self.on_pay: Callable[[str], None] = lambda _tender: None
        """What is due is in the basket: with a tender it is paid at once."""
        self._held = False
        """True while the open sale waits for what becomes of the order."""

    # ---- a piece too many

    def choose_line(self, line: str) -> None:
        """A line of the list was tapped: F5 and F6 mean it now, or F5 takes it out again."""
        order = self._order
        if order is not None and any(
            each.line == line and each.picked > each.handed for each in order.row.lines
        ):
            self.line = line
            self._show()
        else:
            super().choose_line(line)

    def pick_by_hand(self) -> None:
        """F5: the line is found by hand; one that is found already goes back on its shelf."""
        order, till, line = self._order, self.desk.till, self.line
        if order is None or self._busy or not self.state.put_back:
            super().pick_by_hand()
            return
        self._ask(
            lambda _consent: pickup.unpick(till, order.reservation, line),
            self._changed,
            _("Put it back"),
        )

    def print_slip(self) -> None:
        """The pick list on paper; with its customer here, the bag that another till packed."""
        order = self._order
        if order is None or not self.state.bag_here:
            super().print_slip()
            return
        self.giving.bag_here = True
        self._take(order)
        self._show()

    # ---- handing over

    def finish(self) -> None:
        """F12: the order on the counter goes with its customer; else as in the back room."""
        if self.state.giving is not None and not self._flying and not self._busy:
            self._give("")
        else:
            super().finish()

    def toggle_extra(self, sku: str) -> None:
        """What is offered goes with it, or not."""
        self.giving.toggle_extra(sku)
        self._show(rows=False)

    def toggle_line(self, line: str) -> None:
        """With the bag open: a line goes with the customer, or stays."""
        self.giving.toggle_line(line)
        self._show(rows=False)

    def open_bag(self) -> None:
        """Only some of it goes with the customer."""
        self.giving.open_bag()
        self._show(rows=False)

    def choose_who(self, who: str) -> None:
        """Who is here."""
        self.giving.who = who
        self._show(rows=False)

    def choose_nth_who(self, place: int) -> None:
        """The same by its place."""
        shown = self.state.giving
        if shown is not None and place < len(shown.who):
            self.choose_who(shown.who[place].key)

    def not_this(self) -> None:
        """Somebody else's bag: back to the list."""
        self.giving.leave()
        self._choose("")
        self._show()

    def keep_longer(self) -> None:
        """It stays on its shelf two days more."""
        order, till = self._order, self.desk.till
        if order is None or self._busy or self.state.giving is None:
            return

        def kept(made: Order) -> None:
            self._changed(made)
            until = worded.since_words(self.desk, made.row.keep_until, till.now())
            form = _("{name} is kept until {day}.")
            self.desk.hands.toast(form.format(name=made.row.name, day=until))

        self._ask(lambda _c: pickup.keep_longer(till, order.reservation), kept, _("Keep longer"))

    def cancel_order(self) -> None:
        """The store calls it off: with a reason, and whoever may."""
        order, till = self._order, self.desk.till
        if order is None or self._busy:
            return

        def act(consent: Consent) -> Order:
            return pickup.cancel(
                till, order.reservation, reason=consent.reason, approval=consent.approval
            )

        def done(made: Order) -> None:
            self.giving.leave()
            form = _("{name} is cancelled. The money goes back by the shop.")
            self._ended("ok", form.format(name=made.row.name))

        self._ask(act, done, _("Cancel order {name}").format(name=order.row.name))

    def pay(self, tender: str) -> None:
        """F10, F11: what is due is paid, and the order handed over."""
        shown = self.state.giving
        if shown is not None and not shown.settled and not self._busy:
            self._give(tender)

    def _give(self, tender: str) -> None:
        shown = self.state.giving
        if shown is None or shown.why_not or not shown.can_give or self._busy:
            return
        till, giving, selling = self.desk.till, self.giving, self.selling

        def act(consent: Consent) -> Any:
            handing = giving.handing(reason=consent.reason, approval=consent.approval)
            if shown.settled:
                return hand_over.hand_over(till, handing)
            return giving.into_basket(handing, selling.basket, selling.payments)

        title = _("Hand over {name}").format(name=giving.name)
        if shown.settled:
            self._ask(act, self._given, title)
            return
        selling.hand_over()
        self._held = True

        def failed(error: PosError) -> None:
            self._let_go()
            self._failed(error)

        def in_basket(basket: Any) -> None:
            self._busy = self._held = False
            selling.reset()
            selling.take_over(basket)
            giving.leave()
            self._chosen = ""
            self.on_pay(tender)

        self._busy = True
        self.desk.attempt(act, in_basket, failed, title=title, lane=LEDGER)

    def _let_go(self) -> None:
        """The order was not put into a basket: the open sale goes on."""
        if self._held:
            self._held = False
            self.selling.keep_open()

    def unlock(self) -> None:
        """Nobody agreed: the buttons work again."""
        if self._busy and self.desk.asked is None:
            self._let_go()
        super().unlock()

    def _given(self, _made: Any) -> None:
        name, told = self.giving.name, self.giving.given_words()
        self.giving.leave()
        self._segment = pickup.READY
        self._busy = False
        self.desk.hands.sound("handed")
        self._read()
        self._choose("")
        self.recount(shown=False)
        self._show()
        self.desk.hands.toast(told.format(name=name))
        self.on_printed()

    # ---- what is shown

    def reach(self) -> ReachState | None:
        """How the customer is reached."""
        order = self._order
        if order is None or not (order.row.phone or order.row.email):
            return None
        return reach_view(self.desk, order.row)
