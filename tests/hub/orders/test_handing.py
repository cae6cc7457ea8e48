"""Picked, put on the shelf, paid and handed over: once, whatever two tills and a shop tell."""

from __future__ import annotations

from typing import Any

import pytest

from pos_app.domain.errors import Refused
from sync.hub import reservations
from sync.hub.database import Connection, Database
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
from tests.hub.righting import joined, new_id
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio


@pytest.fixture
def shopped(books: Connection, clock: HandClock) -> Connection:
    shop(books)
    stocked(books, clock, A1=5, A2=5)
    return books


@pytest.mark.both_engines
@pytest.mark.usefixtures("remade")
async def test_picked_paid_and_handed_over(
    database: Database, shopped: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        till.journal.open_shift()
        one = Ordered(till, shopped, clock, unpaid(order(line(qty=2_000, gross=1_998), line("A2"))))
        assert one.row.due == 2_998
        await one.ready()
        assert (one.state, one.row.shelf, one.row.picker) == ("READY", "B3", "7")
        assert one.row.keep_until == "2026-11-28T23:00:00.000Z"
        assert acts(shopped) == ["ready"]
        assert free(shopped, clock) == 3_000
        sale = one.paying(extra=True)
        goods = (("A1", 2_000), ("A2", 1_000))
        told = await one.step("COLLECTED", *goods, sale=sale.id, due=2_998, addon=True, proof="qr")
        assert told == ["applied"] * 2
        assert (one.state, one.row.due, one.whole.state) == ("COLLECTED", 0, "done")
        assert heard(shopped)[1:] == [
            ("paid", 2_998, ()),
            ("collected", 0, (("L-A1", 2_000), ("L-A2", 1_000))),
        ]
        assert (on_hand(shopped), on_hand(shopped, "A2")) == (3_000, 4_000)
        assert free(shopped, clock) == 3_000
        assert one.account.paid == 2_998
        assert kinds(shopped) == []
        # No turnover: the extra alone was sold, and its money alone is tender beside the order's.
        assert shopped.text("SELECT sales, total FROM day_total") == [(1, 500)]
        assert shopped.text("SELECT sum(amount) FROM day_tender") == [(3_498,)]
        assert shopped.text("SELECT sku FROM line") == [("SKU-00001",)]
        assert shopped.text("SELECT sku FROM sku_day") == [("SKU-00001",)]
        what = [each.what for each in one.row.history]
        assert what == ["ordered", "reached", "picking", "ready", "paid", "collected"]
        assert shopped.text("SELECT kind FROM signal ORDER BY no") == [("order",), ("addon",)]


@pytest.mark.usefixtures("remade")
async def test_a_second_hand_over_is_told_with_both_facts_and_its_goods_are_gone_too(
    database: Database, shopped: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        other = await joined(client, clock, database, "2")
        one = Ordered(till, shopped, clock, unpaid(order(line(qty=2_000, gross=1_998))))
        due = one.row.due
        await one.ready()
        first = one.paying()
        assert await one.step("COLLECTED", ("A1", 2_000), sale=first.id, due=due) == ["applied"] * 2
        second = one.paying(due, by=other)
        told = await one.step("COLLECTED", ("A1", 2_000), sale=second.id, due=due, by=other)
        assert told == ["exception"] * 2
        assert kinds(shopped) == ["payment_unmatched", "pickup_twice"]
        assert flagged(shopped, "payment_unmatched") == [(1_998, "W-1 was paid")]
        assert flagged(shopped, "pickup_twice") == [(1_998, "W-1 was COLLECTED")]
        (evidence,) = shopped.text("SELECT evidence FROM exception WHERE kind = 'pickup_twice'")[0]
        assert first.id not in evidence
        facts = shopped.text("SELECT id FROM event WHERE type = 'reservation_stepped' ORDER BY n")
        assert [fact for (fact,) in facts[-2:] if fact in evidence] == [
            fact for (fact,) in facts[-2:]
        ]
        assert acts(shopped) == ["ready", "paid", "collected"], "the shop hears of one"
        assert on_hand(shopped) == 1_000, "four pieces are out of the door"
        assert one.state == "COLLECTED"


@pytest.mark.usefixtures("remade")
async def test_in_two_goes_and_no_more_than_that(
    database: Database, shopped: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, shopped, clock, order(line(qty=3_000, gross=3_000)))
        await one.ready()
        assert await one.step("PARTLY", ("A1", 1_000)) == ["applied"]
        assert (one.state, one.row.lines[0].handed) == ("PARTLY", 1_000)
        assert (on_hand(shopped), free(shopped, clock)) == (4_000, 2_000)
        assert await one.step("PARTLY", ("A1", 2_000)) == ["applied"]
        assert one.state == "COLLECTED", "nothing is left of it"
        assert (on_hand(shopped), free(shopped, clock)) == (2_000, 2_000)
        assert await one.step("PARTLY", ("A1", 1_000)) == ["exception"]
        assert flagged(shopped, "pickup_twice") == [(1_000, "W-1 was COLLECTED")]
        assert [lines for act, _, lines in heard(shopped) if act == "collected"] == [
            (("L-A1", 1_000),),
            (("L-A1", 2_000),),
        ]


@pytest.mark.parametrize("before", [(), ("PICKING",), ("READY", "LAPSED")])
async def test_early_and_late_pickups_are_fine(
    database: Database, shopped: Connection, clock: HandClock, before: tuple[str, ...]
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, shopped, clock, order())
        for step in before:
            await one.step(step)
        assert await one.step("COLLECTED", ("A1", 1_000)) == ["applied"]
        assert (one.state, on_hand(shopped), free(shopped, clock)) == ("COLLECTED", 4_000, 4_000)
        assert kinds(shopped) == []


async def test_two_tills_take_over_and_nothing_is_picked_twice(
    database: Database, shopped: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        other = await joined(client, clock, database, "2")
        one = Ordered(till, shopped, clock, order(line(qty=2_000, gross=2_000)))
        await one.step("PICKING")
        await one.step("PICKED", ("A1", 1_000))
        assert await one.step("PICKING", by=other) == ["applied"]
        assert (one.row.picker_till, one.row.history[-1].what) == ("2", "picking")
        assert await one.step("PICKED", ("A1", 1_000), by=other) == ["applied"]
        assert one.row.lines[0].picked == 2_000
        assert await one.step("PICKED", ("A1", 1_000)) == ["exception"]
        assert kinds(shopped) == ["reservation_over_picked"]
        assert await one.step("PICKED", ("A1", -1_000)) == ["applied"]
        assert one.row.lines[0].picked == 1_000


async def test_a_shop_that_cancels_before_during_and_after(
    database: Database, shopped: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        names: Any = ("new", "ready", "gone")
        made = {}
        for name in names:
            told = order(external_id=name)
            made[name] = (Ordered(till, shopped, clock, told), told)
        await made["ready"][0].ready()
        await made["gone"][0].step("COLLECTED", ("A1", 1_000))
        for one, told in made.values():
            took(shopped, later(told, state="cancelled"), clock)
            assert one.whole.state == "cancelled"
        states = [one.state for one, _ in made.values()]
        assert states == ["CANCELLED", "CANCELLING", "COLLECTED"]
        assert free(shopped, clock) == 3_000, "what is ready is put back first"
        assert flagged(shopped, "late_capture")[0][0] == 1_000
        assert await made["ready"][0].step("CANCELLED", ("A1", 1_000)) == ["applied"]
        assert (made["ready"][0].state, free(shopped, clock)) == ("CANCELLED", 4_000)
        assert "refund" not in acts(shopped), "the shop's own cancellation is its own money"
        assert "cancel" not in acts(shopped)


async def test_cancelled_at_the_shop_while_a_dark_till_hands_it_over(
    database: Database, shopped: Connection, clock: HandClock
) -> None:
    """Both orders of arrival come to the same: the goods are gone, a person sees the money."""
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        first, second = order(external_id="1"), order(external_id="2")
        one, two = (Ordered(till, shopped, clock, told) for told in (first, second))
        one.fact("PICKING")
        one.fact("PICKED", ("A1", 1_000))
        one.fact("READY", ("A1", 1_000))
        one.fact("COLLECTED", ("A1", 1_000))
        took(shopped, later(first, state="cancelled"), clock)
        await till.push()
        await two.step("COLLECTED", ("A1", 1_000))
        took(shopped, later(second, state="cancelled"), clock)
        assert sorted(amount for amount, _ in flagged(shopped, "late_capture")) == [1_000, 1_000]
        assert on_hand(shopped) == 3_000
        assert acts(shopped).count("collected") == 1
        assert (one.row.lines[0].handed, two.row.lines[0].handed) == (1_000, 1_000)


async def test_a_payment_that_is_taken_back_is_told_and_is_due_again(
    database: Database, shopped: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, shopped, clock, unpaid(order(line(qty=2_000, gross=1_998))))
        sale = one.paying(1_000)
        await till.push()
        assert (one.row.due, one.account.paid) == (998, 1_000)
        till.journal.void(sale)
        await till.push()
        assert (one.row.due, one.account.paid) == (1_998, 0)
        assert flagged(shopped, "payment_unmatched") == [(1_000, "W-1: a payment was taken back")]
        assert shopped.text("SELECT sum(total) FROM day_total") == [(0,)]


async def test_what_was_left_of_a_part_is_paid_back_when_nobody_comes_for_it(
    database: Database, shopped: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, shopped, clock, order(line(qty=3_000, gross=1_000)))
        await one.ready()
        await one.step("PARTLY", ("A1", 1_000))
        await one.step("LAPSED")
        await one.step("RESTOCKED", ("A1", 2_000))
        assert [amount for act, amount, _ in heard(shopped) if act == "refund"] == [667]
        assert (one.state, one.whole.state, "cancel" in acts(shopped)) == (
            "RESTOCKED",
            "done",
            False,
        )
        assert (on_hand(shopped), free(shopped, clock)) == (4_000, 4_000)


async def test_who_asked_for_goods_takes_them_back_and_the_store_hears(
    database: Database, shopped: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, shopped, clock, order())
        with shopped.transaction():
            reservations.cancel(shopped, one.row.reservation, "hub", clock.now())
        assert (one.state, one.whole.state, acts(shopped)) == (
            "CANCELLED",
            "cancelled",
            ["refund", "cancel"],
        )
        assert free(shopped, clock) == 5_000
        two = Ordered(till, shopped, clock, order(external_id="2"))
        await two.ready()
        with pytest.raises(Refused, match="reservation_over"), shopped.transaction():
            reservations.cancel(shopped, two.row.reservation, "hub", clock.now())


async def test_what_left_for_an_order_nobody_knows_left_all_the_same(
    database: Database, shopped: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, shopped, clock, order())
        told = await one.step("COLLECTED", ("A1", 1_000), reservation=new_id())
        assert (told, on_hand(shopped), kinds(shopped)) == (
            ["exception"],
            4_000,
            ["reservation_strange"],
        )


@pytest.mark.usefixtures("remade")
async def test_what_was_handed_over_unpaid_is_told(
    database: Database, shopped: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        till.journal.open_shift()
        one = Ordered(till, shopped, clock, unpaid(order(line(qty=2_000, gross=1_998))))
        await one.ready()
        told = await one.step("COLLECTED", ("A1", 2_000), proof="code")
        assert told == ["exception"]
        assert flagged(shopped, "order_unpaid") == [(1_998, "W-1 is out of the store")]
        assert (one.state, one.account.due, on_hand(shopped)) == ("COLLECTED", 1_998, 3_000)
