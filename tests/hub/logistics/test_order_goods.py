"""Goods of a customer's order between two stores: received like a transfer, in the stock once."""

from __future__ import annotations

import msgspec
import pytest

from sync.hub import coming, rebuilding
from sync.hub.database import Connection, Database
from sync.protocol import DeliveryRow, GoodsReceived, ReceivedLine
from tests.hub.orders.ordering import line, on_hand, order, stocked, unpaid
from tests.hub.orders.shopping import Ordered, shop
from tests.hub.righting import Asking, joined, second_store
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio


async def sent(till: Asking, books: Connection, clock: HandClock) -> tuple[Ordered, str]:
    """A piece that is short here comes from store 2; the id under which it is on its way."""
    told = unpaid(order(line(qty=2_000, gross=1_001)))
    one = Ordered(till, books, clock, told)
    await one.step("SHORT", ("A1", 1_000), wish="resource")
    there = one.rows[1]
    await one.step("COLLECTED", ("A1", 1_000), reservation=there.reservation, carrier="van")
    return one, one.rows[2].reservation


async def told(till: Asking) -> list[DeliveryRow]:
    page = await till.till.pull("store:1")
    return [
        row
        for each in page.rows
        if each.kind == "delivery"
        for row in msgspec.json.decode(each.rows, type=list[DeliveryRow])
    ]


async def receive(till: Asking, delivery: str) -> list[str]:
    return await till.tell(
        GoodsReceived,
        delivery=delivery,
        name="W-1",
        kind="transfer",
        lines=[ReceivedLine("A1", 1_000)],
        source="2",
        final=True,
        currency="EUR",
    )


@pytest.mark.parametrize("counted", [True, False])
async def test_it_is_on_its_way_and_comes_into_the_stock_once(
    database: Database, books: Connection, clock: HandClock, counted: bool
) -> None:
    shop(books)
    second_store(books)
    stocked(books, clock, A1=5)
    stocked(books, clock, "2", A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one, delivery = await sent(till, books, clock)
        row = (await told(till))[-1]
        assert (row.delivery, row.state, row.source, row.target) == (delivery, "sent", "2", "1")
        assert [(each.sku, each.qty, each.order) for each in row.waits] == [("A1", 1_000, row.name)]
        assert coming.of_store(books, "1") == {"A1": (1_000, "")}
        before = on_hand(books)
        if counted:
            assert await receive(till, delivery) == ["applied"]
            assert on_hand(books) == before + 1_000
        await one.step("READY", ("A1", 1_000), reservation=delivery)
        assert on_hand(books) == before + 1_000
        assert coming.of_store(books, "1") == {}
        assert (await told(till))[-1].state in ("received", "called_off")
    assert list(rebuilding.differences(books)) == []
