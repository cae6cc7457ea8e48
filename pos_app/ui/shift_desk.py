"""Both ends of a shift and what happens to the drawer between: presenters, bindings, acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pos_app.presenters.cash import Cash
from pos_app.presenters.closing import Closing
from pos_app.presenters.opening import Opening
from pos_app.till import cash, shift
from pos_app.words import _, date

if TYPE_CHECKING:
    from pos_app.ui.window import Window

_NO_DRAWER = frozenset({"lock", "pay"})
"""Screens on which nobody moves cash or looks at an X."""


class ShiftDesk:
    """What the window knows of shifts."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.opening = Opening(window.desk)
        self.closing = Closing(window.desk)
        self.cash = Cash(window.desk)
        self.looking = False
        """True where somebody looks around although no shift is open."""

    def bind(self) -> None:
        """Presenters to screens and sheets."""
        screens = self.window.screens
        self.opening.on_change = screens.show_open
        self.opening.on_opened = self._opened
        self.closing.on_change = screens.show_close
        self.closing.on_closed = self._closed
        self.cash.on_change = screens.shows("cash_move")
        self.cash.on_x = screens.shows("x_report")
        self.cash.on_moved = self._moved

    # ---- what happened

    def _opened(self) -> None:
        self.stop_looking()
        self.window.acts.go_sell()

    def _closed(self, closed: shift.Closed) -> None:
        window = self.window
        window.receipts.run()
        window.acts.lock()
        form = _("Shift {number:04d} is closed. Its Z goes to the printer.")
        window.toast(form.format(number=closed.z.number))

    def _moved(self, _moved: cash.Moved) -> None:
        self.window.receipts.run()
        self.closing.refresh()
        self.window.focus_screen()

    def committed(self) -> None:
        """Something was journalled, or the hub confirmed something."""
        if self.window.place == "close_shift":
            self.closing.refresh()
        elif self.window.place == "open_shift":
            self.opening.refresh()

    def unlock(self) -> None:
        """Nobody agreed: the buttons work again."""
        self.closing.unlock()
        self.opening.unlock()
        self.cash.unlock()

    def scanned(self, code: str) -> bool:
        """A bag's label goes into its field; elsewhere a code shows that the scanner works."""
        window = self.window
        if window.sheet_name == "cash_move" and self.cash.state.reference:
            window.screens.cash_move.bag.edit.setText(code)
            self.cash.set_reference(code)
            window.sound("ok")
            return True
        if window.place != "open_shift":
            return False
        self.opening.scanned(code)
        return True

    def begin(self) -> None:
        """The float of a new shift."""
        self.stop_looking()
        self.opening.open()
        if self.window.screens.built("open_panel"):
            self.window.screens.open_panel.clear_note()
        self.window.go("open_shift")

    def warn_late(self) -> None:
        """Says that the open shift is of a day that is over."""
        till = self.window.till
        if till.shift is not None and shift.late(till):
            day = date(till.shift.business_date)
            self.window.toast(_("The shift of {day} is still open. Close it.").format(day=day))

    # ---- looking around

    def look_only(self) -> None:
        """Every screen without a shift: prices and sales can be looked at, nothing is sold."""
        window = self.window
        if window.till.shift is not None:
            return
        self.looking = True
        window.finding.pinned = True
        window.screens.cart.unpayable = _("Look only: open the shift to sell")
        window.acts.go_sell()
        window.finding.look(on=True)
        window.screens.cart.show_state(window.selling.state, len(window.parked.state.rows))
        window.toast(_("Scan or tap a product to see its price. Nothing is sold."))

    def stop_looking(self) -> None:
        """Back to work."""
        if self.looking:
            self.looking = False
            self.window.finding.pinned = False
            self.window.screens.cart.unpayable = ""
            self.window.finding.look(on=False)

    # ---- acts

    def finish(self) -> bool:
        """F12 on a screen or sheet of a shift; False where it is none."""
        window = self.window
        if window.sheet_name == "cash_move":
            self.cash.finish()
        elif window.sheet_name == "x_report":
            self._print_x()
        elif window.sheet_name == "consent":
            return False
        elif window.place == "open_shift":
            self.opening.finish()
        elif window.place == "close_shift":
            self.closing.finish()
        else:
            return False
        return True

    def acts(self) -> dict[str, Callable[[], Any]]:
        """By their names in the tables of keys and commands."""
        return {
            "cash_move": self._cash_move,
            "x_report": self._x_report,
            "print_x": self._print_x,
            "why": self._why,
            "table": self.closing.turn_table,
            "no_float": self.opening.say_no_float,
            "check_again": self.opening.check,
            "test_scanner": self._test_scanner,
            "look_only": self.look_only,
        }

    def _cash_move(self) -> None:
        window = self.window
        if window.sheet_name == "cash_move":
            window.close_sheet()
        elif window.place not in _NO_DRAWER and self.cash.open():
            window.screens.cash_move.clear()
            window.open_sheet("cash_move")

    def _x_report(self) -> None:
        window = self.window
        if window.sheet_name == "x_report":
            window.close_sheet()
        elif window.place not in _NO_DRAWER and self.cash.look():
            window.open_sheet("x_report")

    def _print_x(self) -> None:
        window = self.window

        def queued() -> None:
            window.close_sheet()
            window.toast(_("The X report goes to the printer."))
            window.receipts.run()

        self.cash.print_x(queued)

    def _why(self) -> None:
        if self.window.sheet_name == "cash_move":
            self.cash.next_reason()
        elif self.window.place == "close_shift":
            self.closing.next_reason()
        elif self.window.place == "open_shift":
            self.opening.next_reason()

    def _test_scanner(self) -> None:
        self.window.toast(_("Scan any code now: its tile turns green."))
