"""What a serving hub does by itself once a night: it looks whether the queue holds all there is."""

from __future__ import annotations

import logging
import threading
from typing import Final

from sync.hub import exception_check
from sync.hub.answers import Clock
from sync.hub.database import Database

LOOK_EVERY_S: Final = 600

_log = logging.getLogger(__name__)


class Nights(threading.Thread):
    """For as long as the hub serves; ends with the process, whatever it is doing."""

    def __init__(self, database: Database, clock: Clock, every_s: float = LOOK_EVERY_S) -> None:
        super().__init__(name="nights", daemon=True)
        self._database, self._clock, self._every_s = database, clock, every_s
        self._ended = threading.Event()

    def run(self) -> None:
        """A look each night, by one of the processes on a database."""
        while not self._ended.wait(self._every_s):
            try:
                one_night(self._database, self._clock)
            except Exception:  # noqa: BLE001 - the next night is another chance, and the hub serves on
                _log.exception("the nightly look at what is to settle")

    def end(self) -> None:
        """No further look."""
        self._ended.set()


def one_night(database: Database, clock: Clock) -> exception_check.Found | None:
    """The look, where it is due; None where it is not."""
    connection = database.connect(write=True)
    try:
        if not exception_check.is_due(connection, clock.now()):
            return None
        found = exception_check.check(connection, clock.now())
    finally:
        connection.close()
    if not found.whole:
        _log.warning(
            "%d exceptions opened by the nightly look, %d differ, %d decisions unproven, %d faults,"
            " %d wrong about rights",
            *(len(found.missing), len(found.differing)),
            *(len(found.unproven), len(found.faults), len(found.rights)),
        )
    return found
