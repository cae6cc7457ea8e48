"""`python -m tests.bench.at_the_window JOB.json`: the real window, offscreen, scanned and typed at.

First with nothing else going on, then while the real sync process sends a backlog to the real
hub. Prints one JSON object: milliseconds of each scan and key until painted, and memory.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from pos_app import app
from pos_app.till import sign_in
from pos_app.ui.window import Window
from sync.link import SyncSupervisor
from sync.simulation.shop import PIN
from tests.bench.measure import memory_mb, own_peak_mb

LINES = 20
"""What is met for the first time is over after so many lines."""
LONG = 100
"""Lines of a long basket; it grows by as many as `LINES` and is filled anew."""
HAND_MS = 10
"""Between two scans or keys; a burst of a reader is faster."""
PAINTED_WITHIN_S = 10.0


class Painted(QObject):
    """Notes, whenever a widget is painted, what was to be seen at that moment."""

    def __init__(self, widget: QWidget, seen: Callable[[], Any]) -> None:
        super().__init__()
        self._seen = seen
        self.last: Any = None
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint:
            self.last = self._seen()
        return False


class Hand:
    """Scans and types at a window, and waits for the picture."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._now_ms, self._step_ms = 1_000, 200
        window.scans.time_of = self._pace
        cart, grid = window.screens.cart.list, window.screens.sell_work.grid
        self._lines = Painted(cart.viewport(), lambda: len(window.selling.state.lines))
        self._tiles = Painted(grid.viewport(), lambda: window.finding.state.text)

    def _pace(self, _event: object) -> int:
        self._now_ms += self._step_ms
        return self._now_ms

    def _until(self, painted: Painted, wanted: object) -> None:
        ends = perf_counter() + PAINTED_WITHIN_S
        while painted.last != wanted:
            QCoreApplication.processEvents()
            if perf_counter() > ends:
                raise TimeoutError(f"{wanted!r} was not painted, {painted.last!r} is")

    def scan(self, code: str) -> float | None:
        """Milliseconds from the reader's Enter until the new line is painted.

        None where it was not taken for a scan: on a machine that stops the program for long in
        the middle of a burst the keys look like typing.
        """
        handle = self.window.windowHandle()
        lines = len(self.window.selling.state.lines)
        self._now_ms += 500
        self._step_ms = 4
        for mark in code:
            QTest.keyClick(handle, mark)
        began = perf_counter()
        QTest.keyClick(handle, Qt.Key.Key_Return)
        self._step_ms = 200
        if len(self.window.selling.state.lines) == lines:
            return None
        self._until(self._lines, lines + 1)
        return (perf_counter() - began) * 1e3

    def key(self, mark: str, wanted: str) -> float:
        """Milliseconds from a key until the results for what is typed now are painted."""
        began = perf_counter()
        QTest.keyClick(self.window.windowHandle(), mark)
        self._until(self._tiles, wanted)
        return (perf_counter() - began) * 1e3

    def clear(self, codes: Iterator[str], lines: int = 0) -> None:
        """An empty search and a basket of about that many lines, everything written."""
        QTest.keyClick(self.window.windowHandle(), Qt.Key.Key_Escape)
        if not lines or len(self.window.selling.state.lines) > lines + LINES:
            self.window.selling._reset()
        while len(self.window.selling.state.lines) < lines:
            self.scan(next(codes))
            QCoreApplication.processEvents()
        self.pause()

    def pause(self) -> None:
        """What lies between two acts of a person; the lanes get done with their writing."""
        QTest.qWait(HAND_MS)


def day(
    hand: Hand, job: dict[str, Any], until: Callable[[int], bool], lines: int = 0
) -> dict[str, Any]:
    """Scans and keys in turns until told, into a basket of some lines or of that many."""
    scans: list[float] = []
    typed: list[float] = []
    lost = 0
    codes = iter(job["codes"] * 50)
    texts = iter(job["texts"] * 50)
    while not until(len(scans)):
        hand.clear(codes, lines)
        text = next(texts)
        for end in range(1, len(text) + 1):
            took = hand.scan(next(codes))
            if took is None:
                lost += 1
                break
            scans.append(took)
            hand.pause()
            typed.append(hand.key(text[end - 1], text[:end]))
            hand.pause()
    hand.clear(codes)
    return {"scans": scans, "keys": typed, "lost": lost}


def main(job_file: str) -> None:
    """Plays the job and prints what was measured."""
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    data = Path(job["data"])
    window = app.build_window(data, offscreen=True)
    window.show()
    window.activateWindow()
    QTest.qWait(50)
    manager = sign_in.people(window.till)[0]
    window.lock.on_signed_in(sign_in.sign_in(window.till, manager.staff_id, PIN))
    while window.place != "sell" or window.guarded:
        QTest.qWait(20)
    hand = Hand(window)
    day(hand, job, lambda scans: scans >= LINES)  # what is met for the first time is not measured
    quiet = day(hand, job, lambda scans: scans >= job["scans"])
    long_quiet = day(hand, job, lambda scans: scans >= job["scans"], LONG)
    alone_mb = memory_mb("self")
    supervisor = SyncSupervisor(data)
    supervisor.ensure()
    link = window.till.link
    head = window.till.ledger.head().seq
    at_least = job["scans"] // 10
    busy = day(hand, job, lambda n: n >= at_least and link.status.acked[1] >= head // 2)
    long_busy = day(hand, job, lambda n: n >= at_least and link.status.acked[1] >= head, LONG)
    sync_mb = memory_mb(str(supervisor.pid or link.status.pid))
    window.close()
    supervisor.stop()
    measured = {
        "quiet": quiet,
        "busy": busy,
        "long_quiet": long_quiet,
        "long_busy": long_busy,
        "promotions": len(window.till.offers.now.rules),
        "window_mb": max(alone_mb, memory_mb("self")),
        "window_peak_mb": own_peak_mb(),
        "sync_mb": sync_mb,
        "sent": head,
    }
    sys.stdout.write(f"\n{json.dumps(measured)}\n")


if __name__ == "__main__":
    main(sys.argv[1])
