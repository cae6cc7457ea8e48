"""PostgreSQL under the hub: several processes write to one database at once.

Nothing else knows the driver. What it raises becomes what SQLite's driver would have raised for the
same fault, or a `PosError`; two transactions that stood in each other's way become `Again`.
Transactions are READ COMMITTED: who reads in order to decide locks first (`Connection.lock`).
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import psycopg
from psycopg import errors, pq
from psycopg.conninfo import make_conninfo
from psycopg.types.numeric import Int8Dumper, NumericBinaryLoader, NumericLoader
from psycopg.types.string import StrDumper
from sqlalchemy import Column, MetaData, Table, bindparam, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.sql.expression import ClauseElement
from sqlcipher3 import dbapi2 as told_as

from pos_app.domain.errors import PosError, Refused, Unavailable
from sync.hub.database import Again, Bulk, Connection, Statement

COPY_ROWS: Final = 16
"""From so many rows on COPY is faster than statements in a row."""
STAGED_ROWS: Final = 100
"""The same where rows may exist: they are copied aside first and put in by one statement."""
LOCK_S: Final = 10
STATEMENT_S: Final = 120
IDLE_S: Final = 60
"""How long one of ours may wait for a lock, run, or hold a transaction without a word. A process
that hangs must not hold the counters of the feed."""
ATTEMPT_S: Final = 5
"""How long a server may take to answer a connection."""
_SETTINGS: Final = {
    "TimeZone": "UTC",
    "client_encoding": "UTF8",
    "default_transaction_isolation": "read committed",
    "lock_timeout": f"{LOCK_S}s",
    "statement_timeout": f"{STATEMENT_S}s",
    "idle_in_transaction_session_timeout": f"{IDLE_S}s",
    "client_min_messages": "warning",
}
_DURABLE: Final = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_write", "remote_apply"),
}
"""Without them a power cut loses what was confirmed, or the database."""
_LINE: Final = {
    "application_name": "holdfast hub",
    "connect_timeout": str(ATTEMPT_S),
    "keepalives_idle": "30",
    "tcp_user_timeout": "30000",
}
"""A server that vanished is noticed within a minute."""


class _Whole(NumericLoader):
    """The sum of whole numbers is a whole number."""

    def load(self, data: Any) -> Any:
        return int(super().load(data))


class _WholeBinary(NumericBinaryLoader):
    def load(self, data: Any) -> Any:
        return int(super().load(data))


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement as PostgreSQL takes it."""

    text: str
    pick: tuple[int, ...] | None
    """Which of the values each `$n` takes; None where they come in that very order."""

    def values(self, given: Sequence[object]) -> Sequence[object]:
        return given if self.pick is None else [given[place] for place in self.pick]


_DIALECT: Final[Dialect] = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


def plan_of(statement: Statement) -> _Plan:
    """Compiled when it is first used: a hub on SQLite never asks."""
    plan = statement.plan
    if plan is None:
        clause = statement.clause
        made = clause if isinstance(clause, ClauseElement) else clause(postgresql.insert)
        compiled = made.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        order = tuple(getattr(compiled, "positiontup", None) or ())
        if set(order) != set(statement.names):
            raise ValueError(f"parameters of {compiled} are {order}, not {statement.names}")
        pick = tuple(statement.names.index(name) for name in order)
        straight = pick == tuple(range(len(statement.names)))
        plan = statement.plan = _Plan(str(compiled), None if straight else pick)
    found: _Plan = plan
    return found


def ddl_dialect() -> Dialect:
    """What makes tables."""
    return _DIALECT


_quoted: Final[Callable[[str], str]] = _DIALECT.identifier_preparer.quote
_KINDS: Final = {"BIGINT": "int8", "INTEGER": "int4", "TEXT": "text", "BYTEA": "bytea"}


def _kind(column: Column[Any]) -> str:
    told = column.type.compile(dialect=_DIALECT).split(" ")[0]
    return _KINDS.get(told, told.lower().replace("boolean", "bool"))


class PostgresConnection(Connection):
    """One session. A lost one stays lost: whoever has it opens another."""

    shared: ClassVar[bool] = True
    _names = itertools.count(1)
    _locks: ClassVar[dict[str, Statement]] = {}

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        super().__init__(raw)
        self._cursor = psycopg.RawCursor(raw)
        self._staged: set[str] = set()

    def _do(self, text: str, values: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        try:
            return self._cursor.execute(text, values, binary=True)
        except psycopg.Error as cause:
            raise told(cause) from cause

    def _rows(self, text: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        return self._do(text, values).fetchall()

    def all(self, statement: Statement, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows."""
        plan = plan_of(statement)
        return self._rows(plan.text, plan.values(values))

    def one(self, statement: Statement, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row or None."""
        plan = plan_of(statement)
        row: tuple[Any, ...] | None = self._do(plan.text, plan.values(values)).fetchone()
        return row

    def run(self, statement: Statement, values: Sequence[object] = ()) -> int:
        """How many rows it changed."""
        plan = plan_of(statement)
        return self._do(plan.text, plan.values(values)).rowcount

    def each(self, statement: Statement, values: Sequence[object] = ()) -> Iterator[Any]:
        """Rows one by one: a few from the server at first, more and more of them later."""
        plan = plan_of(statement)
        name = f"hf_{next(self._names)}"
        own = not self._inside
        if own:
            self._do("BEGIN")
        try:
            self._do(f"DECLARE {name} NO SCROLL CURSOR FOR {plan.text}", plan.values(values))
            size = 16
            while rows := self._rows(f"FETCH FORWARD {size} FROM {name}", ()):
                yield from rows
                size = min(2 * size, 2_000)
            if not own:
                self._do(f"CLOSE {name}")
        finally:
            if own and self._inside:
                self._do("ROLLBACK")

    def many(self, statement: Statement, rows: Sequence[Sequence[object]]) -> None:
        """One statement for many rows; COPY where that is faster."""
        bulk = statement.bulk
        if not rows:
            return
        if len(rows) == 1:
            self.run(statement, rows[0])
        elif bulk is not None and not bulk.clash and len(rows) >= COPY_ROWS:
            self._copy(str(bulk.table), bulk, rows)
        elif bulk is not None and len(rows) >= STAGED_ROWS and _distinct(bulk, rows):
            self._put_staged(statement, bulk, rows)
        else:
            plan = plan_of(statement)
            picked = rows if plan.pick is None else [plan.values(row) for row in rows]
            try:
                self._cursor.executemany(plan.text, picked)
            except psycopg.Error as cause:
                raise told(cause) from cause

    def _copy(self, into: str, bulk: Bulk, rows: Sequence[Sequence[object]]) -> None:
        named = ", ".join(map(_quoted, bulk.columns))
        text = f"COPY {into} ({named}) FROM STDIN (FORMAT BINARY)"
        try:
            with self._cursor.copy(text) as copy:
                copy.set_types([_kind(bulk.table.c[name]) for name in bulk.columns])
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as cause:
            raise told(cause) from cause
        except TypeError as cause:
            raise _Unfit(str(cause)) from cause

    def _put_staged(self, statement: Statement, bulk: Bulk, rows: Sequence[Any]) -> None:
        aside = f"aside_{bulk.table.name}"
        if aside not in self._staged:
            # A rollback may have taken it away, or undone that it was emptied.
            made = f"CREATE TEMP TABLE IF NOT EXISTS {aside} ON COMMIT DELETE ROWS AS"
            self._do(f"{made} TABLE {_quoted(bulk.table.name)} WITH NO DATA")
            self._staged.add(aside)
        self._do(f"DELETE FROM {aside}")  # noqa: S608 - the same
        self._copy(aside, bulk, rows)
        if bulk.clash == "drop":
            table = _quoted(bulk.table.name)
            same = " AND ".join(
                f"{table}.{name} = {aside}.{name}" for name in map(_quoted, bulk.columns)
            )
            self._do(f"DELETE FROM {table} USING {aside} WHERE {same}")  # noqa: S608 - the same
            return
        plan = plan_of(statement)
        head, _, rest = plan.text.partition(" VALUES (")
        _, _, clash = rest.partition(")")
        named = ", ".join(map(_quoted, bulk.columns))
        self._do(f"{head} SELECT {named} FROM {aside}{clash}")  # noqa: S608 - our own table

    def text(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Plain SQL with `?` for its values."""
        parts = sql.split("?")
        numbered = parts[0] + "".join(f"${n}{part}" for n, part in enumerate(parts[1:], 1))
        cursor = self._do(numbered, values)
        return cursor.fetchall() if cursor.description else []

    @property
    def _inside(self) -> bool:
        status = self._raw.info.transaction_status
        return status in (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """A write transaction: committed at the end, rolled back on any exception.

        Raises `Again` where it may be tried anew from its start.
        """
        self._do("BEGIN")
        try:
            yield
            self._do("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """What is read inside it is of one moment, whatever others write meanwhile."""
        self._do("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            self._roll_back()

    def soundness(self) -> list[str]:
        """What the database itself finds wrong with its file: pg_amcheck's matter, not asked here."""
        return []

    def _roll_back(self) -> None:
        self.touched.clear()
        self._staged.clear()
        if self._inside:
            self._do("ROLLBACK")

    @contextlib.contextmanager
    def savepoint(self, name: str) -> Iterator[None]:
        """Part of a transaction that is undone alone on any exception."""
        self._do(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            self._staged.clear()
            if self._inside:
                self._do(f"ROLLBACK TO {name}")
                self._do(f"RELEASE {name}")
            raise
        self._do(f"RELEASE {name}")

    def lock(self, table: Table, *keys: Sequence[object]) -> None:
        """Keeps the rows of these primary keys from every other transaction until the commit."""
        statement = self._locks.get(table.name)
        if statement is None:
            columns = list(table.primary_key)
            wanted = [column == bindparam(column.name) for column in columns]
            made = select(columns[0]).where(*wanted).with_for_update()
            names = " ".join(column.name for column in columns)
            statement = self._locks[table.name] = Statement(names, made)
        for key in sorted(keys, key=tuple[Any, ...]):
            self.one(statement, key)

    def lock_name(self, *names: str) -> None:
        """The same for what has no row of its own."""
        for name in sorted(names):
            self._do("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", (name,))

    def numbers(self, column: Column[int], count: int) -> list[int]:
        """Numbers from a sequence: growing in this session, with gaps where something was undone."""
        text = "SELECT nextval($1::text::regclass) FROM generate_series(1, $2)"
        return sorted(row[0] for row in self._rows(text, (sequence_of(column), count)))

    def count_on(self, tables: MetaData) -> None:
        """Numbers that are given from now on follow on those that the rows have."""
        last = "setval(?::text::regclass, coalesce((SELECT max({0}) FROM {1}), 0) + 1, false)"
        for table in tables.sorted_tables:
            for column in table.primary_key:
                name = sequence_of(column)
                if self.text("SELECT to_regclass(?)::text", (name,)) != [(None,)]:
                    places = (_quoted(column.name), _quoted(table.name))
                    self.text("SELECT " + last.format(*places), (name,))

    def relax(self) -> None:
        """The transaction that is open need not be on the disk when its commit returns."""
        self._do("SET LOCAL synchronous_commit TO off")

    @property
    def lost(self) -> bool:
        """True where the server is not there any more."""
        return bool(self._raw.closed)

    def close(self) -> None:
        """Closes it; an open transaction is rolled back."""
        self._raw.close()

    def __del__(self) -> None:
        # As SQLite's driver does it: a connection that nobody has is closed without a word.
        with contextlib.suppress(psycopg.Error):
            self._raw.close()


def sequence_of(column: Column[Any]) -> str:
    """The sequence that numbers a column, where the rows themselves do not."""
    return f"{column.table.name}_{column.name}_seq"


def _distinct(bulk: Bulk, rows: Sequence[Any]) -> bool:
    """Whether no two rows have the same key: one statement cannot write a row twice."""
    if bulk.clash == "drop":
        return True
    places = [bulk.columns.index(column.name) for column in bulk.table.primary_key]
    return len({tuple(row[place] for place in places) for row in rows}) == len(rows)


_STATES: Final[tuple[tuple[tuple[str, ...], Callable[[], PosError]], ...]] = (
    # Two transactions in each other's way, or one that waited long enough: once more.
    (("40P01", "40001", "55P03"), Again),
    (("53100",), lambda: Unavailable("hub_disk_full")),
    (("25006",), lambda: Unavailable("hub_read_only")),
    (("XX001", "XX002", "58030"), lambda: Unavailable("hub_database_damaged")),
    # No connection, a server that goes down or comes up or is full, a statement without an end.
    (("08", "57", "53", "25P03"), lambda: Unavailable("hub_busy")),
)
"""How the state begins -> what it is."""


_Broken: Final[type[Exception]] = told_as.IntegrityError
_Unfit: Final[type[Exception]] = told_as.DataError
_Fault: Final[type[Exception]] = told_as.OperationalError


def told(cause: psycopg.Error) -> Exception:
    """What a fault of the database is for whoever asked: see the module."""
    state = cause.sqlstate or ""
    for starts, made in _STATES:
        if state.startswith(starts):
            return made()
    if isinstance(cause, psycopg.IntegrityError):
        return _Broken(str(cause))
    if isinstance(cause, psycopg.DataError):
        return _Unfit(str(cause))
    if state:
        return _Fault(f"{state} {cause}")
    # Said by the driver: a value that it cannot send, or a connection that is no more.
    if isinstance(cause, psycopg.ProgrammingError):
        return _Unfit(str(cause))
    return Unavailable("hub_busy")


class Server:
    """A database of a server, named by a URL."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self.name = url.render_as_string(hide_password=True)

    def open(self, *, write: bool) -> PostgresConnection:
        """A session with everything set that correctness asks for, and read back.

        Raises Unavailable("hub_busy") for a server that does not answer and
        Refused("hub_missing" | "database_refused" | "hub_setting_unsafe").
        """
        url = self._url
        given = {name: value for name, value in url.query.items() if isinstance(value, str)}
        places = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
        given |= {name: str(value) for name, value in places.items() if value}
        if url.password is not None:
            given["password"] = str(url.password)
        try:
            raw = psycopg.connect(
                make_conninfo("", **{**_LINE, **given}),
                autocommit=True,
                prepare_threshold=2,
            )
        except psycopg.OperationalError as cause:
            said = str(cause)
            if isinstance(cause, errors.InvalidCatalogName) or "does not exist" in said:
                raise Refused("hub_missing", path=self.name) from cause
            if "authentication" in said or "password" in said or "pg_hba" in said:
                raise Refused("database_refused", url=self.name) from cause
            raise Unavailable("hub_busy") from cause
        raw.prepared_max = 500
        adapters = raw.adapters
        adapters.register_dumper(int, Int8Dumper)
        adapters.register_dumper(str, StrDumper)
        adapters.register_loader("numeric", _Whole)
        adapters.register_loader("numeric", _WholeBinary)
        connection = PostgresConnection(raw)
        try:
            _settle(connection, write=write)
        except BaseException:
            connection.close()
            raise
        return connection

    def connect(self, *, write: bool) -> PostgresConnection:
        """A connection to an existing hub; an older one's tables are brought up first.

        Raises what `open` raises and Refused("hub_schema_other").
        """
        from sync.hub import migrating

        connection = self.open(write=write)
        try:
            if migrating.needed(connection):
                with contextlib.closing(self.open(write=True)) as other:
                    migrating.bring_up(other)
            migrating.check(connection, self.name)
        except BaseException:
            connection.close()
            raise
        return connection

    def create(self) -> PostgresConnection:
        """A new hub's tables in an empty database. Raises Refused("hub_exists")."""
        from sync.hub import migrating

        connection = self.open(write=True)
        if migrating.versions(connection) is not None:
            connection.close()
            raise Refused("hub_exists", path=self.name)
        try:
            migrating.create(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def remove(self) -> None:
        """Takes the tables of a hub away that was only half made."""
        from sync.hub import migrating

        with contextlib.closing(self.open(write=True)) as connection:
            migrating.drop(connection)


def _settle(connection: PostgresConnection, *, write: bool) -> None:
    wanted = {**_SETTINGS, "default_transaction_read_only": "off" if write else "on"}
    texts = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in wanted.items())
    connection.text(f"SELECT {texts}")
    found = dict(
        connection.text(
            "SELECT name, setting FROM pg_settings WHERE name IN (?, ?, ?)", [*_DURABLE]
        )
    )
    if found["synchronous_commit"] not in _DURABLE["synchronous_commit"]:
        connection.text("SET synchronous_commit TO on")
        found["synchronous_commit"] = connection.text("SHOW synchronous_commit")[0][0]
    for name, right in _DURABLE.items():
        if found[name] not in right:
            raise Refused("hub_setting_unsafe", setting=name, found=found[name])
