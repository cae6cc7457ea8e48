"""Tables brought up while tills sell, and processes of two versions side by side."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pos_app.cli import main
from pos_app.domain.errors import Refused
from sync.hub import migrating, schema
from sync.hub.database import Connection, Database
from tests.hub.tills import HandClock, Till, running
from tests.postgres.drains import check_books

OLDER = (
    "DROP TABLE wrong_code",
    "ALTER TABLE exception DROP COLUMN owner, DROP COLUMN told",
    "ALTER TABLE shift DROP COLUMN expected",
    "DROP INDEX ix_document_shift",
    "UPDATE meta SET value = '2' WHERE name = 'schema_version'",
)
"""What makes a hub as if it were of a version before; there never was one on PostgreSQL."""
NEWER = (
    "CREATE TABLE another (id TEXT PRIMARY KEY)",
    "ALTER TABLE document ADD COLUMN another TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE device ADD COLUMN another BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE event ADD COLUMN another BIGINT",
    f"UPDATE meta SET value = '{schema.VERSION + 1}' WHERE name = 'schema_version'",
)
"""What a version after this one would add."""


def older(books: Connection) -> None:
    for sql in OLDER:
        books.text(sql)


def missing(database: Database) -> list[str]:
    connection = database.server.open(write=True)
    try:
        return [step.told for step in migrating.missing(connection)]
    finally:
        connection.close()


def test_an_older_one_is_brought_up_and_its_rows_stay(
    database: Database, books: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    older(books)
    lacking = {"table wrong_code", "column shift.expected", "index ix_document_shift"}
    assert lacking < set(missing(database))
    assert main(["hub", "migrate", "--check", "--database", database.url]) == 1
    assert "missing: column shift.expected" in capsys.readouterr().out
    assert main(["hub", "migrate", "--database", database.url]) == 0
    assert "added: index ix_document_shift" in capsys.readouterr().out
    assert missing(database) == []
    assert main(["hub", "migrate", "--database", database.url]) == 0
    assert books.text("SELECT value FROM meta WHERE name = 'schema_version'") == [
        (str(schema.VERSION),)
    ]


def test_whoever_connects_brings_it_up_and_of_many_at_once_one_does(
    database: Database, books: Connection
) -> None:
    older(books)
    with ThreadPoolExecutor(5) as pool:
        for connection in pool.map(lambda _: database.connect(write=True), range(5)):
            connection.close()
    assert missing(database) == []


def test_it_does_not_wait_for_a_long_transaction_in_front_of_everybody(
    database: Database, books: Connection, other: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that cannot have its lock steps back, so that those behind it go on."""
    monkeypatch.setattr(migrating, "LOCK_WAIT_S", 0.1)
    monkeypatch.setattr(migrating, "PAUSE_S", 0.01)
    for sql in (OLDER[2], OLDER[4]):
        books.text(sql)
    books.text("BEGIN")
    books.text("SELECT count(*) FROM shift")  # holds the table against any change of it
    with ThreadPoolExecutor(1) as pool:
        connecting = pool.submit(database.connect, write=True)
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
        for _ in range(6_000):
            if other.text(waiting) == [(1,)]:
                break
            threading.Event().wait(0.01)
        other.text("SET lock_timeout TO '5s'")
        for _ in range(20):
            other.text("SELECT count(*) FROM shift")
        books.text("COMMIT")
        connecting.result().close()
    assert missing(database) == []


def test_an_index_that_was_not_finished_is_made_anew(database: Database, books: Connection) -> None:
    older(books)
    books.text("CREATE INDEX ix_document_shift ON document (shift)")
    books.text(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_document_shift'::regclass"
    )
    assert "index ix_document_shift" in missing(database)
    database.connect(write=True).close()
    assert missing(database) == []


def test_tills_sell_on_while_the_tables_are_brought_up(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """What is taken away first is none that a sale writes: a process of before knew none of it."""

    async def story() -> None:
        async with running(database, clock) as client:
            till = Till(client, clock)
            journal = await till.join(database)
            books.text("DROP TABLE wrong_code")
            books.text("DROP INDEX ix_document_shift")
            books.text("UPDATE meta SET value = '2' WHERE name = 'schema_version'")
            coming = asyncio.create_task(asyncio.to_thread(database.connect, write=True))
            while not coming.done() or journal.seq < 40:
                journal.sale()
                reply = await till.pushed(journal.push(journal.seq))
                assert reply.results == ["applied"]
            coming.result().close()
        check_books(books, [journal])

    asyncio.run(story())
    assert missing(database) == []


def test_this_version_goes_on_working_on_the_tables_of_the_next(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story() -> None:
        async with running(database, clock) as client:
            till = Till(client, clock)
            journal = await till.join(database)
            journal.sale()
            await till.pushed(journal.push())
            for sql in NEWER:
                books.text(sql)
            journal.void(journal.sale())
            await till.pushed(journal.push(2))
            again = Till(client, clock)
            await again.join(database, "2")  # and whoever connects anew
        assert books.text("SELECT count(*) FROM document WHERE another = ''") == [(3,)]

    asyncio.run(story())


def test_the_next_version_may_say_that_this_one_must_not(
    database: Database, books: Connection
) -> None:
    for sql in NEWER:
        books.text(sql)
    books.text("UPDATE meta SET value = ? WHERE name = 'schema_works_from'", ("99",))
    with pytest.raises(Refused, match="hub_schema_other"):
        database.connect(write=True)
