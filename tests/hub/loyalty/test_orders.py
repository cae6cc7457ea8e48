"""Orders of members earn by what was handed over, and lose what comes back, to whomever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sync.hub import right_check
from sync.hub.answers import stamp
from sync.hub.customers import book
from sync.hub.database import Connection, Database
from sync.hub.loyalty import jobs, ledger, orders, programmes
from sync.protocol import CustomerFields
from tests.hub.orders.ordering import line, order, stocked
from tests.hub.orders.shopping import shop
from tests.hub.returning.coming_back import back, fetched, one
from tests.hub.righting import joined
from tests.hub.tills import HandClock, running
from tests.till.membering import CLUB

pytestmark = pytest.mark.anyio
MIRA = "0197a1c2-0000-7000-8000-00000000c11a"
TWO = (line(qty=3_000, gross=2_000), line("B1", gross=1_500))


def member(books: Connection, clock: HandClock, *, is_member: bool = True, **changes: Any) -> None:
    with books.transaction():
        programmes.put(books, replace(CLUB, version=0, **changes), stamp(clock.now()))
        fields = CustomerFields(name="Mira", member=is_member)
        book.save(books, MIRA, fields, clock.now())


def hers(books: Connection, order_id: str) -> None:
    with books.transaction():
        books.text(f"UPDATE customer_order SET customer = '{MIRA}' WHERE order_id = '{order_id}'")


def told(books: Connection) -> list[tuple[int, str]]:
    return [(each.points, each.reason) for each in ledger.statement(books, MIRA)]


async def test_an_order_earns_once_and_loses_what_comes_back(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5, B1=5)
    member(books, clock)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        own = await fetched(till, books, clock, order(*TWO))
        hers(books, own.order_id)
        for _again in range(2):
            jobs.look_at_orders(books, clock.now())
        assert told(books) == [(35, "order")]
        assert orders.points_of(books, own.order_id) == (MIRA, {1: 20, 2: 15})
        doc = await one(till, number="W-1")
        assert (doc.sale.points_account, [row.points for row in doc.sale.lines]) == (MIRA, [20, 15])
        for _third in range(3):
            back(till, doc, {1: 1_000})
            assert await till.push() == ["applied"]
            with books.transaction():
                orders.settle(books, own.order_id, clock.now())
            doc = await one(till, number="W-1")
        back(till, doc, {2: 1_000})
        assert await till.push() == ["applied"]
        for _again in range(2):
            with books.transaction():
                orders.settle(books, own.order_id, clock.now())
    assert [points for points, _ in told(books)] == [35, -7, -6, -7, -15]
    assert {why for _, why in told(books)} == {"order", "reversed"}
    assert right_check.differences(books) == []


async def test_a_channel_has_its_own_percent_and_strangers_earn_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5, B1=5)
    member(books, clock, channels={"web": 50}, is_member=False)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        own = await fetched(till, books, clock, order(*TWO))
        hers(books, own.order_id)
        with books.transaction():
            assert orders.settle(books, own.order_id, clock.now()) == 0
        member(books, clock, channels={"web": 50})
        with books.transaction():
            assert orders.settle(books, own.order_id, clock.now()) == 17
