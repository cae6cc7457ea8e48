"""What cannot be found: from elsewhere, replaced, or paid back; and the money of it, once."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.channels.canonical import ChannelRefund
from sync.hub.database import Connection, Database, adding
from sync.hub.orders import money, remaking
from tests.hub.orders.ordering import (
    free,
    kinds,
    later,
    line,
    on_hand,
    order,
    stocked,
    took,
    unpaid,
)
from tests.hub.orders.shopping import Ordered, acts, flagged, heard, shop
from tests.hub.righting import joined, second_store
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio
_ADD_PRICE = adding(schema.price)


async def test_money_goes_back_once_and_to_the_penny(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        told = order(line(qty=3_000, gross=1_000))
        one = Ordered(till, books, clock, told)
        await one.step("PICKED", ("A1", 1_000))
        for _ in range(2):
            await one.step("SHORT", ("A1", 1_000), wish="refund", reason="broken")
        assert [amount for act, amount, _ in heard(books) if act == "refund"] == [334, 333]
        assert (one.state, free(books, clock)) == ("PICKING", 4_000)
        # The shop tells of the refunds that it was asked for: nothing is owed a second time.
        seen = (ChannelRefund("r1", 334), ChannelRefund("r2", 333))
        took(books, later(told, 8, refunds=seen), clock)
        # Some shops take off the line what they gave back: that is no other basket.
        took(
            books, later(replace(told, lines=(line(qty=1_000, gross=333),)), 9, refunds=seen), clock
        )
        assert kinds(books) == []
        assert (one.account.asked, one.account.foreign, one.account.returned) == (667, 0, 667)
        await one.step("READY", ("A1", 1_000))
        await one.step("COLLECTED", ("A1", 1_000))
        assert (one.state, one.whole.state) == ("COLLECTED", "done")
        assert one.account.can_go_back == 333
        assert (
            books.text("SELECT kind, qty FROM signal WHERE kind = 'short_pick'")
            == [("short_pick", 1_000)] * 2
        )


async def test_nothing_of_it_is_there(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """All is paid back with what bringing it cost, and the shop hears that it is off, once."""
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        told = replace(order(line(qty=2_000, gross=1_999)), shipping=300, total=2_299)
        told = replace(told, payment=replace(told.payment, paid=2_299))
        one = Ordered(till, books, clock, told)
        await one.step("SHORT", ("A1", 2_000), wish="refund")
        assert (one.state, one.whole.state, acts(books)) == (
            *("SHORT", "cancelled"),
            ["refund", "refund", "cancel"],
        )
        assert sum(amount for _, amount, _ in heard(books)) == 2_299
        assert (free(books, clock), on_hand(books)) == (5_000, 5_000)


async def test_less_is_due_where_it_is_paid_at_the_counter(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, unpaid(order(line(qty=3_000, gross=1_000))))
        await one.step("SHORT", ("A1", 1_000), wish="refund")
        assert (one.row.due, acts(books)) == (666, []), "nothing was paid, nothing goes back"


@pytest.mark.both_engines
@pytest.mark.usefixtures("remade")
async def test_another_store_has_it_and_sends_it(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    second_store(books)
    stocked(books, clock, A1=5, A2=5)
    stocked(books, clock, "2", A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        told = unpaid(order(line(qty=2_000, gross=1_001), line("A2", gross=400)))
        one = Ordered(till, books, clock, told)
        await one.step("SHORT", ("A1", 1_000), wish="resource")
        here, there = one.rows
        assert [(each.sku, each.qty, each.total) for each in here.lines] == [
            ("A1", 1_000, 500),
            ("A2", 1_000, 400),
        ]
        assert (there.way, there.to_store, there.lines[0].qty, there.lines[0].total) == (
            *("bring", "1", 1_000),
            501,
        )
        assert (here.due, free(books, clock, store="2")) == (1_401, 4_000)
        assert kinds(books) == []
        # It is sent, and store 1 has another part to hand over; the goods are in its books then.
        await one.step("COLLECTED", ("A1", 1_000), reservation=there.reservation, carrier="van")
        came = one.rows[2]
        assert (came.way, came.state, came.total, came.code != "") == (
            *("pickup", "RESERVED", 501),
            True,
        )
        await one.step("READY", ("A1", 1_000), ("A2", 1_000))
        await one.step("READY", ("A1", 1_000), reservation=came.reservation)
        assert sum(row.due for row in one.rows if row.state == "READY") == 1_401
        before = on_hand(books)
        await one.step("COLLECTED", ("A1", 1_000), reservation=came.reservation)
        assert on_hand(books) == before - 1_000
        assert acts(books) == ["ready", "ready", "collected"]


async def test_nobody_has_it_and_a_person_is_told(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, order(line(qty=2_000)))
        await one.step("SHORT", ("A1", 1_000), wish="resource")
        assert flagged(books, "reservation_short") == [(500, "W-1")]
        assert (one.state, one.row.lines[0].short, len(one.rows)) == ("PICKING", 1_000, 1)
        await one.step("SHORT", ("A1", 1_000))
        assert (one.state, one.whole.state, acts(books)) == ("SHORT", "open", [])
        with books.transaction():
            assert remaking.retake(books, one.order_id, clock.now(), "M") == ()
        assert [row.state for row in one.rows] == ["SHORT", "RESERVED"]
        again = one.rows[1].reservation
        await one.step("COLLECTED", ("A1", 2_000), reservation=again)
        assert (one.whole.state, acts(books)) == ("done", ["collected"])


@pytest.mark.parametrize(("price", "back"), [(600, 400), (1_000, 0), (5_000, 0)])
async def test_a_replacement_is_never_dearer(
    database: Database, books: Connection, clock: HandClock, price: int, back: int
) -> None:
    shop(books)
    stocked(books, clock, A1=5, A2=5)
    with books.transaction():
        books.run(_ADD_PRICE, ("A2", "retail", "EUR", "", "", price, 0))
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, order())
        instead = (("A1", "A2", 1_000),)
        await one.step("PICKED", ("A1", 1_000), instead=instead, wish="substitute")
        assert one.row.lines[0].instead == "A2"
        await one.step("READY", ("A1", 1_000))
        clock.forward(minutes=5)
        await one.step("COLLECTED", ("A2", 1_000), instead=instead)
        refunds = [amount for act, amount, _ in heard(books) if act == "refund"]
        assert refunds == ([back] if back else [])
        assert (one.state, on_hand(books), on_hand(books, "A2")) == ("COLLECTED", 5_000, 4_000)
        assert free(books, clock) == 5_000


@pytest.mark.parametrize(
    ("shop_has", "acts_of_shop", "by_hand"),
    [(0, [], [(333, "W-1001: broken")]), (200, [200], [(133, "W-1001: broken")])],
)
async def test_what_a_store_took_is_given_back_by_a_person(
    database: Database,
    books: Connection,
    clock: HandClock,
    shop_has: int,
    acts_of_shop: list[int],
    by_hand: list[tuple[int, str]],
) -> None:
    """The shop's payment service never had it: asked for it, it would only write down that it paid."""
    shop(books)
    stocked(books, clock, A1=5)
    told = unpaid(order(line(qty=3_000, gross=1_000)))
    told = replace(told, payment=replace(told.payment, paid=shop_has, due=1_000 - shop_has))
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, told)
        with books.transaction():
            part, at = one.row.reservation, stamp(clock.now())
            money.note(books, one.whole, "sale:part", money.TILL, 1_000 - shop_has, part, at)
            gone = (books, one.whole, part, "short", 333, "broken", clock.now())
            assert money.give_back(*gone, store="1") == 333
            assert money.give_back(*gone, store="1") == 0, "once"
        assert [amount for act, amount, _ in heard(books) if act == "refund"] == acts_of_shop
        name = one.whole.external_name
        wanted = [(amount, detail.replace("W-1001", name)) for amount, detail in by_hand]
        assert flagged(books, "order_refund_due") == wanted
