"""An exchange at the hub: two documents that net to zero, or a person is told."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import uuid_utils

from pos_app.domain.basket import Basket, Line
from pos_app.domain.returns import Before, Choice, refund
from pos_app.till.documents import refunded_fact
from sync.hub.database import Connection, Database
from sync.hub.report import report
from sync.protocol import FactPayment, Refunded, Sale
from tests.hub.journals import DAY, Journal, sale_of
from tests.hub.test_refunds import amounts, came_back
from tests.hub.tills import HandClock, Till, play

pytestmark = pytest.mark.both_engines


def sold(journal: Journal, price: int, **changed: Any) -> Sale:
    line = Line(1, "SKU-00001", "Article", 1_000, price, "standard")
    name = str(uuid_utils.uuid7())
    basket = Basket(name, "EUR", "2026-11-25T09:00:00.000Z", DAY, (line,))
    fact = sale_of(journal, basket, **changed)
    journal.append(fact)
    return fact


def exchanged(
    journal: Journal, sale: Sale, price: int, *, out: int | None = None, named: bool = True
) -> tuple[Refunded, Sale]:
    """A sale comes back for one at another price; `out` is what the new one says was carried over."""
    carried = min(sale.total, price)
    figures = refund(sale, Before(), [Choice(1, 1_000, "too_small")], "", carried)
    stamp, other = journal.stamp(document=True), str(uuid_utils.uuid7())
    back = refunded_fact(stamp, sale, figures, exchange=other)
    journal.append(back)
    said = carried if out is None else out
    paid = [FactPayment("exchange", said, ref="cash")] if said else []
    if price > said:
        paid.append(FactPayment("cash", price - said, price - said, 0))
    new = sold(journal, price, id=other, payments=paid, exchange=back.id if named else "no-such")
    return back, new


@pytest.mark.parametrize("price", [900, 1_000, 1_350])
def test_an_exchange_is_money_of_nobody(
    database: Database, books: Connection, clock: HandClock, price: int
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = sold(journal, 1_000)
        back, new = exchanged(journal, sale, price)
        await till.pushed(journal.push(last=journal.seq - 1))
        await till.pushed(journal.push(journal.seq))
        assert amounts(books) == []
        assert report(books)["total"] == sale.total + back.total + new.total

    play(database, clock, story)


def test_what_was_taken_in_exchange_comes_back_the_way_the_first_was_paid(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        _, new = exchanged(journal, sold(journal, 1_000), 1_350)
        gone = came_back(journal, new, {1: 1_000})
        assert [(row.tender, row.amount) for row in gone.payments] == [("cash", -1_350)]
        await till.pushed(journal.push())
        assert amounts(books) == []

    play(database, clock, story)


@pytest.mark.parametrize(
    ("said", "named", "words"),
    [(1_200, True, "carried over"), (400, True, "carried over"), (1_000, False, "no such refund")],
)
def test_money_that_nobody_brought_is_told(
    database: Database, books: Connection, clock: HandClock, said: int, named: bool, words: str
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        exchanged(journal, sold(journal, 1_000), 1_350, out=said, named=named)
        await till.pushed(journal.push())
        kind, amount, detail = amounts(books)[0]
        assert (kind, amount) == ("figures_differ", 1_350)
        assert words in detail

    play(database, clock, story)


@pytest.mark.parametrize("tender", ["exchange", "shop", "gift_card", "credit"])
def test_goods_that_nothing_paid_for_are_told(
    database: Database, books: Connection, clock: HandClock, tender: str
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        paid = [FactPayment(tender, 400), FactPayment("cash", 600, 600, 0)]
        sold(journal, 1_000, payments=paid)
        await till.pushed(journal.push())
        assert [row[:2] for row in amounts(books)] == [("figures_differ", 1_000)]

    play(database, clock, story)
