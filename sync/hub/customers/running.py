"""The thread that works on customers for as long as the hub serves: rows that are due, what is over."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import Final

from pos_app.domain.errors import PosError, Refused
from sync.hub.answers import Clock
from sync.hub.customers import feeding, tending
from sync.hub.database import Connection, Database, storage_error

TICK_S: Final = 1.0
TEND_TICKS: Final = 300
"""So many looks between two at what is over; those are an hour apart at least."""

_log = logging.getLogger(__name__)


class Rows(threading.Thread):
    """Sends what is due."""

    def __init__(self, database: Database, clock: Clock, every_s: float = TICK_S) -> None:
        super().__init__(name="customers", daemon=True)
        self._database, self._clock, self._every_s = database, clock, every_s
        self._ended = threading.Event()
        self._looks = 0

    def end(self) -> None:
        """Nothing further is sent."""
        self._ended.set()

    def run(self) -> None:
        """A look a second, and no pause while there is more."""
        connection: Connection | None = None
        pause = 0.0
        while not self._ended.wait(pause):
            pause = self._every_s
            try:
                connection = connection or self._database.connect(write=True)
                pause = 0.0 if self._look(connection) else self._every_s
            except Refused as cause:
                _log.warning("rows of customers wait: %s", cause.code)
            except Exception:  # noqa: BLE001 - the next look is another chance, and the hub serves on
                _log.exception("rows of customers were not sent")
                _close(connection)
                connection = None
        _close(connection)

    def _look(self, connection: Connection) -> bool:
        """One look; True where there is more to do at once."""
        if self._looks % TEND_TICKS == 0:
            tending.look(connection, self._clock.now())
        self._looks += 1
        if not feeding.is_due(connection):
            return False
        return feeding.send(connection, self._clock.now()) == feeding.AT_ONCE


def _close(connection: Connection | None) -> None:
    if connection is not None:
        with contextlib.suppress(PosError, storage_error):
            connection.close()
