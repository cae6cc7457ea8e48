"""What tills do reaches other people's programs: each once a fact, without a name in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sync.hub import rebuilding, reservations, rights
from sync.hub.answers import RandomIds, stamp
from sync.hub.database import Connection, Database
from sync.hub.webhooks import subscriptions
from sync.hub.webhooks.sending import Sender
from sync.protocol import ShiftClosed, TenderTotal
from tests.hub.journals import Journal
from tests.hub.righting import Asking, joined, new_id
from tests.hub.storefront.visiting import goods, picked, visiting
from tests.hub.tills import HandClock, running
from tests.hub.webhooks.receiver import Receiver, listening

pytestmark = pytest.mark.anyio


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as one:
        yield one


@pytest.fixture
def sender(
    database: Database, books: Connection, clock: HandClock, receiver: Receiver
) -> Iterator[Sender]:
    with books.transaction():
        subscriptions.add(
            *(books, "all", receiver.url, ["*"], RandomIds(), clock.now()), private_ok=True
        )
    one = Sender(database, clock)
    yield one
    one.close()


def sent(sender: Sender, receiver: Receiver) -> list[dict[str, Any]]:
    """Everything that is due, sent; what came since the last look."""
    before = len(receiver.got)
    while sender.once():
        pass
    return [got.message for got in receiver.got[before:]]


def of(kind: str, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one["data"] for one in messages if one["type"] == kind]


async def opened(till: Asking, clock: HandClock) -> None:
    till.journal.open_shift()
    await till.push()
    clock.forward(seconds=2)


async def test_a_sale_a_return_and_the_end_of_the_day(
    database: Database, books: Connection, clock: HandClock, sender: Sender, receiver: Receiver
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        await opened(till, clock)
        sale = till.journal.sale(of=3)
        await till.push()
        messages = sent(sender, receiver)
        (told,) = of("sale.completed", messages)
        assert (told["id"], told["number"], told["total"]) == (sale.id, sale.doc_no, sale.total)
        assert [line["qty"] for line in told["lines"]] == [line.qty for line in sale.lines]
        assert sum(one["amount"] for one in told["payments"]) == sale.payable
        assert sale.actor not in json.dumps(told).replace(sale.id, "").split('"')
        moved = {one["sku"]: one["on_hand"] for one in of("stock.changed", messages)}
        assert moved == {line.sku: -line.qty for line in sale.lines}
        again = await till.till.push(till.journal.push(1))
        assert again.status_code == 200
        assert sent(sender, receiver) == [], "told once, however often it is pushed"
        till.journal.void(sale)
        till.journal.append(closed(till.journal))
        await till.push()
        messages = sent(sender, receiver)
        (back,) = of("return.completed", messages)
        assert (back["sale"], back["total"], back["whole"]) == (sale.id, -sale.total, True)
        (shift,) = of("shift.closed", messages)
        assert (shift["store"], shift["z_number"]) == ("1", 1)
        assert shift["tenders"] == [{"tender": "cash", "expected": 100, "counted": 90}]


def closed(journal: Journal) -> ShiftClosed:
    """The Z of a shift in which a sale was taken back."""
    nothing = dict.fromkeys(("gross", "discount", "net", "tax", "total", "rounding"), 0)
    return ShiftClosed(
        **journal.stamp(),
        number=1,
        z_no=1,
        currency="EUR",
        opened="2026-11-25T09:00:00.000Z",
        sales=1,
        voids=1,
        taxes=[],
        tenders=[TenderTotal("cash", 100, 90, -10)],
        **nothing,
    )


async def test_many_sales_of_one_product_are_one_word_about_its_stock(
    database: Database, books: Connection, clock: HandClock, sender: Sender, receiver: Receiver
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        await opened(till, clock)
        for _ in range(20):
            till.journal.sale(of=2)
        await till.push()
        messages = sent(sender, receiver)
        told = of("stock.changed", messages)
        assert len(of("sale.completed", messages)) == 20
        assert len(told) == len({one["sku"] for one in told}) < 40


async def test_goods_that_are_promised_and_given_back_change_what_may_be_had(
    books: Connection, clock: HandClock, sender: Sender, receiver: Receiver
) -> None:
    goods(books, clock, A1=5)
    sent(sender, receiver)
    clock.forward(seconds=2)
    own = new_id()
    with books.transaction():
        wanted = reservations.wanted(own, "1", (("A1", 2_000),), 60, b"x")
        reservations.reserve_here(books, wanted, "W-1", clock.now())
    (told,) = of("stock.changed", sent(sender, receiver))
    assert (told["on_hand"], told["available"]) == (5_000, 3_000)
    assert told["as_of"] == stamp(clock.now())
    with books.transaction():
        reservations.cancel(books, own, "hub", clock.now())
    (told,) = of("stock.changed", sent(sender, receiver))
    assert told["available"] == 5_000
    assert rights.find(books, own) is not None


async def test_books_that_are_made_again_tell_nobody_again(
    database: Database, books: Connection, clock: HandClock, sender: Sender, receiver: Receiver
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        await opened(till, clock)
        till.journal.sale(of=1)
        await till.push()
    assert len(of("sale.completed", sent(sender, receiver))) == 1
    with rebuilding.folded(books) as (anew, faults):
        assert faults == []
        assert anew.text("SELECT count(*) FROM document") == [(1,)]
    assert sent(sender, receiver) == []


async def test_an_order_from_the_basket_to_the_end(
    database: Database, books: Connection, clock: HandClock, sender: Sender, receiver: Receiver
) -> None:
    goods(books, clock, A1=5)
    async with visiting(database, books, clock) as (web, till):
        clock.forward(seconds=2)
        made = await web.order(customer={"name": "Ada L.", "email": "ada@example.org"})
        await picked(till, made)
        clock.forward(seconds=2)
        other = await web.order()
        await web.post(f"orders/{other['order']}/cancel")
    messages = sent(sender, receiver)
    kinds = [one["type"] for one in messages]
    for kind in ("order.received", "order.ready", "order.cancelled", "stock.changed"):
        assert kind in kinds, kinds
    assert {one["order"] for one in of("order.received", messages)} == {
        made["order"],
        other["order"],
    }
    assert [one["order"] for one in of("order.ready", messages)] == [made["order"]]
    assert "ada@example.org" not in json.dumps(messages)


async def test_without_anybody_who_listens_a_sale_writes_nothing_more(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        await opened(till, clock)
        till.journal.sale(of=3)
        await till.push()
    for table in ("webhook_event", "webhook_delivery", "webhook_stock"):
        assert books.text(f"SELECT count(*) FROM {table}") == [(0,)]
