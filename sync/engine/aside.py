"""Long work on one of the till's files, done beside the turns so that sales go on to the hub.

It has a connection of its own and a thread of its own, which whoever drives the engine lends it;
a simulation does it at once. It may be broken off at any moment and is then begun anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from pos_app.domain.errors import PosError

Stopping = Callable[[], bool]
"""True when the work is no longer wanted: it then ends as soon as it can, by any exception."""


class Aside:
    """One piece of such work; `run` it once."""

    def __init__(self, name: str, work: Callable[[Stopping], None]) -> None:
        self.name = name
        self._work = work
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._over = threading.Event()
        self._begun = False
        self._error: Exception | None = None

    def run(self) -> None:
        """Does the work; raises nothing: see `check`."""
        with self._lock:
            if self._stopping.is_set():
                return
            self._begun = True
        try:
            self._work(self._stopping.is_set)
        except Exception as error:  # noqa: BLE001 - raised again where turns are taken
            self._error = error
        finally:
            self._over.set()

    def check(self) -> None:
        """Raises what stood in the way: `PosError` of the storage, else a bug of ours."""
        if self._error is not None and (
            isinstance(self._error, PosError) or not self._stopping.is_set()
        ):
            raise self._error

    def stop(self) -> None:
        """Breaks it off; when this returns it has let its file go."""
        self._stopping.set()
        with self._lock:
            begun = self._begun
        if begun:
            self._over.wait()
