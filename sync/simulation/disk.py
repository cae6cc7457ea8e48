"""The disk of a simulation: SQLite as shipped, on which a process may end at every write.

Each connection belongs to the process on whose behalf it was opened. Before every statement that
changes something, and after every COMMIT, that process may end: from then on nothing it tries
reaches a file, so what was not committed is gone and what was committed stays. A COMMIT may also
fail with an I/O error, before or after it took hold, and a statement because the disk is full.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

from sqlcipher3 import dbapi2

from sync.simulation.faults import Crash

_READS: Final = ("SELEC", "PRAGM", "EXPLA")
IO_ERROR, FULL, CANNOT_OPEN = 10, 13, 14


class Process:
    """A process of the world as its disk sees it; rates are out of 10,000 writes or commits."""

    def __init__(self, name: str, rng: Random) -> None:
        self.name = name
        self._rng = rng
        self.dead = False
        self.writes = 0
        """How many writes it has begun in all its lives."""
        self.crash_at = 0
        """Ends before this write of all, once; 0 for never."""
        self.crash_rate = 0
        self.unknown_rate = 0
        self.full_rate = 0
        self.refuse_opens = 0
        """So many next attempts to open a file fail."""
        self._open: list[Watched] = []

    def calm(self) -> None:
        """Nothing goes wrong with its disk any more."""
        self.crash_at = self.crash_rate = self.unknown_rate = self.full_rate = 0
        self.refuse_opens = 0

    def alive(self) -> None:
        """Raises Crash for a process that has ended."""
        if self.dead:
            raise Crash

    def write(self) -> None:
        """One more write is about to happen; raises Crash where the process ends before it."""
        self.alive()
        self.writes += 1
        if self.writes == self.crash_at or self._happens(self.crash_rate):
            self.dead = True
            raise Crash

    def full(self) -> bool:
        """True where the disk has no room for this write."""
        return self._happens(self.full_rate)

    def commit_outcome(self) -> str:
        """What becomes of a COMMIT: "", or an error "before" or "after" it took hold."""
        if not self._happens(self.unknown_rate):
            return ""
        if self._rng.randrange(4) == 0:
            self.refuse_opens = 1
        return self._rng.choice(("before", "after"))

    def _happens(self, rate: int) -> bool:
        return rate > 0 and self._rng.randrange(10_000) < rate

    def opened(self, connection: Watched) -> None:
        """Remembers a connection, so that none outlives its process."""
        self._open.append(connection)

    def bury(self) -> None:
        """What the system does when a process has ended: its files are closed. It may start anew."""
        for connection in self._open:
            with contextlib.suppress(dbapi2.Error):
                connection.close()
        self._open.clear()
        self.dead = False


def driver_error(code: int, told: str) -> dbapi2.OperationalError:
    """An error as the driver raises it."""
    error = dbapi2.OperationalError(told)
    error.sqlite_errorcode = code
    return error


class Watched(dbapi2.Connection):  # type: ignore[misc]  # the driver has no types
    """A connection whose every write is the process's to survive."""

    process: Process | None = None

    def execute(self, sql: str, *values: Any) -> Any:
        """As the driver's, unless the process ends or the disk fails."""
        process = self.process
        if process is None:
            return super().execute(sql, *values)
        word = sql[:5].upper()
        if word in _READS:
            process.alive()
            return super().execute(sql, *values)
        if word == "COMMI":
            return self._commit(process, sql)
        process.write()
        if word != "ROLLB" and process.full():
            raise driver_error(FULL, "database or disk is full")
        return super().execute(sql, *values)

    def _commit(self, process: Process, sql: str) -> Any:
        process.write()
        outcome = process.commit_outcome()
        if outcome == "before":
            super().execute("ROLLBACK")
            raise driver_error(IO_ERROR, "disk I/O error")
        done = super().execute(sql)
        if outcome == "after":
            raise driver_error(IO_ERROR, "disk I/O error")
        process.write()
        return done

    def executemany(self, sql: str, rows: Any) -> Any:
        """As the driver's, unless the process ends first."""
        if self.process is not None:
            self.process.write()
        return super().executemany(sql, rows)


class Disk:
    """Whose turn it is; every file that is opened, renamed or removed meanwhile is that one's."""

    def __init__(self) -> None:
        self.running: Process | None = None

    @contextlib.contextmanager
    def acting(self, process: Process) -> Iterator[None]:
        """What happens in here is done by that process."""
        before, self.running = self.running, process
        try:
            yield
        finally:
            self.running = before

    def connect(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """The driver's `connect` for the length of a run."""

        def connect(*given: Any, **named: Any) -> Any:
            process = self.running
            if process is not None:
                process.alive()
                if process.refuse_opens:
                    process.refuse_opens -= 1
                    raise driver_error(CANNOT_OPEN, "unable to open database file")
            connection = real(*given, factory=Watched, **named)
            if process is not None:
                connection.process = process
                process.opened(connection)
            return connection

        return connect

    def moving(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """`os.replace`, `os.rename` or `os.unlink` for the length of a run."""

        def move(*given: Any, **named: Any) -> Any:
            if self.running is not None:
                self.running.write()
            return real(*given, **named)

        return move

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """In here every connection of this process goes over this disk."""
        kept = (dbapi2.connect, os.replace, os.rename, os.unlink)
        dbapi2.connect = self.connect(kept[0])
        moves: list[Any] = [self.moving(move) for move in kept[1:]]
        os.replace, os.rename, os.unlink = moves
        try:
            yield
        finally:
            dbapi2.connect, os.replace, os.rename, os.unlink = kept
