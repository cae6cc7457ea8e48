"""An online order comes back over a store's counter: found, counted once, its money asked back once."""

from __future__ import annotations

import pytest
from msgspec import structs
from msgspec.structs import replace

from sync.hub import sold
from sync.hub.channels.canonical import ChannelOrder, ChannelPayment, ChannelRefund
from sync.hub.database import Connection, Database
from tests.hub.orders.ordering import kinds, later, line, on_hand, order, stocked, took, unpaid
from tests.hub.orders.shopping import Ordered, flagged, heard, shop
from tests.hub.returning.coming_back import back, fetched, one, states
from tests.hub.righting import Asking, joined, new_id
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio
TWO = (
    line(qty=3_000, gross=2_000, tax=182, tax_rate_ppm=100_000, discount=997),
    line("B1", gross=1_500),
)


async def test_an_order_is_found_with_what_was_handed_over_its_prices_tax_and_way_of_payment(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5, B1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        own = await fetched(till, books, clock, order(*TWO))
        for asked in ({"number": "W-1"}, {"sale": own.order_id}, {"number": " w-1"}):
            doc = await one(till, **asked)
            sale = doc.sale
            assert (sale.kind, sale.id, sale.doc_no, sale.store) == (
                "order",
                own.order_id,
                "W-1",
                "1",
            )
            assert [(row.line, row.sku, row.qty, row.total) for row in sale.lines] == [
                (1, "A1", 3_000, 2_000),
                (2, "B1", 1_000, 1_500),
            ]
            first, second = sale.lines
            assert (first.tax, first.net, first.rate_ppm, first.gross) == (
                182,
                1_818,
                100_000,
                2_997,
            )
            assert (second.tax, second.rate_ppm, second.tax_code) == (136, 100_000, "reduced")
            assert [(paid.tender, paid.amount) for paid in sale.payments] == [("shop", 3_500)]
            assert (doc.channel, doc.paid_by, doc.by_hand) == ("web", "Visa •1180", False)
            assert [what for what, _at in doc.steps] == ["ordered", "ready", "collected"]
            assert (doc.back, doc.waiting, doc.fixed) == ((), (), ())


async def test_what_nobody_fetched_yet_is_no_return_and_the_numbers_of_lines_stay(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5, B1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        told = order(*TWO)
        took(books, told, clock)
        waits = await one(till, number="W-1")
        assert waits.sale.lines == ()
        assert waits.waiting == (("Article A1", 3_000), ("Article B1", 1_000))
        swapped = later(told, 1, lines=(line("C1", gross=100), *reversed(TWO)), total=3_600)
        took(books, swapped, clock)
        assert [row.sku for row in (await one(till, number="W-1")).sale.lines] == []
        numbered = books.text("SELECT line, no FROM order_line ORDER BY no")
        assert numbered == [("L-A1", 1), ("L-B1", 2), ("L-C1", 3)]


async def test_a_return_asks_the_shop_once_and_the_goods_are_on_sale_in_the_store_that_took_them(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5, B1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        own = await fetched(till, books, clock, order(*TWO))
        doc = await one(till, number="W-1")
        first = back(till, doc, {1: 1_000})
        assert (first.total, first.payments[0].tender) == (-667, "shop")
        assert await till.push() == ["applied"]
        assert on_hand(books) == 2_000 + 1_000
        assert heard(books)[-1] == ("refund", 667, (("L-A1", 1_000),))
        assert states(books) == [(1, 667, "REFUND_PENDING")]
        assert sold.left_of(books, sold.account(own.order_id, 1)) == 2_000
        assert [event.what for event in own.row.history][-1] == "returned"
        doc = await one(till, number="W-1")
        rest = back(till, doc, {1: 2_000, 2: 1_000}, condition="damaged")
        assert first.total + rest.total == -3_500, "all of it, to the cent"
        assert await till.push() == ["applied"]
        assert on_hand(books) == 3_000, "what is damaged is not sold again"
        asked = [(amount, lines) for act, amount, lines in heard(books) if act == "refund"]
        assert asked == [
            (667, (("L-A1", 1_000),)),
            (1_333, (("L-A1", 2_000),)),
            (1_500, (("L-B1", 1_000),)),
        ]
        assert kinds(books) == []
        assert own.account.can_go_back == 0


@pytest.mark.parametrize("wrong", ["line", "amount"])
async def test_a_shop_gives_no_more_than_the_line_cost_whatever_the_till_says(
    database: Database, books: Connection, clock: HandClock, wrong: str
) -> None:
    shop(books)
    stocked(books, clock, A1=5, B1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        await fetched(till, books, clock, order(*TWO))
        doc = await one(till, number="W-1")
        journal = till.journal
        fact = back(till, doc, {2: 1_000})
        journal.seq -= 1
        journal.entries.pop()
        journal.hashes.pop()
        if wrong == "line":
            rows = tuple(structs.replace(row, of=9) for row in fact.lines)
            fact = structs.replace(fact, lines=rows)
        else:
            paid = tuple(structs.replace(row, amount=-3_500) for row in fact.payments)
            fact = structs.replace(fact, payments=paid, payable=-3_500)
        journal.append(fact)
        await till.push()
        assert kinds(books) == ["refund_differs"]
        asked = [amount for act, amount, _ in heard(books) if act == "refund"]
        assert asked == ([] if wrong == "line" else [1_500])


async def test_the_hubs_word_knows_an_orders_lines(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5, B1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        other = await joined(client, clock, database, "2")
        own = await fetched(till, books, clock, order(*TWO))
        asked = {"sale": own.order_id, "lines": [[1, 2_000]]}
        word = await till.ask("/v1/return-auths", id=new_id(), **asked)
        assert word.state == "AUTHORISED"
        no = await other.ask("/v1/return-auths", id=new_id(), **asked)
        assert (no.state, no.left) == ("REFUSED", 1_000)
        assert no.taken is not None
        assert (no.taken.kind, no.taken.till) == ("word", "1")
        doc = await one(other, sale=own.order_id)
        assert [(way.line, way.qty, way.till) for way in doc.on_the_way] == [(1, 2_000, "1")]
        back(till, await one(till, sale=own.order_id), {1: 2_000}, auth=word.id)
        await till.push()
        left = await other.ask("/v1/return-auths", id=new_id(), **asked)
        assert (left.state, left.left) == ("REFUSED", 1_000)
        unknown = await till.post(
            "/v1/return-auths", id=new_id(), sale=own.order_id, lines=[[9, 1_000]]
        )
        assert "sale_unknown" in unknown.text


@pytest.mark.parametrize("first", ["till", "shop"])
async def test_the_same_goods_refunded_at_a_till_and_in_the_shops_admin_are_told_once(
    database: Database, books: Connection, clock: HandClock, first: str
) -> None:
    shop(books)
    stocked(books, clock, A1=5, B1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        told = unpaid(order(*TWO))
        till.journal.open_shift()
        own = await _paid_at_the_till(till, books, clock, told)
        doc = await one(till, number="W-1")
        assert sum(row.amount for row in doc.sale.payments) == 3_500
        assert "shop" not in {row.tender for row in doc.sale.payments}, "a till took it"
        clock.forward(hours=1)
        paid = ChannelPayment("paid", 3_500, 0, "store")
        refunded = later(
            told,
            9,
            payment=paid,
            refunds=(ChannelRefund("r1", 1_500, "", (("L-B1", 1_000),)),),
        )
        if first == "shop":
            took(books, refunded, clock)
            assert kinds(books) == []
        fact = back(till, doc, {2: 1_000})
        assert "shop" not in {row.tender for row in fact.payments}
        await till.push()
        if first == "till":
            assert kinds(books) == []
            took(books, refunded, clock)
        took(books, replace(refunded, external_version="2026-11-25T09:30:00.000Z"), clock)
        assert [amount for amount, _ in flagged(books, "over_return")] == [1_500]
        assert kinds(books) == ["over_return"]
        assert sold.left_of(books, sold.account(own.order_id, 2)) == -1_000
        found = await one(till, number="W-1")
        assert sorted(row.total for row in found.back) == [-1_500, -1_500]


async def _paid_at_the_till(
    till: Asking, books: Connection, clock: HandClock, told: ChannelOrder
) -> Ordered:
    own = Ordered(till, books, clock, told)
    await own.ready()
    sale = own.paying()
    goods = tuple((row.sku, row.qty) for row in own.row.lines)
    assert await own.step("COLLECTED", *goods, sale=sale.id, due=3_500) == ["applied"] * 2
    return own


async def test_what_the_shop_gave_back_before_is_not_asked_of_it_again(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5, B1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        told = order(*TWO)
        await fetched(till, books, clock, told)
        doc = await one(till, number="W-1")
        clock.forward(hours=1)
        refund = ChannelRefund("r1", 1_500, "", (("L-B1", 1_000),))
        took(books, later(told, 9, refunds=(refund,)), clock)
        back(till, doc, {2: 1_000})
        assert await till.push() == ["exception"]
        assert [amount for amount, _ in flagged(books, "over_return")] == [1_500]
        assert [act for act, _, _ in heard(books) if act == "refund"] == []
        assert states(books) == [(2, 1_500, "NOT_OWED")]
