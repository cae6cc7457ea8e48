"""A real hub on a real file, asked through its own ASGI application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.domain.store import Store
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database
from sync.hub.setting_up import set_up
from sync.hub.store import Shop
from tests.hub.journals import RULES
from tests.hub.tills import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A hub with one store, made the way `holdfast hub init` makes it."""
    found = Database(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    store = Store("1", "Test Store", "EUR", "Europe/Vienna", "de_AT", ("Street 1",), "ATU1")
    set_up(found, Shop(store, RULES), "Mira", "258041", RandomIds())
    return found


@pytest.fixture
def books(database: Database) -> Iterator[Connection]:
    """A second connection, as another process has one."""
    connection = database.connect(write=True)
    yield connection
    connection.close()
