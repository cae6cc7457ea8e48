"""The hand that plays the tour: keys and scans into the real window, as a person's come.

Keys go to the native window, so they take the whole way (scan capture, shortcuts, focus) that
a keyboard's do; nothing is called behind the window's back.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from pos_app.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from pos_app.ui.window import Window

PATIENCE_S = 30.0
TYPING_GAP_MS = 60
"""Slower than any barcode reader, so typing is never taken for a scan."""
READER_GAP_MS = 4
PAUSE_MS = 1_000
PAINT_MS = 40
LAYOUTS = 5
"""So deep are widgets in each other that have to find their room before a picture."""
PLAIN = Qt.KeyboardModifier.NoModifier


class Hand:
    """Presses, types, scans, waits and takes pictures of one till's window."""

    def __init__(self, build: Callable[[], Window], pictures: Path) -> None:
        self._build = build
        self.window = build()
        self.pictures = pictures
        self.taken: list[str] = []
        self._now_ms = int(time.monotonic() * 1_000)

    def show(self) -> None:
        """The window, in the size of most tills."""
        self.window.resize(1366, 768)
        self.window.show()
        self.wait_for("the window", self.window.isActiveWindow)

    def open_again(self) -> None:
        """The program ends and starts again, as with other settings."""
        self.close()
        self.window.deleteLater()
        self.window = self._build()
        self.show()

    def close(self) -> None:
        """The end of the program."""
        self.window.close()

    def wait_for(self, what: str, seen: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Lets the window work until `seen`; raises Unavailable("tour_stuck", waiting_for=…)."""
        until = time.monotonic() + patience_s
        while not seen():
            if time.monotonic() > until:
                self.picture("stuck")
                raise Unavailable("tour_stuck", waiting_for=what)
            QTest.qWait(5)

    def place(self, name: str) -> None:
        """Waits until the window shows a screen, and until keys that move money work on it."""
        self.wait_for(f"the screen {name}", lambda: self.window.place == name)
        self.wait_for("keys of money", lambda: not self.window.guarded)

    def sheet(self, name: str) -> None:
        """Waits until a sheet lies over the work area; empty: until none does."""
        self.wait_for(f"the sheet {name or 'gone'}", lambda: self.window.sheet_name == name)

    def press(self, key: Qt.Key, chord: Qt.KeyboardModifier = PLAIN) -> None:
        """One key or chord."""
        QTest.keyClick(self.window.windowHandle(), key, chord)
        QApplication.processEvents()

    def hold(self, key: Qt.Key) -> None:
        """A key goes down and stays there."""
        QTest.keyPress(self.window.windowHandle(), key)
        QApplication.processEvents()

    def let_go(self, key: Qt.Key) -> None:
        """It comes up again."""
        QTest.keyRelease(self.window.windowHandle(), key)
        QApplication.processEvents()

    def type(self, text: str) -> None:
        """A text at the pace of a person."""
        for mark in text:
            self._key(0, mark, TYPING_GAP_MS)
            QTest.qWait(PAINT_MS)

    def _key(self, key: int, text: str, after_ms: int) -> None:
        """A key as a keyboard sends it, with the time at which it was pressed.

        The time is what tells a reader from a person, so it must not depend on how busy this
        machine is while it plays the tour.
        """
        self._now_ms += after_ms
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key or ord(text.upper()), PLAIN, text)
            event.setTimestamp(self._now_ms)
            QApplication.sendEvent(self.window.windowHandle(), event)

    def read(self, code: str) -> None:
        """A code at the pace of a reader, wherever the focus is."""
        self._now_ms += PAUSE_MS
        for mark in code:
            self._key(0, mark, READER_GAP_MS)
        self._key(Qt.Key.Key_Return, "\r", READER_GAP_MS)

    def scan(self, code: str) -> None:
        """Reads a code and waits until the basket has taken it."""
        before = self.window.selling.basket
        self.read(code)
        self.wait_for(f"the scan {code}", lambda: self.window.selling.basket is not before)

    def click(self, name: str, within: QWidget | None = None) -> None:
        """The visible button whose accessible name begins with `name`."""
        for button in (within or self.window).findChildren(QAbstractButton):
            if button.isVisible() and button.accessibleName().startswith(name):
                self.wait_for(f"the button {name}", button.isEnabled)
                QTest.mouseClick(button, Qt.MouseButton.LeftButton)
                return
        self.picture("stuck")
        raise Unavailable("tour_stuck", waiting_for=f"the button {name}")

    def picture(self, name: str, of: QWidget | None = None) -> None:
        """A PNG of the window (or of another) as it is now, numbered in the order of the day."""
        QTest.qWait(PAINT_MS)
        for _room_in_room in range(LAYOUTS):
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        file = f"{len(self.taken) + 1:02d}_{name}.png"
        (of or self.window).grab().save(str(self.pictures / file))
        self.taken.append(file)
