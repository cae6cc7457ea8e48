"""How long a feed's rows are kept: 30 days, and for whoever still needs them."""

from __future__ import annotations

import httpx
import pytest

from sync.hub import devices, feed, feed_keeping, snapshot_job, snapshots, verifying
from sync.hub.database import Connection, Database
from tests.hub.test_feed import products
from tests.hub.tills import HandClock, Till, play, problem

pytestmark = pytest.mark.both_engines


def first(books: Connection, stream: str = "global") -> int:
    return int(books.text("SELECT min(pos) FROM feed WHERE stream = 'global'")[0][0] or 0)


def head(books: Connection) -> int:
    return feed.positions(books)["global"]


def aged(database: Database, books: Connection, clock: HandClock, days: int = 31) -> None:
    """A look now, and another one in so many days."""
    feed_keeping.trim(books, clock.now())
    clock.forward(days=days)
    assert snapshots.make(database, "global", clock) is not None
    feed_keeping.trim(books, clock.now())


def test_young_rows_and_rows_that_no_snapshot_has_stay(
    database: Database, books: Connection, clock: HandClock
) -> None:
    products(books, 600)
    feed_keeping.trim(books, clock.now())
    clock.forward(days=31)
    feed_keeping.trim(books, clock.now())
    assert first(books) == 1, "no snapshot"
    assert snapshots.make(database, "global", clock) is not None
    products(books, 600, start=600)
    feed_keeping.trim(books, clock.now())
    assert first(books) == 6, "those of 31 days are in the snapshot, those of now are young"
    assert first(books) <= snapshots.kept(books, "global")[0].pos + 1
    clock.forward(days=29)
    feed_keeping.trim(books, clock.now())
    assert first(books) == 6


def test_a_slow_till_holds_its_rows_until_it_was_silent_for_too_long(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        slow, quick = Till(client, clock), Till(client, clock)
        journal = await slow.join(database, "1")
        other = await quick.join(database, "2")
        products(books, 600)
        name = (await slow.hello(journal.head))["streams"]["global"]
        feed_keeping.trim(books, clock.now())
        clock.forward(days=20)
        await slow.hello(journal.head, cursors={"global": (name, 3)})
        await quick.hello(other.head, cursors={"global": (name, head(books))})
        aged(database, books, clock, days=15)
        assert first(books) == 4, "what it has may go, what it has not stays"
        clock.forward(days=20)
        await quick.hello(other.head, cursors={"global": (name, head(books))})
        feed_keeping.trim(books, clock.now())
        assert first(books) > 5, "the goods are 55 days old, and nobody who speaks needs them"
        target = f"/v1/sync/pull?stream=global&feed={name}&after=3"
        assert problem(await slow.send("GET", target)) == "cursor_too_old"
        page = await quick.pull("global", head(books), feed=name)
        assert page.rows == []

    play(database, clock, story)


def test_a_till_out_of_service_holds_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        products(books, 600)
        name = (await till.hello(journal.head))["streams"]["global"]
        feed_keeping.trim(books, clock.now())
        clock.forward(days=31)
        await till.hello(journal.head, cursors={"global": (name, 1)})
        assert snapshots.make(database, "global", clock) is not None
        feed_keeping.trim(books, clock.now())
        assert first(books) == 2
        with books.transaction():
            books.run(devices._SET_STATE, (devices.REVOKED, "", till.identity.device))
        feed_keeping.trim(books, clock.now())
        assert first(books) > 5

    play(database, clock, story)


def test_the_books_hold_without_what_was_let_go(
    database: Database, books: Connection, clock: HandClock
) -> None:
    products(books, 600)
    aged(database, books, clock)
    assert first(books) == 0
    with books.reading():
        found = list(verifying._feeds(books, verifying.Verdict()))
    assert found == []
    with books.transaction():
        books.text("DELETE FROM snapshot")
    with books.reading():
        assert len(list(verifying._feeds(books, verifying.Verdict()))) == 1


def test_a_snapshot_is_made_where_a_stream_grew(
    database: Database, books: Connection, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_job, "FIRST_FROM", 6)
    products(books, 100)
    assert snapshot_job.look(database, clock) == [], "as well read from its beginning"
    products(books, 600, start=100)
    assert snapshot_job.look(database, clock) == ["global", "store:1"]
    products(books, 500, start=900)
    assert snapshot_job.look(database, clock) == [], "it grew, and an hour is not over"
    clock.forward(hours=2)
    assert snapshot_job.look(database, clock) == ["global"]
    clock.forward(hours=2)
    assert snapshot_job.look(database, clock) == []
