"""Sales history and Returns in the window: their screens, what keys and scans mean there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from pos_app.domain.catalogue import PIECE
from pos_app.domain.money import MILLI
from pos_app.domain.tender import EXCHANGE
from pos_app.presenters.history import Sales, SalesState
from pos_app.presenters.return_views import ReturnsState
from pos_app.presenters.returns import Returns
from pos_app.till import refund
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.domain.basket import Basket
    from pos_app.domain.member import Attached
    from pos_app.domain.tender import Payment
    from pos_app.presenters.return_pend import Pending
    from pos_app.ui.history import HistoryPanel, HistoryWork
    from pos_app.ui.return_panel import ReturnsPanel
    from pos_app.ui.returns import ReturnsWork
    from pos_app.ui.window import Window
    from sync.protocol import Sale

SCREENS = ("sales", "returns")


class ReturnDesk:
    """The two screens on which what was sold is looked at and taken back."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.sales = Sales(window.desk, window.receipts)
        self.returns = Returns(window.desk, window.receipts)
        self.offline = False
        self.wants_customer = False
        """True while a customer is searched whose goods come back."""
        self.works: dict[str, HistoryWork | ReturnsWork] = {}
        self.panels: dict[str, HistoryPanel | ReturnsPanel] = {}
        self.sales.on_change = self._show_sales
        self.returns.on_change = self._show_returns
        self.returns.on_found = self._found
        self.returns.going.on_pay = self._pay
        self.returns.going.open_sale = self._open_sale
        self.returns.finder.buyer = self._buyer
        self.returns.finder.on_search_customer = self._customers

    def _buyer(self) -> Attached | None:
        basket = self.window.selling.basket
        return basket.customer if basket is not None else None

    def _open_sale(self) -> tuple[Basket, tuple[Payment, ...]] | None:
        selling = self.window.selling
        if selling.basket is None or not selling.open:
            return None
        return selling.basket, selling.payments

    def back_from_pay(self) -> bool:
        """Back out of Pay with an exchange: to the return it belongs to, also after a start."""
        window, basket = self.window, self.window.selling.basket
        if basket is None or basket.bringing is None:
            return False
        if any(paid.tender != EXCHANGE for paid in window.selling.payments):
            return False
        if not self.returns.resume(basket):
            return False
        window.selling.reset()
        self.returns.going.put_down(basket)
        window.go("returns")
        return True

    def completed(self, sale: Sale) -> None:
        """A sale was paid, perhaps with what came back for it."""
        if sale.exchange:
            self.returns.written()

    def undo(self, sale_id: str) -> None:
        """A sale just made that is not voided any more: what of it comes back."""
        if self.window.till.shift is None or self.returns.take_up(sale_id):
            self.go_returns()

    def _customers(self) -> None:
        """Nobody is in the sale: the customer is searched first, then what they bought."""
        self.window.acts.do("customers")
        self.wants_customer = self.window.place == "customers"

    def line_changed(self) -> None:
        """Head office is gone, or back: what can be paid back is another thing."""
        offline = self.window.till.offline
        if offline != self.offline:
            self.offline = offline
            if self.window.place == "returns":
                self.returns.line_changed()

    def got_customer(self) -> bool:
        """Somebody was chosen whose goods come back; False where nobody waits for that."""
        if not self.wants_customer or self._buyer() is None:
            return False
        self.go_returns()
        if self.window.place != "returns":
            return False
        self.returns.finder.by_customer()
        return True

    # ---- screens

    def parts(self, name: str) -> tuple[QWidget, QWidget]:
        """Work area and panel of a screen, made when it is first shown."""
        work, panel = self._sales() if name == "sales" else self._returns()
        self.works[name], self.panels[name] = work, panel
        return self.window.screens.take_work(work), panel

    def _sales(self) -> tuple[HistoryWork, HistoryPanel]:
        from pos_app.ui.history import HistoryPanel, HistoryWork

        work, panel = HistoryWork(), HistoryPanel()
        work.typed.connect(self.sales.type)
        work.span.connect(self.sales.choose_span)
        work.chosen.connect(self.sales.choose)
        work.act.connect(self.window.acts.do)
        work.show_state(self.sales.state)
        panel.act.connect(self.window.acts.do)
        panel.show_state(self.sales.state)
        return work, panel

    def _returns(self) -> tuple[ReturnsWork, ReturnsPanel]:
        from pos_app.ui.return_panel import ReturnsPanel
        from pos_app.ui.returns import ReturnsWork

        work, panel, returns = ReturnsWork(), ReturnsPanel(), self.returns
        work.typed.connect(returns.type)
        work.chosen.connect(returns.choose_row)
        work.form_typed.connect(returns.finder.type_form)
        work.line_act.connect(self._line)
        work.act.connect(self.window.acts.do)
        work.show_state(returns.state)
        panel.act.connect(self.window.acts.do)
        panel.end.connect(returns.going.end)
        panel.way.connect(returns.pay_by)
        panel.taken_out.connect(returns.going.leave_out)
        panel.slip_typed.connect(returns.set_slip)
        panel.show_state(returns.state)
        return work, panel

    def _show_sales(self, state: SalesState) -> None:
        self._show("sales", state)

    def _show_returns(self, state: ReturnsState) -> None:
        self._show("returns", state)

    def _show(self, name: str, state: Any) -> None:
        if name in self.works:
            work: Any = self.works[name]
            panel: Any = self.panels[name]
            work.show_state(state)
            panel.show_state(state)

    def _found(self) -> None:
        if "returns" in self.works:
            self.works["returns"].clear_search()
            self.panels["returns"].slip.edit.clear()  # type: ignore[union-attr]
        if self.window.place == "returns":
            self.window.setFocus()

    def _line(self, what: str, place: int, chip: str) -> None:
        returns = self.returns
        acts: dict[str, Callable[[], object]] = {
            "swap": lambda: returns.going.swap(place, chip),
            "sizes": lambda: returns.going.show_sizes(place),
            "exchange": lambda: self._exchange(place),
            "serial": lambda: returns.set_serial(place, chip),
        }
        of: Returns | Pending = returns.pending if returns.pending.open else returns
        acts |= {
            "toggle": lambda: of.toggle(place),
            "reason": lambda: of.choose_reason(place, chip),
            "condition": lambda: of.choose_condition(place, chip),
            "more": lambda: of.step(place, 1),
            "fewer": lambda: of.step(place, -1),
        }
        acts[what]()

    def _exchange(self, place: int) -> None:
        """Exchange for…: the caret where what goes out is searched."""
        self.returns.going.arm(place)
        self.works["returns"].search.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _pay(self, basket: Basket, payments: tuple[Payment, ...]) -> None:
        """What goes out costs more than comes back: the rest is paid as ever."""
        del payments  # kept with the basket
        window = self.window
        window.selling.reset()
        window.selling.take_over(basket)
        window.parked.refresh()
        window.go("sell")
        window.acts.enter_pay()

    # ---- going there

    def acts(self) -> dict[str, Callable[[], object]]:
        """By their names in the tables of keys and commands."""
        return {
            "sales": self.go_sales,
            "returns": self.go_returns,
            "return_items": self.take_up,
            "return_cancel": self._cancel,
            "return_look": self.returns.look,
            "return_list": self.returns.to_list,
            "return_stop": self._escape_returns,
            "return_ways": self.returns.show_ways,
            "return_print": self.returns.print_again,
            "return_card_form": self._card_form,
            "return_by_card": self.returns.finder.by_card,
            "return_customer": self.returns.finder.by_customer,
            "return_no_receipt": self.returns.pending.without_receipt,
            "return_take_in": self.returns.pending.take_in,
            "return_voucher": self.returns.pending.take_in,
            **{f"why_back_{at}": partial(self.returns.reason_by_number, at) for at in range(1, 7)},
            "return_reason": self.returns.next_reason,
            "return_quantity": self._ask_quantity,
            "reprint": self.sales.print_last,
            "print": self.sales.print_again,
            "void": self.sales.take_back,
        }

    def go_sales(self) -> None:
        """The history."""
        if self._may_leave():
            self.sales.begin()
            if "sales" in self.works:
                self.works["sales"].clear_search()
            self.window.go("sales")

    def go_returns(self) -> None:
        """F8: the return that is going on, or a new one."""
        window, self.wants_customer = self.window, False
        if window.till.shift is None:
            window.toast(_("Open the shift first: money is paid back from its drawer."))
        elif self._may_leave():
            if self.returns.state.done is not None:
                self.returns.cancel()
            self.returns.open()
            window.go("returns")

    def take_up(self) -> None:
        """From the marked sale to its return; what is not here is asked of head office."""
        marked, text = self.sales.chosen, self.sales.state.text
        if self.window.place != "sales":
            return
        if marked is None and text:
            self.go_returns()
            if self.window.place == "returns":
                self.returns.find(text)
            return
        if marked is None or not marked.can_return:
            return
        if self.window.till.shift is None or self.returns.take_up(marked.sale_id):
            self.go_returns()

    def _may_leave(self) -> bool:
        """False while a payment is made: it is finished or given up first."""
        window = self.window
        if window.selling.state.busy or window.cards.running:
            return False
        if window.place == "pay":
            window.acts.back()
        return window.place not in ("pay", "lock")

    def _card_form(self) -> None:
        self.returns.finder.toggle_form()
        if self.returns.state.find.form is not None:
            work: Any = self.works["returns"]
            work.finding.form.fields["last4"].edit.setFocus()

    def _escape_returns(self) -> None:
        self.returns.cancel()

    def _cancel(self) -> None:
        if not self.returns.cancel():
            self.window.acts.go_sell()

    def _ask_quantity(self) -> None:
        """F5: how many of the line touched last."""
        window, returns = self.window, self.returns
        row = returns.line_touched()
        if row is None:
            window.toast(_("Choose a line first."))
            return
        text = str(row.qty // MILLI) if row.line.unit == PIECE else ""
        window.screens.ask.ask(_("Quantity"), row.line.label, text, number=True)
        window.open_sheet("ask")

    def asked(self, text: str) -> bool:
        """The quantity that was typed; False where another screen asked."""
        from pos_app.presenters.typed import quantity_typed

        window, row = self.window, self.returns.line_touched()
        if window.place != "returns":
            return False
        qty = quantity_typed(text, row.line.unit) if row is not None else None
        if not qty:
            window.screens.ask.refuse(_("Type a number above 0."))
        else:
            window.close_sheet()
            self.returns.set_quantity(qty)
        return True

    # ---- keys and scans

    def finish(self) -> bool:
        """F12 on one of the two screens; False on any other."""
        if self.window.place == "sales":
            self.take_up()
        elif self.window.place == "returns":
            self.returns.finish()
        else:
            return False
        return True

    def scanned(self, code: str) -> bool:
        """A receipt anywhere, or anything on these screens; False where it is for another."""
        window = self.window
        if window.place == "lock" or window.till.person is None:
            return False
        receipt = refund.names_receipt(code)
        if window.place == "returns":
            self.returns.scans.scan(code)
        elif window.place == "sales":
            if receipt:
                self._receipt(code)
            else:
                self._item(code)
        elif not receipt:
            return False
        elif window.place == "pay" or window.selling.state.busy or window.cards.running:
            window.sound("refused")
            window.toast(_("Finish the payment first, then scan the receipt."))
        elif self._receipt(code):
            window.go("sales")
        return True

    def _receipt(self, code: str) -> bool:
        """A receipt of this store is shown in the history; any other is asked for in Returns."""
        if self.returns.finder.is_here(code):
            found = self.sales.scan(code)
            if found and "sales" in self.works:
                self.works["sales"].clear_search()
            return found
        self.go_returns()
        if self.window.place == "returns":
            self.returns.find(code)
        return False

    def _item(self, code: str) -> None:
        """An item of the sale that is shown: its return is begun with it."""
        marked, window = self.sales.chosen, self.window
        skus, _name = self.returns.scans.skus_of(code)
        if marked is None or not marked.can_return or not self.sales.holds(skus):
            window.sound("refused")
            window.toast(_("That item is not on this receipt. Scan the receipt it is on."))
        elif window.till.shift is None:
            self.go_returns()
        elif self.returns.take_up(marked.sale_id):
            self.go_returns()
            self.returns.scans.item(code)

    def way_back(self, typed_in: QLineEdit | None = None) -> Callable[[], None] | None:
        """What takes typed keys back here that turn out to be a scan; None on other screens.

        `typed_in` is the field they go into: one of a sheet takes them back itself.
        """
        if self.window.place not in SCREENS:
            return None
        back, returns = self.returns.back, self.returns
        focus, edit = QApplication.focusWidget(), self.works[self.window.place].search.edit
        if typed_in is not None and typed_in is not edit:
            return None
        text, sales, chosen = edit.text(), self.sales, self.sales.state.chosen

        def put_back() -> None:
            returns.put_back(back)
            if edit.text() != text:
                edit.setText(text)
                edit.textEdited.emit(text)
            if sales.state.chosen != chosen:
                sales.choose(chosen)  # what was typed for a moment had found another
            if focus is not None:
                focus.setFocus()

        return put_back

    def typed(self, text: str) -> bool:
        """A key no widget wanted: plus and minus count, the rest is searched."""
        place = self.window.place
        if place not in SCREENS or self.window.sheet_name:
            return False
        if place == "returns" and text in "+-" and self.returns.back is not None:
            self.returns.step(self.returns.line, 1 if text == "+" else -1)
            return True
        edit = self.works[place].search.edit
        if not isinstance(QApplication.focusWidget(), QLineEdit):
            edit.setFocus()
            edit.insert(text)
            edit.textEdited.emit(edit.text())
        return True

    def moved(self, key: int) -> bool:
        """Arrows move in the list; True where they did."""
        if key not in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return False
        step = 1 if key == Qt.Key.Key_Down else -1
        if self.window.place == "sales":
            self.sales.move(step)
            return True
        listed = self.returns.state.order is None and not self.returns.state.goods
        return self.window.place == "returns" and listed and self.returns.finder.move(step)

    def escape(self) -> bool:
        """Esc: the search is cleared, then what was chosen, then back to selling."""
        place = self.window.place
        if place not in SCREENS:
            return False
        edit = self.works[place].search.edit
        if edit.text():
            edit.clear()
            edit.textEdited.emit("")
        elif place == "sales" or not self.returns.cancel():
            self.window.acts.go_sell()
        return True

    def focus(self) -> bool:
        """The caret in the search field while nothing was found; False on other screens."""
        place = self.window.place
        if place not in SCREENS:
            return False
        if place == "returns" and self.returns.state.order is not None:
            self.window.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.works[place].search.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def search(self) -> bool:
        """F2; False on other screens."""
        place = self.window.place
        if place not in SCREENS:
            return False
        self.works[place].search.edit.setFocus(Qt.FocusReason.TabFocusReason)
        return True
