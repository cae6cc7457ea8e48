"""A thousand customers want the last hundred at once: a hundred get one, and nobody else."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from pos_app.domain.errors import Refused
from sync.hub import right_check
from sync.hub.database import Again, Connection, Database
from sync.hub.orders.taking import Context, take
from tests.hub.orders.ordering import free, order, stocked
from tests.hub.tills import HandClock

pytestmark = [pytest.mark.both_engines, pytest.mark.slow]
CONNECTIONS, EACH, UNITS = 50, 20, 100


def wanted(database: Database, clock: HandClock, context: Context) -> Counter[str]:
    """Every connection on a thread of its own, all of them released at once."""
    start, found, lock = threading.Barrier(CONNECTIONS), Counter[str](), threading.Lock()

    def one(connection: Connection, name: str) -> str:
        while True:
            try:
                with connection.transaction():
                    taken = take(connection, order(external_id=name), clock.now(), context)
                    return "short" if taken.flagged else "granted"
            except Again:
                continue
            except Refused as cause:
                return cause.code

    def many(place: int) -> None:
        connection = database.connect(write=True)
        try:
            start.wait(120)
            for number in range(EACH):
                got = one(connection, f"{place}-{number}")
                with lock:
                    found[got] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=many, args=(place,)) for place in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    return found


def test_exactly_as_many_are_granted_as_there_are(
    database: Database, books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=UNITS)
    found = wanted(database, clock, Context(firm=True))
    assert found == {"granted": UNITS, "order_not_promised": CONNECTIONS * EACH - UNITS}
    assert free(books, clock) == 0
    assert books.text("SELECT count(*) FROM customer_order") == [(UNITS,)]
    assert right_check.differences(books) == []
    # Each was told to the store once, at a place of its own.
    assert books.text("SELECT count(*), count(DISTINCT pos) FROM feed WHERE kind = 'order'") == [
        (UNITS, UNITS)
    ]
