"""`python -m tests.bench.at_the_day JOB.json`: a trading day in the real window, its loop watched.

Each act is an event of the real loop, as a person's is. What one turn of the loop takes is how
long the window could not have answered. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from PySide6.QtCore import QAbstractEventDispatcher, QCoreApplication, Qt, QTimer
from PySide6.QtTest import QTest

from pos_app import app
from pos_app.settings import HUB_VARIABLE
from pos_app.till import sign_in
from pos_app.ui.window import Window
from sync.link import SyncSupervisor
from sync.simulation.shop import PIN
from tests.bench.at_the_window import Hand

ACT_MS = 15
"""Between two acts: faster than any cashier."""
CTRL = Qt.KeyboardModifier.ControlModifier


class Watch:
    """How long each turn of the loop kept the thread."""

    def __init__(self) -> None:
        self.turns: list[float] = []
        self.worst: list[tuple[float, str]] = []
        self.doing = ""
        self._woke = 0.0
        dispatcher = QAbstractEventDispatcher.instance()
        dispatcher.awake.connect(self._awake)
        dispatcher.aboutToBlock.connect(self._blocks)

    def _awake(self) -> None:
        self._woke = self._woke or perf_counter()

    def _blocks(self) -> None:
        if self._woke:
            took = (perf_counter() - self._woke) * 1e3
            self._woke = 0.0
            self.turns.append(took)
            if took > 16:
                self.worst.append((round(took, 1), self.doing))


class Day:
    """Acts, one at a time; what each yields names it."""

    def __init__(self, window: Window, job: dict[str, Any]) -> None:
        self.window, self.sales = window, job["sales"]
        self.hand = Hand(window)
        self.handle = window.windowHandle()
        self._codes = iter(job["codes"] * 50)

    def acts(self) -> Iterator[str]:
        """The whole of it."""
        for sale in range(self.sales):
            for _line in range(1 + sale % 12):
                yield from self._scan()
            if sale % 5 == 1:
                yield self._press(Qt.Key.Key_F7, "park")
                yield self._press(Qt.Key.Key_F7, "recall")
            if sale % 7 == 3:
                yield from self._search()
            yield from self._pay(in_notes=sale % 3 == 0)
            if sale % 20 == 10:
                yield from self._look_around()
        self.window.acts.do("shift")
        yield "close shift opened"
        for _ in range(60):  # a printer that is out keeps its lane busy for longer than a day
            yield "waiting"

    def _press(self, key: Qt.Key, what: str) -> str:
        QTest.keyClick(self.handle, key)
        return what

    def _scan(self) -> Iterator[str]:
        hand = self.hand
        hand._now_ms += 500
        hand._step_ms = 4
        for mark in next(self._codes):
            QTest.keyClick(self.handle, mark)
            yield "a key of a scan"
        yield self._press(Qt.Key.Key_Return, "scan")
        hand._step_ms = 200

    def _search(self) -> Iterator[str]:
        for mark in "choc":
            QTest.keyClick(self.handle, mark)
            yield "search"
        yield self._press(Qt.Key.Key_Escape, "search left")

    def _pay(self, *, in_notes: bool) -> Iterator[str]:
        window = self.window
        yield from self._until(lambda: not (window.guarded or window.selling.state.busy))
        if in_notes:
            yield self._press(Qt.Key.Key_F12, "pay")
            yield from self._until(lambda: not window.guarded)
            for mark in "999":
                QTest.keyClick(self.handle, mark)
                yield "amount"
            yield from self._until(lambda: not (window.guarded or window.selling.state.busy))
            yield self._press(Qt.Key.Key_F12, "complete")
        else:
            yield self._press(Qt.Key.Key_F10, "exact cash")
        yield from self._until(lambda: not (window.selling.open or window.selling.state.busy))

    def _look_around(self) -> Iterator[str]:
        for name in ("sync", "sales", "returns"):
            self.window.acts.do(name)
            yield f"{name} opened"
            self.window.close_sheet()
            yield f"{name} closed"
        self.window.acts.do("sell")
        yield "back to Sell"

    def _until(self, reached: Callable[[], bool]) -> Iterator[str]:
        for _ in range(1_000):
            if reached():
                return
            yield "waiting"
        raise RuntimeError(f"nothing more happens at {self.window.place}")


def main(job_file: str) -> None:
    """Plays the job and prints what was measured."""
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    data = Path(job["data"])
    os.environ[HUB_VARIABLE] = job["hub"]
    window = app.build_window(data, offscreen=True)
    window.show()
    window.activateWindow()
    QTest.qWait(50)
    manager = sign_in.people(window.till)[0]
    window.lock.on_signed_in(sign_in.sign_in(window.till, manager.staff_id, PIN))
    while window.place != "sell" or window.guarded:
        QTest.qWait(20)
    window.selling._reset()  # what a benchmark before this one left in the basket
    supervisor = SyncSupervisor(data)
    supervisor.ensure()
    watch = Watch()
    day = Day(window, job).acts()
    timer = QTimer()
    broke: list[BaseException] = []

    def act() -> None:
        supervisor.ensure()
        try:
            watch.doing = next(day)
        except StopIteration:
            timer.stop()
            QCoreApplication.quit()
        except BaseException as error:  # noqa: BLE001 - told to whoever started this
            broke.append(error)
            timer.stop()
            QCoreApplication.quit()

    timer.timeout.connect(act)
    timer.start(ACT_MS)
    began = perf_counter()
    QCoreApplication.exec()
    took_s = perf_counter() - began
    sold = window.till.ledger.head().seq
    window.close()
    supervisor.stop()
    if broke:
        raise broke[0]
    told = {"turns": watch.turns, "worst": watch.worst, "took_s": took_s, "head": sold}
    sys.stdout.write(f"\n{json.dumps(told)}\n")


if __name__ == "__main__":
    main(sys.argv[1])
