"""How fast a scanner types: the wizard's own look at the keys, before anything else sees them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

SHORTEST = 6
PERSON_MS = 400
"""A longer pause is between two codes, or a person's."""
_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)


class PaceMeter(QObject):
    """Takes every printable key while it is on; each whole code's slowest gap goes to `scanned`.

    Escape and keys with Ctrl or Alt pass: a person can always leave.
    """

    def __init__(self, parent: QObject, scanned: Callable[[int], bool]) -> None:
        super().__init__(parent)
        self._scanned = scanned
        self.on = False
        self.time_of: Callable[[QKeyEvent], int] = QKeyEvent.timestamp
        self._gaps: list[int] = []
        self._last_ms: int | None = None

    def begin(self) -> None:
        """From the next key on."""
        self.on = True
        self._gaps, self._last_ms = [], None

    def end(self) -> None:
        """No more."""
        self.on = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not (self.on and isinstance(event, QKeyEvent) and watched.isWindowType()):
            return False
        chord = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        ends = event.key() in _ENDS
        if event.modifiers() & chord or not (ends or event.text().isprintable()):
            return False
        if event.key() == Qt.Key.Key_Escape or not event.text():
            return False
        if event.type() == QEvent.Type.KeyPress:
            self._key(self.time_of(event), ends=ends)
        return event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease)

    def _key(self, now_ms: int, *, ends: bool) -> None:
        gap = None if self._last_ms is None else now_ms - self._last_ms
        self._last_ms = now_ms
        if gap is None or gap > PERSON_MS:
            self._gaps = []
        else:
            self._gaps.append(gap)
        if ends:
            gaps, self._gaps, self._last_ms = self._gaps, [], None
            if len(gaps) >= SHORTEST and self._scanned(max(gaps)):
                self.end()
