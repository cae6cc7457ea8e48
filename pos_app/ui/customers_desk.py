"""Customers in the window: their screen, its keys and sheets, and a member's card on any screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from pos_app.presenters.customer_forms import (
    ASK,
    COMPARE,
    CREDIT,
    FORM,
    MESSAGE,
    NOTE,
    SUPPORT,
)
from pos_app.presenters.customer_views import FILTERS, CustomersState
from pos_app.presenters.customers import Customers
from pos_app.till import customers as till_customers
from pos_app.till import papers
from pos_app.ui.search_keys import SearchKeys
from pos_app.words import _
from sync.protocol.customers import EMAIL, Contact

if TYPE_CHECKING:
    from pos_app.ui.customer_panel import CustomersPanel
    from pos_app.ui.customers import CustomersWork
    from pos_app.ui.window import Window

SCREEN = "customers"
SHEETS = (FORM, ASK, COMPARE)


class CustomersDesk(SearchKeys):
    """The screen on which somebody is found, looked at and brought into the sale."""

    screen = SCREEN

    def __init__(self, window: Window) -> None:
        self.window = window
        self.customers = Customers(window.desk, window.selling)
        self.forms = self.customers.forms
        self.work: CustomersWork | None = None
        self.panel: CustomersPanel | None = None
        self.customers.on_change = self._show
        self.customers.on_attached = self._back_to_sale
        self.forms.on_saved = self._saved
        self._mail = ("", "", "")
        """Of which sale the receipt goes to which address, and whose it is."""
        self.from_place = "sell"
        """Where one came from, and goes back to."""

    def parts(self) -> tuple[QWidget, QWidget]:
        """Work area and panel, made when the screen is first shown."""
        from pos_app.ui.customer_panel import CustomersPanel
        from pos_app.ui.customers import CustomersWork

        work, panel = CustomersWork(), CustomersPanel()
        shown = self.customers
        work.typed.connect(shown.type)
        work.tab.connect(shown.choose_tab)
        work.chosen.connect(shown.choose)
        work.kind.connect(shown.choose_moments)
        work.more.connect(shown.more_moments)
        work.sale.connect(self._sale)
        panel.act.connect(self.window.acts.do)
        panel.tip.connect(shown.add_tip)
        panel.consent.connect(self.forms.ask_consent)
        self.work, self.panel = self.window.screens.take_work(work), panel
        self._show(shown.state)
        return work, panel

    def build(self, name: str) -> None:
        """Makes one of its sheets and gives it to the window."""
        from pos_app.ui.customer_sheets import CompareSheet, FormSheet, WordsSheet

        forms, acts = self.forms, self.window.acts
        if name == FORM:
            form = FormSheet()
            form.typed.connect(forms.set_field)
            form.member.connect(lambda on: forms.set_member(on=on))
            form.said.connect(forms.say)
            form.act.connect(acts.do)
            forms.on_form = self._show_form
            self.form = form
            self.window.add_sheet(name, form)
            self._show_form(forms.form)
        elif name == ASK:
            words = WordsSheet()
            words.answered.connect(forms.answer)
            words.given.connect(forms.keep_words)
            forms.on_ask = words.show_state
            self.window.add_sheet(name, words)
            words.show_state(forms.ask_state)
        else:
            compare = CompareSheet()
            compare.act.connect(acts.do)
            forms.on_compare = compare.show_state
            self.window.add_sheet(name, compare)
            compare.show_state(forms.compare_state)

    def _show_form(self, state: Any) -> None:
        self.form.may_erase = till_customers.may(self.window.till, "customer_privacy")
        self.form.show_state(state)

    def _show(self, state: CustomersState) -> None:
        if self.work is not None and self.panel is not None:
            self.work.show_state(state)
            self.panel.show_state(state)

    # ---- a receipt by mail

    def choose_mail(self) -> None:
        """The receipt of the sale that is being paid goes to an address, the customer's if known."""
        window, till = self.window, self.window.till
        row = self.customers.person(window.selling.customer) if window.selling.customer else None
        own = [each.value for each in row.contacts if each.kind == EMAIL] if row is not None else []
        basket = window.selling.basket
        if basket is None:
            return
        window.screens.pay_work.receipt.show_paper(window.selling.paper)

        def given(address: str) -> None:
            self._mail = (basket.basket_id, address, window.selling.customer)
            window.selling.paper = papers.NONE
            window.screens.pay_work.receipt.show_paper("email")
            contact = till_customers.masked(Contact(EMAIL, address))
            window.toast(_("The receipt goes to {address}.").format(address=contact.value))

        if own and till.person is not None:
            given(own[0])
        else:
            self.forms.ask_mail("", given)

    @property
    def paper(self) -> str:
        """What the customer gets of the open sale, as the strip under the ways to pay shows it."""
        selling = self.window.selling
        mailed = selling.basket is not None and selling.basket.basket_id == self._mail[0]
        return "email" if mailed else selling.paper

    def completed(self, sale: str) -> None:
        """A sale is done: its receipt is sent, where somebody wanted that."""
        basket, address, customer = self._mail
        self._mail = ("", "", "")
        if basket != sale or not address:
            return
        window, till = self.window, self.window.till
        window.run(
            "ledger",
            lambda: till_customers.mail_receipt(till, sale, address, customer),
            lambda _ask_id: window.connection.refresh(),
            window.desk.tell,
        )

    def forget_mail(self) -> None:
        """Something else was chosen."""
        self._mail = ("", "", "")

    # ---- going there

    def acts(self) -> dict[str, Callable[[], object]]:
        """By their names in the tables of keys and commands."""
        shown, forms = self.customers, self.forms
        return {
            SCREEN: self.go,
            "paper_email": self.choose_mail,
            "customer": self.go,
            "customer_new": self._new,
            "customer_edit": forms.edit,
            "customer_save": forms.save,
            "customer_list": self._list,
            "customer_next": lambda: shown.move(1),
            "customer_before": lambda: shown.move(-1),
            "customer_enter": self._enter,
            "customer_far": shown.search_all,
            "customer_contacts": shown.show_contacts,
            "customer_compare": forms.compare,
            "customer_merge": shown.merge,
            "customer_dismiss": shown.dismiss,
            "customer_note": lambda: forms.ask_words(NOTE),
            "customer_support": lambda: forms.ask_words(SUPPORT),
            "customer_message": lambda: forms.ask_words(MESSAGE),
            "customer_credit": lambda: forms.ask_words(CREDIT),
            "customer_export": lambda: shown.privacy("export"),
            "customer_erase": lambda: shown.privacy("erase"),
            "customer_stay": lambda: shown.attach(stay=True),
            **{
                f"moments_{place}": partial(shown.choose_moments, kind)
                for place, kind in enumerate(FILTERS, 1)
            },
        }

    def go(self) -> None:
        """The screen with the caret in its search; not into a payment that is being made."""
        window = self.window
        if window.place == "lock" or window.selling.state.busy or window.cards.running:
            return
        came = window.place
        if came == "pay":
            window.acts.back()
            if window.place == "pay":
                return
        if self.customers.open():
            window.close_sheet()
            self.from_place = came if came == "pay" else "sell"
            if self.work is not None:
                self.work.search.edit.clear()
                self.work.open_detail(on=bool(self.customers.state.profile))
            window.go(SCREEN)
            self.search()

    def left(self) -> None:
        """Another screen is shown: nobody's address stays here."""
        self.customers.leave()

    def _back_to_sale(self) -> None:
        window = self.window
        if window.place != SCREEN or window.returning.got_customer():
            return
        if self.from_place == "pay" and window.selling.open:
            window.acts.go_sell()
            window.acts.enter_pay()
        else:
            window.acts.go_sell()

    def _new(self) -> None:
        self.forms.new(self.customers.state.text)

    def _saved(self, customer: str) -> None:
        """Somebody new: the sale is theirs."""
        if self.window.place == SCREEN:
            self.customers.choose(customer)
            if self.window.till.shift is not None:
                self.customers.attach()

    def _list(self) -> None:
        if self.work is not None:
            self.work.open_detail(on=False)

    def _enter(self) -> None:
        if len(self.customers.state.rows) != 1 and self.work is not None:
            self.work.open_detail(on=True)
        self.customers.enter()

    def _sale(self, sale: str) -> None:
        """A document of the history, as it was printed."""
        window = self.window
        if window.till.view.sale_row(sale) is not None:
            window.acts.do("sales")
            if window.place == "sales":
                window.returning.sales.choose(sale)
        else:
            window.returning.undo(sale)

    # ---- keys and scans

    def finish(self) -> bool:
        """F12 here; False on any other screen."""
        window = self.window
        if window.place != SCREEN:
            return False
        if window.sheet_name == FORM:
            self.forms.save()
        elif window.sheet_name == COMPARE:
            self.customers.merge()
        elif not window.sheet_name:
            self.customers.attach()
        return True

    def scanned(self, code: str) -> bool:
        """A member's card on any screen, or into the form that is open."""
        window = self.window
        if window.place == "lock" or window.till.person is None:
            return False
        if window.place == SCREEN and window.sheet_name == FORM:
            self.forms.set_field("card", code)
            return True
        if self.customers.scanned(code):
            return True
        if window.place != SCREEN:
            return False
        if self.work is not None:
            self.work.search.edit.setText(code)
        self.customers.type(code)
        return True

    def heard(self, ask_id: str) -> None:
        """The hub answered a question."""
        self.customers.heard(ask_id)

    def moved(self) -> None:
        """The hub told of customers, or something was journalled."""
        if self.window.place == SCREEN:
            self.customers.changed()

    def tick(self) -> None:
        """Addresses are not shown for ever."""
        self.customers.tick()

    def key(self, key: int) -> bool:
        """Arrows move in the list; True where they did."""
        if self.window.place == SCREEN and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.customers.move(1 if key == Qt.Key.Key_Down else -1)
            return True
        return False

    def step_back(self) -> bool:
        """A narrow screen shows its list; from Pay one goes back to Pay."""
        if self.work is not None and self.work.narrow and self.work.detail_open:
            self.work.open_detail(on=False)
            return True
        if self.from_place == "pay" and self.window.selling.open:
            self._back_to_sale()
            return True
        return False

    def focus(self) -> bool:
        """The caret stands in the search field."""
        return self.search()
