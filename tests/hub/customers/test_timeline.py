"""A customer's history: everything once, newest first, a page at a time, fast also where it is long."""

from __future__ import annotations

import time

import httpx
import msgspec
import pytest

from sync.hub import schema
from sync.hub.customers import book, people, timeline
from sync.hub.customers.people import Person
from sync.hub.database import Connection, Database, adding
from sync.hub.orders import signals
from sync.protocol import Consent, TimelineAsk
from tests.hub.customers.people_at import act, bought, earned, entered, history, moments, sara, sent
from tests.hub.orders.ordering import order, stocked, took
from tests.hub.righting import joined, new_id
from tests.hub.tills import HandClock, play, problem

EVENTS = 5_000


@pytest.mark.both_engines
def test_all_that_happened_is_told_once_and_by_kind(
    database: Database, books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=5)

    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till, consents=(Consent("calls", "no", "2026-11-25T07:00:00.000Z"),))
        sale = bought(till, row.customer)
        voided = bought(till, row.customer, 200)
        till.journal.void(voided)
        earned(till, row.customer, 10)
        await till.push()
        took(books, order(), clock)
        books.text("UPDATE customer_order SET customer = ?", (row.customer,))
        clock.forward(minutes=5)
        request = await act(
            till, "support", row.customer, text="A button is missing", about=sale.id
        )
        assert request.text == "T-1"
        await act(till, "note", row.customer, text="Prefers mail.")
        told = await moments(till, row.customer)
        assert [one.at for one in told] == sorted((one.at for one in told), reverse=True)
        kinds = sorted(one.kind for one in told)
        assert kinds == ["consent", "note", "order", "points", "sale", "sale", "support"]
        by_name = {one.name: one for one in told}
        assert by_name[voided.doc_no].state == "voided"
        shown = by_name[sale.doc_no]
        assert (shown.amount, shown.items, shown.place, shown.ref) == (
            1_000,
            1,
            "Test Store",
            sale.id,
        )
        assert (by_name["T-1"].state, by_name["T-1"].detail) == ("open", "A button is missing")
        assert by_name["W-1"].place == "web"
        for kind, wanted in {
            "orders": ["order", "sale", "sale"],
            "support": ["note", "support"],
            "points": ["points"],
            "returns": [],
        }.items():
            assert (
                sorted(one.kind for one in await moments(till, row.customer, kind=kind)) == wanted
            )
        solved = await act(till, "support_state", row.customer, about="T-1", state="solved")
        assert (solved.state, solved.text) == ("DONE", "T-1")
        wrong = await act(till, "support_state", row.customer, about="T-1", state="forgotten")
        assert wrong.why == "request_state_unknown"
        other = await entered(till, sara(contacts=()))
        foreign = await act(till, "support_state", other.customer, about="T-1", state="open")
        assert foreign.why == "request_unknown"
        told = await moments(till, row.customer, kind="support")
        assert [one.state for one in told if one.kind == "support"] == ["solved"]

    play(database, clock, story)


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_have_no_hole_and_nothing_twice_also_at_one_instant(
    database: Database, books: Connection, clock: HandClock, limit: int
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till)
        for number in range(5):
            await act(till, "note", row.customer, text=f"note {number}")
        for number in range(3):
            await act(till, "support", row.customer, text=f"request {number}")
        clock.forward(minutes=1)
        for number in range(5, 8):
            await act(till, "note", row.customer, text=f"note {number}")
        told = await moments(till, row.customer, limit=limit)
        texts = [one.detail for one in told]
        assert len(texts) == 11
        assert len(set(texts)) == 11
        assert set(texts[:3]) == {"note 5", "note 6", "note 7"}

    play(database, clock, story)


def test_what_they_looked_for_is_told_only_of_who_agreed(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till)
        with books.transaction():
            signals.keep(
                books, signals.NO_STOCK, store="1", sku="A1", customer=row.customer, now=clock.now()
            )
        assert await moments(till, row.customer) == []
        yes = Consent("tips", "yes", "2026-11-25T08:59:00.000Z")
        await act(till, "save", row.customer, consents=(yes,))
        told = await moments(till, row.customer)
        assert [one.kind for one in told] == ["look", "consent"]

    play(database, clock, story)


def test_nobody_has_no_history_and_a_cursor_is_one_of_ours(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        told = await history(till, new_id())
        assert (told.moments, told.cursor) == ((), "")
        row = await entered(till)
        for wrong in ("|x", "2026|", "2026|-1", "2026|1e3", "|1"):
            body = msgspec.json.encode({"customer": row.customer, "before": wrong})
            answer = await till.till.send("POST", "/v1/customers/timeline", body)
            assert problem(answer) == "malformed"

    play(database, clock, story)


def crowded(books: Connection, clock: HandClock) -> Person:
    """Somebody with thousands of sales."""
    with books.transaction():
        person, _ = book.save(books, new_id(), sara(), clock.now(), store="1")
        documents, links = [], []
        for n in range(1, EVENTS + 1):
            at = (
                f"20{10 + n // 400:02}-{1 + n // 28 % 12:02}-{1 + n % 28:02}T10:00:{n % 60:02}.000Z"
            )
            money = (n * 10, 0, n * 9, n, n * 10, n * 10, 0, None)
            named = (n, "sale", "1", "1", f"1-1-1.{n}", at[:10], at, "s", "7", "EUR")
            documents.append((*named, *money))
            links.append((person.customer, at, n, "sale", f"sale-{n}", "1"))
        books.many(adding(schema.document), documents)
        books.many(adding(schema.customer_document), links)
    return person


def test_five_thousand_events_open_at_once(books: Connection, clock: HandClock) -> None:
    person = crowded(books, clock)
    spent = []
    for _ in range(5):
        began = time.perf_counter()
        first = timeline.page(books, TimelineAsk(person.customer), clock.now())
        spent.append(time.perf_counter() - began)
    assert len(first.moments) == 50
    assert first.cursor
    assert min(spent) < 0.05
    began = time.perf_counter()
    row = book.row(books, person.customer, clock.now())
    assert time.perf_counter() - began < 1
    assert row is not None
    assert row.visits == EVENTS
    assert people.find(books, person.customer) is not None
    assert sent(books, clock) == 1
