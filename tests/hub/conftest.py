"""A real hub on a real file, asked through its own ASGI application."""

from __future__ import annotations

import os
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
from tests.postgres.server import Databases

ENGINES = "HOLDFAST_TEST_ENGINES"
"""Names the databases, for instance `postgres`, on which every test of the hub is to run."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked `both_engines` run on SQLite and on PostgreSQL, the others on SQLite."""
    if "engine" not in metafunc.fixturenames:
        return
    named = os.environ.get(ENGINES, "")
    both = metafunc.definition.get_closest_marker("both_engines")
    engines = named.split(",") if named else ["sqlite", "postgres"] if both else ["sqlite"]
    ids = ["postgres" if engine == "postgres" else pytest.HIDDEN_PARAM for engine in engines]
    metafunc.parametrize("engine", engines, ids=ids)


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def hub_made_in(database: Database) -> Database:
    """A hub with one store, made the way `holdfast hub init` makes it."""
    store = Store("1", "Test Store", "EUR", "Europe/Vienna", "de_AT", ("Street 1",), "ATU1")
    set_up(database, Shop(store, RULES), "Mira", "258041", RandomIds(), HandClock())
    return database


@pytest.fixture(scope="session")
def new_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that is made once."""
    return hub_made_in(Database(f"sqlite:///{tmp_path_factory.mktemp('hub') / 'hub.sqlite'}")).path


@pytest.fixture(scope="session")
def new_hub_on_postgres(postgres: Databases) -> str:
    """The same as a database of the server; its URL."""
    return hub_made_in(Database(postgres.make())).url


@pytest.fixture
def database(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Iterator[Database]:
    if engine == "postgres":
        postgres: Databases = request.getfixturevalue("postgres")
        url = postgres.make(request.getfixturevalue("new_hub_on_postgres"))
        yield Database(url)
        postgres.drop(url)
    else:
        shutil.copy(request.getfixturevalue("new_hub"), tmp_path / "hub.sqlite")
        yield Database(f"sqlite:///{tmp_path / 'hub.sqlite'}")


@pytest.fixture
def books(database: Database) -> Iterator[Connection]:
    """A second connection, as another process has one."""
    connection = database.connect(write=True)
    yield connection
    connection.close()
