"""An order is opened again while its old bag is out: nobody picks it twice, nobody gets it twice."""

from __future__ import annotations

import datetime as dt

import pytest

from sync.hub import exceptions
from sync.hub.database import Connection, Database
from sync.hub.orders import clock as hours
from sync.hub.orders import remaking
from tests.hub.orders.ordering import free, kinds, later, line, on_hand, order, stocked, took
from tests.hub.orders.shopping import Ordered, acts, flagged, heard, shop
from tests.hub.righting import Asking, joined
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio
TWO = (line(qty=2_000, gross=1_998),)


async def reopened(till: Asking, books: Connection, clock: HandClock) -> Ordered:
    """Packed, called off by the shop, and opened again by it: the bag lies where it lay."""
    told = order(*TWO)
    one = Ordered(till, books, clock, told)
    await one.ready()
    took(books, later(told, 2, state="cancelled"), clock)
    assert one.state == "CANCELLING"
    took(books, later(told, 3), clock)
    return one


async def test_nothing_is_promised_a_second_time_before_the_first_bag_is_back(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = await reopened(till, books, clock)
        assert ([row.state for row in one.rows], one.whole.state) == (["CANCELLING"], "open")
        assert free(books, clock) == 3_000, "the bag's goods, once"
        assert [detail for _, detail in flagged(books, "order_changed")] == [
            "W-1: open again, and its first bag is not back"
        ]
        assert await one.step("CANCELLED") == ["applied"]
        assert [row.state for row in one.rows] == ["CANCELLED", "RESERVED"]
        assert (free(books, clock), one.rows[1].total) == (3_000, 1_998)
        assert [case.state for case in exceptions.every(books)] == ["settled"]


async def test_a_bag_that_was_fetched_after_all_is_the_order_and_nothing_is_refunded(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = await reopened(till, books, clock)
        assert await one.step("COLLECTED", ("A1", 2_000)) == ["applied"]
        assert (one.state, one.whole.state, one.row.lines[0].handed) == ("CANCELLED", "done", 2_000)
        assert (on_hand(books), free(books, clock)) == (3_000, 3_000)
        assert acts(books)[-1] == "collected"
        assert "refund" not in acts(books)
        assert [case.state for case in exceptions.every(books)] == ["settled"]


async def test_a_person_may_have_it_picked_anyway_and_a_no_show_refunds_only_what_nobody_has(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=9)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = await reopened(till, books, clock)
        with books.transaction():
            remaking.retake(books, one.order_id, clock.now(), "Eve")
        assert [row.state for row in one.rows] == ["CANCELLING", "RESERVED"]
        own, second = (row.reservation for row in one.rows)
        assert await one.step("COLLECTED", ("A1", 1_000), reservation=own) == ["applied"]
        assert [(row.qty, row.total) for row in one.rows[1].lines] == [(1_000, 999)]
        for name in ("PICKING", "PICKED", "READY"):
            goods = () if name == "PICKING" else (("A1", 1_000),)
            one.fact(name, *goods, reservation=second)
        await till.push()
        clock.forward(days=40)
        till.journal.now += dt.timedelta(days=40)
        await one.step("KEPT", reservation=second)
        hours.look(books, clock.now())
        await one.step("LAPSED", reservation=second)
        await one.step("RESTOCKED", reservation=second)
        refunds = [(amount, lines) for act, amount, lines in heard(books) if act == "refund"]
        assert refunds == [(999, (("L-A1", 1_000),))], "one piece is in the customer's hands"
        assert on_hand(books) == 8_000


async def test_a_bag_that_is_called_off_for_good_is_planned_no_more(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        told = order(*TWO)
        one = Ordered(till, books, clock, told)
        await one.ready()
        took(books, later(told, 2, state="cancelled"), clock)
        await one.step("CANCELLED")
        assert [row.state for row in one.rows] == ["CANCELLED"]
        assert (free(books, clock), kinds(books)) == (5_000, [])
