"""Python's search for objects that only hold each other, made only where nobody waits for it."""

from __future__ import annotations

import gc
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

SWEEP_MS = 1_000
THOROUGH = 20
"""Each so many sweeps everything is looked through that came after the start."""


class Memory(QObject):
    """Sweeps between two acts of a person, on the GUI thread; `stop` gives it back to Python.

    By itself the search begins anywhere: in the middle of a scan, or in a lane's job, and a widget
    must not end on another thread than Qt's.
    """

    def __init__(self, parent: QObject, busy: Callable[[], bool]) -> None:
        super().__init__(parent)
        self._before = gc.isenabled()
        gc.disable()
        self._busy = busy
        self._sweeps = 0
        self._timer = QTimer(self)
        self._timer.setInterval(SWEEP_MS)
        self._timer.timeout.connect(self.sweep)
        self._timer.start()

    def sweep(self) -> None:
        """Looks at what is new. The program itself, all there at the first sweep, never again."""
        if self._busy():
            return
        if not self._sweeps:
            gc.freeze()
        self._sweeps += 1
        gc.collect(1 if self._sweeps % THOROUGH else 2)

    def stop(self) -> None:
        """As it was before."""
        self._timer.stop()
        gc.unfreeze()
        if self._before:
            gc.enable()
