"""Customers' orders in the window: the screen, its keys, what a scan means, the badge on the rail."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.presenters.missing import Missing
from pos_app.presenters.pickup import Pickup
from pos_app.presenters.pickup_views import MissingState, PickupState
from pos_app.ui.search_keys import SearchKeys
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.ui.pickup import PickupPanel, PickupWork
    from pos_app.ui.pickup_sheets import MissingSheet, ReachSheet
    from pos_app.ui.window import Window

SCREEN = "pickup"
SHEETS = ("missing", "reach")


class PickupDesk(SearchKeys):
    """The screen on which orders are picked and handed over."""

    screen = SCREEN

    def __init__(self, window: Window) -> None:
        self.window = window
        self.pickup = Pickup(window.desk, window.selling)
        self.missing = Missing(window.desk, self.pickup)
        self.offline = False
        self.work: PickupWork | None = None
        self.panel: PickupPanel | None = None
        self.pickup.on_change = self._show
        self.pickup.on_count = self._count
        self.pickup.on_found = self._found
        self.pickup.on_pay = self._pay
        self.pickup.on_printed = window.receipts.run
        self.missing.on_change = self._show_missing

    # ---- screen and sheets

    def parts(self) -> tuple[QWidget, QWidget]:
        """Work area and panel, made when the screen is first shown."""
        from pos_app.ui.pickup import PickupPanel, PickupWork

        work, panel = PickupWork(), PickupPanel()
        pickup = self.pickup
        work.typed.connect(pickup.type)
        work.segment.connect(self._segment)
        work.chosen.connect(pickup.choose)
        work.row.connect(self._row)
        work.give.line.connect(pickup.toggle_line)
        work.give.extra.connect(pickup.toggle_extra)
        panel.act.connect(self.window.acts.do)
        panel.shelf.connect(pickup.choose_shelf)
        panel.who.connect(pickup.choose_who)
        panel.carrier.connect(pickup.set_carrier)
        self.work, self.panel = self.window.screens.take_work(work), panel
        self._show(pickup.state)
        return work, panel

    def build(self, name: str) -> None:
        """A sheet of this screen."""
        getattr(self, f"{name}_sheet")

    @cached_property
    def missing_sheet(self) -> MissingSheet:
        """For what is not found."""
        from pos_app.ui.pickup_sheets import MissingSheet

        sheet = MissingSheet()
        self.window.add_sheet("missing", sheet)
        sheet.act.connect(self.window.acts.do)
        sheet.way.connect(self.missing.choose)
        sheet.typed.connect(self.missing.scan)
        return sheet

    @cached_property
    def reach_sheet(self) -> ReachSheet:
        """The customer's number."""
        from pos_app.ui.pickup_sheets import ReachSheet

        sheet = ReachSheet()
        self.window.add_sheet("reach", sheet)
        sheet.act.connect(self.window.acts.do)
        return sheet

    def _show(self, state: PickupState) -> None:
        if self.work is not None and self.panel is not None:
            self.work.show_state(state, self.pickup.line)
            self.panel.show_state(state)

    def _show_missing(self, state: MissingState) -> None:
        self.missing_sheet.show_state(state)

    def _count(self, count: int) -> None:
        self.window.rail.show_count(SCREEN, count)

    def _found(self) -> None:
        """An order was found: the field is free, a narrow screen shows it."""
        if self.work is not None:
            self.work.search.edit.clear()
            self.work.open_detail(on=True)
            if self.window.place == SCREEN:
                self.window.setFocus(Qt.FocusReason.OtherFocusReason)

    def _segment(self, segment: str) -> None:
        self.pickup.choose_segment(segment)
        if self.work is not None:
            self.work.open_detail(on=False)

    def _row(self, place: int) -> None:
        picks = self.pickup.state.picks
        if picks is not None and place < len(picks.rows):
            self.pickup.choose_line(picks.rows[place].line)

    # ---- going there

    def acts(self) -> dict[str, Callable[[], object]]:
        """By their names in the tables of keys and commands."""
        pickup = self.pickup
        return {
            SCREEN: self.go,
            "pickup_look": pickup.look,
            "pickup_list": self._list,
            "pickup_call": self._reach,
            "pickup_message": self._reach,
            "reach_copy": self._copy,
            "cannot_find": self._cannot_find,
            "missing_done": self.missing.settle,
            "pick_by_hand": pickup.pick_by_hand,
            "pick_slip": pickup.print_slip,
            "take_over": pickup.take_over,
            "open_bag": pickup.open_bag,
            "not_this": pickup.not_this,
            "keep_longer": pickup.keep_longer,
            "cancel_order": pickup.cancel_order,
            "who_1": lambda: pickup.choose_nth_who(0),
            "who_2": lambda: pickup.choose_nth_who(1),
            "who_3": lambda: pickup.choose_nth_who(2),
        }

    def go(self) -> None:
        """F9: the queue; not while a payment is made."""
        if not self._free():
            return
        window = self.window
        window.close_sheet()
        if window.place != SCREEN:
            self.pickup.open()
            if self.work is not None:
                self.work.search.edit.clear()
                self.work.open_detail(on=False)
        window.go(SCREEN)

    def _free(self) -> bool:
        """False where nobody is signed in, or money is on its way."""
        window = self.window
        if window.place == "lock" or window.selling.state.busy or window.cards.running:
            return False
        if window.place == "pay":
            window.acts.back()
        return window.place != "pay"

    def _list(self) -> None:
        if self.work is not None:
            self.work.open_detail(on=False)

    def _reach(self) -> None:
        if self.window.place != SCREEN:
            return
        state = self.pickup.reach()
        if state is not None:
            self.reach_sheet.show_state(state)
            self.window.open_sheet("reach")

    def _copy(self) -> None:
        state = self.pickup.reach()
        if state is not None:
            QApplication.clipboard().setText(state.phone or state.email)
            self.window.toast(_("Number copied."))

    def _cannot_find(self) -> None:
        if self.window.place == SCREEN and self.missing.open():
            self.window.open_sheet("missing")

    # ---- money

    def pay(self, tender: str) -> bool:
        """F10, F11 on this screen: paid and handed over; False on any other."""
        if self.window.place != SCREEN:
            return False
        self.pickup.pay(tender)
        return True

    def _pay(self, tender: str) -> None:
        """The order is in the basket: it is paid, or the ways to pay are shown."""
        acts = self.window.acts
        self.window.parked.refresh()
        self.window.go("sell")
        if tender:
            acts.exact(tender)
        else:
            acts.enter_pay()

    # ---- time, keys and scans

    def tick(self) -> None:
        """Once a second."""
        self.pickup.tick(shown=self.window.place == SCREEN)

    def line_changed(self) -> None:
        """The hub is gone, or back: what is said of a hand-over is another thing."""
        offline = self.window.till.offline
        if offline != self.offline:
            self.offline = offline
            if self.window.place == SCREEN:
                self.pickup.refresh()

    def moved_orders(self) -> None:
        """The hub told something, or somebody else is here."""
        self.pickup.recount(shown=self.window.place == SCREEN)

    def committed(self) -> None:
        """Something was journalled: perhaps an order was handed over with a sale."""
        self.pickup.count()

    def finish(self) -> bool:
        """F12 here; False on any other screen."""
        if self.window.place != SCREEN:
            return False
        if not self.window.sheet_name:
            self.pickup.finish()
        elif self.window.sheet_name == "missing":
            self.missing.settle()
        return True

    def scanned(self, code: str) -> bool:
        """A pickup code anywhere, or anything on this screen; False where it is for another."""
        window = self.window
        if window.place == "lock" or window.till.person is None:
            return False
        if window.place == SCREEN:
            if window.sheet_name == "missing":
                self.missing.scan(code)
            else:
                window.close_sheet()
                self.pickup.scan(code)
            return True
        if not self.pickup.is_pickup_code(code):
            return False
        if not self._free():
            window.sound("refused")
            window.toast(_("Finish the payment first, then scan the pickup code."))
            return True
        window.close_sheet()
        if window.place != SCREEN:
            self.pickup.open()
            window.go(SCREEN)
        self.pickup.scan(code)
        return True

    def moved(self, key: int) -> bool:
        """Arrows move in the queue; True where they did."""
        if self.window.place == SCREEN and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.pickup.move(1 if key == Qt.Key.Key_Down else -1)
            return True
        return False

    def step_back(self) -> bool:
        """A narrow screen shows its list; a hand-over is left."""
        if self.work is not None and self.work.narrow and self.work.detail_open:
            self.work.open_detail(on=False)
            return True
        return self.pickup.step_back()

    def choice(self) -> Callable[[], None]:
        """The order that is chosen now."""
        chosen = self.pickup.state.chosen
        return lambda: self.pickup.put_back(chosen)

    def unlock(self) -> None:
        """Nobody agreed: the buttons work again."""
        self.pickup.unlock()
