"""A till finds what was sold anywhere by what a customer has in the hand, and reads nobody's books."""

from __future__ import annotations

from pathlib import Path

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from sync.hub import devices, policies
from sync.hub.answers import RandomIds, SystemClock
from sync.hub.catalogue_file import CatalogueFile
from sync.hub.catalogue_rows import Options
from sync.hub.database import Connection, Database
from sync.hub.identity import load_keys, new_code
from sync.hub.importing import Run, import_catalogue
from sync.hub.returning import finding
from sync.protocol import EnrolReply, Sale
from tests.hub.journals import DAY, Journal
from tests.hub.orders.ordering import line, order, stocked
from tests.hub.orders.shopping import shop
from tests.hub.returning.coming_back import fetched, found, one
from tests.hub.righting import Asking, joined, new_id, second_store
from tests.hub.test_refunds import came_back
from tests.hub.tills import HandClock, Till, problem, running

pytestmark = pytest.mark.anyio


@pytest.mark.both_engines
async def test_a_sale_of_another_store_is_found_with_all_that_came_back_of_it(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        seller = await joined(client, clock, database)
        other = await joined(client, clock, database, "2")
        asks = await in_store(client, clock, books, "2")
        sale = seller.journal.sale(3)
        part = came_back(seller.journal, sale, {1: 1_000})
        await seller.push()
        for said in ({"number": sale.doc_no}, {"sale": sale.id}):
            doc = await one(asks, **said)
            assert (doc.sale.id, doc.sale.store, doc.channel) == (sale.id, "1", "")
            assert [line.line for line in doc.sale.lines] == [row.line for row in sale.lines]
            assert [ref.id for ref in doc.back] == [part.id]
        lines = [[2, sale.lines[1].qty]]
        await other.ask("/v1/return-auths", id=new_id(), sale=sale.id, lines=lines)
        doc = await one(asks, sale=sale.id)
        assert [(way.line, way.qty, way.store, way.till) for way in doc.on_the_way] == [
            (2, sale.lines[1].qty, "1", "2")
        ]
        assert (await found(asks, number="1-1-9.99")).docs == ()


async def in_store(
    client: httpx.AsyncClient, clock: HandClock, books: Connection, store_id: str
) -> Asking:
    """A till of another store."""
    second_store(books, store_id)
    till = Till(client, clock)
    code = new_code(RandomIds())
    with books.transaction():
        devices.issue_code(books, store_id, "1", code, clock.now(), replaces=False)
    answer = await till.ask_to_enrol(code)
    till.identity = msgspec.json.decode(answer.content, type=EnrolReply)
    till.journal = Journal(till.key, till.identity)
    with books.transaction():
        devices.approve(books, till.identity.device, clock.now())
    return Asking(till, till.journal)


async def test_by_a_cards_last_digits_only_with_its_day_and_total(
    database: Database, books: Connection, clock: HandClock
) -> None:
    del books
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        till.journal.open_shift()
        shift = till.journal.stamp()["shift"]
        sale = by_card(till, "4242")
        by_card(till, "1111")
        await till.push()
        assert shift == till.journal.shift
        doc = await one(till, last4="4242", day=DAY, total=sale.payable)
        assert (doc.sale.id, doc.paid_by) == (sale.id, "card •4242")
        for less in (
            {"last4": "4242"},
            {"last4": "4242", "day": DAY},
            {"day": DAY, "total": sale.payable},
            {"number": sale.doc_no, "customer": "c"},
            {},
            {"number": "x" * 200},
        ):
            answer = await till.till.send("POST", "/v1/sales/find", encoded(less))
            assert problem(answer) == "malformed"


def encoded(said: dict[str, object]) -> bytes:
    return msgspec.json.encode(said)


def by_card(till: Asking, last4: str) -> Sale:
    """A sale that was paid by card."""

    def paid(fact: Sale) -> Sale:
        return replace(
            fact,
            payments=[replace(fact.payments[0], tender="card", last4=last4, amount=fact.payable)],
        )

    sale = till.journal.sale(1)
    till.journal.entries.pop()
    till.journal.hashes.pop()
    till.journal.seq -= 1
    made = paid(sale)
    till.journal.append(made)
    return made


async def test_a_till_that_reads_on_is_slowed_down_and_another_is_not(
    database: Database, books: Connection, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    del books
    monkeypatch.setattr(finding, "TIMES_MAX", 5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        other = await joined(client, clock, database, "2")
        for number in range(5):
            await found(till, number=f"1-1-1.{number}")
        answer = await till.till.send("POST", "/v1/sales/find", encoded({"number": "1-1-1.9"}))
        assert problem(answer) == "slow_down"
        assert int(answer.headers["retry-after"]) > 0
        await found(other, number="1-1-1.1")
        clock.forward(seconds=finding.SPAN_S)
        await found(till, number="1-1-1.1")


async def test_what_may_not_come_back_and_until_when_the_rest_may(
    database: Database, books: Connection, clock: HandClock, tmp_path: Path
) -> None:
    shop(books)
    path = tmp_path / "goods.csv"
    path.write_text(
        "sku,name,department,price,stock,returnable,return days\n"
        "A1,Ring,Jewels,10.00,9,no,\n"
        "B1,Sock,Socks,5.00,9,yes,\n"
        "C1,Lamp,Lamps,7.00,9,,100\n"
        "D1,Book,Books,7.00,9,yes,0\n"
    )
    with CatalogueFile(path, Options()) as file:
        report = import_catalogue(books, file, Run("1"), SystemClock())
    assert report.added == 4
    text = policies.shipped_policy().replace(
        "[returns.departments]", "[returns.departments]\nSocks = 5"
    )
    with books.transaction():
        policies.put(books, text, load_keys(books), clock.now())
    stocked(books, clock, A1=9, B1=9, C1=9, D1=9, E1=9)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        lines = [line("A1"), line("B1"), line("C1"), line("D1"), line("E1", fixed=True)]
        own = await fetched(till, books, clock, order(*lines))
        doc = await one(till, sale=own.order_id)
        assert doc.fixed == (1, 5)
        assert doc.sale.biz_date == DAY
        assert doc.until == ((2, "2026-11-30"), (3, "2027-03-05"), (4, ""))


async def test_by_customer_the_newest_of_all_stores_and_channels_first(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=9)
    who = new_id()
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        sale = till.journal.sale(1, customer=who)
        till.journal.sale(1, customer=new_id())
        till.journal.sale(1)
        await till.push()
        own = await fetched(till, books, clock, order())
        with books.transaction():
            books.text(
                "UPDATE customer_order SET customer = ? WHERE order_id = ?", (who, own.order_id)
            )
        told = await found(till, customer=who)
        assert {doc.sale.id for doc in told.docs} == {sale.id, own.order_id}
        assert [doc.customer for doc in told.docs] == [who, who]
        assert not told.more
        assert (await found(till, customer=new_id())).docs == ()
