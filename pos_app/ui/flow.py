"""Buttons one after the other that break into as many rows as they need."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import paint, theme


class Flow(QWidget):
    """As high as its buttons need at its width; mirrored where people read from right to left."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[QWidget] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, part: QWidget) -> None:
        """One more at the end."""
        part.setParent(self)
        part.show()
        self.parts.append(part)
        self.place()

    def place(self) -> None:
        """Puts everything where it belongs: a button has other words."""
        self.setMinimumHeight(self._lay(self.width(), move=True))
        self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._lay(width, move=False)

    def sizeHint(self) -> QSize:
        return QSize(240, self._lay(max(self.width(), 240), move=False))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 48)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.place()

    def _lay(self, width: int, *, move: bool) -> int:
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x = y = high = 0
        for part in self.parts:
            if part.isHidden():
                continue
            hint = part.sizeHint()
            wide = min(hint.width(), max(width, 48))
            if x and x + wide > width:
                x, y, high = 0, y + high + theme.GAP, 0
            if move:
                area = QRect(x, y, wide, hint.height())
                part.setGeometry(paint.mirrored(area, QRect(0, 0, width, 1), rtl=rtl))
            x, high = x + wide + theme.GAP, max(high, hint.height())
        return y + high
