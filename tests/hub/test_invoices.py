"""Invoices at the hub: a number of the till's one series, no money; and whose receipts to believe."""

from __future__ import annotations

import httpx
import msgspec

from sync.hub import devices
from sync.hub.database import Connection, Database
from sync.protocol import FactBuyer, Invoiced, Sale, TillRow
from tests.hub.journals import Journal
from tests.hub.test_push import kinds, totals
from tests.hub.tills import HandClock, Till, play


def invoice(journal: Journal, sale: Sale, /, **changed: object) -> Invoiced:
    fact = Invoiced(
        **journal.stamp(document=True),
        sale=sale.id,
        sale_doc=sale.doc_no,
        sale_date=sale.biz_date,
        currency=sale.currency,
        total=sale.total,
        buyer=FactBuyer("Muster GmbH", ("Ring 1",), "ATU12345678"),
    )
    fact = msgspec.structs.replace(fact, **changed)
    journal.append(fact)
    return fact


def test_an_invoice_counts_in_the_numbers_and_moves_no_money(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = journal.sale()
        invoice(journal, sale)
        other = journal.sale()
        await till.pushed(journal.push())
        assert totals(books) == (2, 0, sale.total + other.total)
        assert kinds(books) == [], "no gap in the numbers, nothing to tell"
        start = journal.seq + 1
        invoice(journal, sale, total=sale.total + 1)
        invoice(journal, sale, sale="unknown")
        await till.pushed(journal.push(start))
        assert kinds(books) == ["figures_differ", "invoice_without_sale"]

    play(database, clock, story)


def test_the_tills_of_a_store_learn_each_others_keys(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """When one is let in, and when one is taken out of service."""

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        await till.join(database)
        (device,) = devices.every(books)
        told = [
            row
            for kind, data in books.text("SELECT kind, rows FROM feed ORDER BY pos")
            if kind == "till"
            for row in msgspec.json.decode(data, type=list[TillRow])
        ]
        assert told == [TillRow(device.device, device.till, device.pubkey)]

    play(database, clock, story)
