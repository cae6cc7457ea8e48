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
from typing import Final
from weakref import WeakValueDictionary

SHARE: Final = 8
"""After so many turns of who is urgent one is another's, if one waits: late, and never starved."""


class Turns:
    """Of one file; a thread that waited too long goes on, and then waits in SQLite itself."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = False
        self._waiting = {True: 0, False: 0}
        """Urgent or not -> how many."""
        self._passed = 0
        """Turns of the urgent while another waited."""

    @contextlib.contextmanager
    def taking(self, patience_s: float, *, urgent: bool) -> Iterator[None]:
        """The turn, until the end of the block."""
        with self._changed:
            self._waiting[urgent] += 1
            mine = self._changed.wait_for(lambda: self._may(urgent=urgent), patience_s)
            self._waiting[urgent] -= 1
            if mine:
                self._taken = True
                self._passed = self._passed + 1 if urgent and self._waiting[False] else 0
            else:
                self._changed.notify_all()  # who left room for this one has to know
        try:
            yield
        finally:
            if mine:
                with self._changed:
                    self._taken = False
                    self._changed.notify_all()

    def _may(self, *, urgent: bool) -> bool:
        if self._taken:
            return False
        others_turn = self._passed >= SHARE and self._waiting[False] > 0
        return not others_turn if urgent else others_turn or not self._waiting[True]


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
