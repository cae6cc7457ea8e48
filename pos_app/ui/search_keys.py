"""The keys of a screen that is a search field beside a list: typing, Esc, F2, and keys taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

if TYPE_CHECKING:
    from pos_app.ui.window import Window


class SearchKeys:
    """What the desks of such screens have in common; each says its `screen` and what is its own.

    Every key answers False (or None) on other screens, so that whoever is asked next may have it.
    """

    screen = ""
    window: Window
    work: Any = None
    """The work area once it was made; `work.search.edit` is the field."""

    def typed(self, text: str) -> bool:
        """A key no widget wanted goes into the search field."""
        if not self._here() or self.window.sheet_name:
            return False
        edit = self.work.search.edit
        if not isinstance(QApplication.focusWidget(), QLineEdit):
            edit.setFocus()
            edit.insert(text)
            edit.textEdited.emit(edit.text())
        return True

    def escape(self) -> bool:
        """Esc: the search is cleared, then one step back, then back to selling."""
        if not self._here():
            return False
        edit = self.work.search.edit
        if edit.text():
            edit.clear()
            edit.textEdited.emit("")
        elif not self.step_back():
            self.window.acts.go_sell()
        return True

    def step_back(self) -> bool:
        """Leaves what is open on this screen; False where nothing is."""
        return False

    def way_back(self, typed_in: QLineEdit | None = None) -> Callable[[], None] | None:
        """What takes typed keys back here that turn out to be a scan."""
        if not self._here():
            return None
        edit = self.work.search.edit
        if typed_in is not None and typed_in is not edit:
            return None
        text, choose, focus = edit.text(), self.choice(), QApplication.focusWidget()

        def put_back() -> None:
            if edit.text() != text:
                edit.setText(text)
                edit.textEdited.emit(text)
            choose()
            if focus is not None:
                focus.setFocus()

        return put_back

    def choice(self) -> Callable[[], None]:
        """Chooses again what is chosen now; for screens that choose by what is typed."""
        return lambda: None

    def search(self) -> bool:
        """F2."""
        if not self._here():
            return False
        self.work.search.edit.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def focus(self) -> bool:
        """The window itself has the keys here: arrows move at once."""
        if self.window.place != self.screen:
            return False
        self.window.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _here(self) -> bool:
        return self.window.place == self.screen and self.work is not None
