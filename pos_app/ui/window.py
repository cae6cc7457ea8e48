"""The till's window: its screens and sheets, each bound to its presenter, and what keys do."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from pos_app.domain.staff import Staff
from pos_app.presenters.cart import CartState
from pos_app.presenters.commands import Commands
from pos_app.presenters.connection import Connection
from pos_app.presenters.consent import ConsentPresenter
from pos_app.presenters.customer import Customer
from pos_app.presenters.desk import Desk
from pos_app.presenters.discounting import Discounting
from pos_app.presenters.done import SHOWN_MS, Receipts, done_view, with_answer, with_ending
from pos_app.presenters.finding import Finding, FindState
from pos_app.presenters.lock import Lock, LockState
from pos_app.presenters.member import MemberPoints
from pos_app.presenters.papers import Papers
from pos_app.presenters.parked import Parked
from pos_app.presenters.paying import PayState
from pos_app.presenters.preferences import Preferences
from pos_app.presenters.product import About
from pos_app.presenters.selling import Selling
from pos_app.till import checkout, printing
from pos_app.till.till import Till
from pos_app.ui import card_acts, keys, stock_desk, theme, value_desk, zones
from pos_app.ui.acts import Acts
from pos_app.ui.case_desk import CaseDesk
from pos_app.ui.customers_desk import CustomersDesk
from pos_app.ui.frame import Frame
from pos_app.ui.goods_desk import GoodsDesk
from pos_app.ui.keyboard import Keyboard, is_help
from pos_app.ui.pace import PaceMeter
from pos_app.ui.people import People
from pos_app.ui.pickup_desk import PickupDesk
from pos_app.ui.preferences import WindowKeys
from pos_app.ui.return_desk import ReturnDesk
from pos_app.ui.scans import ScanCapture
from pos_app.ui.screens import Screens
from pos_app.ui.search_keys import SearchKeys
from pos_app.ui.shift_desk import ShiftDesk
from pos_app.ui.stock_desk import StockDesk
from pos_app.ui.training import TrainingWindow
from pos_app.ui.typing_back import Typing
from pos_app.words import _

TICK_MS = 1_000
WARNED_S = 30
"""So long before it locks by itself a person is told."""


class Net(Protocol):
    """What catches faults of our own."""

    def hook(
        self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        """For `sys.excepthook`."""


class Window(Frame):
    """One till's window. `open` shows the first screen; everything after is what people do."""

    finished = Signal()
    net: Net
    points: MemberPoints
    """Made with the acts (`points_desk`)."""

    def __init__(self, till: Till, lost: Callable[[BaseException], None]) -> None:
        super().__init__(lost)
        self.till = till
        self.desk = Desk(till, self)
        self.receipts = Receipts(self.desk)
        self.papers = Papers(self.desk, self.receipts)
        self.selling = Selling(self.desk)
        self.finding = Finding(self.desk, self.selling)
        self.about = About(self.desk, self.selling)
        self.cards, self.kept = card_acts.presenters(self.desk, self.selling)
        self.values, self.paying = value_desk.presenters(self.desk, self.selling, self.cards)
        self.lock = Lock(self.desk, self.selling)
        self.shifts = ShiftDesk(self)
        self.opening, self.closing = self.shifts.opening, self.shifts.closing
        self.returning = ReturnDesk(self)
        self.sales, self.returns = self.returning.sales, self.returning.returns
        self.casework = CaseDesk(self)
        self.orders = PickupDesk(self)
        self.stocking = StockDesk(self)
        self.goods = GoodsDesk(self)
        self.members = CustomersDesk(self)
        self.parked = Parked(self.desk, self.selling)
        self.commands = Commands()
        self.connection = Connection(self.desk, self.receipts)
        self.consent = ConsentPresenter(self.desk)
        self.discounting = Discounting(self.desk, self.selling)
        self.preferences = Preferences(self.desk)
        self.preferences.keys = WindowKeys(self)
        self.preferences.attention = lambda: self.connection.state.attention
        self.preferences.on_favourites = self.finding.refresh
        self.customer = Customer(self.desk, self.selling, self.paying)
        self._unfit_keys = keys.use(till.settings.shortcuts)
        self.people = People(self)
        self.training = TrainingWindow(self)
        self.screens = Screens(self)
        self.keyboard = Keyboard(self)
        self.acts = Acts(self)
        self.typing = Typing(self)
        self.scans = ScanCapture(
            self,
            self.typing.snapshot,
            self.typing.replay,
            till.settings.scan_gap_ms,
            till.settings.scan_prefix,
            till.settings.scan_suffix,
        )
        self.scans.scanned.connect(self.scanned)
        self._bind()
        self.add_shortcuts(self.acts.pressed)
        self.pace = PaceMeter(self, self.preferences.scanned)
        self.watch(self.scans, self.pace)
        self._leave_done = QTimer(self)
        self._leave_done.setSingleShot(True)
        self._leave_done.setInterval(SHOWN_MS)
        self._leave_done.timeout.connect(lambda: self.selling.show_done(None))
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self.tick)
        self._receipt_of = ""
        self._touched_ms = till.clock.monotonic_ms()
        self._stale = False
        self._acted = False
        """Somebody scanned or typed since the last tick."""
        self.ended = False
        self.again = ""
        """`window` or `program` where it closes only to be made anew."""
        self.caps_are_old = False
        """Keys were changed: the caps drawn on buttons are those of before."""

    # ---- beginning and end

    def open(self) -> None:
        """Shows the lock, with a basket that was kept behind it."""
        self.till.counted = {}
        self.selling.restore()
        card_acts.come_back(self)
        self.values.come_back()
        self.receipts.look()
        self.lock.open()
        self.go("lock")
        for error in self._unfit_keys:
            self.desk.tell(error)
        self.tick()
        self.finding.count_own()
        self._tick.start()

    def welcome(self, person: Staff) -> None:
        """Somebody who was signed in at the window before this one."""
        self.till.person = person
        self._signed_in(person)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Everything asked for is finished first; what is unsent stays and is sent by sync."""
        if not self.ended:
            self.ended = True
            self._tick.stop()
            self.selling.keep_now()
            card_acts.hang_up(self)
            self.lanes.stop()
            self.finished.emit()
        super().closeEvent(event)

    def tick(self) -> None:
        """Once a second: the clock, the pill, a printer that may be back."""
        self.screens.lock_work.tick(self.till.now(), self.desk.zone)
        self.lock.tick()
        self.connection.refresh()
        card_acts.tick(self)
        self.orders.tick()
        self.returns.finder.tick()
        self.stocking.tick()
        self.members.tick()
        if self.receipts.trouble is not None and not self.till.printing.pause_ms():
            self.receipts.run()
        if self._stale and not self._acted:
            self._stale = False
            self.finding.refresh()
        self._acted = False
        self._lock_when_alone()

    def committed(self) -> None:
        """Something was journalled."""
        self.connection.refresh()
        self.shifts.committed()
        self.finding.count_own()
        self.orders.committed()
        self.members.moved()

    def catalogue_changed(self) -> None:
        """New prices, people or stock arrived."""
        self.stock_moved()
        self.orders.moved_orders()
        self.members.moved()
        if self.place == "lock" and not self.lock.state.typed:
            self.lock.open()
        elif self.place != "lock" and self.till.person is None:
            self.acts.lock()  # whoever was here works here no more

    def stock_moved(self) -> None:
        """Something was sold elsewhere, or the hub has counted what was sold here."""
        self.finding.count_own()
        self._shelf_is_stale()
        self.casework.cases.recount()
        self.stocking.moved()
        self.goods.moved()

    def touched(self) -> None:
        """Somebody is here: the lock waits anew."""
        self._touched_ms = self.till.clock.monotonic_ms()
        if self.sheet_name == "product":
            self.screens.product.used()
        self.people.strip.hide()

    def _lock_when_alone(self) -> None:
        """Locks after a while without anybody, warned before; never into a payment by card."""
        limit = self.till.settings.lock_after_s
        if limit <= 0 or self.place == "lock" or self.till.person is None:
            return
        left = limit - (self.till.clock.monotonic_ms() - self._touched_ms) // 1_000
        by_card = self.cards.running or (self.place, self.paying.state.chosen) == ("pay", "card")
        if left > WARNED_S or by_card or self.selling.state.busy:
            return
        if left <= 0:
            self.acts.lock()
        else:
            self.people.warn(left)

    def _shelf_is_stale(self) -> None:
        """The shelf is read anew: at once, or when nobody scanned or typed for a second."""
        if self.selling.open or self.finding.state.text:
            self._stale = True
        elif self.finding.state.chips:
            self._stale = False
            self.finding.refresh()

    # ---- binding presenters to screens

    def _bind(self) -> None:
        screens = self.screens
        self.selling.on_change = self._cart_changed
        self.selling.on_completed = self._completed
        self.selling.on_started = self._leave_done_stop
        self.selling.on_unknown = self.members.scanned
        card_acts.bind(self)
        self.finding.on_change = self._found
        self.finding.on_stale = self._shelf_is_stale
        self.finding.on_style = self._style_chosen
        self.about.on_change = screens.shows("product")
        self.about.on_marked = self.finding.refresh
        self.paying.on_change = self._pay_changed
        self.lock.on_change = self._lock_changed
        self.lock.on_signed_in = self._signed_in
        self.shifts.bind()
        self.parked.on_change = lambda state: self._parked_changed(len(state.rows))
        self.connection.on_change = screens.show_line
        self.connection.of_cases = self.casework.cases.attention
        self.consent.on_change = screens.shows("consent")
        self.commands.on_change = screens.shows("commands")
        self.discounting.on_change = screens.shows("discount")
        value_desk.bind(self)
        self.receipts.on_ending = self._printed
        self.receipts.on_answer = self._answered
        self.receipts.on_trouble = self.connection.refresh
        self.preferences.on_change = screens.shows("preferences")

    def _cart_changed(self, state: CartState) -> None:
        self._acted = True
        self.screens.cart.show_state(state, len(self.parked.state.rows))
        self.customer.refresh(self.place)
        self.screens.sell_work.remark(self.finding.state, state.times)
        if self.place == "pay":
            if state.empty or not state.paying:
                self.acts.go_sell()
            else:
                self.paying.refresh()

    def _style_chosen(self, sku: str) -> None:
        """A tile of several variants, or any tile in price check."""
        if self.finding.state.looking:
            self.about.show(sku)
        else:
            self.about.show_style(sku)

    def _pay_changed(self, state: PayState) -> None:
        self.screens.pay_work.show_state(state)
        self.screens.cart.show_pay(state)
        self.customer.refresh(self.place)

    def _found(self, state: FindState) -> None:
        self._acted = True
        self.screens.sell_work.show_state(state)
        self.screens.sell_work.remark(state, self.selling.state.times)

    def _lock_changed(self, state: LockState) -> None:
        self.screens.lock_work.show_state(state)
        self.screens.lock_panel.show_state(state)

    def _parked_changed(self, count: int) -> None:
        if self.screens.built("parked"):
            self.screens.parked.show_state(self.parked.state)
        self.screens.cart.show_state(self.selling.state, count)

    def _signed_in(self, person: Staff) -> None:
        self.touched()
        self.people.show_who(person)
        self.casework.cases.recount()
        self.orders.moved_orders()
        if self.till.own.store is None:
            return
        self.parked.refresh()
        self.selling.refresh()
        if card_acts.signed_in(self):
            return
        if not self.people.back(person):
            self.enter()

    def enter(self) -> None:
        """To the sale, or to the float where no shift is open."""
        if self.till.shift is None:
            self.shifts.begin()
        else:
            self.acts.go_sell()
            self.shifts.warn_late()

    def _completed(self, completed: checkout.Completed) -> None:
        self.finding.recount()
        self.cards.dismiss()
        self._receipt_of = completed.sale.doc_no
        self.returning.completed(completed.sale)
        self.members.completed(completed.sale.id)
        self.selling.show_done(done_view(self.desk, completed))
        self.announce(self.selling.state.done.detail if self.selling.state.done else "")
        self._leave_done.start()
        self.acts.go_sell()
        self.receipts.run()

    def _leave_done_stop(self) -> None:
        self._leave_done.stop()

    def _printed(self, ending: printing.Ending) -> None:
        self.returns.printed(ending)
        done = self.selling.state.done
        if done is not None and ending.doc_no == self._receipt_of:
            self.selling.show_done(with_ending(self.desk, done, ending))

    def _answered(self, job_id: str, state: str) -> None:
        done = self.selling.state.done
        if done is not None and done.unknown == job_id:
            self.selling.show_done(with_answer(done, state))

    # ---- where one is

    @property
    def desks(self) -> tuple[ReturnDesk | SearchKeys, ...]:
        """The screens that are a search field beside a list, in the order they are asked."""
        return (
            *(self.returning, self.casework, self.orders, self.stocking, self.goods),
            self.members,
        )

    def focus_screen(self) -> None:
        """The caret in the search field, the first count, or on the window for PIN and amounts."""
        if self.place == "sell":
            self.screens.sell_work.search.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.place == "open_shift":
            self.screens.open_work.grid.focus_first()
        elif self.place == "close_shift":
            self.screens.close_work.grid.focus_first()
        elif not any(each.focus() for each in self.desks):
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def go(self, screen: str) -> None:
        """Shows a screen and marks its place on the rail."""
        if self.place == stock_desk.SCREEN != screen:
            self.stocking.left()
        if self.place == "customers" != screen:
            self.members.left()
        super().go(screen)
        locked = screen == "lock"
        number = self.till.identity.till
        self.rail.set_locked(locked=locked, till=_("Till {number}").format(number=number))
        places = {"pay": "sell", "open_shift": "shift", "close_shift": "shift", "goods": "stock"}
        self.rail.show_place(places.get(screen, screen))
        self.customer.refresh(screen)

    def build(self, name: str) -> None:
        """Makes a screen or sheet that is shown for the first time."""
        self.screens.build(name)

    def mode_changed(self, *, compact: bool) -> None:
        """Narrow windows show fewer caps and buttons."""
        self.screens.set_compact(compact=compact)

    def sheet_left(self, name: str) -> None:
        """What a closed sheet leaves behind."""
        if name == "consent":
            self.consent.leave()
            self.shifts.unlock()
            self.returns.consent_left()
            self.casework.cases.unlock()
            self.goods.unlock()
            self.orders.unlock()
        elif name == "sync":
            self.connection.listing = False
        elif name == value_desk.SHEET:
            self.values.left_sheet()
        elif name == "preferences":
            self.pace.end()
            if self.caps_are_old and self.preferences.workshop is not None:
                self.preferences.workshop.make_anew()

    def set_theme(self, name: str) -> None:
        """Light, dark, or as the system is."""
        theme.use(name)
        for widget in (self, *self.findChildren(QWidget)):  # ours: nobody ends them meanwhile
            QWidget.update(widget)  # a list of Qt 6.8 has an `update` of its own

    # ---- scans

    def scanned(self, code: str) -> None:
        """A code was read, wherever the focus is."""
        self.touched()
        goods = self.place == "sell" and code.isdigit()  # first what is sold, then whose card it is
        if self.people.badge(code) or (not goods and self.members.scanned(code)):
            return
        if self.orders.scanned(code) or self.returning.scanned(code):
            return
        if self.stocking.scanned(code) or self.goods.scanned(code):
            return
        if value_desk.scanned(self, code):
            return
        looking = self.finding.state.looking
        if self.place == "sell" and (looking or self.sheet_name == "product"):
            self.about.check(code, checking=looking)
        elif self.place == "lock" and self.sheet_name in ("ask", "product"):
            self.about.check(code)
        elif self.place in ("sell", "pay"):
            self.selling.scan(code)
        elif not self.shifts.scanned(code):
            self.sound("refused")
            self.toast(
                _("Sign in first, then scan again.")
                if self.place == "lock"
                else _("Open Sell first, then scan again.")
            )

    # ---- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.keyboard.key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if is_help(event) and not event.isAutoRepeat():
            self.key_table.let_go()
        super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ThemeChange:
            self.set_theme(self.till.settings.theme)

    def focusNextPrevChild(self, next_: bool) -> bool:
        """Tab in the order of the work, not of the widgets."""
        return zones.step(self, forward=next_) or super().focusNextPrevChild(next_)

    def sheet(self, name: str) -> QWidget:
        """A sheet by its name, for tests and the tour."""
        return self.sheet_of(name)
