"""What typing means before it is known whether a person or a scanner types.

The first keys of a scan reach whatever has the focus. What they did there is remembered at the
first key, put back when it was a scan, and done after all when it was none.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from pos_app.ui.scans import Restore

if TYPE_CHECKING:
    from pos_app.ui.window import Window


class Typing:
    """For `ScanCapture`: `snapshot` and `replay`; for the search field: `search`."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._search_waits = False

    def snapshot(self) -> Restore:
        """What to put back when the keys that follow turn out to be a scan."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit):
            edit, text, place = focus, focus.text(), focus.cursorPosition()
            start, length = edit.selectionStart(), len(edit.selectedText())
            if edit is self._search_edit():
                return self._search_back(text, place, start, length)
            back = self._way_back(edit)
            return back or (lambda: _put_back(edit, text, place, start, length))
        if self.window.sheet_name == "consent":
            return partial(self.window.consent.restore_pin, self.window.consent.pin)
        if self.window.place == "pay":
            return partial(self.window.paying.restore_typed, self.window.paying.typed)
        if self.window.place == "lock":
            return partial(self.window.lock.restore_pin, self.window.lock.pin)
        return self._way_back() or self._sell_back(focus)

    def _way_back(self, edit: QLineEdit | None = None) -> Restore | None:
        """Of the screen that is shown, where it has one of its own."""
        window = self.window
        for desk in window.desks:
            back = desk.way_back(edit)
            if back is not None:
                return back
        return None

    def _sell_back(self, focus: QWidget | None) -> Restore:
        # A first key that nothing wanted goes into the search field.
        basket, text = self.window.selling.basket, self._search_edit().text()
        search = self._search_back(text, len(text), 0, 0)

        def put_back() -> None:
            self.window.selling.put_back(basket)
            search()
            if focus is not None:
                focus.setFocus()

        return put_back

    def _search_edit(self) -> QLineEdit:
        return self.window.screens.sell_work.search.edit

    def _search_back(self, text: str, place: int, start: int, length: int) -> Restore:
        edit, shelf = self._search_edit(), self.window.finding.way_back()

        def put_back() -> None:
            if edit.text() != text:
                shelf()
                _write(edit, text, place, start, length)

        return put_back

    def search(self, text: str) -> None:
        """The search field has another text: results at once.

        From the second fast key on it may be a scan: one search follows when it was none.
        """
        if not self.window.scans.hasty:
            self.window.finding.type(text)
        elif not self._search_waits:
            self._search_waits = True
            self.window.later(self.window.scans.gap_ms, self._search_now)

    def _search_now(self) -> None:
        self._search_waits = False
        text = self._search_edit().text()
        if text != self.window.finding.state.text:
            self.window.finding.type(text)

    def replay(self, text: str) -> None:
        """Keys that were kept back although no scan came of them."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit):
            for mark in text:  # a field may take some of them: digits, no letters
                focus.insert(mark)
            focus.textEdited.emit(focus.text())
            return
        for mark in text:
            self.window.keyboard.typed(mark)


def _put_back(edit: QLineEdit, text: str, place: int, start: int, length: int) -> None:
    _write(edit, text, place, start, length)
    edit.textEdited.emit(text)


def _write(edit: QLineEdit, text: str, place: int, start: int, length: int) -> None:
    edit.setText(text)
    edit.setCursorPosition(place)
    if length:
        edit.setSelection(start, length)
