"""A few usual reasons in one row, one of them chosen."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from pos_app.ui import theme
from pos_app.ui.buttons import Button


class Reasons(QWidget):
    """Up to three buttons of equal width; hidden where there is nothing to explain."""

    chosen = Signal(str)
    MOST = 3

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        self.buttons = [Button("") for _n in range(self.MOST)]
        for button in self.buttons:
            button.setCheckable(True)
            # Equal thirds whatever they say: words too wide become smaller, then take two lines.
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _checked=False, one=button: self.chosen.emit(one.text()))
            row.addWidget(button, 1)
        self.hide()

    def show_reasons(self, reasons: tuple[str, ...], chosen: str) -> None:
        """Other reasons, or another one chosen."""
        self.setVisible(bool(reasons))
        for button, reason in zip(self.buttons, reasons, strict=False):
            button.say(reason)
            button.setChecked(reason == chosen)
