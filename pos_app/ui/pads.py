"""Number pads: they type into the same amount or PIN as the keyboard does."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from pos_app.ui import paint, theme
from pos_app.ui.buttons import Button
from pos_app.words import _, point

TWICE_MS = 60
"""A second tap this soon is the same finger."""


class Pad(QWidget):
    """Keys in a grid. `pressed` tells a digit, `00`, `.`, `back`, `clear`, or `+10`."""

    pressed = Signal(str)

    def __init__(self, rows: tuple[tuple[str, ...], ...], *, smallest: int = 64) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.GAP)
        self.keys: dict[str, Button] = {}
        self._clock = QElapsedTimer()
        self._last = ""
        for y, row in enumerate(rows):
            for x, mark in enumerate(row):
                soft = not (mark.isdigit() or mark == ".")
                text = {"back": "", "clear": "C", ".": point()}.get(mark, mark)
                names = {"back": _("Delete the last digit"), "clear": _("Clear"), ".": _("Point")}
                button = Button(
                    text,
                    "pad_act" if mark in names and soft else "pad_soft" if soft else "pad",
                    icon="delete" if mark == "back" else "",
                    name=names.get(mark, text),
                )
                button.setMinimumHeight(smallest)
                button.setMaximumHeight(200)
                button.setMinimumWidth(56)
                button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
                button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
                button.pressed.connect(lambda what=mark: self._press(what))
                self.keys[mark] = button
                grid.addWidget(button, y, x)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # digits are never mirrored

    def _press(self, mark: str) -> None:
        soon = self._clock.isValid() and self._clock.elapsed() < TWICE_MS
        self._clock.start()
        if not (soon and mark == self._last):
            self.pressed.emit(mark)
        self._last = mark


class Dots(QWidget):
    """How much of a PIN was typed; red when it was wrong, breathing while it is checked."""

    def __init__(self) -> None:
        super().__init__()
        self.typed, self.wrong, self.checking, self.digits = 0, False, False, 4
        self.setFixedHeight(28)
        self.setAccessibleName(_("PIN"))

    def show_typed(self, typed: int, *, wrong: bool, checking: bool, digits: int = 0) -> None:
        """Another number of digits, of as many as the PIN has where that is known."""
        shown = (typed, wrong, checking, digits or 4)
        if shown != (self.typed, self.wrong, self.checking, self.digits):
            self.typed, self.wrong, self.checking, self.digits = shown
            self.setAccessibleDescription(_("{count} digits").format(count=typed))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        count = max(self.digits, self.typed)
        step = min(40, (self.width() - 24) // count)
        left = (self.width() - (count - 1) * step) // 2
        ink = theme.color("bad" if self.wrong else "primary" if self.checking else "text")
        edge = theme.color("bad" if self.wrong else "field")
        for place in range(count):
            area = QRect(left + place * step - 9, 5, 18, 18)
            if place < self.typed:
                paint.box(painter, area, 9, ink)
            else:
                paint.box(painter, area, 9, None, edge, 2)
        painter.end()
