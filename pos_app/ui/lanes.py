"""Work beside the GUI thread: lanes that do one job after the other, and their way back.

`run(lane, job, done, failed)`: `job` on the lane's thread; then `done(result)` or
`failed(error)` on the GUI thread. What comes back passes through one QObject that lives there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot

Job = Callable[[], Any]
Done = Callable[[Any], None]
Failed = Callable[[BaseException], None]


class Lanes(QObject):
    """The lanes of a window, by name, each started when it is first used.

    `lost` is called on the GUI thread for an error of a job that named no `failed`.
    """

    _back = Signal(object)

    def __init__(self, parent: QObject, lost: Failed) -> None:
        super().__init__(parent)
        self._lost = lost
        self._queues: dict[str, SimpleQueue[tuple[Job, Done | None, Failed | None] | None]] = {}
        self._threads: list[threading.Thread] = []
        self._open = 0
        self._stopped = False
        self._back.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """True while a job runs, waits, or its answer has not been delivered."""
        return self._open > 0

    def run(
        self, lane: str, job: Job, done: Done | None = None, failed: Failed | None = None
    ) -> None:
        """Puts a job at the end of a lane. Called on the GUI thread only; nothing after `stop`."""
        if self._stopped:
            return
        queue = self._queues.get(lane)
        if queue is None:
            queue = self._queues[lane] = SimpleQueue()
            thread = threading.Thread(target=self._work, args=(queue,), name=lane, daemon=True)
            self._threads.append(thread)
            thread.start()
        self._open += 1
        queue.put((job, done, failed))

    def call(self, job: Job) -> None:
        """Runs `job` on the GUI thread soon; may be called on any thread."""
        self._back.emit(job)

    def stop(self, timeout_s: float = 5.0) -> None:
        """Lets every lane finish what it has, then ends it; delivers what came back."""
        self._stopped = True
        for queue in self._queues.values():
            queue.put(None)
        for thread in self._threads:
            thread.join(timeout_s)
        self._queues.clear()
        self._threads.clear()
        QCoreApplication.sendPostedEvents(self)

    def _work(self, queue: SimpleQueue[tuple[Job, Done | None, Failed | None] | None]) -> None:
        while (item := queue.get()) is not None:
            job, done, failed = item
            try:
                result = job()
            except Exception as error:  # noqa: BLE001 - each goes back to who asked, or to the crash handler
                self._back.emit(_answer(failed or self._lost, error))
            else:
                self._back.emit(_answer(done, result))

    @Slot(object)
    def _deliver(self, job: Job) -> None:
        if getattr(job, "counted", False):
            self._open -= 1
        job()


class _Answer:
    """What a lane sends back: whom to tell, and what."""

    counted = True

    def __init__(self, told: Callable[[Any], None] | None, value: object) -> None:
        self._told = told
        self._value = value

    def __call__(self) -> None:
        if self._told is not None:
            self._told(self._value)


def _answer(told: Callable[[Any], None] | None, value: object) -> _Answer:
    return _Answer(told, value)
