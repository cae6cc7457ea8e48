"""Hubs on a PostgreSQL server, and a server of a test's own that may be killed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sync.hub.database import Connection, Database
from tests.hub.conftest import hub_made_in
from tests.hub.tills import HandClock
from tests.postgres.server import Databases, NoServer, Server


@pytest.fixture(scope="session")
def template(postgres: Databases) -> str:
    """A new hub with one store."""
    return hub_made_in(Database(postgres.make())).url


@pytest.fixture
def database(postgres: Databases, template: str) -> Iterator[Database]:
    url = postgres.make(template)
    yield Database(url)
    postgres.drop(url)


@pytest.fixture
def empty(postgres: Databases) -> Iterator[Database]:
    """A database with nothing in it."""
    url = postgres.make()
    yield Database(url)
    postgres.drop(url)


@pytest.fixture
def books(database: Database) -> Iterator[Connection]:
    connection = database.connect(write=True)
    yield connection
    connection.close()


@pytest.fixture
def other(database: Database) -> Iterator[Connection]:
    """Another session."""
    connection = database.connect(write=True)
    yield connection
    connection.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="module")
def mortal() -> Iterator[Any]:
    """A server that a test may stop, kill and start with other settings."""
    try:
        server = Server()
    except NoServer as why:
        pytest.skip(str(why))
    yield server
    server.remove()
