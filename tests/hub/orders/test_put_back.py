"""A hub that was put back from a copy and has yet to hear its tills: orders promise nothing new."""

from __future__ import annotations

import pytest

from sync.hub import recovering
from sync.hub.channels import mapping
from sync.hub.database import Connection, Database
from sync.hub.identity import set_value
from sync.hub.orders import clock as by_clock
from tests.hub.orders.ordering import SHOP, free, kinds, line, order, stocked, took
from tests.hub.orders.shopping import Ordered
from tests.hub.righting import joined, second_store
from tests.hub.tills import HandClock, running


def recover(books: Connection, since: str) -> None:
    with books.transaction():
        set_value(books, recovering.SINCE, since)


def test_what_was_unknown_waits(books: Connection, clock: HandClock) -> None:
    stocked(books, clock, A1=5)
    took(books, order(line("THEIR-1")), clock)
    with books.transaction():
        mapping.put(books, SHOP, mapping.SKU, "THEIR-1", "A1")
    recover(books, "2026-11-25T09:00:00.000Z")
    assert (by_clock.look(books, clock.now()), free(books, clock)) == (0, 5_000)
    recover(books, "")
    assert (by_clock.look(books, clock.now()), free(books, clock)) == (1, 4_000)


@pytest.mark.anyio
async def test_what_is_short_is_for_a_person_and_no_other_store(
    database: Database, books: Connection, clock: HandClock
) -> None:
    second_store(books)
    stocked(books, clock, A1=5)
    stocked(books, clock, "2", A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        one = Ordered(till, books, clock, order(line(qty=2_000)))
        recover(books, "2026-11-25T09:00:00.000Z")
        await one.step("SHORT", ("A1", 1_000), wish="resource")
        assert (len(one.rows), free(books, clock, store="2")) == (1, 5_000)
        assert kinds(books) == ["reservation_short"]
        recover(books, "")
