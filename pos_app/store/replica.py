"""The hub's copy on a till, `replica.sqlite`, as the sync process writes it.

One transaction holds what an answer of the hub changed and the cursor that says so; the search
index changes with it. A whole catalogue is built in a file *beside* (`create_beside` … `finish`):
there rows are only appended, and sorted and indexed once at the end. The file in use stays in
use until `swap`, and is then kept as the copy before.

Readers (the window) take `Catalogue`, which is also reachable here.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.store import catalogue, customer_rows, forgetting, search
from pos_app.store.catalogue import (
    CURRENT,
    NEXT,
    PREVIOUS,
    VERSION,
    WORDED,
    Article,
    Catalogue,
)
from pos_app.store.feed_rows import (
    Applied,
    apply_rows,
    known_kinds,
    rebuild_departments,
    sort_arrivals,
)
from pos_app.store.replica_chunks import TakesChunks, has_chunks, mark
from pos_app.store.schema import connect, told
from sync.protocol.messages import Head, PullReply

__all__ = ["Applied", "Article", "Catalogue", "ReplicaWriter", "swap"]

WRITER_CACHE_KIB: Final = 16 << 10
BUILDER_CACHE_KIB: Final = 64 << 10
CHECKPOINT_PAGES: Final = 4096
_SORTED: Final = "sorted"
"""State of a file whose `finish` was broken off between its transactions."""
PASSED_OVER: Final = "passed_over"
"""Under this name stands which rows of a newer hub nobody here could read, and where they are."""
_KEEP: Final = ("building", "as_of", _SORTED, PASSED_OVER)
"""State that belongs to a file, not to the till."""
_NOW: Final = "PRAGMA synchronous=FULL"
_SOON: Final = "PRAGMA synchronous=NORMAL"
"""A power cut may take the last commits, never the file's soundness."""


class ReplicaWriter(TakesChunks):
    """The one writer of a replica; belongs to the sync process."""

    def __init__(self, path: Path, connection: dbapi2.Connection) -> None:
        self._path, self._connection = path, connection
        self.building = self.state("building") != ""
        """True from `create_beside` until `finish`."""
        self._chunked = has_chunks(connection)
        self.earlier = False
        """True of a file of an earlier version (`open_earlier`)."""
        kib = BUILDER_CACHE_KIB if self.building else WRITER_CACHE_KIB
        connection.execute(f"PRAGMA cache_size=-{kib}")
        connection.execute(_SOON)

    @classmethod
    def open(cls, data: Path, key: bytes) -> ReplicaWriter:
        """The replica in use; made empty where there is none, a broken-off swap brought to its end.

        Raises Refused("replica_other_version", found=, need=): build one beside and swap;
        Unavailable("replica_corrupt"): the same; Unavailable("file_locked" | "disk_full" | …).
        """
        path = data / CURRENT
        if not path.exists() and (data / NEXT).exists() and _is_complete(data / NEXT, key):
            _rename(data / NEXT, path)
        fresh = not path.exists()
        with in_its_words(path):
            connection = connect(path, key, write=True, wal_autocheckpoint=CHECKPOINT_PAGES)
        return cls._checked(path, connection, fresh=fresh, building=False)

    @classmethod
    def open_earlier(cls, data: Path, key: bytes) -> ReplicaWriter:
        """The replica in use, of an earlier version that is still sold from (`WORDED`).

        Only what the till notes (`set_ack`, `set_sent_upto`, `set_state`) may be written; the
        next `swap` brings it over. Raises Refused("replica_other_version", found=, need=) for a
        version that nobody here can read.
        """
        path = data / CURRENT
        with in_its_words(path):
            connection = connect(path, key, write=True, wal_autocheckpoint=CHECKPOINT_PAGES)
        try:
            with in_its_words(path):
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                if version not in WORDED:
                    raise Refused("replica_other_version", found=version, need=VERSION)
                writer = cls(path, connection)
        except PosError:
            connection.close()
            raise
        writer.earlier = version != VERSION
        return writer

    @classmethod
    def create_beside(cls, data: Path, key: bytes) -> ReplicaWriter:
        """A new file beside the one in use; goes on with one that was left unfinished.

        What the till noted (acks, `sent_upto`, clock offset) is brought over by `swap`.
        """
        path = data / NEXT
        try:
            return cls._beside(path, key)
        except (Refused, Unavailable) as error:
            if error.code not in ("replica_other_version", "replica_corrupt"):
                raise
            _delete(path)
            return cls._beside(path, key)

    @classmethod
    def _beside(cls, path: Path, key: bytes) -> ReplicaWriter:
        fresh = not path.exists()
        with in_its_words(path):
            connection = connect(path, key, write=True, wal_autocheckpoint=4 * CHECKPOINT_PAGES)
        return cls._checked(path, connection, fresh=fresh, building=True)

    @classmethod
    def _checked(
        cls, path: Path, connection: dbapi2.Connection, *, fresh: bool, building: bool
    ) -> ReplicaWriter:
        try:
            with in_its_words(path):
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                if fresh or version == 0:
                    _create(connection, building=building)
                elif version != VERSION:
                    raise Refused("replica_other_version", found=version, need=VERSION)
                return cls(path, connection)
        except PosError:
            connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets the file go; what was applied is durable without it."""
        self._connection.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[dbapi2.Connection]:
        connection = self._connection
        with in_its_words(self._path):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def apply(self, reply: PullReply) -> Applied:
        """One answer of the feed with its cursor, all of it or nothing; says what changed.

        Kinds of row that a newer hub sends are passed over and noted (`missed`). Raises
        Refused("feed_hole", stream=,
        expected=, found=) where the answer does not go on from the cursor or is not dense,
        Refused("feed_changed", stream=) where it is of another feed than the cursor (see
        `reset_stream`), Refused("feed_unreadable", stream=, pos=) for rows that are not what
        their kind says; Unavailable("disk_full" | …) for the file. The cursor stays in each case.
        """
        if self.building:
            # Another connection finishes it, and may have done so though its commit said no.
            self.building = self.state("building") != ""
            if self.state(_SORTED):
                # Neither appended to any more nor indexed yet: what comes now begins another file.
                raise Unavailable("replica_corrupt", file=self._path.name)
        with self._transaction() as connection:
            feed, pos = catalogue.read_cursors(connection).get(reply.stream, (reply.feed, 0))
            if feed != reply.feed:
                raise Refused("feed_changed", stream=reply.stream)
            if reply.start != pos:
                raise _hole(reply.stream, pos, reply.start)
            applied = Applied()
            for row in reply.rows:
                pos += 1
                if row.pos != pos:
                    raise _hole(reply.stream, pos, row.pos)
                try:
                    apply_rows(connection, reply.stream, row, applied, building=self.building)
                except (msgspec.DecodeError, UnicodeError) as cause:
                    raise Refused("feed_unreadable", stream=reply.stream, pos=pos) from cause
            if reply.end != pos:
                raise _hole(reply.stream, pos, reply.end)
            connection.execute(
                "INSERT OR REPLACE INTO cursor(stream, feed, pos) VALUES(?, ?, ?)",
                (reply.stream, reply.feed, pos),
            )
            _note(connection, "as_of", reply.hub_time)
            self._note_passed_over(connection, reply.stream, applied.passed_over)
            if self._chunked:
                mark(connection, reply.stream, applied.keys)
        with in_its_words(self._path):
            forgetting.from_copy_before(self._connection, self._path, applied.erased)
        return applied

    def forget_customers(self, now: datetime) -> bool:
        """All of them, where the hub was silent for too long; the file then wants building anew."""
        with in_its_words(self._path):
            if self.building or not forgetting.is_silent(self._connection, now):
                return False
        with self._transaction() as connection:
            customer_rows.forget_all(connection)
            self._note_passed_over(connection, "store", {customer_rows.KIND: (0, 0)})
        return True

    def _note_passed_over(
        self, connection: dbapi2.Connection, stream: str, found: dict[str, tuple[int, int]]
    ) -> None:
        if not found:
            return
        noted = self._passed_over(connection)
        for kind, (first, last) in found.items():
            of_kind = noted.setdefault(kind, {})
            begun, _ = of_kind.get(stream, (first, 0))
            of_kind[stream] = (begun, last)
        _note(connection, PASSED_OVER, msgspec.json.encode(noted).decode())

    @staticmethod
    def _passed_over(connection: dbapi2.Connection) -> dict[str, dict[str, tuple[int, int]]]:
        told = catalogue.read_state(connection, PASSED_OVER)
        if not told:
            return {}
        return msgspec.json.decode(told, type=dict[str, dict[str, tuple[int, int]]])

    def missed(self) -> bool:
        """True where rows were passed over that can be read by now: the file wants building anew."""
        with in_its_words(self._path):
            return not known_kinds().isdisjoint(self._passed_over(self._connection))

    def cursors(self) -> dict[str, tuple[str, int]]:
        """Stream -> (feed, position)."""
        with in_its_words(self._path):
            return catalogue.read_cursors(self._connection)

    def reset_stream(self, stream: str, feed: str) -> None:
        """Starts a stream again from 0 under another feed id, after the hub was restored.

        What came by it goes, but for products and prices: those stay on sale until a file built
        beside takes their place.
        """
        with self._transaction() as connection:
            connection.execute("DELETE FROM reference WHERE stream = ?", (stream,))
            if stream.startswith("store:"):
                store = stream.removeprefix("store:")
                connection.execute("DELETE FROM stock WHERE store = ?", (store,))
                connection.execute("DELETE FROM reflected")
                connection.execute("DELETE FROM sale_ref")
                connection.execute("DELETE FROM order_part")
                customer_rows.forget_all(connection)
            connection.execute(
                "INSERT OR REPLACE INTO cursor(stream, feed, pos) VALUES(?, ?, 0)", (stream, feed)
            )

    def set_ack(self, ack: Head, sig: str, hub_time: str) -> None:
        """Keeps what the hub said is durable there, with its signature."""
        with self._transaction() as connection:
            _note(connection, "ack", msgspec.json.encode(ack).decode())
            _note(connection, "ack_sig", sig)
            _note(connection, "ack_hub_time", hub_time)

    def ack(self) -> Head | None:
        """The last ack kept, None before the first."""
        with in_its_words(self._path):
            return catalogue.read_ack(self._connection)

    def set_sent_upto(self, epoch: int, seq: int) -> None:
        """Keeps how far entries are about to be handed to the network, answered or not.

        The one thing here that is on the disk when this returns: a void relies on it. All else
        the hub tells again after a power cut, so it need not wait for the disk.
        """
        self._connection.execute(_NOW)
        try:
            self.set_state("sent_upto", f"{epoch} {seq}")
        finally:
            self._connection.execute(_SOON)

    def sent_upto(self) -> tuple[int, int]:
        """(epoch, seq) of the last entry handed to the network; (0, 0) for none."""
        epoch, _, seq = (self.state("sent_upto") or "0 0").partition(" ")
        return int(epoch), int(seq)

    def set_state(self, name: str, value: str) -> None:
        """Keeps a small text under a name."""
        with self._transaction() as connection:
            _note(connection, name, value)

    def state(self, name: str) -> str:
        """What was kept under a name; empty for nothing."""
        with in_its_words(self._path):
            return catalogue.read_state(self._connection, name)

    def counts(self) -> dict[str, int]:
        """How many active `products`, and rows of `staff`, `policy`, `tax`, `store`."""
        with in_its_words(self._path):
            return catalogue.read_counts(self._connection)

    def give_up_when(self, stopping: Callable[[], bool]) -> None:
        """Long statements end with an error of the driver, undone, once `stopping` says so."""
        self._connection.set_progress_handler(stopping, 50_000)

    def finish(self, sold: Mapping[str, int] | None = None) -> None:
        """Sorts and indexes a file that was built beside; after it `swap` may be called.

        `sold` is as in `renew_search`. May be called again after it was broken off.
        """
        if self.building:
            if not self.state(_SORTED):
                with self._transaction() as connection:
                    sort_arrivals(connection)
                    _note(connection, _SORTED, "1")
            self.renew_search(sold or {})
            with self._transaction() as connection:
                rebuild_departments(connection)
                customer_rows.rebuild(connection)
                connection.execute("DELETE FROM state WHERE name IN ('building', ?)", (_SORTED,))
            self.building = False
        with in_its_words(self._path):
            self._connection.execute("PRAGMA optimize")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def renew_search(self, sold: Mapping[str, int]) -> None:
        """The search index anew, ranked by what this store sold: SKU -> thousandths.

        Readers keep the old index until it is done; some seconds for a million products.
        """
        ranked = sorted(sold.items(), key=lambda item: (-item[1], item[0]))
        with self._transaction() as connection:
            connection.execute("DELETE FROM best")
            connection.executemany(
                "INSERT INTO best(rank, product_id, department)"
                " SELECT ?, id, department FROM product WHERE sku = ?",
                ((rank, sku) for rank, (sku, amount) in enumerate(ranked, 1) if amount > 0),
            )
            search.rebuild(connection)


def swap(data: Path, key: bytes) -> None:
    """Puts a finished file built beside into use, and keeps the one before as the copy before.

    One before that cannot be read here does not push out a copy that can.
    No reader and no writer may have either open. Broken off at any point it leaves a usable
    file, and `ReplicaWriter.open` brings it to its end. Raises Refused("replica_unfinished").
    """
    following, current, previous = data / NEXT, data / CURRENT, data / PREVIOUS
    if not _is_complete(following, key):
        raise Refused("replica_unfinished")
    _carry_over(current, following, key)
    if current.exists() and (_version(current, key) in WORDED or not previous.exists()):
        _delete(previous)
        _rename(current, previous)
    _rename(following, current)


def _carry_over(current: Path, following: Path, key: bytes) -> None:
    """What the till noted goes into the new file, unless the old one cannot be read."""
    noted: list[tuple[str, str]] = []
    if current.exists():
        with contextlib.suppress(PosError, dbapi2.Error):
            old = connect(current, key, write=True)
            try:
                noted = old.execute("SELECT name, value FROM state").fetchall()
                old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                old.close()
    with in_its_words(following):
        new = connect(following, key, write=True)
        try:
            for name, value in noted:
                if name not in _KEEP:
                    _note(new, name, value)
            new.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            new.close()


def _version(path: Path, key: bytes) -> int | None:
    """The version of the tables in a file, None where it cannot be opened."""
    try:
        with contextlib.closing(connect(path, key, write=False)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            return int(version)
    except (PosError, dbapi2.Error):
        return None


def _is_complete(path: Path, key: bytes) -> bool:
    try:
        connection = connect(path, key, write=False)
    except PosError:
        return False
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return version == VERSION and catalogue.read_state(connection, "building") == ""
    except dbapi2.Error:
        return False
    finally:
        connection.close()


def _create(connection: dbapi2.Connection, *, building: bool) -> None:
    from pos_app.store import replica_schema  # SQLAlchemy: only when a file is made

    statements = replica_schema.create_statements()
    if building:
        statements += replica_schema.arrival_statements()
    else:
        statements += replica_schema.index_statements()
    connection.execute("BEGIN IMMEDIATE")
    for statement in statements:
        connection.execute(statement)
    if building:
        _note(connection, "building", "1")
    connection.execute(f"PRAGMA user_version={VERSION}")
    connection.execute("COMMIT")


def _note(connection: dbapi2.Connection, name: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO state(name, value) VALUES(?, ?)", (name, value))


def _hole(stream: str, expected: int, found: int) -> Refused:
    return Refused("feed_hole", stream=stream, expected=expected, found=found)


@contextlib.contextmanager
def in_its_words(path: Path) -> Iterator[None]:
    """Errors of the driver as what a person should do, in words about the catalogue."""
    try:
        yield
    except dbapi2.Error as cause:
        raise _about_replica(told(cause, path)) from cause
    except Unavailable as error:
        raise _about_replica(error) from error


def _about_replica(error: PosError) -> PosError:
    code = {
        "ledger_corrupt": "replica_corrupt",
        "ledger_write_failed": "replica_write_failed",
        "ledger_read_only": "replica_write_failed",
    }.get(error.code)
    return error if code is None else Unavailable(code, **error.facts)


_BESIDES: Final = ("-wal", "-shm")


def _delete(path: Path) -> None:
    for suffix in ("", *_BESIDES):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _rename(source: Path, target: Path) -> None:
    """Moves a file and its WAL; the main file last, so that it is never without its WAL."""
    for suffix in (*reversed(_BESIDES), ""):
        beside: Any = Path(f"{source}{suffix}")
        if beside.exists():
            beside.replace(f"{target}{suffix}")
        else:
            Path(f"{target}{suffix}").unlink(missing_ok=True)
    if os.name == "posix":
        handle = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
