"""What a serving hub does by itself about its feeds: snapshots where they grew, old rows let go."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
from typing import Final

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from sync.hub import feed, feed_keeping, snapshots
from sync.hub.answers import Clock
from sync.hub.database import Connection, Database
from sync.protocol import SCHEMA

LOOK_EVERY_S: Final = 60
FIRST_FROM: Final = 200
"""Positions below which a stream is as well read from its beginning."""
SHARE: Final = 4
"""A stream that grew by one part in so many gets another snapshot, at most one in `NOT_BEFORE`."""
NOT_BEFORE: Final = dt.timedelta(hours=1)

_log = logging.getLogger(__name__)


def due(connection: Connection, now: dt.datetime) -> list[str]:
    """The streams that want a snapshot."""
    found = []
    for stream, pos in sorted(feed.positions(connection).items()):
        if stream.startswith("device:"):
            continue
        kept = snapshots.kept(connection, stream)
        if not kept:
            if pos >= FIRST_FROM:
                found.append(stream)
            continue
        last = kept[0]
        size = max(FIRST_FROM, sum(chunk.rows for chunk in last.chunks) // feed.ROWS_PER_POSITION)
        grown = pos - last.pos
        old = now - parse_utc(last.made) >= NOT_BEFORE
        if last.schema != SCHEMA or grown >= size or (old and grown * SHARE >= size):
            found.append(stream)
    return found


def look(database: Database, clock: Clock) -> list[str]:
    """Makes what is due, and lets go of what nobody needs; which streams got a snapshot."""
    made = []
    with contextlib.closing(database.connect(write=True)) as connection:
        for stream in due(connection, clock.now()):
            with contextlib.suppress(Refused):  # another process makes one
                snapshots.make(database, stream, clock)
                made.append(stream)
        feed_keeping.trim(connection, clock.now())
    return made


class Snapshots(threading.Thread):
    """For as long as the hub serves; ends with the process, whatever it is doing."""

    def __init__(self, database: Database, clock: Clock, every_s: float = LOOK_EVERY_S) -> None:
        super().__init__(name="snapshots", daemon=True)
        self._database, self._clock, self._every_s = database, clock, every_s
        self._ended = threading.Event()

    def run(self) -> None:
        """A look a minute."""
        while not self._ended.wait(self._every_s):
            try:
                look(self._database, self._clock)
            except Exception:  # noqa: BLE001 - the next look is another chance, and the hub serves on
                _log.exception("a snapshot was not made")

    def end(self) -> None:
        """No further look."""
        self._ended.set()
