"""What each button and key does: names to acts, one table for both."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from pos_app.domain.catalogue import PIECE
from pos_app.presenters.typed import amount_typed, quantity_typed
from pos_app.ui import (
    card_acts,
    commands,
    invoice_sheet,
    offers,
    points_desk,
    product,
    theme,
    value_desk,
    zones,
)
from pos_app.words import _, number, quantity, rate

if TYPE_CHECKING:
    from pos_app.ui.window import Window


class Acts:
    """The acts of a window. `do` runs one by its name; unknown names are a fault of ours."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._asking = ""
        self._line_acts: dict[str, Callable[[], object]] = {
            "more_pieces": lambda: window.selling.add_pieces(1),
            "fewer_pieces": lambda: window.selling.add_pieces(-1),
            "quantity": self.ask_quantity,
            "discount": lambda: self.discount(line=True),
            "sale_discount": lambda: self.discount(line=False),
            "note": self.ask_note,
            "remove": window.selling.remove,
            "undo": window.selling.undo,
            "cancel": window.selling.cancel,
            "custom": self.custom,
        }
        self._acts: dict[str, Callable[[], object]] = {
            **self._line_acts,
            "park": window.parked.park_or_recall,
            "park_named": self.ask_label,
            "shelves": self.all_shelves,
            **commands.acts(window),
            **window.shifts.acts(),
            **window.returning.acts(),
            **window.casework.acts(),
            **window.orders.acts(),
            **window.stocking.acts(),
            **window.goods.acts(),
            **window.members.acts(),
            **product.acts(window),
            **card_acts.acts(window),
            **invoice_sheet.acts(window),
            **offers.acts(window),
            **points_desk.acts(window),
            **value_desk.acts(window),
            "more": self.more,
            "cash": lambda: self.exact("cash"),
            "card": lambda: self.exact("card"),
            "finish": self.finish,
            "back": self.back,
            "search": self.search,
            "look": self.look,
            "drawer": window.receipts.open_drawer,
            "lock": self.lock,
            "sell": self.go_sell,
            "shift": self.go_shift,
            "sync": self.sync,
            "try_now": window.connection.try_now,
            "rejoin": self._rejoin,
            "print_now": window.receipts.retry,
            "trial": window.receipts.trial,
            "tender_1": lambda: self.tender("cash"),
            "tender_2": lambda: self.tender("card"),
            "tender_cash": lambda: self.tender("cash"),
            "tender_card": lambda: self.tender("card"),
            "zone": lambda: zones.jump(window),
            **window.people.acts(),
            **window.training.acts(),
            "not_me": window.lock.not_me,
            "sign_in": window.lock.check,
            "theme": self.other_theme,
            "preferences": window.preferences.open,
            "help": window.key_table.open,
            "give": window.discounting.give,
            "take_away": window.discounting.take_away,
            "done_print": self._print_done,
            "done_undo": self._undo_done,
            "done_came_out": self._came_out_done,
        }
        window.screens.tie(self)

    def do(self, act: str) -> None:
        """Runs an act by its name."""
        window = self.window
        if card_acts.stopped(window, act):
            return
        if act.startswith(card_acts.NUMBERED):
            card_acts.numbered(window, act)
        elif act.startswith("came_out_"):
            window.receipts.came_out(act.removeprefix("came_out_"))
        elif act.startswith("print_again_"):
            window.receipts.print_again(act.removeprefix("print_again_"))
        elif act.startswith("take_back_"):
            place = int(act.removeprefix("take_back_"))
            if not window.values.take_back(place):
                window.cards.take_back(place)
        elif act.startswith("reason_"):
            window.closing.choose_reason(act.removeprefix("reason_"))
        elif act.startswith("float_reason_"):
            window.opening.choose_reason(act.removeprefix("float_reason_"))
        elif act.startswith("key_"):
            window.keyboard.list_key(int(act.removeprefix("key_")))
        else:
            self._acts[act]()

    def pressed(self, action: str) -> None:
        """A shortcut: the table of keys says where it means something."""
        if not self.window.scans.running:
            self.do(action)

    def run_command(self, action: str) -> None:
        """A command of the list: its sheet makes room first."""
        self.window.close_sheet()
        self.do(action)

    # ---- going

    def go_sell(self) -> None:
        """To the basket; to the float where no shift is open."""
        window = self.window
        if window.till.shift is None and not window.shifts.looking:
            window.shifts.begin()
            return
        if window.place == "pay" and window.selling.state.paying:
            self.back()
            return
        if not window.finding.state.chips:
            window.finding.open()
        window.go("sell")
        if window.selling.payments or window.cards.running:
            self.enter_pay()

    def go_shift(self) -> None:
        """Closes the shift, or opens one."""
        window = self.window
        if window.place == "pay" or window.selling.state.busy:
            return
        if window.till.shift is None:
            window.shifts.begin()
            return
        window.closing.open(basket_open=window.selling.open)
        window.go("close_shift")

    def lock(self) -> None:
        """Nobody is here; the basket stays."""
        window = self.window
        if window.selling.state.busy:
            return
        window.people.leaving()
        window.close_sheet()
        window.lock.lock()
        window.casework.cases.recount()
        window.go("lock")

    def sync(self) -> None:
        """The sheet about the line."""
        window = self.window
        if window.sheet_name == "sync":
            window.close_sheet()
            return
        window.connection.listing = window.place != "lock"
        window.connection.refresh()
        window.open_sheet("sync")

    def more(self) -> None:
        """Under the dots."""
        window = self.window
        window.screens.more.show_open(
            filled=window.selling.open, line=window.selling.line() is not None
        )
        window.open_sheet("more")

    def setting(self, name: str) -> None:
        """A button of the settings: the till's own acts, or the presenter's."""
        if name == "wizard":
            self.window.preferences.scans = []
            self.window.preferences.refresh()
            self.window.pace.begin()
            self.window.setFocus()
        elif name in ("trial", "open_drawer"):
            self.do(name.removeprefix("open_"))
        else:
            self.window.preferences.press(name)

    def other_theme(self) -> None:
        """Light becomes dark, and back."""
        self.window.set_theme("light" if theme.name() == "dark" else "dark")

    # ---- paying

    def finish(self) -> None:
        """F12: the one button that goes on, on every screen."""
        window = self.window
        if (
            window.sheet_name in ("consent", "ask", "custom", "discount", "invoice")
            or window.shifts.finish()
        ):
            return
        if window.place == "pay":
            window.paying.finish()
        elif window.place == "sell":
            self.enter_pay()
        elif not any(
            desk.finish()
            for desk in (
                *(window.casework, window.orders, window.stocking, window.goods),
                window.members,
            )
        ):
            window.returning.finish()

    def enter_pay(self) -> None:
        """To the ways to pay, where nothing has to be done before."""
        window = self.window
        if window.selling.enter_pay():
            window.points.before_pay()
            window.paying.open()
            window.screens.pay_work.receipt.show_paper(window.members.paper)
            window.screens.pay_work.card_page.slip.edit.clear()
            window.go("pay")

    def exact(self, tender: str) -> None:
        """F10, F11: the whole rest, and the sale is done."""
        window = self.window
        if window.orders.pay(tender):
            return
        if tender == "card" and window.cards.integrated:
            if window.selling.open:
                window.close_sheet()
                card_acts.begin(window)
        elif window.place == "sell":
            if window.selling.open:
                window.close_sheet()
                window.selling.pay(tender, None)
        elif window.place == "pay":
            window.paying.exact(tender)

    def tender(self, code: str) -> None:
        """Another way to pay."""
        self.window.paying.choose(code)
        self.window.setFocus()

    def back(self) -> None:
        """From Pay to the basket."""
        window = self.window
        busy = window.cards.running or window.selling.state.busy
        if not busy and window.returning.back_from_pay():
            return
        if busy or not window.selling.leave_pay():
            window.paying.refresh()
            return
        window.go("sell")

    # ---- the basket

    def line_chosen(self, row: int) -> None:
        """A line was tapped."""
        lines = self.window.selling.state.lines
        if row < len(lines) and not self.window.selling.state.paying:
            self.window.selling.select(lines[row].line_id)

    def tile_chosen(self, row: int) -> None:
        """A product was tapped, or Enter pressed on it."""
        window = self.window
        tiles = window.finding.state.tiles
        if row < len(tiles):
            typed = bool(window.finding.state.text)
            window.finding.choose(tiles[row])
            if typed and not window.sheet_name:
                window.screens.sell_work.clear_search()
            elif not typed:
                window.finding.recount()

    def all_shelves(self) -> None:
        """The sheet of all shelves."""
        window = self.window
        window.screens.shelves.show_chips(window.finding.state.chips)
        window.open_sheet("shelves")

    def shelf(self, key: str) -> None:
        """A shelf of the whole list."""
        self.window.close_sheet()
        self.window.finding.choose_shelf(key)

    def search(self) -> None:
        """The caret into the search field."""
        self.window.close_sheet()
        window = self.window
        if window.returning.search() or window.casework.search() or window.orders.search():
            return
        if window.stocking.search() or window.goods.search() or window.members.search():
            return
        edit = self.window.screens.sell_work.search.edit
        edit.setFocus(Qt.FocusReason.TabFocusReason)

    def look(self) -> None:
        """Price check on or off."""
        window = self.window
        if window.place != "sell":
            self.go_sell()
        on = not window.finding.state.looking
        window.close_sheet()
        window.finding.look(on=on)
        if on:
            window.toast(_("Scan or tap a product to see its price. Nothing is sold."))

    def card(self, act: str) -> None:
        """A button of the card on top of the list."""
        window, card = self.window, self.window.selling.state.card
        if card is None:
            return
        if act == "find":
            window.selling.dismiss_card()
            self.search()
        elif act == "custom":
            self.custom()
        elif act == "copy":
            QApplication.clipboard().setText(card.code)
            window.toast(_("Code copied."))
        elif act == "checked":
            window.selling.confirm_age(card.line_id)
        elif act == "remove":
            window.selling.remove(card.line_id)
        else:
            window.selling.dismiss_card()

    def discount(self, *, line: bool) -> None:
        """The sheet of discounts."""
        window = self.window
        if not window.selling.open or (line and window.selling.line() is None):
            window.toast(_("Choose a line first.") if line else _("Nothing is in the sale yet."))
            return
        window.discounting.open(line=line)
        window.screens.discount.other.edit.clear()
        window.open_sheet("discount")

    def custom(self) -> None:
        """The sheet for what the catalogue does not know."""
        window = self.window
        card = window.selling.state.card
        name = card.title.rpartition(":")[0] if card is not None and card.kind == "price" else ""
        day = window.till.business_date()
        taxes: dict[str, str] = {}
        for code in dict.fromkeys(each.code for each in window.till.rules.rates):
            row = window.till.rules.rate_on(code, day)
            words = _("Exempt") if row.exempt else rate(row.rate_ppm)
            taxes[f"{row.label or code.capitalize()} \u00b7 {words}"] = code
        window.screens.custom.prepare(name, taxes)
        window.open_sheet("custom")

    def add_custom(self, label: str, price: str, tax_code: str) -> None:
        """What was typed there."""
        window = self.window
        amount = amount_typed(price, window.desk.currency)
        if not label or not amount:
            missing = _("Type what is sold.") if not label else _("Type a price, for example 4.90.")
            window.screens.custom.refuse(missing)
            return
        window.selling.add_custom(label, amount, tax_code)

    def ask_quantity(self) -> None:
        """Another quantity for the marked line."""
        window, line = self.window, self.window.selling.line()
        if line is None:
            window.toast(_("Choose a line first."))
            return
        self._asking = "quantity"
        whole = line.unit == PIECE
        text = number(line.qty // 1_000) if whole else quantity(line.qty)
        window.screens.ask.ask(_("Quantity"), line.label, text, number=True)
        window.open_sheet("ask")

    def ask_note(self) -> None:
        """A note on the marked line."""
        line = self.window.selling.line()
        if line is not None:
            self._asking = "note"
            self.window.screens.ask.ask(_("Note on the line"), line.label, line.note, number=False)
            self.window.open_sheet("ask")

    def ask_label(self) -> None:
        """A name for the sale that is put aside."""
        window = self.window
        if not window.selling.open:
            window.parked.park_or_recall()
            return
        self._asking = "label"
        title, detail = _("Park under a name"), _("The customer's name, or what tells it apart.")
        window.screens.ask.ask(title, detail, "", number=False)
        window.open_sheet("ask")

    def asked(self, text: str) -> None:
        """What was typed in the small sheet."""
        window, line = self.window, self.window.selling.line()
        if window.returning.asked(text) or window.goods.asked(text):
            return
        if window.place == "lock":
            window.about.check(text)
            return
        if self._asking == "label":
            window.close_sheet()
            window.parked.park(text)
            return
        if line is None:
            window.close_sheet()
            return
        if self._asking == "note":
            window.close_sheet()
            window.selling.set_note(text)
            return
        qty = quantity_typed(text, line.unit)
        if not qty:
            window.screens.ask.refuse(_("Type a number above 0."))
            return
        window.close_sheet()
        window.selling.set_quantity(qty)

    def _rejoin(self) -> None:
        workshop = self.window.preferences.workshop
        if workshop is not None:
            workshop.rejoin()

    def _print_done(self) -> None:
        done = self.window.selling.state.done
        if done is not None and done.unknown:
            self.window.receipts.print_again(done.unknown)
        elif done is not None and done.waits:
            self.window.receipts.retry()
        elif done is not None:
            self.window.receipts.copy(done.sale_id)

    def _came_out_done(self) -> None:
        done = self.window.selling.state.done
        if done is not None and done.unknown:
            self.window.receipts.came_out(done.unknown)

    def _undo_done(self) -> None:
        window, done = self.window, self.window.selling.state.done
        if done is not None:
            window.receipts.take_back(
                done.sale_id,
                lambda: window.selling.show_done(None),
                instead=lambda: window.returning.undo(done.sale_id),
            )
