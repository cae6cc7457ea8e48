"""The inbox read: many at once, none in another's way, what is unsure told to a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sync.hub.channels import lanes, mapping, running
from sync.hub.database import driver
from sync.hub.orders import money
from tests.hub.channels.channelled import CHANNEL, Channelled
from tests.hub.channels.fake import Basket, FakeShop, Sold
from tests.hub.channels.shops.standard import StandardShop, WholeShop


@pytest.fixture(params=[StandardShop, WholeShop])
def shop(request: pytest.FixtureRequest) -> Iterator[FakeShop]:
    made = request.param()
    yield made
    made.end()


@pytest.mark.parametrize(
    "fault", [RuntimeError("a bug"), driver.IntegrityError("a row"), driver.DataError("a number")]
)
def test_an_order_that_the_books_cannot_take_stands_in_nobodys_way(
    hub: Channelled, shop: FakeShop, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    orders = [shop.order(Basket()) for _ in range(5)]
    for own in orders:
        assert hub.deliver(own) == 200
    with hub.lane(lanes.IN) as work:
        real = work.take

        def take(connection, order, now):
            done = real(connection, order, now)
            if order.external_id == orders[2]:
                raise fault
            return done

        running.one_round(replace(work, take=take))
    assert [hub.order(own) is not None for own in orders] == [True, True, False, True, True]
    states = [state for _, state in hub.inbox()]
    assert (states.count("done"), states.count("flagged")) == (4, 1)
    assert hub.waiting() == ["channel_order"]
    assert (
        "the hub made a mistake"
        in hub.books.text("SELECT detail FROM channel_inbox WHERE state = 'flagged'")[0][0]
    )
    assert str(fault) in caplog.text
    caplog.clear()


def test_lines_that_do_not_add_up_are_taken_and_told(hub: Channelled, shop: FakeShop) -> None:
    penny, more = shop.order(Basket()), shop.order(Basket())
    shop.orders[penny]["total"] = "10.01"
    shop.orders[more]["total"] = "10.50"
    for own in (penny, more):
        hub.told(own)
    found = hub.order(penny)
    assert found is not None
    assert found.told is not None
    assert (found.told.rounding, found.total) == (1, 1_001)
    assert hub.order(more) is not None
    assert hub.waiting() == ["channel_order"]


def test_a_barcode_says_what_a_number_does_not(hub: Channelled, shop: FakeShop) -> None:
    hub.books.text("UPDATE product SET barcodes = ? WHERE sku = 'B2'", ('["5901234123457"]',))
    own = shop.order(
        Basket(
            lines=(
                Sold("theirs", 1, "5.00", "5.00", barcode="5901234123457"),
                Sold("other", 1, "5.00", "5.00", barcode="12345"),
            )
        )
    )
    hub.told(own)
    assert mapping.ours(hub.books, CHANNEL, mapping.BARCODE, "5901234123457") == "B2"
    assert mapping.ours(hub.books, CHANNEL, mapping.BARCODE, "12345") == ""
    (part,) = hub.parts(own)
    assert sorted(line.sku for line in part.row.lines) == ["", "B2"]
    assert hub.waiting() == ["order_unknown_sku"]


def test_many_at_once_are_all_taken(hub: Channelled, shop: FakeShop) -> None:
    """More than one round reads."""
    orders = [shop.order(Basket(lines=(Sold("B2", 1, "1.00", "1.00"),))) for _ in range(70)]
    for own in orders:
        assert hub.deliver(own) == 200
    hub.run(lanes.IN)
    assert hub.orders() == 70
    assert {state for _, state in hub.inbox()} == {"done"}


def test_one_wrong_year_hides_nothing(hub: Channelled) -> None:
    shop = hub.shop
    if not shop.fetched:
        pytest.skip("nothing can be asked")
    wrong = shop.order(Basket())
    shop.orders[wrong]["updated_at"] = "2099-01-01T00:00:00.000Z"
    hub.run(lanes.IN)
    after = shop.order(Basket())
    hub.clock.forward(minutes=6)
    hub.run(lanes.IN)
    assert (hub.order(wrong) is not None, hub.order(after) is not None) == (True, True)
    assert hub.state.cursor < "2027"


def test_what_the_shop_gave_back_itself_is_not_given_back_a_second_time(
    hub: Channelled, shop: FakeShop
) -> None:
    """It called the order off, with all its money, while a refund of ours waited to be told."""
    own, other = shop.order(Basket()), shop.order(Basket())
    hub.told(own)
    hub.told(other)
    for told in (own, other):
        whole = hub.order(told)
        assert whole is not None
        with hub.books.transaction():
            money.give_back(
                *(hub.books, whole, "", f"short:{told}", 300, "not in stock", hub.clock.now()),
                store="1",
            )
    whole_sum = {"id": "r1", "amount": "10.00", "reason": "customer"}
    shop.orders[own] |= {"state": "cancelled", "refunds": [whole_sum]}
    shop.touch(own)
    hub.told(own, what="updated")
    hub.run(lanes.OUT)
    assert (shop.refunds(own), shop.refunds(other)) == ([], [300])
    assert sorted(state for _, state in hub.outbox()) == ["done", "refused"]
    assert hub.waiting() == ["channel_act"], "a person looks whether it is right"
