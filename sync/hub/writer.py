"""The one thread that writes: requests that wait together are committed together.

A reply leaves only after the COMMIT that covers it returned. While a commit waits for the disk
the next requests gather, so a busy hub pays one flush for many of them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pos_app.domain.errors import Unavailable
from sync.hub import devices, exceptions, policies, refunds, stock_elsewhere
from sync.hub.answers import Clock, HubProblem, Reply, Request
from sync.hub.database import Again, Connection, Database, storage_error
from sync.hub.desk import Context, answer, unavailable
from sync.hub.lanes import Lanes, Rank, rank_of
from sync.hub.metrics import Metrics
from sync.hub.nonces import WRITTEN_WITHIN_S

GROUP_MAX: Final = 64
"""How many requests one commit covers at most, so that the first of them is not kept waiting."""
QUEUE_MAX: Final = 512
"""How many may wait; more are told to come back."""
SHARED_GROUP_MAX: Final = 16
"""The same where other processes write too: each store of a group waits for all of it."""
TRIES: Final = 8
PAUSE_S: Final = 0.05
"""So often, and after a pause up to that, a request is tried that others stood in the way of."""
TELL_EVERY_S: Final = 1.0
_FORGET_EVERY: Final = dt.timedelta(minutes=1)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    request: Request
    done: Callable[[Reply], None]


class Writer:
    """Takes requests, answers them in order, group by group.

    `committed` is called after each commit with the streams that got rows.
    """

    def __init__(
        self,
        database: Database,
        context: Context,
        clock: Clock,
        committed: Callable[[set[str]], None],
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._context = context
        self._clock = clock
        self._committed = committed
        self._metrics = metrics
        self._jobs: Lanes[_Job] = Lanes(QUEUE_MAX)
        self._wake = threading.Condition()
        self._stopping = False
        self._parting = True
        self._write_nonces_at = 0.0
        self._nonces_wait = False
        self._forget_at: dt.datetime | None = None
        self._old_refs = refunds.OldRefs()
        self._group_max = GROUP_MAX if database.server is None else SHARED_GROUP_MAX
        self._stores: dict[str, str] = {}
        """Till -> its store, which never changes."""
        self._moved: set[str] = set()
        self._tell_at = 0.0
        self._thread = threading.Thread(target=self._run, name="hub-writer", daemon=True)

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answers what waits, then ends."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def submit(self, request: Request, done: Callable[[Reply], None]) -> None:
        """Queues a request; `done` gets its reply, on the writer's thread, after the commit."""
        with self._wake:
            if not self._stopping and self._jobs.put(rank_of(request), _Job(request, done)):
                self._wake.notify()
                return
        done(HubProblem("hub_busy", retry_after_s=2).reply())

    def nonce_waits(self) -> None:
        """A pull left a nonce in memory: it is written within `WRITTEN_WITHIN_S`."""
        with self._wake:
            if not self._nonces_wait:
                self._nonces_wait = True
                self._write_nonces_at = time.monotonic() + WRITTEN_WITHIN_S
                self._wake.notify()

    def depths(self) -> dict[Rank, int]:
        """How many wait, by rank."""
        with self._wake:
            return self._jobs.depths()

    def _run(self) -> None:
        connection: Connection | None = None
        while (group := self._next()) is not None:
            try:
                connection = connection or self._database.connect(write=True)
                connection.urgent = True
                if connection.shared:
                    group = self._by_store(connection, group)
                replies = self._tried(connection, group)
                if connection.shared:
                    decided = any(rank_of(job.request) is not Rank.PUSH for job in group)
                    self._tidy(connection, at_once=decided)
            except Exception as cause:  # noqa: BLE001 - whatever it was, the writer goes on
                # Whether a failed COMMIT took hold is unknown: this handle is not trusted again.
                # Tills ask again, and what did take hold is a duplicate then.
                _log.exception("a group of %d was not committed", len(group))
                replies = [unavailable(cause) for _ in group]
                _close(connection)
                connection = None
                self._write_nonces_at = time.monotonic() + WRITTEN_WITHIN_S
            for job, reply in zip(group, replies, strict=True):
                job.done(reply)
            # Who waits for rows comes after who waits for an answer: a till that sells above all.
            if self._moved:
                moved, self._moved = self._moved, set()
                self._committed(moved)
        _close(connection)

    def _next(self) -> list[_Job] | None:
        """What is to be committed together; nothing where only nonces wait; None at the end."""
        nonces = self._context.nonces
        with self._wake:
            while not len(self._jobs):
                if self._stopping:
                    last, self._parting = self._parting, False
                    return [] if last and nonces.waiting else None
                left_s = max(self._write_nonces_at - time.monotonic(), 0.0)
                if not self._wake.wait(left_s if nonces.waiting else None):
                    return []
            return self._jobs.take(self._group_max)

    def _by_store(self, connection: Connection, group: list[_Job]) -> list[_Job]:
        """In the order of the stores they are of, in which every process takes them.

        So two processes that want the same stores never wait for each other in a ring. Who a
        request is of it only says so far; that is enough to put it in a row.
        """

        def store(job: _Job) -> str:
            keyid = claimed(job.request)
            if keyid and keyid not in self._stores:
                found = devices.find(connection, keyid)
                if found is None:
                    return ""
                self._stores[keyid] = found.store_id
            return self._stores.get(keyid, "")

        return sorted(group, key=store)

    def _tried(self, connection: Connection, group: list[_Job]) -> list[Reply]:
        """The group; one by one where another process stood in its way."""
        try:
            return self._commit(connection, group)
        except Again:
            return [self._alone(connection, job) for job in group]

    def _alone(self, connection: Connection, job: _Job) -> Reply:
        for _ in range(TRIES):
            try:
                return self._commit(connection, [job])[0]
            except Again:
                time.sleep(random.uniform(0, PAUSE_S))
        return unavailable(Again())

    def _commit(self, connection: Connection, group: list[_Job]) -> list[Reply]:
        """Only what asks to be told something needs no flush of the disk: see `Nonces`."""
        nonces = self._context.nonces
        writes = any(job.request.method != "GET" for job in group)
        writes = writes or time.monotonic() >= self._write_nonces_at or self._stopping
        with self._metrics.commit(), connection.transaction():
            now = self._clock.now()
            replies = [answer(connection, job.request, now, self._context) for job in group]
            if not connection.shared:
                self._forget(connection, now)
                exceptions.tell(connection)
            if writes:
                nonces.write(connection)
        self._metrics.pushed(replies)
        self._moved |= connection.touched
        connection.touched = set()
        if writes:
            with self._wake:
                self._nonces_wait = False
            nonces.written()
            if nonces.waiting:
                self.nonce_waits()
        return replies

    def _tidy(self, connection: Connection, *, at_once: bool) -> None:
        """What a lone process does with each group, in a transaction that holds up nobody's sale.

        `at_once` where a person may have decided something that tills are to be told of.
        """
        if not at_once and time.monotonic() < self._tell_at:
            return
        self._tell_at = time.monotonic() + TELL_EVERY_S
        try:
            with connection.transaction():
                self._forget(connection, self._clock.now())
                exceptions.tell(connection)
        except Again:
            return  # in a second, or another process does it
        except (Unavailable, storage_error):
            _log.warning("nothing was tidied up", exc_info=True)
            return
        self._moved |= connection.touched
        connection.touched = set()

    def _forget(self, connection: Connection, now: dt.datetime) -> None:
        if self._forget_at is None or now >= self._forget_at:
            self._forget_at = now + _FORGET_EVERY
            self._context.nonces.forget(connection, now)
            kept = now - dt.timedelta(days=refunds.KEPT_DAYS)
            self._old_refs.forget(connection, kept.date().isoformat())
            policies.renew(connection, self._context.keys, now)
            stock_elsewhere.tell(connection, now)


def claimed(request: Request) -> str:
    """The till that a request says it is of; nothing of that is proven yet."""
    _, _, rest = request.headers.get("signature-input", "").partition('keyid="')
    return rest.partition('"')[0]


def _close(connection: Connection | None) -> None:
    if connection is not None:
        with contextlib.suppress(storage_error):
            connection.close()
