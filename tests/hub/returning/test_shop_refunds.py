"""What was paid in a shop goes back there: once, whatever gets lost, and somebody hears if it cannot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pos_app.domain.exceptions import Way
from sync.hub import exceptions
from sync.hub.channels import lanes, outbox
from sync.hub.database import Connection, Database
from sync.hub.orders import kept
from sync.hub.returning import looking, shop_refunds
from tests.hub.channels.channelled import CHANNEL, Channelled
from tests.hub.channels.fake import Basket, FakeShop, Sold
from tests.hub.channels.shops.every import SHOPS
from tests.hub.channels.shops.medusa import MedusaShop
from tests.hub.orders.ordering import kinds, order, stocked
from tests.hub.orders.shopping import Ordered
from tests.hub.returning.coming_back import back, fetched, hand_over, held, one, states
from tests.hub.returning.test_slips import decided
from tests.hub.righting import joined
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio
TWO = Basket(lines=(Sold("A1", 2, "12.50", "22.50"), Sold("B2", 1, "9.99", "8.991")))


@pytest.fixture(params=sorted(SHOPS))
def shop(request: pytest.FixtureRequest) -> Iterator[FakeShop]:
    made = SHOPS[request.param]()
    yield made
    made.end()


@pytest.fixture
def hub(database: Database, clock: HandClock, shop: FakeShop) -> Iterator[Channelled]:
    made = Channelled(database, clock, shop)
    yield made
    made.close()


@pytest.mark.parametrize("lost", [0, 1])
async def test_a_line_that_came_back_is_refunded_once_whichever_answer_is_lost(
    database: Database,
    books: Connection,
    clock: HandClock,
    shop: FakeShop,
    hub: Channelled,
    lost: int,
) -> None:
    own = shop.order(TWO)
    hub.told(own)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        order_id = kept.order_id_of(CHANNEL, own)
        await hand_over(held(till, books, clock, order_id))
        hub.run(lanes.OUT)
        doc = await one(till, sale=order_id)
        line = next(row for row in doc.sale.lines if row.sku == "A1")
        fact = back(till, doc, {line.line: 1_000})
        assert await till.push() == ["applied"]
        assert states(books) == [(line.line, -fact.total, shop_refunds.PENDING)]
        shop.failures = [""] * lost + ["lost"]
        for _ in range(4):
            hub.run(lanes.OUT)
            clock.forward(minutes=10)
        assert shop.refunds(own) == [-fact.total]
        assert states(books) == [(line.line, -fact.total, shop_refunds.REFUNDED)]
        words = [event.what for event in held(till, books, clock, order_id).row.history]
        assert words[-2:] == ["returned", "refunded"]
        shop.touch(own)
        hub.told(own, what="updated")
        assert kinds(books) == [], "the shop tells of our own refund"
        again = await one(till, sale=order_id)
        assert [ref.id for ref in again.back] == [fact.id]


@pytest.fixture
def medusa(database: Database, clock: HandClock) -> Iterator[tuple[MedusaShop, Channelled]]:
    made = MedusaShop()
    channelled = Channelled(database, clock, made)
    yield made, channelled
    channelled.close()
    made.end()


async def test_a_refund_that_the_shop_refuses_is_a_persons_and_may_be_tried_again_or_paid_otherwise(
    database: Database,
    books: Connection,
    clock: HandClock,
    medusa: tuple[MedusaShop, Channelled],
) -> None:
    shop, hub = medusa
    own = shop.order(Basket())
    hub.told(own)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        order_id = kept.order_id_of(CHANNEL, own)
        await hand_over(held(till, books, clock, order_id))
        doc = await one(till, sale=order_id)
        back(till, doc, {1: 1_000})
        _emptied(books, hub, own)
        await till.push()
        hub.run(lanes.OUT)
        assert states(books) == [(1, 1_000, shop_refunds.FAILED)]
        (case,) = exceptions.every(books, waiting=True)
        assert (case.kind, case.amount, case.store_id) == ("refund_failed", 1_000, "1")
        words = [event.what for event in held(till, books, clock, order_id).row.history]
        assert words[-1] == "refund_failed"
        decided(books, clock, case.id, Way.REISSUE)
        assert looking.look(books, clock.now()) == 1
        assert looking.look(books, clock.now()) == 0, "asked once more, not again and again"
        assert states(books) == [(1, 1_000, shop_refunds.PENDING)]
        hub.run(lanes.OUT)
        (again,) = exceptions.every(books, waiting=True)
        assert (again.kind, again.amount) == ("refund_failed", 1_000)
        assert again.id != case.id
        decided(books, clock, again.id, Way.REVERSAL)
        looking.look(books, clock.now())
        assert states(books) == [(1, 1_000, shop_refunds.OTHERWISE)]
        hub.run(lanes.OUT)
        assert shop.refunds(own) == [1_000], "what somebody else had taken out, and no more"


def _emptied(books: Connection, hub: Channelled, own: str) -> None:
    """Somebody gave all of it back in the shop's admin, and the hub has not heard of it."""
    with books.transaction():
        outbox.tell(
            *(books, CHANNEL, own, outbox.REFUND, "by-hand"),
            amount=1_000,
            currency="EUR",
            now=hub.clock.now(),
        )
    hub.run(lanes.OUT)


async def test_a_shop_that_does_not_answer_is_told_of_after_some_tries_and_asked_on(
    database: Database,
    books: Connection,
    clock: HandClock,
    medusa: tuple[MedusaShop, Channelled],
) -> None:
    shop, hub = medusa
    own = shop.order(Basket())
    hub.told(own)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        order_id = kept.order_id_of(CHANNEL, own)
        await hand_over(held(till, books, clock, order_id))
        hub.run(lanes.OUT)
        back(till, await one(till, sale=order_id), {1: 1_000})
        await till.push()
        with shop.failing("500"):
            for place in range(shop_refunds.TOLD_AFTER):
                assert "refund_failed" not in hub.waiting(), place
                hub.run(lanes.OUT)
                clock.forward(minutes=15)
        assert "refund_failed" in hub.waiting()
        assert states(books) == [(1, 1_000, shop_refunds.PENDING)]
        hub.run(lanes.OUT)
        assert states(books) == [(1, 1_000, shop_refunds.REFUNDED)]
        assert (shop.refunds(own), hub.waiting()) == ([1_000], [])


async def test_an_order_without_a_shop_is_given_back_by_hand_and_a_person_is_told(
    database: Database, books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        own: Ordered = await fetched(till, books, clock, order(channel="storefront"))
        doc = await one(till, sale=own.order_id)
        assert (doc.by_hand, doc.paid_by) == (True, "Visa •1180")
        back(till, doc, {1: 1_000})
        await till.push()
        assert states(books) == [(1, 1_000, shop_refunds.FAILED)]
        assert kinds(books) == ["refund_failed"]
