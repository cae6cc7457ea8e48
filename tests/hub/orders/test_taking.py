"""An order is taken once, whatever is told how often: and its goods are promised with it."""

from __future__ import annotations

import pytest

from sync.hub.database import Connection
from tests.hub.orders.ordering import free, kinds, later, line, order, rows, stocked, took
from tests.hub.tills import HandClock

pytestmark = pytest.mark.both_engines


def test_an_order_is_taken_once_and_its_goods_are_promised(
    books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=3)
    first = took(books, order(line(qty=2_000, gross=1_998)), clock)
    assert (first.outcome, first.flagged) == ("new", ())
    again = took(books, order(line(qty=2_000, gross=1_998)), clock)
    assert (again.outcome, again.order_id) == ("same", first.order_id)
    assert free(books, clock) == 1_000
    (row,) = rows(books, first.order_id)
    assert (row.state, row.name, row.total, row.due, row.version) == (
        "RESERVED",
        "W-1",
        1_998,
        0,
        1,
    )
    assert [(one.sku, one.qty, one.total) for one in row.lines] == [("A1", 2_000, 1_998)]
    assert (row.customer, row.paid_by, row.promised) == (
        "Ada L.",
        "Visa •1180",
        "2026-11-25T10:00:00.000Z",
    )
    assert kinds(books) == []
    newer = took(books, later(order(line(qty=2_000, gross=1_998)), 2), clock)
    assert newer.outcome == "changed"
    assert took(books, order(), clock).outcome == "older"
    assert free(books, clock) == 1_000
