"""The hub's clock of points: what is due is done beside the serving, by one process at a time."""

from __future__ import annotations

import logging
import threading
from typing import Final

from sync.hub.answers import Clock
from sync.hub.database import Database
from sync.hub.loyalty import jobs

LOOK_EVERY_S: Final = 300
_log = logging.getLogger(__name__)


class PointsClock(threading.Thread):
    """For as long as the hub serves; ends with the process, whatever it is doing."""

    def __init__(self, database: Database, clock: Clock, every_s: float = LOOK_EVERY_S) -> None:
        super().__init__(name="points", daemon=True)
        self._database, self._clock, self._every_s = database, clock, every_s
        self._ended = threading.Event()

    def run(self) -> None:
        """A look every few minutes."""
        while not self._ended.wait(self._every_s):
            try:
                look(self._database, self._clock)
            except Exception:  # noqa: BLE001 - the next look is another chance, and the hub serves on
                _log.exception("the look at points")

    def end(self) -> None:
        """No further look."""
        self._ended.set()


def look(database: Database, clock: Clock) -> None:
    """One look, on a connection of its own."""
    connection = database.connect(write=True)
    try:
        jobs.one_look(connection, clock.now())
    finally:
        connection.close()
