"""The basket as a value: what is shown of it, its undo, and that it survives a power cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as change
from typing import Any

from msgspec.structs import replace

from pos_app.domain.basket import Basket, Line
from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import PosError
from pos_app.domain.member import Attached
from pos_app.domain.money import MILLI
from pos_app.domain.pricing import Priced
from pos_app.domain.tender import Payment, Settlement, settle
from pos_app.presenters.cart import Card, CartState, Views, filled, told_card
from pos_app.presenters.desk import LEDGER, Consent, Desk
from pos_app.presenters.member import MemberView
from pos_app.till import checkout, customers, points
from pos_app.till.papers import RECEIPT
from pos_app.words import _, quantity
from sync.protocol.customers import CustomerRow

UNDO_DEPTH = 50


class OpenBasket:
    """The basket with its state, its way back and its keeping; `Selling` adds the acts."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.on_change: Callable[[CartState], None] = lambda _state: None
        self.on_completed: Callable[[checkout.Completed], None] = lambda _completed: None
        self.on_unsaved: Callable[[PosError], None] = lambda _error: None
        """The card is charged and its sale could not be written."""
        self.on_started: Callable[[], None] = lambda: None
        self.on_weigh: Callable[[str, str, bool], None] = lambda _raw, _name, _code: None
        """Goods whose weight nobody said: what was scanned or chosen, their name, if it is a code."""
        self.on_unknown: Callable[[str], bool] = lambda _code: False
        """A code that is no product's; True where it was somebody's card."""
        self.on_taken: Callable[[], None] = lambda: None
        """A parked basket became the open one."""
        self.member_view: Callable[[Basket], MemberView | None] = lambda _basket: None
        """Draws the customer of a basket; set by who has their points."""
        self.on_customer: Callable[[Basket | None, Basket | None], None] = lambda _was, _is: None
        """Somebody is named, or nobody any more: the basket before, and as it is."""
        self.state = CartState()
        self.basket: Basket | None = None
        self.payments: tuple[Payment, ...] = ()
        self.paper = RECEIPT
        """What the customer wants of this sale: `till.papers` RECEIPT, GIFT or NONE."""
        self.priced: Priced | None = None
        self._undo: list[Basket] = []
        self._views: Views = {}
        self._dirty = False
        self._waiting: list[Callable[[], None]] = []

    # ---- what is in it

    @property
    def settlement(self) -> Settlement | None:
        """How far it is paid; None where there is nothing to pay."""
        if self.basket is None or self.priced is None:
            return None
        return settle(self.priced.total, self.payments, self.basket.currency)

    @property
    def open(self) -> bool:
        """True while something is in the basket."""
        return self.basket is not None and bool(self.basket.lines)

    @property
    def customer(self) -> str:
        """Id of whose sale is open; empty for nobody's."""
        named = self.basket.customer if self.basket is not None else None
        return named.customer if named is not None else ""

    def line(self, line_id: int = 0) -> Line | None:
        """A line, the selected one where none is named."""
        wanted = line_id or self.state.selected
        lines = self.basket.lines if self.basket else ()
        return next((line for line in lines if line.line_id == wanted), None)

    # ---- changes

    def _basket(self) -> Basket:
        return self.basket if self.basket is not None else checkout.start(self.desk.till)

    def begun(self) -> Basket:
        """The open basket, or one begun now; raises Refused("no_open_shift")."""
        if self.basket is None:
            self.desk.till.need_shift()
        return self._basket()

    def attach(self, row: CustomerRow, by: str) -> bool:
        """The sale is this customer's from now on; False where it cannot be."""
        if self.state.busy:
            return False
        try:
            basket = customers.attach(
                *(self.desk.till, self.begun(), row, by), paid=bool(self.payments)
            )
        except PosError as error:
            self.desk.hands.sound("refused")
            self.desk.tell(error)
            return False
        before = self.basket
        self._change(basket)
        self.on_customer(before, self.basket)
        self.desk.hands.sound("ok")
        self.desk.hands.announce(_("{name} is in this sale.").format(name=row.name))
        return True

    def detach(self) -> bool:
        """The sale is nobody's; False where it cannot be."""
        if self.basket is None or self.state.busy:
            return False
        try:
            basket = customers.detach(self.desk.till, self.basket, paid=bool(self.payments))
        except PosError as error:
            self.desk.tell(error)
            return False
        before = self.basket
        self._change(basket)
        self.on_customer(before, None)
        return True

    def take(self, basket: Basket) -> None:
        """The basket with rewards or without: a change like any other, with its way back."""
        self._change(basket)

    def know(self, customer: Attached | None) -> None:
        """What is known of its customer now; nothing a person did, so nothing to undo."""
        if self.basket is None or customer is None or self.basket.customer == customer:
            return
        if self.basket.customer is None or self.basket.customer.customer != customer.customer:
            return
        self._change(change(self.basket, customer=customer), remember=False)

    def _act(
        self,
        act: Callable[[Consent], Basket],
        title: str,
        *,
        selected: int = -1,
        close: bool = False,
    ) -> None:
        def done(basket: Basket) -> None:
            self._change(basket, selected=selected)
            if close:
                self.desk.hands.close_sheet()

        self.desk.attempt(act, done, self.desk.tell, title=title)

    def _change(
        self,
        basket: Basket,
        *,
        selected: int = -1,
        fresh: int = 0,
        card: Card | None = None,
        remember: bool = True,
        keep: bool = True,
    ) -> None:
        if remember and self.basket is not None:
            self._undo.append(self.basket)
            del self._undo[:-UNDO_DEPTH]
        started = self.basket is None
        if basket.rewards:
            basket = points.fitted(self.desk.till, basket)
        self.basket = basket
        ids = {line.line_id for line in basket.lines}
        chosen = self.state.selected if selected < 0 else selected
        self._show(
            selected=chosen if chosen in ids else 0, fresh=fresh, card=card, done=None, times=1
        )
        if started:
            self.on_started()
        if keep:
            self._keep_later()

    def _reset(self) -> None:
        self.basket, self.payments, self.priced = None, (), None
        self.paper = RECEIPT
        self._undo.clear()
        self._views.clear()
        self._dirty = False
        self.state = CartState()
        self._show()

    def _show(self, **changes: Any) -> None:
        base = replace(self.state, **changes)
        basket = self.basket
        if basket is None or not basket.lines:
            self.priced = None
            self.state = replace(
                base,
                title=_("New sale"),
                subtitle=_("Scan to start"),
                lines=(),
                selected=0,
                rows=(),
                total=self.desk.money(0) if self.desk.currency else "",
                payments=(),
                paying=False,
                member=self.member_view(basket) if basket is not None else None,
            )
        else:
            self.priced = checkout.priced(self.desk.till, basket)
            self.state = filled(
                base, basket, self.priced, self.payments, self._views, self.desk.zone
            )
            if basket.customer is not None or base.member is not None:
                self.state = replace(self.state, member=self.member_view(basket))
        self.on_change(self.state)

    def _announce_line(self, line_id: int, *, added: bool = False) -> None:
        line = self.line(line_id)
        view = next((each for each in self.state.lines if each.line_id == line_id), None)
        if line is not None and view is not None:
            one = line.qty == MILLI and line.unit == PIECE
            name = line.label if one else f"{quantity(line.qty, line.unit)} {line.label}"
            form = _("Added {name}, {amount}. Total {total}")
            if not added:
                form = _("{name}, {amount}. Total {total}")
            words = form.format(
                name=name,
                amount=view.total,
                total=self.state.total,
            )
            self.desk.hands.announce(words)

    def _keep_later(self) -> None:
        self._dirty = True
        self.desk.hands.after_paint(self._keep)

    def keep_now(self) -> None:
        """Writes what was not written yet: the window closes."""
        self._keep()

    def _keep(self) -> None:
        if not self._dirty:
            return
        self._dirty = False
        till, basket, payments = self.desk.till, self.basket, self.payments
        if basket is not None:
            self.desk.hands.run(
                LEDGER, lambda: checkout.keep(till, basket, payments), None, self._not_kept
            )

    def _not_kept(self, error: BaseException) -> None:
        """The disk did not take it: selling goes on, and the person is told."""
        if not isinstance(error, PosError):
            raise error
        self._show(card=told_card(self.desk.words(error)))
