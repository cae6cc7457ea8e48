"""Keys that no widget wanted: digits for a PIN or an amount, arrows, Enter, Escape."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit

from pos_app.ui import keys

if TYPE_CHECKING:
    from pos_app.ui.window import Window

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def is_help(event: QKeyEvent) -> bool:
    """True for the key that shows all keys while it is held."""
    pressed = QKeySequence(event.keyCombination())
    return pressed == QKeySequence(keys.KEYS["help"].chord)


class Keyboard:
    """Says what a key means where one is."""

    def __init__(self, window: Window) -> None:
        self.window = window

    def typed(self, mark: str) -> None:
        """A key of a pad, or a digit typed where no field has the focus."""
        window = self.window
        if window.sheet_name == "consent":
            self._pin_key(window.consent.digit, window.consent.erase, mark)
        elif window.place == "lock":
            self._pin_key(window.lock.digit, window.lock.erase, mark)
        elif window.place == "pay":
            self._amount_key(mark)

    def _pin_key(self, digit: Callable[[str], None], erase: Callable[..., None], mark: str) -> None:
        if mark.isdigit() and mark.isascii():
            digit(mark)
        elif mark in ("back", "clear"):
            erase(everything=mark == "clear")

    def _amount_key(self, mark: str) -> None:
        paying = self.window.paying
        if mark in ("back", "clear"):
            paying.erase(everything=mark == "clear")
        elif mark.startswith("+") and mark[1:].isdigit():
            paying.add(int(mark[1:]))
        elif mark in (".", ","):
            paying.key(".")
        elif mark.isascii() and mark.isdigit():
            paying.key(mark)

    def key(self, event: QKeyEvent) -> bool:
        """A key no widget wanted; True where it was used."""
        key, window = event.key(), self.window
        used = True
        if is_help(event):
            if not event.isAutoRepeat():
                window.key_table.hold()
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif window.sheet_name and window.sheet_name != "consent":
            used = False
        elif key == Qt.Key.Key_Backspace:
            self.typed("back")
        elif key in _ENTER:
            if not event.isAutoRepeat():  # a key held down must not pay twice
                self._enter()
        else:
            used = self._moved(key) or self._printable(event)
        return used

    def _moved(self, key: int) -> bool:
        window = self.window
        if window.place == "sell" and not window.sheet_name:
            if key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
                window.selling.add_pieces(1 if key == Qt.Key.Key_Plus else -1)
                return True
            return self.list_key(key)
        if window.returning.moved(key) or window.casework.moved(key) or window.orders.moved(key):
            return True
        if window.stocking.key(key) or window.goods.key(key) or window.members.key(key):
            return True
        if window.place == "lock" and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            window.lock.move(1 if key == Qt.Key.Key_Right else -1)
            return True
        return False

    def _printable(self, event: QKeyEvent) -> bool:
        text, window = event.text(), self.window
        if not text or not text.isprintable():
            return False
        if window.returning.typed(text) or window.casework.typed(text) or window.orders.typed(text):
            return True
        if window.stocking.typed(text) or window.goods.typed(text) or window.members.typed(text):
            return True
        if window.place == "sell" and not window.sheet_name:
            edit = window.screens.sell_work.search.edit
            if not isinstance(QApplication.focusWidget(), QLineEdit):
                edit.setFocus()
                edit.insert(text)
                edit.textEdited.emit(edit.text())
            return True
        if window.place == "lock" and text.upper() == "C":
            text = "clear"
        self.typed(text)
        return True

    def list_key(self, key: int) -> bool:
        """A key of the basket's list: Del, arrows; True where it is one."""
        selling = self.window.selling
        if key == Qt.Key.Key_Delete:
            selling.remove()
        elif key == Qt.Key.Key_Up:
            selling.move(-1)
        elif key == Qt.Key.Key_Down:
            selling.move(1)
        else:
            return False
        return True

    def _enter(self) -> None:
        window, focus = self.window, QApplication.focusWidget()
        if isinstance(focus, QAbstractButton) and focus.isEnabled():
            focus.click()
        elif window.sheet_name == "consent":
            window.consent.check()
        elif window.place == "lock":
            window.lock.check()
        elif window.place == "returns":
            window.returns.take_marked()
        elif window.place == "pay" and not window.guarded:
            window.paying.finish()

    def _escape(self) -> None:
        """Closes a sheet, clears the search, goes one step back; never discards a sale."""
        window = self.window
        if window.key_table.isVisible():
            window.key_table.hide()
        elif window.sheet_name:
            window.close_sheet()
        elif window.place == "pay":
            window.acts.back()
        elif window.place == "lock":
            window.lock.not_me()
        elif window.place == "close_shift":
            window.acts.go_sell()
        elif window.place == "sell":
            self._escape_in_sell()
        elif not any(
            desk.escape()
            for desk in (
                *(window.casework, window.orders, window.stocking, window.goods),
                window.members,
            )
        ):
            window.returning.escape()

    def _escape_in_sell(self) -> None:
        window, selling = self.window, self.window.selling
        if window.finding.state.text:
            window.screens.sell_work.clear_search()
        elif window.finding.state.looking:
            window.finding.look(on=False)
        elif selling.state.times > 1:
            selling.set_times(1)
        elif selling.state.selected:
            selling.select(selling.state.selected)
        window.focus_screen()
