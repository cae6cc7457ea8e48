"""Counts at the hub: against the stock of the moment, whatever arrives when."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest

from pos_app.domain.basket import Basket, Line
from pos_app.domain.day import parse_utc, utc_text
from sync.hub import exceptions, rebuilding
from sync.hub.catalogue import Changes
from sync.hub.database import Connection, Database
from sync.protocol import CountedLine, StockCounted
from tests.hub.journals import DAY, GOODS, sale_of
from tests.hub.righting import Asking, joined, new_id
from tests.hub.tills import HandClock, play

SKU = GOODS[0][0]


class Shop:
    def __init__(self, first: Asking, second: Asking, database: Database) -> None:
        self.first, self.second, self.database = first, second, database

    def sell(self, till: Asking, pieces: int) -> str:
        """Sold, not sent; when that was."""
        journal = till.journal
        _, label, amount, tax, code = GOODS[0]
        line = Line(1, SKU, label, 1_000 * pieces, amount, tax, code=code)
        opened = "2026-11-25T09:00:00.000Z"
        fact = sale_of(journal, Basket(new_id(), "EUR", opened, DAY, (line,)))
        journal.append(fact)
        return fact.t.wall

    async def count(self, till: Asking, counted: int, at: str, **more: Any) -> list[str]:
        line = CountedLine(SKU, counted, at, book=more.pop("book", 0), value=more.pop("value", 0))
        said = {"count": f"c-{at}", "name": "Socks", "scope": "free", "currency": "EUR"}
        return await till.tell(StockCounted, **said, lines=[line], **more)


def counted(database: Database, story: Any, stock: int = 20_000) -> Connection:
    clock = HandClock()
    books = database.connect(write=True)
    with books.transaction():
        Changes(stock={SKU: stock}).write(books, "1", "2026-11-24T09:00:00.000Z", "count")
    books.close()

    async def whole(client: httpx.AsyncClient) -> None:
        first = await joined(client, clock, database, "1")
        second = await joined(client, clock, database, "2")
        await story(Shop(first, second, database))

    play(database, clock, whole)
    books = database.connect(write=True)
    assert list(rebuilding.differences(books)) == []
    return books


def later(moment: str, seconds: float) -> str:
    return utc_text(parse_utc(moment) + dt.timedelta(seconds=seconds))


def stands(books: Connection) -> tuple[int, int]:
    """On hand, and what the last count was off by."""
    on_hand = books.text(f"SELECT on_hand FROM stock WHERE sku = '{SKU}'")
    off = books.text("SELECT counted - book FROM stock_count_line ORDER BY at DESC")
    return on_hand[0][0], off[0][0]


@pytest.mark.both_engines
def test_what_was_sold_after_the_scan_is_no_difference(database: Database) -> None:
    """Counted 20 of 20, then 3 are sold before the count is told."""

    async def story(shop: Shop) -> None:
        at = utc_text(shop.first.journal.now)
        shop.sell(shop.first, 2)
        shop.sell(shop.second, 1)
        await shop.second.push()
        await shop.count(shop.first, 20_000, at)

    books = counted(database, story)
    assert stands(books) == (17_000, 0)
    books.close()


@pytest.mark.both_engines
def test_what_another_till_tells_late_of_before_the_scan_was_counted_already(
    database: Database,
) -> None:
    """A till without a line sells 3; 17 are counted; the till comes back: 17 stay, nothing is off."""

    async def story(shop: Shop) -> None:
        sold = shop.sell(shop.second, 3)
        at = later(sold, 60)
        await shop.count(shop.first, 17_000, at, value=-900, book=20_000)
        await shop.second.push()

    books = counted(database, story)
    assert stands(books) == (17_000, 0)
    books.close()


def test_what_another_till_sold_after_the_scan_and_tells_late_leaves_the_shelf(
    database: Database,
) -> None:
    async def story(shop: Shop) -> None:
        at = utc_text(shop.second.journal.now)
        shop.sell(shop.second, 3)
        await shop.count(shop.first, 19_000, at)
        await shop.second.push()

    books = counted(database, story)
    assert stands(books) == (16_000, -1_000)
    books.close()


def test_of_two_counts_the_later_moment_holds(database: Database) -> None:
    async def story(shop: Shop) -> None:
        at = utc_text(shop.first.journal.now)
        await shop.count(shop.first, 18_000, later(at, 600))
        await shop.count(shop.second, 25_000, at)

    books = counted(database, story)
    assert stands(books) == (18_000, -2_000)
    books.close()


def test_a_second_count_stands_on_the_first(database: Database) -> None:
    async def story(shop: Shop) -> None:
        at = utc_text(shop.first.journal.now)
        await shop.count(shop.first, 18_000, at)
        await shop.count(shop.first, 17_000, later(at, 600))

    books = counted(database, story)
    assert stands(books) == (17_000, -1_000)
    books.close()


def test_a_count_far_off_is_told_of_and_a_small_one_is_not(database: Database) -> None:
    async def story(shop: Shop) -> None:
        at = utc_text(shop.first.journal.now)
        small = await shop.count(shop.first, 19_000, at, book=20_000, value=-499)
        assert small == ["applied"]
        far = await shop.count(shop.first, 2_000, later(at, 60), book=19_000, value=-17_000)
        assert far == ["exception"]

    books = counted(database, story)
    kinds = [(one.kind, one.amount) for one in exceptions.every(books)]
    assert kinds == [("count_difference", 17_000)]
    books.close()
