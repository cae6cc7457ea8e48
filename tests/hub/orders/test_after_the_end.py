"""An order is over, and its shop tells of it again: nobody picks, or gets, it a second time."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from sync.hub.answers import stamp
from sync.hub.channels.canonical import ChannelOrder, ChannelPayment, ChannelRefund
from sync.hub.database import Connection, Database
from sync.protocol import Handling, ReservationStepped
from tests.hub.orders.ordering import free, kinds, later, line, order, stocked, took, unpaid
from tests.hub.orders.shopping import Ordered, acts, flagged, shop
from tests.hub.righting import joined
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio
TWO = (line(qty=2_000, gross=1_998), line("B1"))


async def test_a_shop_that_has_refunded_but_not_yet_cancelled_opens_nothing_again(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        told = order(line(qty=2_000, gross=1_998))
        one = Ordered(till, books, clock, told)
        await one.ready()
        await one.step("CANCELLED", reason="broken")
        assert acts(books) == ["ready", "refund", "cancel"]
        op = books.text("SELECT op_id FROM channel_outbox WHERE act = 'refund'")[0][0]
        seen = later(told, 2, refunds=(ChannelRefund("r1", 1_998, op),))
        took(books, seen, clock)
        assert [row.state for row in one.rows] == ["CANCELLED"]
        assert (one.whole.state, one.whole.returned, free(books, clock)) == (
            "cancelled",
            1_998,
            5_000,
        )
        took(books, later(seen, 3, state="cancelled"), clock)
        took(books, later(seen, 4), clock)
        assert [row.state for row in one.rows] == ["CANCELLED"], "its money went back: a person"
        assert kinds(books) == ["order_changed"]


def fetched_in_part(told: ChannelOrder) -> ChannelOrder:
    lines = TWO[:1]
    return later(told, 2, lines=lines, total=1_998)


async def test_what_was_fetched_is_not_picked_again_when_its_basket_changes(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=9, B1=9)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        told = order(*TWO)
        one = Ordered(till, books, clock, told)
        await one.ready()
        await one.step("COLLECTED", ("A1", 2_000), ("B1", 1_000))
        took(books, fetched_in_part(told), clock)
        assert ([row.state for row in one.rows], kinds(books)) == (["COLLECTED"], [])
        took(books, later(told, 3, lines=(*TWO, line("C1")), total=3_998), clock)
        assert ([row.state for row in one.rows], kinds(books)) == (
            ["COLLECTED"],
            ["order_changed"],
        )
        assert free(books, clock) == 7_000


async def test_what_was_handed_over_after_all_is_not_made_again_with_the_order(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        till.journal.open_shift()
        told = unpaid(order(line(qty=2_000, gross=1_998)))
        one = Ordered(till, books, clock, told)
        await one.ready()
        sale = one.paying()
        one.fact("COLLECTED", ("A1", 2_000), sale=sale.id, due=1_998)
        gone = ChannelPayment("voided", 0, 0, "")
        took(books, later(told, 2, state="cancelled", payment=gone), clock)
        await till.push()
        took(books, later(told, 3), clock)
        assert [row.state for row in one.rows] == ["CANCELLED"]
        assert kinds(books).count("order_changed") == 1
        assert free(books, clock) == 3_000


@pytest.mark.parametrize("by", ["till", "shop"])
async def test_what_lapsed_and_is_called_off_is_on_sale_again(
    database: Database, books: Connection, clock: HandClock, by: str
) -> None:
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        told = order(line(qty=2_000, gross=1_998))
        one = Ordered(till, books, clock, told)
        if by == "till":
            await one.ready()
        await one.step("LAPSED")
        assert free(books, clock) == 3_000
        if by == "till":
            await one.step("CANCELLED", reason="broken")
        else:
            took(books, later(told, 2, state="cancelled"), clock)
        assert (one.state, free(books, clock), kinds(books)) == ("CANCELLED", 5_000, [])


async def test_of_a_basket_that_changed_while_the_old_one_was_handed_over_the_rest_is_left(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=9)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        told = order(line(qty=2_000, gross=1_998))
        one = Ordered(till, books, clock, told)
        own = one.row.reservation
        took(books, later(told, 2, lines=(line(qty=3_000, gross=2_997),), total=2_997), clock)
        assert [row.state for row in one.rows] == ["CANCELLED", "RESERVED"]
        for name in ("PICKING", "PICKED", "READY", "COLLECTED"):
            one.fact(name, *([("A1", 2_000)] if name != "PICKING" else []), reservation=own)
        await till.push()
        assert [row.state for row in one.rows] == ["CANCELLED", "RESERVED"]
        assert one.row.lines[0].handed == 2_000
        rest = one.rows[1]
        assert [(row.qty, row.total) for row in rest.lines] == [(1_000, 999)]
        assert flagged(books, "late_capture") == [], "one piece is still to be given, no more"
        assert free(books, clock) == 6_000
        assert acts(books)[-1] == "collected"


async def test_what_is_over_has_nothing_to_be_paid(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, unpaid(order(line(qty=2_000, gross=1_998))))
        await one.step("SHORT", ("A1", 2_000), wish="refund")
        assert (one.state, one.row.due, one.account.due) == ("SHORT", 0, 0)


@pytest.mark.parametrize(
    ("wall", "off"),
    [
        ("1970-01-01T00:00:00.000Z", None),
        ("2099-12-31T23:59:59.999Z", None),
        ("2026-11-25T09:00:00.000Z", 10**15),
    ],
)
async def test_goods_wait_for_days_whatever_year_a_till_thinks_it_is(
    database: Database, books: Connection, clock: HandClock, wall: str, off: int | None
) -> None:
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, order(line(qty=2_000)))
        stamped = till.journal.stamp()
        stamped["t"] = replace(stamped["t"], wall=wall, off=off)
        ready = ReservationStepped(
            **stamped,
            reservation=one.row.reservation,
            step="READY",
            lines=(("A1", 2_000),),
            handling=Handling(one.order_id, shelf="B3"),
        )
        till.journal.append(ready)
        assert set(await till.push()) <= {"applied", "exception"}
        assert one.row.ready[:10] == stamp(clock.now())[:10]
        day = (clock.now() + dt.timedelta(days=1)).isoformat()
        assert day[:10] < one.row.keep_until[:10] < "2027"
