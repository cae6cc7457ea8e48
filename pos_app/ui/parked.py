"""The sheet of parked baskets: which one to take back."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pos_app.presenters.parked import ParkedState, ParkedView
from pos_app.ui import keys
from pos_app.ui.labels import Empty
from pos_app.ui.lists import List, RowDelegate
from pos_app.ui.shell import Sheet
from pos_app.words import _, ngettext


class ParkedDelegate(RowDelegate):
    """Baskets put aside: name, lines and who, how long ago."""

    def show_row(self, view: ParkedView) -> tuple[str, str, str, str, str, str, Any]:
        return ("pause", view.title, view.detail, view.amount, view.age, view.tone, view.park_id)


class ParkedSheet(Sheet):
    """Which parked basket to take back."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("Parked sales"), _("Tap one to go on with it."))
        self.list = List(_("Parked sales"))
        self.list.setItemDelegate(ParkedDelegate(self.list))
        self.list.chosen.connect(self._chosen)
        self.body.addWidget(self.list, 1)
        self.empty = Empty("pause", _("Nothing is parked"))
        self.body.addWidget(self.empty, 1)
        self.rows: tuple[ParkedView, ...] = ()

    def show_state(self, state: ParkedState) -> None:
        """Draws the list."""
        self.rows = state.rows
        self.list.set_rows(state.rows)
        if state.rows and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.list.model_.index(0))
        self.list.setVisible(bool(state.rows))
        self.empty.setVisible(not state.rows)
        self.empty.say(
            _("Nothing is parked"), _("{key} parks the open sale.").format(key=keys.cap("park"))
        )
        count = len(state.rows)
        text = ngettext("{count} parked sale", "{count} parked sales", count).format(count=count)
        self.say(text if count else _("Parked sales"), _("Tap one to go on with it."))

    def _chosen(self, row: int) -> None:
        self.chosen.emit(self.rows[row].park_id)

    def first_focus(self) -> QWidget:
        return self.list if self.rows else self.close_button
