"""Scans from a reader that types: told from typing by their pace, wherever the focus is.

Only key events of the *window* are looked at: a widget that ignores a key hands it to its
parent, and a filter on widgets would count it again ("6438…" came out as "664438…").
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

BURST_GAP_MS = 35
"""No person types this fast twice in a row; no reader is this slow."""
SHORTEST = 6
SWALLOW_FROM = 4
"""From this key of a burst on, keys no longer reach the focused widget."""
LONGEST = 4_096

Restore = Callable[[], None]


class ScanCapture(QObject):
    """Watches the application's windows and tells of each scan by `scanned`.

    `snapshot` is asked at the first key of what may be a burst; what it returns is called at the
    fourth fast key, to take back those that had reached the focused field. `replay` gets the keys
    that were taken back although no scan came of them.
    """

    scanned = Signal(str)

    def __init__(
        self,
        parent: QObject,
        snapshot: Callable[[], Restore],
        replay: Callable[[str], None],
        gap_ms: int = BURST_GAP_MS,
    ) -> None:
        super().__init__(parent)
        self.gap_ms = gap_ms
        self._snapshot = snapshot
        self._replay = replay
        self.time_of = QKeyEvent.timestamp
        """When a key was pressed, milliseconds: the system's own stamp, right however late the
        event is handled."""
        self._text = ""
        self._last_ms = -1_000_000
        self._restore: Restore | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._give_back)

    @property
    def hasty(self) -> bool:
        """True from the second key of what may be a burst: what costs time waits a moment."""
        return len(self._text) > 1

    @property
    def running(self) -> bool:
        """True while a burst is being read: money keys wait."""
        return len(self._text) >= SWALLOW_FROM

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        return watched.isWindowType() and self._key(event)

    def _key(self, event: QKeyEvent) -> bool:
        now = self.time_of(event)
        fast = 0 <= now - self._last_ms <= self.gap_ms
        self._last_ms = now
        chord = event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier
            | Qt.KeyboardModifier.AltModifier
            | Qt.KeyboardModifier.MetaModifier
        )
        if event.key() in (Qt.Key.Key_Shift, Qt.Key.Key_CapsLock):
            return False  # part of a capital letter in a burst
        if chord or event.isAutoRepeat():
            self._give_back()
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            return self._end(fast=fast)
        text = event.text()
        if len(text) != 1 or (not text.isprintable() and text != "\x1d"):
            self._give_back()
            return False
        if not fast:
            self._give_back()
        if not self._text:
            self._restore = self._snapshot()
        if len(self._text) < LONGEST:
            self._text += text
        if not self.running:
            return False
        if self._restore is not None:  # no person is this fast: what had reached a field goes back
            self._restore()
            self._restore = None
        self._timer.start(self.gap_ms * 4)
        return True

    def _end(self, *, fast: bool) -> bool:
        if not fast or len(self._text) < SHORTEST:
            self._give_back()
            return False
        code = self._text
        self._forget()
        self.scanned.emit(code)
        return True

    def _give_back(self) -> None:
        """Not a scan after all: the keys that were taken back are typed."""
        kept = self._text if self.running else ""
        self._forget()
        if kept:
            self._replay(kept)

    def _forget(self) -> None:
        self._timer.stop()
        self._text = ""
        self._restore = None
