"""What came back, at the hub: booked as stated, checked over all tills, told to the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from pos_app.domain.returns import Before, Choice, refund
from pos_app.till.documents import refunded_fact
from sync.hub import feed, refunds
from sync.hub.database import Connection, Database
from sync.hub.report import report
from sync.protocol import Refunded, Sale, SaleRefRow, ShiftClosed, TenderTotal
from tests.hub.journals import DAY, Journal
from tests.hub.test_push import kinds
from tests.hub.tills import HandClock, Till, play

pytestmark = pytest.mark.both_engines


def came_back(
    journal: Journal,
    sale: Sale,
    qty: dict[int, int],
    *,
    knew: list[Refunded] | None = None,
    tender: str = "",
    condition: str = "sellable",
    change: Callable[[Refunded], Refunded] | None = None,
    **more: Any,
) -> Refunded:
    """A refund journalled at a till that knew of `knew` and of nothing else."""
    choices = [Choice(line, amount, "faulty", condition) for line, amount in qty.items()]
    figures = refund(sale, Before.of(knew or []), choices, tender)
    fact = refunded_fact(journal.stamp(document=True), sale, figures, **more)
    fact = change(fact) if change else fact
    journal.append(fact)
    return fact


def amounts(books: Connection) -> list[tuple[str, int, str]]:
    return [(x["kind"], x["amount"], x["detail"]) for x in report(books)["exceptions"]]


def of_one(sale: Sale) -> dict[int, int]:
    """One piece of its first line."""
    return {sale.lines[0].line: 1_000}


def everything(sale: Sale) -> dict[int, int]:
    return {row.line: row.qty for row in sale.lines}


def test_a_refund_is_booked_with_money_tax_stock_and_its_day(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale, kept = journal.sale(), journal.sale()
        part = came_back(journal, sale, of_one(sale))
        rest = {**everything(sale)}
        rest[sale.lines[0].line] -= 1_000
        rest = {line: qty for line, qty in rest.items() if qty}
        last = came_back(journal, sale, rest, knew=[part])
        await till.pushed(journal.push())
        assert kinds(books) == []
        told = report(books)
        assert (told["sales"], told["voids"], told["refunds"]) == (2, 0, 2)
        assert told["refunded"] == sale.total == -part.total - last.total
        assert told["refunds_by_store"] == {"1": {"refunds": 2, "refunded": sale.total}}
        assert (told["total"], told["tax"]) == (kept.total, kept.tax)
        moved: dict[str, int] = {}
        for row in kept.lines:
            moved[row.sku] = moved.get(row.sku, 0) - row.qty
        assert told["stock"] == moved
        paid: dict[str, int] = {}
        for row in kept.payments:
            paid[row.tender] = paid.get(row.tender, 0) + row.amount
        assert {name: sum_ for name, sum_ in told["by_tender"].items() if sum_} == paid
        rows = books.text("SELECT sale_store, sale_date, store_id, biz_date FROM refund")
        assert rows == [("1", DAY, "1", DAY)] * 2

    play(database, clock, story)


def test_damaged_goods_come_back_but_not_into_stock(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = journal.sale(1)
        came_back(journal, sale, everything(sale), condition="damaged")
        await till.pushed(journal.push())
        told = report(books)
        row = sale.lines[0]
        assert told["stock"] == {row.sku: -row.qty}
        assert told["damaged"] == {row.sku: row.qty}
        assert books.text("SELECT on_hand FROM stock WHERE sku = ?", (row.sku,)) == [(-row.qty,)]
        assert told["total"] == 0

    play(database, clock, story)


def test_two_tills_that_take_the_same_thing_back_are_found_out_with_the_amount(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        one, two = Till(client, clock), Till(client, clock)
        first = await one.join(database)
        second = await two.join(database, "2")
        sale = first.sale(1)
        whole = {1: sale.lines[0].qty}
        came_back(first, sale, whole)
        twice = came_back(second, sale, whole)
        await one.pushed(first.push())
        assert kinds(books) == []
        await two.pushed(second.push())
        (told,) = amounts(books)
        assert told[:2] == ("over_return", -twice.total)
        assert f"{2 * sale.lines[0].qty} of {sale.lines[0].qty} came back" in told[2]
        assert report(books)["total"] == twice.total, "booked all the same"

    play(database, clock, story)


def test_more_than_was_sold_in_one_batch_is_found_out_too(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = journal.sale(1)
        whole = {1: sale.lines[0].qty}
        for _ in range(2):
            came_back(journal, sale, whole)
        await till.pushed(journal.push())
        assert [told[:2] for told in amounts(books)] == [("over_return", sale.total)]

    play(database, clock, story)


@pytest.mark.parametrize("order", ["void first", "refund first"])
def test_a_sale_voided_and_refunded_is_found_out_either_way(
    database: Database, books: Connection, clock: HandClock, order: str
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        one, two = Till(client, clock), Till(client, clock)
        first = await one.join(database)
        second = await two.join(database, "2")
        sale = first.sale(3)
        await one.pushed(first.push())
        back = came_back(second, sale, of_one(sale))
        start = first.seq + 1
        first.void(sale)
        pushes = [(one, first.push(start)), (two, second.push())]
        for till, asked in pushes if order == "void first" else reversed(pushes):
            await till.pushed(asked)
        assert [told[:2] for told in amounts(books)] == [("over_return", -back.total)]

    play(database, clock, story)


def _line(fact: Refunded, **changed: Any) -> Refunded:
    return replace(fact, lines=[replace(fact.lines[0], **changed), *fact.lines[1:]])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda fact: _line(fact, tax=fact.lines[0].tax - 1), "tax"),
        (lambda fact: _line(fact, gross=fact.lines[0].gross - 1), "gross"),
        (lambda fact: _line(fact, sold=99_000), "sold"),
        (lambda fact: _line(fact, sku="OTHER"), "no such line"),
        (lambda fact: _line(fact, qty=1_000), "below 0"),
        (lambda fact: _line(fact, condition="eaten"), "condition"),
        (lambda fact: replace(fact, net=fact.net - 1), "net"),
        (lambda fact: replace(fact, total=fact.total - 1), "total"),
        (lambda fact: replace(fact, rounding=2), "rounding"),
        (lambda fact: replace(fact, payments=[]), "payable"),
        (lambda fact: replace(fact, taxes=[]), "tax table"),
    ],
)
def test_a_wrong_figure_is_told_and_booked(
    database: Database, books: Connection, clock: HandClock, change: Any, words: str
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = journal.sale(2)
        fact = came_back(journal, sale, of_one(sale), change=change)
        await till.pushed(journal.push())
        told = next(told for told in amounts(books) if told[0] == "refund_differs")
        assert words in told[2]
        assert report(books)["total"] == sale.total + fact.total

    play(database, clock, story)


def test_money_the_other_way_has_to_say_so(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale, other = journal.sale(2), journal.sale(2)
        came_back(journal, sale, everything(sale), tender="cash")
        came_back(journal, other, everything(other), tender="cash", other_tender="cash")
        await till.pushed(journal.push())
        assert [told[0] for told in amounts(books)] == ["refund_differs"]

    play(database, clock, story)


def test_a_refund_of_an_unknown_sale_is_booked_and_told(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = journal.sale(1)
        stranger = replace(sale, id="0197a1c2-0000-7000-8000-00000000dead")
        once = came_back(journal, stranger, everything(sale))
        came_back(journal, stranger, everything(sale))
        await till.pushed(journal.push())
        assert [told[:2] for told in amounts(books)] == [
            ("refund_without_sale", -once.total),
            ("refund_without_sale", -once.total),
            ("over_return", -once.total),
        ]

    play(database, clock, story)


def test_the_z_adds_refunds_up(database: Database, books: Connection, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.open_shift()
        sale = journal.sale(2)
        back = came_back(journal, sale, of_one(sale))
        for refunds_said in (1, 0):
            sums = {
                name: getattr(sale, name) + getattr(back, name) for name in ("net", "tax", "total")
            }
            cash = sum(
                row.amount for row in [*sale.payments, *back.payments] if row.tender == "cash"
            )
            given = -sum(row.amount for row in back.payments if row.tender == "cash")
            journal.append(
                ShiftClosed(
                    **journal.stamp(), number=1, z_no=1, currency="EUR", opened=DAY,
                    sales=1, voids=0, refunds=refunds_said, refunded=-back.total, cash_back=given,
                    gross=0, discount=0, rounding=0, taxes=[], float_amount=10_000,
                    tenders=[TenderTotal("cash", 10_000 + cash, 10_000 + cash)], **sums,
                )
            )  # fmt: skip
        await till.pushed(journal.push())
        told = [detail for kind, _, detail in amounts(books) if kind == "z_differs"]
        assert len(told) == 1
        assert "refunds: 0, should be 1" in told[0]

    play(database, clock, story)


def test_the_other_tills_are_told_and_old_documents_are_emptied(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = journal.sale(3)
        back = came_back(journal, sale, of_one(sale))
        void = journal.void(journal.sale(1))
        await till.pushed(journal.push())
        assert till.identity is not None
        rows = books.text("SELECT rows FROM feed WHERE kind = 'sale_ref' AND stream = 'store:1'")
        refs = msgspec.json.decode(rows[0][0], type=list[SaleRefRow])
        assert [(ref.kind, ref.of, ref.doc_no) for ref in refs] == [
            ("sale", "", sale.doc_no),
            ("refund", sale.id, back.doc_no),
            ("sale", "", refs[2].doc_no),
            ("void", void.sale, void.doc_no),
        ]
        assert refs[0].total == sale.total
        assert [(row.of, row.qty) for row in refs[1].lines] == [(1, -1_000)]
        asked = [Choice(2, 1_000, "faulty")]
        there = refund(refs[0], Before.of([refs[1]]), asked)
        here = refund(sale, Before.of([back]), asked)
        assert there.total == here.total
        assert [(row.gross, row.net, row.tax, row.before) for row in there.lines] == [
            (row.gross, row.net, row.tax, row.before) for row in here.lines
        ]
        assert there.payments == here.payments
        before = feed.positions(books)
        old = refunds.OldRefs()
        assert old.forget(books, DAY) == 0
        assert old.forget(books, "2027-02-01") == 1
        assert refunds.OldRefs().forget(books, "2027-02-01") == 0
        assert books.text("SELECT rows FROM feed WHERE kind = 'sale_ref'") == [(b"[]",)]
        assert feed.positions(books) == before

    play(database, clock, story)


def test_a_copied_refund_has_its_effects_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = journal.sale(1)
        back = came_back(journal, sale, everything(sale))
        journal.append(replace(back, seq=journal.seq + 1))
        await till.pushed(journal.push())
        assert report(books)["refunds"] == 1
        assert [told[0] for told in amounts(books)] == []

    play(database, clock, story)
