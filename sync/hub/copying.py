"""A hub moved to another database: every row as it is, proven by counts and hashes.

Feeds keep their names and positions, so no till notices; keys, codes and what was seen of whom are
among the rows. The source is kept from being written to meanwhile, and notes where it went to, so
that nobody serves from it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import Boolean, Table, select

from pos_app.domain.errors import Refused
from sync.hub import schema, sqlite_file
from sync.hub.database import Connection, Database, Statement, adding, putting
from sync.hub.identity import set_value, value_of

ROWS: Final = 5_000
"""Rows that go over together."""
MOVED: Final = "moved_to"
_OWN: Final = ("schema_", MOVED)
"""Rows of `meta` that a database says of itself."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One table that went over; `digest` is of all its rows, read back where they came to."""

    table: str
    rows: int
    digest: str


def copy(
    source: Database, target: Database, tell: Callable[[Copied], None] | None = None
) -> list[Copied]:
    """Makes of an empty `target` what `source` is. All of it or nothing.

    Nobody may serve from the source: what it takes in after this would be there alone. Raises
    Refused("hub_exists" | "hub_moved" | "hub_serves" | "hub_copy_differs") and what opening them
    raises.
    """
    if source.url.startswith("sqlite") and not sqlite_file.is_idle(source.path):
        raise Refused("hub_serves", path=str(source.path))
    reading = source.connect(write=True)
    try:
        refuse_moved(reading)
        writing = target.create()
        try:
            with reading.transaction():
                done = _over(reading, writing, tell)
                set_value(reading, MOVED, target.said)
        except BaseException:
            writing.close()
            target.remove()
            raise
        writing.close()
    finally:
        reading.close()
    return done


def refuse_moved(connection: Connection) -> None:
    """Raises Refused("hub_moved") for a database whose hub lives in another one by now."""
    went = value_of(connection, MOVED)
    if went:
        raise Refused("hub_moved", url=went)


def _over(
    reading: Connection, writing: Connection, tell: Callable[[Copied], None] | None
) -> list[Copied]:
    done = []
    sent: dict[str, Copied] = {}
    with writing.transaction():
        for table in schema.metadata.sorted_tables:
            sent[table.name] = _send(reading, writing, table)
        writing.count_on(schema.metadata)
    for table in schema.metadata.sorted_tables:
        arrived = Copied(table.name, *_digest(_rows(writing, table)))
        if arrived != sent[table.name]:
            raise Refused("hub_copy_differs", table=table.name)
        done.append(arrived)
        if tell is not None:
            tell(arrived)
    return done


def _send(reading: Connection, writing: Connection, table: Table) -> Copied:
    statement = putting(table) if table is schema.meta else adding(table)
    told, count = sha256(), 0
    part: list[Sequence[object]] = []
    for row in _rows(reading, table):
        part.append(row)
        count += 1
        told.update(_encoded(row))
        if len(part) == ROWS:
            writing.many(statement, part)
            part = []
    writing.many(statement, part)
    return Copied(table.name, count, told.hexdigest())


def _digest(rows: Iterator[Sequence[object]]) -> tuple[int, str]:
    told, count = sha256(), 0
    for row in rows:
        told.update(_encoded(row))
        count += 1
    return count, told.hexdigest()


def _encoded(row: Sequence[object]) -> bytes:
    return msgspec.msgpack.encode(row)


def _rows(connection: Connection, table: Table) -> Iterator[Sequence[object]]:
    """The rows of a table in the order of its key, in the kinds that its columns say."""
    flags = [place for place, one in enumerate(table.columns) if isinstance(one.type, Boolean)]
    own = table is schema.meta
    for found in connection.each(Statement("", select(table).order_by(*table.primary_key))):
        if own and str(found[0]).startswith(_OWN):
            continue
        row: list[Any] = [_plain(value) for value in found]
        for place in flags:
            row[place] = bool(row[place])
        yield row


def _plain(value: object) -> object:
    """Text without the one sign that PostgreSQL keeps in no text; a till's body has it as it was."""
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value
