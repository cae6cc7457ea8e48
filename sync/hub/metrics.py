"""`GET /metrics`: what an operator watches, in Prometheus' text format.

Counted where it happens, after the commit, by adding one to a number; what only the database knows
is read at the scrape, on the thread for reading. Nothing of it stands in a sale's way. Labels are
ours alone: no till, no person and no path that a stranger chose ever becomes one.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import func, select

from pos_app.domain.day import parse_utc
from sync.hub import devices, feed, recovering, schema
from sync.hub.answers import Reply
from sync.hub.channels import shops
from sync.hub.channels.depths import depths
from sync.hub.database import Connection, Database, Statement
from sync.hub.lanes import Rank

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_e, _q = schema.exception.c, schema.quarantine.c
_EXCEPTIONS = Statement("", select(_e.kind, _e.state, func.count()).group_by(_e.kind, _e.state))
_QUARANTINE = Statement("", select(_q.state, func.count()).group_by(_q.state))
_OPEN: Final = frozenset({"open", "assigned"})


class Metrics:
    """One hub process' figures, in a registry of their own."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        made = self.registry = CollectorRegistry()
        self._requests = Counter(
            "holdfast_requests", "Requests answered", ["path", "status"], registry=made
        )
        self._request_s = Histogram(
            "holdfast_request_seconds",
            "From a request's head to its answer, long polls apart",
            ["path"],
            buckets=_SECONDS,
            registry=made,
        )
        self._commit_s = Histogram(
            "holdfast_commit_seconds",
            "A transaction with its flush",
            buckets=_SECONDS,
            registry=made,
        )
        self._pushes = Counter("holdfast_pushes", "Pushes committed", registry=made)
        self._events = Counter(
            "holdfast_events", "Journal entries committed, by result", ["result"], registry=made
        )
        self._slowed = Counter("holdfast_slowed", "Requests told to come back later", registry=made)
        self._delivered = Counter(
            "holdfast_channel_deliveries", "Deliveries of shops kept", ["channel"], registry=made
        )
        self._failed = Counter(
            "holdfast_commits_failed", "Transactions that could not be committed", registry=made
        )
        self._gauges = _Gauges(made)

    def answered(self, path: str, status: int, seconds: float, *, polled: bool) -> None:
        """A request; `path` is an endpoint's own, never what was sent."""
        self._requests.labels(path, str(status)).inc()
        if status in (429, 503):
            self._slowed.inc()
        if not polled:
            self._request_s.labels(path).observe(seconds)

    @contextlib.contextmanager
    def commit(self) -> Iterator[None]:
        """Around a transaction."""
        began = self._now()
        try:
            yield
        except BaseException:
            self._failed.inc()
            raise
        self._commit_s.observe(self._now() - began)

    def pushed(self, replies: Iterable[Reply]) -> None:
        """Answers whose transaction is committed."""
        for reply in replies:
            if reply.delivered:
                self._delivered.labels(reply.delivered).inc()
            if reply.results is None:
                continue
            self._pushes.inc()
            for result in set(reply.results):
                self._events.labels(result).inc(reply.results.count(result))

    def text(
        self,
        connection: Connection,
        database: Database,
        now: dt.datetime,
        *,
        depths: dict[Rank, int],
        connected: int,
        body_bytes: int,
    ) -> bytes:
        """Everything, as it stands now."""
        gauges = self._gauges
        gauges.read(connection, now)
        gauges.measure(database)
        for rank, count in depths.items():
            gauges.queue.labels(rank.name.lower()).set(count)
        gauges.connected.set(connected)
        gauges.bodies.set(body_bytes)
        return generate_latest(self.registry)


class _Gauges:
    """What is read at the scrape."""

    def __init__(self, made: CollectorRegistry) -> None:
        def gauge(name: str, told: str, *labels: str) -> Gauge:
            return Gauge(f"holdfast_{name}", told, labels, registry=made)

        self.queue = gauge("queue_requests", "Requests that wait, by rank", "rank")
        self.connected = gauge("connected_tills", "Tills with a request under way")
        self.bodies = gauge("request_body_bytes", "Bodies in memory")
        self._exceptions = gauge("exceptions_open", "For a person to settle, by kind", "kind")
        self._quarantine = gauge("quarantine_entries", "Entries nobody could read", "state")
        self._heads = gauge("feed_position", "End of a stream; tills' own apart", "stream")
        self._tills = gauge("tills", "Tills, by state", "state")
        self._silence = gauge("oldest_silence_seconds", "Of the active till silent longest")
        self._silent = gauge("silent_tills", "Active tills not heard for an hour")
        self._recovering = gauge("recovering", "1 while a restored hub waits for its tills")
        self._shops = {
            name: gauge(f"channel_{name}", told, "channel")
            for name, told in (
                ("inbox", "Deliveries not read yet"),
                ("inbox_seconds", "Since the oldest of them came"),
                ("outbox", "Acts the shop was not told yet"),
                ("outbox_seconds", "Since the oldest of them"),
                ("stock", "Products it was not told of since they moved"),
                ("stock_seconds", "Since the first of them moved"),
                ("unwell", "1 while the shop does not answer or does not take the key"),
            )
        }
        self._free = gauge("disk_free_bytes", "On the disk of the database")
        self._size = gauge("database_bytes", "Of the database's files")

    def read(self, connection: Connection, now: dt.datetime) -> None:
        """From the database."""
        self._exceptions.clear()
        for kind, state, count in connection.all(_EXCEPTIONS):
            if str(state).lower() in _OPEN:
                self._exceptions.labels(kind).inc(count)
        self._quarantine.clear()
        for state, count in connection.all(_QUARANTINE):
            self._quarantine.labels(str(state).lower()).inc(count)
        for stream, position in feed.positions(connection).items():
            if not stream.startswith("device:"):
                self._heads.labels(stream).set(position)
        self._tills.clear()
        silences = [0.0]
        for till in devices.every(connection):
            self._tills.labels(till.state).inc()
            if till.state == devices.ACTIVE and till.last_seen:
                silences.append((now - parse_utc(till.last_seen)).total_seconds())
        self._silence.set(max(silences))
        self._silent.set(sum(silence > 3_600 for silence in silences))
        self._recovering.set(recovering.is_recovering(connection))
        self._read_shops(connection, now)

    def _read_shops(self, connection: Connection, now: dt.datetime) -> None:
        for one in self._shops.values():
            one.clear()
        for shop in shops.every(connection):
            deep = depths(connection, shop.channel, now)
            found = {
                "inbox": deep.inbox,
                "inbox_seconds": deep.inbox_s,
                "outbox": deep.outbox,
                "outbox_seconds": deep.outbox_s,
                "stock": deep.stock,
                "stock_seconds": deep.stock_s,
                "unwell": bool(shops.state(connection, shop.channel).health),
            }
            for name, value in found.items():
                self._shops[name].labels(shop.channel).set(value)

    def measure(self, database: Database) -> None:
        """From the disk, where the database is a file."""
        if database.server is not None:
            return
        self._free.set(shutil.disk_usage(database.path.parent).free)
        files = (database.path, Path(f"{database.path}-wal"))
        self._size.set(sum(file.stat().st_size for file in files if file.exists()))
