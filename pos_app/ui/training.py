"""Training as one sees it: a band over everything, and the window shown over the other ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter, QPaintEvent, QPolygon
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.presenters.training import Training
from pos_app.ui import paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import Icon, Label
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.ui.window import Window

STRIPE = 18


class Band(QWidget):
    """Says that nothing here is real, in words and in a colour that means nothing else is."""

    HEIGHT = 56

    def __init__(self, end: Callable[[], None]) -> None:
        super().__init__()
        self.setFixedHeight(self.HEIGHT)
        text = _("Training. Nothing here is sold, sent or counted.")
        self.setAccessibleName(text)
        row = QHBoxLayout(self)
        row.setContentsMargins(4 * STRIPE, 4, 4 * STRIPE, 4)
        row.setSpacing(12)
        self.label = Label(text, 16, 700, "warn_ink")
        self.end = Button(_("End training"), icon="x")
        self.end.clicked.connect(end)
        row.addWidget(Icon("hard-hat", "warn_ink", 24))
        row.addWidget(self.label, 1)
        row.addWidget(self.end)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        painter.fillRect(self.rect(), theme.color("warn_soft"))
        painter.setBrush(theme.color("warn"))
        painter.setPen(theme.color("warn"))
        height, room = self.height(), 3 * STRIPE
        for start in (0, self.width() - room):
            painter.setClipRect(start, 0, room, height)
            for left in range(start - height, start + room, 2 * STRIPE):
                corners = ((left, height), (left + height, 0), (left + height + STRIPE, 0))
                points = [QPoint(*each) for each in (*corners, (left + STRIPE, height))]
                painter.drawPolygon(QPolygon(points))
        painter.end()


class TrainingWindow:
    """Shows the window over the ledger in use, and the band while that is the exercise's."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.presenter = Training(window.desk, window.selling)
        self.presenter.on_change = self.changed
        self.band: Band | None = None
        self._show_band()  # a window made anew may find its till in training

    def acts(self) -> dict[str, Callable[[], object]]:
        """What the menu's row does."""
        return {"training": self._asked}

    def _asked(self) -> None:
        self.window.close_sheet()
        self.presenter.begin_or_end()

    def _show_band(self) -> None:
        running = self.presenter.running
        if running and self.band is None:
            self.band = Band(self._asked)
            self.window.over.insertWidget(0, self.band)
        if self.band is not None:
            self.band.setVisible(running)

    def changed(self) -> None:
        """Another ledger: its basket, its shift, its papers, and where that leads."""
        window, running = self.window, self.presenter.running
        self._show_band()
        window.close_sheet()
        window.selling.start_over()
        window.parked.refresh()
        window.receipts.look()
        window.connection.refresh()
        window.finding.count_own()
        if running:
            window.enter()
            told = _("Training. Nothing here is sold, sent or counted.")
        else:
            window.lock.open()
            window.go("lock")
            told = _("Training has ended. The till sells again.")
            window.toast(told)
        window.announce(told, at_once=True)
