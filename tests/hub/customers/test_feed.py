"""Whose row which store has: those it sees, for as long as it does, and never a stranger's."""

from __future__ import annotations

import httpx
import pytest
from msgspec.structs import replace

from sync.hub import feed, snapshots
from sync.hub.customers import book, feeding, reading
from sync.hub.customers.running import Rows
from sync.hub.database import Connection, Database
from tests.hub.customers.people_at import bought, entered, found, rows, sara, sent
from tests.hub.righting import Asking, joined, new_id, second_store
from tests.hub.tills import HandClock, play


async def away(
    client: httpx.AsyncClient, clock: HandClock, database: Database, books: Connection
) -> Asking:
    """A till of the second store."""
    till = await joined(client, clock, database, "2")
    with books.transaction():
        books.text("UPDATE device SET store_id = '2' WHERE device = ?", (till.device,))
    till.journal.identity = replace(till.journal.identity, store="2")
    return till


def test_a_store_knows_whom_it_sees_and_nobody_else(
    database: Database, books: Connection, clock: HandClock
) -> None:
    second_store(books)

    async def story(client: httpx.AsyncClient) -> None:
        one = await joined(client, clock, database)
        two = await away(client, clock, database, books)
        row = await entered(one)
        stranger = await entered(one, sara(name="Ada", contacts=()))
        sent(books, clock)
        assert set(await rows(one)) == {row.customer, stranger.customer}
        assert await rows(two) == {}
        assert [each.customer for each in await found(two, customer=row.customer)] == [row.customer]
        sent(books, clock)
        assert set(await rows(two)) == {row.customer}
        bought(two, stranger.customer)
        await two.push()
        sent(books, clock)
        assert set(await rows(two)) == {row.customer, stranger.customer}
        assert (await rows(one))[stranger.customer].visits == 1

    play(database, clock, story)


def test_who_is_found_among_many_is_not_the_stores_yet(
    database: Database, books: Connection, clock: HandClock
) -> None:
    second_store(books)

    async def story(client: httpx.AsyncClient) -> None:
        one = await joined(client, clock, database)
        two = await away(client, clock, database, books)
        for name in ("Sara One", "Sara Two"):
            await entered(one, sara(name=name, contacts=()))
        assert len(await found(two, text="sara")) == 2
        sent(books, clock)
        assert await rows(two) == {}

    play(database, clock, story)


def test_nothing_is_told_where_nothing_changed(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till)
        sent(books, clock)
        stood = feed.positions(books)["store:1"]
        clock.forward(minutes=1)
        with books.transaction():
            feeding.touch(books, row.customer, clock.now())
            feeding.touch(books, new_id(), clock.now())
        assert sent(books, clock) == 2
        assert feed.positions(books)["store:1"] == stood
        assert not feeding.is_due(books)

    play(database, clock, story)


def test_what_happens_while_rows_are_made_stays_due(books: Connection, clock: HandClock) -> None:
    with books.transaction():
        person, _ = book.save(books, new_id(), sara(), clock.now(), store="1")
        feeding.touch(books, person.customer, clock.now())
    assert books.text("SELECT times FROM customer_due") == [(2,)]
    books.text("UPDATE customer_due SET times = 3")
    assert sent(books, clock) == 1
    assert not feeding.is_due(books)


@pytest.mark.both_engines
def test_a_store_forgets_whom_it_did_not_see_for_two_years_and_knows_them_again(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        row = await entered(till)
        sent(books, clock)
        clock.forward(days=729)
        assert feeding.let_go(books, clock.now()) == 0
        clock.forward(days=2)
        assert feeding.let_go(books, clock.now()) == 1
        gone = (await rows(till))[row.customer]
        assert (gone.erased, gone.name) == (True, "")
        assert gone.version > row.version
        await found(till, customer=row.customer)
        sent(books, clock)
        back = (await rows(till))[row.customer]
        assert (back.name, back.erased) == ("Sara Lindqvist", False)
        assert back.version > gone.version

    play(database, clock, story)


def test_a_shorter_time_may_be_set(books: Connection, clock: HandClock) -> None:
    with books.transaction():
        book.save(books, new_id(), sara(), clock.now(), store="1")
        feeding.set_months(books, 3)
    clock.forward(days=92)
    assert feeding.let_go(books, clock.now()) == 1


def test_a_snapshot_has_the_rows_as_they_are(
    database: Database, books: Connection, clock: HandClock
) -> None:
    with books.transaction():
        alone = sara(contacts=())
        people = [book.save(books, new_id(), alone, clock.now(), store="1")[0] for _ in range(3)]
    sent(books, clock)
    made = snapshots.make(database, "store:1", clock)
    assert made is not None
    (chunk,) = [each for each in made.chunks if each.kind == "customer"]
    assert chunk.rows == 3
    whole = snapshots.unpacked(snapshots.body_of(books, "store:1", chunk.sha256) or b"")
    assert whole.count(b"Sara Lindqvist") == 3
    assert {key for key, _ in reading.of_store(books, "1")} == {each.customer for each in people}


def test_a_till_with_a_row_of_before_the_hub_lost_its_key_is_told_nothing_wrong(
    database: Database, books: Connection, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        await entered(till)
        sent(books, clock)
        monkeypatch.setenv("HOLDFAST_SECRETS_KEY", "f0" * 32)
        assert await rows(till) == {}
        refused = await till.post(
            "/v1/customers", id=new_id(), act="save", customer=new_id(), fields={"name": "Ada"}
        )
        assert refused.status_code in (500, 503)

    play(database, clock, story)


def test_the_thread_of_a_serving_hub_sends_them(
    database: Database, books: Connection, clock: HandClock
) -> None:
    with books.transaction():
        book.save(books, new_id(), sara(), clock.now(), store="1")
    thread = Rows(database, clock, every_s=0.01)
    thread.start()
    try:
        for _ in range(6_000):
            if feed.positions(books).get("store:1") and not feeding.is_due(books):
                break
            thread.join(0.01)
    finally:
        thread.end()
        thread.join(60)
    assert not thread.is_alive()
    assert not feeding.is_due(books)
    assert books.text("SELECT count(*) FROM feed WHERE kind = 'customer'") == [(1,)]
