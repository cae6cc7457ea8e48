"""The same statements, faults and guards on PostgreSQL as on SQLite."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

import sync.hub
from pos_app.domain.errors import Refused, Unavailable
from sync.hub import feed, postgres, schema
from sync.hub.database import (
    Again,
    Connection,
    Database,
    Statement,
    adding,
    dropping,
    numbering,
    putting,
    row_error,
)
from sync.hub.numbers import take
from tests.hub.conftest import hub_made_in
from tests.postgres.server import Databases, Server


def stock_row(sku: str, on_hand: int = 1, store: str = "1") -> tuple[str, str, int, str]:
    return (store, sku, on_hand, "2026-11-25T09:00:00.000Z")


def test_every_statement_of_the_hub_is_one_of_postgresql_too() -> None:
    found = 0
    for module in pkgutil.iter_modules(sync.hub.__path__):
        for made in vars(importlib.import_module(f"sync.hub.{module.name}")).values():
            if isinstance(made, Statement):
                postgres.plan_of(made)
                found += 1
    assert found > 150


def test_every_column_added_since_has_a_default_for_the_version_before() -> None:
    """A process of the version before goes on writing rows that lack it."""
    kept = Database(f"sqlite:///{Path(__file__).parents[1] / 'databases' / 'hub_v2.sqlite'}")
    connection = kept._open(write=False)
    for table in schema.metadata.sorted_tables:
        names = connection.text(f"SELECT name FROM pragma_table_info('{table}')")
        for column in table.columns if names else ():
            if (column.name,) not in names:
                assert column.server_default is not None, column
    connection.close()


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_could_lose_what_was_confirmed_is_refused(
    mortal: Server, setting: str
) -> None:
    mortal.start(**{setting: "off"})
    with pytest.raises(Refused) as refused:
        Database(mortal.admin).connect(write=True)
    mortal.stop()
    assert (refused.value.code, refused.value.facts["setting"]) == ("hub_setting_unsafe", setting)


def test_a_commit_waits_for_the_disk_whatever_the_server_says_and_the_time_is_utc(
    mortal: Server,
) -> None:
    mortal.start(synchronous_commit="off")
    connection = hub_made_in(Database(Databases(mortal.admin).make())).connect(write=True)
    told = dict(
        connection.text(
            "SELECT name, setting FROM pg_settings WHERE name IN ('synchronous_commit', 'TimeZone',"
            " 'lock_timeout', 'idle_in_transaction_session_timeout', 'statement_timeout')"
        )
    )
    assert (told["synchronous_commit"], told["TimeZone"]) == ("on", "UTC")
    assert all(told[name] != "0" for name in told if name.endswith("timeout"))
    connection.close()
    mortal.stop()


def test_no_hub_no_database_and_a_hub_already(empty: Database) -> None:
    with pytest.raises(Refused, match="hub_missing"):
        empty.connect(write=True)
    with pytest.raises(Refused, match="hub_missing"):
        Database(empty.url.replace("/hf_", "/no_")).connect(write=True)
    hub_made_in(empty)
    with pytest.raises(Refused, match="hub_exists"):
        hub_made_in(empty)
    empty.connect(write=False).close()


def test_a_server_that_is_away_is_no_fault_of_the_message(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="hub_busy"):
        Database(f"postgresql+psycopg://x@/x?host={tmp_path}").connect(write=True)


def test_who_only_reads_cannot_write(database: Database) -> None:
    reading = database.connect(write=False)
    with pytest.raises(Unavailable, match="hub_read_only"):
        reading.run(adding(schema.stock), stock_row("A"))
    reading.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET body = '\\x00' WHERE n = 1",
        "UPDATE event SET received = '' WHERE n = 1",
        "DELETE FROM event",
        "TRUNCATE event",
    ],
)
def test_a_journal_entry_is_never_changed_nor_deleted(books: Connection, change: str) -> None:
    row = (1, "dev", 1, 1, "id", "sale", b"h", b"s", b"body", "now", "applied", None)
    books.run(adding(schema.event), row)
    with pytest.raises(row_error, match="never"):
        books.text(change)
    assert books.text("SELECT body FROM event") == [(b"body",)]


def test_what_the_hub_made_of_an_entry_it_could_not_read_is_noted_once(books: Connection) -> None:
    row = (1, "dev", 1, 1, None, "", b"h", b"s", b"body", "now", "quarantined", None)
    books.run(adding(schema.event), row)
    books.text("UPDATE event SET result = 'applied', id = 'x', type = 'sale'")
    with pytest.raises(row_error, match="never changed"):
        books.text("UPDATE event SET result = 'exception'")


@pytest.mark.parametrize("count", [1, 3, 40, 300])
def test_many_rows_are_the_same_whichever_way_they_go(
    books: Connection, tmp_path: Path, count: int
) -> None:
    """One by one, in a row, by COPY, and by COPY aside: as SQLite has it."""
    file = hub_made_in(Database(f"sqlite:///{tmp_path / 'hub.sqlite'}")).connect(write=True)
    rows = [stock_row(f"S{place:04}", place - 20) for place in range(count)]
    half = [stock_row(f"S{place:04}", 5) for place in range(0, 2 * count, 2)]
    twice = [stock_row("S0000", 1), stock_row("S0000", 2)] * max(count // 2, 1)
    moves = [("1", f"S{place}", place, 'a "cause"\t\\N', "now") for place in range(count)]
    for connection in (books, file):
        with connection.transaction():
            connection.many(adding(schema.stock), rows)
            connection.many(putting(schema.stock, summing=("on_hand",)), half)
            connection.many(putting(schema.stock, summing=("on_hand",)), twice)
            connection.many(adding(schema.stock, ignore=True), half)
            connection.many(numbering(schema.stock_move), moves)
            gone = [("1", row[1]) for row in rows[::3]] + [("2", "S0001"), ("1", "S0000")]
            connection.many(dropping(schema.stock, "store_id", "sku"), gone)
    for sql in ("SELECT * FROM stock ORDER BY sku", "SELECT * FROM stock_move ORDER BY move"):
        assert books.text(sql) == file.text(sql)
    file.close()


@pytest.mark.parametrize("count", [1, 40])
def test_a_row_that_does_not_fit_is_the_rows_fault_and_undone_alone(
    books: Connection, count: int
) -> None:
    books.run(adding(schema.stock), stock_row("OLD"))
    good = [stock_row(f"S{place}") for place in range(count)]
    bad_rows = [
        stock_row("X", 2**63),
        stock_row("OLD"),
        stock_row("nul\x00"),
        ("1", "X", None, "now"),
        ("1", "X", {}, "now"),
    ]
    with books.transaction():
        for bad in bad_rows:
            with pytest.raises(row_error), books.savepoint("part"):
                books.many(adding(schema.stock), [*good, bad])
        books.many(adding(schema.stock), good)
    assert books.text("SELECT count(*) FROM stock") == [(count + 1,)]


def test_what_was_copied_aside_and_undone_is_copied_aside_again(books: Connection) -> None:
    put, rows = putting(schema.stock), [stock_row(f"S{place}") for place in range(200)]
    for undone in (True, False, True, False):
        with contextlib.suppress(KeyError), books.transaction(), books.savepoint("part"):
            books.many(put, rows)
            if undone:
                raise KeyError
    assert books.text("SELECT count(*) FROM stock") == [(200,)]


def test_rows_come_one_by_one_and_a_look_that_is_broken_off_leaves_nothing_open(
    books: Connection, other: Connection
) -> None:
    books.many(adding(schema.stock), [stock_row(f"S{place:05}") for place in range(3_000)])
    all_rows = Statement("", select(schema.stock.c.sku).order_by(schema.stock.c.sku))
    for seen, (sku,) in enumerate(books.each(all_rows)):
        assert sku == f"S{seen:05}"
        if seen == 20:
            assert books.one(all_rows) == ("S00000",), "another question in between"
            break
    assert other.text(
        "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%' AND datname ="
        " current_database()"
    ) == [(0,)]
    assert sum(1 for _ in books.each(all_rows)) == 3_000


def test_numbers_are_never_given_twice_and_grow(database: Database) -> None:
    def many(_: int) -> list[list[int]]:
        connection = database.connect(write=True)
        found = []
        for place in range(20):
            with connection.transaction():
                found.append(take(connection, 1 + place))
        connection.close()
        return found

    with ThreadPoolExecutor(4) as pool:
        each = list(pool.map(many, range(4)))
    for one in each:
        flat = [number for part in one for number in part]
        assert flat == sorted(flat)
    every = [number for one in each for part in one for number in part]
    assert len(set(every)) == len(every) == 4 * 210


def test_a_ring_of_waiting_ends_with_one_that_may_try_again(
    books: Connection, other: Connection
) -> None:
    books.many(adding(schema.stock), [stock_row("A"), stock_row("B")])
    met = threading.Barrier(2)

    def both(connection: Connection, first: str, second: str) -> str:
        try:
            with connection.transaction():
                connection.lock(schema.stock, ("1", first))
                met.wait(60)
                connection.lock(schema.stock, ("1", second))
        except Again:
            return "again"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(both, books, "A", "B"), pool.submit(both, other, "B", "A")]
        assert sorted(end.result() for end in ends) == ["again", "done"]
    with books.transaction():  # and it may, on the same connection
        books.lock(schema.stock, ("1", "A"), ("1", "B"))


def test_rows_asked_for_together_are_taken_in_order(books: Connection, other: Connection) -> None:
    """The same two in two orders, a hundred times: never a ring."""
    books.many(adding(schema.stock), [stock_row("A"), stock_row("B")])

    def often(connection: Connection, *keys: tuple[str, str]) -> None:
        for _ in range(100):
            with connection.transaction():
                connection.lock(schema.stock, *keys)
                connection.lock_name(*(sku for _, sku in keys))

    with ThreadPoolExecutor(2) as pool:
        a, b = ("1", "A"), ("1", "B")
        for end in [pool.submit(often, books, a, b), pool.submit(often, other, b, a)]:
            end.result()


def test_whoever_waits_too_long_for_a_lock_is_told_to_try_again(
    books: Connection, other: Connection
) -> None:
    books.run(adding(schema.stock), stock_row("A"))
    other.text("SET lock_timeout TO '50ms'")
    with books.transaction():
        books.lock(schema.stock, ("1", "A"))
        with pytest.raises(Again), other.transaction():
            other.lock(schema.stock, ("1", "A"))


def test_a_transaction_that_says_nothing_for_long_is_ended_and_holds_up_nobody(
    books: Connection, other: Connection
) -> None:
    books.text("SET idle_in_transaction_session_timeout TO '100ms'")
    before = feed.positions(books)[feed.GLOBAL]

    def publish(connection: Connection, then: Callable[[], object]) -> None:
        with connection.transaction():
            feed.append(connection, {feed.GLOBAL: [("product", b"[]")]})
            then()

    def the_other() -> None:
        """Gets the counter as soon as the silent one is ended."""
        publish(other, lambda: None)
        books.text("SELECT 1")

    with pytest.raises(Unavailable):
        publish(books, the_other)
    assert feed.positions(other)[feed.GLOBAL] == before + 1


def test_text_is_in_the_order_of_its_bytes(books: Connection) -> None:
    skus = ["a", "B", "Z", "ä", "-", "10", "9", "_"]
    books.many(adding(schema.stock), [stock_row(sku) for sku in skus])
    got = books.text("SELECT sku FROM stock ORDER BY sku")
    assert [sku for (sku,) in got] == sorted(skus)
