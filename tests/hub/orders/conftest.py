"""Whatever a test of orders did, its promises are what the journal gives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.hub import rebuilding, right_check
from sync.hub.database import Connection


@pytest.fixture(autouse=True)
def sound(request: pytest.FixtureRequest) -> Iterator[None]:
    if "books" not in request.fixturenames:
        yield
        return
    books: Connection = request.getfixturevalue("books")
    yield
    assert right_check.differences(books) == []
    promised = books.text(
        "SELECT p.reservation_id FROM order_part p JOIN reservation r"
        " ON r.reservation_id = p.reservation_id WHERE p.state <> r.state"
        " AND NOT (p.state = 'CANCELLING' AND r.state = 'CANCELLED')"
    )
    assert promised == [], "a part and the promise of its goods are in one state"


@pytest.fixture
def remade(books: Connection) -> Iterator[None]:
    """And the books made anew from the journal are the books there are."""
    yield
    assert list(rebuilding.differences(books)) == []
