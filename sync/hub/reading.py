"""The thread that answers who only asks: pages of the feed, away from the one that writes.

A till that fetches a catalogue and a hundred that wait for news stand before this thread, by rank,
and never before a sale. It reads through a connection of its own.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Final

from sync.hub.answers import Clock, HubProblem, Reply, Request
from sync.hub.database import Connection, Database, storage_error
from sync.hub.desk import Context, answer, unavailable
from sync.hub.lanes import Lanes, Rank

ASKED_MAX: Final = 2_048
"""How many may wait: a long poll of every till of a large chain."""

_log = logging.getLogger(__name__)
Work = Callable[[Connection], Reply]


class Reader:
    """Answers in the order of ranks; `asked` is called where a request left a nonce in memory."""

    def __init__(
        self, database: Database, context: Context, clock: Clock, asked: Callable[[], None]
    ) -> None:
        self._database = database
        self._context = context
        self._clock = clock
        self._asked = asked
        self._jobs: Lanes[tuple[Work, Callable[[Reply], None]]] = Lanes(ASKED_MAX)
        self._wake = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="hub-reader", daemon=True)

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answers what waits, then ends."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def submit(self, rank: Rank, request: Request, done: Callable[[Reply], None]) -> None:
        """Queues a request; `done` gets its reply on this thread."""

        def work(connection: Connection) -> Reply:
            reply = self._answered(connection, request)
            if self._context.nonces.waiting:
                self._asked()
            return reply

        self.look(rank, work, done)

    def look(self, rank: Rank, work: Work, done: Callable[[Reply], None]) -> None:
        """Queues any other reading."""
        with self._wake:
            if not self._stopping and self._jobs.put(rank, (work, done)):
                self._wake.notify()
                return
        done(HubProblem("hub_busy", retry_after_s=2).reply())

    def depths(self) -> dict[Rank, int]:
        """How many wait, by rank."""
        with self._wake:
            return self._jobs.depths()

    def _answered(self, connection: Connection, request: Request) -> Reply:
        now = self._clock.now()
        if not connection.shared:
            return answer(connection, request, now, self._context)
        # Several hub processes: a nonce must be seen by all of them at once.
        with connection.transaction():
            connection.relax()
            return answer(connection, request, now, self._context)

    def _run(self) -> None:
        connection: Connection | None = None
        while (job := self._next()) is not None:
            work, done = job
            try:
                if connection is None:
                    connection = self._database.connect(write=False)
                    if connection.shared:
                        connection.close()
                        connection = self._database.connect(write=True)
                reply = work(connection)
            except Exception as cause:  # noqa: BLE001 - whatever it was, the next one is answered
                _log.exception("a page was not read")
                reply = unavailable(cause)
                if connection is not None:
                    with contextlib.suppress(storage_error):
                        connection.close()
                connection = None
            done(reply)
        if connection is not None:
            with contextlib.suppress(storage_error):
                connection.close()

    def _next(self) -> tuple[Work, Callable[[Reply], None]] | None:
        with self._wake:
            while not (taken := self._jobs.take(1)):
                if self._stopping:
                    return None
                self._wake.wait()
            return taken[0]
