"""A hub that an earlier version wrote: opened, brought up, and gone on with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sync.hub import reservations, schema
from sync.hub.database import Connection, Database
from tests.hub.tills import HandClock, Till, play

KEPT = Path(__file__).resolve().parents[1] / "databases"


def kept(tmp_path: Path, name: str) -> Database:
    shutil.copy(KEPT / name, tmp_path / "older.sqlite")
    return Database(f"sqlite:///{tmp_path / 'older.sqlite'}")


@pytest.fixture
def older(tmp_path: Path) -> Database:
    return kept(tmp_path, "hub_v2.sqlite")


def complete(books: Connection) -> None:
    assert books.text("PRAGMA user_version") == [(schema.VERSION,)]
    for table in schema.metadata.sorted_tables:
        held = {name for (name,) in books.text(f"SELECT name FROM pragma_table_info('{table}')")}
        assert held == {column.name for column in table.columns}, table


def test_version_2_has_every_table_and_column_of_the_present_and_all_it_had(
    older: Database,
) -> None:
    books = older.connect(write=True)
    complete(books)
    assert books.text("SELECT count(*), count(DISTINCT hash) FROM event") == [(16, 16)]
    assert books.text("SELECT sum(sales), sum(voids) FROM day_total") == [(13, 1)]
    books.close()


def test_version_2_takes_in_a_new_till_and_its_sales(older: Database) -> None:
    async def story(client: object) -> None:
        till = Till(client, clock)
        journal = await till.join(older, "3")
        journal.open_shift()
        journal.void(journal.sale())
        assert (await till.pushed(journal.push())).results == ["applied"] * 3

    clock = HandClock()
    play(older, clock, story)
    books = older.connect(write=False)
    assert books.text("SELECT count(*), max(n) FROM event") == [(19, 19)]
    assert books.text("SELECT sum(sales), sum(voids) FROM day_total") == [(14, 2)]
    books.close()


def test_version_3_keeps_its_promises_and_takes_orders(tmp_path: Path) -> None:
    books = kept(tmp_path, "hub_v3.sqlite").connect(write=True)
    complete(books)
    assert books.text("SELECT count(*), count(DISTINCT hash) FROM event") == [(12, 12)]
    assert [one.state for one in reservations.every(books)] == ["READY", "RESERVED"]
    assert books.text("SELECT count(*) FROM order_part") == [(0,)]
    books.close()


def test_version_4_keeps_its_orders(tmp_path: Path) -> None:
    books = kept(tmp_path, "hub_v4.sqlite").connect(write=True)
    complete(books)
    assert books.text("SELECT count(*), count(DISTINCT hash) FROM event") == [(9, 9)]
    assert books.text("SELECT external_name, paid, due FROM customer_order ORDER BY 1") == [
        ("W-1", 1_000, 0),
        ("W-2", 0, 2_000),
    ]
    assert books.text("SELECT count(*) FROM order_part WHERE state = 'RESERVED'") == [(2,)]
    books.close()
