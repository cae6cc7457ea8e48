"""Deliveries, transfers and counts in the window: the screen, its keys, what a scan means there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from pos_app.presenters.goods import Goods
from pos_app.presenters.goods_views import WORK, GoodsState
from pos_app.presenters.typed import quantity_typed
from pos_app.ui.search_keys import SearchKeys
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.ui.goods import GoodsPanel, GoodsWork
    from pos_app.ui.window import Window

SCREEN = "goods"


class GoodsDesk(SearchKeys):
    """The screen on which goods are received, sent and counted."""

    screen = SCREEN

    def __init__(self, window: Window) -> None:
        self.window = window
        self.goods = Goods(window.desk)
        self.work: GoodsWork | None = None
        self.panel: GoodsPanel | None = None
        self.goods.on_change = self._show
        self.goods.on_clear = self._clear
        self.goods.on_printed = window.receipts.run
        self._asking = False

    def parts(self) -> tuple[QWidget, QWidget]:
        """Work area and panel, made when the screen is first shown."""
        from pos_app.ui.goods import GoodsPanel, GoodsWork

        work, panel, goods = GoodsWork(), GoodsPanel(), self.goods
        work.typed.connect(goods.type)
        work.tab.connect(goods.choose_tab)
        work.chip.connect(goods.choose_chip)
        work.chosen.connect(goods.pick)
        work.step.connect(goods.step)
        work.touched.connect(goods.choose_line)
        work.done.connect(goods.done)
        panel.act.connect(self.window.acts.do)
        panel.reason.connect(goods.reason)
        self.work, self.panel = self.window.screens.take_work(work), panel
        self._show(goods.state)
        return work, panel

    def _show(self, state: GoodsState) -> None:
        if self.work is not None and self.panel is not None:
            self.work.show_state(state)
            self.panel.show_state(state)

    def _clear(self) -> None:
        if self.work is not None:
            self.work.search.edit.clear()

    # ---- going there

    def acts(self) -> dict[str, Callable[[], object]]:
        """By their names in the tables of keys and commands."""
        goods = self.goods
        return {
            SCREEN: self.go,
            "goods_list": goods.leave,
            "goods_enter": goods.enter,
            "goods_quantity": self._quantity,
            "goods_reason": lambda: self.panel.focus_reason() if self.panel else None,
            "goods_damage": goods.damage,
            "goods_pause": goods.pause,
            "goods_rest": goods.rest,
            "goods_aside": goods.put_aside,
            "goods_undo": self._undo,
        }

    def go(self) -> None:
        """The list, or the work that was left; not while a payment is made."""
        window = self.window
        if window.place == "lock" or window.selling.state.busy or window.cards.running:
            return
        if window.place == "pay":
            window.acts.back()
        if window.place in ("pay", "lock"):
            return
        window.close_sheet()
        self._clear()
        self.goods.open()
        window.go(SCREEN)

    def moved(self) -> None:
        """The hub told something."""
        if self.window.place == SCREEN:
            self.goods.refresh()

    def unlock(self) -> None:
        """Nobody agreed."""
        self.goods.unlock()

    def _quantity(self) -> None:
        state, sku = self.goods.state, self.goods.line
        row = next((row for row in state.rows if sku in ("", row.sku)), None)
        if state.stage != WORK or row is None:
            return
        self.goods.choose_line(row.sku)
        self._asking = True
        self.window.screens.ask.ask(_("Quantity"), row.name, row.count, number=True)
        self.window.open_sheet("ask")

    def asked(self, text: str) -> bool:
        """What was typed in the small sheet; False where another screen asked."""
        if self.window.place != SCREEN or not self._asking:
            return False
        qty = quantity_typed(text, "kg")
        if qty is None:
            self.window.screens.ask.refuse(_("Type a number."))
            return True
        self._asking = False
        self.window.close_sheet()
        self.goods.put(self.goods.line, qty)
        return True

    def _undo(self) -> None:
        edit = self.work.search.edit if self.work is not None else None
        if edit is not None and edit.hasFocus() and edit.text():
            edit.del_()
        else:
            self.goods.take_back()

    # ---- keys and scans

    def finish(self) -> bool:
        """F12 here; False on any other screen."""
        if self.window.place != SCREEN:
            return False
        self.goods.finish()
        return True

    def scanned(self, code: str) -> bool:
        """A note, a box or an item; False on other screens."""
        if self.window.place != SCREEN or self.window.sheet_name:
            return False
        self._clear()
        self.goods.scan(code)
        self.window.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def key(self, key: int) -> bool:
        """Arrows move in the list; True where they did."""
        if self.window.place == SCREEN and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.goods.move(1 if key == Qt.Key.Key_Down else -1)
            return True
        return False

    def typed(self, text: str) -> bool:
        """Besides: + and - count what was scanned last."""
        counts = self._here() and not self.window.sheet_name and text in ("+", "-")
        if counts and self.goods.state.stage == WORK and self.goods.line:
            self.goods.step(self.goods.line, 1 if text == "+" else -1)
            return True
        return super().typed(text)

    def step_back(self) -> bool:
        """The work that is open is left."""
        return self.goods.leave()
