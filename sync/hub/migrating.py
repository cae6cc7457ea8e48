"""The hub's tables on PostgreSQL: made, and brought up while processes of two versions work.

A new version only ever adds: tables, columns with a default, indexes. So a process of the version
before goes on working beside it, and the two are exchanged one after the other. Each step is a
transaction of its own that waits for its lock only a moment and comes back later, so nobody queues
up behind it; indexes are made without locking at all. A run that was stopped is gone on with.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Sequence, Table
from sqlalchemy.schema import CreateIndex, CreateTable

from pos_app.domain.errors import Refused, Unavailable
from sync.hub import schema

if TYPE_CHECKING:
    from sync.hub.postgres import PostgresConnection

WORKS_FROM: Final = 3
"""The oldest program version that can go on writing to a database of the present one."""
LOCK_TRIES: Final = 60
LOCK_WAIT_S: Final = 2
PAUSE_S: Final = 0.5
_GATE: Final = 0x486F6C64
"""The advisory lock of whoever changes the tables."""
_VERSION, _FROM = "schema_version", "schema_works_from"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is missing."""

    told: str
    sql: str
    concurrently: bool = False


def _compiled(element: Any) -> str:
    from sync.hub.postgres import ddl_dialect

    return str(element.compile(dialect=ddl_dialect())).strip()


def steps(
    columns_of: dict[str, frozenset[str]], indexes: frozenset[str], sequences: frozenset[str]
) -> Iterator[Step]:
    """What makes the present tables of those that are there."""
    for each in schema.metadata._sequences.values():  # noqa: SLF001 - it lists them no other way
        sequence: Sequence = each
        if sequence.name not in sequences:
            yield Step(f"sequence {sequence.name}", f"CREATE SEQUENCE {sequence.name}")
    for table in schema.metadata.sorted_tables:
        held = columns_of.get(table.name)
        if held is None:
            yield Step(f"table {table.name}", _compiled(CreateTable(table)))
        else:
            yield from _columns(table, held)
    # At last: an index that is made without locks waits for every transaction that is open.
    for table in schema.metadata.sorted_tables:
        held = columns_of.get(table.name)
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            if index.name not in indexes:
                sql = _compiled(CreateIndex(index))
                yield Step(f"index {index.name}", sql, concurrently=held is not None)


def _columns(table: Table, held: frozenset[str]) -> Iterator[Step]:
    from sync.hub.postgres import ddl_dialect

    dialect = ddl_dialect()
    compiler: Any = dialect.ddl_compiler(dialect, CreateTable(table))
    name = dialect.identifier_preparer.quote(table.name)
    for column in table.columns:
        if column.name not in held:
            told = compiler.get_column_specification(column)
            yield Step(
                f"column {table.name}.{column.name}", f"ALTER TABLE {name} ADD COLUMN {told}"
            )


def missing(connection: PostgresConnection) -> list[Step]:
    """What the database lacks, in the order in which it can be added."""
    columns: dict[str, set[str]] = {}
    for table, column in connection.text(
        "SELECT table_name::text, column_name::text FROM information_schema.columns"
        " WHERE table_schema = current_schema()"
    ):
        columns.setdefault(table, set()).add(column)
    indexes = connection.text(
        "SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indisvalid AND c.relnamespace = current_schema()::regnamespace"
    )
    sequences = connection.text(
        "SELECT sequencename::text FROM pg_sequences WHERE schemaname = current_schema()"
    )
    return list(
        steps(
            {name: frozenset(held) for name, held in columns.items()},
            frozenset(name for (name,) in indexes),
            frozenset(name for (name,) in sequences),
        )
    )


def versions(connection: PostgresConnection) -> tuple[int, int] | None:
    """The version of the tables and the oldest program that may write to them; None for no hub."""
    if connection.text("SELECT to_regclass('meta')::text") == [(None,)]:
        return None
    known = dict(connection.text("SELECT name, value FROM meta WHERE name LIKE 'schema%'"))
    return int(known.get(_VERSION, 0)), int(known.get(_FROM, 0))


def needed(connection: PostgresConnection) -> bool:
    """Whether it is a hub of an older version."""
    found = versions(connection)
    return found is not None and 0 < found[0] < schema.VERSION


def check(connection: PostgresConnection, name: str) -> None:
    """Raises Refused("hub_missing" | "hub_schema_other")."""
    found = versions(connection)
    if found is None:
        raise Refused("hub_missing", path=name)
    version, works_from = found
    if version < schema.VERSION or works_from > schema.VERSION:
        raise Refused("hub_schema_other", found=version, need=schema.VERSION)


def create(connection: PostgresConnection) -> None:
    """All tables in one transaction; tables of others in the same database are left alone."""
    with connection.transaction():
        for step in missing(connection):
            connection.text(step.sql)
        for sql in _GUARDS:
            connection.text(sql)
        _note(connection)


def _note(connection: PostgresConnection) -> None:
    for name, value in ((_VERSION, schema.VERSION), (_FROM, WORKS_FROM)):
        connection.text(
            "INSERT INTO meta (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, str(value)),
        )


def bring_up(connection: PostgresConnection, tell: Callable[[str], None] | None = None) -> None:
    """Adds what is missing while others go on working; one process does it, the others wait.

    Raises Unavailable("hub_busy") where a lock was not to be had in two minutes.
    """
    # Tried, not waited for: an index that is made without locks waits for every transaction that
    # is older, and a wait for a lock is one.
    for _ in range(LOCK_TRIES * 10):
        if connection.text("SELECT pg_try_advisory_lock(?)", (_GATE,)) == [(True,)]:
            break
        time.sleep(PAUSE_S)
    else:
        raise Unavailable("hub_busy")
    try:
        connection.text(f"SET lock_timeout TO '{LOCK_WAIT_S}s'")
        connection.text("SET statement_timeout TO 0")
        for step in missing(connection):
            _take(connection, step)
            if tell is not None:
                tell(step.told)
        with connection.transaction():
            for sql in _GUARDS:
                connection.text(sql)
            _note(connection)
    finally:
        if not connection.lost:
            connection.text("SELECT pg_advisory_unlock(?)", (_GATE,))


def _take(connection: PostgresConnection, step: Step) -> None:
    for left in reversed(range(LOCK_TRIES)):
        try:
            if step.concurrently:
                name = step.told.partition(" ")[2]
                # One that was not finished is there and holds nothing.
                connection.text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
                connection.text(step.sql.replace(" INDEX ", " INDEX CONCURRENTLY ", 1))
            else:
                with connection.transaction():
                    connection.text(step.sql)
        except Unavailable:
            if connection.lost or not left:
                raise
            time.sleep(PAUSE_S)
        else:
            return


def drop(connection: PostgresConnection) -> None:
    """Takes every table of a hub away."""
    with connection.transaction():
        for table in reversed(schema.metadata.sorted_tables):
            connection.text(f'DROP TABLE IF EXISTS "{table.name}"')
        for sequence in schema.metadata._sequences:  # noqa: SLF001 - it lists them no other way
            connection.text(f'DROP SEQUENCE IF EXISTS "{sequence}"')
        connection.text("DROP FUNCTION IF EXISTS journal_entry_stays()")


_GUARDS: Final = (
    # As on SQLite: what came stays byte for byte at its place, and only what the hub made of an
    # entry that it could not read may be noted later, once.
    """CREATE OR REPLACE FUNCTION journal_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF TG_OP = 'UPDATE' THEN
           IF OLD.result = 'quarantined' AND NEW.result <> 'quarantined' AND
             (NEW.n, NEW.device, NEW.epoch, NEW.seq, NEW.hash, NEW.sig, NEW.body, NEW.received)
             IS NOT DISTINCT FROM
             (OLD.n, OLD.device, OLD.epoch, OLD.seq, OLD.hash, OLD.sig, OLD.body, OLD.received)
           THEN RETURN NEW; END IF;
           RAISE EXCEPTION 'a journal entry is never changed' USING ERRCODE = '23000';
         END IF;
         RAISE EXCEPTION 'a journal entry is never deleted' USING ERRCODE = '23000';
       END $$""",
    """CREATE OR REPLACE TRIGGER event_stays_as_it_came BEFORE UPDATE OR DELETE ON event
       FOR EACH ROW EXECUTE FUNCTION journal_entry_stays()""",
    """CREATE OR REPLACE TRIGGER event_is_kept BEFORE TRUNCATE ON event
       FOR EACH STATEMENT EXECUTE FUNCTION journal_entry_stays()""",
)
