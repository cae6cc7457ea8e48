"""Who writes next to a file, among the threads of one process.

SQLite lets a connection that waits for another's transaction sleep and look again, up to a tenth of
a second at a time: beside a thread that writes on and on it would hardly ever find its moment. So the
threads of a process ask here first, and whoever books sales goes before all others.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from weakref import WeakValueDictionary


class Turns:
    """Of one file; a thread that waited too long goes on, and then waits in SQLite itself."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = False
        self._urgent = 0

    @contextlib.contextmanager
    def taking(self, patience_s: float, *, urgent: bool) -> Iterator[None]:
        """The turn, until the end of the block."""
        with self._changed:
            self._urgent += urgent
            mine = self._changed.wait_for(
                lambda: not self._taken and (urgent or not self._urgent), patience_s
            )
            self._urgent -= urgent
            self._taken = self._taken or mine
        try:
            yield
        finally:
            if mine:
                with self._changed:
                    self._taken = False
                    self._changed.notify_all()


_of: WeakValueDictionary[str, Turns] = WeakValueDictionary()
_making = threading.Lock()


def turns_of(path: Path) -> Turns:
    """Those of a file, the same for all who write to it."""
    name = str(path.resolve())
    with _making:
        found = _of.get(name)
        if found is None:
            found = _of[name] = Turns()
        return found
