"""What the event loop itself reads: who speaks, where streams end. Over a connection that may die."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Final, TypeVar

from pos_app.domain.errors import Unavailable
from sync.hub.database import Connection, Database, storage_error

PAUSE_S: Final = 1.0
"""After a database did not answer it is not asked for so long: the loop has others to serve."""

_T = TypeVar("_T")


class Look:
    """Short questions, one at a time, on one thread; a lost connection is opened again."""

    def __init__(self, database: Database) -> None:
        """Raises what `Database.connect` raises: a hub that cannot read does not start."""
        self._database = database
        self._connection: Connection | None = database.connect(write=False)
        self._again_at = 0.0

    def ask(self, question: Callable[[Connection], _T]) -> _T:
        """Its answer. Raises Unavailable, and what the question itself raises."""
        for last in (False, True):
            if self._connection is None:
                self._open()
            try:
                return question(self._held)
            except (Unavailable, storage_error) as cause:
                self.close()
                if last:
                    self._again_at = time.monotonic() + PAUSE_S
                    raise Unavailable("hub_busy") from cause
        raise AssertionError

    @property
    def _held(self) -> Connection:
        if self._connection is None:
            raise Unavailable("hub_busy")
        return self._connection

    def _open(self) -> None:
        if time.monotonic() < self._again_at:
            raise Unavailable("hub_busy")
        try:
            self._connection = self._database.connect(write=False)
        except Exception:
            self._again_at = time.monotonic() + PAUSE_S
            raise

    def close(self) -> None:
        """The connection is given up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(storage_error, Unavailable):
                connection.close()
