"""Whatever a test of returns did, accounts and books are what the journals give."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.hub import exception_check, rebuilding
from sync.hub.database import Connection


@pytest.fixture(autouse=True)
def sound(request: pytest.FixtureRequest) -> Iterator[None]:
    if "books" not in request.fixturenames:
        yield
        return
    books: Connection = request.getfixturevalue("books")
    yield
    if "shop" in request.fixturenames:
        return  # the same for each platform: the others look
    assert list(rebuilding.differences(books)) == []
    looked = exception_check.look(books)
    assert looked.whole, looked.told()
