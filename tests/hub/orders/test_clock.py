"""What becomes of orders by time: reminded, lapsed, put back, stuck, forgotten."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from pos_app.domain.day import parse_utc
from sync.hub import feed
from sync.hub.database import Connection, Database
from sync.hub.orders import clock as by_clock
from sync.hub.orders import remaking
from sync.hub.snapshot_rows import Fold
from sync.protocol import OrderRow
from tests.hub.orders.ordering import free, kinds, line, on_hand, order, stocked
from tests.hub.orders.shopping import Ordered, acts, flagged, heard, shop
from tests.hub.righting import Asking, joined
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio


def upto(clock: HandClock, at: str, **more: float) -> None:
    clock.time = parse_utc(at) + dt.timedelta(**more)


async def hello(one: Asking) -> None:
    await one.till.hello(one.journal.head, one.journal.seq)


@pytest.mark.both_engines
async def test_nobody_comes(database: Database, books: Connection, clock: HandClock) -> None:
    """Reminded once; lapsed only when every till was heard since; the money back with the goods."""
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        other = await joined(client, clock, database, "2")
        one = Ordered(till, books, clock, order(line(qty=2_000, gross=1_999)))
        await one.ready()
        until = one.row.keep_until
        upto(clock, until, hours=-25)
        assert by_clock.look(books, clock.now()) == 0
        upto(clock, until, hours=-23)
        assert by_clock.look(books, clock.now()) == 1
        assert by_clock.look(books, clock.now()) == 0, "reminded once"
        assert one.row.history[-1].what == "reminded"
        upto(clock, until, minutes=5)
        await hello(till)
        assert by_clock.look(books, clock.now()) == 0, "till 2 may have handed it over"
        assert one.state == "READY"
        await hello(other)
        assert by_clock.look(books, clock.now()) == 1
        assert (one.state, free(books, clock)) == ("LAPSED", 3_000)
        await one.step("RESTOCKED", ("A1", 2_000))
        assert (one.state, free(books, clock), on_hand(books)) == ("RESTOCKED", 5_000, 5_000)
        assert heard(books)[1:] == [("refund", 1_999, (("L-A1", 2_000),)), ("cancel", 0, ())]
        assert one.whole.state == "cancelled"
        await one.step("RESTOCKED", ("A1", 2_000))
        assert acts(books).count("refund") == 1
        signals = books.text("SELECT value FROM signal WHERE kind = 'pickup_expired'")
        assert signals == [(1_999,)]


async def test_handed_over_by_a_dark_till_before_the_end(
    database: Database, books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, order())
        await one.ready()
        one.fact("COLLECTED", ("A1", 1_000))
        upto(clock, one.row.keep_until, days=1)
        assert by_clock.look(books, clock.now()) == 0
        upto(clock, one.row.keep_until, days=3)
        assert [by_clock.look(books, clock.now()) for _ in range(2)] == [1, 0]
        assert (one.state, kinds(books)) == ("READY", ["order_stuck"]), "a person may know more"
        await till.push()
        assert by_clock.look(books, clock.now()) == 0
        assert one.state == "COLLECTED"
        assert books.text("SELECT kind, state FROM exception") == [("order_stuck", "settled")]


async def test_kept_longer_moves_the_end(
    database: Database, books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, order())
        await one.ready()
        until = one.row.keep_until
        upto(clock, until, minutes=5)
        await hello(till)
        by_clock.look(books, clock.now())
        assert one.state == "LAPSED"
        longer = "2026-12-24T18:00:00.000Z"
        assert await one.step("KEPT", until=longer) == ["applied"]
        assert (one.state, one.row.keep_until) == ("READY", longer)
        assert by_clock.look(books, clock.now()) == 0
        upto(clock, longer, hours=-2)
        assert by_clock.look(books, clock.now()) == 1
        assert one.row.history[-1].what == "reminded", "of the new end once more"


async def test_a_late_order_of_a_silent_store_is_told_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, order())
        upto(clock, one.row.promised, minutes=40)
        await hello(till)
        assert by_clock.look(books, clock.now()) == 0, "late, but its store is there"
        clock.forward(hours=2)
        assert by_clock.look(books, clock.now()) == 1
        assert by_clock.look(books, clock.now()) == 0
        assert flagged(books, "order_stuck") == [(1_000, "W-1: store 1 is not heard")]


def told(books: Connection, stream: str = "store:1") -> list[OrderRow]:
    """What a till has that begins with a snapshot today."""
    fold = Fold()
    fold.add_feed(books, stream, 0, feed.positions(books)[stream])
    rows = dict(fold.kinds()).get("order", [])
    return [msgspec.json.decode(row, type=OrderRow) for _, row in rows]


@pytest.mark.both_engines
async def test_what_is_over_leaves_the_tills_and_what_is_open_is_in_the_first_copy(
    database: Database, books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, order())
        two = Ordered(till, books, clock, order(external_id="2"))
        await one.step("COLLECTED", ("A1", 1_000))
        assert {row.name: row.state for row in told(books)} == {
            "W-1": "COLLECTED",
            "W-2": "RESERVED",
        }
        clock.forward(days=8)
        await hello(till)
        assert by_clock.look(books, clock.now()) == 1
        assert by_clock.look(books, clock.now()) == 0
        assert [row.name for row in told(books)] == ["W-2"]
        rows = books.text("SELECT rows FROM feed WHERE kind = 'order' ORDER BY pos")
        last = msgspec.json.decode(bytes(rows[-1][0]), type=list[OrderRow])[0]
        assert (last.state, last.lines, last.customer, last.history) == ("COLLECTED", (), "", ())
        assert last.version > 2
        assert one.row.customer == "Ada L.", "the hub keeps it"
        assert two.state == "RESERVED"


async def test_a_person_moves_and_calls_off(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, order(line(qty=2_000, gross=1_999)))
        two = Ordered(till, books, clock, order(external_id="2"))
        await one.ready()
        with books.transaction():
            remaking.cancel(books, one.order_id, clock.now(), "M", "recall")
            remaking.cancel(books, two.order_id, clock.now(), "M", "recall")
        assert (one.state, two.state) == ("CANCELLING", "CANCELLED")
        back = [amount for act, amount, _ in heard(books) if act == "refund"]
        assert sorted(back) == [1_000, 1_999]
        assert acts(books).count("cancel") == 2
        await one.step("CANCELLED", ("A1", 2_000))
        assert (one.state, free(books, clock)) == ("CANCELLED", 5_000)
        assert acts(books).count("refund") == 2
