"""What goes out for what comes back: another size at the price paid, or other goods at today's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from pos_app.domain.errors import PosError
from pos_app.domain.money import MILLI
from pos_app.presenters.desk import LEDGER
from pos_app.presenters.return_views import CREDIT, EXCHANGE, DocView
from pos_app.presenters.variants import count_here, price_words
from pos_app.presenters.views import dotted
from pos_app.till import checkout, exchange, lookup, parking, refund, refund_targets
from pos_app.till.lookup import Article
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.domain.basket import Basket
    from pos_app.domain.tender import Payment
    from pos_app.presenters.desk import Consent, Desk
    from pos_app.presenters.returns import Returns
    from pos_app.till.permission import Approval
    from pos_app.till.returning import RefundDone, Returning

FOUND = 30
"""So many products are listed for what was typed."""


class Going:
    """The part of a return that goes out; the return itself is a value of `Returns`."""

    def __init__(self, desk: Desk, returns: Returns) -> None:
        self.desk, self.returns = desk, returns
        self.on = False
        """True while an exchange is meant: what is not on the receipt goes out."""
        self.armed = False
        """True while the next scan, or what is searched, goes out whatever it is."""
        self.sizes: frozenset[int] = frozenset()
        """Lines whose other sizes are shown."""
        self.goods: tuple[DocView, ...] = ()
        self.on_pay: Callable[[Basket, tuple[Payment, ...]], None] = lambda _basket, _paid: None
        """Something is to be paid besides what comes back: Pay is shown with that basket."""
        self.open_sale: Callable[[], tuple[Basket, tuple[Payment, ...]] | None] = lambda: None
        """What is in Sell just now; None for nothing."""

    def reset(self) -> None:
        """Another sale, or none."""
        self.on = self.armed = False
        self.sizes, self.goods = frozenset(), ()

    def disarm(self) -> bool:
        """Esc; False where nothing was waited for."""
        was, self.armed, self.goods = self.armed, False, ()
        return was

    # ---- choosing

    def end(self, key: str) -> None:
        """Refund, exchange or store credit was pressed."""
        returns, back = self.returns, self.returns.back
        if back is None or returns.busy:
            return
        if key == EXCHANGE:
            self.on = self.armed = True
            returns.refused = ("", "")
            returns.show()
            return
        self.on, self.armed, self.goods = False, False, ()
        if back.exchanges:
            undo = partial(self._again, back)
            self.desk.hands.toast(_("Nothing goes out any more."), undo=undo)
            back = exchange.with_going(back, None)
            for each in back.swaps:
                back = exchange.unswap(back, each.line)
        returns.change(back)
        returns.pay_by(refund_targets.CREDIT if key == CREDIT else refund_targets.ORIGINAL)

    def _again(self, back: Returning) -> None:
        now = self.returns.back
        if now is not None and now.refund_id == back.refund_id:
            self.on = True
            self.returns.change(back)

    def swap(self, line: int, sku: str) -> None:
        """Another size goes out for a line; once more takes it off."""
        returns, back = self.returns, self.returns.back
        if back is None or returns.busy:
            return
        returns.line = line
        if any(each == (line, sku) for each in ((row.line, row.sku) for row in back.swaps)):
            returns.change(exchange.unswap(back, line))
            return
        try:
            self._went(exchange.swap(self.desk.till, back, line, sku))
        except PosError as error:
            returns.refuse(error)

    def show_sizes(self, line: int) -> None:
        """All other sizes of a line, or the one again."""
        self.sizes = self.sizes ^ {line}
        self.returns.line = line
        self.returns.show()

    def arm(self, line: int) -> None:
        """Exchange for…: what is scanned or found next goes out."""
        if self.returns.back is not None and not self.returns.busy:
            self.returns.line = line
            self.on = self.armed = True
            self.returns.refused = ("", "")
            self.returns.show()

    def scan(self, code: str) -> bool:
        """A scanned product goes out."""
        back = self.returns.back
        if back is None:
            return False
        try:
            back = exchange.take_instead(self.desk.till, back, code)
        except PosError as error:
            self.returns.refuse(error)
            return False
        self.desk.hands.sound("ok")
        self._went(back)
        return True

    def sku(self, sku: str) -> bool:
        """A product of the search goes out."""
        found = self.scan(sku)
        if found:
            self.returns.text = ""
            self.returns.on_found()
        return found

    def _went(self, back: Returning) -> None:
        self.on, self.armed, self.goods = True, False, ()
        self.returns.change(back)
        state = self.returns.state
        self.desk.hands.announce(f"{state.net} {state.amount}")

    def leave_out(self, key: int) -> None:
        """Something stays here after all: a line of the basket, or (below 0) the swap of a line."""
        back = self.returns.back
        if back is None or self.returns.busy:
            return
        if key < 0:
            self.returns.change(exchange.unswap(back, -key))
        else:
            self.returns.change(exchange.leave_out(back, key))

    def followed(self, back: Returning, line: int) -> Returning:
        """A line no longer comes back: nothing goes out for it."""
        return back if back.choice(line) is not None else exchange.unswap(back, line)

    # ---- searching

    def type(self, text: str) -> None:
        """What the catalogue has for what was typed, while something is to go out."""
        self.goods = ()
        text = text.strip()
        if text and (self.armed or self.returns.pending.open):
            found = lookup.search(self.desk.till, text, FOUND)
            self.goods = tuple(self._product(each) for each in found)

    def _product(self, each: Article) -> DocView:
        none = each.on_hand is not None and each.on_hand < MILLI
        here = _("{count} here").format(count=count_here(each))
        return DocView(
            each.product.sku,
            each.product.name,
            dotted(each.product.variant, "" if none else here),
            price_words(self.desk, each)[0],
            each.product.icon or "package",
            _("None here") if none else "",
            "off",
        )

    # ---- the end of it

    def to_pay(self, back: Returning) -> bool:
        """True where the customer owes more than comes back."""
        return back.exchanges and exchange.figures(self.desk.till, back).to_pay > 0

    def pay(self, back: Returning) -> None:
        """Goes on to Pay with all that goes out; what the policy says is settled before.

        An open sale is parked meanwhile: a till pays one basket at a time.
        """
        till, returns, open_sale = self.desk.till, self.returns, self.open_sale()

        def act(given: Consent) -> tuple[Basket, tuple[Payment, ...]]:
            made = exchange.to_pay(till, back, approval=given.approval)
            if open_sale is not None:
                parking.park(till, *open_sale, label=_("While something was exchanged"))
            checkout.keep(till, *made)
            return made

        def settled(made: tuple[Basket, tuple[Payment, ...]]) -> None:
            returns.busy = False
            if open_sale is not None:
                self.desk.hands.toast(_("The open sale is parked."))
            returns.show()
            self.on_pay(*made)

        self.desk.attempt(act, settled, returns.not_finished, title=_("Exchange"), lane=LEDGER)

    def put_down(self, basket: Basket) -> None:
        """Back from Pay: the basket goes, what was put together is still on the screen."""
        till, empty = self.desk.till, dataclasses.replace(basket, lines=())
        self.desk.hands.run(LEDGER, lambda: checkout.keep(till, empty))

    def complete(self, back: Returning, approval: Approval | None) -> RefundDone:
        """*Ledger lane.* Writes the return, with the sale of what goes out where something does."""
        till = self.desk.till
        if not back.exchanges:
            return refund.complete(till, back, approval=approval)
        exchange.complete(till, back, approval=approval)
        return refund.complete(till, back)  # it is written: what became of it
