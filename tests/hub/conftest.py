"""A real hub on a real file, asked through its own ASGI application."""

from __future__ import annotations

import shutil
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


@pytest.fixture(scope="session")
def new_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub with one store, made once the way `holdfast hub init` makes it."""
    path = tmp_path_factory.mktemp("hub") / "hub.sqlite"
    store = Store("1", "Test Store", "EUR", "Europe/Vienna", "de_AT", ("Street 1",), "ATU1")
    set_up(
        Database(f"sqlite:///{path}"),
        Shop(store, RULES),
        "Mira",
        "258041",
        RandomIds(),
        HandClock(),
    )
    return path


@pytest.fixture
def database(tmp_path: Path, new_hub: Path) -> Database:
    shutil.copy(new_hub, tmp_path / "hub.sqlite")
    return Database(f"sqlite:///{tmp_path / 'hub.sqlite'}")


@pytest.fixture
def books(database: Database) -> Iterator[Connection]:
    """A second connection, as another process has one."""
    connection = database.connect(write=True)
    yield connection
    connection.close()
