"""`holdfast hub verify`: a whole hub has no finding, and each thing that is spoilt has one."""

from __future__ import annotations

import httpx
import pytest

from sync.hub.database import Connection, Database
from sync.hub.verifying import verify
from tests.hub.tills import HandClock, Till, play

GUARDS = ("event_stays_as_it_came", "event_is_kept")


def a_day(database: Database, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        for number in ("1", "2"):
            till = Till(client, clock)
            journal = await till.join(database, number)
            journal.open_shift()
            sales = [journal.sale() for _ in range(12)]
            journal.append_bytes(b'{"type":"from_tomorrow","id":"x"}')
            journal.void(sales[3])
            await till.pushed(journal.push(1, 7))
            await till.pushed(journal.push(5))

    play(database, clock, story)


def test_a_whole_hub_has_no_finding(
    database: Database, books: Connection, clock: HandClock
) -> None:
    a_day(database, clock)
    found = verify(books)
    assert found.findings == []
    assert (found.entries, found.chains, found.streams) == (30, 2, 4)


SPOILT = {
    "a body": (
        "UPDATE event SET body = CAST(replace(body, 'EUR', 'USD') AS BLOB) WHERE n = 4",
        "bytes",
    ),
    "a kind of value": ("UPDATE event SET body = 'text' WHERE n = 4", "cannot be read"),
    "a hash": ("UPDATE event SET hash = zeroblob(32) WHERE n = 5", "hash"),
    "a signature": ("UPDATE event SET sig = zeroblob(64) WHERE n = 6", "sign"),
    "an entry gone": ("DELETE FROM event WHERE n = 7", "missing"),
    "an id": ("UPDATE event SET id = 'other' WHERE n = 8", "columns"),
    "a till's end": ("UPDATE device SET last_seq = last_seq - 1 WHERE till = '1'", "ends at"),
    "a document": ("UPDATE document SET total = total + 1 WHERE n = 3", "document 3: total"),
    "a payment": ("DELETE FROM payment WHERE n = 3", "payment 3/0: missing"),
    "a line": ("UPDATE line SET qty = qty + 1000 WHERE n = 3 AND line = 1", "line 3/1: qty"),
    "a day's total": ("UPDATE day_total SET total = total - 1", "its documents give"),
    "a day's tender": ("UPDATE day_tender SET amount = amount + 1", "day_tender"),
    "stock": ("UPDATE stock SET on_hand = on_hand + 1000", "the sum of what moved"),
    "a movement": ("INSERT INTO stock_move VALUES (99, '1', 'A', 5, '', '')", "sum of what moved"),
    "a hole in a feed": ("DELETE FROM feed WHERE stream = 'store:1' AND pos = 3", "feed store:1"),
    "a feed's head": ("UPDATE feed_head SET pos = pos + 1 WHERE stream = 'global'", "feed global"),
    "quarantine": ("DELETE FROM quarantine", "not in its list"),
}


@pytest.mark.parametrize(("sql", "told"), SPOILT.values(), ids=SPOILT)
def test_what_is_spoilt_is_found(
    database: Database, books: Connection, clock: HandClock, sql: str, told: str
) -> None:
    a_day(database, clock)
    for guard in GUARDS:
        books.text(f"DROP TRIGGER {guard}")
    books.text(sql)
    found = verify(books)
    assert any(told in finding for finding in found.findings), found.findings
