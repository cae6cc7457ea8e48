"""Orders in the replica: with the first copy, by the feed, gone when they are long over."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from pos_app.store import order_rows
from pos_app.store.catalogue import CURRENT, Catalogue
from pos_app.store.replica import ReplicaWriter, swap
from sync.protocol import OrderEvent, OrderRow
from tests.store.replica_feed import KEY, product, reply
from tests.till.orders import row

KEPT = Path(__file__).parents[1] / "databases"


def feed(data: Path, *rows: OrderRow, start: int = 0, feed: str = "f1") -> None:
    with ReplicaWriter.open(data, KEY) as writer:
        writer.apply(reply(start, ("order", rows), stream="store:1", feed=feed))


def there(data: Path) -> list[str]:
    with closing(Catalogue.open(data, KEY)) as catalogue:
        found = catalogue.orders(order_rows.FOUND, ("", 100))
    return sorted(each.name for each in found)


def over(number: int, at: str) -> OrderRow:
    return row(number, state="COLLECTED", history=(OrderEvent(at, "collected", "Ben"),))


def test_a_file_built_beside_has_the_orders_that_came_with_it(tmp_path: Path) -> None:
    with ReplicaWriter.create_beside(tmp_path, KEY) as writer:
        writer.apply(reply(0, ("product", [product("T1", "Tea")])))
        writer.apply(reply(0, ("order", [row(1), row(2, version=7)]), stream="store:1"))
        writer.apply(reply(1, ("order", [row(2, version=6, name="W-old")]), stream="store:1"))
        writer.finish()
    swap(tmp_path, KEY)
    assert there(tmp_path) == ["W-1", "W-2"]


def test_what_is_over_goes_after_two_weeks_and_what_is_open_stays(tmp_path: Path) -> None:
    """By the hub's time, which is `HUB_TIME`: one till's clock is years ahead."""
    open_since_long = row(3, placed="2026-09-01T09:00:00.000Z")
    feed(
        tmp_path,
        over(1, "2026-11-11T12:59:59.000Z"),
        over(2, "2026-11-11T13:00:01.000Z"),
        over(4, "2031-01-01T09:00:00.000Z"),
        open_since_long,
    )
    assert there(tmp_path) == ["W-1", "W-2", "W-3", "W-4"]
    feed(tmp_path, row(5), start=1)
    assert there(tmp_path) == ["W-2", "W-3", "W-4", "W-5"]


def test_a_restored_hub_tells_them_anew(tmp_path: Path) -> None:
    feed(tmp_path, row(1))
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.reset_stream("store:1", "f2")
    assert there(tmp_path) == []
    feed(tmp_path, row(1, version=1), feed="f2")
    assert there(tmp_path) == ["W-1"]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_copy_of_before_knows_none_and_stays_in_use(tmp_path: Path, version: int) -> None:
    shutil.copy(KEPT / f"replica_v{version}.sqlite", tmp_path / CURRENT)
    with closing(Catalogue.open(tmp_path, KEY, marks=True)) as catalogue:
        assert catalogue.order_counts() == {}
        for statement in order_rows.BEFORE:
            if statement is not order_rows.COUNTS:
                most = max(statement.count("?"), 1)
                numbers = [each for each in "1234" if f"?{each}" in statement]
                assert catalogue.orders(statement, ("x",) * (len(numbers) or most)) == []
        assert catalogue.source == "current"
    assert not (tmp_path / "replica.damaged").exists()


def test_each_question_is_answered_by_an_index(tmp_path: Path) -> None:
    feed(tmp_path, row(1))
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        for statement in order_rows.BEFORE:
            numbers = max((int(each) for each in "1234" if f"?{each}" in statement), default=0)
            values = ("1",) * (numbers or statement.count("?"))
            plan = writer._connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            told = [line[3] for line in plan if "order_part" in line[3]]
            assert all("INDEX" in each or "rowid" in each for each in told), (statement, told)


def test_a_word_to_one_till_of_a_hub_of_before_is_no_order(tmp_path: Path) -> None:
    """It was called `order` too, in the till's own stream: nothing is read into it, nothing noted."""
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.apply(reply(0, ("order", [["suspend"]]), stream="device:d1"))
        assert writer.cursors()["device:d1"] == ("f1", 1)
        assert not writer.missed()
