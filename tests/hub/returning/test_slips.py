"""Goods taken in without money: the slip is worth something once the hub agrees, and only once."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pos_app.domain.errors import Refused
from pos_app.domain.exceptions import Way
from sync.hub import exception_desk, exceptions, own_journal, schema, sold
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database, putting
from sync.hub.identity import load_keys
from sync.hub.returning import looking, pended
from sync.protocol import ExceptionResolved, PendedLine, PendedReply, ReturnPended, Sale
from tests.hub.orders.ordering import kinds, on_hand, order, stocked
from tests.hub.orders.shopping import flagged, heard, shop
from tests.hub.returning.coming_back import back, fetched, one
from tests.hub.righting import Asking, free, joined
from tests.hub.test_refunds import came_back
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio
SLIP = "5" * 32
_PRICE = putting(schema.price)


def taken_in(
    till: Asking, of: Sale | None, /, *lines: tuple[str, int, int, int], **said: Any
) -> ReturnPended:
    """A till takes goods in: (SKU, thousandths, said to cost, line of the sale)."""
    rows = tuple(PendedLine(sku, sku, qty, cost, of=no) for sku, qty, cost, no in lines)
    fact = ReturnPended(
        **till.journal.stamp(document=True),
        **{
            "slip": SLIP,
            "why": "offline",
            "currency": "EUR",
            "lines": rows,
            "amount": sum(row.amount for row in rows),
            "sale": of.id if of else "",
            "sale_doc": of.doc_no if of else "",
            **said,
        },
    )
    till.journal.append(fact)
    return fact


async def slip(till: Asking, account: str = SLIP) -> PendedReply:
    body = msgspec.json.encode({"slip": account})
    answer = await till.till.send("POST", "/v1/returns/pended", body)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=PendedReply)


def first(sale: Sale, qty: int = 0) -> tuple[str, int, int, int]:
    row = sale.lines[0]
    return row.sku, qty or row.qty, row.net + row.tax, row.line


async def test_a_slip_is_worth_what_was_paid_as_soon_as_its_sale_is_known(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        sale = till.journal.sale(2)
        row = sale.lines[0]
        taken_in(till, sale, first(sale))
        assert await till.push() == ["applied"] * 2
        told = await slip(till)
        assert (told.state, told.credited, told.store) == ("CONFIRMED", row.net + row.tax, "1")
        assert free(books, clock, SLIP) == row.net + row.tax
        sold_of_it = sum(each.qty for each in sale.lines if each.sku == row.sku)
        assert on_hand(books, row.sku) == row.qty - sold_of_it
        assert sold.left_of(books, sold.account(sale.id, row.line)) == 0
        doc = await one(till, sale=sale.id)
        assert [(ref.total, ref.payments[0].tender) for ref in doc.back] == [
            (-row.net - row.tax, "credit")
        ]
        assert kinds(books) == []


async def test_a_slip_waits_while_the_till_that_sold_it_is_silent(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        seller = await joined(client, clock, database)
        till = await joined(client, clock, database, "2")
        sale = seller.journal.sale(2)
        taken_in(till, sale, first(sale))
        await till.push()
        clock.forward(days=5)
        assert looking.look(books, clock.now()) == 0
        assert (await slip(till)).state == "WAITING", "its till may bring the sale any day"
        assert (free(books, clock, SLIP), kinds(books)) == (0, [])
        await seller.push()
        assert looking.look(books, clock.now()) == 1
        assert looking.look(books, clock.now()) == 0
        told = await slip(till)
        assert (told.state, told.credited) == ("CONFIRMED", sale.lines[0].net + sale.lines[0].tax)
        assert free(books, clock, SLIP) == told.credited


async def test_a_slip_whose_sale_nobody_knows_is_told_to_a_person_and_may_still_be_found(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        seller = await joined(client, clock, database)
        till = await joined(client, clock, database, "2")
        sale = seller.journal.sale(2)
        said = taken_in(till, sale, first(sale), sale_doc="9-9-1.1")
        await till.push()
        clock.forward(days=3)
        assert looking.look(books, clock.now()) == 1
        assert [amount for amount, _ in flagged(books, "over_return")] == [said.amount]
        assert (await slip(till)).state == "CONFLICT"
        await seller.push()
        looking.look(books, clock.now())
        assert (await slip(till)).state == "CONFIRMED"
        (case,) = exceptions.every(books)
        assert case.state == "settled"


@pytest.mark.parametrize("first_heard", ["refund", "slip"])
async def test_goods_that_came_back_twice_are_no_credit_and_are_told_with_the_amount(
    database: Database, books: Connection, clock: HandClock, first_heard: str
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        other = await joined(client, clock, database, "2")
        sale = till.journal.sale(1)
        await till.push()
        row = sale.lines[0]
        refund = came_back(till.journal, sale, {1: row.qty})
        said = taken_in(other, sale, first(sale))
        for each in (till, other) if first_heard == "refund" else (other, till):
            await each.push()
        assert [amount for amount, _ in flagged(books, "over_return")] == [said.amount]
        told = await slip(till)
        if first_heard == "refund":
            assert (told.state, told.credited, free(books, clock, SLIP)) == ("CONFLICT", 0, 0)
            (case,) = exceptions.every(books)
            assert set(case.facts) == {refund.id, said.id}
        else:
            assert told.state == "CONFIRMED"


async def test_what_fits_is_credited_and_a_person_decides_on_the_rest(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        stocked(books, clock, A1=9)
        till.journal.open_shift()
        sale = till.journal.sale(1)
        while sale.lines[0].qty != 2_000:
            sale = till.journal.sale(1)
        row = sale.lines[0]
        came_back(till.journal, sale, {1: 1_000})
        said = taken_in(till, sale, first(sale))
        await till.push()
        half = (row.net + row.tax) // 2
        told = await slip(till)
        assert (told.state, told.credited) == ("CONFLICT", row.net + row.tax - _half(row))
        (case,) = [each for each in exceptions.every(books) if each.kind == "over_return"]
        assert case.amount == half
        decided(books, clock, case.id, Way.WRITE_OFF)
        told = await slip(till)
        assert told.state == "PAID"
        assert free(books, clock, SLIP) == told.credited == row.net + row.tax - _half(row) + half
        assert said.amount == row.net + row.tax


def _half(row: Any) -> int:
    """What one of two cost, rounded as a return is."""
    net, tax = row.net + row.tax, row.tax
    half_tax = (tax + 1) // 2
    return (net + 1) // 2 - half_tax + half_tax


def decided(books: Connection, clock: HandClock, case: str, way: Way) -> None:
    head = own_journal.head(clock.now(), RandomIds(), actor="hub:Eve")
    with books.transaction():
        exception_desk.at_hub(
            *(books, load_keys(books), case, ExceptionResolved, clock.now(), head),
            resolution=way,
        )


@pytest.mark.parametrize(("amount", "state"), [(0, "REJECTED"), (300, "ADJUSTED")])
async def test_a_person_at_the_hub_rejects_or_adjusts_a_slip_once(
    database: Database, books: Connection, clock: HandClock, amount: int, state: str
) -> None:
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        taken_in(till, None, ("A1", 1_000, 900, 0), why="no_copy", sale_doc="1-7-1.9")
        await till.push()
        keys, words = load_keys(books), {"actor": "hub:Eve", "why": "looked at"}
        with books.transaction():
            pended.decide(books, keys, SLIP, amount, clock.now(), **words)
        with books.transaction(), pytest.raises(Refused, match="slip_is_decided"):
            pended.decide(books, keys, SLIP, 900, clock.now(), **words)
        told = await slip(till)
        assert (told.state, told.credited, free(books, clock, SLIP)) == (state, amount, amount)
        looking.look(books, clock.now())
        assert free(books, clock, SLIP) == amount


@pytest.mark.parametrize(
    ("said", "price", "state", "credit"),
    [
        (3_000, 2_500, "CONFIRMED", 2_500),
        (2_000, 2_500, "CONFIRMED", 2_000),
        (9_900, 9_500, "CONFLICT", 5_000),
        (900, 0, "CONFLICT", 0),
    ],
)
async def test_without_a_receipt_the_policy_says_what_goods_are_worth(
    database: Database,
    books: Connection,
    clock: HandClock,
    said: int,
    price: int,
    state: str,
    credit: int,
) -> None:
    with books.transaction():
        now_lower = [("A1", "retail", "EUR", "2026-11-20", "2026-11-24", price, 0)] if price else []
        dear = [("A1", "retail", "EUR", "", "", price + 700, 0)] if price else []
        old = [("A1", "retail", "EUR", "2026-01-01", "2026-02-01", 5, 0)]
        books.many(_PRICE, [*now_lower, *dear, *old])
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        taken_in(till, None, ("A1", 1_000, said, 0), why="no_receipt")
        await till.push()
        told = await slip(till)
        assert (told.state, told.credited, free(books, clock, SLIP)) == (state, credit, credit)
        assert on_hand(books) == 1_000
        over = said - credit if state == "CONFLICT" else 0
        assert sum(amount for amount, _ in flagged(books, "over_return")) == over


async def test_an_order_on_a_slip_is_credit_and_its_shop_is_asked_for_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        own = await fetched(till, books, clock, order())
        taken_in(till, None, ("A1", 1_000, 1_000, 0), why="order", sale=own.order_id)
        await till.push()
        told = await slip(till)
        assert (told.state, told.credited) == ("CONFIRMED", 1_000)
        assert own.account.can_go_back == 0
        assert [act for act, _, _ in heard(books) if act == "refund"] == []
        assert own.row.history[-1].what == "returned"
        doc = await one(till, sale=own.order_id)
        assert doc.back[0].lines[0].of == 1
        again = back(till, msgspec.structs.replace(doc, back=()), {1: 1_000})
        await till.push()
        assert [amount for amount, _ in flagged(books, "over_return")] == [-again.total]
        assert [act for act, _, _ in heard(books) if act == "refund"] == []


@pytest.mark.parametrize("by", ["office", "exception"])
async def test_goods_of_a_slip_that_a_person_paid_before_its_sale_was_known_come_back_once(
    database: Database, books: Connection, clock: HandClock, by: str
) -> None:
    async with running(database, clock) as client:
        seller = await joined(client, clock, database)
        till = await joined(client, clock, database, "2")
        sale = seller.journal.sale(1)
        row = sale.lines[0]
        worth = row.net + row.tax
        taken_in(till, sale, first(sale), sale_doc="9-9-1.1" if by == "exception" else "")
        await till.push()
        if by == "office":
            with books.transaction():
                words = {"actor": "hub:Eve", "why": "known here"}
                pended.decide(books, load_keys(books), SLIP, worth, clock.now(), **words)
        else:
            clock.forward(days=3)
            looking.look(books, clock.now())
            (case,) = exceptions.every(books)
            decided(books, clock, case.id, Way.WRITE_OFF)
            looking.look(books, clock.now())
        told = await slip(till)
        assert (told.state, free(books, clock, SLIP)) == ("PAID", worth)
        await seller.push()
        assert sold.left_of(books, sold.account(sale.id, row.line)) == 0
        before = len(flagged(books, "over_return"))
        came_back(seller.journal, sale, {1: row.qty})
        await seller.push()
        again = [amount for amount, _ in flagged(books, "over_return")]
        assert again[before:] == [worth]


async def test_nobody_knows_a_slip_that_was_never_told_of(
    database: Database, books: Connection, clock: HandClock
) -> None:
    del books
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        assert (await slip(till, "0" * 32)).state == "UNKNOWN"
