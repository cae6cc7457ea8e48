"""Stock across stores in the window: its screen, its keys, what a scan means there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from pos_app.presenters.reserve_views import ReserveState
from pos_app.presenters.stock import Stock, StockState
from pos_app.till import looking
from pos_app.ui.search_keys import SearchKeys

if TYPE_CHECKING:
    from pos_app.ui.stock import StockWork
    from pos_app.ui.stock_panel import StockPanel
    from pos_app.ui.window import Window

SCREEN = "stock"


class StockDesk(SearchKeys):
    """The screen on which a product is looked up in all stores, and asked for."""

    screen = SCREEN

    def __init__(self, window: Window) -> None:
        self.window = window
        self.stock = Stock(window.desk, window.selling)
        self.reserve = self.stock.reserve
        self.work: StockWork | None = None
        self.panel: StockPanel | None = None
        self.stock.on_change = self._show
        self.reserve.on_change = self._show_panel
        self.reserve.on_missing = self._missing
        window.about.on_from = self.go

    def parts(self) -> tuple[QWidget, QWidget]:
        """Work area and panel, made when the screen is first shown."""
        from pos_app.ui.stock import StockWork
        from pos_app.ui.stock_panel import StockPanel

        work, panel = StockWork(), StockPanel()
        stock, reserve = self.stock, self.reserve
        work.typed.connect(stock.type)
        work.variant.connect(stock.choose)
        work.found.connect(stock.choose)
        work.store.connect(stock.choose_store)
        panel.act.connect(self.window.acts.do)
        panel.ways.way.connect(reserve.choose_way)
        panel.pieces.step.connect(reserve.step)
        panel.holds.chose.connect(reserve.choose_hold)
        panel.who.name_typed.connect(reserve.set_name)
        panel.who.phone_typed.connect(reserve.set_phone)
        panel.who.address_typed.connect(reserve.set_address)
        panel.who.another.connect(reserve.another)
        self.work, self.panel = self.window.screens.take_work(work), panel
        self._show(stock.state)
        self._show_panel(reserve.state)
        return work, panel

    def _show(self, state: StockState) -> None:
        if self.work is not None:
            self.work.show_state(state)

    def _show_panel(self, state: ReserveState) -> None:
        if self.panel is not None:
            self.panel.show_state(state)

    def _missing(self, field: str) -> None:
        if self.panel is not None:
            self.panel.focus_missing(field)

    # ---- going there

    def acts(self) -> dict[str, Callable[[], object]]:
        """By their names in the tables of keys and commands."""
        return {
            SCREEN: self.go,
            "stock_first": self.stock.first,
            "stock_go": self.reserve.go,
            "stock_sell": self.reserve.sell,
            "stock_take_back": self.reserve.take_back,
            "stock_way": self.reserve.next_way,
            "stock_who": lambda: self._missing("name"),
        }

    def go(self, sku: str = "", store: str = "") -> None:
        """The screen, empty or with a product; not while a payment is made."""
        window = self.window
        if window.place == "lock" or window.selling.state.busy or window.cards.running:
            return
        if window.place == "pay":
            window.acts.back()
        if window.place in ("pay", "lock"):
            return
        window.close_sheet()
        if self.work is not None:
            self.work.search.edit.clear()
        if sku:
            self.stock.show(sku)
            self.stock.choose_store(store)
        elif window.place != SCREEN:
            self.stock.open()
        window.go(SCREEN)

    def tile(self, row: int) -> None:
        """*n nearby* on a tile of Sell."""
        tiles = self.window.finding.state.tiles
        if row < len(tiles) and tiles[row].nearby:
            self.go(tiles[row].nearby)

    def left(self) -> None:
        """Another screen is shown."""
        self.stock.gave_up()
        self.reserve.forget()

    def moved(self) -> None:
        """Stock or prices changed somewhere."""
        if self.window.place == SCREEN and not self.reserve.state.stage:
            self.stock.refresh()

    def tick(self) -> None:
        """Now and then what was looked up in vain is told."""
        till = self.window.till
        if till.looks.due(till.clock.monotonic_ms()) and not self.window.selling.state.busy:
            till.looks.since_ms = till.clock.monotonic_ms()
            self.window.run("ledger", lambda: looking.tell(till))

    # ---- keys and scans

    def finish(self) -> bool:
        """F12 here; False on any other screen."""
        if self.window.place != SCREEN:
            return False
        self.reserve.go()
        return True

    def scanned(self, code: str) -> bool:
        """A product: looked up; False on other screens."""
        if self.window.place != SCREEN or self.window.sheet_name:
            return False
        if self.work is not None:
            self.work.search.edit.clear()
        self.stock.scan(code)
        self.window.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def key(self, key: int) -> bool:
        """Arrows move in the list of stores; True where they did."""
        if self.window.place == SCREEN and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stock.move(1 if key == Qt.Key.Key_Down else -1)
            return True
        return False

    def typed(self, text: str) -> bool:
        """Besides: + and - say how many are asked for."""
        counts = self._here() and not self.window.sheet_name and text in ("+", "-")
        if counts and self.stock.state.sku:
            self.reserve.step(1 if text == "+" else -1)
            return True
        return super().typed(text)
