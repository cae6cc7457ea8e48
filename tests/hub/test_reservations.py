"""Goods promised to somebody: never more than a store can promise, never handed over twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.hub import accounts, atp, reservations, right_check, rights
from sync.hub.answers import stamp
from sync.hub.database import Connection, Database
from sync.hub.stock import move_stock
from sync.protocol import GrantReleased, ReservationStepped, RightReply
from tests.hub.journals import DAY
from tests.hub.righting import Asking, exceptions, joined, new_id, second_store, state
from tests.hub.tills import HandClock, problem, running

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def checked(books: Connection) -> Iterator[None]:
    """Whatever a test did, the tables of rights are what the journal gives."""
    yield
    assert right_check.differences(books) == []


def stocked(books: Connection, clock: HandClock, sku: str, qty: int, store: str = "1") -> None:
    with books.transaction():
        move_stock(books, store, {sku: qty}, stamp(clock.now()))


async def reserve(
    one: Asking, qty: int = 1_000, sku: str = "A1", store: str = "1", own: str = "", **said: object
) -> RightReply:
    lines = [[sku, qty]]
    return await one.ask("/v1/reservations", id=own or new_id(), store=store, lines=lines, **said)


def promised(books: Connection, clock: HandClock, sku: str = "A1", store: str = "1") -> int:
    return accounts.available(books, "stock", atp.account(store, sku), clock.now())


async def test_the_last_unit_is_promised_once_and_free_again_when_taken_back(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        two = await joined(client, clock, database, "2")
        stocked(books, clock, "A1", 1_000)
        own = new_id()
        assert (await reserve(one, own=own, reference="W-1")).state == "RESERVED"
        assert (await reserve(one, own=own, reference="W-1")).state == "RESERVED", "asked again"
        refused = await reserve(two)
        assert (refused.state, refused.why, refused.left) == ("REFUSED", "not_enough", 0)
        assert (
            problem(
                await two.post(
                    "/v1/reservations", id=own, store="1", lines=[["A1", 1_000]], reference="W-1"
                )
            )
            == "id_reused"
        )
        told = await one.ask(f"/v1/reservations/{own}/step", step="CANCELLED")
        assert told.state == "CANCELLED"
        assert (
            await one.ask(f"/v1/reservations/{own}/step", step="CANCELLED")
        ).state == "CANCELLED"
        assert (await reserve(two)).state == "RESERVED"
        assert promised(books, clock) == 0


async def test_all_lines_or_none_and_only_of_a_store_there_is(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        stocked(books, clock, "A1", 5_000)
        lines = [["A1", 1_000], ["A2", 1_000]]
        reply = await one.ask("/v1/reservations", id=new_id(), store="1", lines=lines)
        assert (reply.state, promised(books, clock)) == ("REFUSED", 5_000)
        twice = [["A1", 3_000], ["A1", 3_000]]
        reply = await one.ask("/v1/reservations", id=new_id(), store="1", lines=twice)
        assert reply.state == "REFUSED", "two lines of one product are added up"
        answer = await one.post("/v1/reservations", id=new_id(), store="9", lines=lines)
        assert problem(answer) == "malformed"


async def test_the_way_of_a_promise_and_its_one_end(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        stocked(books, clock, "A1", 2_000)
        own = (await reserve(one, 2_000)).id
        for step in ("PICKING", "READY"):
            assert await one.tell(
                ReservationStepped, reservation=own, step=step, lines=(("A1", 2_000),)
            ) == ["applied"]
            assert promised(books, clock) == 0
        assert await one.tell(
            ReservationStepped, reservation=own, step="COLLECTED", sale=new_id()
        ) == ["applied"]
        assert await one.tell(ReservationStepped, reservation=own, step="COLLECTED") == [
            "exception"
        ]
        assert exceptions(books) == [("pickup_twice", 0)]
        found = reservations.find(books, own)
        assert found is not None
        assert (found.state, state(books, own)) == ("COLLECTED", "SETTLED")
        way = [step[1] for step in reservations.steps(books, own)]
        assert way == ["RESERVED", "PICKING", "READY", "COLLECTED"]
        assert promised(books, clock) == 2_000, "the sale it left by takes it off what is on hand"


async def test_short_lapsed_and_restocked_and_what_cannot_follow(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        stocked(books, clock, "A1", 3_000)
        short, lapsed = (await reserve(one)).id, (await reserve(one)).id
        await one.tell(ReservationStepped, reservation=short, step="PICKING")
        await one.tell(ReservationStepped, reservation=short, step="SHORT")
        await one.tell(ReservationStepped, reservation=lapsed, step="READY")
        await one.tell(ReservationStepped, reservation=lapsed, step="LAPSED")
        assert promised(books, clock) == 2_000, "what lapsed lies put aside still"
        await one.tell(ReservationStepped, reservation=lapsed, step="RESTOCKED")
        assert promised(books, clock) == 3_000
        await one.tell(ReservationStepped, reservation=short, step="READY")
        over = (await reserve(one)).id
        lines = (("A1", 2_000),)
        await one.tell(ReservationStepped, reservation=over, step="PICKING", lines=lines)
        await one.tell(ReservationStepped, reservation=new_id(), step="READY")
        assert [kind for kind, _ in exceptions(books)] == [
            "reservation_short",
            "reservation_strange",
            "reservation_over_picked",
            "reservation_strange",
        ]


async def test_a_promise_survives_its_askers_new_epoch_and_a_request_given_up_is_worthless(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        stocked(books, clock, "A1", 2_000)
        own = (await reserve(one)).id
        with books.transaction():
            rights.freeze(books, one.device)
            rights.seal(books, one.device, 1)
        assert promised(books, clock) == 1_000
        late = new_id()
        await one.tell(ReservationStepped, reservation=late, step="CANCELLED")
        answer = await one.post("/v1/reservations", id=late, store="1", lines=[["A1", 1_000]])
        assert problem(answer) == "id_reused"
        await one.tell(ReservationStepped, reservation=own, step="CANCELLED")
        assert (promised(books, clock), exceptions(books)) == (2_000, [])


async def test_a_till_of_another_store_asks_and_takes_back(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        second_store(books)
        stocked(books, clock, "A1", 1_000, "2")
        own = (await reserve(one, store="2")).id
        assert promised(books, clock, store="2") == 0
        await one.tell(ReservationStepped, reservation=own, step="CANCELLED")
        assert (promised(books, clock, store="2"), exceptions(books)) == (1_000, [])


async def test_a_silent_store_stops_promising_its_last_units(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        stocked(books, clock, "A1", 10_000)
        with books.transaction():  # 2 an hour, over 28 days of 10 hours
            books.text(
                "INSERT INTO sku_day(store_id, sku, biz_date, qty) VALUES ('1', 'A1', ?, ?)",
                (DAY, 2_000 * 280),
            )
        one.journal.open_shift()
        await one.push()
        clock.forward(minutes=14)
        assert promised(books, clock) == 10_000, "a till says hello every ten minutes"
        clock.forward(minutes=46)
        found = atp.worked_out(books, "1/A1", clock.now())
        assert (found.rate, found.offline_s, found.buffer, found.left) == (
            2_000,
            3_600,
            2_000,
            8_000,
        )
        clock.forward(hours=5)
        assert promised(books, clock) == 0, "min(on_hand, …): never below nothing"
        with books.transaction():
            atp.set_floor_share(books, 3_000)
        await one.till.hello(one.journal.head)
        assert promised(books, clock) == 7_000


async def test_two_sales_of_the_same_store_count_for_the_rate(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        one.journal.open_shift()
        made = [one.journal.sale() for _ in range(3)]
        one.journal.void(made[0])
        await one.push()
        wanted: dict[str, int] = {}
        for sale in made[1:]:
            for line in sale.lines:
                wanted[line.sku] = wanted.get(line.sku, 0) + line.qty
        rows = books.text("SELECT sku, sum(qty) FROM sku_day GROUP BY sku HAVING sum(qty) <> 0")
        assert dict(tuple(row) for row in rows) == wanted


async def test_a_sold_line_comes_back_no_oftener_than_it_was_sold(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """R1 under the line's lock."""
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        two = await joined(client, clock, database, "2")
        one.journal.open_shift()
        sale = one.journal.sale(of=1)
        line, qty = sale.lines[0].line, sale.lines[0].qty
        said = {"sale": sale.id, "lines": [[line, qty]]}
        unknown = await two.post("/v1/return-auths", id=new_id(), **said)
        assert (unknown.status_code, problem(unknown)) == (404, "sale_unknown")
        await one.push()
        own = new_id()
        assert (await two.ask("/v1/return-auths", id=own, **said)).state == "AUTHORISED"
        refused = await one.ask("/v1/return-auths", id=new_id(), **said)
        assert (refused.state, refused.left) == ("REFUSED", 0)
        await two.tell(GrantReleased, right=own, left=qty, reason="not_needed")
        assert (await one.ask("/v1/return-auths", id=new_id(), **said)).state == "AUTHORISED"
        one.journal.void(sale)
        await one.push()
        assert (await two.ask("/v1/return-auths", id=new_id(), **said)).state == "REFUSED"


def test_a_products_stock_is_set_and_a_promise_made_at_the_hub(
    database: Database, books: Connection, clock: HandClock
) -> None:
    del database
    stocked(books, clock, "A1", 1_000)
    with books.transaction():
        first = reservations.wanted(new_id(), "1", (("A1", 1_000),), 60, b"")
        other = reservations.wanted(new_id(), "1", (("A1", 1_000),), 60, b"")
        made = [
            reservations.reserve_here(books, each, "W-1", clock.now()).state
            for each in (first, other)
        ]
    assert made == ["RESERVED", "REFUSED"]
