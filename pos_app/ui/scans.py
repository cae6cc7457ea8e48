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
SHORTEST_MARKED = 1
"""Of a code with the scanner's own prefix."""
SWALLOW_FROM = 4
"""From this key of a burst on, keys no longer reach the focused widget."""
LONGEST = 4_096
CHORD = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)

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
        prefix: str = "",
        suffix: str = "",
    ) -> None:
        super().__init__(parent)
        self.gap_ms = gap_ms
        self.prefix, self.suffix = prefix, suffix
        """What the scanner types around each code. A prefix makes it exact: nothing without it is
        a scan, however fast; a suffix may stand in for Enter."""
        self._snapshot = snapshot
        self._replay = replay
        self.time_of = QKeyEvent.timestamp
        """When a key was pressed, milliseconds: the system's own stamp, right however late the
        event is handled."""
        self.patience = 4
        """Gaps after which keys that stopped coming were no scan."""
        self._text = ""
        self._last_ms = -1_000_000
        self._ended = False
        """The suffix was the end: an Enter right after it belongs to the scan."""
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
        key, text = event.key(), event.text()
        if key in (Qt.Key.Key_Shift, Qt.Key.Key_CapsLock):
            return False  # part of a capital letter in a burst
        no_mark = len(text) != 1 or (not text.isprintable() and text != "\x1d")
        ends = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
        if event.modifiers() & CHORD or event.isAutoRepeat() or (no_mark and not ends):
            self._give_back()
            return False
        if ends:
            return (self._ended and fast) or self._end(fast=fast)
        return self._mark(text, fast=fast)

    def _mark(self, text: str, *, fast: bool) -> bool:
        """One more of what may be a burst; True where it is kept from the focused widget."""
        self._ended = False
        if not fast:
            self._give_back()
        if not self._text:
            self._restore = self._snapshot()
        if len(self._text) < LONGEST:
            self._text += text
        if not self.running:
            return False
        if self.suffix and self._text.endswith(self.suffix):
            self._ended = self._end(fast=fast)
            if self._ended:
                return True
        if self._restore is not None:  # no person is this fast: what had reached a field goes back
            self._restore()
            self._restore = None
        self._timer.start(self.gap_ms * self.patience)
        return True

    def _end(self, *, fast: bool) -> bool:
        code = self._text if fast else ""
        marked = bool(self.prefix) and code.startswith(self.prefix)
        code = code.removeprefix(self.prefix).removesuffix(self.suffix)
        if not code or len(code) < (SHORTEST_MARKED if marked else SHORTEST):
            self._give_back()
            return False
        if self.prefix and not marked:
            self._give_back()
            return False
        if self._restore is not None:
            self._restore()
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
