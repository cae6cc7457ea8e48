"""The till's ledger: one process writes it, one transaction a business action.

Nothing may be printed and no drawer may open before `with ledger.transaction()` was left
without an exception: only then is the fact durable.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from msgspec.structs import replace
from sqlcipher3 import dbapi2

from pos_app import __version__
from pos_app.domain.day import utc_text
from pos_app.domain.errors import PosError, Refused, Unavailable, Uncertain
from pos_app.store import doubt, journal, migrations, schema
from pos_app.store.doubt import HEALTHY, ChainState, Doubt
from pos_app.store.journal import Chain
from pos_app.store.keys import Keys
from pos_app.store.machine import Machine
from pos_app.store.projections import Projector, rebuild, stored_zone
from pos_app.store.reader import LedgerReads, LedgerView, ledger_file
from pos_app.store.reads import LEDGER_FILE
from pos_app.store.records import Clock, Identity, SystemClock, new_id
from pos_app.store.transaction import Transaction
from pos_app.store.whereabouts import NOWHERE, Where
from pos_app.store.witness import Witness, begin_witness, places
from sync.file_lock import FileLock
from sync.protocol import ChainStart, ClockReading, Head

LOCK_FILE: Final = "window.lock"
LOCK_TRIES, LOCK_PAUSE_S = 10, 0.01
"""Whoever asks whether a window runs holds the lock for a moment: that is no other window."""
PRINTED_KEPT: Final = 1_000
"""Printed jobs that stay; older ones can be made again from their facts."""

_OVERWRITE: Final = (
    "INSERT INTO setting (name, value) VALUES ('settled', randomblob(8)) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


class Ledger(LedgerReads):
    """The open ledger of a till, and its lock: one such object per data directory at a time."""

    def __init__(
        self,
        data: Path,
        keys: Keys,
        clock: Clock,
        lock: FileLock,
        file: str = LEDGER_FILE,
        where: Where = NOWHERE,
    ) -> None:
        super().__init__()
        self._path = data / file
        self._data = data
        self.keys = keys
        self.clock = clock
        self._lock = lock
        self._lane = threading.RLock()
        self._broken = self._closed = self._keys_known = False
        self._offset: tuple[int, int] | None = None
        self.basis: dict[str, int] = {}
        self._wal = self._path.with_name(file + "-wal")
        self._where = where
        self._connect()
        try:
            self.witness = Witness(
                self._witnesses(), self.chain.identity.device, keyring=where.keyring
            )
            self._doubt_at_start()
            self.witness.begin(self.chain.head() if self.chain.seq else None, self.doubt.nth)
        except BaseException:
            self._connection.close()
            raise

    @staticmethod
    def create(
        data: Path,
        keys: Keys,
        identity: Identity,
        clock: Clock | None = None,
        *,
        file: str = LEDGER_FILE,
        where: Where = NOWHERE,
    ) -> Ledger:
        """A new ledger with the first entry of its chain, opened.

        `file` is another name than the till's own for one that is not sent (training). It is made
        under a third name and renamed when it is whole. `where` as for `open`. Raises
        Refused("ledger_exists" | "ledger_in_use") and what `open` raises.
        """
        clock = clock or SystemClock()
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _locked(data, file)
        try:
            path = data / file
            _absent(path)
            if not identity.pubkey:
                identity = replace(identity, pubkey=keys.public_hex)
            head = _make(path, keys, identity, clock)
            found = places(data, identity.device, path.stem, where.beside)
            begin_witness(found, identity.device, head, keyring=where.keyring)
            return Ledger(data, keys, clock, lock, file, where)
        except BaseException:
            lock.free()
            raise

    @staticmethod
    def open(
        data: Path,
        keys: Keys,
        clock: Clock | None = None,
        *,
        file: str = LEDGER_FILE,
        where: Where = NOWHERE,
    ) -> Ledger:
        """The till's ledger, locked for this process, brought to the present version.

        `where` says what a copy of it is known by; without it only the witness beside it counts.
        Raises Refused("ledger_missing" | "ledger_in_use" | "ledger_newer") and what
        `schema.connect` raises; a damaged file is left as it is.
        """
        ledger_file(data / file if file != LEDGER_FILE else data)
        lock = _locked(data, file)
        try:
            return Ledger(data, keys, clock or SystemClock(), lock, file, where)
        except BaseException:
            lock.free()
            raise

    def _connect(self) -> None:
        """Connects and reads where the chain stands.

        A damaged file is found out by a reader first: a connection that may write would put
        the write-ahead log into it when it closes.
        """
        key = self.keys.db_key
        with closing(schema.connect(self._path, key, write=False)) as look:
            _read_only_look(look, self._path)
        self._connection = connection = schema.connect(self._path, key, write=True)
        try:
            migrations.bring_up(connection, self._path)
            self.chain = Chain.read(connection)
            self.doubt = doubt.read(connection)
            self.projector = Projector(connection, stored_zone(connection))
        except dbapi2.Error as cause:
            connection.close()
            raise schema.told(cause, self._path) from cause
        except PosError:
            connection.close()
            raise
        self._broken = False

    def _witnesses(self) -> list[Path]:
        device = self.chain.identity.device
        return places(self._data, device, self._path.stem, self._where.beside)

    def _doubt_at_start(self) -> None:
        """Whether this is a copy, restored or on another machine: noted before anything is written.

        The witness is told of the head only afterwards, or the next start would see nothing.
        """
        connection, here, held = self._connection, self._where.machine, self.doubt
        why = self.witness.compare(connection, self.chain.identity.epoch, held)
        known = doubt.machine_of(connection)
        moved = known is not None and known.differs(here)
        whole = here if known is None else known.completed(here)
        if not moved and whole not in (known, Machine()):
            self._note(doubt.MACHINE, whole)
        why = doubt.suspicion(held, why, moved=moved, here=here)
        if why:
            state = ChainState.SUSPECT if held.state is HEALTHY else held.state
            self.believe(state, why, self.witness.ahead, another=True)

    def believe(
        self, state: ChainState, why: str = "", seen: Head | None = None, *, another: bool = False
    ) -> None:
        """From here on the chain is in `state`; a doubt numbers documents in a series of its own.

        `another` doubt, while there is one, begins a series again. Raises what a transaction raises.
        """
        with self._lane:
            chain, now, held = self.chain, self.clock.now(), self.doubt
            here = self._where.machine
            if state is HEALTHY:
                found = Doubt(nth=held.nth)
            elif held.mark and not another:
                found = replace(held, state=state, why=why, seen=seen or held.seen)
            else:
                nth = max(held.nth, self.witness.doubts) + 1
                facts = (chain.identity.device, chain.identity.epoch, chain.hash.hex(), nth)
                mark = doubt.mark_of(*facts, self.clock.boot_id(), utc_text(now), here.name)
                found = Doubt(state, why, mark, chain.seq, seen or held.seen, nth, here)
            self._note(doubt.DOUBT, found)
            self.doubt, self.chain = found, Chain.read(self._connection)
            if found.nth != held.nth and chain.seq:
                self.witness.write(chain.head(), found.nth)

    def _note(self, name: str, value: msgspec.Struct) -> None:
        """Keeps a value about the ledger itself."""
        with self.transaction():
            self._connection.execute(doubt.SET, (name, msgspec.json.encode(value)))

    @property
    def identity(self) -> Identity:
        """Who this till is."""
        return self.chain.identity

    def head(self) -> Head:
        """The last committed entry."""
        return self.chain.head()

    def reader(self) -> LedgerView:
        """A read-only connection with the same questions, for another thread."""
        return LedgerView(self._path, self.keys.db_key)

    def _rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """What is asked after a commit of unknown outcome is asked of a handle that works."""
        if self._broken and not self._closed:
            with self._lane:
                self._reopen()
        return super()._rows(sql, parameters)

    def set_hub_offset(self, offset_ms: int, measured_at: datetime) -> None:
        """Hub time minus wall clock at the hub's last answer; goes into every later fact."""
        age_ms = max(0, int((self.clock.now() - measured_at).total_seconds() * 1000))
        self._offset = (offset_ms, self.clock.monotonic_ms() - age_ms)

    def set_basis(self, basis: Mapping[str, int]) -> None:
        """The feed position per stream the till has applied; goes into every later fact."""
        self.basis = dict(basis)

    def signing_keys(self) -> Keys:
        """The keys, looked at once: what another till's key signs no hub would ever book.

        Not at the start, for that would load the signing library before the first frame. Raises
        Refused("keys_foreign").
        """
        if not self._keys_known:
            keys = self.keys.for_public(self.identity.pubkey)
            if keys is None:
                raise Refused("keys_foreign")
            self.keys, self._keys_known = keys, True
        return self.keys

    def use_keys(self, keys: Keys) -> None:
        """Keys of which one is the one that the identity names by now."""
        self.keys, self._keys_known = keys, False

    def hub_offset(self, monotonic_ms: int) -> tuple[int | None, int | None]:
        """The offset and its age in seconds, by the clock nobody sets; None before an answer."""
        if self._offset is None:
            return None, None
        offset, measured_ms = self._offset
        return offset, (monotonic_ms - measured_ms) // 1000

    def transaction(self) -> Transaction:
        """`with ledger.transaction() as tx:`: all of it or nothing, durable when left.

        Raises Unavailable("disk_full" | "file_locked" | "ledger_read_only" |
        "ledger_write_failed" | "ledger_corrupt"): nothing was written; and
        Uncertain("commit_unknown"): nobody knows, open the ledger again and look.
        """
        return Transaction(self)

    def rebuild(self) -> int:
        """The tables made again from the journal; how many entries that took."""
        with self.transaction():
            count = rebuild(self._connection)
            self.projector.forget()
        return count

    def checkpoint_when_idle(self) -> None:
        """Moves the write-ahead log into the file; for a moment in which nobody waits."""
        with self._lane:
            try:
                self._connection.execute(
                    "DELETE FROM print_job WHERE state = 'printed' AND nth <= "
                    "(SELECT max(nth) FROM print_job) - ?",
                    (PRINTED_KEPT,),
                )
                self.witness.remember(self.chain.head(), self.doubt.nth)
                large = self._wal_bytes() > schema.WAL_LIMIT_BYTES
                self._checkpoint("RESTART" if large else "PASSIVE")
            except dbapi2.Error:
                return  # the log stays longer; the next commit says what is wrong

    def _checkpoint(self, how: str) -> bool:
        """True where the whole log went into the file."""
        row = self._connection.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        return bool(row[0] == 0 and row[1] == row[2])

    def _wal_bytes(self) -> int:
        try:
            return self._wal.stat().st_size
        except OSError:
            return 0

    def close(self) -> None:
        """Checkpoints, closes and gives up the lock; safe to call twice."""
        with self._lane:
            if self._closed:
                return
            self._closed = True
            self._connection.close()
            self.witness.remember(self.chain.head(), self.doubt.nth)
            self.witness.close()
            self._lock.free()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # What a transaction asks of its ledger.

    def begin(self) -> None:
        """Takes the lane and begins."""
        self._lane.acquire()
        try:
            if self._broken:
                self._reopen()
            self._connection.execute("BEGIN IMMEDIATE")
        except dbapi2.Error as cause:
            self._lane.release()
            raise schema.told(cause, self._path, busy="ledger_busy") from cause
        except BaseException:
            self._lane.release()
            raise

    def release(self) -> None:
        """Gives the lane to the next one."""
        self._lane.release()

    @property
    def connection(self) -> dbapi2.Connection:
        """The one connection that writes."""
        return self._connection

    @property
    def path(self) -> Path:
        """The ledger's file."""
        return self._path

    def _reopen(self) -> None:
        self._connection.close()
        self._broken = True
        self._connect()

    def roll_back(self, error: BaseException | None) -> None:
        """Takes everything back, also what is held in memory."""
        self.projector.forget()
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except dbapi2.Error:
            self._broken = True
        if isinstance(error, dbapi2.Error) and schema.primary_code(error) == schema.IO_ERROR:
            self._broken = True  # a handle that failed once is not trusted again

    def commit(self, chain: Chain, last_id: str) -> None:
        """Makes it durable, then lets the witness know."""
        try:
            self._connection.execute("COMMIT")
        except dbapi2.Error as cause:
            self.projector.forget()
            if schema.primary_code(cause) != schema.IO_ERROR:
                self.roll_back(cause)
                raise schema.told(cause, self._path, busy="ledger_busy") from cause
            self._settle(cause, last_id)
            chain = self.chain
        self.chain = chain
        if last_id:
            self.witness.write(chain.head(), self.doubt.nth)
        if self._wal_bytes() > schema.WAL_LIMIT_BYTES:
            with suppress(dbapi2.Error):  # the sale is durable: housekeeping may wait
                self._checkpoint("PASSIVE")

    def _settle(self, cause: BaseException, last_id: str) -> None:
        """COMMIT failed in the disk: finds out, on a new handle, whether it happened.

        What is there is written once more by a checkpoint: after a failed flush the pages may
        be in memory only, marked as written. What is not there may still stand in the log,
        unseen while sync has the file open too: a small commit over it makes sure.
        """
        try:
            self._reopen()
            found = last_id and self._connection.execute(journal.SELECT_BODY, (last_id,)).fetchone()
            if found:
                certain = self._checkpoint("FULL")
            else:
                self._connection.execute(_OVERWRITE)
                certain = True
        except (dbapi2.Error, PosError):
            certain = False
        if not certain:
            self._broken = True
            raise Uncertain("commit_unknown", file=self._path.name) from cause
        if not found:
            raise schema.told(cause, self._path) from cause


def _locked(data: Path, file: str) -> FileLock:
    name = LOCK_FILE if file == LEDGER_FILE else f"{file}.lock"
    lock = FileLock(data / name)
    try:
        for _ in range(LOCK_TRIES):
            if lock.take():
                return lock
            time.sleep(LOCK_PAUSE_S)
    except OSError as cause:
        raise Unavailable("ledger_read_only", file=name) from cause
    raise Refused("ledger_in_use", data=data.name)


def _read_only_look(connection: dbapi2.Connection, path: Path) -> None:
    """Raises Unavailable("ledger_corrupt") for a file that does not open as a ledger."""
    try:
        if migrations.version_of(connection) == 0:
            raise Unavailable("ledger_corrupt", file=path.name)
        Chain.read(connection)
        values = connection.execute("SELECT value FROM reference UNION ALL SELECT body FROM basket")
        if any(0 in bytes(value) for (value,) in values):  # what SQLCipher gives for a bad page
            raise Unavailable("ledger_corrupt", file=path.name)
    except dbapi2.Error as cause:
        code = schema.primary_code(cause)
        if code == schema.SQL_ERROR:  # no such table: some other database
            raise Unavailable("ledger_corrupt", file=path.name) from cause
        raise schema.told(cause, path) from cause


def _absent(path: Path) -> None:
    if path.exists():
        raise Refused("ledger_exists", file=path.name)


def _make(path: Path, keys: Keys, identity: Identity, clock: Clock) -> Head:
    """A whole ledger with its first entry, under its own name only when complete; its head."""
    from pos_app.store.ledger_tables import create_statements

    fresh = path.with_name(path.name + ".new")
    for left in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-shm")):
        left.unlink(missing_ok=True)  # an earlier try that never became a ledger
    connection = schema.connect(fresh, keys.db_key, write=True)
    try:
        connection.execute("BEGIN IMMEDIATE")
        for statement in create_statements():
            connection.execute(statement)
        connection.execute(
            "INSERT INTO setting (name, value) VALUES ('identity', ?)",
            (msgspec.json.encode(identity),),
        )
        chain = Chain(identity, 0, journal.genesis_of(identity), 0)
        now = clock.now()
        start = ChainStart(
            dev=identity.device,
            epoch=identity.epoch,
            seq=1,
            id=new_id(now),
            store=identity.store,
            till=identity.till,
            biz_date=utc_text(now)[:10],
            t=ClockReading(utc_text(now), clock.monotonic_ms(), clock.boot_id()),
            sw=__version__,
            pubkey=identity.pubkey,
            prev_epoch_hash=identity.prev_epoch_hash,
        )
        connection.execute(journal.INSERT_ENTRY, chain.seal(start, keys))
        connection.execute(f"PRAGMA user_version={migrations.VERSION}")
        connection.execute(f"PRAGMA application_id={migrations.APPLICATION_ID}")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except dbapi2.Error as cause:
        raise schema.told(cause, path) from cause
    finally:
        connection.close()
    fresh.rename(path)
    schema.flush_directory(path.parent)
    return chain.head()
