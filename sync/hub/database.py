"""The hub's database: connections, transactions, and SQL compiled once from the tables.

Everything else hands `Statement`s and tuples to a `Connection` and does not know which database it
is: SQLite here, PostgreSQL in `postgres`, of which nothing is loaded until a URL names it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final

from sqlalchemy import Column, Insert, MetaData, Table, bindparam, create_engine, delete, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql.expression import ClauseElement
from sqlcipher3 import dbapi2 as driver

from pos_app.domain.errors import PosError, Refused, Unavailable
from sync.hub import schema
from sync.hub.turns import Turns, turns_of

CHECKPOINT_PAGES: Final = 16_384
"""A checkpoint every 64 MiB of log: at the default of 4 MiB bulk ingest halves."""
BUSY_MS: Final = 30_000
"""How long one process waits for another's transaction (an import beside a running hub)."""
SQLITE_NEEDED: Final = (3, 51, 3)
"""Below it two connections can lose committed pages when a log is reset."""

row_error: Final = (
    driver.IntegrityError,
    driver.DataError,
    driver.InterfaceError,
    driver.ProgrammingError,
    OverflowError,
)
"""What the driver raises where a row is at fault, and the database is not."""
storage_error: Final = driver.Error
"""What it raises where nothing can be written."""

# The driver binds numbers and text at once. For any other type it searches for somebody who adapts
# it, each time anew, which takes five times as long as the binding: so it is told who does.
driver.register_adapter(bytes, bytes)
driver.register_adapter(bool, int)
driver.register_adapter(type(None), lambda nothing: nothing)


class Again(Unavailable):
    """Two transactions stood in each other's way and this one was undone: it may be tried again."""

    def __init__(self) -> None:
        super().__init__("hub_busy")


_SQLITE: Final = sqlite.dialect(paramstyle="qmark")
Inserting = Callable[[Table], Any]
"""A database's own INSERT, which knows ON CONFLICT."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """What a statement does with rows, for a database that has a faster way for many."""

    table: Table
    columns: tuple[str, ...]
    clash: str = ""
    """What becomes of an existing row: nothing said fails, `ignore` keeps it, `put` overwrites,
    `drop` takes it away."""


class Statement:
    """SQL text made once from the tables, with its parameters in a checked order."""

    __slots__ = ("bulk", "clause", "names", "plan", "text")

    def __init__(
        self,
        names: str,
        clause: ClauseElement | Callable[[Inserting], ClauseElement],
        bulk: Bulk | None = None,
    ) -> None:
        """`names` are the parameters in the order in which the text takes them.

        Raises ValueError where they stand in another order: tuples would go astray.
        """
        self.names = tuple(names.split())
        self.clause = clause
        self.bulk = bulk
        self.plan: Any = None
        """What another database made of it, when it was used first."""
        made = clause if isinstance(clause, ClauseElement) else clause(sqlite.insert)
        compiled = made.compile(dialect=_SQLITE, compile_kwargs={"render_postcompile": True})
        self.text = str(compiled)
        order = tuple(getattr(compiled, "positiontup", None) or ())
        if order != self.names:
            raise ValueError(f"parameters of {self.text!r} are {order}, not {self.names}")


def adding(table: Table, *, ignore: bool = False) -> Statement:
    """An INSERT of all columns, in the table's order; `ignore` leaves an existing row alone."""
    names = tuple(column.name for column in table.columns)

    def clause(insert: Inserting) -> ClauseElement:
        plain: ClauseElement = insert(table)
        return insert(table).on_conflict_do_nothing() if ignore else plain

    return Statement(" ".join(names), clause, Bulk(table, names, "ignore" if ignore else ""))


def putting(table: Table, *, summing: Iterable[str] = ()) -> Statement:
    """An INSERT of all columns that overwrites what an existing row had.

    Columns in `summing` are added to it instead.
    """
    keys = [column.name for column in table.primary_key]
    names = tuple(column.name for column in table.columns)
    sums = set(summing)

    def clause(insert: Inserting) -> ClauseElement:
        adds = insert(table)
        new = {
            column.name: (column + adds.excluded[column.name])
            if column.name in sums
            else adds.excluded[column.name]
            for column in table.columns
            if column.name not in keys
        }
        done: ClauseElement = adds.on_conflict_do_update(index_elements=keys, set_=new)
        return done

    return Statement(" ".join(names), clause, Bulk(table, names, "put"))


def dropping(table: Table, *names: str) -> Statement:
    """A DELETE of the rows with these columns' values."""
    clause = delete(table).where(*(table.c[name] == bindparam(name) for name in names))
    return Statement(" ".join(names), clause, Bulk(table, names, "drop"))


def numbering(table: Table) -> Statement:
    """An INSERT of all columns but the first, which the database numbers.

    The numbers grow and are never given twice; a transaction that was undone may leave a gap.
    """
    names = tuple(column.name for column in table.columns)[1:]
    clause: Insert = table.insert().values({name: bindparam(name) for name in names})
    return Statement(" ".join(names), clause.inline(), Bulk(table, names))


class Connection:
    """One connection of one thread. Every method may raise `PosError` of the storage kind."""

    shared: ClassVar[bool] = False
    """True where several transactions write at once, so that what one reads another may change
    before it commits: then it `lock`s first."""

    def __init__(self, raw: Any, turns: Turns | None = None) -> None:
        self._raw = raw
        self._turns = turns
        self.urgent = False
        """True for who books sales: it writes before the other threads of its process."""
        self.touched: set[str] = set()
        """Streams that got rows since the last commit; whoever waits on them is woken."""

    def all(self, statement: Statement, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows."""
        rows: list[tuple[Any, ...]] = self._raw.execute(statement.text, values).fetchall()
        return rows

    def each(self, statement: Statement, values: Sequence[object] = ()) -> Iterator[Any]:
        """Rows one by one, for results that need not fit into memory."""
        return iter(self._raw.execute(statement.text, values))

    def one(self, statement: Statement, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row or None."""
        row: tuple[Any, ...] | None = self._raw.execute(statement.text, values).fetchone()
        return row

    def run(self, statement: Statement, values: Sequence[object] = ()) -> int:
        """How many rows it changed."""
        return int(self._raw.execute(statement.text, values).rowcount)

    def many(self, statement: Statement, rows: Sequence[Sequence[object]]) -> None:
        """One statement for many rows."""
        if rows:
            self._raw.executemany(statement.text, rows)

    def text(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Plain SQL, for the few things the tables do not say."""
        rows: list[tuple[Any, ...]] = self._raw.execute(sql, values).fetchall()
        return rows

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """A write transaction: committed at the end, rolled back on any exception."""
        with storage_errors(), self._turn():
            self._raw.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._roll_back()
                raise
            try:
                self._raw.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _turn(self) -> contextlib.AbstractContextManager[None]:
        if self._turns is None:
            return contextlib.nullcontext()
        return self._turns.taking(BUSY_MS / 1_000, urgent=self.urgent)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """What is read inside it is of one moment, whatever others write meanwhile."""
        with storage_errors():
            self._raw.execute("BEGIN")
            try:
                self._raw.execute("SELECT count(*) FROM feed_head").fetchall()
                yield
            finally:
                self._roll_back()

    def soundness(self) -> list[str]:
        """What the database itself finds wrong with its file, in its own words."""
        with storage_errors():
            found = self._raw.execute("PRAGMA integrity_check(20)").fetchall()
        return [] if found == [("ok",)] else [f"the file: {row[0]}" for row in found]

    def _roll_back(self) -> None:
        self.touched.clear()
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")

    def lock(self, table: Table, *keys: Sequence[object]) -> None:
        """Keeps the rows of these primary keys from every other transaction until the commit.

        In sorted order, so that two who want the same rows never wait for each other in a ring.
        A transaction of SQLite has the whole database to itself from its start.
        """

    def lock_name(self, *names: str) -> None:
        """The same for what has no row of its own, by any name: `store:1`, `sale:<id>`."""

    def numbers(self, column: Column[int], count: int) -> list[int]:
        """So many numbers that no row has in that column, ascending.

        Above all that this connection was given before. Several processes are given theirs side by
        side: then neither the order of commits nor a missing number says anything.
        """
        found = self._raw.execute(f"SELECT max({column.name}) FROM {column.table}").fetchone()  # noqa: S608 - names of our own tables
        last = int(found[0] or 0)
        return list(range(last + 1, last + 1 + count))

    def count_on(self, tables: MetaData) -> None:
        """Numbers that are given from now on follow on those that the rows have."""

    def relax(self) -> None:
        """The transaction that is open need not be on the disk when its commit returns.

        For what may be lost by a power cut and must be seen by other processes at once.
        """

    @contextlib.contextmanager
    def savepoint(self, name: str) -> Iterator[None]:
        """Part of a transaction that is undone alone on any exception."""
        self._raw.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            if self._raw.in_transaction:
                self._raw.execute(f"ROLLBACK TO {name}")
                self._raw.execute(f"RELEASE {name}")
            raise
        self._raw.execute(f"RELEASE {name}")

    def close(self) -> None:
        """Closes it; an open transaction is rolled back."""
        self._raw.close()


@contextlib.contextmanager
def storage_errors() -> Iterator[None]:
    """Turns what the driver says about the file into a `PosError` a person can act on."""
    try:
        yield
    except PosError:
        raise
    except driver.DatabaseError as cause:
        told = str(cause).lower()
        if "full" in told:
            raise Unavailable("hub_disk_full") from cause
        if "locked" in told or "busy" in told:
            raise Unavailable("hub_busy") from cause
        if "readonly" in told or "read-only" in told:
            raise Unavailable("hub_read_only") from cause
        if "malformed" in told or "not a database" in told or "disk i/o" in told:
            raise Unavailable("hub_database_damaged") from cause
        raise


@dataclass(slots=True)
class Database:
    """Where the hub keeps everything; `url` is SQLAlchemy's way of naming it."""

    url: str
    path: Path = field(init=False, default=Path())
    """Of SQLite's file."""
    server: Any = field(init=False, default=None)
    """A `postgres.Server` where it is one; None for a file."""

    def __post_init__(self) -> None:
        try:
            parsed = make_url(self.url)
        except ArgumentError as cause:
            raise Refused("database_unknown", url=self.url) from cause
        if not parsed.database:
            raise Refused("database_unknown", url=self.url)
        if parsed.get_backend_name() == "postgresql":
            try:
                from sync.hub.postgres import Server
            except ImportError as cause:
                raise Refused("part_missing", part="postgres") from cause
            self.server = Server(parsed)
            return
        if parsed.get_backend_name() != "sqlite":
            raise Refused("database_unknown", url=self.url)
        found = driver.sqlite_version_info
        if found < SQLITE_NEEDED:
            raise Refused("sqlite_too_old", found=driver.sqlite_version, need="3.51.3")
        self.path = Path(parsed.database)

    @property
    def said(self) -> str:
        """Its name as it may be shown: without a password."""
        return make_url(self.url).render_as_string(hide_password=True)

    def connect(self, *, write: bool) -> Connection:
        """A connection to an existing hub; an older one's tables are brought up first.

        Raises Refused("hub_missing" | "hub_schema_other").
        """
        if self.server is not None:
            found: Connection = self.server.connect(write=write)
            return found
        if not self.path.is_file():
            raise Refused("hub_missing", path=str(self.path))
        connection = self._open(write=write)
        version = _version(connection)
        if 0 < version < schema.VERSION:
            connection.close()
            self._bring_up()
            connection = self._open(write=write)
            version = _version(connection)
        if version != schema.VERSION:
            connection.close()
            raise Refused("hub_schema_other", found=version, need=schema.VERSION)
        return connection

    def _bring_up(self) -> None:
        from sync.hub.upgrading import statements

        connection = self._open(write=True)
        try:
            with connection.transaction():
                if _version(connection) >= schema.VERSION:
                    return  # somebody else was first
                tables = connection.text("SELECT name FROM sqlite_master WHERE type = 'table'")
                held = {
                    name: frozenset(
                        row[0]
                        for row in connection.text(f"SELECT name FROM pragma_table_info('{name}')")  # noqa: S608 - its own tables
                    )
                    for (name,) in tables
                }
                for sql in (*statements(held), *_GUARDS):
                    connection.text(sql)
                connection.text(f"PRAGMA user_version = {schema.VERSION}")
        finally:
            connection.close()

    def create(self) -> Connection:
        """A new hub's tables. Raises Refused("hub_exists")."""
        if self.server is not None:
            made: Connection = self.server.create()
            return made
        if self.path.exists():
            raise Refused("hub_exists", path=str(self.path))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        engine = create_engine(f"sqlite:///{self.path}", module=driver)
        with storage_errors():
            schema.metadata.create_all(engine)
            engine.dispose()
            connection = self._open(write=True)
            for sql in _GUARDS:
                connection.text(sql)
            connection.text(f"PRAGMA user_version = {schema.VERSION}")
        return connection

    def remove(self) -> None:
        """Takes a database away that was only half made."""
        if self.server is not None:
            self.server.remove()
            return
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _open(self, *, write: bool) -> Connection:
        raw = driver.connect(
            str(self.path), isolation_level=None, check_same_thread=False, cached_statements=256
        )
        wanted = {
            "journal_mode": "wal",
            "synchronous": 2,
            "busy_timeout": BUSY_MS,
            "foreign_keys": 1,
            "trusted_schema": 0,
            "cache_size": -65_536,
            "wal_autocheckpoint": CHECKPOINT_PAGES if write else 0,
            "journal_size_limit": 1 << 28,
            "query_only": 0 if write else 1,
        }
        with storage_errors():
            for name, value in wanted.items():
                raw.execute(f"PRAGMA {name} = {value}").fetchall()
            for name in ("journal_mode", "synchronous"):
                found = raw.execute(f"PRAGMA {name}").fetchone()[0]
                if found != wanted[name]:
                    raise Refused("pragma_refused", pragma=name, found=found)
        return Connection(raw, turns_of(self.path) if write else None)


def _version(connection: Connection) -> int:
    with storage_errors():
        return int(connection.text("PRAGMA user_version")[0][0])


_GUARDS: Final = (
    # What came stays byte for byte at its place. Only what the hub made of it may be noted later,
    # once, where it could not be read at first.
    "DROP TRIGGER IF EXISTS event_stays_as_it_came",
    """CREATE TRIGGER event_stays_as_it_came BEFORE UPDATE ON event
       WHEN OLD.result <> 'quarantined' OR NEW.result = 'quarantined' OR
       (NEW.n, NEW.device, NEW.epoch, NEW.seq, NEW.hash, NEW.sig, NEW.body, NEW.received) IS NOT
       (OLD.n, OLD.device, OLD.epoch, OLD.seq, OLD.hash, OLD.sig, OLD.body, OLD.received)
       BEGIN SELECT RAISE(ABORT, 'a journal entry is never changed'); END""",
    "DROP TRIGGER IF EXISTS event_is_kept",
    """CREATE TRIGGER event_is_kept BEFORE DELETE ON event
       BEGIN SELECT RAISE(ABORT, 'a journal entry is never deleted'); END""",
)
