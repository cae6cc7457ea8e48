"""Whatever a test of customers did, values are what the entries give, and the hub's journal holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.hub import own_journal, right_check
from sync.hub.channels.keeping import KEY_VARIABLE
from sync.hub.database import Connection
from sync.hub.identity import load_keys


@pytest.fixture(autouse=True)
def key(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets of a hub whose database is a server are opened by a key from the environment."""
    if engine == "postgres":
        monkeypatch.setenv(KEY_VARIABLE, "5a" * 32)


@pytest.fixture(autouse=True)
def sound(request: pytest.FixtureRequest) -> Iterator[None]:
    if "books" not in request.fixturenames:
        yield
        return
    books: Connection = request.getfixturevalue("books")
    yield
    assert right_check.differences(books) == []
    assert list(own_journal.verify(books, load_keys(books).public_hex)) == []
