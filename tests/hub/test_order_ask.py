"""Goods of another store asked for by a till: promised and ordered there, or neither."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from pos_app.domain.basket import Basket, Line
from pos_app.domain.pickup import Hours
from sync.hub import accounts, atp, coming, feed, stock_elsewhere
from sync.hub.answers import stamp
from sync.hub.database import Connection, Database
from sync.hub.feed import Page
from sync.hub.identity import feed_name
from sync.hub.orders import kept, service
from sync.protocol import (
    LookedUp,
    OrderRow,
    ReservationStepped,
    RightReply,
    StockElsewhereRow,
    StoreNameRow,
)
from sync.protocol.facts_signals import ASKED_FOR, NO_HIT, NO_STOCK, Look
from tests.hub.journals import DAY, sale_of
from tests.hub.orders.ordering import stocked
from tests.hub.righting import Asking, exceptions, joined, new_id, second_store
from tests.hub.tills import HandClock, problem, running

pytestmark = pytest.mark.anyio


async def asked(one: Asking, qty: int = 1_000, own: str = "", **said: Any) -> RightReply:
    return await one.ask("/v1/orders", **words(qty, own, **said))


def words(qty: int = 1_000, own: str = "", **said: Any) -> dict[str, Any]:
    line = {"sku": "A1", "title": "Coffee", "qty": qty, "total": 490 * qty // 1_000}
    return {
        "id": own or new_id(),
        "store": "2",
        "way": "pickup",
        "lines": [line],
        "currency": "EUR",
        "name": "Ada L.",
        "phone": "+43 1",
        **said,
    }


def rows_of(books: Connection, clock: HandClock, store: str) -> list[OrderRow]:
    page = Page(feed.store_stream(store), feed_name(books), 0).read(books, clock.now())
    return [
        one
        for row in page.rows
        if row.kind == "order"
        for one in msgspec.json.decode(row.rows, type=list[OrderRow])
    ]


def free(books: Connection, clock: HandClock, store: str = "2") -> int:
    return accounts.available(books, "stock", atp.account(store, "A1"), clock.now())


@pytest.mark.both_engines
async def test_what_is_promised_is_an_order_of_that_store_at_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    second_store(books)
    stocked(books, clock, "2", A1=2)
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        own, until = new_id(), "2026-11-26T20:00:00.000Z"
        reply = await asked(one, own=own, until=until)
        assert (reply.state, reply.until) == ("RESERVED", until)
        assert reply.order.startswith("T-")
        assert len(reply.order) == 7
        again = await asked(one, own=own, until=until)
        assert (again.state, again.order) == ("RESERVED", reply.order), "asked again, once"
        (row,) = rows_of(books, clock, "2")
        assert (row.reservation, row.name, row.channel) == (own, reply.order, "till")
        assert (row.customer, row.phone, row.due, row.way) == ("Ada L.", "+43 1", 490, "pickup")
        assert (row.keep_until, row.state) == (until, "RESERVED")
        assert row.history[0].who == "Test Store", "who asked"
        assert rows_of(books, clock, "1") == []
        assert free(books, clock) == 1_000
        answer = await one.post("/v1/orders", **words(2_000, own, until=until))
        assert problem(answer) == "id_reused"


async def test_the_last_piece_is_promised_once_and_a_no_says_who_has_it(
    database: Database, books: Connection, clock: HandClock
) -> None:
    for store in ("2", "3", "4", "5"):
        second_store(books, store)
    stocked(books, clock, "2", A1=1)
    stocked(books, clock, "3", A1=3)
    stocked(books, clock, "4", A1=9)
    stocked(books, clock, "1", A1=7)
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        two = await joined(client, clock, database, "2")
        assert (await asked(one)).state == "RESERVED"
        refused = await asked(two)
        assert (refused.state, refused.left, refused.order) == ("REFUSED", 0, "")
        assert refused.instead == (("4", 9_000), ("3", 3_000)), (
            "not the own store, not an empty one"
        )
        assert len(rows_of(books, clock, "2")) == 1, "a no is no order"
        kinds = [row[0] for row in books.text("SELECT kind FROM signal ORDER BY no")]
        assert kinds == ["order", "reservation_refused"]


async def test_taken_back_by_a_fact_also_before_the_question_was_heard(
    database: Database, books: Connection, clock: HandClock
) -> None:
    second_store(books)
    stocked(books, clock, "2", A1=1)
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        own = (await asked(one)).id
        assert await one.tell(ReservationStepped, reservation=own, step="CANCELLED") == ["applied"]
        assert free(books, clock) == 1_000
        part = kept.part(books, own)
        assert part is not None
        assert part.row.state == "CANCELLED"
        late = new_id()
        await one.tell(ReservationStepped, reservation=late, step="CANCELLED")
        answer = await one.post("/v1/orders", **words(own=late))
        assert problem(answer) == "id_reused", "given up before it came"
        assert free(books, clock) == 1_000
        assert exceptions(books) == []


async def test_brought_and_sent_say_where_to_and_what_cannot_be_is_not_asked(
    database: Database, books: Connection, clock: HandClock
) -> None:
    second_store(books)
    stocked(books, clock, "2", A1=5)
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await asked(one, way="bring")
        await asked(one, way="ship", address=["Ada L.", "Ring 1", "1010 Wien"])
        bring, ship = rows_of(books, clock, "2")
        assert (bring.way, bring.to_store) == ("bring", "1")
        assert (ship.way, ship.address) == ("ship", ("Ada L.", "Ring 1", "1010 Wien"))
        for wrong in (
            {"way": "ship"},
            {"way": "fly"},
            {"store": "9"},
            {"lines": []},
            {"until": "soon"},
            {"name": "x" * 201},
        ):
            assert problem(await one.post("/v1/orders", **words(**wrong))) == "malformed", wrong


async def test_what_another_stores_till_was_paid_is_due_no_more_where_it_is_fetched(
    database: Database, books: Connection, clock: HandClock
) -> None:
    second_store(books)
    stocked(books, clock, "2", A1=2)
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        reply = await asked(one)
        line = Line(1, "", reply.order, 1_000, 490, "", note="Collect", order=reply.id)
        basket = Basket(new_id(), "EUR", stamp(clock.now()), DAY, (line,))
        sale = sale_of(one.journal, basket)
        one.journal.append(sale)
        assert set(await one.push()) == {"applied"}
        assert rows_of(books, clock, "2")[-1].due == 0
        assert exceptions(books) == []
        moved = books.text("SELECT count(*) FROM stock_move WHERE store_id = '1'")
        assert moved[0][0] == 0, "nothing of this store's stock"
        one.journal.append(one.journal.void(sale))
        await one.push()
        assert rows_of(books, clock, "2")[-1].due == 490, "the sale was taken back"


# --- what tills are told of the other stores -----------------------------------------------------


def told(books: Connection, clock: HandClock) -> list[StockElsewhereRow]:
    """What is told a minute later."""
    clock.forward(minutes=1)
    before = feed.positions(books)[feed.GLOBAL]
    with books.transaction():
        stock_elsewhere.tell(books, clock.now())
    page = Page(feed.GLOBAL, feed_name(books), before).read(books, clock.now())
    return [
        one
        for row in page.rows
        if row.kind == "stock_elsewhere"
        for one in msgspec.json.decode(row.rows, type=list[StockElsewhereRow])
    ]


async def test_what_is_reserved_and_what_comes_is_told_with_the_stock_once_a_minute(
    database: Database, books: Connection, clock: HandClock
) -> None:
    second_store(books)
    stocked(books, clock, "2", A1=4, A2=1)
    told(books, clock)
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        own = (await asked(one, 3_000)).id
        (row,) = told(books, clock)
        assert (row.stock, row.more) == ((("A1", 4_000),), (("A1", 3_000, 0, ""),))
        with books.transaction():
            coming.expect(books, "2", "transfer-1", [("A1", 6_000), ("B9", 2_000)], "2026-11-27")
            coming.expect(books, "2", "delivery-1", [("A1", 1_000)], "2026-11-30")
        (row,) = told(books, clock)
        assert dict(row.stock) == {"A1": 4_000, "B9": 0}, "also what was never there"
        assert set(row.more) == {("A1", 3_000, 7_000, "2026-11-27"), ("B9", 0, 2_000, "2026-11-27")}
        with books.transaction():
            coming.arrived(books, "2", "transfer-1")
        await one.tell(ReservationStepped, reservation=own, step="CANCELLED")
        (row,) = told(books, clock)
        assert row.more == (("A1", 0, 1_000, "2026-11-30"),), "of B9 nothing is said any more"
        assert told(books, clock) == []


async def test_a_store_says_where_it_is_and_when_it_is_open(
    books: Connection, clock: HandClock
) -> None:
    second_store(books)
    week = (((540, 1_260),),) * 6 + ((),)
    with books.transaction():
        service.keep(
            books,
            replace(
                service.of(books, "2"),
                hours=Hours("Europe/Helsinki", week, {"2026-12-25": ()}),
                latitude=60_168_900,
                longitude=24_931_100,
                pickup=False,
            ),
        )
    told(books, clock)
    page = Page(feed.GLOBAL, feed_name(books), 0).read(books, clock.now())
    named = {
        one.store: one
        for row in page.rows
        if row.kind == "store_name"
        for one in msgspec.json.decode(row.rows, type=list[StoreNameRow])
    }
    here, there = named["1"], named["2"]
    assert (here.lat, here.hours, here.pickup) == (0, (), True), "nobody said anything of it"
    assert (there.lat, there.lon, there.pickup) == (60_168_900, 24_931_100, False)
    assert (there.hours, there.days) == (week, {"2026-12-25": ()})


# --- looked up in vain --------------------------------------------------------------------------


@pytest.mark.both_engines
async def test_what_was_looked_up_is_kept_as_it_was_and_books_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        at = stamp(clock.now())
        looks = (
            Look(NO_STOCK, "A1", at, "", 0, 490),
            Look(NO_HIT, "", at, detail="oat milk"),
            Look(ASKED_FOR, "A1", "no time at all", "c-7", 2_000, 980),
            Look("of_tomorrow", "A1", at),
        )
        assert await one.tell(LookedUp, looks=looks, more=3) == ["applied"]
    found = books.text("SELECT kind, store_id, sku, customer, qty, consent, detail FROM signal")
    assert [tuple(row) for row in found] == [
        ("lookup_no_stock", "1", "A1", "", 0, "unknown", ""),
        ("search_no_hit", "1", "", "", 0, "unknown", "oat milk"),
        ("asked_for", "1", "A1", "c-7", 2_000, "unknown", ""),
    ]
    assert books.text("SELECT count(*) FROM stock_move")[0][0] == 0
