"""A finger that trembles: a second tap on the same place too soon for a person is not one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QMouseEvent

TWICE_MS = 60
NEAR = 12
"""Within so many pixels it is the same place."""
_MOUSE = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.MouseMove,
        QEvent.Type.MouseButtonRelease,
    }
)


class Taps(QObject):
    """Watches the window's own mouse and touch events, before any widget sees them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.time_of = QMouseEvent.timestamp
        """When it happened, milliseconds: the system's own stamp."""
        self._last_ms = -1_000_000
        self._last_at = QPointF(-1_000, -1_000)
        self._swallowing = False

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QMouseEvent) or event.type() not in _MOUSE:
            return False
        if event.type() == QEvent.Type.MouseButtonPress:
            now, at = self.time_of(event), event.position()
            near = (at - self._last_at).manhattanLength() <= NEAR
            self._swallowing = near and 0 <= now - self._last_ms < TWICE_MS
            self._last_ms, self._last_at = now, at
        swallowed = self._swallowing
        if event.type() == QEvent.Type.MouseButtonRelease:
            self._swallowing = False
        return swallowed
