"""An amount that is never cut: its type gives way before its digits do."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent

from pos_app.ui import paint, theme
from pos_app.ui.labels import Label


class Amount(Label):
    """An amount at the end side, as large as its room lets it be: never cut."""

    def __init__(
        self,
        size: int,
        weight: int,
        ink: str = "text",
        *,
        least: int = 15,
        across: Qt.AlignmentFlag = paint.END,
    ) -> None:
        super().__init__("", size, weight, ink, across=across)
        self.largest, self.least, self.weight = size, least, weight

    def say(self, text: str, ink: str = "") -> None:
        """Another amount."""
        super().say(text, ink)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """The largest size in which all of it stands in its room."""
        size = self.largest
        while size > self.least and self._needs(size) > self.width():
            size -= 1
        self.set_type(size, self.weight)

    def _needs(self, size: int) -> int:
        return paint.width_of(self.text(), theme.font(size, self.weight)) + 1

    def sizeHint(self) -> QSize:
        return QSize(self._needs(self.largest), paint.metrics(self.font()).height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._needs(self.least), paint.metrics(self.font()).height() + 2)
