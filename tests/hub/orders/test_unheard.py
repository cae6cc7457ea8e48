"""A hub put back to a copy of before an order: its tills tell what they did with it, then the shop."""

from __future__ import annotations

import pytest

from sync.hub.database import Connection, Database
from tests.hub.orders.ordering import free, kinds, line, on_hand, order, stocked, took, unpaid
from tests.hub.orders.shopping import Ordered, acts, shop
from tests.hub.righting import joined
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio

FORGOTTEN = (
    *("customer_order", "order_part", "order_money", "order_slot", "channel_outbox"),
    *("reservation", "reservation_step", "value_right", "right_part"),
)


@pytest.mark.both_engines
@pytest.mark.parametrize("units", [5, 2])
async def test_what_was_done_is_booked_once_the_order_is_known(
    database: Database, books: Connection, clock: HandClock, units: int
) -> None:
    shop(books)
    stocked(books, clock, A1=units)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        till.journal.open_shift()
        told = unpaid(order(line(qty=2_000, gross=1_998)))
        one = Ordered(till, books, clock, told)
        for step in ("PICKING", "PICKED", "READY"):
            goods = () if step == "PICKING" else (("A1", 2_000),)
            one.fact(step, *goods, shelf="B3" if step == "READY" else "")
        sale = one.paying()
        one.fact("COLLECTED", ("A1", 2_000), sale=sale.id, due=1_998)
        for table in FORGOTTEN:
            books.text(f"DELETE FROM {table}")
        assert "exception" in await till.push()
        left = units * 1_000 - 2_000
        assert on_hand(books) == left, "they are gone, whatever is known of them"
        assert set(kinds(books)) == {"reservation_strange", "payment_unmatched"}

        took(books, told, clock)
        assert (one.state, one.row.due, one.row.shelf) == ("COLLECTED", 0, "B3")
        assert one.whole.state == "done"
        assert (on_hand(books), free(books, clock)) == (left, left)
        assert acts(books) == ["ready", "paid", "collected"]
        waiting = books.text("SELECT count(*) FROM exception WHERE state IN ('OPEN', 'ASSIGNED')")
        assert waiting == [(0,)]
        assert books.text("SELECT count(*) FROM order_unheard") == [(0,)]
        rows = books.text("SELECT rows FROM feed WHERE kind = 'order' ORDER BY pos")
        assert b'"COLLECTED"' in bytes(rows[-1][0])

        took(books, told, clock)
        assert acts(books) == ["ready", "paid", "collected"]
