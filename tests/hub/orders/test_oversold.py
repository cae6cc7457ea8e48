"""The last piece is sold at a till while an order holds it: told at once, over when goods come."""

from __future__ import annotations

import pytest

from pos_app.domain.basket import Basket, Line
from sync.hub import exceptions
from sync.hub.answers import stamp
from sync.hub.database import Connection, Database
from sync.hub.orders import clock as hours
from sync.hub.orders import oversold
from tests.hub.journals import DAY, sale_of
from tests.hub.orders.ordering import kinds, line, on_hand, order, stocked, took
from tests.hub.orders.shopping import Ordered, flagged, shop
from tests.hub.righting import Asking, joined, new_id, second_store
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio


async def sold(till: Asking, sku: str = "A1", qty: int = 1_000) -> list[str]:
    line_ = Line(1, sku, f"Article {sku}", qty, 500, "reduced")
    basket = Basket(new_id(), "EUR", stamp(till.journal.now), DAY, (line_,))
    till.journal.append(sale_of(till.journal, basket))
    return await till.push()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is promised is looked up anew with each batch, as after two seconds."""
    monkeypatch.setattr(oversold, "REMEMBER_S", 0.0)


async def test_the_last_piece_sold_while_an_order_holds_it_is_told_when_it_is_booked(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    second_store(books)
    stocked(books, clock, A1=3)
    stocked(books, clock, store="2", A1=1)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        took(books, order(line(qty=2_000, gross=1_998)), clock)
        assert await sold(till) == ["applied"]
        assert kinds(books) == [], "two are there and two are promised"
        await sold(till)
        assert kinds(books) == ["oversell"]
        (case,) = exceptions.every(books, waiting=True)
        assert case.detail.startswith("A1: 1 too few for W-1; store 2 has it")
        assert (case.store_id, len(case.facts)) == ("1", 1)
        await sold(till)
        assert kinds(books) == ["oversell"], "told once, as long as it lasts"
        hours.look(books, clock.now())
        assert kinds(books) == ["oversell"]
        stocked(books, clock, A1=1)
        hours.look(books, clock.now())
        assert [one.state for one in exceptions.every(books)] == ["open"], "still one too few"
        stocked(books, clock, A1=1)
        hours.look(books, clock.now())
        assert [one.state for one in exceptions.every(books)] == ["settled"]
        clock.forward(minutes=1)
        await sold(till)
        assert kinds(books) == ["oversell", "oversell"], "another time is another one"


async def test_what_is_handed_over_of_an_order_oversells_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=2)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, order(line(qty=2_000, gross=1_998)))
        await one.ready()
        await one.step("COLLECTED", ("A1", 2_000))
        assert (on_hand(books), kinds(books)) == (0, [])
        hours.look(books, clock.now())
        assert kinds(books) == []


async def test_goods_nobody_ordered_are_not_looked_at(
    database: Database, books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=1, B1=1)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        took(books, order(line("B1")), clock)
        await sold(till, qty=5_000)
        assert "oversell" not in kinds(books)
        assert flagged(books, "oversell") == []


async def test_a_promise_that_nobody_remembered_yet_is_found_by_the_next_look(
    database: Database,
    books: Connection,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop(books)
    stocked(books, clock, A1=1)
    monkeypatch.setattr(oversold, "REMEMBER_S", 3_600.0)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        await sold(till, "C9")
        took(books, order(), clock)
        await sold(till)
        assert "oversell" not in kinds(books)
        assert hours.look(books, clock.now()) >= 1
        assert kinds(books).count("oversell") == 1
